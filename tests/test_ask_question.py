"""What is asked: kind, language, terms."""

import pytest

from notec.ask.question import Kind, read_question
from notec.facts.words import Analyzer

ANALYZER = Analyzer()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("who wrote the letter", Kind.WHO),
        ("Кто отвечает за резервные копии?", Kind.WHO),
        ("when was the server bought", Kind.WHEN),
        ("what year did the move happen", Kind.WHEN),
        ("how long ago was it", Kind.WHEN),
        ("В каком году куплен сервер?", Kind.WHEN),
        ("С какого года действует договор?", Kind.WHEN),
        ("how many cards fit", Kind.COUNT),
        ("how old is the house", Kind.COUNT),
        ("what is the average speed of the disk", Kind.COUNT),
        ("Сколько памяти нужно модели?", Kind.COUNT),
        ("Какой размер кэша?", Kind.COUNT),
        ("where is the key", Kind.WHERE),
        ("Где лежит договор?", Kind.WHERE),
        ("why did we leave", Kind.WHY),
        ("Зачем нужен кэш?", Kind.WHY),
        ("how do I restart it", Kind.HOW),
        ("Как восстановить копию?", Kind.HOW),
        ("Что такое квантование?", Kind.DEFINITION),
        ("what is quantisation?", Kind.DEFINITION),
        ("does it make sense to run a very large model at home?", Kind.WHETHER),
        ("Есть ли смысл запускать большую модель дома?", Kind.WHETHER),
        ("Стоит покупать вторую карту?", Kind.WHETHER),
        ("models for Russian", Kind.OTHER),
    ],
)
def test_kind(text: str, kind: Kind) -> None:
    assert read_question(text, ANALYZER).kind is kind


def test_terms_are_what_an_answer_must_be_about() -> None:
    question = read_question("Сколько видеопамяти нужно модели Qwen3-235B?", ANALYZER)
    assert question.language == "ru"
    assert question.terms == tuple(ANALYZER.sequence("видеопамяти модели Qwen3-235B"))
    assert question.names == frozenset(ANALYZER.sequence("Qwen3-235B"))


def test_an_identifier_is_also_found_by_its_pieces() -> None:
    question = read_question("what does GetOleInterface return", ANALYZER)
    spelled = frozenset(ANALYZER.terms("it will get the OLE interface"))
    assert "getoleinterfac" in question.found_in(spelled)
    assert "getoleinterfac" not in question.found_in(frozenset(ANALYZER.terms("the interface")))


def test_what_somebody_said_is_asked_for_not_the_saying() -> None:
    question = read_question("что говорил врач про сон?", ANALYZER)
    assert question.terms == tuple(ANALYZER.sequence("врач сон"))


def test_a_question_of_stopwords_keeps_its_words() -> None:
    assert read_question("who are you", ANALYZER).terms


@pytest.mark.parametrize(
    "text",
    [
        "how much memory does the board need",
        "how fast is the board's memory",
        "what memory is required by the board",
    ],
)
def test_what_something_needs_is_asked_for_not_the_needing(text: str) -> None:
    assert set(read_question(text, ANALYZER).terms) == set(read_question("memory board", ANALYZER).terms)
