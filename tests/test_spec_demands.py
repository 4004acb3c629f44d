"""What an idea demands, in plain words of two languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.spec.demands import Demand, Open, demands
from notec.vault import parse_markdown


def said(text: str, path: str = "a.idea") -> list[Demand]:
    return [d for d in demands(parse_markdown(path, text).value) if isinstance(d, Demand)]


def one(text: str) -> Demand:
    found = said(text)
    assert len(found) == 1, [d.words for d in found]
    return found[0]


@pytest.mark.parametrize(
    ("text", "kind", "priority"),
    [
        ("The program must count the words of a note.", "function", "must"),
        ("The report should show totals.", "function", "should"),
        ("The user may sort the list.", "function", "may"),
        ("Программа должна считать слова.", "function", "must"),
        ("Желательно показывать итог.", "function", "should"),
        ("Программа может сортировать список.", "function", "must"),
        ("Опционально показать график.", "function", "may"),
        ("The program must not change the file.", "prohibition", "must"),
        ("Нельзя менять исходный файл.", "prohibition", "must"),
        ("Никогда не хранить пароли.", "prohibition", "must"),
        ("The answer must come within 200 ms.", "constraint", "must"),
        ("Файл не больше 5 МБ.", "constraint", "must"),
        ("The search must be fast.", "quality", "must"),
        ("Each record must contain a date.", "data", "must"),
        ("There must be an option `--json`.", "interface", "must"),
        ("Хочу, чтобы программа читала почту.", "function", "must"),
        ("Print the sum of the list.", "function", "must"),
        ("Выводить сумму списка.", "function", "must"),
        ("If the file is missing, the program prints a message.", "function", "must"),
        ("Программа печатает отчёт.", "function", "must"),
        ("A program that reads my notes.", "function", "must"),
    ],
)
def test_a_sentence_that_asks(text: str, kind: str, priority: str) -> None:
    found = one(text)
    assert (found.kind, found.priority) == (kind, priority)


@pytest.mark.parametrize(
    "text",
    [
        "The weather is nice today in Paris.",
        "Прошлым летом погибло 12 кустов.",
        "We must talk to Anna about it.",
        "# Requirements",
        "",
        "```python\nthe program must not be read here\n```",
        "---\ntitle: the program must\n---\n",
    ],
)
def test_what_asks_for_nothing(text: str) -> None:
    assert said(text) == []


def test_a_list_under_requirements_needs_no_word_that_obliges() -> None:
    found = said("# App\n\n## Features\n\n- Word count\n- Line count\n\n## Not wanted\n\n- Accounts\n")
    assert [(d.words, d.kind) for d in found] == [
        ("Word count", "function"),
        ("Line count", "function"),
        ("Accounts", "prohibition"),
    ]


def test_background_obliges_only_where_it_says_so() -> None:
    found = said("# A\n\n## Background\n\nThe old tool prints pages.\nThe new tool must print words.\n")
    assert [d.words for d in found] == ["The new tool must print words."]


def test_ids_of_the_user_are_taken_over() -> None:
    found = said(
        "- REQ-3: The program must count.\n- FR 12 - The program shall print.\n"
        "- The program must stop. ^r4\n- ТЗ-1. Программа должна читать файл.\n"
    )
    assert [d.own_id for d in found] == ["REQ-3", "FR-12", "r4", "ТЗ-1"]
    assert found[0].words == "The program must count."


def test_literals_are_kept_exactly() -> None:
    found = one("The program must print «Готово!» and `--json` within 200 ms, not 'x y'.")
    assert [(x.kind, x.text) for x in found.literals] == [
        ("text", "Готово!"),
        ("code", "--json"),
        ("number", "200 ms"),
        ("text", "x y"),
    ]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("The format must be one of: PNG, JPEG or SVG.", ("PNG", "JPEG", "SVG")),
        ("Форматы должны быть: текст, json и csv.", ("текст", "json", "csv")),
        ("The level must be one of `low`, `mid`, and `high`.", ("low", "mid", "high")),
        ("The program must support these formats:\n\n- a b\n- c-d\n- `e`\n", ("a b", "c-d", "e")),
        ("Программа должна знать состояния:\n- новое\n- готово\n", ("новое", "готово")),
    ],
)
def test_lists_of_values_are_kept_whole(text: str, items: tuple[str, ...]) -> None:
    found = said("# A\n\n" + text)
    assert [x.items for d in found for x in d.literals if x.items] == [items]


def test_questions_and_what_is_undecided_are_open() -> None:
    note = parse_markdown("a.idea", "Должно ли это работать без сети?\nThe port is TBD.\n").value
    assert [type(d) for d in demands(note)][:2] == [Open, Open]


def test_of_a_chat_only_the_user_obliges() -> None:
    text = (
        "# Chat\n\n> [!nexus_user] **User** - 2025-01-02\n> The tool must read mail.\n\n"
        "> [!nexus_agent] **Assistant** - 2025-01-02\n> The tool must also send faxes.\n"
    )
    note = parse_markdown("c.md", text).value
    assert len(note.turns) == 2
    assert [d.words for d in demands(note) if isinstance(d, Demand)] == ["The tool must read mail."]


@given(st.text(alphabet="abc must не должен. -#`|>\n1[]()«»\"'", max_size=200))
def test_any_text_is_read_and_quotes_stand_in_it(text: str) -> None:
    note = parse_markdown("a.idea", text).value
    for found in demands(note):
        assert note.text_of(found.statement) in text


def test_a_line_that_obliges_speaks_for_the_list_below_it() -> None:
    found = said("This tool should:\n- Be friendly.\n- Know 3 formats.\n\nThe end is near.\n")
    assert [(d.words, d.priority) for d in found] == [
        ("This tool should: Be friendly.", "should"),
        ("This tool should: Know 3 formats.", "should"),
    ]
    assert found[0].values[0].line == 1


def test_rows_of_a_table_of_requirements() -> None:
    found = said("| id | text | prio |\n|---|---|---|\n| FR-1 | The system should log users in | high |\n")
    assert [(d.own_id, d.words, d.priority) for d in found] == [
        ("FR-1", "The system should log users in", "should")
    ]


def test_a_choice_of_values_is_a_demand() -> None:
    found = one("Разделитель — один из: дефис, точка, пробел.")
    assert found.literals[0].items == ("дефис", "точка", "пробел")
    assert one("The output format is one of json, csv or xml.").literals[0].items == ("json", "csv", "xml")
    assert said("It was one of the best days, or so they told us.") == []


def test_what_is_to_be_done_then_is_a_demand_and_a_liking_is_none() -> None:
    assert one("The file is empty: тогда выводить 0.")
    assert one("Пустой файл — вернуть 0.")
    assert said("The sky is blue and I like tea.") == []
    assert one("I'd like a list of books.")


def test_in_a_copied_chat_only_the_user_demands() -> None:
    chat = "### User\nIt must count words.\n\n### Assistant\nIt must also sing.\n"
    assert [d.words for d in said(chat, "chat.md")] == ["It must count words."]
    assert len(said(chat.replace("### User", "### Words"), "chat.md")) == 2


def test_a_measure_is_a_demand_and_a_list_of_examples_is_none() -> None:
    text = "Работа длится 25 минут.\n\nПримеры:\n- `f(1)` → 5\n- `f(4)` → 15\n"
    assert [d.words for d in said(text)][:1] == ["Работа длится 25 минут."]
    assert not any("Примеры" in d.words for d in said(text))
    assert said("The trip took 3 hours and cost 20 euros.") == []
