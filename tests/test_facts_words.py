"""Words: one form, one meaning, everywhere."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.facts.words import STOPWORDS, Analyzer, language, lemma, stop_terms, tokens

ANALYZER = Analyzer()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("самолёты", "самолетов"),
        ("Жёлтый", "ЖЕЛТОГО"),
        ("running", "runs"),
        ("Tom's", "toms"),
        ("Tom’s", "Tom"),
        ("naïve", "naive"),
        ("Alû", "alu"),
        ("ударе́ние", "ударение"),
        (unicodedata.normalize("NFD", "Йод"), "йод"),
        ("пере\u00adнос", "перенос"),
        ("1,000", "1000"),
        ("3,14", "3.14"),
        ("C++", "c++"),
    ],
)
def test_same_word_same_term(one: str, other: str) -> None:
    assert ANALYZER.sequence(one) == ANALYZER.sequence(other) != []


@pytest.mark.parametrize(
    ("one", "other"), [("C", "C++"), ("C", "C#"), ("3.14", "314"), ("мир", "мор"), ("й", "и")]
)
def test_other_word_other_term(one: str, other: str) -> None:
    assert ANALYZER.terms(one) != ANALYZER.terms(other)


@pytest.mark.parametrize(
    ("form", "terms", "extras"),
    [
        ("Qwen3-235B", ["qwen3", "235b"], ["qwen3-235b", "qwen", "235"]),
        ("GetOleInterface", ["getoleinterfac"], ["get", "ole", "interfac"]),
        ("HTTPServer", ["httpserver"], ["http", "server"]),
        ("my_first_name", ["my", "first", "name"], ["my-first-nam"]),
        ("os.path.join", ["os", "path", "join"], ["os-path-join"]),
        ("28.07.2025", ["28", "07", "2025"], ["28-07-2025"]),
        ("16GB", ["16gb"], ["16", "gb"]),
        ("кто-нибудь", ["кто", "нибуд"], ["кто-нибуд"]),
        ("東京都", ["東京", "京都"], []),
        ("plain", ["plain"], []),
    ],
)
def test_compounds(form: str, terms: list[str], extras: list[str]) -> None:
    parts = ANALYZER.parts(form)
    assert list(parts.terms) == terms
    assert list(parts.extras) == extras


def test_whole_and_parts_meet_across_spellings() -> None:
    for a, b in [("Qwen3-235B", "Qwen3 235B"), ("16GB", "16 GB"), ("GetOleInterface", "ole interface")]:
        assert set(ANALYZER.terms(a)) & set(ANALYZER.terms(b))


def test_line_is_sequence_and_then_each_extra_once() -> None:
    assert ANALYZER.line("HTTPServer, HTTPServer!") == "httpserver httpserver http server"
    assert ANALYZER.line("") == ""


def test_spots_point_at_the_form() -> None:
    text = "Мы видели snake_case."
    assert [(s.term, text[s.start : s.end]) for s in ANALYZER.spots(text)] == [
        ("мы", "Мы"),
        ("видел", "видели"),
        ("snake", "snake_case"),
        ("case", "snake_case"),
    ]


def test_a_word_of_ten_megabytes_is_one_short_term() -> None:
    assert [len(t) <= 64 for t in ANALYZER.terms("x" * 10_000_000)] == [True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Как включить HyperThreadingTechnology через PowerShell", "ru"),
        ("He quoted the word «да» once in a long English sentence.", "en"),
        ("12 + 30 = 42", "other"),
    ],
)
def test_language(text: str, expected: str) -> None:
    assert language(text) == expected


def test_stopwords_are_forms_and_terms() -> None:
    assert "the" in STOPWORDS
    assert "которые" in STOPWORDS
    assert ANALYZER.term("The") in stop_terms()
    assert ANALYZER.term("машина") not in stop_terms()


def test_lemma_joins_what_stems_part() -> None:
    assert ANALYZER.term("автомобили") != ANALYZER.term("автомобиль")
    assert lemma("автомобили") == lemma("Автомобиль") == "автомобиль"
    assert lemma("Cars") == "cars"


@given(st.text())
def test_tokens_stand_where_they_say(text: str) -> None:
    end = 0
    for token in tokens(text):
        assert text[token.start : token.end] == token.form != ""
        assert token.start >= end
        end = token.end


@given(st.text())
def test_terms_are_clean_and_the_same_each_time(text: str) -> None:
    terms = ANALYZER.terms(text)
    assert terms == Analyzer().terms(text)
    assert all(term and not any(c.isspace() for c in term) for term in terms)
    assert set(ANALYZER.line(text).split(" ")) - {""} == set(terms)
    assert [s.term for s in ANALYZER.spots(text)] == ANALYZER.sequence(text)
