"""What a note tells further down than before is not judged again, unless something was found or lines met."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from notec.check.checker import Checker, sheet_of
from notec.check.names import NameTable
from notec.check.rule import Entry, Rule, Topic
from notec.core import Diagnostic, Severity
from notec.vault import Note, parse_markdown
from test_check_laws import Small


def share(note: Note) -> Iterator[tuple[str, Entry]]:
    """Each word of a note under its first letter."""
    for m in re.finditer(r"\w+", note.doc.text):
        yield m[0][0], Entry(note.path, note.doc.line(m.start()), m.start(), m.end(), (m[0],))


class Words:
    """A checker of one rule, which finds words of one letter that stand on one line."""

    def __init__(self) -> None:
        self.judged: list[str] = []
        topic = Topic("words", share, least=2, placeless=True)
        rule = Rule("twice", Severity.WARNING, "", "", "", "", topic=topic, judge=self.judge)
        self.checker, self.view = Checker([rule]), Small({}, NameTable())

    def judge(self, key: str, entries: Sequence[Entry]) -> Iterator[Diagnostic]:
        self.judged.append(key)
        for one, other in pairwise(entries):
            if (one.note, one.line) == (other.note, other.line):
                said = f"{one.said[0]} and {other.said[0]}"
                yield Diagnostic("twice", Severity.WARNING, said, one.note, one.line)

    def put(self, text: str) -> tuple[list[str], list[int]]:
        """What was judged now, and the lines of what is found."""
        self.judged.clear()
        self.checker.put("a.md", sheet_of(parse_markdown("a.md", text).value, self.checker.rules))
        self.checker.settle(self.view)
        return sorted(self.judged), [d.line for d in self.checker.diagnostics(self.view)]


def test_what_moved_is_not_judged_again() -> None:
    words = Words()
    assert words.put("ab\nac\n\nxy\nxz") == (["a", "x"], [])
    assert words.put("new\n\nab\nac\n\nxy\nxz") == ([], [])
    assert words.put("new\n\nab\nac\n\nxy\nxw") == (["x"], [])


def test_what_came_to_one_line_is_judged_again_and_so_is_what_has_a_finding() -> None:
    words = Words()
    words.put("ab\nac\n")
    assert words.put("ab ac\n") == (["a"], [1])
    assert words.put("\n\nab ac\n") == (["a"], [3])
    assert words.put("ab\nac\n") == (["a"], [])
