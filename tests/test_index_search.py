"""Searching small vaults: what is found, in which order, and what filters never let through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from notec.index import Filters, Hit, Index, Settings

NOTES = {
    "hardware/gpu.md": "---\ntags: [hardware/gpu]\ndate: 2025-03-01\n---\n"
    "# Видеокарта\n\nПамять видеокарты: 96 ГБ.\n\n"
    "## Цена\n\nСтоит как автомобиль, и стоит дорого.\n",
    "hardware/ram.md": "---\ntags: [hardware/ram]\ndate: 2025-05-01\n---\n"
    "# Memory bandwidth\n\nThe memory of a desktop "
    "has two channels.\nA server has twelve channels, and its bandwidth grows with them.\n",
    "code/ole.md": "# EM_GETOLEINTERFACE\n\nCall `GetOleInterface` to get the object; see `ole_helper.py`.\n",
    "band.md": "# What I Like About You (song)\n\nA song by an American band, written in 1979.\n",
    "hurricane.md": "# Hurricane\n\n"
    "A song that rocks like a hurricane: you like what I like about songs, about bands.\n",
    "chat.md": "# Разговор\n\n"
    ">[!nexus_user] **User** - 28.07.2025 at 12:33\n> <!-- UID: u-1 -->\n> Сколько стоит сервер?\n\n"
    ">[!nexus_agent] **Agent** - 28.07.2025 at 12:34\n> <!-- UID: a-1 -->\n> Сервер стоит пять тысяч.\n",
    "пустая.md": "",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    root = tmp_path_factory.mktemp("vault")
    for path, text in NOTES.items():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    with Index.open(root, tmp_path_factory.mktemp("home"), Settings(workers=1)) as made:
        made.update()
        yield made


def notes(hits: list[Hit]) -> list[str]:
    return [hit.note for hit in hits]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("сколько памяти у видеокарт", "hardware/gpu.md"),
        ("автомобили", "hardware/gpu.md"),
        ("channels of a server", "hardware/ram.md"),
        ("GetOleInterface", "code/ole.md"),
        ("getoleinterface", "code/ole.md"),
        ("interface", "code/ole.md"),
        ("ole_helper.py", "code/ole.md"),
        ("who sang what i like about you", "band.md"),
        ("пустая", "пустая.md"),
    ],
)
def test_finds(index: Index, query: str, first: str) -> None:
    found = notes(index.search(query))
    if first == "пустая.md":  # it has no words: nothing of it can be shown
        assert first not in found
    else:
        assert found[0] == first


@pytest.mark.parametrize(
    ("typo", "first"),
    [
        ("bandwdith", "hardware/ram.md"),
        ("bandwith", "hardware/ram.md"),
        ("видиокарта", "hardware/gpu.md"),
        ("автомобль", "hardware/gpu.md"),
        ("ыукмук", "hardware/ram.md"),
        ("gfvznm", "hardware/gpu.md"),
    ],
)
def test_mends_a_word_that_stands_nowhere(index: Index, typo: str, first: str) -> None:
    assert first in notes(index.search(typo))


def test_does_not_mend_a_word_that_stands_somewhere(index: Index) -> None:
    assert notes(index.search("band")) == ["band.md"] or "hardware/ram.md" not in notes(index.search("band"))


def test_phrase_must_stand_as_it_is(index: Index) -> None:
    assert notes(index.search('"two channels"')) == ["hardware/ram.md"]
    assert index.search('"channels two"') == []
    assert notes(index.search('"видеокартой 96"')) == ["hardware/gpu.md"], "forms of words do not matter"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("title:hurricane song", {"hurricane.md"}),
        ("tag:hardware стоит memory", {"hardware/gpu.md", "hardware/ram.md"}),
        ("tag:#Hardware/GPU стоит", {"hardware/gpu.md"}),
        ("path:code/ object", {"code/ole.md"}),
        ('folder:"hardware" server', {"hardware/ram.md", "hardware/gpu.md"}),
        ("since:2025-04 memory", {"hardware/ram.md"}),
        ("until:01.03.2025 память memory", {"hardware/gpu.md"}),
        ("lang:en song памяти", {"band.md", "hurricane.md"}),
        ("role:assistant сервер", {"chat.md"}),
        ("tag:hardware", {"hardware/gpu.md", "hardware/ram.md"}),
    ],
)
def test_operators_narrow(index: Index, query: str, wanted: set[str]) -> None:
    found = set(notes(index.search(query)))
    assert found
    assert found <= wanted


def test_role_shows_only_what_that_side_said(index: Index) -> None:
    for role, words in (("user", "Сколько стоит"), ("assistant", "пять тысяч")):
        hits = index.search("сервер стоит", filters={"role": role})
        assert [words in hit.text for hit in hits] == [True]


def test_line_is_the_one_that_fits(index: Index) -> None:
    hit = index.search("twelve channels bandwidth")[0]
    assert index.text(hit.note).split("\n")[hit.line - 1].startswith("A server has twelve")


def test_rankers_are_fused_and_filtered(index: Index) -> None:
    band = index.search("american band")[0].passage
    assert "band.md" not in notes(index.search("memory channels"))
    assert "band.md" in notes(index.search("memory channels", rankers=[("mine", [band])]))
    narrowed = index.search("memory channels", filters=Filters(folder="hardware"), rankers=[("mine", [band])])
    assert "band.md" not in notes(narrowed)
    by_language = index.search("память", filters={"language": "ru"}, rankers=[("mine", [band])])
    assert "band.md" not in notes(by_language)


@pytest.mark.parametrize(
    "query",
    ["", "   ", "\x00\x07", "что это и как", "the of and", "((( AND ]] OR *", '"', '""', "tag:", "🙂",
     "日本語", "-:-",
     "слово " * 2_000, "a" * 10_000, "lang:klingon", "since:yesterday память", "\ud800"],
)  # fmt: skip
def test_takes_any_query(index: Index, query: str) -> None:
    for hit in index.search(query):
        assert hit.text == index.text(hit.note)[hit.span.start : hit.span.end]


def test_an_operator_without_a_value_is_words(index: Index) -> None:
    assert "hardware/gpu.md" in notes(index.search("since:yesterday память видеокарты"))


_WORDS = st.sampled_from(
    [
        "память",
        "memory",
        "сервер",
        "song",
        "like",
        "about",
        "автомобиль",
        "стоит",
        "the",
        "и",
        "zzz",
        '"two',
        'channels"',
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(["стоит"] * 3, "", "", "", "on", 1)
@given(
    words=st.lists(_WORDS, max_size=6),
    folder=st.sampled_from(["", "hardware", "code"]),
    language=st.sampled_from(["", "ru", "en"]),
    tag=st.sampled_from(["", "hardware", "hardware/ram"]),
    graph=st.sampled_from(["on", "off", "auto"]),
    per_note=st.integers(1, 3),
)
def test_laws(
    index: Index, words: list[str], folder: str, language: str, tag: str, graph: str, per_note: int
) -> None:
    query = " ".join(words)
    wanted = Filters(folder=folder, language=language, tag=tag)
    hits = index.search(query, 5, wanted, graph=graph, per_note=per_note)
    assert hits == index.search(query, 5, wanted, graph=graph, per_note=per_note), (
        "the order is always the same"
    )
    assert len(hits) <= 5
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    for hit in hits:
        note = index.note(hit.note)
        assert note is not None
        text = index.text(hit.note)
        assert hit.text == text[hit.span.start : hit.span.end]
        assert text.count("\n", 0, hit.span.start) < hit.line <= text.count("\n", 0, hit.span.end) + 1
        assert hit.note.startswith(f"{folder}/" if folder else "")
        assert language in ("", note.language)
        assert not tag or any(t == tag or t.startswith(tag + "/") for t in note.tags)
        assert notes(hits).count(hit.note) <= per_note


def test_a_search_sees_the_update(tmp_path: Path, make: Callable[[dict[str, str]], Index]) -> None:
    found = make({"one.md": "# One\n\nAlpha beta.\n"})
    assert notes(found.search("gamma")) == []
    (found.root / "two.md").write_text("# Two\n\nGamma delta.\n", encoding="utf-8")
    found.update()
    assert notes(found.search("gamma")) == ["two.md"]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[[dict[str, str]], Index]]:
    made: list[Index] = []

    def build(files: dict[str, str]) -> Index:
        root = tmp_path / "small"
        root.mkdir()
        for path, text in files.items():
            (root / path).write_text(text, encoding="utf-8")
        made.append(Index.open(root, tmp_path / "home", Settings(workers=1)))
        made[-1].update()
        return made[-1]

    yield build
    for one in made:
        one.close()


def test_a_note_whose_alias_stands_in_no_text_is_found_by_it(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault/GPU.md").write_text("---\naliases: [видеокарта]\n---\n# Memory\n\nIt has 96 GB.\n")
    (tmp_path / "vault/other.md").write_text("# Other\n\nNothing of the kind.\n")
    with Index.open(tmp_path / "vault", tmp_path / "home", Settings(workers=1)) as made:
        made.update()
        assert notes(made.search("видеокарты")) == ["GPU.md"]
        assert notes(made.search("gpu")) == ["GPU.md"]
        assert notes(made.search("видеокарта", filters=Filters(folder="elsewhere"))) == []
