"""Where sentences end, in Russian and English."""

from __future__ import annotations

import pytest

from notec.vault import parse_markdown


def cut(text: str) -> list[str]:
    note = parse_markdown("a.md", text).value
    return [note.text_of(s) for s in note.statements]


# Each text is cut at " / " and nowhere else.
@pytest.mark.parametrize(
    "marked",
    [
        "Компания основана в 1998 г. в Москве. / Т. е. давно, см. рис. 5. / Так сказал А. С. Пушкин.",
        "Цена 3.14 руб. за кг. / Дорого! / И т. д. / Да?",
        "Об этом писали Л. Н. Толстой и др. авторы. / Это важно.",
        "В т. ч. и на ул. Ленина, д. 5, кв. 7. / Там тихо.",
        "Ок. 5 тыс. руб. в мес. / Немного.",
        "XIX в. закончился. / Начался XX в. с войн.",
        "Он сказал: «Не знаю, может быть». / И ушёл.",
        "— Привет! — сказал он. / — И тебе.",
        "Mr. Smith paid $3.50 to e.g. Acme Inc. yesterday. / It works.",
        "Dr. A. B. Clarke et al. wrote it in vol. 3, p. 14. / See also fig. 2.",
        "The U.S. economy grew 2.5 percent. / Version 1.2.3 is out. / Go to example.com. / Done.",
        "At 5 p.m. it rained. / Really?! / Yes… perhaps no more.",
        "Use `a. B` and [x. Y](http://a.b/c). / Then `c.d()`. / End.",
        "See https://a.example/x.y?z. / Next one.",
        "Формула $a. B$ верна. / Дальше.",
        "Один… / Два?! / Три.",
        "He said (it was late, i.e. very late) nothing. / (Then he left.) / So did we.",
    ],
)
def test_borders(marked: str) -> None:
    pieces = marked.split(" / ")
    assert cut(" ".join(pieces)) == pieces


def test_a_short_line_that_ends_with_an_abbreviation_ends_its_sentence() -> None:
    lines = ["Дом основан в 1990 г.", "Высота дома 300 м.", "Она измерена. В 1945 г. Германия."]
    assert cut("\n".join(lines)) == [*lines[:2], "Она измерена.", "В 1945 г. Германия."]
    long = "Об этом писали ещё в те годы, когда в ней жили все, и в 1945 г.\nГермания приняла его."
    named = "Написал её когда-то М.\nГорький."
    assert (cut(long), cut(named)) == ([long], [named])


def test_a_sentence_goes_over_line_ends_and_out_of_quotes() -> None:
    assert cut("> One goes\n> on here. Two.\n") == ["One goes\n> on here.", "Two."]


def test_lines_that_the_writer_broke_are_apart() -> None:
    assert [p.rstrip("\\") for p in cut("first line  \nsecond line\\\nthird")] == [
        "first line",
        "second line",
        "third",
    ]


def test_a_very_long_line_is_cut_at_blanks() -> None:
    text = "word " * 20_000
    pieces = cut(text)
    assert all(len(p) <= 4_000 for p in pieces)
    assert " ".join(pieces).split() == text.split()


def test_nothing_is_said_by_signs_alone() -> None:
    assert cut("...\n\n***\n\n— — —\n\n!!!\n") == []
