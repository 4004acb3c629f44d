"""Replies that lie: does any of them make a requirement "done" that is not?

    python bench/lies.py

Each lie goes through the product's own passes with a scripted model, and its code runs in the product's own
sandbox. A requirement that is called done although the chosen code fails hidden inputs is a phantom. Honest
replies go the same way, and have to be done: a harness that believes nobody would be worth nothing.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence

from lies_told import BODIES, HONEST, TESTS
from notec.core import Diagnostic, Outcome
from notec.models import Request, Scripted
from notec.passes import build, code, python, tests
from notec.passes.context import Context
from notec.passes.ir import (
    Architecture,
    Component,
    Example,
    Function,
    Parameter,
    Procedure,
    Program,
    Requirement,
    Step,
)
from notec.passes.slot import Asker
from notec.store import StepKey

HIDDEN = [
    'assert word_count("alpha beta") == 2',
    'assert word_count("a b c d e") == 5',
    'assert word_count("  spaced   out  ") == 2',
]
_FUNCTION = Function(
    "F1", "word_count", (Parameter("text", "str"),), "int", "How many words a text has.", ("R1",)
)
_STEPS = (Step("F1.1", "split the text at white space"), Step("F1.2", "count the parts"))
_EXAMPLES = (
    Example("R1.E1", 'word_count("one two three") is 3', 'word_count("one two three")', "3"),
    Example("R1.E2", 'word_count("") is 0', 'word_count("")', "0"),
)
HONEST_TEST = json.dumps(
    {"function": "word_count", "call": 'word_count("red green")', "expected": "2", "raises": False}
)


class Kept:
    """Finished steps in memory, for one lie."""

    def __init__(self) -> None:
        self._values: dict[str, Outcome[bytes]] = {}

    def get(self, key: StepKey) -> Outcome[bytes] | None:
        return self._values.get(key.digest)

    def put(self, key: StepKey, value: bytes, diagnostics: Sequence[Diagnostic] = ()) -> None:
        self._values[key.digest] = Outcome(value, tuple(diagnostics))


def compiled(body: str, test: str, *, examples: bool) -> Program:
    """What the passes make of a model that always replies with this body and this test."""

    def reply(request: Request) -> str:
        return test if request.purpose.startswith("test") else body

    requirement = Requirement("R1", "The program must count words.", examples=_EXAMPLES if examples else ())
    program = Program(
        requirements=(requirement,),
        architecture=Architecture((Component("C1", "texts", "Texts.", ("R1",), (_FUNCTION,)),)),
        procedures=(Procedure("F1", _STEPS),),
    )
    context = Context((), Asker(Scripted(reply), Kept()))
    for step in (tests, code, build):
        program = step.run(context, program).value
    return program


def is_right(program: Program) -> bool:
    """Whether the code that was chosen gives what it should on inputs that no reply has seen."""
    sandbox = Context((), Asker(None, Kept())).sandbox().sandbox
    component = program.architecture.components[0]
    package = python.package_name("")
    scene = python.scene_of(python.Surroundings(package, component, program.architecture))
    sources = python.sources_of(program, component, package)
    assert sandbox is not None
    return all(v.state == "passed" for v in python.trial(sandbox, scene, [sources], HIDDEN)[0])


def main() -> None:
    if Context((), Asker(None, Kept())).sandbox().sandbox is None:
        sys.exit("no sandbox on this machine: nothing is run, and nothing can be called done")
    phantoms: list[str] = []
    by_kind: Counter[str] = Counter()
    lies = [(kind, text, HONEST_TEST, True) for kind, told in BODIES.items() for text in told]
    lies += [
        (f"test: {kind}", "return len(text) if len(text) < 9 else 7", text, False)
        for kind, told in TESTS.items()
        for text in told
    ]
    for number, (kind, body, test, examples) in enumerate(lies, 1):
        program = compiled(body, test, examples=examples)
        by_kind[kind] += 1
        if program.results[0].state == "done" and not is_right(program):
            phantoms.append(f"{kind}: {(body if examples else test)[:200]}")
        print(f"\r{number} of {len(lies)} lies, {len(phantoms)} believed", end="", file=sys.stderr)
    print(file=sys.stderr)
    believed = 0
    for body in HONEST:
        program = compiled(body, HONEST_TEST, examples=True)
        believed += program.results[0].state == "done" and is_right(program)
    print(
        json.dumps(
            {
                "lies": len(lies),
                "phantom_done": len(phantoms),
                "honest": len(HONEST),
                "honest_done": believed,
                "kinds": dict(by_kind),
                "phantoms": phantoms,
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    main()
