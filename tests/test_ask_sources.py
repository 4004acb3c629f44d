"""A link that notec writes leads to the place it names, as Obsidian would follow it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.ask.sources import DEFINITION, Footnotes, Linker
from notec.core import Citation, Span
from notec.vault import Note, parse_markdown
from notec.vault.note import Statement
from notec.vault.resolve import Resolver
from notec.vault.subpath import match_block, match_heading

EVERYTHING = """\
Before any heading. With a second sentence.

# Title

Under the title.

## Plain

A paragraph with an id. ^para

- an item of a list
- one with an id ^item-1

## C# & [brackets] | pipe ^hat

In a section whose name no link can hold as it is.

## Same

First.

## Other

### Same

Second, below another.

## Same

Third, and no link can tell it from the first.

## Таблица

| a | b |
|---|---|
| cell one | cell two |

^table

> [!note]- Folded
> Words in a callout.

>[!nexus_user] **User** - 28.07.2025 at 12:33
><!-- UID: 1a -->
>Said in a chat.

## %% hidden %%

Under a comment.
"""


def linker(files: dict[str, str]) -> tuple[Linker, dict[str, Note], Resolver]:
    notes = {path: parse_markdown(path, text).value for path, text in files.items()}
    resolver = Resolver([(path, note.aliases) for path, note in notes.items()])
    return Linker(files, notes.get), notes, resolver


def cite(note: Note, statement: Statement) -> Citation:
    span = Span(statement.start, statement.end)
    heading = note.heading_chains[statement.heading] if statement.heading >= 0 else ()
    return Citation(note.path, statement.line, span.of(note.doc.text), span, statement.id, heading)


def follow(link: str, notes: dict[str, Note], resolver: Resolver, source: str) -> tuple[str, int, int]:
    """Path, heading and block that a link leads to, by our own reader; -1 for none."""
    found = parse_markdown(source, link).value.links
    assert len(found) == 1, link
    path = resolver.resolve(found[0].target, source, found[0].kind).path
    assert path in notes, link
    heading = match_heading(notes[path].headings, found[0].heading) if found[0].heading else -1
    ids = notes[path].block_ids
    block = ids[match_block(ids, found[0].block)].block if found[0].block else -1
    return path, heading, block


def check(files: dict[str, str], source: str = "notec/answer.md") -> None:
    link_of, notes, resolver = linker(files)
    for note in notes.values():
        for statement in note.statements:
            link = link_of.to_place(cite(note, statement))
            path, heading, block = follow(link, notes, resolver, source)
            assert path == note.path
            assert block in (-1, statement.block)
            assert heading in (-1, statement.heading)
        assert follow(link_of.to_note(note.path), notes, resolver, source)[0] == note.path


def test_every_statement_of_a_note_with_everything() -> None:
    check({"Folder/Everything.md": EVERYTHING})


def test_a_block_id_is_linked_where_there_is_one() -> None:
    link_of, notes, _ = linker({"a.md": EVERYTHING})
    note = notes["a.md"]
    links = {note.plain(s): link_of.to_place(cite(note, s)) for s in note.statements}
    assert links["A paragraph with an id."] == "[[a#^para]]"
    assert links["one with an id"] == "[[a#^item-1]]"
    assert links["Second, below another."] == "[[a#Other#Same]]"
    assert links["First."] == "[[a#Same]]"
    assert links["Before any heading."] == "[[a]]"
    assert links["Under the title."] == "[[a]]"


def test_what_no_link_can_tell_apart_is_linked_as_the_note() -> None:
    link_of, notes, _ = linker({"a.md": EVERYTHING})
    third = next(s for s in notes["a.md"].statements if "Third" in notes["a.md"].text_of(s))
    assert link_of.to_place(cite(notes["a.md"], third)) == "[[a]]"


NAMES = [
    "Note",
    "C# notes",
    "a|b",
    "x ^ y",
    "[draft] plan",
    "100 %",
    "v1.2",
    "Заметка",
    "what?",
    "a  b",
    "it's",
    "(x)",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_a_link_cannot_hold(name: str) -> None:
    check({f"{name}.md": EVERYTHING, f"In a folder/{name}.md": EVERYTHING, f"{name} 2.md": EVERYTHING})


def test_one_name_in_several_folders() -> None:
    text = "# Same\n\nWords.\n"
    check({"Same.md": text, "a/Same.md": text, "b/a/Same.md": text, "notec/Same.md": text, "b/SAME.md": text})


def test_formats_other_than_markdown() -> None:
    check(
        {
            "plan.idea": "# Plan\n\nWords.\n",
            "plan.md": "Words.\n",
            "v1.2": "",
            "v1.2.md": "Words.\n",
            "x.txt": "Words.\n",
        }
    )


@given(
    st.lists(st.text(st.sampled_from("aB яЁ.#^[]|%()'&1-"), min_size=1, max_size=8), min_size=1, max_size=5)
)
def test_any_names(names: list[str]) -> None:
    clean = {" ".join(name.split()).strip(". ") for name in names}
    folders = ["", "f/", "f/g/"]
    files = {
        f"{folders[n % 3]}{name}.md": "# T\n\n## H\n\nWords.\n"
        for n, name in enumerate(sorted(clean))
        if name
    }
    if len({path.lower() for path in files}) == len(files):
        check(files)


def test_a_note_that_changed_since_it_was_indexed_is_linked_all_the_same() -> None:
    link_of, notes, resolver = linker({"a.md": "# A\n\nNew words.\n"})
    gone = Citation("a.md", 9, "Old words.", Span(90, 100), "0" * 12)
    assert follow(link_of.to_place(gone), notes, resolver, "notec/x.md")[0] == "a.md"
    assert (
        Linker(["gone.md"], lambda _: None).to_place(Citation("gone.md", 1, "x", Span(0, 1), "1"))
        == "[[gone]]"
    )


def test_footnotes_have_one_number_for_each_place() -> None:
    first, second = (Citation("a.md", n, f"Words {n}.", Span(n, n + 8), str(n)) for n in (1, 2))
    own = Citation("own.md", 1, "Mine.", Span(0, 5), "3")
    footnotes = Footnotes(lambda c: f"[[{Path(c.note).stem}]]", "en", own="own.md")
    assert footnotes.marks([first, second, own]) == "[^1][^2]"
    assert footnotes.marks([first]) == "[^1]"
    assert footnotes.definitions() == ["[^1]: [[a]], line 1: “Words 1.”", "[^2]: [[a]], line 2: “Words 2.”"]
    assert all(DEFINITION.match(line) for line in footnotes.definitions())


def test_footnotes_go_on_behind_those_that_stand() -> None:
    link_of = lambda c: f"[[{Path(c.note).stem}]]"  # noqa: E731
    before = Footnotes(link_of, "ru")
    citation = Citation("a.md", 1, "Слова.", Span(0, 6), "1")
    before.marks([citation])
    after = Footnotes(link_of, "ru", taken=before.definitions(), last=7)
    assert after.marks([Citation("b.md", 3, "Ещё.", Span(0, 4), "2"), citation]) == "[^8][^1]"
    assert after.definitions() == ["[^1]: [[a]], строка 1: «Слова.»", "[^8]: [[b]], строка 3: «Ещё.»"]
