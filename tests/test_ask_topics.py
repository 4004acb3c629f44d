"""Topics: short, in dictionary form, made of words that may be used."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.ask.topics import is_telling, topics


def found(text: str, language: str, *private: str) -> list[str]:
    return [topic.text for topic in topics(text, language, lambda word: word not in private)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Скорость упирается в пропускную способность памяти.",
            ["скорость", "пропускная способность памяти"],
        ),
        ("На настольной плате нет места.", ["настольная плата"]),
        ("Говорил о другом и вечером дома.", []),
        ("Следующий раз, другая причина, сорок гигабайт.", []),
        ("Врач и пациентка молчат.", []),
        ("Сплю 7 ч 15 мин каждую ночь.", []),
    ],
)
def test_russian(text: str, wanted: list[str]) -> None:
    assert found(text, "ru") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The server board costs more than memory bandwidth.", ["server board", "memory bandwidth"]),
        ("It works without a network.", ["network"]),
        ("Privacy matters.", ["privacy"]),
        ("He came late and went away.", []),
        ("An RTX card reads fast.", ["RTX card"]),
        ("It lives on a 4 TB disk with the storage team since 2021.", ["storage team"]),
    ],
)
def test_english(text: str, wanted: list[str]) -> None:
    assert found(text, "en") == wanted


def test_a_private_word_breaks_a_topic() -> None:
    assert found("Новая серверная плата Гусева быстрая.", "ru", "Гусева") == ["серверная плата"]
    assert found("A server board of Acme boards", "en", "Acme") == ["server board"]


def test_topics_that_differ_in_number_share_their_base() -> None:
    first, second = topics("Ключевой кадр. Ключевые кадры.", "ru", bool)
    assert first.base == second.base
    assert first.text != second.text


@given(st.text(max_size=120), st.sampled_from(["ru", "en"]))
def test_any_text_has_topics_at_their_places(text: str, language: str) -> None:
    for topic in topics(text, language, bool):
        assert 0 <= topic.start < topic.end <= len(text)
        assert topic.text


def test_fillers_tell_nothing() -> None:
    assert not any(map(is_telling, ["the", "thing", "reads", "quickly", "used"]))
    assert all(map(is_telling, ["memory", "bandwidth"]))
