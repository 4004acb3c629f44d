"""A compilation as a whole: order, stops, edits of the user, what is asked again."""

from __future__ import annotations

from pathlib import Path

import pytest

from compile_model import asked_since, compiled, model
from notec.core import Citation, NotecError, Span
from notec.models import Reply, Scripted
from notec.passes import ir
from notec.passes.driver import PASSES
from notec.passes.merge import merged
from small_vaults import write_vault

IDEA = """\
## words.idea
# Words

- The program must count the words of a text.
- The program must keep the number in a file.
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "vault").mkdir()
    write_vault(tmp_path / "vault", IDEA)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def replace_in(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_the_passes_in_their_order() -> None:
    assert [p.name for p in PASSES][:3] == ["requirements", "architecture", "pseudocode"]


def test_nothing_changed_nothing_asked_and_every_file_the_same(place: Path) -> None:
    asked = model()
    compiled(place, asked, stop_after="pseudocode")
    before, files = len(asked.requests), contents(place / "build")
    build = compiled(place, asked, stop_after="pseudocode")
    assert (len(asked.requests), contents(place / "build")) == (before, files)
    assert build.requests == 0


def test_one_changed_requirement_reruns_its_cone_alone(place: Path) -> None:
    asked = model()
    compiled(place, asked, stop_after="pseudocode")
    before = len(asked.requests)
    replace_in(place / "vault/words.idea", "the number in a file", "the number in 2 files")
    compiled(place, asked, stop_after="pseudocode")
    assert [r.purpose for r in asked.requests[before:]] == [
        "requirement words.idea:4",
        "interface C2",
        "steps F2",
    ]


def test_a_stop_between_passes_does_not_pass_old_work_off_as_new(place: Path) -> None:
    asked = model()
    compiled(place, asked, stop_after="pseudocode")
    replace_in(place / "vault/words.idea", "the number in a file", "the number in 2 files")
    compiled(place, asked, stop_after="requirements")
    before = len(asked.requests)
    compiled(place, asked, stop_after="pseudocode")
    assert asked_since(asked, before) == ["interface", "steps"]


def test_without_a_model_the_first_pass_is_done_and_the_rest_is_said(place: Path) -> None:
    build = compiled(place, None)
    assert (build.finished, build.stopped) == (("requirements",), "no-model")
    told = build.diagnostics[-1].message
    assert told.endswith("still to be done: architecture, pseudocode, tests, code, build")
    (said,) = [d for d in build.diagnostics if d.code == "no-model"]
    assert "architecture needs a model" in said.message
    assert (place / "build/requirements.md").exists()


@pytest.mark.parametrize("finish", ["stalled", "cut", "cancelled"])
def test_a_model_that_breaks_off_is_told_and_the_next_run_goes_on(place: Path, finish: str) -> None:
    good = model()

    def breaks(request: object) -> object:
        if request.purpose.startswith("steps"):  # type: ignore[attr-defined]
            return Reply("", finish)  # type: ignore[arg-type]
        return good._function(request)  # type: ignore[attr-defined, misc]

    build = compiled(place, Scripted(breaks), stop_after="pseudocode")  # type: ignore[arg-type]
    assert (build.finished, build.stopped) == (("requirements", "architecture"), finish)
    assert any("goes on from there" in d.message for d in build.diagnostics)
    asked = model()
    assert compiled(place, asked, stop_after="pseudocode").finished[-1] == "pseudocode"
    assert set(asked_since(asked, 0)) == {"steps"}


def test_edits_of_every_page_are_kept_and_worked_from(place: Path) -> None:
    asked = model()
    compiled(place, asked, stop_after="pseudocode")
    out = place / "build"
    replace_in(out / "requirements.md", "keep the number in a file", "keep the number in a database")
    replace_in(out / "architecture.md", "counts", "counts words of all kinds")
    replace_in(out / "pseudocode/counting.md", "- split the text", "- drop the marks\n- split the text")
    before = len(asked.requests)
    build = compiled(place, asked, stop_after="pseudocode")
    assert asked_since(asked, before).count("requirement") == 0
    assert any("database" in request.messages[-1].content for request in asked.requests[before:])
    assert {d.code for d in build.diagnostics} >= {"edit-kept"}
    for _ in range(2):
        assert build.program is not None
        assert "database" in build.program.requirements[1].text
        assert build.program.architecture.components[0].purpose == "counts words of all kinds"
        assert build.program.procedures[0].steps[0].text == "drop the marks"
        assert "drop the marks" in (out / "pseudocode/counting.md").read_text()
        before = len(asked.requests)
        build = compiled(place, asked, stop_after="pseudocode")
        assert len(asked.requests) == before


def test_a_requirement_that_the_user_adds_or_removes(place: Path) -> None:
    asked = model()
    compiled(place, asked, stop_after="requirements")
    page = place / "build/requirements.md"
    text = page.read_text()
    start = text.index("## R2")
    text = (
        text[:start]
        + "## R7 · function · may\n\nIt may print.\n\n- Example: `show(1)` → `'1'`\n"
        + text[start:]
    )
    page.write_text(text)
    build = compiled(place, asked, stop_after="requirements")
    assert [r.id for r in build.requirements] == ["R1", "R7", "R2"]
    added = build.requirements[1]
    assert (added.priority, added.examples[0].call, added.because[0].note) == (
        "may",
        "show(1)",
        "requirements.md",
    )
    text = page.read_text()
    page.write_text(text[: text.index("## R1")] + text[text.index("## R7") :])
    for _ in range(2):
        build = compiled(place, asked, stop_after="requirements")
        assert {r.id for r in build.requirements} == {"R2", "R7"}


def test_a_dry_run_asks_and_writes_nothing_and_counts(place: Path) -> None:
    asked = model()
    build = compiled(place, asked, dry_run=True)
    assert not asked.requests
    assert not (place / "build").exists()
    assert build.forecast is not None
    assert build.forecast.requests["requirement"] == 2
    assert build.forecast.prompt_tokens > 0
    assert build.forecast.minutes is None


def test_why_a_step_would_run_again(place: Path) -> None:
    asked = model()
    compiled(place, asked, stop_after="pseudocode")
    assert "would not run" in compiled(place, asked, why="C1").why[0]
    replace_in(place / "vault/words.idea", "the words of a text", "the lines of a text")
    (line,) = compiled(place, asked, why="R1").why
    assert line.startswith("requirement words.idea:3: input ")
    with pytest.raises(NotecError, match="no requirement"):
        compiled(place, asked, why="R99")


def test_a_contradiction_stops_with_both_places_and_force_goes_on(place: Path) -> None:
    (place / "vault/words.idea").write_text(
        "# B\n\n- The server must keep 30 days of backups.\n- The server must keep 14 days of backups.\n"
    )
    build = compiled(place, None)
    assert build.stopped == "contradiction"
    (said,) = [d for d in build.diagnostics if d.code == "contradiction"]
    assert "words.idea:3 and words.idea:4" in said.message
    assert not (place / "build").exists()
    assert len(compiled(place, None, force=True).requirements) == 2


def test_the_build_never_goes_into_the_vault_or_over_other_files(place: Path, tmp_path: Path) -> None:
    import notec

    with notec.Workspace.open(place / "vault", home=place / "home") as workspace:
        with pytest.raises(NotecError, match="inside the vault"):
            workspace.compile(place / "vault/words.idea", place / "vault/build")
        other = tmp_path / "other"
        other.mkdir()
        (other / "mine.txt").write_text("mine")
        with pytest.raises(NotecError, match="not empty"):
            workspace.compile(place / "vault/words.idea", other)
        link = tmp_path / "link"
        link.symlink_to(place / "vault")
        with pytest.raises(NotecError, match="inside the vault"):
            workspace.compile(place / "vault/words.idea", link / "build")


@pytest.mark.parametrize(
    ("content", "said"), [(b"", "nothing in it"), (b"\0\1\2", "no text"), (None, "no such file")]
)
def test_input_that_is_no_idea(place: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (place / "vault/bad.idea").write_bytes(content)
    with pytest.raises(NotecError, match=said):
        compiled(place, None, "bad.idea")


def test_an_idea_that_asks_for_nothing_says_so(place: Path) -> None:
    (place / "vault/words.idea").write_text("# Diary\n\nThe weather was nice.\n")
    build = compiled(place, None)
    assert build.stopped == "error"
    assert "no-requirement" in {d.code for d in build.diagnostics}


def test_a_program_is_written_and_read_back_without_loss(place: Path) -> None:
    build = compiled(place, model(), stop_after="pseudocode")
    assert build.program is not None
    assert ir.loads(ir.Program, ir.dumps(build.program)) == build.program
    data = ir.to_json(build.program)
    data["requirements"][0]["kind"] = "wish"
    with pytest.raises(ValueError, match=r"requirements\[0\]\.kind"):
        ir.from_json(ir.Program, data)


def test_a_three_way_merge_field_by_field() -> None:
    def made(text: str, kind: ir.Kind = "function", name: str = "R1") -> ir.Requirement:
        return ir.Requirement(name, text, kind, because=(Citation("a", 1, "q", Span(0, 1), "s"),))

    base, his = (made("a"),), (made("mine"),)
    assert merged(base, his, (made("a", "data"),)) == (made("mine", "data"),)
    assert merged(base, base, (made("b"),)) == (made("b"),)
    assert merged(base, (), (made("b"), made("new", name="R2"))) == (made("new", name="R2"),)
    assert merged(base, (*base, made("own", name="R5")), base) == (*base, made("own", name="R5"))
    assert merged(base, his, ()) == his


def test_a_note_that_changes_what_the_user_changed_is_told_and_his_stays(place: Path) -> None:
    note, page = place / "vault/words.idea", place / "build/requirements.md"
    note.write_text("The program must keep words for 30 days.\n", encoding="utf-8")
    compiled(place, None, stop_after="requirements")
    page.write_text(page.read_text().replace("for 30 days.\n\n-", "for 20 days.\n\n-"), encoding="utf-8")
    build = compiled(place, None, stop_after="requirements")
    assert [e.text for e in build.requirements[0].literals] == ["20 days"]
    note.write_text("The program must keep words for 40 days.\n", encoding="utf-8")
    build = compiled(place, None, stop_after="requirements")
    told = next(d for d in build.diagnostics if d.code == "edit-conflict")
    assert (told.note, told.line) == ("words.idea", 1)
    assert told.notes == ("the note asks now: The program must keep words for 40 days.",)
    assert build.requirements[0].text == "The program must keep words for 20 days."


def test_why_is_asked_of_steps_and_tests_too(place: Path) -> None:
    (place / "vault/words.idea").write_text(
        "The program must count words: `count('a b') -> 2`\n", encoding="utf-8"
    )
    compiled(place, model())
    for node in ("R1", "F1", "F1.1", "X1", "R1.E1"):
        assert compiled(place, model(), why=node).why
