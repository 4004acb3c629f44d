"""Pages that notec writes: valid properties, footnotes that meet, words that stay words."""

from datetime import datetime

from notec.ask.page import answer_page, page, stamps
from notec.ask.sources import Footnotes
from notec.ask.types import Answer
from notec.core import Citation, Claim, Span
from notec.vault import parse_markdown

NOW = datetime(2025, 7, 28, 12, 33)
PLACE = Citation("Folder/A.md", 3, "Words of **the** note.", Span(10, 32), "abc", ("Title",))


def footnotes(language: str = "en") -> Footnotes:
    return Footnotes(lambda c: "[[A]]", language)


def test_an_answer_is_a_page_with_its_sources() -> None:
    answer = Answer('What is "this": #1?', "select", (Claim("Words of the note.", (PLACE,)),), language="en")
    note = parse_markdown("notec/x.md", answer_page(answer, footnotes(), NOW)).value
    assert note.properties["notec"] == "answer"
    assert note.properties["question"] == 'What is "this": #1?'
    assert str(note.properties["created"]).replace("T", " ") == "2025-07-28 12:33:00"
    assert [h.text for h in note.headings] == ['What is "this": #1?']
    assert [(f.kind, f.label) for f in note.footnotes] == [("reference", "1"), ("definition", "1")]
    assert [link.target for link in note.links] == ["A"]
    assert "[^1]: [[A]], line 3: “Words of the note.”" in note.doc.text


def test_a_refusal_says_why_and_shows_the_nearest_as_what_they_are() -> None:
    claim = Claim("Слова.", (PLACE,))
    answer = Answer("Что?", "select", refused=True, reason="этого нет", nearest=(claim,), language="ru")
    text = answer_page(answer, footnotes("ru"), NOW)
    assert "этого нет" in text
    assert "Ближе всего по словам, но это не ответ:\n\n- Слова.[^1]" in text
    assert "строка 3: «Words" in text


def test_an_exclamation_before_a_footnote_is_no_picture() -> None:
    answer = Answer("Is it done?", "select", (Claim("It is done!", (PLACE,)),), language="en")
    note = parse_markdown("x.md", answer_page(answer, footnotes(), NOW)).value
    assert [f.kind for f in note.footnotes] == ["reference", "definition"]
    assert "It is done\\![^1]" in note.doc.text


def test_properties_hold_any_words() -> None:
    question = 'a: b # c "d" \\ [e] {f} - g\nh %% & * ! | > \' @ `'
    note = parse_markdown("x.md", page(stamps("answer", NOW, question=question), ["body"])).value
    assert note.properties["question"] == " ".join(question.split())
