"""Quoted words are found at their exact place, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.ground import find


def place(quote: str, text: str) -> str | None:
    span = find(quote, text)
    return span.of(text) if span else None


@pytest.mark.parametrize(
    ("quote", "text", "found"),
    [
        ("96 ГБ видеопамяти", "Нужно **96 ГБ** видеопамяти.", "**96 ГБ** видеопамяти"),
        ("нужно 96 ГБ", "Нужно 96\u00a0ГБ видеопамяти", "Нужно 96\u00a0ГБ"),
        ("все еще идет", "Дождь всё ещё идёт.", "всё ещё идёт"),
        ('книга "Чистый код"', "Это книга «Чистый код».", "книга «Чистый код"),
        ("don't do it", "We don\u2019t do it", "don\u2019t do it"),
        ("one two three", "one two\nthree four", "one two\nthree"),
        ("see the plan today", "see [the plan](plan.md) today", "see [the plan](plan.md) today"),
        ("see the plan", "see [[plan|the plan]] today", "see [[plan|the plan"),
        ("first second", "> first\n> second", "first\n> second"),
        ("read_file returns", "`read_file` returns", "`read_file` returns"),
        ("йод и ёлка", "и\u0306од и е\u0308лка", "и\u0306од и е\u0308лка"),
        ("Fast - and cheap", "fast — and cheap", "fast — and cheap"),
    ],
)
def test_found_in_spite_of_what_a_copy_loses(quote: str, text: str, found: str) -> None:
    assert place(quote, text) == found


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("able to run", "unable to run"),
        ("5 GB", "15 GB"),
        ("5 GB", "1.5 GB"),
        ("5 °C", "-5 °C"),
        ("96 GB", "96 MB"),
        ("is safe", "is not safe"),
        ("the plans", "the plan"),
        ("кошка", "кошки"),
        ("GPU is", "gpu is"),
        ("1.5", "15"),
        ("1 5", "1.5"),
        ("50", "50%"),
        ("", "anything"),
        ("...", "and... so"),
        ("a b", "b a"),
    ],
)
def test_words_and_numbers_are_never_guessed(quote: str, text: str) -> None:
    assert find(quote, text) is None


_PIECES = st.lists(
    st.sampled_from(
        [
            "слово",
            "ёж",
            "word",
            "5",
            "1.5",
            "не",
            "**",
            "_",
            " ",
            "\n",
            "> ",
            "- ",
            "«",
            "»",
            "[[a|b]]",
            "%",
            ",",
        ]
    ),
    max_size=16,
).map("".join)


@given(_PIECES | st.text(max_size=40), _PIECES | st.text(max_size=80))
def test_what_is_found_has_the_same_words(quote: str, text: str) -> None:
    span = find(quote, text)
    if span is not None:
        assert 0 <= span.start < span.end <= len(text)
        again = find(quote, span.of(text))
        assert again is not None


_WORDS = st.sampled_from(["раз", "два", "три", "one", "two", "7", "8.5"])


@given(st.lists(_WORDS, min_size=1, max_size=8), st.data())
def test_a_run_of_words_is_found_whatever_joins_them(words: list[str], data: st.DataObject) -> None:
    joins = [data.draw(st.sampled_from([" ", "  ", "\n", "\u00a0", " **", "** ", " «"])) for _ in words]
    text = "".join(word + join for word, join in zip(words, joins, strict=True))
    assert find(" ".join(words), text) is not None
