"""Judges in two other processes what many notes told the topics apart, while this one does all else."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from operator import itemgetter
from typing import Any

from notec.check.checker import Halves, Key, by_key, judged, judges_of, unpacked
from notec.check.rule import Entry, Rule
from notec.core import Diagnostic
from notec.index.pool import spawning

_AT_ONCE = 100  # notes that are sent together

Found = list[tuple[Key, list[Diagnostic]]]


class Judge:
    """A process that is told what notes told, and then finds what is wrong with it; `close` it."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        wanted = [rule for rule in rules if rule.topic and rule.topic.apart]
        self.process = context.Process(target=_work, args=(theirs, wanted), daemon=True)
        with spawning():
            self.process.start()
        theirs.close()
        self._waiting: list[tuple[str, bytes]] = []
        self._is_lost = False

    def give(self, path: str, apart: bytes) -> None:
        """What a note told, packed."""
        if apart:
            self._waiting.append((path, apart))
        if len(self._waiting) >= _AT_ONCE:
            self._send()

    def judge(self) -> None:
        """All was given; let it begin."""
        if self._waiting:
            self._send()
        self._send()

    def _send(self) -> None:
        try:
            if not self._is_lost:
                self._pipe.send(self._waiting)
        except OSError:
            self._is_lost = True
        self._waiting = []

    def found(self) -> Found | None:
        """What `judge_all` found; None where the process was lost."""
        if self._is_lost:
            return None
        try:
            found: Found = self._pipe.recv()
        except (EOFError, OSError):  # killed for memory: the caller does its work
            return None
        return found

    def close(self) -> None:
        self._pipe.close()
        self.process.terminate()
        self.process.join()


class Judges:
    """Two processes, each of which judges one half of the topics apart; `close` them."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.each = Judge(rules), Judge(rules)

    def give(self, path: str, apart: Halves) -> None:
        """What a note told, packed."""
        for judge, half in zip(self.each, apart, strict=True):
            judge.give(path, half)

    def judge(self) -> None:
        """All was given; let them begin."""
        for judge in self.each:
            judge.judge()

    def found(self) -> Found | None:
        """What both found; None where one of them was lost."""
        found = [judge.found() for judge in self.each]
        return None if None in found else [one for some in found if some for one in some]

    def close(self) -> None:
        for judge in self.each:
            judge.close()


def judge_all(notes: Iterable[tuple[str, bytes]], rules: Sequence[Rule]) -> Found:
    """What is wrong with what notes told the topics apart, in the order in which keys were first told."""
    told: dict[Key, list[tuple[str, list[Entry]]]] = {}
    for path, apart in notes:
        for key, entries in by_key(unpacked(apart)).items():
            told.setdefault(key, []).append((path, entries))
    topics, judges = {rule.topic.name: rule.topic for rule in rules if rule.topic}, judges_of(rules)
    out: Found = []
    for key, own in told.items():
        entries = [entry for _, some in sorted(own, key=itemgetter(0)) for entry in some]
        if found := judged(topics[key[0]], judges.get(key[0], ()), key[1], entries):
            out.append((key, found))
    return out


def _work(pipe: Connection[Any, Any], rules: Sequence[Rule]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    gc.disable()  # what comes stays until the end
    try:
        pipe.send(judge_all(_given(pipe), rules))
    except (EOFError, OSError):
        return  # nobody waits for it any more


def _given(pipe: Connection[Any, Any]) -> Iterator[tuple[str, bytes]]:
    while notes := pipe.recv():
        yield from notes
