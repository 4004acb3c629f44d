"""What speaks for and against two values being of one thing, as numbers.

Each function measures one side of it: the words that both statements have and those that stand in one alone,
the notes they stand in, conditions, names, the values. `order.py` looks at how words stand together.
"""

from __future__ import annotations

import math

from notec.check.lexicon import concepts, roles
from notec.check.order import subjects, ties
from notec.check.said import Said, begin
from notec.check.same import agree, tells_too
from notec.check.seen import Seen, begun, part, seen, total, weight

_NEARNESS = ((0.0, 0.12, "close"), (0.12, 0.45, "off"), (0.45, 1.2, "far"), (1.2, math.inf, "very far"))


def features(a: Said, b: Said, crowd: int, *, beside: bool) -> dict[str, float]:
    """What speaks for and against one thing; the same for both orders.

    Args:
        crowd: values under the key where they met.
        beside: both stand in one note.
    """
    x, y = seen(a), seen(b)
    deeds, others = x.deeds, y.deeds
    out = {"bias": 1.0, "crowd": math.log(crowd), f"kind {a.kind if a.what != 'count' else 'count'}": 1.0}
    own, all_ = x.own & y.own, x.all & y.all
    out["own shared"], out["all shared"] = total(own), total(all_)
    out["own dice"] = 2 * total(own) / (total(x.own) + total(y.own) + 0.1)
    out["all dice"] = 2 * total(all_) / (total(x.all) + total(y.all) + 0.1)
    out["rarest own"] = max(map(weight, own), default=0.0)
    met, meets = x.own & y.every, y.own & x.every
    parts = sorted((total(met) / (total(x.own) + 0.1), total(meets) / (total(y.own) + 0.1)))
    out["own met, least"], out["own met, most"] = parts
    left, right = x.own - met, y.own - meets
    alone = sorted((total(left - deeds), total(right - others)))
    out["own alone, least"], out["own alone, most"] = alone
    out["own alone, both"] = float(alone[0] > 0)
    out["deeds alone"] = total((left & deeds) | (right & others))
    out["all met, least"], out["all met, most"] = sorted((part(x.all, y.every), part(y.all, x.every)))
    out["deeds shared"] = float(len(deeds & others))
    near, close = x.near, y.near
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
    out |= ties(a, b, x, y)
    out |= subjects(a, b, x, y, beside=beside)
    out |= _signs(a, b, x, y)
    for name in ("own dice", "all dice", "own alone, most", "in order", "pairs dice", "attribute dice"):
        out[f"{name}, {a.kind}"] = out[name]
    return out


def _notes(a: Said, b: Said, x: Seen, y: Seen) -> dict[str, float]:
    """How the notes of two values stand to one another."""
    out = {"one folder": float(a.folder == b.folder)}
    said, told = x.spoken, y.spoken
    spoken = sorted(
        (max((part(begun(t), told) for t in a.titles), default=0.0),
         max((part(begun(t), said) for t in b.titles), default=0.0))
    )  # fmt: skip
    out["names the note, least"], out["names the note, most"] = spoken
    shared = x.titled & y.titled
    out["titles dice"] = 2 * total(shared) / (total(x.titled) + total(y.titled) + 0.1)
    out["titles shared"] = total(shared)
    out["linked"] = float(
        any(t in b.titles for t in (*a.links, *a.aims)) or any(t in a.titles for t in (*b.links, *b.aims))
    )
    out["titles apart"] = float(
        bool(shared) and bool((x.titled - shared) - y.all) and bool((y.titled - shared) - x.all)
    )
    numbers = [{w for w in s.titled if len(w) == 1 or (len(w) < 4 and not w.isalpha())} for s in (x, y)]
    out["numbers apart"] = float(bool(shared) and numbers[0] != numbers[1])
    out["over shared"] = total(x.over & y.all) + total(y.over & x.all)
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
        "limits alone": total(under), "pronouns": float(a.deictic > 0) + (b.deictic > 0),
        "pointed at": float(a.deictic > 1) + (b.deictic > 1),
        "row of another": float(_is_of_another(a, b) or _is_of_another(b, a)),
        "rows": float(a.row and b.row), "row in one": float(a.row != b.row),
        "stamps differ": float(bool(a.stamp and b.stamp) and a.stamp != b.stamp),
        "stamp in one": float(bool(a.stamp) != bool(b.stamp)),
        "label alone": float(bool(a.label) and not begun(a.label) & seen(b).every)
        + float(bool(b.label) and not begun(b.label) & seen(a).every),
    }  # fmt: skip


def _is_of_another(row: Said, other: Said) -> bool:
    """Whether the first cell of a row names what the other does not know."""
    return row.row and bool(seen(row).order) and seen(row).order[0][0] not in seen(other).every


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
        out["dimension differs"] = float(a.what != b.what)
        if not units and a.low > 0 < b.low and math.isfinite(a.low) and math.isfinite(b.low):
            out["ratio"] = min(abs(math.log(a.low / b.low)), 6.0)
            out |= _closeness(a, b, out["ratio"])
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
        differ = [k for k in both if mine[k] != theirs[k]]
        if len(differ) == 1:
            (field,) = differ
            out[f"{field} alone differs"] = 1.0
            out["days near"] = float(abs(mine[field] - theirs[field]) <= (8 if field == "day" else 3))
        out["month agrees"] = float("month" in both and mine["month"] == theirs["month"])
    elif a.kind == "modal":
        out["may"] = float("may" in (a.what, b.what))
    elif a.kind == "name":
        out["told too"] = float(bool(x.near & y.every) or bool(y.near & x.every))
        out["name words"] = float(len(a.near) == len(b.near))
        out["full names"] = float(len(a.near) > 1 and len(b.near) > 1)
        out["scripts"] = float(a.near[0].isascii() != b.near[0].isascii())
        out["role"] = float(not roles().isdisjoint(x.all & y.all))
        out["own role"] = float(not roles().isdisjoint(x.own & y.own))
        out["role in both"] = float(bool({*a.fields} & {*b.fields}))
    return out


def _signs(a: Said, b: Said, x: Seen, y: Seen) -> dict[str, float]:
    """Years and numbers of models that may tell two things apart; whether both are told for certain."""
    mine, theirs = {*a.signs}, {*b.signs}
    left = {s for s in mine - theirs if begin(s.lower()) not in y.titled}
    right = {s for s in theirs - mine if begin(s.lower()) not in x.titled}
    years = [{s for s in some if len(s) == 4 and s.isdigit()} for some in (mine, theirs)]
    unsure = float(a.unsure) + float(b.unsure)
    return {
        "signs shared": float(min(len(mine & theirs), 2)), "signs apart": float(bool(left and right)),
        "sign in one": float(bool(left) != bool(right)),
        "years apart": float(bool(years[0] and years[1]) and years[0].isdisjoint(years[1])),
        "unsure": unsure, f"unsure, {a.kind}": unsure,
        "since in one": float(("since" in a.marks) != ("since" in b.marks)),
        "without in one": float(("without" in a.marks) != ("without" in b.marks)),
    }  # fmt: skip


def _closeness(a: Said, b: Said, ratio: float) -> dict[str, float]:
    """How near two numbers are, and how alike they look: a slip of the pen changes a digit or swaps two."""
    mine, theirs = f"{a.number:g}", f"{b.number:g}"
    long = len(mine) == len(theirs)
    out = {f"value {name}": 1.0 for least, most, name in _NEARNESS if least < ratio <= most}
    out["digits as many"] = float(long)
    out["digits swapped"] = float(mine != theirs and sorted(mine) == sorted(theirs))
    out["one digit differs"] = float(
        long and len(mine) > 1 and sum(m != t for m, t in zip(mine, theirs, strict=True)) == 1
    )
    return out
