"""Does selection find the right one among recorded solutions of a real model?

    python bench/selection.py CODET.jsonl.gz [--keep FOLDER] [--draws 20]

The file has problems with recorded solutions and recorded test generations (CodeT, Chen et al., 2022). Every
solution is run in notec's own sandbox on the judging suite, on the assertions of the test generations, and on
inputs that `notec.passes.choose_inputs` makes from the statement; then `notec.passes.choose` chooses, as it
does in a compile, and the whole suite decides whether the choice was right. With --keep what was run is kept.

`random`: share of right solutions. `agreement_100_100`: all solutions and test generations, no examples.
`agreement_5_3_ex2`, `agreement_10_5_ex3`: so many solutions, test generations and examples; examples are
assertions of the judging suite, drawn at random, the mean of so many draws. `adaptive_cap10_ex3`: solutions
drawn one at a time, at most ten, three examples, no test generation; `adaptive_mean_samples` were drawn.
`codet_100_100` is the published rule on the same runs, for comparison.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from pathlib import Path
from typing import Any

from notec.passes.choose import Group, Seen, Verdict, choose, choose_by_agreement, pick
from notec.passes.choose_inputs import Input, fitting, generate
from notec.passes.sandbox import Limits, Sandbox, find_sandbox

_WORKER = Path(__file__).with_name("selection_worker.py")
_LIMITS = Limits(seconds=420, memory=1 << 30, output=64 << 20)


def body(text: str) -> str:
    """What belongs to the function: up to the first line that stands outside of it."""
    lines = text.split("\n")
    end = next((i for i, line in enumerate(lines) if line.strip() and not line[0].isspace()), len(lines))
    return "\n".join(lines[:end]).rstrip() + "\n"


def assertions(generation: str, entry: str) -> list[str]:
    """The assertions about `entry` that a test generation holds; its prompt ended with `assert`."""
    found = []
    for piece in re.split(r"(?m)^\s*assert\b", "assert " + generation)[1:]:
        for text in (piece.strip(), piece.strip().split("\n")[0]):
            statement = _parsed(f"assert {text}")
            if isinstance(statement, ast.Assert):
                if entry in _names(statement.test):
                    found.append(ast.unparse(ast.Assert(statement.test, None)))
                break
    return found


def _parsed(text: str) -> ast.stmt | None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    return tree.body[0] if tree.body else None


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def examples(suite: str) -> list[str]:
    """The judging suite, cut into one `check` for each assertion that stands outside of loops."""
    found = []
    for node in ast.parse(suite).body:
        if not isinstance(node, ast.FunctionDef) or node.name != "check":
            continue
        before: list[ast.stmt] = []
        for statement in node.body:
            if not isinstance(statement, ast.Assert):
                before += [statement] if not isinstance(statement, ast.For | ast.While) else []
            elif "candidate" in _names(statement.test):
                one = ast.FunctionDef("check", node.args, [*before, statement], [], None, lineno=1)
                found.append(ast.unparse(ast.fix_missing_locations(ast.Module([one], []))))
    return found


def statement(prompt: str, entry: str) -> tuple[list[str] | None, str]:
    """The types of the parameters and the text of the function; no types where it cannot be read."""
    for indent in ("    ", "  ", "   ", "\t", " "):
        try:
            tree = ast.parse(f"{prompt}{indent}pass\n")
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == entry:
                types = [ast.unparse(a.annotation) if a.annotation else "" for a in node.args.args]
                return types, ast.get_docstring(node) or ""
    return None, prompt


def calls(tests: Sequence[str], entry: str) -> list[list[str]]:
    """The arguments with which tests call the function."""
    found = []
    for test in tests:
        for node in ast.walk(ast.parse(test)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == entry:
                found.append([ast.unparse(a) for a in node.args])
                break
    return found


@dataclass
class Problem:
    """What was recorded, and what it did when it was run."""

    entry: str
    job: dict[str, Any]
    which: list[int]  # of the different solutions, by the number of the recorded one
    generations: list[list[int]]  # tests of each generation
    inputs: list[Input]
    said: list[dict[str, Any] | None]

    @cached_property
    def nothing(self) -> dict[str, Any]:
        job = self.job
        return {
            "suite": False,
            "examples": "0" * len(job["examples"]),
            "tests": "0" * len(job["tests"]),
            "answers": [""] * (len(job["tests"]) + len(job["inputs"])),
        }

    def of(self, solution: int) -> dict[str, Any]:
        return self.said[self.which[solution]] or self.nothing

    def right(self, solution: int) -> bool:
        return bool(self.of(solution)["suite"])

    def passed(self, solution: int, chosen: Sequence[int]) -> list[bool]:
        return [self.of(solution)["examples"][e] == "1" for e in chosen]

    def seen(self, solutions: Sequence[int], generations: Sequence[int]) -> list[Seen]:
        """As a compile would see them: answers to tests and to inputs that fit, and which tests they pass."""
        tests = sorted({t for g in generations for t in self.generations[g]})
        said = [self.of(s) for s in solutions]
        start = len(self.job["tests"])
        answered = {
            n: sum(bool(one["answers"][start + n]) for one in said) / len(said)
            for n in range(len(self.inputs))
        }
        columns = [*tests, *(start + n for n in fitting(self.inputs, answered))]
        return [
            Seen(tuple(one["answers"][c] for c in columns), tuple(one["tests"][t] == "1" for t in tests))
            for one in said
        ]


def prepare(row: dict[str, Any]) -> Problem:
    entry = row["entry_point"]
    solutions = [row["prompt"] + body(s) for s in row["solutions"]]
    different = list(dict.fromkeys(solutions))
    generations = [assertions(g, entry) for g in row["test_generations"]]
    tests = list(dict.fromkeys(t for g in generations for t in g))
    known = calls(tests, entry)
    types, text = statement(row["prompt"], entry)
    if types is None:
        types = [""] * (len(known[0]) if known else 1)
    inputs = list(generate(types, text, known, count=60 if all(types) or known else 200))
    job = {
        "entry": entry,
        "solutions": different,
        "suite": row["test"],
        "examples": examples(row["test"]),
        "tests": tests,
        "inputs": [f"{entry}({', '.join(one.arguments)})" for one in inputs],
    }
    places = {s: n for n, s in enumerate(different)}
    numbers = {t: n for n, t in enumerate(tests)}
    return Problem(
        entry, job, [places[s] for s in solutions], [[numbers[t] for t in g] for g in generations], inputs, []
    )


def execute(sandbox: Sandbox, problem: Problem) -> None:
    with tempfile.TemporaryDirectory(prefix="notec-selection-") as folder:
        ran = sandbox.run(
            _WORKER.read_text(encoding="utf-8"),
            Path(folder),
            _LIMITS,
            stdin=json.dumps(problem.job).encode(),
        )
    if not ran.passed:
        print(f"{problem.entry} was not run to its end: {ran.killed or ran.stderr[-500:]}", file=sys.stderr)
    problem.said = [None] * len(problem.job["solutions"])
    for line in ran.stdout.splitlines():
        if line.endswith("}"):
            one = json.loads(line)
            problem.said[one["solution"]] = one["said"]


def right_share(problem: Problem, solutions: Sequence[int], groups: Sequence[Group]) -> float:
    """Of the members of the first group: any of them may be taken."""
    if not groups:
        return 0.0
    members = [solutions[m] for m in groups[0].members]
    return sum(map(problem.right, members)) / len(members)


def by_agreement(
    problem: Problem, chance: random.Random, solutions: int, generations: int, count: int
) -> float:
    drawn = chance.sample(range(len(problem.which)), solutions)
    tests = chance.sample(range(len(problem.generations)), generations)
    chosen = _examples(problem, chance, count)
    passed = [bool(chosen) and all(problem.passed(s, chosen)) for s in drawn]
    return right_share(problem, drawn, pick(problem.seen(drawn, tests), passed))


def adaptively(problem: Problem, chance: random.Random, cap: int, count: int) -> tuple[float, int]:
    order = chance.sample(range(len(problem.which)), cap)
    chosen = _examples(problem, chance, count)

    def judge(solution: int) -> Verdict:
        passed = problem.passed(solution, chosen)
        return Verdict(all(passed), "", sum(passed) / len(passed))

    if chosen:
        choice = choose(lambda n: order[n], judge, cap=cap)
    else:
        choice = choose_by_agreement(lambda n: order[n], lambda some: problem.seen(some, ()), cap=cap)
    taken = choice.candidate
    return (float(problem.right(taken)) if taken is not None else 0.0), choice.drawn


def _examples(problem: Problem, chance: random.Random, count: int) -> list[int]:
    there = range(len(problem.job["examples"]))
    return chance.sample(there, min(count, len(there)))


def codet(problem: Problem, most_tests: int = 5) -> float:
    """The published rule: groups by the tests they pass, five tests of a generation."""
    tests = sorted({t for g in problem.generations for t in g[:most_tests]})
    passes = [tuple(t for t in tests if problem.of(s)["tests"][t] == "1") for s in range(len(problem.which))]
    best = max(Counter(passes).items(), key=lambda kv: sqrt(kv[1]) * len(kv[0]))[0]
    members = [s for s, p in enumerate(passes) if p == best]
    return sum(map(problem.right, members)) / len(members)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--keep", type=Path, help="folder for what was run; taken from there when it is")
    parser.add_argument("--draws", type=int, default=20)
    options = parser.parse_args()
    found = find_sandbox()
    if found.sandbox is None:
        sys.exit(found.reason)
    sandbox = found.sandbox
    began = time.monotonic()
    with gzip.open(options.data, "rt", encoding="utf-8") as lines:
        problems = [prepare(json.loads(line)) for line in lines if line.strip()]
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)

    def run(numbered: tuple[int, Problem]) -> None:
        number, problem = numbered
        kept = options.keep / f"{number}-{problem.entry}.json" if options.keep else None
        if kept and kept.exists():
            problem.said = json.loads(kept.read_text(encoding="utf-8"))
            return
        start = time.monotonic()
        execute(sandbox, problem)
        if kept:
            kept.write_text(json.dumps(problem.said), encoding="utf-8")
        job, right = problem.job, sum(map(problem.right, range(len(problem.which))))
        counts = f"{len(job['solutions'])} solutions, {len(job['tests'])} tests, {len(job['inputs'])} inputs"
        print(f"{problem.entry}: {counts}, {right} right, {time.monotonic() - start:.1f} s", file=sys.stderr)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(run, enumerate(problems)))

    def mean(values: Sequence[float]) -> float:
        return round(sum(values) / len(values), 4)

    def draws(problem: Problem) -> list[random.Random]:
        return [random.Random(f"{problem.entry} {k}") for k in range(options.draws)]

    every = [(p, list(range(len(p.which)))) for p in problems]
    adaptive = [adaptively(p, chance, 10, 3) for p in problems for chance in draws(p)]
    figures = {
        "random": mean([float(p.right(s)) for p, all_of in every for s in all_of]),
        "agreement_100_100": mean(
            [
                right_share(p, all_of, pick(p.seen(all_of, range(len(p.generations))), [False] * len(all_of)))
                for p, all_of in every
            ]
        ),
        "agreement_5_3_ex2": mean([by_agreement(p, c, 5, 3, 2) for p in problems for c in draws(p)]),
        "agreement_10_5_ex3": mean([by_agreement(p, c, 10, 5, 3) for p in problems for c in draws(p)]),
        "adaptive_cap10_ex3": mean([a for a, _ in adaptive]),
        "adaptive_mean_samples": mean([float(n) for _, n in adaptive]),
        "codet_100_100": mean([codet(p) for p in problems]),
        "problems": len(problems),
        "sandbox": sandbox.kind,
        "seconds": round(time.monotonic() - began),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
