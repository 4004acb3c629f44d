"""Signs that a statement brings what was asked for."""

import pytest

from notec.ask.question import read_question
from notec.ask.signs import fit
from notec.facts.words import Analyzer

ANALYZER = Analyzer()


@pytest.mark.parametrize(
    ("question", "better", "worse"),
    [
        ("who checks the copies", "The copies are checked by Mary Stone.", "The copies are checked nightly."),
        ("Кто проверяет копии?", "Копии проверяет Марина Орлова.", "Копии проверяются по ночам."),
        ("when was it bought", "It was bought on 12 March 2024.", "It was bought in a shop."),
        ("Когда куплен сервер?", "Сервер куплен 12 марта 2024 года.", "Сервер куплен на распродаже."),
        ("how many cards fit", "There is room for 4 cards.", "There is room for cards."),
        ("Сколько памяти?", "В нём 256 ГБ памяти.", "В нём много памяти."),
        ("where is the shop", "The shop is in Leeds.", "The shop is open."),
        ("Где стоит сервер?", "Сервер стоит в кладовке.", "Сервер стоит дорого."),
        ("why descale it", "Descale it because the water is hard.", "Descale it monthly."),
        ("Зачем нужен кэш?", "Кэш нужен, чтобы не читать дважды.", "Кэш лежит рядом."),
        ("how do I restart it", "Press the button to restart it.", "A restart takes a minute."),
        ("Что такое квантование?", "Квантование — это округление весов.", "О квантовании спорят."),
        ("what is quantisation", "Quantisation is the rounding of weights.", "We spoke of quantisation."),
    ],
)
def test_what_fits_the_question(question: str, better: str, worse: str) -> None:
    asked = read_question(question, ANALYZER)
    assert fit(asked, better) > fit(asked, worse)


def test_a_value_that_stands_in_the_question_is_no_news() -> None:
    asked = read_question("when in 2024 did we move", ANALYZER)
    assert fit(asked, "The plans of 2024.") == 0
    assert fit(asked, "We moved in 2025.") == 1
