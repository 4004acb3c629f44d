"""Which file a link means. Each case names the rule that decides it."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notec.vault.note import BlockId, Heading
from notec.vault.resolve import Resolved, Resolver
from notec.vault.subpath import heading_slug, match_block, match_heading

FILES = [
    "Home.md",
    "Note.md",
    "alpha/Note.md",
    "alpha/deep/Only.md",
    "beta/Note.md",
    "beta/long folder name/Twin.md",
    "gamma/Twin.md",
    "beta/v1.2 plan.md",
    "Проекты/Сервер дома.md",
    "board.canvas",
    "ideas/engine.idea",
    "ideas/Engine.md",
    "img/pic.png",
    "alpha/pic.png",
    "files/report.pdf",
    "LICENSE",
]


@pytest.fixture(scope="module")
def resolver() -> Resolver:
    notes = [f for f in FILES if f.endswith((".md", ".canvas", ".idea"))]
    aliases = {"Home.md": ["Start", "Главная"], "alpha/deep/Only.md": ["Twin", "The one "]}
    return Resolver(((n, aliases.get(n, ())) for n in notes), [f for f in FILES if f not in notes])


@pytest.mark.parametrize(
    ("target", "source", "path"),
    [
        ("Home", "Note.md", "Home.md"),
        ("home", "Note.md", "Home.md"),  # case does not count
        ("  Home ", "Note.md", "Home.md"),  # outer spaces do not count
        ("Home.md", "Note.md", "Home.md"),
        ("Only", "Home.md", "alpha/deep/Only.md"),  # by its name, wherever it lies
        ("deep/Only", "Home.md", "alpha/deep/Only.md"),  # by the end of its path
        ("eep/Only", "Home.md", ""),  # but only by whole folders
        ("alpha/deep/Only", "beta/Note.md", "alpha/deep/Only.md"),
        ("Note", "Home.md", "Note.md"),  # the whole path wins
        ("Note", "beta/Note.md", "Note.md"),  # also over the same folder
        ("/Note", "beta/Note.md", "Note.md"),
        ("/Only", "alpha/deep/Only.md", ""),  # from the top, nothing else
        ("/alpha/Note", "Home.md", "alpha/Note.md"),
        ("./Note", "beta/Note.md", "beta/Note.md"),
        ("../Note", "beta/long folder name/Twin.md", "beta/Note.md"),
        ("../../Note", "beta/long folder name/Twin.md", "Note.md"),
        ("../../../../Note", "beta/Note.md", "Note.md"),  # no way out of the vault
        ("../gamma/Twin", "beta/Note.md", "gamma/Twin.md"),
        ("Twin", "Home.md", "gamma/Twin.md"),  # the shortest path
        ("Twin", "beta/Note.md", "beta/long folder name/Twin.md"),  # below the folder of the note first
        ("v1.2 plan", "Home.md", "beta/v1.2 plan.md"),  # a dot in a name is no extension
        ("сервер дома", "Home.md", "Проекты/Сервер дома.md"),
        ("проекты/СЕРВЕР ДОМА", "Home.md", "Проекты/Сервер дома.md"),
        ("Сервер\u00a0дома", "Home.md", "Проекты/Сервер дома.md"),
        ("Проекты\\Сервер дома", "Home.md", "Проекты/Сервер дома.md"),  # as Windows writes it
        (
            "%D0%A1%D0%B5%D1%80%D0%B2%D0%B5%D1%80%20%D0%B4%D0%BE%D0%BC%D0%B0",
            "Home.md",
            "Проекты/Сервер дома.md",
        ),
        ("pic.png", "Home.md", "img/pic.png"),
        ("pic.png", "alpha/Note.md", "alpha/pic.png"),
        ("pic", "Home.md", ""),  # an attachment needs its extension
        ("report.pdf", "Home.md", "files/report.pdf"),
        ("board", "Home.md", "board.canvas"),  # a note of another format does not
        ("board.canvas", "Home.md", "board.canvas"),
        ("engine", "Home.md", "ideas/Engine.md"),  # .md first
        ("engine.idea", "Home.md", "ideas/engine.idea"),
        ("LICENSE", "Home.md", "LICENSE"),
        ("Start", "alpha/Note.md", "Home.md"),  # an alias
        ("главная", "alpha/Note.md", "Home.md"),
        ("the one", "Home.md", "alpha/deep/Only.md"),
        ("nowhere", "Home.md", ""),
        ("alpha", "Home.md", ""),  # a folder is no note
        ("alpha/", "Home.md", ""),
        ("", "alpha/Note.md", "alpha/Note.md"),  # [[#Heading]]
        ("", "gone.md", ""),
    ],
)
def test_wikilinks(resolver: Resolver, target: str, source: str, path: str) -> None:
    assert resolver.resolve(target, source).path == path


@pytest.mark.parametrize(
    ("target", "source", "path"),
    [
        ("Note.md", "beta/x.md", "beta/Note.md"),  # beside the note, as on the web
        ("Note.md", "gamma/x.md", "Note.md"),
        ("deep/Only.md", "alpha/x.md", "alpha/deep/Only.md"),
        ("long%20folder%20name/Twin.md", "beta/Note.md", "beta/long folder name/Twin.md"),
        ("long folder name/Twin.md", "beta/Note.md", "beta/long folder name/Twin.md"),
        ("../img/pic.png", "alpha/Note.md", "img/pic.png"),
        ("a/../Note.md", "alpha/x.md", "alpha/Note.md"),
        ("./Note.md", "alpha/x.md", "alpha/Note.md"),
        ("/alpha/Note.md", "beta/x.md", "alpha/Note.md"),
        ("Home.md?view=1", "alpha/Note.md", "Home.md"),
        ("Home", "alpha/Note.md", "Home.md"),
    ],
)
def test_markdown_links(resolver: Resolver, target: str, source: str, path: str) -> None:
    assert resolver.resolve(target, source, "markdown").path == path


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("https://example.org/a.md", "markdown"),
        ("https://example.org", "wikilink"),
        ("mailto:a@b.c", "markdown"),
        ("//example.org/x", "markdown"),
        ("obsidian://open?vault=a", "markdown"),
        ("data:image/png;base64,AAAA", "image"),
        ("Home", "autolink"),
    ],
)
def test_external(resolver: Resolver, target: str, kind: str) -> None:
    assert resolver.resolve(target, "Home.md", kind) == Resolved("", (), "external")


def test_an_autolink_does_not_spoil_the_memory_of_others(resolver: Resolver) -> None:
    assert resolver.resolve("Only", "Note.md", "autolink").how == "external"
    assert resolver.resolve("Only", "Note.md", "markdown").how == "name"


def test_how_and_candidates_tell_an_ambiguous_link(resolver: Resolver) -> None:
    assert resolver.resolve("Home", "Note.md") == Resolved("Home.md", ("Home.md",), "name")
    assert resolver.resolve("Twin", "Home.md") == Resolved(
        "gamma/Twin.md", ("gamma/Twin.md", "beta/long folder name/Twin.md"), "name"
    )
    assert resolver.resolve("Note", "beta/Note.md") == Resolved(
        "Note.md", ("Note.md", "beta/Note.md", "alpha/Note.md"), "name"
    )
    assert resolver.resolve("alpha/Note", "Home.md") == Resolved("alpha/Note.md", ("alpha/Note.md",), "path")
    assert resolver.resolve("Start", "Note.md") == Resolved("Home.md", ("Home.md",), "alias")
    assert resolver.resolve("", "Note.md") == Resolved("Note.md", ("Note.md",), "path")
    assert resolver.resolve("nowhere", "Note.md") == Resolved("", (), "none")


def test_composed_and_decomposed_names_are_equal() -> None:
    nfd = unicodedata.normalize("NFD", "Ёжик й.md")
    nfc = unicodedata.normalize("NFC", "Ёжик й.md")
    assert nfd != nfc
    assert Resolver([(nfd, ())]).resolve(nfc[:-3], "a.md").path == nfd
    assert Resolver([(nfc, ())]).resolve(nfd[:-3], "a.md").path == nfc
    both = Resolver([(nfd, ()), (nfc, ())])
    assert both.resolve(nfc, "a.md").path == nfc
    assert both.resolve(nfd, "a.md").path == nfd


def test_names_that_differ_in_case_alone() -> None:
    both = Resolver([("note.md", ()), ("Note.md", ())])
    assert both.resolve("Note", "a.md").path == "Note.md"
    assert both.resolve("note", "a.md").path == "note.md"
    assert len(both.resolve("NOTE", "a.md").candidates) == 2


def test_names_with_spaces_at_their_ends() -> None:
    resolver = Resolver([("имя .md", ()), (" dir / x.md", ())])
    assert resolver.resolve("имя", "a.md").path == "имя .md"
    assert resolver.resolve("имя ", "a.md").path == "имя .md"
    assert resolver.resolve("dir/x", "a.md").path == " dir / x.md"


def test_names_of_bytes_that_are_no_text() -> None:
    assert Resolver([("bad\udcff.md", ())]).resolve("bad\udcff", "a.md").path == "bad\udcff.md"


def test_files_come_and_go() -> None:
    resolver = Resolver([("a/x.md", ["X"])])
    assert resolver.resolve("x", "n.md").path == "a/x.md"
    resolver.add("x.md")
    assert resolver.resolve("x", "n.md").path == "x.md"
    resolver.remove("x.md")
    resolver.remove("x.md")
    assert resolver.resolve("x", "n.md").path == "a/x.md"
    resolver.add("a/x.md", ["Y"])
    assert resolver.resolve("Y", "n.md").path == "a/x.md"
    assert len(resolver) == 1
    assert "a/x.md" in resolver


def test_an_alias_that_was_taken_back() -> None:
    resolver = Resolver([("a.md", ["Old"])])
    resolver.add("a.md", ["New"])
    assert resolver.resolve("Old", "n.md").how == "none"
    assert resolver.resolve("New", "n.md").path == "a.md"


NAMES = st.sampled_from(
    ["a.md", "b.md", "x/a.md", "x/b.md", "y/a.md", "x/y/a.md", "A.md", "x/a.canvas", "c.png"]
)


@given(
    st.lists(
        st.tuples(st.booleans(), NAMES, st.lists(st.sampled_from(["a", "b", "al"]), max_size=2)), max_size=15
    ),
    st.lists(NAMES, max_size=4),
)
@settings(max_examples=150)
def test_incremental_equals_fresh(steps: list[tuple[bool, str, list[str]]], asked: list[str]) -> None:
    resolver, files = Resolver(), dict[str, list[str]]()
    for add, path, aliases in steps:
        resolver.resolve("a", "x/s.md")  # so that something is remembered
        if add:
            resolver.add(path, aliases)
            files[path] = aliases
        else:
            resolver.remove(path)
            files.pop(path, None)
    fresh = Resolver(files.items())
    for target in ("a", "b", "al", "x/a", "./a", "../a", "a.canvas", *asked):
        for source in ("s.md", "x/s.md", "x/y/s.md"):
            for kind in ("wikilink", "markdown"):
                assert resolver.resolve(target, source, kind) == fresh.resolve(target, source, kind)


@given(st.text(max_size=30), st.text(max_size=20), st.sampled_from(["wikilink", "markdown", "image"]))
def test_resolving_never_fails(target: str, source: str, kind: str) -> None:
    resolver = Resolver([(target, [target]), ("a.md", ())])
    found = resolver.resolve(target, source, kind)
    assert found.path == (found.candidates[0] if found.candidates else "")
    assert resolver.nearest(target, 2) is not None


@given(
    st.lists(
        st.text(alphabet="abЖ .", min_size=1, max_size=6).map(str.strip).filter(bool), min_size=1, max_size=3
    )
)
def test_a_whole_path_means_itself(parts: list[str]) -> None:
    if any(part in (".", "..") for part in parts):
        return
    path = "/".join(parts) + ".md"
    assert Resolver([(path, ()), ("z/" + path, ())]).resolve(path, "q/s.md").path == path


def test_nearest_names() -> None:
    resolver = Resolver(
        [("db/PostgreSQL.md", ["Postgres"]), ("db/SQLite.md", ()), ("Сервер.md", ())], ["pic.png"]
    )
    assert resolver.nearest("Postgresql 16") == ["db/PostgreSQL.md"]
    assert resolver.nearest("sqlit") == ["db/SQLite.md"]
    assert resolver.nearest("Серевр") == ["Сервер.md"]
    assert resolver.nearest("zzz") == []
    resolver.add("SQLite 3.md")
    assert resolver.nearest("sqlite", 2) == ["db/SQLite.md", "SQLite 3.md"]


def headings(*lines: str) -> list[Heading]:
    return [Heading(len(line) - len(line.lstrip("#")), line.lstrip("# "), 0, 0, 1) for line in lines]


PAGE = headings(
    "# Title", "## Part", "### Sub", "## Other: part, 2!", "### Sub", "## C# basics", "## Part", "# Итог"
)


@pytest.mark.parametrize(
    ("subpath", "index"),
    [
        ("Title", 0),
        ("title", 0),
        ("Part", 1),  # the first of equals
        ("Sub", 2),
        ("Part#Sub", 2),
        ("Other part 2#Sub", 4),
        ("Other: part, 2!#Sub", 4),
        ("Title#Sub", 2),  # not only the direct parent
        ("Other   part  2", 3),
        ("C# basics", 5),
        ("итог", 7),
        ("Итог#Sub", -1),
        ("Missing", -1),
        ("", -1),
        ("#", -1),
        ("other-part-2", 3),  # the anchor of the web
        ("part-1", 6),
    ],
)
def test_headings(subpath: str, index: int) -> None:
    assert match_heading(PAGE, subpath) == index


def test_blocks() -> None:
    ids = [BlockId("abc", 0, 4, 0), BlockId("Def-1", 5, 9, 1)]
    assert (match_block(ids, "ABC"), match_block(ids, "def-1"), match_block(ids, "x")) == (0, 1, -1)


def test_slugs_are_those_of_github() -> None:
    assert heading_slug("This is a *Header*: part 2.0!") == "this-is-a-header-part-20"
    assert heading_slug("Привет, мир") == "привет-мир"


def test_many_links_are_resolved_fast() -> None:
    import time

    notes = [(f"part{i % 50}/folder{i % 7}/note number {i}.md", ()) for i in range(20_000)]
    resolver = Resolver(notes)
    started = time.perf_counter()
    for i in range(220_000):
        target = (
            f"note number {i * 7919 % 20_000}" if i % 2 else f"../folder{i % 7}/note number {i % 20_000}.md"
        )
        resolver.resolve(target, notes[i % 20_000][0], "wikilink" if i % 2 else "markdown")
    assert time.perf_counter() - started < 15  # about 3 s on a slow core; quadratic would take an hour
