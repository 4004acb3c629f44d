"""A scripted model for compilations: it does what each step asks, the same for the same question."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import notec
from notec.app.compiling import Build, Wishes
from notec.models import Request, Scripted

Answers = dict[str, Callable[[str], Any]]


def ids(shown: str) -> list[str]:
    return re.findall(r'"id": "([\w.-]+)"', shown)


def requirement(shown: str) -> Any:
    statement = shown.rsplit("Statement:\n", 1)[1]
    if not re.search(r"must|should|долж|нужно|нельзя", statement):
        return {"requirements": []}
    said = re.search(r"Said before:\n(.+)", shown)
    text = said[1] if said and "has to" not in statement else statement
    return {"requirements": [{"quote": statement, "text": text, "kind": "function", "priority": "must"}]}


def components(shown: str) -> Any:
    own = ids(shown)
    half = (len(own) + 1) // 2
    parts = [{"name": "counting", "purpose": "counts", "requirements": own[:half], "needs": []}]
    if own[half:]:
        parts.append(
            {"name": "storage", "purpose": "keeps", "requirements": own[half:], "needs": ["counting"]}
        )
    return {"components": parts}


def interface(shown: str) -> Any:
    name = re.search(r"Component:\n(\w+)", shown)
    called = re.search(r'"call": "(\w+)\(', shown)
    function = {
        "name": called[1] if called else f"run_{name[1] if name else 'all'}",
        "parameters": [{"name": "text", "type": "str"}],
        "returns": "int",
        "purpose": "does it",
        "requirements": ids(shown),
    }
    return {"types": [], "functions": [function]}


def steps(shown: str) -> Any:
    own = ids(shown)
    return {
        "steps": [
            {"text": "split the text into words", "depth": 0, "requirements": own[:1]},
            {"text": "return how many there are", "depth": 0, "requirements": own},
        ]
    }


ANSWERS: Answers = {
    "requirement": requirement,
    "components": components,
    "owners": lambda shown: {"owners": []},
    "interface": interface,
    "steps": steps,
    "body": lambda shown: {"code": "return len(text.split())"},
    "repair": lambda shown: {"code": "return len(text.split())"},
    "test": lambda shown: {},
}


def model(**other: Callable[[str], Any]) -> Scripted:
    """The model, some of its answers replaced; an answer that is a text is given as it is."""
    answers = ANSWERS | other

    def answer(request: Request) -> str:
        found = answers[request.purpose.split()[0]](request.messages[-1].content)
        return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)

    return Scripted(answer)


def compiled(folder: Path, asked: Scripted | None, idea: str | Path = "words.idea", **wishes: Any) -> Build:
    """Compile an idea of `folder/vault` into `folder/build`, with a home beside them."""
    with notec.Workspace.open(folder / "vault", home=folder / "home") as workspace:
        return workspace.compile(
            folder / "vault" / idea, folder / "build", model=asked, wishes=Wishes(**wishes)
        )


def asked_since(asked: Scripted, before: int) -> list[str]:
    """The steps that were asked for after the first `before` requests."""
    return [request.purpose.split()[0] for request in asked.requests[before:]]
