"""Laws that hold for every text, however odd: reading never raises, spans tile the text, bytes come back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from derived_laws import check_note
from notec.vault import parse_markdown
from notec.vault.decode import decode, encode
from notec.vault.read import parse_bytes

# Pieces that mean something, so that random texts meet the reader's branches and not only its words.
_PIECES = (
    *(
        "---\n",
        "# ",
        "## Заголовок\n",
        "Текст. ",
        "Word one. ",
        "т. е. ",
        "3.14 ",
        "- ",
        "- [ ] ",
        "1. ",
        "  ",
        "    ",
        "\t",
    ),
    *(
        "> ",
        ">[!note]- T\n",
        ">[!nexus_user] **User** - 28.07.2025 at 12:33\n",
        "<!-- UID: x1 -->",
        "\n",
        "\n\n",
        "\r\n",
        "\r",
    ),
    *(
        "[[",
        "]]",
        "[",
        "]",
        "(",
        ")",
        "|",
        "\\",
        "!",
        "![[a.png]]",
        "[[b#c|d]]",
        "[x](y z)",
        "[x](<y z>)",
        "^",
        "^id\n",
        "#tag/в ",
    ),
    *(
        "`",
        "``",
        "```\n",
        "~~~",
        "$",
        "$$\n",
        "%%",
        "<!--",
        "-->",
        "<a href='q'>",
        "<br>",
        "&amp;",
        "&#0;",
        "***",
        "_",
        "~~",
        "==",
    ),
    *(
        "[^1]",
        "[^1]: ",
        "^[",
        "key:: v\n",
        "| a | b |\n",
        "|---|---|\n",
        "tags: [a\n",
        "title: \u0401ж\n",
        "https://x.y/z?q#f ",
        "a@b.c ",
    ),
    *("\ufeff", "\x00", "\u2028", "\u200d", "\U0001f600", "\u0301", "\u00a0", "é", "ﬁ"),
)
texts = st.lists(st.sampled_from(_PIECES) | st.text(max_size=8), max_size=40).map("".join)


@given(texts, st.sampled_from(["obsidian", "dendron"]))
def test_every_text_is_read_and_tiled(text: str, dialect: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    note = parse_markdown("a.md", text, dialect).value
    check_note(note)


@given(texts)
def test_a_statement_keeps_its_id_when_a_paragraph_is_added_above(text: str) -> None:
    body = "Alpha says one thing. Бета говорит другое.\n"
    ids = [s.id for s in parse_markdown("a.md", body).value.statements]
    head = "".join(line for line in text.encode("utf-8", "replace").decode() if line.isalnum() or line == " ")
    more = parse_markdown("a.md", f"{head} before\n\n{body}").value
    assert set(ids) <= {s.id for s in more.statements}


@given(st.binary(max_size=400))
def test_any_bytes_make_a_note(data: bytes) -> None:
    note = parse_bytes("a.md", data).value
    assert "".join(note.text_of(b) for b in note.blocks) == note.doc.text


@given(texts, st.sampled_from(["utf-8", "utf-16-le", "utf-16-be", "cp1251"]))
def test_rendering_an_untouched_note_gives_the_same_bytes(text: str, encoding: str) -> None:
    data = text.encode(encoding, "replace")
    decoded = decode(data)
    note = parse_markdown("a.md", decoded.text).value
    blocks = "".join(note.text_of(b) for b in note.blocks)
    assert encode(blocks, decoded.encoding) == data
