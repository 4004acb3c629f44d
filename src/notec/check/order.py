"""How words of two statements stand together: which word a strange one is tied to, what they are about."""

from __future__ import annotations

from notec.check.said import Said
from notec.check.same import implied
from notec.check.seen import Seen, begun, part, total

_MOST = 2.0  # strange words that count
_LONGEST = 24  # words of a statement whose order is compared


def ties(a: Said, b: Said, x: Seen, y: Seen) -> dict[str, float]:
    """Strange words by what they are tied to, neighbours in common, words in one order.

    The "kids" of "kids bike" makes it another bike, the "children" of "takes a day with children" may not.
    """
    out: dict[str, float] = {}
    mine, theirs = _strange(a, x, y), _strange(b, y, x)
    tied, apart = (
        sum(counts[at] for counts in (mine, theirs) for at in some) for some in ((0, 1, 2, 3), (4,))
    )
    out["one strange, tied"] = float(tied == 1 and not apart)
    for name, one, other in zip(_TIES, mine, theirs, strict=True):
        least, most = sorted((one, other))
        out[f"{name}, least"], out[f"{name}, most"] = min(least, _MOST), min(most, _MOST)
    shared = len(x.pairs & y.pairs)
    out["pairs shared"] = float(min(shared, 4))
    out["pairs dice"] = 2 * shared / (len(x.pairs) + len(y.pairs) + 0.5)
    out["in order"] = 2 * _in_order(x, y)
    left, right = _before(a, x), _before(b, y)
    out["one before"] = float(bool(left) and left == right)
    out["before met"] = float(bool(left) and left in y.all) + float(bool(right) and right in x.all)
    after, behind = _behind(a, x), _behind(b, y)
    out["one behind"] = float(bool(after) and after == behind)
    return out


_TIES = (
    "strange before", "strange behind", "strange of", "strange for", "strange apart", "strange capital",
    "strange of the note", "strange known",
)  # fmt: skip


def _strange(said: Said, mine: Seen, theirs: Seen) -> tuple[float, ...]:
    """How many own words the other lacks, by their place beside a word that it has; see `_TIES`."""
    chain = mine.order
    before = behind = of = aim = apart = capital = noted = known = 0
    for i, (word, tie, upper) in enumerate(chain):
        if word not in mine.own or word in theirs.every or word in mine.deeds:
            continue
        last = chain[i - 1][0] if i and tie != "/" else ""
        if i + 1 < len(chain) and chain[i + 1][1] == "-" and chain[i + 1][0] in theirs.every:
            before += 1
        elif last in theirs.every:
            behind += tie == "-"
            of += tie == "+"
            aim += tie == ">" and i < said.at
        else:
            apart += 1
        capital += upper and i > 0
        noted += word in mine.titled
        known += word[0] == "="
    return before, behind, of, aim, apart, capital, noted, known


def _in_order(x: Seen, y: Seen) -> float:
    """How much of two statements is the longest sequence of words that both have, up to 0.5."""
    some, others = ([word for word, _, _ in side.order[:_LONGEST]] for side in (x, y))
    last = [0] * (len(others) + 1)
    for word in some if not set(some).isdisjoint(others) else ():
        row = [0]
        for j, other in enumerate(others):
            row.append(last[j] + 1 if word == other else max(last[j + 1], row[-1]))
        last = row
    return last[-1] / (len(some) + len(others) + 0.5)


def _before(said: Said, its: Seen) -> str:
    return its.order[said.at - 1][0] if said.at else ""


def _behind(said: Said, its: Seen) -> str:
    return its.order[said.at][0] if said.at < len(its.order) else ""


def subjects(a: Said, b: Said, x: Seen, y: Seen, *, beside: bool) -> dict[str, float]:
    """What both tell of their thing, apart from its name; and whether their notes are of one thing."""
    titles = x.titled | y.titled
    mine, theirs = x.own - titles, y.own - titles
    meant = begun((*implied(a), *implied(b)))
    alone = sorted((total(mine - meant - y.every), total(theirs - meant - x.every)))
    out = {
        "attribute dice": 2 * total(mine & theirs) / (total(mine) + total(theirs) + 0.1),
        "attribute shared": total(mine & theirs), "attribute alone, least": alone[0],
        "attribute alone, most": alone[1], "no attribute": float(not mine or not theirs),
    }  # fmt: skip
    if beside:
        out["attribute dice, beside"], out["attribute alone, beside"] = out["attribute dice"], alone[1]
        out["in order, beside"] = 2 * _in_order(x, y)
        return out
    shared = x.titled & y.titled
    how = "one" if x.titled == y.titled != frozenset() else "none"
    if shared and how == "none":
        how = "wider" if shared in (x.titled, y.titled) else "sister"
    told = [bool(x.titled) and x.titled <= y.spoken, bool(y.titled) and y.titled <= x.spoken]
    out["vague titles"] = float(not x.titled) + float(not y.titled)
    out[f"{how} title"] = out[f"{how} title, told {sum(told)}"] = 1.0
    named = f"{how} title" + (" told" if any(told) else "")
    out[f"attribute dice, {named}"], out[f"attribute alone, {named}"] = out["attribute dice"], alone[1]
    met, meets = x.own & y.every, y.own & x.every
    out[f"own met, {named}"] = min(total(met) / (total(x.own) + 0.1), total(meets) / (total(y.own) + 0.1))
    out["title told"] = max(part(x.titled, y.spoken), part(y.titled, x.spoken))
    return out
