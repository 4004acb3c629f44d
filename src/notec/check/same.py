"""Are two values told of one thing, under one condition, at one time? Silent where that is not plain.

Two statements speak of one thing when something binds them (one note, one name, the name of the note that the
other stands in, a rare word) and nothing sets them apart: every noun among the own words of one must stand in
the other, in its statement or in what its note and headings are about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from notec.check.lexicon import IMPLIED, concepts, is_paper
from notec.check.said import Said
from notec.check.verbs import is_verb
from notec.facts.inflection import related, same_name

_ANY_DUTY = frozenset(
    ("each", "first", "second", "third", "max", "min", "avg", "total", "main", "new", "full")
)
_ANY_DAY = frozenset(("plan", "each"))
_ANY_VALUE = frozenset(("each",))
_DEEDS = frozenset(("=use", "=start", "=end", "=run"))  # what is done with many things
_ENDS = (
    frozenset(
        ("=start", "=opened", "=birthday", "arriv", "bought", "buy", "прибыва", "прибыт", "куп", "куплен")
    ),
    frozenset(
        ("=end", "=closed", "depart", "leav", "sold", "sell", "die", "died", "прода", "умер")
    ),
)  # fmt: skip
"""Words of which one tells of another moment or deed than the other, where both may be left out."""
RARE = 3  # notes that tell values under a word: no more, and the word alone names one thing


def has(word: str, words: Collection[str]) -> bool:
    if word in words:
        return True
    if len(word) < 4 or word[0] == "=":
        return False
    begin = word[:3]
    kin = [w for w in words if w.startswith(begin)]
    return any(related(w, word) or same_name(w, word) for w in kin)


def _missing(some: Iterable[str], words: Collection[str]) -> bool:
    """Whether one of some words is missing among others."""
    return any(not has(word, words) for word in some)


def _named(name: str, said: Said) -> bool:
    """Whether a name stands in a statement, or in what its note and headings are about."""
    there = (*said.names, *said.about, *said.terms, *said.label, *said.rest)
    meant = concepts(name)
    if name in there or (meant and all(c in there for c in meant)):
        return True
    return any(same_name(name, other) for other in there if other[:1] == name[:1])


def speaks_of(a: Said, b: Said) -> bool:
    """Whether the sentence `a` names the note of `b`."""
    there = (*a.terms, *a.label, *a.rest, *a.heads)
    for title in b.titles:
        if _missing(title, there):
            continue
        if len(title) == 1 and any(title[0] in name and len(name) > 1 for name in a.titles):
            continue  # "Archive disk" is a disk of its own, not the one of the note "Disk"
        return True
    return False


def _linked(a: Said, b: Said) -> bool:
    """Whether the note of one links to the note of the other."""
    return any(x in b.titles for x in a.links) or any(x in a.titles for x in b.links)


def _same_title(a: Said, b: Said) -> bool:
    """Whether two notes are named alike, or the longer name of one holds the name of the other."""
    if any(len(x) > 1 and x in b.titles for x in a.titles):
        return True
    mine, theirs = _numbers(a), _numbers(b)
    if mine and theirs and mine != theirs:
        return False
    for x in map(set, a.titles):
        for y in map(set, b.titles):
            if x == y or (min(len(x), len(y)) > 1 and (x <= y or y <= x)):
                return True
    return False


def _twins(a: Said, b: Said) -> bool:
    """Whether the notes are named as two of a kind: "Router A" and "Router B", "Server" and "Old server"."""
    shared = {word for x in a.titles for y in b.titles for word in {*x} & {*y}}
    if all(is_paper(w) and not w.isdigit() for w in shared) or _same_title(a, b):
        return False
    return not (_on(a, b) or _on(b, a))


def _on(a: Said, b: Said) -> bool:
    """Whether one note is a paper on what the other is about: "Remarks on the portal"."""
    for x in a.titles:
        kept = {w for w in x if w.isdigit() or not is_paper(w)}
        if kept and len(kept) < len(x) and any(kept <= {*y} for y in b.titles):
            return True
    return False


def held(said: Said) -> set[str]:
    """The conditions under which a value holds, without those that set none of its kind apart."""
    free = _ANY_DUTY if said.kind == "modal" else _ANY_DAY if said.kind == "date" else _ANY_VALUE
    return set(said.marks) - free


def is_parted(a: Said, b: Said) -> bool:
    """Whether a rule sets two values apart: two conditions, two days, start and end, two of a series."""
    mine, theirs = held(a), held(b)
    if mine - theirs and theirs - mine:
        return True
    if a.when and b.when and any(not any(agree(dict(x), dict(y)) for y in b.when) for x in a.when):
        return True
    if a.kind == "name" and (all(_named(n, b) for n in a.near) or all(_named(n, a) for n in b.near)):
        return True
    return _opposed(a, b) or _is_next(a, b) or (a.kind == "date" and _of_two_years(a, b))


def _is_next(a: Said, b: Said) -> bool:
    """Whether the notes are named as two of a series that has a name: "Film one" and "Film two"."""
    if a.titles == b.titles:
        return False
    for x in map(set, a.titles):
        for y in map(set, b.titles):
            if x != y and all(w.isdigit() and len(w) < 4 for w in x ^ y) and not all(map(is_paper, x & y)):
                return True
    return False


def _of_two_years(a: Said, b: Said) -> bool:
    """Whether other words of two statements tell of two years: "The trip 2024 begins on 18 May"."""
    mine, theirs = ({s for s in said.signs if len(s) == 4 and s.isdigit()} for said in (a, b))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _in_series(a: Said, b: Said) -> bool:
    """Whether the notes differ by a number alone: "Film one" and "Film two"."""
    for x in map(set, a.titles):
        for y in map(set, b.titles):
            if x != y and x & y and all(map(str.isdigit, x ^ y)):
                return True
    return False


def same_thing(a: Said, b: Said, *, beside: bool = False, notes: Callable[[Sequence[str]], int]) -> bool:
    """Whether both values are told of one thing.

    Args:
        beside: both stand in one note.
        notes: in how many notes all of some words stand beside a value.
    """
    if a.around:
        alike = not beside and notes(()) <= RARE and _one_text(a, b)
        return alike and not tells_too(a, b) and not tells_too(b, a)
    if a.unsure or b.unsure:
        return False
    if (differ := held(a) ^ held(b)) and not _exceeds(a, b, differ):
        return False
    if is_parted(a, b) or _in_series(a, b) or bool(a.when) != bool(b.when):
        return False
    if _is_strange(a, b) or _is_strange(b, a):
        return False
    if a.what == "count" and not set(a.near) & set(b.near):
        return False
    mine, theirs = speaks_of(a, b), speaks_of(b, a)
    if alone_in(a, b, named=theirs) or alone_in(b, a, named=mine):
        return False
    if under_alone(a, b) or under_alone(b, a) or labels_apart(a, b):
        return False
    common = [word for word in a.terms if has(word, b.terms)]
    if not common and (mine or theirs) and a.kind in ("quantity", "date"):
        known = implied(a)  # "The flat, 43 m²", "Area: 45 m²"
        common = [word for word in (*a.terms, *b.terms) if word in known]
    if not common or tells_too(a, b) or tells_too(b, a):
        return False
    if a.kind == "modal" and len(common) < 2 and not (mine or theirs):
        return False
    if beside:
        return not (a.row and b.row) and _one_deed(a, b) and one_place(a, b, common)
    if mine or theirs or _same_title(a, b):
        return True
    if a.row or b.row or a.deictic or b.deictic or _twins(a, b):
        return False  # a cell is about what its table is about, "it" is about the note
    return _one_name(a, b) or _linked(a, b) or _alone(a, b, common, notes)


def _is_strange(a: Said, b: Said) -> bool:
    """Whether `a` is told of a name with signs that `b` does not know."""
    return any(_foreign(name, b) for name in a.names)


def alone_in(a: Said, b: Said, *, named: bool) -> bool:
    """Whether `b` lacks a word of `a` that may set its thing apart; `named`: it names the note of `a`."""
    return _apart(a, b, (*_all(b), *_own_title(a, named)))


def under_alone(a: Said, b: Said) -> bool:
    """Whether a word behind the value of `a` that limits it is missing in `b`."""
    return _missing(set(a.under).difference(implied(a)), _all(b))


def labels_apart(a: Said, b: Said) -> bool:
    """Whether both have labels of which neither knows the other's."""
    return bool(a.label and b.label) and _missing(a.label, _all(b)) and _missing(b.label, _all(a))


def _exceeds(a: Said, b: Said, differ: Collection[str]) -> bool:
    """Whether a plain value lies beyond what the other sets as its bound."""
    if a.kind != "quantity" or differ not in ({"max"}, {"min"}):
        return False
    (side,) = differ
    bound, plain = (a, b) if side in a.marks else (b, a)
    return plain.low > bound.high if side == "max" else plain.high < bound.low


def _opposed(a: Said, b: Said) -> bool:
    """Whether one tells of a beginning, the other of an end."""
    first, last = _ENDS
    ends = [(not first.isdisjoint(s.terms), not last.isdisjoint(s.terms)) for s in (a, b)]
    return sorted(ends) == [(False, True), (True, False)]


def tells_too(a: Said, b: Said) -> bool:
    """Whether the statement of `b` tells the value of `a` as well."""
    if a.kind in ("modal", "date"):
        told = a.what if a.kind == "modal" else str(a.fields)
        return any(kind == told for kind, *_ in b.values)
    return a.kind == "quantity" and any(
        unit.partition("/")[0] == a.unit.partition("/")[0] and low + (high - low) / 1e6 == a.number
        for unit, low, high in b.values
    )


def _one_text(a: Said, b: Said) -> bool:
    """Whether two notes with words in common speak of one thing: by their names, or by all names there."""
    named = bool(a.names) and set(a.names) == set(b.names)
    return _same_title(a, b) or (named and _numbers(a) == _numbers(b))


def _all(said: Said) -> tuple[str, ...]:
    return (*said.terms, *said.label, *said.rest, *said.about, *said.names)


def _foreign(name: str, said: Said) -> bool:
    """Whether a name with digits, of one letter or a Roman number ("A6000", "Camera B") is missing."""
    return (len(name) == 1 or name.isupper() or any(map(str.isdigit, name))) and not _named(name, said)


def _own_title(said: Said, named: bool) -> tuple[str, ...]:
    """Words of its own note's name, which the other need not have where it names the note itself."""
    return tuple(word for title in said.titles for word in title) if named else ()


def implied(said: Said) -> tuple[str, ...]:
    """What a value is of by its kind alone."""
    return IMPLIED.get(said.what if said.kind == "quantity" else said.kind, ())


def _apart(said: Said, other: Said, there: Collection[str]) -> bool:
    """Whether a word of a value, verbs aside, is missing elsewhere and so may set its thing apart."""
    known = implied(said)
    aimed = any(name in other.titles for name in said.aims)
    return any(
        word not in known
        and not has(word, there)
        and not (aimed and low[0] == "[")
        and not is_verb(low.lstrip("["))
        for word, low in said.strict
    )


def _one_name(a: Said, b: Said) -> bool:
    """Whether a name among the words of one stands in the other, or in the name of its note."""
    return (
        any(_called(n, b) for n in a.names)
        or any(_called(n, a) for n in b.names)
        or any(_named(n, b) for n in a.subjects if any(same_name(n, m) for m in b.subjects))
    )


def _called(name: str, said: Said) -> bool:
    return any(has(word, concepts(name) or (name,)) for title in said.titles for word in title)


def _one_deed(a: Said, b: Said) -> bool:
    """Whether no verb that tells what is measured ("is kept for") stands in one alone."""
    return a.kind != "quantity" or all(
        word in _all(other)
        for said, other in ((a, b), (b, a))
        for word, low in said.strict
        if word[0] == "=" and word not in implied(a) and is_verb(low)
    )


def one_place(a: Said, b: Said, common: list[str]) -> bool:
    """Two statements of one note: under two headings they may be of two things."""
    if max(a.deictic, b.deictic) > (a.kind != "modal"):
        return False
    if a.stamp != b.stamp or a.heads == b.heads:
        return True
    return len(common) > 2 or (len(common) > 1 and a.terms != b.terms)


def _alone(a: Said, b: Said, common: list[str], notes: Callable[[Sequence[str]], int]) -> bool:
    """Whether the words of two statements alone tell that they are of one thing."""
    alike = _one_script(a, b)
    if not alike and a.folder != b.folder:
        return False
    telling = {*common}.difference(implied(a), _DEEDS)
    if a.marks:  # a condition ("in the morning") is no thing
        telling &= dict(a.strict).keys()
    if len(telling) < 2 and not (alike and (_is_plain(a) or _is_plain(b))):
        return False
    if a.kind == "quantity" and a.terms == b.terms and len(telling) < 3 and sisters(a, b):
        return False
    if notes(common) > (RARE if len(common) > 1 else 2) or strange_label(a, b):
        return False
    if _apart(a, b, (*b.terms, *b.label)) or _apart(b, a, (*a.terms, *a.label)):
        return False
    return not (a.terms == b.terms and (_numbers(a) or _numbers(b)))


def _one_script(a: Said, b: Said) -> bool:
    """Whether both are told in Latin or both in Cyrillic letters."""
    return len({low.isascii() for _, low in (*a.strict, *b.strict)}) == 1


def _is_plain(said: Said) -> bool:
    """Whether the note's name says only what kind of note it is: "Budget", "Meeting 12 March"."""
    return all(is_paper(word) for title in said.titles for word in title)


def strange_label(a: Said, b: Said) -> bool:
    """Whether a label of one says of what it tells, and the other knows nothing of it."""
    return _missing(a.label, _all(b)) or _missing(b.label, _all(a))


def sisters(a: Said, b: Said) -> bool:
    """Whether two notes of one folder are of two things that are told of alike: "Bread" and "Muffins"."""
    named = any({*x} & {*y} for x in a.titles for y in b.titles)
    return a.folder == b.folder and not (named or _is_plain(a) or _is_plain(b))


def _numbers(said: Said) -> set[str]:
    """What numbers the note in a series or is a model's name: "Sprint 12", "Qwen3-30B"."""
    least = 4 if _is_plain(said) else 1  # a year; a day is no number in a series
    return {
        word for title in said.titles for word in title if len(word) >= least and any(map(str.isdigit, word))
    }


def agree(a: dict[str, int], b: dict[str, int]) -> bool:
    shared = a.keys() & b.keys()
    return bool(shared) and all(a[k] == b[k] for k in shared)
