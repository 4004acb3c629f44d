"""Replies of any shape become data that fits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notec.passes import architecture, extract, interface, pseudocode
from notec.passes.salvage import salvage

CODE = {"type": "object", "properties": {"code": {"type": "string"}}, "required": ["code"]}
MEANT = {"steps": [{"text": 'say "hi", it\'s {1}', "depth": 0, "requirements": ["R1"]}]}
ITEM = MEANT["steps"][0]
TEXT = json.dumps(MEANT)


@pytest.mark.parametrize(
    "reply",
    [
        TEXT,
        f"```json\n{TEXT}\n```",
        f"Sure, [here]:\n{TEXT}\nHope {{this}} helps.",
        f'<think>{{"steps": []}}</think>{TEXT}',
        f"{TEXT[:-1]}",
        TEXT[1:],
        json.dumps(TEXT),
        json.dumps(MEANT["steps"]),
        json.dumps([MEANT]),
        json.dumps({"result": MEANT}),
        json.dumps({"Steps": [{"Text": ITEM["text"], "DEPTH": "0", "requirements": "R1"}]}),
        json.dumps(
            {"шаги": [{"текст": ITEM["text"], "глубина": 0, "требования": ["R1"]}]}, ensure_ascii=False
        ),
        TEXT.replace("]}", "],}"),
        repr(MEANT),
        TEXT.replace('"depth": 0', '"depth": NaN'),
    ],
)
def test_the_value_that_was_meant(reply: str) -> None:
    assert salvage(reply, pseudocode.SCHEMA) == MEANT


def test_code_without_json_is_code() -> None:
    assert salvage("Here:\n```python\nreturn 1\n```\nDone.", CODE) == {"code": "return 1"}
    assert salvage("return 1", CODE) == {"code": "return 1"}
    assert salvage('{"code": ["a = 1", "return a"]}', CODE) == {"code": "a = 1\nreturn a"}


def test_a_list_in_markdown_is_a_list() -> None:
    found = salvage("1. read the file\n2. count it\n", pseudocode.SCHEMA)
    assert [s["text"] for s in found["steps"]] == ["read the file", "count it"]


def test_words_of_another_language_for_a_choice() -> None:
    reply = '{"requirements": [{"quote": "x", "text": "y", "kind": "Запрет", "priority": "желательно"}]}'
    (item,) = salvage(reply, extract.SCHEMA)["requirements"]
    assert (item["kind"], item["priority"]) == ("prohibition", "should")


def test_parameters_as_an_object() -> None:
    reply = '{"functions": {"count": {"parameters": {"text": "str"}, "returns": "int"}}}'
    (found,) = salvage(reply, interface.SCHEMA)["functions"]
    assert (found["name"], found["parameters"]) == ("count", [{"name": "text", "type": "str"}])


@pytest.mark.parametrize(
    "reply", ["", "   ", "<think>hm", "I cannot do that.", "{}", "[]", "null", '{"a": 1}']
)
def test_nothing_is_made_of_nothing(reply: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        salvage(reply, architecture.COMPONENTS)


@given(st.text(max_size=120) | st.text(alphabet='{}[]":,ab\\ntrue1\n`', max_size=80))
def test_no_text_breaks_it_and_what_comes_fits(reply: str) -> None:
    try:
        found = salvage(reply, pseudocode.SCHEMA)
    except ValueError:
        return
    for step in found["steps"]:
        assert isinstance(step["text"], str)
        assert type(step["depth"]) is int
        assert all(isinstance(r, str) for r in step["requirements"])


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=5))
def test_any_json_fits_or_is_refused(data: Any) -> None:
    for reply in (json.dumps(data), json.dumps({"steps": data}), json.dumps({"steps": [{"text": data}]})):
        try:
            found = salvage(reply, pseudocode.SCHEMA)
        except ValueError:
            continue
        assert all(type(s["depth"]) is int and isinstance(s["text"], str) for s in found["steps"])
