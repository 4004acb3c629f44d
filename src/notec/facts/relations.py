"""Words around a number that say how it bounds the thing: at least, up to, about."""

from __future__ import annotations

from functools import cache

from notec.facts.values import Relation

_BEFORE = {
    Relation.AT_LEAST: (
        "не менее|не меньше|не меньше чем|не менее чем|минимум|как минимум|по меньшей мере|по крайней мере"
        "|хотя бы|не ниже|не короче|не раньше|не реже|не медленнее|no slower than|начиная с|от|самое"
        " меньшее|минимально"
        "|at least|no less than|not less than|no fewer than|not fewer than|minimum|minimum of|a minimum of"
        "|min|starting at|starting from|not below|no lower than|≥|>="
    ),
    Relation.MORE: (
        "более|больше|более чем|больше чем|свыше|выше|превышает|превышают|превысил|превысила|превысило"
        "|превысили|превышающий|дольше|дольше чем|старше|дороже|сверх|с лишним|от более"
        "|more than|over|above|greater than|exceeding|exceeds|exceed|exceeded|beyond|upwards of|in excess of"
        "|longer than|higher than|larger than|bigger than|older than|>"
    ),
    Relation.AT_MOST: (
        "не более|не больше|не более чем|не больше чем|максимум|как максимум|до|вплоть до|не выше|не свыше"
        "|не превышает|не превышают|не превышать|не превысит|не должен превышать|не должна превышать"
        "|не должно превышать|в пределах|не дольше|не длиннее|не позже|не позднее|не чаще|не быстрее"
        "|не дороже|no faster than|самое большее|максимально"
        "|at most|no more than|not more than|up to|as much as|as many as|maximum|maximum of|a maximum of|max"
        "|within|not exceed|not exceeding|does not exceed|do not exceed|must not exceed|not over|not above"
        "|no longer than|no higher than|≤|<="
    ),
    Relation.LESS: (
        "менее|меньше|менее чем|меньше чем|ниже|короче|моложе|дешевле|не дотягивает до|не достигает"
        "|less than|fewer than|under|below|lower than|shorter than|smaller than|younger than|cheaper than|<"
    ),
    Relation.ABOUT: (
        "около|примерно|приблизительно|порядка|почти|где то|приблизительно в|~|≈|≃|ориентировочно|в районе"
        "|about|around|approximately|roughly|nearly|almost|some|circa|approx|close to|in the region of"
    ),
}
_AFTER = {
    Relation.AT_LEAST: (
        "и более|или более|и больше|или больше|и выше|или выше|or more|and more|or above|and up|or higher|+"
    ),
    Relation.AT_MOST: (
        "и менее|или менее|и меньше|или меньше|и ниже|или ниже|or less|or fewer|or below|or lower|max"
    ),
    Relation.MORE: "с лишним|с хвостиком",
}
_LONGEST = 4


@cache
def _phrases(after: bool) -> dict[tuple[str, ...], Relation]:
    table = _AFTER if after else _BEFORE
    return {tuple(phrase.split()): kind for kind, line in table.items() for phrase in line.split("|")}


def relation_before(words: list[str]) -> tuple[Relation, int]:
    """The relation that the last of `words` (folded, commas left out) say, and how many words say it."""
    phrases = _phrases(False)
    for count in range(min(_LONGEST, len(words)), 0, -1):
        found = phrases.get(tuple(words[-count:]))
        if found:
            return found, count
    return Relation.EQUAL, 0


def relation_after(words: list[str]) -> tuple[Relation, int]:
    """The same for words that stand after a number and its unit."""
    phrases = _phrases(True)
    for count in range(min(2, len(words)), 0, -1):
        found = phrases.get(tuple(words[:count]))
        if found:
            return found, count
    return Relation.EQUAL, 0
