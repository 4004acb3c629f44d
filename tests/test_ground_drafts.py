"""From a model's reply to drafts: what is whole is taken."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.ground import SCHEMA, Draft, read_drafts

ONE = {"text": "It has 96 GB.", "sources": [1], "quotes": ["96 GB"]}
TWO = {"text": "Он быстрый.", "sources": [2, 3], "quotes": []}
WHOLE = json.dumps({"claims": [ONE, TWO]}, ensure_ascii=False)
DRAFTS = (Draft("It has 96 GB.", (1,), ("96 GB",)), Draft("Он быстрый.", (2, 3)))


@pytest.mark.parametrize(
    "reply",
    [
        WHOLE,
        f"```json\n{WHOLE}\n```",
        f"Sure, here you are:\n{WHOLE}\nI hope that helps {{smile}}.",
        f"<think>maybe {json.dumps({'claims': [{'text': 'no', 'sources': [9]}]})}</think>\n{WHOLE}",
        f"thinking without a beginning {{}} </think>{WHOLE}",
        json.dumps([ONE, TWO], ensure_ascii=False),
        f"{json.dumps(ONE)}\n{json.dumps(TWO, ensure_ascii=False)}",
        WHOLE[:-2] + ', {"text": "cut in the mid',
        json.dumps({"claims": [ONE, 5, None, {"sources": [1]}, {"text": 7}, {"text": "..."}, TWO, ONE]}),
    ],
)
def test_whole_claims_are_taken_however_they_are_wrapped(reply: str) -> None:
    assert read_drafts(reply) == DRAFTS


@pytest.mark.parametrize(
    ("sources", "numbers"),
    [
        (1, (1,)),
        ("1", (1,)),
        ("[1, 2]", (1, 2)),
        (["1", 2.0, True, None, [3]], (1, 2, 3)),
        ({"id": 4}, (4,)),
        ([{"id": 1}, {"number": 2}], (1, 2)),
        ([1, 1, 2], (1, 2)),
        (None, ()),
        ([1.5, -1e300, float("inf")], ()),
    ],
)
def test_numbers_of_sources_in_any_dress(sources: object, numbers: tuple[int, ...]) -> None:
    (draft,) = read_drafts(json.dumps({"claims": [{"text": "so", "sources": sources}]})) or ()
    assert draft.sources == numbers


def test_marks_in_the_text_are_sources_too() -> None:
    (draft,) = read_drafts('{"claims": [{"text": "It has\\n96 GB [2] [3, 4].", "sources": [1]}]}') or ()
    assert draft == Draft("It has 96 GB.", (1, 2, 3, 4))


def test_prose_with_marks_is_read_by_sentence() -> None:
    assert read_drafts("- It has 96 GB [1].\n- It is fast. [2]\nNothing else.") == (
        Draft("It has 96 GB.", (1,)),
        Draft("It is fast.", (2,)),
    )


def test_a_quote_with_an_ellipsis_is_two() -> None:
    (draft,) = (
        read_drafts('{"text": "so", "sources": [1], "quotes": "the first part ... the last part"}') or ()
    )
    assert draft.quotes == ("the first part", "the last part")


def test_no_claims_and_no_such_reply_are_told_apart() -> None:
    assert read_drafts('{"claims": []}') == ()
    assert read_drafts("I cannot help with that.") is None
    assert read_drafts("") is None


@given(st.text(max_size=200) | st.integers(0, len(WHOLE)).map(lambda cut: WHOLE[:cut]))
def test_reading_a_reply_never_raises(reply: str) -> None:
    drafts = read_drafts(reply)
    assert drafts is None or all(draft.text for draft in drafts)


@pytest.mark.parametrize(
    "hostile", ["{" * 100_000, '{"a":' * 50_000, "[" * 100_000, '{"claims":[' * 20_000, "<think>" * 9_000]
)
def test_deep_nesting_is_survived(hostile: str) -> None:
    assert not read_drafts(hostile)


def test_the_schema_names_what_is_read() -> None:
    assert set(SCHEMA["properties"]["claims"]["items"]["properties"]) == {"text", "sources", "quotes"}
