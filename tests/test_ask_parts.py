"""Which part of a brief a statement speaks for, Russian and English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.ask.parts import PART_NAMES, is_task, sections, weigh_parts

CLEAR = [
    ("problem", "Главная трудность в другом: скорость упирается в память."),
    ("problem", "Через год никто не помнит, почему выбрали эту плату."),
    ("problem", "Decode speed is bound by memory bandwidth."),
    ("problem", "The weights are too large for this machine."),
    ("consequences", "Если ничего не менять, модель будет отвечать вдвое медленнее."),
    ("consequences", "Если причины не записаны, тот же спор повторяется каждый год."),
    ("consequences", "Это может привести к потере данных."),
    (
        "consequences",
        "If the weights do not fit, every token waits for the disk and the speed falls by half.",
    ),
    ("consequences", "Otherwise the night's work is lost."),
    ("consequences", "Если не починить её до дождей, сгниют стропила."),
    ("consequences", "Если её не починить до дождей, сгниют стропила."),
    ("consequences", "If we do not mend it, the beams will rot."),
    ("consequences", "If it isn't mended, the beams will rot."),
    ("consequences", "Without it, nobody can call an ambulance during a storm."),
    ("consequences", "Без датчика урожай теряется."),
    ("solution", "Идея: датчик влажности, который сам включает полив."),
    ("solution", "Выход простой: записывать решение вместе с причинами."),
    ("solution", "Как решить: начать с той машины, которая есть."),
    ("solution", "We start with the machine as it is and measure for two weeks."),
    ("solution", "To avoid this, keep a copy on another disk."),
]
NOTHING = [
    "The board has two memory channels and four slots.",
    "Each node costs about $35 and has a range of 3 km.",
    "Электричество стоит 0,32 евро за кВт·ч.",
    "Функция возвращает дескриптор окна.",
    "",
]


@pytest.mark.parametrize(("part", "words"), CLEAR)
def test_a_clear_sign(part: str, words: str) -> None:
    weights = weigh_parts(words)
    assert weights[part] >= 0.9
    assert weights[part] == max(weights.values())


@pytest.mark.parametrize("words", NOTHING)
def test_no_sign(words: str) -> None:
    assert set(weigh_parts(words).values()) == {0.0}


def test_a_denied_problem_is_none() -> None:
    assert weigh_parts("Установка прошла без проблем.")["problem"] == 0
    assert weigh_parts("There were no problems with it.")["problem"] == 0


def test_a_question_tells_neither_what_follows_nor_what_to_do() -> None:
    weights = weigh_parts("Что будет, если ничего не делать, и как решить это?")
    assert weights["problem"] > 0
    assert weights["consequences"] == weights["solution"] == 0


def test_headings_announce_a_part_by_their_first_words() -> None:
    assert sections(("Title", "Why not")) == {"problem"}
    assert sections(("Заметка", "Что делать")) == {"solution"}
    assert sections(("Последствия",)) == {"consequences"}
    assert sections(("Варианты реализации решения",)) == set()
    assert weigh_parts("A server board costs a lot.", ("Title", "Why not"))["problem"] > 1


def test_an_item_of_a_list_of_tasks_is_a_step() -> None:
    assert is_task("- [ ] ")
    assert is_task("> 1. [x] ")
    assert not is_task("- ")
    assert (
        weigh_parts("Источник питания", task=True)["solution"] > weigh_parts("Источник питания")["solution"]
    )


@given(st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_any_text_has_weights(words: str, heading: list[str]) -> None:
    weights = weigh_parts(words, heading)
    assert list(weights) == list(PART_NAMES)
    assert all(weight >= 0 for weight in weights.values())
