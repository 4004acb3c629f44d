"""Answers: the user's own words with their places, or a refusal; never a word of notec's own as a claim."""

from pathlib import Path

import pytest

from notec.ask import Answer, answer_question
from notec.core import NotecError
from notec.index import Index, Settings
from notec.models import HttpModel, Patience, Request, Scripted
from openai_server import STALL, OpenAIServer, delta
from openai_server import Answer as Played

NOTES = {
    "Сервер.md": """\
---
title: Домашний сервер
---
# Домашний сервер

Сервер куплен 12 марта 2024 года на распродаже за 84 000 рублей.
Стойка с сервером стоит в кладовке рядом с котлом.

## Память

В сервере стоит 256 ГБ оперативной памяти, восемь планок по 32 ГБ.
Шум мешает спать, поэтому ночью вентиляторы замедлены.
""",
    "Резервные копии.md": """\
# Резервные копии

Резервные копии делает Restic каждую ночь в три часа.
За проверку восстановления отвечает Марина Орлова.
Как проверить копию?
""",
    "Kettle.md": """\
# Kettle

The kettle was bought in 2019 from a shop in Leeds.
It boils a litre of water in three minutes.
Descale it with citric acid because the water here is hard.
""",
    "Garden.md": "# Garden\n\nTomatoes are planted in May near the south wall.\nSlugs eat the lettuce.\n",
}


def index_of(folder: Path, notes: dict[str, str]) -> Index:
    for path, text in notes.items():
        place = folder / "vault" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode("utf-8"))
    (folder / "vault").mkdir(exist_ok=True)
    index = Index.open(folder / "vault", folder / "home", Settings(workers=1))
    index.update()
    return index


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return index_of(tmp_path_factory.mktemp("answers"), NOTES)


def check(answer: Answer, index: Index) -> None:
    """Every citation stands in its file, at its span and on its line; refused or claims, never both."""
    assert answer.refused == (not answer.claims)
    assert bool(answer.reason) == answer.refused
    assert not answer.nearest or answer.refused
    for claim in (*answer.claims, *answer.nearest):
        assert len(claim.because) == 1
        for citation in claim.because:
            text = (index.root / citation.note).read_bytes().decode("utf-8")
            assert text[slice(*citation.span)] == citation.quote
            assert text[: citation.span.start].count("\n") + 1 == citation.line
            assert index.show(citation.statement)


@pytest.mark.parametrize(
    ("question", "note", "said"),
    [
        ("Когда куплен сервер?", "Сервер.md", "12 марта 2024"),
        ("Сколько оперативной памяти в сервере?", "Сервер.md", "256 ГБ"),
        ("Кто отвечает за проверку восстановления?", "Резервные копии.md", "Марина Орлова"),
        ("Где стоит сервер?", "Сервер.md", "в кладовке"),
        ("when was the kettle bought", "Kettle.md", "2019"),
        ("why should I descale the kettle?", "Kettle.md", "because the water here is hard"),
        ("when are tomatoes planted", "Garden.md", "in May"),
    ],
)
def test_the_statement_that_answers_comes_first(index: Index, question: str, note: str, said: str) -> None:
    answer = answer_question(index, question)
    check(answer, index)
    assert not answer.refused
    assert answer.claims[0].because[0].note == note
    assert said in answer.claims[0].text


@pytest.mark.parametrize(
    "question",
    [
        "Кто написал роман «Мастер и Маргарита»?",
        "Как получить загранпаспорт?",
        "who won the world cup in 1966",
        "how do I train a neural network to play chess",
    ],
)
def test_what_the_vault_does_not_say_is_refused(index: Index, question: str) -> None:
    answer = answer_question(index, question)
    check(answer, index)
    assert answer.refused


def test_a_refusal_speaks_the_language_of_the_question_and_names_what_is_missing(index: Index) -> None:
    russian = answer_question(index, "Сколько стоит видеокарта для сервера Kubernetes?")
    english = answer_question(index, "who designed the kettle of Napoleon at Waterloo")
    assert russian.refused
    assert "в хранилище этого нет" in russian.reason
    assert "Kubernetes" in russian.reason
    assert russian.nearest
    assert english.refused
    assert "the vault does not say" in english.reason
    assert "Napoleon" in english.reason


@pytest.mark.parametrize("question", ["", "   \n", "🙂🙃", "?!…", "---", "\0"])
def test_a_question_without_a_word_is_refused_as_such(index: Index, question: str) -> None:
    answer = answer_question(index, question)
    assert answer.refused
    assert answer.reason == "there is no word in the question to look for"
    assert not answer.nearest


@pytest.mark.parametrize(
    "question",
    [
        "the of and",
        "как что это",
        "x" * 10_000,
        "сервер " * 1_500,
        'title:"Kettle" "litre of water" kettle',
        "tag: path: AND OR NOT (",
        "[[Kettle]] #tag ^id `code` %%x%%",
        "\ud800 kettle",
    ],
)
def test_odd_questions_give_an_answer_or_a_refusal(index: Index, question: str) -> None:
    check(answer_question(index, question), index)


def test_an_empty_vault_says_so(tmp_path: Path) -> None:
    with index_of(tmp_path, {}) as empty:
        answer = answer_question(empty, "Когда куплен сервер?")
    assert answer.refused
    assert answer.reason == "в хранилище нет ни слова из вопроса"


def test_filters_narrow_what_may_answer(tmp_path: Path) -> None:
    notes = {f"{name}/Kettle.md": NOTES["Kettle.md"] for name in ("old", "new")}
    with index_of(tmp_path, notes) as index:
        answer = answer_question(index, "when was the kettle bought", filters={"folder": "old"})
        nothing = answer_question(index, "when was the kettle bought", filters={"folder": "none"})
    assert {claim.because[0].note for claim in answer.claims} == {"old/Kettle.md"}
    assert nothing.reason.startswith("nothing within these filters")


def test_the_head_of_a_table_speaks_for_its_rows(tmp_path: Path) -> None:
    rows = "| Базовый | 100 Мбит/с | 450 ₽ |\n| Игровой | 500 Мбит/с | 900 ₽ |\n"
    text = f"# Провайдер\n\n| Тариф | Скорость | Цена |\n|---|---|---|\n{rows}"
    with index_of(tmp_path, {"Провайдер.md": text, **NOTES}) as index:
        answer = answer_question(index, "какая скорость и цена у тарифа Игровой?")
        check(answer, index)
    assert answer.claims[0].text == "Игровой | 500 Мбит/с | 900 ₽"


def test_a_passage_of_properties_alone_does_not_hide_the_note(tmp_path: Path) -> None:
    text = "---\ndescription: Команда Undo отменяет последнее действие.\n---\n# Undo\n\n"
    text += "Команда Undo отменяет последнее действие пользователя.\n"
    with index_of(tmp_path, {"undo.md": text, **NOTES}) as index:
        answer = answer_question(index, "Что отменяет команда Undo?")
    assert answer.claims[0].text == "Команда Undo отменяет последнее действие пользователя."


def test_the_limit_holds(index: Index) -> None:
    assert len(answer_question(index, "Домашний сервер", limit=1).claims) <= 1


# --- with a model


def test_a_model_only_picks(index: Index) -> None:
    model = Scripted(['{"ids": [2, 1]}'])
    answer = answer_question(index, "when was the kettle bought", model=model)
    check(answer, index)
    assert len(answer.claims) == 2
    assert not answer.diagnostics
    assert all(claim.text in model.requests[0].messages[1].content for claim in answer.claims)


def test_a_model_may_say_that_nothing_answers(index: Index) -> None:
    answer = answer_question(index, "Когда куплен сервер?", model=Scripted(['{"ids": []}']))
    check(answer, index)
    assert answer.refused
    assert answer.reason == "модель не нашла утверждения, отвечающего на вопрос"


def test_a_statement_that_was_not_offered_is_dropped(index: Index) -> None:
    answer = answer_question(index, "when was the kettle bought", model=Scripted(['{"ids": [1, 999]}']))
    check(answer, index)
    assert [item.text for item in answer.dropped] == ["[999]"]


def test_a_whole_number_with_a_point_is_a_number(index: Index) -> None:
    """A choice of `1.0` was read as none, and the answer refused."""
    one, same = (
        answer_question(index, "when was the kettle bought", model=Scripted([reply]))
        for reply in ('{"ids": [1]}', '{"ids": [1.0]}')
    )
    assert same.claims == one.claims != ()


@pytest.mark.parametrize(
    "reply", ["", "The kettle was bought in 1850.", '{"ids": [0, -4, 999]}', "[1]", '{"ids": [null]}']
)
def test_where_the_model_does_not_pick_the_ranker_does(index: Index, reply: str) -> None:
    answer = answer_question(index, "when was the kettle bought", model=Scripted([reply]))
    check(answer, index)
    assert [d.code for d in answer.diagnostics] == ["model-failed"]
    assert "2019" in answer.claims[0].text
    assert "1850" not in " ".join(claim.text for claim in answer.claims)


def test_a_model_that_cannot_be_asked_is_a_diagnostic(index: Index) -> None:
    def fail(request: Request) -> str:
        raise NotecError("the server is gone", "start it")

    answer = answer_question(index, "when was the kettle bought", model=Scripted(fail))
    assert "2019" in answer.claims[0].text
    assert "the server is gone" in answer.diagnostics[0].message
    assert answer.diagnostics[0].notes == ("start it",)


def test_a_server_that_stalls_is_left_for_the_ranker(index: Index) -> None:
    with OpenAIServer(Played([delta('{"id'), STALL])) as server:
        model = HttpModel(server.url, patience=Patience(stall=0.2, retries=0))
        answer = answer_question(index, "when was the kettle bought", model=model)
    assert "2019" in answer.claims[0].text
    assert [d.code for d in answer.diagnostics][-1] == "model-failed"


def test_compose_without_a_model_names_the_way_out(index: Index) -> None:
    with pytest.raises(NotecError, match="compose needs a model") as caught:
        answer_question(index, "anything", mode="compose")
    assert caught.value.hint
