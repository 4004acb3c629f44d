"""Texts, places and digests."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notec.core import Diagnostic, Doc, NotecError, Severity, Span, digest, short_id

TEXT = st.text(st.sampled_from("a \r\n\u2028é𝔸"), max_size=60)


@given(TEXT)
def test_lines_tile_the_text(text: str) -> None:
    doc = Doc("n.md", text)
    starts = doc.line_starts
    pieces = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    assert "".join(pieces) == text
    for piece in pieces[:-1]:
        assert piece.endswith(("\n", "\r"))
        assert "\n" not in piece[:-1].removesuffix("\r")


@given(TEXT, st.integers(0, 60))
def test_line_and_column_lead_back_to_the_offset(text: str, offset: int) -> None:
    doc = Doc("n.md", text)
    offset = min(offset, len(text))
    assert doc.line_starts[doc.line(offset) - 1] + doc.column(offset) - 1 == offset


def test_line_text_leaves_out_the_line_end() -> None:
    doc = Doc("n.md", "one\r\ntwo\rthree\nfour")
    assert [doc.line_text(n) for n in range(6)] == ["", "one", "two", "three", "four", ""]


@given(st.text(), st.text())
def test_digests_tell_texts_apart(a: str, b: str) -> None:
    assert (digest(a) == digest(b)) == (a == b)
    assert (short_id(a) == short_id(b)) == (a == b)


def test_a_lone_surrogate_has_a_digest() -> None:
    assert digest("\ud800") != digest("\udfff")
    assert len(short_id("\ud800", 10)) == 10


def test_a_diagnostic_knows_its_line() -> None:
    doc = Doc("n.md", "one\ntwo\n")
    found = Diagnostic.at(doc, Span(4, 7), "some-code", Severity.WARNING, "message")
    assert (found.note, found.line) == ("n.md", 2)
    assert found.to_json() == {
        "code": "some-code",
        "severity": "warning",
        "message": "message",
        "note": "n.md",
        "line": 2,
        "span": [4, 7],
    }


def test_an_error_shows_the_way_out() -> None:
    assert str(NotecError("it broke", "mend it")) == "it broke\n  help: mend it"
    assert str(NotecError("it broke")) == "it broke"
