"""A Markdown text to a note: what each construct of Obsidian's Markdown becomes."""

from __future__ import annotations

from typing import Any

import pytest

from notec.vault import Note, code_text, parse_markdown


def read(text: str, dialect: str = "obsidian") -> Note:
    return parse_markdown("Folder/Note.md", text, dialect).value


def said(note: Note) -> list[str]:
    return [note.text_of(s) for s in note.statements]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[[Note]]", ("wikilink", "Note", "", "", "", False)),
        ("[[Note|label]]", ("wikilink", "Note", "", "", "label", False)),
        ("[[Папка/Заметка#Раздел|метка]]", ("wikilink", "Папка/Заметка", "Раздел", "", "метка", False)),
        ("[[Note#A#B]]", ("wikilink", "Note", "A#B", "", "", False)),
        ("[[Note#^id-1]]", ("wikilink", "Note", "", "id-1", "", False)),
        ("[[#Heading]]", ("wikilink", "", "Heading", "", "", False)),
        ("[[#^block]]", ("wikilink", "", "", "block", "", False)),
        ("![[image.png|300]]", ("wikilink", "image.png", "", "", "300", True)),
        ("![[Note#^b]]", ("wikilink", "Note", "", "b", "", True)),
        ("[a](b%20c.md)", ("markdown", "b c.md", "", "", "a", False)),
        ("[a](<b c.md>)", ("markdown", "b c.md", "", "", "a", False)),
        ("[a](../x/b.md#Part%20two)", ("markdown", "../x/b.md", "Part two", "", "a", False)),
        ('[a](b.md "title")', ("markdown", "b.md", "", "", "a", False)),
        (
            "[сайт](https://пример.рф/путь?x=1#y)",
            ("markdown", "https://пример.рф/путь?x=1#y", "", "", "сайт", False),
        ),
        ("![alt](pic.png)", ("image", "pic.png", "", "", "alt", True)),
        ("<https://a.example/x>", ("autolink", "https://a.example/x", "", "", "https://a.example/x", False)),
        ("see https://a.example/x.", ("autolink", "https://a.example/x", "", "", "", False)),
        ("[a][ref]\n\n[ref]: b.md#c", ("reference", "b.md", "c", "", "a", False)),
        ('<a href="b.md">x</a>', ("html", "b.md", "", "", "", False)),
        ('<img src="p.png">', ("html", "p.png", "", "", "", True)),
        ("![a [b](c)](d.png)", ("image", "d.png", "", "", "a b", True)),
    ],
)
def test_a_link_of_each_form(text: str, expected: tuple[Any, ...]) -> None:
    (link,) = read(text).links
    kind, target, heading, block, label, embed = expected
    assert (link.kind, link.target, link.heading, link.block, link.embed) == (
        kind,
        target,
        heading,
        block,
        embed,
    )
    if label:
        assert link.label == label


@pytest.mark.parametrize(
    "text",
    [
        "`[[no]]`",
        "```\n[[no]]\n```",
        "~~~md\n[a](b.md)\n~~~",
        "    [[no]]",
        "%% [[no]] %%",
        "%%\n[[no]]\n%%",
        "<!-- [[no]] -->",
        "$x [[no]]$",
        "$$\n[[no]]\n$$",
        "\\[[no]]",
        "[ ]",
        "```mermaid\ngraph LR; A-->[[B]]\n```",
    ],
)
def test_where_nothing_links(text: str) -> None:
    assert read(text).links == ()


def test_dendron_writes_the_label_first() -> None:
    (link,) = read("[[the label|the.target#head]]", "dendron").links
    assert (link.target, link.heading, link.label) == ("the.target", "head", "the label")


def test_targets_are_where_a_fix_would_write_them() -> None:
    note = read("a [[Old|x]] b ![[Old#h]] c [d](Old.md)")
    assert [note.doc.text[x.target_start : x.target_end] for x in note.links] == ["Old", "Old", "Old.md"]


def test_front_matter_and_inline_properties() -> None:
    note = read(
        "---\ntitle: Имя\naliases: [перо, Pen]\ntags: [a/b]\nup: '[[Index]]'\nid: abc\n---\n"
        "rating:: 5\nText [key:: value] and (other:: 2).\n"
    )
    assert note.title == "Имя"
    assert note.aliases == ("перо", "Pen")
    assert note.uid == "abc"
    assert {k: str(note.properties[k]) for k in ("rating", "key", "other")} == {
        "rating": "5",
        "key": "value",
        "other": "2",
    }
    assert [x.target for x in note.links] == ["Index"]
    assert [t.name for t in note.tags] == ["a/b"]


def test_a_broken_property_is_a_finding_and_the_rest_lives() -> None:
    outcome = parse_markdown("a.md", "---\ntitle: T\nbad: [1, 2\ntags: x\n---\n# H\n\nText.\n")
    (finding,) = outcome.diagnostics
    assert (finding.code, finding.line) == ("bad-frontmatter", 3)
    note = outcome.value
    assert note.properties["title"] == "T"
    assert [t.name for t in note.tags] == ["x"]
    assert said(note) == ["Text."]


def test_front_matter_that_never_ends_is_text() -> None:
    note = read("---\nnot yaml, a rule\n\nText.\n")
    assert "Text." in said(note)


@pytest.mark.parametrize(
    "head",
    [
        "---\nа: &x [*x]\n---\n",
        "---\n? {a: b}: c\n---\n",
        "---\n- list\n---\n",
        "---\n>[!note]- no key\n---\n",
        "---\na: !!python/object:os.system x\n---\n",
    ],
)
def test_strange_yaml_does_no_harm(head: str) -> None:
    assert said(read(head + "Text.\n")) == ["Text."]


def test_callouts_nest_and_fold() -> None:
    note = read("> [!warning]- Осторожно\n> Внутри.\n>> [!NOTE]+ Inner\n>> Deep.\n\n> Plain quote.\n")
    found = [(c.kind, c.info, c.title, c.fold, c.parent) for c in note.containers]
    assert found[:2] == [("callout", "warning", "Осторожно", "-", -1), ("callout", "note", "Inner", "+", 0)]
    assert found[2][0] == "quote"
    assert said(note) == ["Осторожно", "Внутри.", "Inner", "Deep.", "Plain quote."]


def test_tasks_lists_and_continued_items() -> None:
    note = read("- [x] done #t/u\n- [ ] open ^id\n* star\n1. one\n   goes on\n   - deep\n")
    assert [s.kind for s in note.statements] == ["item"] * 5
    assert said(note) == ["done #t/u", "open", "star", "one\n   goes on", "deep"]
    items = [c.info for c in note.containers if c.kind == "list_item"]
    assert items[:2] == ["x", " "]
    assert [(b.id, note.blocks[b.block].kind) for b in note.block_ids] == [("id", "item")]


def test_tables_say_a_row_at_a_time() -> None:
    note = read("| a | b |\n|---|:-:|\n| 1 | [[N\\|lab]] |\n| `x\\|y` | 2 |\n")
    assert [s.kind for s in note.statements] == ["row"] * 3
    assert [(x.target, x.label) for x in note.links] == [("N", "lab")]
    assert [c.text for c in note.code_spans] == ["x|y"]


def test_footnotes_of_three_forms() -> None:
    note = read("A[^1] and ^[inline words].\n\n[^1]: The text.\n\n    More of it.\n")
    assert [(f.kind, f.label) for f in note.footnotes] == [
        ("reference", "1"),
        ("inline", "inline words"),
        ("definition", "1"),
    ]
    assert "More of it." in said(note)


def test_code_keeps_its_language_and_text() -> None:
    note = read("```python title=x\nprint(1)\n```\n\n~~~\nplain\n~~~\n\n    indented\n")
    blocks = [b for b in note.blocks if b.kind == "code"]
    assert [(b.info.split(" ")[0], code_text(note, b)) for b in blocks] == [
        ("python", "print(1)\n"),
        ("", "plain\n"),
        ("", "indented\n"),
    ]
    assert note.statements == ()


def test_headings_of_both_forms_without_their_markup() -> None:
    note = read("# One **bold** [[Link|shown]] #\n\nTwo\n---\n\n### Три ^id\n")
    assert [(h.level, h.text, h.line) for h in note.headings] == [
        (1, "One bold shown", 1),
        (2, "Two", 3),
        (3, "Три", 6),
    ]
    assert note.heading_chains[2] == ("One bold shown", "Two", "Три")


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#tag and #nested/тег/x", ["tag", "nested/тег/x"]),
        ("a#no `#no` #1 https://x.example/#no", []),
        ("(#in) #end.", ["in", "end"]),
        ("#а-б_в", ["а-б_в"]),
    ],
)
def test_tags(text: str, tags: list[str]) -> None:
    assert [t.name for t in read(text).tags] == tags


CHAT = """---
title: Chat
---
>[!nexus_user] **User** - 28.07.2025 at 12:33
><!-- UID: 7f3a21c0 -->
>Вопрос? Второе предложение.

>[!nexus_agent] **Model X** - 28.07.2025 at 12:39
><!-- UID: 7f3a21c1 -->
>Ответ со ссылкой [[Note]].
>
>- пункт
>> цитата внутри
"""


def test_a_chat_export_becomes_turns() -> None:
    note = read(CHAT)
    assert [(t.role, t.name, t.time, t.id, t.line) for t in note.turns] == [
        ("user", "User", "2025-07-28T12:33", "7f3a21c0", 4),
        ("assistant", "Model X", "2025-07-28T12:39", "7f3a21c1", 8),
    ]
    assert [(s.turn, note.text_of(s)) for s in note.statements] == [
        (0, "Вопрос?"),
        (0, "Второе предложение."),
        (1, "Ответ со ссылкой [[Note]]."),
        (1, "пункт"),
        (1, "цитата внутри"),
    ]


def test_statement_ids_survive_edits_elsewhere() -> None:
    before = read("# A\n\nFirst one. Second one.\n\nSame. Same.\n")
    after = read("# New\n\nInserted before.\n\n# A\n\nFirst one. Second one.\n\nSame. Same.\n")
    old = {before.text_of(s) + str(n): s.id for n, s in enumerate(before.statements)}
    assert set(old.values()) < {s.id for s in after.statements}
    assert len({s.id for s in before.statements}) == 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "\ufeff",
        "\r\n\r\n",
        "\x00",
        " ",
        "---",
        "---\n---",
        "```",
        "%%",
        "<!--",
        "[[",
        "![[",
        "> ",
        "- ",
        "|",
        "$$",
        "[^1]:",
    ],
)
def test_next_to_nothing(text: str) -> None:
    note = read(text)
    assert "".join(note.text_of(b) for b in note.blocks) == text


def test_line_ends_of_every_kind_keep_their_places() -> None:
    note = read("# A\r\n\r\nOne [[x]].\rTwo.\n")
    assert note.doc.line(note.links[0].start) == note.links[0].line == 3
    assert said(note) == ["One [[x]].", "Two."]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000,
        "[[" * 30_000,
        "![" * 30_000 + "](" * 30_000,
        "*_" * 40_000,
        "`" * 20_000 + " " + "``" * 20_000,
        "> " * 5_000 + "x",
        "- " * 5_000 + "x",
        "[a](" * 20_000,
        "<a " * 20_000,
        "$" * 50_001,
        "%%" * 25_001,
        "^[" * 20_000,
        "a. " * 50_000,
        "| " * 20_000 + "\n|" + "-|" * 20_000,
        "[[a|b]] " * 50_000,
        "#" * 50_000,
        "a@" * 30_000,
        "http://" * 20_000,
        "&" * 30_000 + ";",
        "[x]: " * 20_000,
        "\n".join(f"[r{i}]: t{i}" for i in range(20_000))
        + "\n\n"
        + "".join(f"[r{i}] " for i in range(20_000)),
        "x::" * 30_000,
        "a" * 3_000_000,
    ],
    ids=lambda t: t[:6].strip() or "blank",
)
def test_hostile_repetition_is_read_in_linear_time(text: str) -> None:
    """The whole file has a limit of minutes; anything quadratic would not end in it."""
    note = read(text)
    assert note.blocks[-1].end == len(text)
