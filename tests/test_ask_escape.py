"""Words of a note inside a page that notec writes are shown as they are and do nothing."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from notec.ask.escape import escape, flat, quoted, shorten, yaml_text
from notec.vault import parse_markdown

SIGNS = st.text(st.sampled_from("ab я1 \t\n`*_[]()#^|<>!&;:=~%$-+.\\\"'\u200b\u202e«»"), max_size=40)
HARMFUL = [
    "[[Secret]] and ![[picture.png]]",
    "[click](http://example.org) <b>bold</b> <script>x</script>",
    "# a heading",
    "- an item",
    "1. a number",
    "> a quote",
    "> [!note] a callout",
    "| a | cell |",
    "text ^block-id",
    "%% a comment %% and more",
    "#tag and #nested/tag",
    "`code` and ``` fences ```",
    "$x$ and $$y$$",
    "[^1] and ^[inline]",
    "key:: value",
    "<!-- UID: 1 -->",
    "&lt;b&gt; &copy;",
    "ends with a backslash \\",
    "---",
    "===",
    "~~~",
    "*a* **b** _c_ ==d== ~~e~~",
]


@pytest.mark.parametrize("text", HARMFUL)
def test_harmful_words_do_nothing(text: str) -> None:
    check(text)


def test_a_caret_before_a_footnote_mark_makes_no_note_of_it() -> None:
    note = parse_markdown("n.md", escape("two ^") + "[^1]\n\n[^1]: source\n").value
    assert [f.kind for f in note.footnotes] == ["reference", "definition"]


@given(SIGNS)
def test_any_words_do_nothing(text: str) -> None:
    check(text)


def check(text: str) -> None:
    """The words stand in a paragraph, an item, a callout and so on, and are nothing but words."""
    words = escape(text)
    for before in ("", "- ", ">[!note] t\n>", "> ", "[^7]: "):
        note = parse_markdown("n.md", f"{before}{words}\n\nlast\n").value
        assert all(link.kind == "autolink" for link in note.links)  # a bare address shows itself
        assert not note.tags
        assert not note.headings
        assert not note.code_spans
        assert not note.block_ids
        assert not note.turns
        assert [f.label for f in note.footnotes if f.label != "7"] == []
        assert note.text_of(note.statements[-1]) == "last"


@given(SIGNS)
def test_a_property_keeps_its_words(text: str) -> None:
    assert yaml.safe_load(f"key: {yaml_text(text)}") == {"key": flat(text)}


def test_harmless_words_stay_as_they_are() -> None:
    for text in (
        "Скорость: 10,5 токена/с (на длинном контексте — 5).",
        "snake_case, C#, a^2 and 50%",
        "x < y & z",
    ):
        assert escape(text) == text


def test_characters_that_are_not_shown_are_left_out() -> None:
    assert escape("a\u202eb\u200bc\x00d\ud800e\nf") == "abcde f"
    assert escape("👩\u200d💻") == "👩\u200d💻"


def test_shorten_cuts_between_words() -> None:
    assert shorten("one two three four", 14) == "one two three…"
    assert len(shorten("x" * 500, 30)) == 30
    assert shorten("short", 30) == "short"


def test_quotation_marks_follow_the_language() -> None:
    assert quoted("да", "ru") == "«да»"
    assert quoted("yes", "en") == "“yes”"
