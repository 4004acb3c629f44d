"""Which detailed requirements refine which general ones: by words, by what goes together, by order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notec.passes.recover import Item, recover

GENERAL = [
    Item("wishes", "W1", "The tool reads notes in Markdown."),
    Item("wishes", "W2", "Программа ищет заметки по словам в любой форме."),
    Item("wishes", "W3", "Nothing may leave the machine."),
]
DETAILS = [
    Item("details", "D1", "A note is read as Markdown with front matter; reading never fails."),
    Item("details", "D2", "Поиск находит заметку по слову, в какой бы форме оно ни стояло."),
    Item("details", "D3", "No socket leaves the machine; a call to `openSocket` is a failure."),
]


def _pairs(general: list[Item], details: list[Item]) -> set[tuple[str, str]]:
    return {(link.general, link.detail) for link in recover(general, details)}


def test_each_detail_finds_what_it_refines_in_both_languages() -> None:
    assert _pairs(GENERAL, DETAILS) == {("W1", "D1"), ("W2", "D2"), ("W3", "D3")}


def test_the_pieces_of_an_identifier_count() -> None:
    general = [Item("a", "A1", "A socket is opened late."), Item("a", "A2", "Numbers are summed.")]
    details = [Item("b", "B1", "`openSocket` waits."), Item("b", "B2", "`sumNumbers` sums.")]
    assert _pairs(general, details) == {("A1", "B1"), ("A2", "B2")}


def test_order_helps_where_two_documents_have_the_same() -> None:
    names = ["apple", "bridge", "candle", "dragon", "engine", "forest", "garden", "hammer"]
    general = [Item("g", f"G{i}", f"About the {name} and the thing.") for i, name in enumerate(names)]
    details = [
        Item("d", f"D{i}", f"The {name} is red." if i != 4 else "The thing is red.")
        for i, name in enumerate(names)
    ]
    assert ("G4", "D4") in _pairs(general, details)


def test_nothing_in_common_is_no_link() -> None:
    assert recover([Item("a", "A", "apples")], [Item("b", "B", "stars")]) == ()
    assert recover([], DETAILS) == ()
    assert recover([Item("a", "A", "")], [Item("b", "B", "…")]) == ()


TEXTS = st.lists(st.text(alphabet="abв ", max_size=12), max_size=6)


@given(TEXTS, TEXTS)
def test_any_texts_give_links_among_themselves(one: list[str], other: list[str]) -> None:
    general = [Item("a", f"A{i}", text) for i, text in enumerate(one)]
    details = [Item("b", f"B{i}", text) for i, text in enumerate(other)]
    for link in recover(general, details):
        assert (link.general, link.detail) in {(a.id, b.id) for a in general for b in details}
        assert link.score > 0
