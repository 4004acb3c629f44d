"""Bad input to a check: baselines, configuration, requests to ignore, files that change; nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from notec import Workspace
from notec.check.rules.bad_ignore import RULE as BAD_IGNORE
from notec.front.cli import main
from small_vaults import findings, short, write_vault

BAD = "## a.md\nSee [[Targt]].\n\n[[Targt]]\n## Target.md\nSee [[a]].\n"


def notec(vault: Path, *words: str) -> int:
    return main(["--vault", str(vault), "--home", str(vault.parent / "home"), *words])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a baseline"),
        (b"[]", "not a baseline"),
        (b"{}", "not a baseline"),
        (b"\xff\xfe\x00", "not a baseline"),
        (b'{"notec-baseline": 1, "findings": [', "not a baseline"),
        (b'{"notec-baseline": 2, "findings": []}', "format 2, which another notec made"),
        (b'{"notec-baseline": 1}', "a damaged baseline"),
        (b'{"notec-baseline": 1, "findings": [{"code": "x"}]}', "a damaged baseline"),
        (b'{"notec-baseline":1,"findings":[{"code":"x","note":"a","text":"","count":"many"}]}', "damaged"),
        (b'{"notec-baseline": 1, "findings": 7}', "a damaged baseline"),
        (b"[" * 100_000, "baseline"),
    ],
)  # fmt: skip
def test_what_is_no_baseline(vault: Path, data: bytes, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_vault(vault, BAD)
    known = vault.parent / "known.json"
    known.write_bytes(data)
    assert notec(vault, "check", "--baseline", str(known)) == 2
    error = capsys.readouterr().err
    assert said in error
    assert str(known) in error
    assert "--write-baseline" in error
    assert "Traceback" not in error


def test_a_folder_and_a_missing_file_are_no_baseline(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_vault(vault, BAD)
    for path in (vault, vault / "none.json", vault / "a.md" / "x.json"):
        assert notec(vault, "check", "--baseline", str(path)) == 2
        assert "cannot be read" in capsys.readouterr().err


def test_writing_a_baseline_over_something_else_is_refused(
    vault: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vault(vault, BAD)
    before = (vault / "a.md").read_bytes()
    for place in ("a.md", "."):
        assert notec(vault, "check", "--baseline", str(vault / place), "--write-baseline") == 2
        assert "it is left as it is" in capsys.readouterr().err
    assert (vault / "a.md").read_bytes() == before
    known = vault.parent / "known.json"
    for old in (b"", b'{"notec-baseline": 7, "findings": []}', b'{"notec-baseline": 1}'):
        known.write_bytes(old)
        assert notec(vault, "check", "--baseline", str(known), "--write-baseline") == 0
        assert json.loads(known.read_text("utf-8"))["notec-baseline"] == 1
    assert notec(vault, "check", "--baseline", str(known)) == 0


def test_what_is_said_of_the_run_is_said_every_time(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_vault(vault, BAD)
    known = str(vault.parent / "known.json")
    assert notec(vault, "check", "--deep", "--baseline", known, "--write-baseline") == 0
    assert "2 findings are known" in capsys.readouterr().out
    assert notec(vault, "check", "--deep", "--baseline", known, "--format", "concise") == 0
    assert capsys.readouterr().out.startswith("info[no-model] no model is configured")


def test_one_that_stands_twice_is_known_twice(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_vault(vault, BAD)
    known = str(vault.parent / "known.json")
    assert notec(vault, "check", "--baseline", known, "--write-baseline") == 0
    write_vault(vault, "## a.md\n\n\n[[Targt]]\n\n[[Targt]]\n\nSee   [[Targt]].\n")
    capsys.readouterr()
    assert notec(vault, "check", "--baseline", known, "--format", "concise") == 1
    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == ["a.md:5:1:"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ('[check]\nselect = ["orphan-notes"]\n', "check.select: no rule 'orphan-notes'"),
        ('[check]\nignore = ["orphan_notes"]\n', "check.ignore: no rule 'orphan_notes'"),
        ('[check.levels]\n"Old/orphan-notes" = "off"\n', "check.levels: 'Old/orphan-notes': no rule"),
        ('[check.levels]\norphan-note = "loud"\n', "cannot be 'loud'"),
        ('[check]\nselect = "orphan-note"\n', "must be a list of texts"),
        ("[check]\nselekt = []\n", "did you mean `select`?"),
        ("[check.levels]\norphan-note = 3\n", "must be a table of texts"),
        ("[chek]\n", "did you mean `check`?"),
        ("check = 1\n", "must be a table"),
    ],
)
def test_mistakes_in_the_configuration(
    vault: Path, config: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_vault(vault, BAD)
    (vault / "notec.toml").write_text(config, encoding="utf-8")
    assert notec(vault, "check") == 2
    error = capsys.readouterr().err
    assert said in error
    if "no rule" in said:
        assert "did you mean 'orphan-note'?" in error


def test_a_request_to_ignore_what_does_not_exist(tmp_path: Path) -> None:
    vault = (
        "## a.md\n[[x]] %% notec: ignore unresolvd-link %%\n"
        "<!-- notec: ignore unresolved-link, nonsense -->\n"
        "`%% notec: ignore CODE %%`\n%% notec: ignore orphan-note %%\n"
    )
    found = findings(tmp_path, vault, [BAD_IGNORE])
    assert short(found) == ["bad-ignore a.md:1", "bad-ignore a.md:2"]
    assert found[0].notes == ("did you mean 'unresolved-link'?",)
    text = (tmp_path / "vault" / "a.md").read_text("utf-8")
    assert [d.span.of(text) for d in found if d.span] == ["unresolvd-link", "nonsense"]
    assert found[0].fix
    assert found[0].fix.grade == "unsafe"


@pytest.mark.parametrize(
    "text", ["[[my note]]", "﻿a\r\n[[my note]]\r", "\n\n[[my note]]\r\n\r\n\tб ", "[[my note]]\x0c\x00"]
)
def test_ends_of_lines_and_files_stay_as_they_are(vault: Path, text: str) -> None:
    write_vault(vault, "## My-Note.md\n[[b]]\n")
    (vault / "b.md").write_bytes(text.encode())
    notec(vault, "check", "--fix")
    assert (vault / "b.md").read_bytes() == text.replace("my note", "My-Note").encode()


def test_a_diff_says_where_the_last_line_has_no_end(vault: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_vault(vault, "## My-Note.md\n[[b]]\n## b.md\n[[my note]]")
    notec(vault, "check", "--fix", "--diff", "--format", "concise")
    shown = capsys.readouterr().out
    assert "--- a/b.md\n+++ b/b.md\n" in shown
    assert "-[[my note]]\n\\ No newline at end of file\n+[[My-Note]]\n\\ No newline at end of file" in shown
    assert (vault / "b.md").read_bytes() == b"[[my note]]"


def test_a_note_that_vanishes_between_check_and_fix(vault: Path) -> None:
    write_vault(vault, "## My-Note.md\n[[b]]\n## b.md\n[[my note]]\n")
    with Workspace.open(vault, vault.parent / "home") as workspace:
        found = workspace.check()
        (vault / "b.md").unlink()
        assert workspace.mend(found).refused == ("b.md: changed since it was checked; it is left as it is",)
        assert not (vault / "b.md").exists()
