"""A small program for tests of passes, and a model that says what it is told for each kind of question."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from notec.models import Request, Scripted
from notec.passes.context import Context
from notec.passes.ir import (
    Architecture,
    Component,
    DataType,
    Example,
    Function,
    Parameter,
    Procedure,
    Program,
    Requirement,
    Step,
)
from notec.passes.sandbox import Found, find_sandbox
from notec.passes.slot import Asker, Steps

SLUG = Function("F1", "slugify", (Parameter("title", "str"),), "str", "A slug of a title.", ("R1", "R2"))
COUNT = Function("F2", "count_words", (Parameter("text", "str"),), "int", "How many words.", ("R3",))
TOTAL = Function("F3", "total", (Parameter("items", "list[Item]"),), "Decimal", "The sum.", ("R4",))
ITEM = DataType(
    "T1", "Item", (Parameter("name", "str"), Parameter("price", "Decimal")), "Something sold.", ("R4",)
)
TEXTS = Component("C1", "texts", "Work on texts.", ("R1", "R2", "R3"), (SLUG, COUNT))
MONEY = Component("C2", "money", "Sums.", ("R4",), (TOTAL,), (ITEM,), ("C1",))
PROGRAM = Program(
    requirements=(
        Requirement(
            "R1",
            "A slug has lower case and dashes.",
            examples=(
                Example(
                    "R1.E1",
                    'slugify("Hello World") gives "hello-world"',
                    'slugify("Hello World")',
                    '"hello-world"',
                ),
            ),
        ),
        Requirement("R2", "An empty title is an error."),
        Requirement("R3", "Count words.", examples=(Example("R3.E1", '"red fox runs" has three words'),)),
        Requirement("R4", "Add up prices."),
    ),
    architecture=Architecture((TEXTS, MONEY)),
    procedures=(
        Procedure("F1", (Step("F1.1", "reject an empty title", 0, ("R2",)), Step("F1.2", "join the words"))),
        Procedure("F2", (Step("F2.1", "split and count"),)),
        Procedure("F3", (Step("F3.1", "add up the prices"),)),
    ),
)


def code(text: str) -> str:
    """A reply with a body."""
    return json.dumps({"code": text})


def checked(function: str, call: str, expected: str, *, raises: bool = False) -> str:
    """A reply with a test."""
    return json.dumps({"function": function, "call": call, "expected": expected, "raises": raises})


SAID: dict[str, str] = {
    "body F1": code(
        "# F1.1\nif not title.strip():\n    raise ValueError('empty title')\n"
        "# F1.2\nreturn '-'.join(title.lower().split())"
    ),
    "body F2": code("# F2.1\nreturn len(text.split())"),
    "body F3": code("# F3.1\nreturn sum((item.price for item in items), Decimal(0))"),
    "example R3.E1": checked("count_words", "count_words('red fox runs')", "3"),
    "test R2": checked("slugify", "slugify('  ')", "ValueError", raises=True),
    "test R4": checked(
        "total", "total([Item('a', Decimal('1.5')), Item('b', Decimal('2'))])", "Decimal('3.5')"
    ),
}


def model(said: Mapping[str, str | Callable[[Request], str]] = SAID) -> Scripted:
    """A model that answers each purpose in its own way, and anything else with nonsense."""

    def reply(request: Request) -> str:
        answer = said.get(request.purpose, "I do not know.")
        return answer if isinstance(answer, str) else answer(request)

    return Scripted(reply)


def context(
    steps: Steps, scripted: Scripted | None, *, run: bool = True, last: Program | None = None
) -> Context:
    """The means of a pass, without notes."""
    nowhere = Found(None, "no sandbox in this test")
    return Context(
        (), Asker(scripted, steps), last=last or Program(), sandbox=find_sandbox if run else lambda: nowhere
    )
