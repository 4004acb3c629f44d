"""Follows tests with what generated code gives in the sandbox.

Tests are walked outside, calls are made inside, in rounds: a test goes on until it needs a call that was not
made yet; the calls of all tests of all variants of the code are made in one start of the sandbox.

Must not know: models, what a verdict is used for.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from notec.core import NotecError
from notec.passes.ir import Component, Program
from notec.passes.python.calls import Call, Followed, Given
from notec.passes.python.judge import follow
from notec.passes.python.layout import module
from notec.passes.python.names import Surroundings, names_of
from notec.passes.sandbox import Limits, Sandbox

MOST_CALLS = 40  # of one test
_AT_ONCE = 60  # runs in one start of the sandbox
_NOTHING = ["record", "nothing like it"]


@dataclass(frozen=True)
class Scene:
    """The names that tests may use.

    Args:
        functions: name -> the module that has it.
        types: name of a data class -> the module that has it, and its fields.
    """

    functions: Mapping[str, str]
    types: Mapping[str, tuple[str, tuple[str, ...]]]

    def follow(self, test: str, given: Sequence[Given]) -> Followed:
        """Walk a test with what its first calls gave."""
        fields = {name: fields for name, (_, fields) in self.types.items()}
        return follow(test, tuple(self.functions), fields, given)


def scene_of(around: Surroundings) -> Scene:
    """What tests of a component may use: its own names, and those of what it needs."""
    owner = {p: c for c in (*around.needed, around.component) for p in names_of(c)}
    return Scene(
        {name: f"{around.package}.{owner[name].name}" for name in around.functions},
        {
            name: (f"{around.package}.{owner[name].name}", tuple(f.name for f in kind.fields))
            for name, kind in around.types.items()
        },
    )


def sources_of(program: Program, component: Component, package: str) -> tuple[tuple[str, str], ...]:
    """The modules that a component runs with: its own, and all that it needs, directly or not."""
    wanted, waiting = {component.id}, [component]
    while waiting:
        for other in program.architecture.components:
            if other.id in waiting[0].needs and other.id not in wanted:
                wanted.add(other.id)
                waiting.append(other)
        waiting.pop(0)
    made = [module(program, c, package) for c in program.architecture.components if c.id in wanted]
    return ((f"{package}/__init__.py", ""), *((m.path.removeprefix("src/"), m.text) for m in made))


Sources = Sequence[tuple[str, str]]  # path of a file below the sources, and its text


def trial(
    sandbox: Sandbox, scene: Scene, variants: Sequence[Sources], tests: Sequence[str], *, seconds: float = 5.0
) -> list[list[Followed]]:
    """How far each test came on each variant of the code.

    Args:
        seconds: for all calls of one test.
    """
    given: dict[tuple[int, int], list[Given]] = {
        (v, t): [] for v in range(len(variants)) for t in range(len(tests))
    }
    out = [[Followed("waiting")] * len(tests) for _ in variants]
    waiting = list(given)
    while waiting:
        runs: dict[str, tuple[int, tuple[Call, ...]]] = {}
        asking: dict[str, list[tuple[int, int]]] = {}
        for variant, test in waiting:
            came = scene.follow(tests[test], given[variant, test])
            out[variant][test] = came
            if came.state == "waiting" and len(came.calls) > MOST_CALLS:
                out[variant][test] = Followed("refused", f"a test may make {MOST_CALLS} calls")
            elif came.state == "waiting":
                name = f"{variant} {came.calls}"
                runs[name] = (variant, came.calls)
                asking.setdefault(name, []).append((variant, test))
        names = list(runs)
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            made = _made(sandbox, scene, variants, [runs[n] for n in some], seconds)
            for name, last in zip(some, made, strict=True):
                for pair in asking[name]:
                    given[pair].append(last)
        waiting = [pair for pairs in asking.values() for pair in pairs]
    return out


def answers(
    sandbox: Sandbox,
    scene: Scene,
    variants: Sequence[Sources],
    calls: Sequence[Call],
    *,
    seconds: float = 2.0,
) -> list[list[str | None]]:
    """What each variant gives to each call, as text that can be compared; empty where it gives no value.

    None where another run may give one: the machine was busy, or the call has no end.
    """
    runs = [(v, (call,)) for v in range(len(variants)) for call in calls]
    given: list[Given] = []
    for start in range(0, len(runs), _AT_ONCE):
        given += _made(sandbox, scene, variants, runs[start : start + _AT_ONCE], seconds)
    said = [
        (None if not g.settled else "") if g.raised or g.trouble else json.dumps([g.value, g.args])
        for g in given
    ]
    return (
        [said[i : i + len(calls)] for i in range(0, len(said), len(calls))]
        if calls
        else [[] for _ in variants]
    )


def _made(
    sandbox: Sandbox,
    scene: Scene,
    variants: Sequence[Sources],
    runs: Sequence[tuple[int, tuple[Call, ...]]],
    seconds: float,
) -> list[Given]:
    """What the last call of each run gave."""
    nonce = secrets.token_hex(16)
    job = {
        "nonce": nonce,
        "seconds": seconds,
        "types": {name: module for name, (module, _) in scene.types.items()},
        "runs": [{"path": f"v{v}", "calls": [_call(scene, c) for c in calls]} for v, calls in runs],
    }
    limits = Limits(seconds=10 + seconds * len(runs), output=16 << 20)
    try:
        with tempfile.TemporaryDirectory(prefix="notec-trial-") as name:
            for variant in {v for v, _ in runs}:
                for path, text in variants[variant]:
                    place = Path(name, f"v{variant}", path)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_text(text, encoding="utf-8")
            source = files(__package__).joinpath("probe.py").read_text(encoding="utf-8")
            ran = sandbox.run(source, Path(name), limits, stdin=json.dumps(job).encode())
    except OSError as error:
        raise NotecError(
            f"{error.filename or tempfile.gettempdir()}: code cannot be laid out to be run: {error.strerror}",
            "make room there, or set TMPDIR to a folder that has some",
        ) from error
    said: dict[int, str] = {}
    for line in ran.stdout.split("\n"):
        mark, _, rest = line.partition(" ")
        number, _, data = rest.partition(" ")
        if mark == nonce and number.isdecimal():
            said.setdefault(int(number), data)
    ended = f"no result: the process ended ({ran.killed or ran.code})"
    return [
        given_of(said[i], len(calls)) if i in said else Given(trouble=ended, settled=False)
        for i, (_, calls) in enumerate(runs)
    ]


def _call(scene: Scene, call: Call) -> dict[str, Any]:
    return {
        "module": scene.functions[call.function],
        "function": call.function,
        "args": list(call.args),
        "named": dict(call.named),
    }


def given_of(said: str, calls: int) -> Given:
    """What the last of so many calls gave, from a line that the code under test may have written itself."""
    try:
        every = json.loads(said)
        last = every[-1]
        if len(every) != calls or "value" not in last:
            return _no_value(last)
        args = tuple(last["args"])
        named = tuple(dict(last["named"]).items())
    except (ValueError, TypeError, LookupError, RecursionError):
        return Given(trouble="no result that can be read")
    return Given(value=last["value"], args=args, named=named)


def _no_value(last: dict[str, Any]) -> Given:
    if "late" in last:
        return Given(trouble=f"nothing within {float(last['late']):g} seconds", settled=False)
    if "raised" in last:
        names = tuple(str(name) for name in last["raised"]) or ("BaseException",)
        return Given(raised=names, message=str(last["message"])[:400], line=int(last["line"]))
    return Given(trouble=str(last.get("opaque", "no result"))[:200])


def passes_without_code(scene: Scene, test: str) -> str:
    """Why a test says nothing: it passes on a function that is a stub. Empty where it fails, as it should."""
    raising = Given(raised=("NotImplementedError", "RuntimeError", "Exception"), message="a stub")
    if scene.follow(test, [raising] * MOST_CALLS).state != "failed":
        return "it passes on a function that is not written"
    silent = (Given(value=None), Given(value=_NOTHING))
    if all(scene.follow(test, [stub] * MOST_CALLS).state == "passed" for stub in silent):
        return "it passes whatever the function gives"
    return ""
