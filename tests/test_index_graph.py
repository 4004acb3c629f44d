"""The walk: names in texts, links and tags bring in what a query does not say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notec.index import Filters, Hit, Index, Settings
from notec.index.fusion import fuse
from notec.index.graph import walk

NOTES = {
    "leland.md": "# Leland\n\n"
    "Leland is a town in North Carolina. In 1986 the film Maximum Overdrive was shot there.\n",
    "overdrive.md": "# Maximum Overdrive\n\n"
    "An American comedy of horrors, written and directed by Stephen King.\n",
    "premier.md": "# Джон Даунер\n\nОн был премьером два раза.\n",
    "copley.md": "# Уильям Копли\n\nКопли был министром земледелия при Джоне Даунере.\n",
    "linked.md": "# Отчёт о станке\n\nСтанок купили весной. Подробности: [[смета-7]].\n",
    "смета-7.md": "# Таблица\n\nВсего вышло триста тысяч.\n",
    "tagged-a.md": "# Путешествие в Ригу\n\nМы ехали поездом. #рига2024\n",
    "tagged-b.md": "# Чек\n\nГостиница: сто евро. #рига2024\n",
    **{
        f"noise{n}.md": f"# Towns of state {n}\n\nA film was once shot in a town of the state number {n}.\n"
        for n in range(8)
    },
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    root = tmp_path_factory.mktemp("vault")
    for path, text in NOTES.items():
        (root / path).write_text(text, encoding="utf-8")
    with Index.open(root, tmp_path_factory.mktemp("home"), Settings(workers=1)) as made:
        made.update()
        yield made


def notes(hits: list[Hit]) -> list[str]:
    return [hit.note for hit in hits]


@pytest.mark.parametrize(
    ("query", "first", "second"),
    [
        ("who directed the film that was shot in Leland in 1986", "leland.md", "overdrive.md"),
        ("сколько раз был премьером тот, при ком Копли стал министром земледелия", "copley.md", "premier.md"),
        ("сколько денег стоил станок весной", "linked.md", "смета-7.md"),
        ("где мы жили, когда путешествовали в Ригу поездом", "tagged-a.md", "tagged-b.md"),
    ],
)
def test_brings_in_what_the_first_passage_names(index: Index, query: str, first: str, second: str) -> None:
    found = notes(index.search(query, graph="on"))
    assert found[0] == first
    assert second in found[1:3]
    assert notes(index.search(query, graph="auto"))[:3] == found[:3]


def test_off_is_off(index: Index) -> None:
    query = "сколько денег стоил станок весной"
    assert "смета-7.md" not in notes(index.search(query, graph="off"))


def test_auto_stays_at_home_when_the_first_passage_says_it_all(index: Index) -> None:
    query = "town in North Carolina film shot 1986"
    assert index.search(query, graph="auto") == index.search(query, graph="off")
    assert index.search('"Stephen King"', graph="auto") == index.search('"Stephen King"', graph="off")


def test_never_displaces_the_first(index: Index) -> None:
    for query in ("film town state", "directed by Stephen King", "министр премьер", "гостиница поезд станок"):
        assert notes(index.search(query, graph="on"))[0] == notes(index.search(query, graph="off"))[0]


def test_brings_nothing_through_a_filter(index: Index) -> None:
    query = "who directed the film that was shot in Leland in 1986"
    assert "overdrive.md" in notes(index.search(query, graph="on"))
    only = Filters(language="ru")
    assert all(
        n not in ("overdrive.md", "leland.md") for n in notes(index.search(query, filters=only, graph="on"))
    )


def test_a_walk_prefers_what_the_query_knows() -> None:
    reached = walk({1: {2: 1.0, 3: 1.0}}, {1: 1.0, 2: 0.5}, [1])
    assert reached[1] == 1.0
    assert reached[2] > reached[3] > 0


def test_a_walk_without_edges_stays() -> None:
    assert walk({1: {}, 2: {}}, {1: 1.0, 2: 0.5}, [1, 2]) == {1: 1.0, 2: 0.125}
    assert walk({}, {}, []) == {}


def test_fusion_prefers_what_several_lists_have() -> None:
    assert [p for p, _ in fuse([[1, 2, 3], [2, 4]])] == [2, 1, 4, 3]
    assert [p for p, _ in fuse([[1, 2], [3]], [1.0, 3.0])] == [3, 1, 2]
    assert fuse([[5, 5, 6]])[0] == (5, 1 / 61), "a list counts each once"
    assert fuse([]) == []


def test_an_empty_vault_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    with Index.open(tmp_path / "vault", tmp_path / "home", Settings(workers=1)) as empty:
        empty.update()
        assert empty.search("anything", graph="on") == []
