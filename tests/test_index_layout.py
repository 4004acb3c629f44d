"""A note that the index holds comes back as it was parsed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from notec.facts.words import Analyzer
from notec.index import Index, Settings
from notec.index.extract import extract_note
from notec.index.layout import Kept
from notec.vault import Note, parse_markdown
from notec.vault.read import parse_bytes

RICH = """---
title: Ключи
aliases: [Schlüssel, "A & B"]
tags: [home/keys]
count: 3
---
# Ключи ^top

> [!note]- Сноска
> Текст с `code`, ==mark==, [[цель#Раздел^b1|ссылкой]] и ![[img.png]].[^1]

1. one
   - [x] two ^b1

| a | b |
|---|---|
| [x](y.md "t") | `c` |

```python
x = 1
```
<!-- hidden --> %% gone %%
[^1]: the foot &amp; more, <https://a.b>
[ref]: target.md
Setext
======
"""
PIECES = (
    *("# h\n", "- a\n", "  - b ^id\n", "> q\n", "> [!tip]- t\n", "| a | b |\n|--|--|\n| 1 | [[x|y]] |\n"),
    *(
        "```\n",
        "~~~py\n",
        "$$\n",
        "%%",
        "<!--",
        "-->",
        "[[a#b|c]]",
        "![[p.png]]",
        "[l](t.md)",
        "[^1]",
        "#tag ",
    ),
    *(
        "[^1]: foot\n",
        "`c`",
        "**b**",
        "\n\n",
        "\n",
        "key:: v\n",
        "<b>",
        "&#x41;",
        "Слово. ",
        "\t",
        "---\n",
        "İ\r\n",
    ),
    *(
        "title: t\n",
        "aliases: [a, б]\n",
        "\ud800",
        "**User**\n",
        "**Assistant**\n",
        "[2025-01-01 10:00] Анна: да\n",
    ),
)


def kept(note: Note) -> Kept:
    """A note as it goes into the index and comes out."""
    e = extract_note(note, Settings(), Analyzer(), (b"", 0, 0, 0))
    aliases = str(list(e.aliases)).replace("'", '"')
    parts = (e.properties, e.headings, e.statements, e.links, e.layout)
    return Kept(note.path, e.title, e.language, e.uid, aliases, e.statement_count, *parts, e.texts)


def plain(note: Note) -> dict[str, object]:
    return {name: list(value) if name == "hidden" else value for name, value in vars(note).items()}


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example(RICH)
def test_what_is_kept_is_what_was_parsed(text: str) -> None:
    note = parse_markdown("a/b.md", text).value
    found = kept(note)
    if found.layout:
        assert plain(found.note("dendron")) == plain(note)
    else:
        assert "\ud800" in text


def test_a_rich_note_is_kept() -> None:
    note = parse_markdown("a/b.md", RICH).value
    assert kept(note).layout
    assert all((note.footnotes, note.block_ids, note.code_spans, note.tags, note.containers, note.hidden))


def test_what_json_cannot_tell_again_is_parsed_again() -> None:
    note = parse_markdown("b.md", "# A \ud800\n\nText.\n").value
    assert not kept(note).layout
    canvas = parse_bytes("c.canvas", b'{"nodes": [{"id": "1", "type": "text", "text": "Text."}]}').value
    assert canvas.statements
    assert not kept(canvas).layout


def test_notes_come_back_from_an_index_also_from_an_older_one(tmp_path: Path) -> None:
    vault, home = tmp_path / "vault", tmp_path / "home"
    vault.mkdir()
    (vault / "rich.md").write_text(RICH)
    (vault / "bare.md").write_text("No title. [[rich]]")
    with Index.open(vault, home) as index:
        index.update()
        fresh = [plain(k.note("obsidian")) for k in index.kept(["rich.md", "bare.md"])]
        (vault / "bare.md").rename(vault / "other.md")
        index.update()
        assert index.kept(["other.md"])[0].note("obsidian").title == "other"
        index.close()
        with closing(sqlite3.connect(home / "index.sqlite")) as connection:
            connection.execute("UPDATE bodies SET layout = x''")
            connection.commit()
        older = [plain(k.note("obsidian")) for k in index.kept(["rich.md", "other.md", "gone.md"])]
    assert fresh[0] == older[0] == plain(parse_markdown("rich.md", RICH).value)
    assert older[1]["title"] == "other"
    assert older[2]["statements"] == ()
