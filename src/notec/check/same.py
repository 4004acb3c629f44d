"""Are two values told of one thing, under one condition, at one time? Silent where that is not plain.

Two statements speak of one thing when they share its name, or one names the note that the other stands in, or
their words all but agree; and nothing that one says sets its thing apart from the other's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import SequenceMatcher

from notec.check.said import Said
from notec.facts.inflection import related, same_name

_LEAST = 0.5  # share of the words of the shorter statement that the other one must have
_ANY_DUTY = frozenset(
    ("each", "first", "second", "third", "max", "min", "avg", "total", "main", "new", "full")
)
_WHOLE = 0.78  # the same where the subject is told by words alone


def _has(word: str, words: Collection[str]) -> bool:
    if word in words:
        return True
    return len(word) > 4 and word[0] != "=" and any(w[:3] == word[:3] and related(w, word) for w in words)


def _part(some: Iterable[str], words: Collection[str]) -> float:
    chosen = list(some)
    return sum(_has(word, words) for word in chosen) / len(chosen) if chosen else 0.0


def _named(name: str, said: Said) -> bool:
    """Whether a name stands in a statement, or in what its note and headings are about."""
    there = (*said.names, *said.about, *said.terms)
    return name in there or any(same_name(name, other) for other in there if other[:1] == name[:1])


def _speaks_of(a: Said, b: Said) -> bool:
    """Whether the sentence `a` names the note of `b`, and `b` says what it says of its note."""
    there, own = (*a.terms, *a.names), (*b.terms, *b.names)
    for title in b.titles:
        if not all(_has(word, there) for word in title):
            continue
        if len(title) == 1 and any(title[0] in name and len(name) > 1 for name in a.titles):
            continue  # "Archive disk" is a disk of its own, not the one of the note "Disk"
        if any(_has(word, own) for word in title) or all(_named(name, a) for name in b.names):
            return True  # else another thing is named, as in a list of things
    return False


def _same_title(a: Said, b: Said) -> bool:
    """Whether two notes are named alike, or the longer name of one holds the name of the other."""
    for x in map(set, a.titles):
        for y in map(set, b.titles):
            if x == y or (min(len(x), len(y)) > 1 and (x <= y or y <= x)):
                return True
    return False


def _set_apart(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    """Whether two sentences are the same but for one or two words that stand in one place of both."""
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    swapped = [op for op in matcher.get_opcodes() if op[0] == "replace"]
    if len(swapped) != 1 or matcher.ratio() < 0.5:
        return False
    _, a1, a2, b1, b2 = swapped[0]
    known = any(_has(word, b) for word in a[a1:a2]) or any(_has(word, a) for word in b[b1:b2])
    return a2 - a1 <= 2 and b2 - b1 <= 2 and not known


def same_thing(a: Said, b: Said, *, beside: bool = False) -> bool:
    """Whether both values are told of one thing.

    Args:
        beside: both stand in one note, where a like sentence more often speaks of the next thing.
    """
    free = _ANY_DUTY if a.kind == "modal" else frozenset[str]()
    if set(a.marks) - free != set(b.marks) - free:
        return False
    if any(not any(_agree(dict(x), dict(y)) for y in b.when) for x in a.when) or bool(a.when) != bool(b.when):
        return False
    foreign = [n for n in a.names if not _named(n, b)], [n for n in b.names if not _named(n, a)]
    if all(foreign) or any(ch.isdigit() for names in foreign for name in names for ch in name):
        return False
    if beside and (a.row or b.row):
        return False
    if a.kind == "modal":
        return _one_duty(a, b)
    if a.kind == "name":
        return _one_role(a, b)
    near = [word for word in a.near if _has(word, b.near) or _has(word, b.terms)]
    near += [word for word in b.near if _has(word, a.terms)]
    if (a.near and b.near and not near) or (a.what == "count" and not set(a.near) & set(b.near)):
        return False
    if not _one_subject(a, b, near, beside):
        return False
    there, here = (*b.terms, *b.about, *b.names), (*a.terms, *a.about, *a.names)
    mine, theirs = _part(a.terms, there), _part(b.terms, here)
    if not all(_has(word, there) for word in a.under) or not all(_has(word, here) for word in b.under):
        return False
    if _set_apart(a.terms, b.terms):
        return False
    return max(mine, theirs) >= _LEAST and min(mine, theirs) >= 0.34


def _one_duty(a: Said, b: Said) -> bool:
    """Whether two statements oblige to, or allow, one act: nearly all words of both must be shared."""
    mine, theirs = _part(a.terms, (*b.terms, *b.about)), _part(b.terms, (*a.terms, *a.about))
    common = {word for word in a.terms if _has(word, b.terms)}
    subject = _speaks_of(a, b) or _speaks_of(b, a) or _same_title(a, b)
    least = 2 if subject or min(len(set(a.terms)), len(set(b.terms))) < 4 else 3
    if len(common) < least or min(mine, theirs) < 0.65 or mine + theirs < 1.5:
        return False
    if a.loose or b.loose:  # "can" tells what is possible, too: only the very act is a clash
        return min(mine, theirs) > 0.9 and {a.what, b.what} == {"may", "must-not"} and not _twins(a, b)
    return min(mine, theirs) > 0.9 or not _twins(a, b)


def _one_role(a: Said, b: Said) -> bool:
    """Whether two statements name who holds one role of one thing."""
    if any(_named(n, b) for n in a.near) or any(_named(n, a) for n in b.near):
        return False
    mine, theirs = _part(a.terms, (*b.terms, *b.about)), _part(b.terms, (*a.terms, *a.about))
    return min(mine, theirs) >= 0.65 and _one_subject(a, b, (), beside=False)


def _one_subject(a: Said, b: Said, near: Collection[str], beside: bool) -> bool:
    if beside:
        if a.kind == "version" or set(a.names) != set(b.names):
            return False
        return min(_part(a.terms, b.terms), _part(b.terms, a.terms)) >= _WHOLE and len(a.terms) > 1
    if _speaks_of(a, b) or _speaks_of(b, a):
        return True
    shared = [n for n in a.names if n in b.names or any(same_name(n, m) for m in b.names)]
    if shared:
        return True
    if _same_title(a, b):
        return True
    common = {word for word in a.terms if _has(word, b.terms)}
    if len(common) < 2 or (len(common) < 3 and not common - set(near)):
        return False
    if a.terms == b.terms and (len(common) < 3 or a.folder or _numbered(a) or _numbered(b)):
        return False  # the words of one form, filled in for two things
    if a.kind == "version" and len(common - set(a.names)) < 2:
        return False
    both = min(_part(a.terms, b.terms), _part(b.terms, a.terms))
    return both >= (0.5 if len(common) > 2 else _WHOLE) and not _twins(a, b)


def _twins(a: Said, b: Said) -> bool:
    """Whether the notes are named as two of a kind: "Router A" and "Router B", "Server" and "Old server"."""
    return any(set(x) & set(y) for x in a.titles for y in b.titles) and not _same_title(a, b)


def _numbered(said: Said) -> bool:
    """Whether the note is named as one of a series or by a model's name: "Sprint 12", "Qwen3-30B"."""
    return any(char.isdigit() for title in said.titles for word in title for char in word)


def _agree(a: dict[str, int], b: dict[str, int]) -> bool:
    shared = a.keys() & b.keys()
    return bool(shared) and all(a[k] == b[k] for k in shared)
