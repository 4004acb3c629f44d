"""The build folder: what was made goes in, what the user changed stays, a kill leaves no half."""

from __future__ import annotations

import os
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.app.built import alone
from notec.core import NotecError
from notec.passes.diff3 import merge
from notec.passes.output import Output

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "\n"]), max_size=8).map("".join)
MADE = "one\ntwo\nthree\nfour\nfive\n"


@given(LINES, LINES)
def test_one_side_alone_is_taken_whole(base: str, other: str) -> None:
    assert merge(base, base, other).text == other
    assert merge(base, other, base).text == other
    assert merge(base, other, other).text == other


@given(LINES, LINES, LINES)
def test_a_merge_keeps_every_line_that_he_wrote_or_gives_up_at_a_line_of_his(
    base: str, his: str, new: str
) -> None:
    merged = merge(base, his, new)
    if merged.text is None:
        assert 1 <= merged.line <= his.count("\n") + 1
    else:
        for line in set(his.splitlines()) - set(base.splitlines()):
            assert line in merged.text.splitlines()


def test_edits_of_different_places_are_merged() -> None:
    merged = merge(MADE, MADE.replace("one", "ONE"), MADE.replace("five", "FIVE"))
    assert merged.text == "ONE\ntwo\nthree\nfour\nFIVE\n"
    assert merged.taken == 1


def test_a_new_text_that_says_all_that_he_wrote_is_no_conflict() -> None:
    his = "one\nmine\nthree\nfour\nfive\n"
    assert merge(MADE, his, "one\nmine\nnew\nfour\nfive\n").text == "one\nmine\nnew\nfour\nfive\n"


def test_a_file_is_made_and_made_anew(tmp_path: Path) -> None:
    output = Output.open(tmp_path / "build")
    output.write({"src/a.py": "x = 1\n"})
    written = Output.open(tmp_path / "build").write({"src/a.py": "x = 2\n"})
    assert (tmp_path / "build/src/a.py").read_text() == "x = 2\n"
    assert written.edited == written.conflicts == written.diagnostics == ()


def test_an_edit_stays_and_what_is_new_around_it_comes_in(tmp_path: Path) -> None:
    output = Output.open(tmp_path)
    output.write({"a.md": MADE})
    (tmp_path / "a.md").write_bytes("\ufeffМОЁ\ntwo\nthree\nfour\nfive\n".replace("\n", "\r\n").encode())
    assert output.edits(["a.md"]) == {"a.md": "МОЁ\ntwo\nthree\nfour\nfive\n"}
    written = output.write({"a.md": MADE.replace("five", "FIVE")})
    text = "МОЁ\ntwo\nthree\nfour\nFIVE\n"
    assert (tmp_path / "a.md").read_bytes() == ("\ufeff" + text.replace("\n", "\r\n")).encode()
    assert (written.texts["a.md"], written.edited, written.conflicts) == (text, ("a.md",), ())
    assert [d.code for d in written.diagnostics] == ["edit-kept"]


def test_an_edit_that_conflicts_stays_and_the_new_text_lies_beside(tmp_path: Path) -> None:
    output = Output.open(tmp_path)
    output.write({"src/a.md": MADE})
    mine = MADE.replace("three", "mine")
    (tmp_path / "src/a.md").write_text(mine)
    theirs = MADE.replace("three", "3")
    for _ in range(2):  # it is told until he has decided
        written = Output.open(tmp_path).write({"src/a.md": theirs})
        assert [(d.code, d.note, d.line) for d in written.diagnostics] == [("edit-conflict", "src/a.md", 3)]
        assert (tmp_path / "src/a.md").read_text() == mine
        assert (tmp_path / "src/a.md.new").read_text() == theirs
    (tmp_path / "src/a.md.new").unlink()
    written = Output.open(tmp_path).write({"src/a.md": theirs})
    assert (written.conflicts, written.edited) == ((), ("src/a.md",))
    assert (tmp_path / "src/a.md").read_text() == mine
    assert not (tmp_path / "src/a.md.new").exists()


def test_a_conflict_that_he_resolved_takes_the_text_beside_away(tmp_path: Path) -> None:
    output = Output.open(tmp_path)
    output.write({"a.md": MADE})
    (tmp_path / "a.md").write_text(MADE.replace("three", "mine"))
    theirs = MADE.replace("three", "3")
    output.write({"a.md": theirs})
    (tmp_path / "a.md").write_text(theirs)
    assert output.write({"a.md": theirs}).edited == ()
    assert sorted(p.name for p in tmp_path.iterdir()) == [".notec", "a.md"]


def test_a_file_of_his_own_under_a_name_that_is_made_now_stays(tmp_path: Path) -> None:
    output = Output.open(tmp_path)
    output.write({"a.md": MADE})
    (tmp_path / "b.py").write_bytes(b"\xff\xfe\x00 no text")
    (tmp_path / "c.py").write_text("mine = 1\n")
    written = output.write({"b.py": "made\n", "c.py": "made\n"})
    assert written.conflicts == ("b.py", "c.py")
    assert (tmp_path / "b.py").read_bytes() == b"\xff\xfe\x00 no text"
    assert (tmp_path / "c.py").read_text() == "mine = 1\n"
    assert (tmp_path / "c.py.new").read_text() == "made\n"


def test_what_is_made_no_more_goes_unless_he_changed_it(tmp_path: Path) -> None:
    output = Output.open(tmp_path)
    output.write({"src/a.py": "a\n", "src/deep/b.py": "b\n", "src/c.py": "c\n", "other.md": "o\n"})
    (tmp_path / "src/c.py").write_text("mine\n")
    written = output.write({"src/a.py": "a\n"}, whole=("src/",))
    assert not (tmp_path / "src/deep").exists()
    assert (tmp_path / "src/c.py").read_text() == "mine\n"
    assert (tmp_path / "other.md").exists()
    assert [(d.code, d.note) for d in written.diagnostics] == [("edit-kept", "src/c.py")]


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(NotecError, match="is not empty, and no build of notec"):
        Output.open(tmp_path)
    with pytest.raises(NotecError, match="is a file"):
        Output.open(tmp_path / "letter.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("path", ["../out.py", "/etc/out.py", ""])
def test_nothing_is_written_outside(tmp_path: Path, path: str) -> None:
    with pytest.raises(NotecError, match="no place inside"):
        Output.open(tmp_path).write({path: "x"})


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    output = Output.open(tmp_path / "build")
    output.write({"a.md": "a\n"})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "build/src").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(NotecError, match="leads out"):
        output.write({"src/a.py": "x\n"})
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_in_the_place_of_a_folder_and_the_other_way_round(tmp_path: Path) -> None:
    output = Output.open(tmp_path)
    output.write({"a.md": "a\n"})
    (tmp_path / "src").write_text("mine")
    with pytest.raises(NotecError, match="a file where a folder should be"):
        output.write({"a.md": "b\n", "src/a.py": "x\n"})
    (tmp_path / "b.md").mkdir()
    with pytest.raises(NotecError, match="a folder where a file should be"):
        output.write({"a.md": "b\n", "b.md": "x\n"})
    assert (tmp_path / "a.md").read_text() == "a\n"


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    output = Output.open(tmp_path)
    output.write({"a.md": "a\n", "b.md": "b\n"})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal = pytest.importorskip("signal")
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(NotecError, match="cannot save"):
            output.write({"a.md": "new\n", "b.md": "x" * 2000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)
    assert ((tmp_path / "a.md").read_text(), (tmp_path / "b.md").read_text()) == ("a\n", "b\n")
    assert output.write({"a.md": "new\n"}).edited == ()


def test_a_build_folder_has_one_builder_at_a_time(tmp_path: Path) -> None:
    with ExitStack() as stack:
        alone(tmp_path / "home", tmp_path / "build", stack)
        with ExitStack() as other, pytest.raises(NotecError, match="another notec builds in"):
            alone(tmp_path / "home", tmp_path / "build", other)
    with ExitStack() as stack:
        alone(tmp_path / "home", tmp_path / "build", stack)


def test_what_a_killed_run_had_written_down_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ends the writing after each of its steps, as a kill would, and opens the folder again."""
    for steps in range(1, 12):
        place = tmp_path / str(steps)
        output = Output.open(place)
        output.write({"a.md": "a\n", "b.md": "b\n"}, own={".notec/state": "old"})
        (place / "b.md").write_text("b\nmine\n")
        left = steps

        def replace(source: str, target: str, real: object = os.replace) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise KeyboardInterrupt
            real(source, target)  # type: ignore[operator]

        files = {"a.md": "A\n", "b.md": "new\nb\n", "c/d.md": "d\n"}
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", replace)
            with suppress(KeyboardInterrupt):
                output.write(files, own={".notec/state": "new"})
        again = Output.open(place)
        assert (place / "a.md").read_text() == "A\n"
        assert (place / "b.md").read_text() == "new\nb\nmine\n"
        assert (place / "c/d.md").read_text() == "d\n"
        assert (place / ".notec/state").read_text() == "new"
        assert again.edits(files) == {"b.md": "new\nb\nmine\n"}
        assert again.write(files).conflicts == ()
        assert not (place / ".notec/next.json").exists()
