"""The user's own pseudo-code."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notec.core import Doc
from notec.spec.pseudo import functions

RUSSIAN = """\
// считает слова
функция посчитать слова(текст, предел = 10) -> число:
    если текст пуст:
        вернуть 0
    иначе:
        для каждого слова в тексте:
            увеличить счётчик
    вернуть счётчик
"""


def test_russian_words() -> None:
    (found,) = functions(Doc("a.pseudo", RUSSIAN))
    assert (found.name, found.parameters, found.returns) == (
        "посчитать_слова",
        (("текст", ""), ("предел", "")),
        "число",
    )
    assert found.about == "считает слова"
    assert [(line.text, line.depth) for line in found.lines] == [
        ("если текст пуст:", 0),
        ("вернуть 0", 1),
        ("иначе:", 0),
        ("для каждого слова в тексте:", 1),
        ("увеличить счётчик", 2),
        ("вернуть счётчик", 0),
    ]


def test_english_words_ends_and_fences() -> None:
    text = "# Load\n```\nFUNCTION load(path: str, int n) RETURNS str\n  READ path\nEND FUNCTION\n\n"
    text += "def run():\n  x\n```\n"
    first, second = functions(Doc("a.pseudo", text))
    assert (first.name, first.parameters, first.returns) == ("load", (("path", "str"), ("n", "int")), "str")
    assert [line.text for line in first.lines] == ["READ path"]
    assert second.name == "run"


def test_a_file_without_a_head_is_one_function() -> None:
    (found,) = functions(Doc("Ideas/sum list.pseudo", "read list\nfor each x:\n\tadd x\n"))
    assert (found.name, [line.depth for line in found.lines]) == ("sum_list", [0, 0, 1])


def test_an_empty_file_has_none() -> None:
    assert functions(Doc("a.pseudo", "\n# Title\n")) == ()


@given(st.text(alphabet="функция f(x):\n\t если #/{}", max_size=150))
def test_every_step_stands_where_it_says(text: str) -> None:
    for found in functions(Doc("a.pseudo", text)):
        for line in found.lines:
            assert text[line.start : line.end] == line.text
