"""What is run in the sandbox reaches nothing: each way out is tried, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from as_nobody import as_nobody
from attacks import ATTACKS, breaches, outside, world

from notec.core import NotecError
from notec.passes.sandbox import Kind, Limits, Sandbox, find_sandbox, read_back
from notec.passes.sandbox.launcher import reach
from notec.passes.sandbox.rules import interpreter

KINDS: tuple[Kind, ...] = ("bubblewrap", "landlock")


def proven(kind: Kind) -> Sandbox:
    found = find_sandbox(kind)
    if found.sandbox is None:
        pytest.skip(found.reason)
    return found.sandbox


@pytest.fixture(params=KINDS)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return proven(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


def all_breaches(sandbox: Sandbox, root: Path) -> dict[str, list[str]]:
    """By attack, the ways that worked."""
    found = {}
    with world(root) as around:
        for number, attack in enumerate(ATTACKS):
            folder = root / f"work{number}"
            folder.mkdir()
            if failed := breaches(attack, sandbox, around, folder):
                found[attack.name] = failed
            shutil.rmtree(folder, ignore_errors=True)
    return found


def as_ordinary(folder: Path, function: Callable[[], str]) -> str:
    """As `as_nobody`, where the interpreter may lie in a home that is closed to others."""
    if os.getuid() != 0:
        return function()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        reach(list(interpreter()))
        os.environ["HOME"] = str(folder)
        os.write(writing, as_nobody(folder, function).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def test_every_attack_is_contained(sandbox: Sandbox, tmp_path: Path) -> None:
    assert all_breaches(sandbox, tmp_path) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_attack_is_contained_for_an_ordinary_user(kind: Kind, tmp_path: Path) -> None:
    proven(kind)

    def run() -> str:
        found = find_sandbox(kind)
        if found.sandbox is None:
            return found.reason
        return json.dumps(all_breaches(found.sandbox, tmp_path))

    assert as_ordinary(tmp_path, run) == "{}"


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.harmless], ids=lambda a: a.name)
def test_the_attacks_succeed_without_a_sandbox(attack, tmp_path: Path, folder: Path) -> None:
    with world(tmp_path) as around:
        assert "BREACH" in outside(attack, around, folder)
