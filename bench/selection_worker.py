"""What `bench/selection.py` runs in the sandbox: every solution of one problem on every test.

Reads a job from stdin and writes one JSON line per solution: whether it passes the whole suite, which of the
examples and of the tests it passes (a letter each), and what it answers to the call in each test and to each
input (a short digest; empty where it gives no answer). Each solution has a process of its own.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import select
import signal
import sys
import time
from functools import partial

CALL, EXAMPLE, SUITE = 0.1, 1.0, 3.0  # seconds of processor time
ALL = 20.0  # of wall clock, for one solution
MOST_TIMEOUTS = 3  # after as many, what is left counts as failed


class Late(BaseException):
    """The time is up; no `except Exception` of a solution stops it."""


def late(*_):
    raise Late


def timed(seconds, function):
    """(whether it came back, what it gave)."""
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds)
        try:
            return True, function()
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except Late:
        raise
    except BaseException:  # noqa: BLE001  whatever a solution raises is its answer
        return False, None


class Tests:
    """Compiled once for all solutions: the two sides of a comparison, or the whole condition."""

    def __init__(self, tests, inputs):
        trees = [ast.parse(source).body[0].test for source in tests]
        trees += [ast.parse(source, mode="eval").body for source in inputs]
        self.sides = [self._compiled(tree) for tree in trees]

    @staticmethod
    def _compiled(tree):
        sides = [tree]
        if isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq):
            sides = [tree.left, tree.comparators[0]]
        return [compile(ast.Expression(side), "<test>", "eval") for side in sides]

    def answer(self, index, space):
        sides = self.sides[index]
        value = eval(sides[0], space)
        digest = hashlib.blake2b(repr(value).encode(errors="replace")[:4096], digest_size=4).hexdigest()
        return bool(value == eval(sides[1], space) if len(sides) == 2 else value), digest


def judge(job, code, tests):
    """What one solution does."""
    name = job["entry"]
    examples, marks = ["0"] * len(job["examples"]), ["0"] * len(job["tests"])
    answers = [""] * len(tests.sides)
    suite, timeouts = False, 0
    space = {"__name__": "solution"}
    try:
        loaded, _ = timed(SUITE, lambda: exec(compile(code, "<solution>", "exec"), space))
        if loaded and name in space:
            for i, source in enumerate(job["examples"]):
                examples[i] = "1" if timed(EXAMPLE, partial(checked, source, space, name))[1] else "0"
            suite = timed(SUITE, partial(checked, job["suite"], space, name))[1] is True
    except Late:
        timeouts = 1
    for part in (range(len(marks)), range(len(marks), len(answers))):
        for i in part if name in space else ():
            try:
                came, said = timed(CALL, partial(tests.answer, i, space))
            except Late:
                timeouts += 1
                if timeouts >= MOST_TIMEOUTS:
                    break
                continue
            if came:
                answers[i] = said[1]
                if i < len(marks) and said[0]:
                    marks[i] = "1"
        timeouts = 0
    return {"suite": suite, "examples": "".join(examples), "tests": "".join(marks), "answers": answers}


def checked(source, space, name):
    """Whether `check(candidate)` of a suite goes through."""
    own = dict(space)
    exec(compile(source, "<suite>", "exec"), own)
    own["check"](space[name])
    return True


def main():
    job = json.loads(sys.stdin.read())
    signal.signal(signal.SIGVTALRM, late)
    tests = Tests(job["tests"], job["inputs"])
    out = sys.stdout
    for number, code in enumerate(job["solutions"]):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            nothing = os.open("/dev/null", os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(nothing, fd)
            with os.fdopen(writing, "w") as pipe:
                json.dump(judge(job, code, tests), pipe)
            os._exit(0)
        os.close(writing)
        parts, until = [], time.monotonic() + ALL
        while (wait := until - time.monotonic()) > 0 and select.select([reading], [], [], wait)[0]:
            if not (part := os.read(reading, 1 << 16)):
                break
            parts.append(part)
        os.close(reading)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        try:
            said = json.loads(b"".join(parts))
        except ValueError:
            said = None
        print(json.dumps({"solution": number, "said": said}), file=out, flush=True)


main()
