"""Ranking, choosing and weighing over candidates made by hand."""

from hypothesis import given
from hypothesis import strategies as st

from notec.ask.choose import arrange, choose, said
from notec.ask.question import read_question
from notec.ask.rank import Candidate, Passage, Ranked, rank
from notec.ask.refuse import NOTHING, Evidence, confidence, missing, weigh
from notec.core import Span
from notec.facts.words import Analyzer

ANALYZER = Analyzer()


def passage(number: int, note: str, *texts: str, score: float = 1.0) -> Passage:
    context = frozenset(ANALYZER.terms(note))
    out = []
    for at, text in enumerate(texts):
        terms = tuple(ANALYZER.terms(text))
        name = f"{note} {at}"
        place = (f"{note}.md", note, at + 1, Span(100 * at, 100 * at + len(text)))
        out.append(Candidate(name, *place, text, text, (note,), terms, frozenset(terms), number, at, context))
    return Passage(score, tuple(out))


def idf(term: str) -> float:
    return 1.0 + len(term) / 10


def texts(ranked: list[Ranked]) -> list[str]:
    return [item.candidate.text for item in ranked]


def ranking(question: str, *passages: Passage) -> list[Ranked]:
    return rank(read_question(question, ANALYZER), passages, idf)


def test_the_passage_of_the_subject_wins_over_a_shared_word() -> None:
    found = ranking(
        "when was the kettle bought",
        passage(0, "Garden", "The rake was bought in 2001.", score=0.4),
        passage(1, "Kettle", "It was bought in 2019.", score=0.9),
    )
    assert texts(found)[0] == "It was bought in 2019."


def test_a_question_in_the_notes_answers_nothing() -> None:
    found = ranking(
        "Как проверить копию?",
        passage(0, "Копии", "Как проверить копию?", "Копию проверяет пробное восстановление."),
    )
    assert texts(found)[0].startswith("Копию проверяет")


def test_what_leans_on_a_pronoun_counts_less() -> None:
    near = passage(0, "Kettle", "Kettle.", "They boil a litre.", "We boil a litre.")
    found = ranking("what boils a litre", near)
    assert texts(found).index("We boil a litre.") < texts(found).index("They boil a litre.")


def test_a_repetition_is_left_out() -> None:
    found = ranking(
        "kettle bought",
        passage(0, "A", "The kettle was bought in Leeds."),
        passage(1, "B", "The kettle was bought in Leeds."),
        passage(2, "C", "A kettle that whistles was bought later by Ann."),
    )
    chosen = choose(found, 3, weak=None)
    assert len(chosen) == 2
    assert len(set(texts(chosen))) == 2


def test_statements_of_one_note_stand_together_in_its_order() -> None:
    found = ranking(
        "kettle litre water",
        passage(0, "A", "The kettle is red.", "It holds a litre.", "The kettle boils a litre of water."),
        passage(1, "B", "A litre of water for the kettle weighs a kilogram."),
    )
    arranged = arrange(found)
    notes = [item.candidate.note for item in arranged]
    assert notes == sorted(notes, key=notes.index)
    behind = [item.candidate.position for item in arranged[1:] if item.candidate.note == notes[0]]
    assert behind == sorted(behind)
    assert arranged[0] is found[0]


WORDS = st.lists(
    st.sampled_from(["kettle", "water", "litre", "red", "Leeds", "он", "стоит", "чайник", "вода"]),
    max_size=6,
)


@given(st.lists(WORDS, max_size=8), WORDS, st.integers(1, 5))
def test_choosing_keeps_its_promises(statements: list[list[str]], words: list[str], limit: int) -> None:
    found = ranking(" ".join(words), passage(0, "Note", *(" ".join(s) for s in statements)))
    chosen = choose(found, limit)
    assert len(chosen) <= limit
    assert (not chosen) == (not found)
    assert all(item in found for item in chosen)
    for at, item in enumerate(chosen):
        assert all(said(earlier.candidate, item.candidate) < 0.85 for earlier in chosen[:at])


def weighed(question: str, *passages: Passage) -> Evidence:
    asked = read_question(question, ANALYZER)
    return weigh(asked, rank(asked, passages, idf), passages, idf)


def test_more_of_the_question_is_more_confidence() -> None:
    whole = weighed("red kettle litre", passage(0, "Kettle", "The red kettle boils a litre."))
    part = weighed("red kettle litre", passage(0, "Kettle", "The kettle boils."))
    none = weighed("red kettle litre", passage(0, "Garden", "Slugs eat lettuce."))
    assert confidence(whole) > confidence(part) > confidence(none)


def test_a_name_that_the_passage_lacks_speaks_against_it() -> None:
    with_name = weighed(
        "does the kettle come from Leeds", passage(0, "Kettle", "The kettle comes from Leeds.")
    )
    without = weighed(
        "does the kettle come from Leeds", passage(0, "Kettle", "The kettle comes from a shop.")
    )
    assert (with_name.nameless, without.nameless) == (0.0, 1.0)
    assert confidence(with_name) > confidence(without)


def test_nothing_found_is_no_confidence() -> None:
    assert weighed("kettle") == NOTHING
    assert confidence(NOTHING) == 0


def test_missing_terms_are_those_that_no_shown_passage_has() -> None:
    asked = read_question("who bought the blue kettle", ANALYZER)
    passages = [passage(0, "Kettle", "The kettle was bought in 2019.", "It is red.")]
    assert missing(asked, rank(asked, passages, idf), passages) == tuple(ANALYZER.sequence("blue"))
