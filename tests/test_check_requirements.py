"""Rules about requirements, as small vaults in both languages: what they find, and where they are silent."""

from __future__ import annotations

from pathlib import Path

import pytest

from notec.check.rules.duplicate_requirement import RULE as DUPLICATE
from notec.check.rules.missing_example import RULE as EXAMPLE
from notec.check.rules.undefined_term import RULE as TERM
from notec.check.rules.unmeasurable_adjective import RULE as ADJECTIVE
from small_vaults import findings, short

RULES = (EXAMPLE, ADJECTIVE, DUPLICATE, TERM)
SHOWN = "\nExample: `f(1) = 2`\n"


@pytest.mark.parametrize(
    "note",
    [
        "# Counter\n\nThe program must count words.\n",
        "Программа должна считать слова.\n",
        "## Требования\n\n- Необходимо хранить историю за год.\n",
        "The program must never lose a note.\n\nIt must support formats, e.g. the usual ones.\n",
    ],
)
@pytest.mark.parametrize("name", ["a.idea", "Требования.md"])
def test_a_wish_without_an_example(tmp_path: Path, note: str, name: str) -> None:
    assert [d.code for d in findings(tmp_path, f"## {name}\n{note}", [EXAMPLE])] == ["missing-example"]


@pytest.mark.parametrize("heading", ["Требования к среде выполнения", "Requirements for running it"])
def test_what_a_program_needs_to_run_is_no_wish(tmp_path: Path, heading: str) -> None:
    note = f"## a.md\n# Guide\n\n## {heading}\n\nA disk must be there. Диск должен быть.\n"
    assert findings(tmp_path, note, list(RULES)) == []


def test_pseudo_code_without_an_example(tmp_path: Path) -> None:
    code = "function cost(watts):\n    return watts * 2\n"
    assert short(findings(tmp_path, f"## a.pseudo\n# cost\n\n{code}", [EXAMPLE])) == [
        "missing-example a.pseudo:3"
    ]
    assert findings(tmp_path, f"## a.pseudo\n{code}\n# example: cost(2) = 4\n", [EXAMPLE]) == []


@pytest.mark.parametrize(
    "shown",
    [
        "## Example\n\nAsked for cats, it shows cats.\n",
        "Пример: «кот» даёт 1.\n",
        "### Примеры\n\n- кот: 1\n",
        "Given an empty vault, when it is checked, then nothing is found.\n",
        "Дано: пустая папка\nКогда: проверка\nТогда: ничего\n",
        "```\n>>> count('a b')\n2\n```\n",
        "count('a b') -> 2\n",
        "Например, для «кот и пёс» ответ 3.\n",
        "## Критерии приёмки\n\n- [ ] считает до трёх\n",
    ],
)
def test_any_example_will_do(tmp_path: Path, shown: str) -> None:
    assert findings(tmp_path, f"## a.idea\nThe program must count words.\n\n{shown}", [EXAMPLE]) == []


@pytest.mark.parametrize(
    "line",
    [
        "The search must be fast.",
        "The interface should be intuitive and calm.",
        "The program must have a convenient settings page.",
        "Поиск должен быть быстрым.",
        "Интерфейс должен быть удобным и простым.",
        "Нужен удобный интерфейс.",
        "Система обязана быстро отвечать.",
        "Приложение должно быть лёгким.",
    ],
)
def test_praise_is_no_measure(tmp_path: Path, line: str) -> None:
    found = findings(tmp_path, f"## a.idea\n# A\n\n{line}\n{SHOWN}", RULES)
    assert short(found) == ["unmeasurable-adjective a.idea:3"]
    assert found[0].span is not None
    assert found[0].span.start >= 5


@pytest.mark.parametrize(
    "line",
    [
        "The search must be fast: it answers within 200 ms.",
        "The search must be fast. It answers within one second.",
        "Поиск должен быть быстрым: ответ за 2 секунды.",
        "The fast path must be covered by tests.",
        "The program must open the quick menu on a right click.",
        "Кнопка должна открывать быстрый доступ.",
        "The search must be faster than that of the old program.",
        "The search is fast and convenient.",
        "Должна быть надпись «Быстро».",
        "The program must not be fast at any price.",
        "Must the program be fast?",
        "We must be quick.",
    ],
)
def test_what_is_measured_or_no_praise_is_left_alone(tmp_path: Path, line: str) -> None:
    assert findings(tmp_path, f"## a.idea\n{line}\n{SHOWN}", RULES) == []


def test_an_ordinary_note_demands_nothing(tmp_path: Path) -> None:
    vault = (
        "## a.md\n# Kettle\n\nYou must fill it. It must be fast. The XQF must be full.\n"
        "## b.md\n# System requirements\n\n- The disk must be fast.\n"
        "## c.md\n# Чайник\n\nОн должен быть удобным. Вода должна быть чистой.\n"
    )
    assert findings(tmp_path, vault, RULES) == []


def test_requirements_stand_under_their_heading(tmp_path: Path) -> None:
    vault = (
        "## a.md\n# Shop\n\nIt must be fast.\n\n## Requirements\n\n- the basket must be convenient\n"
        "- fast search\n\n"
        "## Notes\n\n- fast food\n\nExample: `f(1) = 2`\n"
    )
    assert short(findings(tmp_path, vault, RULES)) == [f"unmeasurable-adjective a.md:{n}" for n in (7, 8)]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (
            "The program must list all notes without links.",
            "The program shall list all the notes without links.",
        ),
        ("Программа должна хранить историю правок.", "Программа обязана хранить историю правок."),
    ],
)
def test_the_same_is_demanded_twice(tmp_path: Path, one: str, two: str) -> None:
    found = findings(tmp_path, f"## a.idea\n- {one}\n- {two}\n{SHOWN}", RULES)
    assert short(found) == ["duplicate-requirement a.idea:2"]
    assert found[0].labels[0].line == 1


def test_a_figure_explains_its_sentence_and_the_one_before_it(tmp_path: Path) -> None:
    lines = (
        "The shop must be easy to use.",
        "Buyers must see it.",
        "Search must be fast.",
        "It takes 50 ms.",
    )
    text = "\n".join((*lines, "Поиск должен быть удобным."))
    assert short(findings(tmp_path, f"## a.idea\n{text}\n{SHOWN}", [ADJECTIVE])) == [
        "unmeasurable-adjective a.idea:1",
        "unmeasurable-adjective a.idea:5",
    ]


@pytest.mark.parametrize("ids", [("REQ-1: ", "REQ-2: "), ("**ФТ-1.** ", "ФТ-7. "), ("R1. ", "R2. ")])
def test_an_id_makes_no_other_requirement(tmp_path: Path, ids: tuple[str, str]) -> None:
    one, two = (f"- {name}Экран книг должен показывать список книг по алфавиту.\n" for name in ids)
    found = findings(tmp_path, f"## a.idea\n# Требования\n\n{one}{two}{SHOWN}", [DUPLICATE])
    assert short(found) == ["duplicate-requirement a.idea:4"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("The log must keep 10 days of replies.", "The log must keep 20 days of replies."),
        ("The program must show links of a note.", "The program must not show links of a note."),
        ("Клиент должен ждать ответа до отправки.", "Клиент должен ждать ответа после отправки."),
        ("It must keep every note of the vault.", "It must keep every note of the vault."),
        ("The program must start.", "The program must start."),
    ],
)
def test_different_demands_are_not_duplicates(tmp_path: Path, one: str, two: str) -> None:
    assert findings(tmp_path, f"## a.idea\n- {one}\n- {two}\n{SHOWN}", [DUPLICATE]) == []


@pytest.mark.parametrize("line", ["The server must fill the WSP.", "Сервер должен заполнять ПТЗ."])
def test_a_term_that_is_explained_nowhere(tmp_path: Path, line: str) -> None:
    assert short(findings(tmp_path, f"## a.idea\n{line}\n{SHOWN}", RULES)) == ["undefined-term a.idea:1"]


@pytest.mark.parametrize(
    "told",
    [
        "WSP — the warm start pool.",
        "The warm start pool (WSP) is kept full.",
        "**WSP**: a pool.",
        "| WSP | pool |",
        "# WSP",
        "---\naliases: [WSP]\n---\n",
    ],
)
def test_a_term_that_another_note_explains(tmp_path: Path, told: str) -> None:
    vault = f"## a.idea\nThe server must fill the WSP.\n{SHOWN}\n## b.md\n{told}\n"
    assert findings(tmp_path, vault, RULES) == []


@pytest.mark.parametrize(
    "line",
    ["The API must speak JSON over HTTP.", "It must take `WSP` and \"WSP\".", "It must need 96 MHZ and 5 KW.",
     "THE SERVER MUST FILL THE POOL.", "It must read WSP-12 and /WSP/x."],
)  # fmt: skip
def test_what_everybody_knows_needs_no_word(tmp_path: Path, line: str) -> None:
    assert findings(tmp_path, f"## a.idea\n{line}\n{SHOWN}", RULES) == []
