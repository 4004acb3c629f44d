"""How likely two values are told of one thing: a weighted sum of what binds them and what parts them.

`features` measures what two statements share and what stands in one alone: own words, words of the whole
statement, names, headings and titles, conditions, dates. The weights were learned from notes written for that
(`bench/fit_conflicts.py`); no weight was set by hand.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from notec.check.lexicon import ROLES, concepts, is_paper
from notec.check.said import Said, begin
from notec.check.same import agree, tells_too
from notec.check.verbs import is_verb

_KNOWN, _OTHER, _RARE = 0.55, 0.75, 1.0  # what a word weighs: of the list of concepts, any, one with digits
_KEPT = 4_000  # values whose words are kept as sets
LEAST = 2  # words and names that two statements must share to be looked at


class Seen(NamedTuple):
    """The words of one value as sets, each cut to how it and its kin begin.

    Args:
        own: about it. all: of its statement. over: of titles and headings. every: all of these and the names.
    """

    own: frozenset[str]
    all: frozenset[str]
    over: frozenset[str]
    every: frozenset[str]
    named: frozenset[str]
    titled: frozenset[str]


_seen: dict[int, tuple[Said, Seen]] = {}


def seen(said: Said) -> Seen:
    """The sets of one value, kept while it is compared with many."""
    kept = _seen.get(id(said))
    if kept and kept[0] is said:
        return kept[1]
    own = _begun((*said.terms, *said.label))
    all_ = own | _begun(said.rest)
    over = _begun((*said.about, *said.heads))
    named = _begun(said.names)
    titled = _begun(c for title in said.titles for c in title if not is_paper(c))
    made = Seen(own, all_, over, all_ | over | named, named, titled)
    if len(_seen) > _KEPT:
        _seen.clear()
    _seen[id(said)] = said, made
    return made


def may_be_one(a: Said, b: Said) -> bool:
    """Whether two statements share enough to be looked at."""
    x, y = seen(a), seen(b)
    shared = x.every & y.every
    return len(shared) >= LEAST and not (shared.isdisjoint(x.all) and shared.isdisjoint(y.all))


@lru_cache(maxsize=8192)
def _verbs(strict: tuple[tuple[str, str], ...]) -> frozenset[str]:
    return _begun(c for c, low in strict if is_verb(low.lstrip("[")))


def _begun(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(begin, words))


@lru_cache(maxsize=65_536)
def _weight(word: str) -> float:
    if word[0] == "=":
        return _KNOWN
    return _RARE if not word.isalpha() else _OTHER


def _sum(words: Collection[str]) -> float:
    return sum(map(_weight, words))


def _part(some: frozenset[str], others: frozenset[str]) -> float:
    """How much of some words others have, from 0 to 1."""
    return _sum(some & others) / _sum(some) if some else 0.0


def features(a: Said, b: Said, crowd: int, *, beside: bool) -> dict[str, float]:
    """What speaks for and against one thing; the same for both orders.

    Args:
        crowd: values under the key where they met.
        beside: both stand in one note.
    """
    x, y = seen(a), seen(b)
    deeds, others = _verbs(a.strict), _verbs(b.strict)
    out = {"bias": 1.0, "crowd": math.log(crowd), f"kind {a.kind if a.what != 'count' else 'count'}": 1.0}
    own, all_ = x.own & y.own, x.all & y.all
    out["own shared"], out["all shared"] = _sum(own), _sum(all_)
    out["own dice"] = 2 * _sum(own) / (_sum(x.own) + _sum(y.own) + 0.1)
    out["all dice"] = 2 * _sum(all_) / (_sum(x.all) + _sum(y.all) + 0.1)
    out["rarest own"] = max(map(_weight, own), default=0.0)
    met, meets = x.own & y.every, y.own & x.every
    parts = sorted((_sum(met) / (_sum(x.own) + 0.1), _sum(meets) / (_sum(y.own) + 0.1)))
    out["own met, least"], out["own met, most"] = parts
    left, right = x.own - met, y.own - meets
    alone = sorted((_sum(left - deeds), _sum(right - others)))
    out["own alone, least"], out["own alone, most"] = alone
    out["own alone, both"] = float(alone[0] > 0)
    out["deeds alone"] = _sum((left & deeds) | (right & others))
    out["all met, least"], out["all met, most"] = sorted((_part(x.all, y.every), _part(y.all, x.every)))
    out["deeds shared"] = float(len(deeds & others))
    near, close = _begun(a.near), _begun(b.near)
    if a.kind != "name":
        shared = bool(near & close)
        out["near"], out["near differs"] = float(shared), float(bool(near and close) and not shared)
        out["near met"] = float(bool(near & y.every)) + float(bool(close & x.every))
        out["near, own met"] = out["near"] * parts[0]
    where = {"one note": 1.0, "one heading": float(a.heads == b.heads)} if beside else _notes(a, b, x, y)
    measured = ", near" if out.get("near") else ""
    out |= {f"{name}{measured}": value for name, value in where.items()}
    out |= _conditions(a, b)
    out |= _names(a, b)
    out |= _value(a, b, x, y)
    for name in ("own dice", "all dice", "own alone, most"):
        out[f"{name}, {a.kind}"] = out[name]
    return out


def _notes(a: Said, b: Said, x: Seen, y: Seen) -> dict[str, float]:
    """How the notes of two values stand to one another."""
    out = {"one folder": float(a.folder == b.folder)}
    said, told = x.all | _begun(a.heads), y.all | _begun(b.heads)
    spoken = sorted(
        (max((_part(_begun(t), told) for t in a.titles), default=0.0),
         max((_part(_begun(t), said) for t in b.titles), default=0.0))
    )  # fmt: skip
    out["names the note, least"], out["names the note, most"] = spoken
    shared = x.titled & y.titled
    out["titles dice"] = 2 * _sum(shared) / (_sum(x.titled) + _sum(y.titled) + 0.1)
    out["titles shared"] = _sum(shared)
    out["linked"] = float(
        any(t in b.titles for t in (*a.links, *a.aims)) or any(t in a.titles for t in (*b.links, *b.aims))
    )
    out["titles apart"] = float(
        bool(shared) and bool((x.titled - shared) - y.all) and bool((y.titled - shared) - x.all)
    )
    numbers = [{w for w in s.titled if len(w) == 1 or (len(w) < 4 and not w.isalpha())} for s in (x, y)]
    out["numbers apart"] = float(bool(shared) and numbers[0] != numbers[1])
    out["over shared"] = _sum(x.over & y.all) + _sum(y.over & x.all)
    return out


def _conditions(a: Said, b: Said) -> dict[str, float]:
    days, dates = a.when, b.when
    apart = bool(days and dates) and not any(agree(dict(d), dict(e)) for d in days for e in dates)
    under = [w for one, other in ((a, b), (b, a)) for w in one.under if begin(w) not in seen(other).every]
    return {
        "conditions apart": float(len({*a.marks} ^ {*b.marks})),
        "conditions shared": float(len({*a.marks} & {*b.marks})),
        "dates apart": float(apart), "date in one": float(bool(days) != bool(dates)),
        "dates agree": float(bool(days and dates) and not apart),
        "limits alone": _sum(under), "pronouns": float(a.deictic > 0) + (b.deictic > 0),
        "pointed at": float(a.deictic > 1) + (b.deictic > 1),
        "rows": float(a.row and b.row), "row in one": float(a.row != b.row),
        "stamps differ": float(bool(a.stamp and b.stamp) and a.stamp != b.stamp),
        "stamp in one": float(bool(a.stamp) != bool(b.stamp)),
        "label alone": float(bool(a.label) and not _begun(a.label) & seen(b).every)
        + float(bool(b.label) and not _begun(b.label) & seen(a).every),
    }  # fmt: skip


def _names(a: Said, b: Said) -> dict[str, float]:
    x, y = seen(a), seen(b)
    strange = [n for n in a.names if not _is_in(n, y.every)], [n for n in b.names if not _is_in(n, x.every)]
    return {
        "names shared": float(len(x.named & y.named)),
        "names alone": float(len(strange[0]) + len(strange[1])),
        "names alone, both": float(bool(strange[0] and strange[1])),
        "signs alone": float(sum(not n.isalpha() or len(n) == 1 for n in (*strange[0], *strange[1]))),
    }


def _is_in(name: str, words: frozenset[str]) -> bool:
    if begin(name) in words:
        return True
    meant = concepts(name)
    return bool(meant) and words.issuperset(map(begin, meant))


def _value(a: Said, b: Said, x: Seen, y: Seen) -> dict[str, float]:
    """What the two values tell of themselves."""
    out: dict[str, float] = {"values": float(min(len(a.values), len(b.values)))}
    out["values, most"] = float(max(len(a.values), len(b.values)))
    out["told too"] = float(tells_too(a, b) or tells_too(b, a))
    if a.kind == "quantity":
        units = a.what != b.what or (a.unit != b.unit and a.number == b.number)
        out["unit"] = float(units)
        if not units and a.low > 0 < b.low and math.isfinite(a.low) and math.isfinite(b.low):
            out["ratio"] = min(abs(math.log(a.low / b.low)), 6.0)
        out["one unit"] = float(a.unit == b.unit)
        out["rate in one"] = float(bool(a.fields) != bool(b.fields))
        out["range"] = float(a.low != a.high or b.low != b.high)
        out |= {f"of {what}": 1.0 for what in {a.what, b.what} & {"currency", "ratio", "time"}}
    elif a.kind == "date":
        mine, theirs = dict(a.fields), dict(b.fields)
        both = mine.keys() & theirs.keys()
        out["fields"], out["fields differ"] = float(len(both)), float(sum(mine[k] != theirs[k] for k in both))
        out["fields alone"] = float(len(mine.keys() ^ theirs.keys()))
        out["year differs"] = float("year" in both and mine["year"] != theirs["year"])
        out["month agrees"] = float("month" in both and mine["month"] == theirs["month"])
    elif a.kind == "modal":
        out["may"] = float("may" in (a.what, b.what))
    elif a.kind == "name":
        out["told too"] = float(bool(_begun(a.near) & y.every) or bool(_begun(b.near) & x.every))
        out["name words"] = float(len(a.near) == len(b.near))
        out["full names"] = float(len(a.near) > 1 and len(b.near) > 1)
        out["scripts"] = float(a.near[0].isascii() != b.near[0].isascii())
        out["role"] = float(not ROLES.isdisjoint(x.all & y.all))
        out["own role"] = float(not ROLES.isdisjoint(x.own & y.own))
        out["role in both"] = float(bool({*a.fields} & {*b.fields}))
    return out


@cache
def _weights() -> Mapping[str, float]:
    lines = files("notec.check").joinpath("weights.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if line and line[0] != "#")
    return {name: float(weight) for name, weight in pairs}


Met = tuple[Said, Said, bool]  # two values, and whether both stand in one note


def compared(pairs: Sequence[Met], crowd: int) -> list[dict[str, float]]:
    """The features of all pairs that met under one key, with how many rivals each has.

    Args:
        crowd: values under the key.
    """
    rows = [features(a, b, crowd, beside=beside) for a, b, beside in pairs]
    strong = [r["own dice"] + r["all dice"] + r["own met, least"] + 0.3 * r.get("near", 0.0) for r in rows]
    of: dict[int, list[float]] = {}
    for (a, b, _), strength in zip(pairs, strong, strict=True):
        of.setdefault(id(a), []).append(strength)
        of.setdefault(id(b), []).append(strength)
    for (a, b, _), row, strength in zip(pairs, rows, strong, strict=True):
        beaten = sorted(min(sum(s > strength for s in of[id(x)]), 5) for x in (a, b))
        row["beaten, least"], row["beaten, most"] = map(float, beaten)
        rivals = [s for x in (a, b) for s in of[id(x)] if s != strength]
        row["lead"] = strength - max(rivals, default=0.0)
        row["rivals"] = math.log(max(len(of[id(a)]), len(of[id(b)])))
    return rows


def likenesses(pairs: Sequence[Met], crowd: int) -> list[float]:
    """From 0 to 1 for each pair: how likely both values are of one thing."""
    weights = _weights()
    sums = (sum(weights.get(n, 0.0) * v for n, v in row.items()) for row in compared(pairs, crowd))
    return [1 / (1 + math.exp(-max(-30.0, min(30.0, total)))) for total in sums]
