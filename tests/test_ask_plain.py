"""A claim reads as words; the markup stays in the note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.ask.plain import plain


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("**Ключ** — это _имя_.", "Ключ — это имя."),
        ("See [[Models/Qwen3|the model page]] and [[GPU]].", "See the model page and GPU."),
        ("Look at [[GPU#Memory]] first.", "Look at GPU first."),
        (
            'See [the page](other%20note.md "title") and <https://a.example/x>.',
            "See the page and https://a.example/x.",
        ),
        ("A fact.[^1]", "A fact."),
        ("- [x] buy 96 GB of memory", "buy 96 GB of memory"),
        ("12. twelfth item", "twelfth item"),
        ("> [!note] Callout\n> its text", "Callout its text"),
        ("| GPU | 96 GB | |", "GPU | 96 GB"),
        ("Use `os.path` and ``a`b``.", "Use os.path and a`b."),
        ("Escaped \\`\\` and \\`a\\` stay.", "Escaped `` and `a` stay."),
        ("keep snake_case_names and 2*3*4", "keep snake_case_names and 2*3*4"),
        ("\\_Класс CIM \\_ link", "_Класс CIM _ link"),
        ('<a name="x"></a>Текст&nbsp;&lt;b&gt; <!-- hidden --> конец', "Текст <b> конец"),
        ("[**CIM \\_ Status**](mci-status.md) , далее", "CIM _ Status, далее"),
        ("The block. ^block-id", "The block."),
        ("![[picture.png]] shows it", "shows it"),
    ],
)
def test_markup_is_taken_away(markdown: str, words: str) -> None:
    assert plain(markdown) == words


@given(st.text(alphabet="ab _*`[]()|<>!#^\\>-\n~", max_size=60))
def test_any_text_is_readable_and_on_one_line(text: str) -> None:
    assert "\n" not in plain(text)


@given(st.lists(st.text(alphabet="abcабв", min_size=1, max_size=8), min_size=1, max_size=8))
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    assert plain(" ".join(words)) == " ".join(words)
