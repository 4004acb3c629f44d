"""Notes become requirements."""

from __future__ import annotations

from pathlib import Path

import pytest

from compile_model import asked_since, compiled, model
from notec.app.ideas import language_of
from notec.core import Citation, Span
from notec.passes.identity import identified
from notec.passes.ir import Requirement
from notec.vault import parse_markdown
from small_vaults import write_vault

IDEA = """\
## words.idea
# Words

- The program must count the words of a text.
- The program must not change the file.
- It should answer within 200 ms.

Example: `count("a b") -> 2`

The weather was nice that day.
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "vault").mkdir()
    write_vault(tmp_path / "vault", IDEA)
    return tmp_path


def only(place: Path, **more: object) -> list[Requirement]:
    return list(compiled(place, None, stop_after="requirements", **more).requirements)


def test_rules_alone_give_a_table_with_places_and_examples(place: Path) -> None:
    first, second, third = only(place)
    assert (first.id, first.kind, first.examples[0].call) == ("R1", "function", "count('a b')")
    assert (second.kind, third.kind, third.priority) == ("prohibition", "constraint", "should")
    text = (place / "vault/words.idea").read_text()
    for requirement in (first, second, third):
        for citation in requirement.because:
            assert citation.span.of(text) == citation.quote
            assert text.count("\n", 0, citation.span.start) + 1 == citation.line


def test_a_model_that_quotes_what_does_not_stand_there_is_reported(place: Path) -> None:
    lying = {"quote": "must fly to the moon", "text": "x", "kind": "function", "priority": "must"}
    build = compiled(
        place, model(requirement=lambda shown: {"requirements": [lying]}), stop_after="requirements"
    )
    assert "quote-not-found" in {d.code for d in build.diagnostics}
    assert [r.text for r in build.requirements][:2] == [
        "The program must count the words of a text.",
        "The program must not change the file.",
    ]


def test_a_model_loses_no_demand_and_no_prohibition(place: Path) -> None:
    asked = model(requirement=lambda shown: {"requirements": []})
    assert len(compiled(place, asked, stop_after="requirements").requirements) == 3
    kinds = [r.kind for r in compiled(place, model(), stop_after="requirements").requirements]
    assert kinds[1] == "prohibition"


def test_a_model_that_adds_a_number_is_not_believed(place: Path) -> None:
    def more(shown: str) -> object:
        quote = shown.rsplit("Statement:\n", 1)[1]
        item = {"quote": quote, "text": "Count at most 77 words.", "kind": "function", "priority": "must"}
        return {"requirements": [item]}

    build = compiled(place, model(requirement=more), stop_after="requirements")
    assert all("77" not in r.text for r in build.requirements)


def test_a_model_may_add_what_rules_do_not_see(place: Path) -> None:
    def weather(shown: str) -> object:
        quote = shown.rsplit("Statement:\n", 1)[1]
        item = {"quote": "weather was nice", "text": "Weather.", "kind": "data", "priority": "may"}
        return {"requirements": [item]} if "weather" in quote else {"requirements": []}

    build = compiled(place, model(requirement=weather), stop_after="requirements")
    assert [r.because[0].quote for r in build.requirements][-1] == "weather was nice"


def test_a_second_run_asks_nothing_and_a_rewording_once(place: Path) -> None:
    asked = model()
    compiled(place, asked, stop_after="pseudocode")
    before = len(asked.requests)
    compiled(place, asked, stop_after="pseudocode")
    assert len(asked.requests) == before
    note = place / "vault/words.idea"
    note.write_text(note.read_text().replace("must count the words", "must, each time, count the words"))
    build = compiled(place, asked, stop_after="pseudocode")
    assert asked_since(asked, before) == ["requirement"]
    assert build.requirements[0].text == "The program must count the words of a text."
    assert "each time" in build.requirements[0].because[0].quote
    compiled(place, asked, stop_after="pseudocode")
    assert asked_since(asked, before) == ["requirement"]


def test_ids_stay_when_statements_come_and_go(place: Path) -> None:
    only(place)
    note = place / "vault/words.idea"
    note.write_text(
        note.read_text()
        .replace("- The program must count", "- The program must greet the user.\n- The program must count")
        .replace("- The program must not change the file.\n", "")
    )
    assert [(r.id, r.text) for r in only(place)] == [
        ("R4", "The program must greet the user."),
        ("R1", "The program must count the words of a text."),
        ("R3", "It should answer within 200 ms."),
    ]


def test_numbers_tell_reworded_requirements_apart() -> None:
    def made(id_: str, text: str) -> Requirement:
        return Requirement(id_, text, because=(Citation("a.idea", 1, text, Span(0, len(text)), text),))

    last = [made(f"R{n}", f"The program must give the number {n} for word {n}.") for n in (1, 2, 3)]
    new = [made("", f"For word {n} the program has to give the number {n}.") for n in (3, 1, 2)]
    assert [r.id for r in identified(new, last)[0]] == ["R3", "R1", "R2"]


def test_questions_before_coding(place: Path) -> None:
    (place / "vault/words.idea").write_text(
        "# A\n\nThe search must be fast.\nThe program must keep the WSP filled.\nShould it work offline?\n"
    )
    codes = {q.code for q in compiled(place, None, stop_after="requirements").questions}
    assert codes >= {"unmeasured", "undefined-term", "open-question", "missing-example"}


def test_pseudo_functions_are_requirements(place: Path) -> None:
    (place / "vault/sum.pseudo").write_text("// складывает числа\nфункция сложить(числа):\n  вернуть сумма\n")
    build = compiled(place, None, "sum.pseudo")
    assert build.requirements[0].text == "сложить(числа): складывает числа"
    assert (place / "build/pseudocode/core.md").read_text().count("- вернуть сумма [R1]") == 1
    assert "no-model" in {d.code for d in build.diagnostics}


def test_a_folder_is_one_idea(place: Path) -> None:
    folder = place / "vault/shop"
    folder.mkdir()
    (folder / "b.md").write_text("# B\n\nThe shop must open at 9:00.\n")
    (folder / "a.idea").write_text("# Shop\n\nThe shop must sell tea.\n")
    build = compiled(place, None, "shop", stop_after="requirements")
    assert [r.because[0].note for r in build.requirements] == ["shop/a.idea", "shop/b.md"]


def test_what_the_vault_says_about_a_term_is_background(place: Path) -> None:
    import notec

    (place / "vault/WSP.md").write_text("# WSP\n\nWSP is the warm start pool.\n")
    (place / "vault/words.idea").write_text("# W\n\n- The server must keep the WSP filled.\n")
    with notec.Workspace.open(place / "vault", home=place / "home") as workspace:
        workspace.index()
    asked = model()
    build = compiled(place, asked, stop_after="requirements")
    assert "WSP is the warm start pool." in asked.requests[0].messages[-1].content
    assert "undefined-term" not in {q.code for q in build.questions}


def test_an_id_that_the_user_gave_twice_is_told_and_nothing_is_lost(place: Path) -> None:
    (place / "vault/words.idea").write_text("- R1: The program must count.\n- R1: The program must print.\n")
    build = compiled(place, model(), stop_after="requirements")
    assert [(r.id, r.text) for r in build.requirements] == [
        ("R1", "The program must count."),
        ("R2", "The program must print."),
    ]
    assert "double-id" in {d.code for d in build.diagnostics}


def test_a_model_makes_no_wish_of_what_is_not_wanted_and_no_duty_of_later(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    text = "The program must count words.\n\n# Not wanted\n- accounts\n\n# Later\n- sharing by QR code\n"
    (tmp_path / "vault/words.idea").write_text(text, encoding="utf-8")

    def eager(shown: str) -> object:
        statement = shown.rsplit("Statement:\n", 1)[1]
        return {
            "requirements": [{"quote": statement, "text": statement, "kind": "function", "priority": "must"}]
        }

    found = compiled(tmp_path, model(requirement=eager), stop_after="requirements").requirements
    assert [(r.kind, r.priority) for r in found] == [
        ("function", "must"),
        ("prohibition", "must"),
        ("function", "may"),
    ]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The program must count words and print the total. Нельзя менять файл.", "en"),
        ("Программа должна читать CSV через `pandas.read_csv(path)` и считать слова.", "ru"),
    ],
)
def test_pages_are_in_the_language_of_most_words(text: str, language: str) -> None:
    assert language_of([parse_markdown("a.idea", text).value]) == language


@pytest.mark.parametrize(
    "chat",
    [
        "## User\nSplit the bill. split(100, 3) -> 34\n\n## Assistant\nsplit(1, 1) -> 1\n",
        ">[!nexus_user] **User** - 28.07.2025 at 12:33\n> Split the bill. split(100, 3) -> 34\n\n"
        ">[!nexus_agent] **Assistant** - 28.07.2025 at 12:34\n> split(1, 1) -> 1\n",
    ],
)
def test_an_example_that_a_model_gave_in_a_chat_is_none(chat: str, tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault/chat.md").write_text(chat, encoding="utf-8")
    found = compiled(tmp_path, None, "chat.md", stop_after="requirements").requirements
    assert [e.call for r in found for e in r.examples] == ["split(100, 3)"]
