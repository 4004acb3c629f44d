"""Runs tests against a program, and remembers what came under a key that holds all that had a part in it.

A verdict is known for one text of the test and one text of the code that it runs with; a changed letter in
either makes it unknown again. Without a sandbox nothing is run, and only what is remembered is known.

Must not know: models, how a body or a test came to be.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from notec.core import Outcome
from notec.passes import python
from notec.passes.ir import Body, Component, Function, Program, Test
from notec.passes.python import Followed
from notec.passes.sandbox import Found
from notec.passes.slot import Steps
from notec.store.memo import StepKey, step_key

_VERSION = 1  # of the way in which tests are followed and mutants are made
_MUTANT_SECONDS = 2.0
UNKNOWN = "it was not run"


@dataclass
class Bench:
    """Where the tests of one program are run.

    Args:
        package: name of the generated package.
        starts: how often the sandbox was asked to run something.
        passing: verdicts of this bench that are not kept: another day they may be others.
    """

    found: Found
    memo: Steps
    package: str
    starts: int = 0
    passing: dict[str, Followed] = field(default_factory=dict)

    def around(self, program: Program, component: Component) -> python.Surroundings:
        """What the code of a component may name."""
        return python.Surroundings(self.package, component, program.architecture)

    def run(self, program: Program, tests: Sequence[Test]) -> list[Followed | None]:
        """What each test came to; None where that is not known. All tests are of one component."""
        if not tests:
            return []
        component = program.architecture.owner(tests[0].function)
        sources = python.sources_of(program, component, self.package)
        scene = python.scene_of(self.around(program, component))
        keys = [self._key("run", test, sources) for test in tests]
        out = [self._kept(key) for key in keys]
        missing = [i for i, known in enumerate(out) if known is None]
        if missing and self.found.sandbox is not None:
            self.starts += 1
            came = python.trial(self.found.sandbox, scene, [sources], [tests[i].code for i in missing])[0]
            for i, verdict in zip(missing, came, strict=True):
                out[i] = verdict
                self._keep(keys[i], verdict)
        return out

    def observe(
        self, program: Program, function: Function, bodies: Sequence[Body], tests: Sequence[Test]
    ) -> list[tuple[tuple[str, ...], tuple[bool, ...]]]:
        """What bodies of a function give to generated calls, and which tests they pass."""
        if self.found.sandbox is None:
            return [((), ()) for _ in bodies]
        component = program.architecture.owner(function.id)
        around = self.around(program, component)
        scene = python.scene_of(around)
        text = "\n".join(r.text for r in program.requirements if r.id in function.requirements)
        calls = python.generated(function, around.types, text)
        sources = [python.sources_of(with_body(program, b), component, self.package) for b in bodies]
        keys = [self._given_key(function, calls, one) for one in sources]
        given = [self.memo.get(key) for key in keys]
        new = [i for i, known in enumerate(given) if known is None]
        if new:
            self.starts += 1
            came = python.answers(self.found.sandbox, scene, [sources[i] for i in new], calls)
            for i, said in zip(new, came, strict=True):
                given[i] = Outcome(json.dumps([one or "" for one in said]).encode())
                if None not in said:
                    self.memo.put(keys[i], json.dumps(said).encode())
        passed = [
            tuple(v is not None and v.state == "passed" for v in self.run(with_body(program, body), tests))
            for body in bodies
        ]
        answers = [tuple(json.loads(known.value)) if known else () for known in given]
        return list(zip(answers, passed, strict=True))

    def worthless(self, program: Program, tests: Sequence[Test]) -> list[str]:
        """Why a test that passes does not count: so it does on a stub, or on every mutant; else nothing.

        `UNKNOWN` where that cannot be found out here. All tests are of one function.
        """
        if not tests:
            return []
        component = program.architecture.owner(tests[0].function)
        function = next(f for f in component.functions if f.id == tests[0].function)
        scene = python.scene_of(self.around(program, component))
        out = [python.test_problem(test.code, function, scene) for test in tests]
        body = next((b for b in program.bodies if b.function == function.id), None)
        if body is None:
            return [wrong or UNKNOWN for wrong in out]
        sources = python.sources_of(program, component, self.package)
        keys = [self._key("mutants", test, sources) for test in tests]
        kept = [None if wrong else self._kept(key) for key, wrong in zip(keys, out, strict=True)]
        missing = [
            i for i, (known, wrong) in enumerate(zip(kept, out, strict=True)) if known is None and not wrong
        ]
        if missing and self.found.sandbox is not None:
            variants = [
                python.sources_of(
                    with_body(program, replace(body, code=code, steps=())), component, self.package
                )
                for code in python.mutants(function, body.code)
            ]
            self.starts += 1
            came = python.trial(
                self.found.sandbox, scene, variants, [tests[i].code for i in missing], seconds=_MUTANT_SECONDS
            )
            for at, i in enumerate(missing):
                failed = [of_one[at] for of_one in came if of_one[at].state == "failed"]
                # late ones alone may be a busy machine
                sure = not failed or any(one.settled for one in failed)
                message = f"{len(failed)} of {len(came)}"
                verdict = Followed("passed" if failed or not came else "failed", message, settled=sure)
                kept[i] = verdict
                self._keep(keys[i], verdict)
        for i, known in enumerate(kept):
            if known is None:
                out[i] = out[i] or UNKNOWN
            elif known.state != "passed":
                out[i] = f"it notices no mistake: {known.message} changed bodies"
        return out

    def _given_key(
        self, function: Function, calls: Sequence[python.Call], sources: Sequence[tuple[str, str]]
    ) -> StepKey:
        return step_key(
            "answers",
            _VERSION,
            subject=function.id,
            calls=[str(call) for call in calls],
            sources=[list(s) for s in sources],
            python=list(sys.version_info[:3]),
        )

    def _key(self, step: str, test: Test, sources: Sequence[tuple[str, str]]) -> StepKey:
        return step_key(
            step,
            _VERSION,
            subject=test.id,
            test=[test.function, test.code],
            sources=[list(s) for s in sources],
            python=list(sys.version_info[:3]),
        )

    def _kept(self, key: StepKey) -> Followed | None:
        kept = self.memo.get(key)
        return Followed(**json.loads(kept.value)) if kept else self.passing.get(key.digest)

    def _keep(self, key: StepKey, verdict: Followed) -> None:
        if not verdict.settled:
            self.passing[key.digest] = verdict
            return
        said = {"state": verdict.state, "message": verdict.message, "line": verdict.line, "at": verdict.at}
        self.memo.put(key, json.dumps(said).encode())


def by_heart(program: Program, body: Body, tests: Sequence[Test]) -> str:
    """Which example a body knows instead of working it out; or nothing. The user's own may know any."""
    if body.own:
        return ""
    function = next(f for f in program.architecture.functions if f.id == body.function)
    procedure = program.procedure(function.id)
    mine = [r for r in program.requirements if r.id in function.requirements]
    texts = [r.text for r in mine]
    for example in (e for r in mine for e in r.examples):
        texts = [t.replace(example.text, "").replace(example.call or "\0", "") for t in texts]
    texts += [text for r in mine for e in r.literals for text in (e.text, *e.items)]
    texts += [s.text for s in (procedure.steps if procedure else ())]
    every = [t.code for t in program.tests if t.function == function.id and t.origin == "example"]
    return python.memorised(body, function, [t.code for t in tests], "\n".join(texts), every)


def with_body(program: Program, body: Body) -> Program:
    """The program with another body for a function."""
    others = tuple(b for b in program.bodies if b.function != body.function)
    order = {f.id: i for i, f in enumerate(program.architecture.functions)}
    return replace(program, bodies=tuple(sorted((*others, body), key=lambda b: order.get(b.function, 0))))
