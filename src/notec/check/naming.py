"""Which notes a note speaks of: names in its prose, and how sure it is that a name should be a link.

A name is a title, an alias, or the label of a link that several notes use for one target. How sure it is that
a mention should be a link is learned from the vault itself: of the notes that have the name, how many made it
a link, and to which note (keyphraseness and commonness: Mihalcea and Csomai, "Wikify!", CIKM 2007). What the
vault says too little of is filled up by how the name is written.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, count, islice
from operator import or_
from typing import Any, NamedTuple

from notec.check.briefs import LONGEST, Brief
from notec.check.where import Where
from notec.core import Span
from notec.facts.words import FORM, stop_terms

_PRIOR_WEIGHT = 4.0  # notes that how a name is written counts for
_EXACT, _SAME, _FORM = 0, 1, 2  # letter by letter; in another case of letters; in another form
_PRIORS = {1: (0.76, 0.1, 0.1), 2: (0.95, 0.76, 0.76), 3: (0.95, 0.85, 0.76)}  # words -> by how it is written
_LABEL = (0.1, 0.1, 0.1)  # of what is only the label of links
_SHORT = 4  # letters
_BACK, _TOGETHER, _FOLDER = (
    0.5,
    0.3,
    0.1,
)  # a link the other way, common neighbours, one folder; beside a name's 3
_HUB = 60  # notes that link to one; what more link to says nothing of two of them


class Named(NamedTuple):
    """A note that another one speaks of without a link.

    Args:
        sure: from 0 to 1. span: of the first mention. exact: it is the title, letter by letter.
    """

    path: str
    sure: float
    span: Span
    exact: bool


class Naming:
    """The names of a vault and where they stand; after a change only what it touches is looked at again.

    Args:
        least: how sure a name must be that `settle` tells of; surer ones count by whole per cents.
    """

    def __init__(self, least: float = 0.0) -> None:
        self.least = least
        self.briefs: dict[str, Brief] = {}
        self.targets: dict[str, tuple[str, float]] = {}  # name -> note, how often it means it
        self._by_key: dict[str, set[str]] = {}  # link key -> notes
        self._titles: dict[str, set[str]] = {}  # name -> notes
        self._labels: dict[str, Counter[str]] = {}  # name -> link keys, by notes
        self._linking: dict[str, set[str]] = {}  # link key -> notes with such a link
        self._mentions: defaultdict[str, set[str]] = defaultdict(set)  # name -> notes
        self._names_in: dict[str, tuple[str, ...]] = {}  # note -> names
        self._bare: dict[str, int] = {}  # name -> notes that have it and do not link to what it means
        self._weights: dict[str, tuple[float, ...]] = {}  # name -> how sure, by how it is written
        self._sure: set[str] = set()  # names of which `_weights` reach `least`
        self._counts: defaultdict[tuple[str, str], Counter[int]] = defaultdict(Counter)  # see `_sizes`
        self._sizes: dict[tuple[str, str], list[int]] = {}  # first two terms -> sizes of names, falling
        self._where = Where()
        self._fresh: set[str] = set()
        self._dirty: set[str] = set()  # names that may mean another note now
        self._moved: set[str] = set()  # names whose note is called or linked another way now
        self._shifted: set[str] = set()  # names of which `_bare` changed

    def put(self, path: str, brief: Brief) -> None:
        """A note is new, or has changed."""
        before = self.briefs.get(path)
        if before is None or before[:3] != brief[:3]:  # title, names, own
            self.remove(path)
            self.briefs[path] = brief
            for key in brief.own:
                self._by_key.setdefault(key, set()).add(path)
            for name in brief.names:
                self._titles.setdefault(name, set()).add(path)
            self._link(path, brief.labels, 1)
            self._rename(brief)
        else:
            self._forget(path)
            self.briefs[path] = brief
            old, new = set(before.labels), set(brief.labels)
            self._link(path, old - new, -1)
            self._link(path, new - old, 1)
            for key in {key for _, key in old} - {key for _, key in new}:
                self._linking[key].discard(path)
        self._where.put(path, brief.marks)
        self._fresh.add(path)

    def remove(self, path: str) -> None:
        """A note is gone; nothing happens when it was not there."""
        brief = self.briefs.get(path)
        if brief is None:
            return
        self._forget(path)
        self._rename(brief)
        del self.briefs[path]
        self._fresh.discard(path)
        self._where.remove(path)
        for key in brief.own:
            self._by_key[key].discard(path)
        for name in brief.names:
            self._titles[name].discard(path)
        self._link(path, brief.labels, -1)
        for _, key in brief.labels:
            self._linking[key].discard(path)

    def _link(self, path: str, labels: Iterable[tuple[str, str]], by: int) -> None:
        for label, key in labels:
            if label:
                self._labels.setdefault(label, Counter())[key] += by
                self._dirty.add(label)
            if by > 0:
                self._linking.setdefault(key, set()).add(path)

    def _rename(self, brief: Brief) -> None:
        """What a note is called or linked by has changed, and so what others of its key can be linked by."""
        keys = set(brief.own).union(*(self.briefs[p].own for k in brief.own for p in self._by_key.get(k, ())))
        self._moved.update(brief.names)
        for key in keys:
            for path in self._by_key.get(key, ()):
                self._moved.update(self.briefs[path].names)
            for other in self._linking.get(key, ()):
                if other in self.briefs:
                    self._moved.update(
                        label for label, at in self.briefs[other].labels if at == key and label
                    )

    def settle(self) -> set[str]:
        """Find the names in what changed, and what changed among the names in all notes.

        Returns the notes about which `named` may say something else than before.
        """
        self._dirty |= self._moved
        came, went = self._retarget()
        again = set(self._fresh).union(*(self._mentions.get(name, set()) for name in went))
        if came and len(again) < len(self.briefs):
            holding = self._where.holding([tuple(name.split(" ")) for name in came]) - again
            again.update(p for p in holding if self._has_any(p, came))
        for path in again:
            self._forget(path)
            self._read(path)
        touched = set(again)
        for name in self._dirty | self._shifted:
            before = self._weights.pop(name, ())
            now = self._weigh(name) if name in self.targets else ()
            if now:
                self._weights[name] = now
            (self._sure.add if max(now, default=-1.0) >= self.least else self._sure.discard)(name)
            if max(before + now, default=0.0) < self.least:
                continue
            there = self._mentions.get(name, set())
            if name in self._moved:
                touched |= there
            elif before != now:
                touched.update(p for p in there if self._is_bare(p, name))
        for changed in (self._fresh, self._dirty, self._moved, self._shifted):
            changed.clear()
        return touched

    def kept(self) -> Any:
        """What `settle` found out, as plain data for `restore`."""
        at: dict[str, int] = {}
        found = {
            path: array("I", [at.setdefault(name, len(at)) for name in names])
            for path, names in self._names_in.items()
        }
        return list(at), found, self.targets, self._bare, self._weights

    def restore(self, kept: Any) -> None:
        """All notes were put as they were when this was kept; nothing has to be settled."""
        names, found, self.targets, self._bare, self._weights = kept
        for path, numbers in found.items():
            self._names_in[path] = tuple(names[number] for number in numbers)
            for name in self._names_in[path]:
                self._mentions[name].add(path)
        self._sure = {name for name, weights in self._weights.items() if max(weights) >= self.least}
        for name in self.targets:
            self._begin(name, 1)
        for changed in (self._fresh, self._dirty, self._moved, self._shifted):
            changed.clear()

    def _retarget(self) -> tuple[set[str], set[str]]:
        """Look up anew what names mean; those that are names now, and those that are none any more."""
        came: set[str] = set()
        went: set[str] = set()
        for name in self._dirty:
            self._bare.pop(name, None)
            had, has = self.targets.pop(name, None), self._target(name)
            if has:
                self.targets[name] = has
            if bool(has) == bool(had):
                continue
            (came if has else went).add(name)
            self._begin(name, 1 if has else -1)
        return came, went

    def _begin(self, name: str, by: int) -> None:
        """A name can be met in texts, or can no more."""
        terms = name.split(" ")
        if len(terms) > 1:
            pair = terms[0], terms[1]
            self._counts[pair][len(terms)] += by
            self._sizes[pair] = sorted(+self._counts[pair], reverse=True)

    def _has_any(self, path: str, names: set[str]) -> bool:
        prose = f" {' '.join(self.briefs[path].terms())} "
        return any(f" {name} " in prose for name in names)

    def _forget(self, path: str) -> None:
        for name in self._names_in.pop(path, ()):
            self._count(path, name, -1)
            self._mentions[name].discard(path)

    def _read(self, path: str) -> None:
        names, _ = self._mentions_in(self.briefs[path].terms())
        self._names_in[path] = found = tuple(dict.fromkeys(names))
        for name in found:
            self._mentions[name].add(path)
            self._count(path, name, 1)

    def _count(self, path: str, name: str, by: int) -> None:
        """A note has a name, or has it no more."""
        if name in self._bare and self._is_bare(path, name):
            self._bare[name] += by
            self._shifted.add(name)

    def _is_bare(self, path: str, name: str) -> bool:
        """Whether a note with a name has no link to what it means."""
        target = self.targets[name][0] if name in self.targets else path
        return target != path and target in self.briefs and not self.links(path, target)

    def _mentions_in(self, terms: Sequence[str]) -> tuple[list[str], list[int]]:
        """The names among the terms of a note, the longest where some overlap, and where each begins."""
        targets, sizes = self.targets, self._sizes
        single = list(map(targets.__contains__, terms))
        longer = [*map(sizes.__contains__, zip(terms, islice(terms, 1, None), strict=False)), False]
        names: list[str] = []
        places: list[int] = []
        free = 0
        for at in compress(count(), map(or_, single, longer)):
            if at < free:
                continue
            name, free = terms[at], at + 1
            for size in sizes[name, terms[free]] if longer[at] else ():
                if (one := " ".join(terms[at : at + size])) in targets:
                    name, free = one, at + size
                    break
            else:
                if not single[at]:
                    continue
            names.append(name)
            places.append(at)
        return names, places

    def _target(self, name: str) -> tuple[str, float] | None:
        """The note that a name means, and how often it is the one that is meant."""
        terms = name.split(" ")
        begins_well = len(name) >= _SHORT and name[:_SHORT].isalpha()  # as most do, which is quick to see
        if not begins_well and sum(c.isalpha() for c in name) < _SHORT:
            return None
        if len(terms) > LONGEST or stop_terms().issuperset(terms):
            return None
        keys = self._labels.get(name) or Counter()
        total = sum(keys.values())
        titled = self._titles.get(name) or set()
        if len(titled) > 1:
            return None
        if titled:
            (path,) = titled
            return path, (self._linked_as(name, path) + 1) / (total + 1)
        if not total:
            return None
        key, often = max(keys.items(), key=lambda item: (item[1], item[0]))
        notes = self._by_key.get(key) or set()
        return (next(iter(notes)), often / total) if often > 1 and len(notes) == 1 else None

    def _linked_as(self, name: str, path: str) -> int:
        keys = self._labels.get(name)
        return sum(keys[key] for key in self.briefs[path].own) if keys else 0

    def links(self, page: str, target: str) -> bool:
        """Whether a note has a link that may mean another one."""
        return any(page in self._linking.get(key, ()) for key in self.briefs[target].own)

    def is_only(self, key: str) -> bool:
        """Whether one note alone answers to a link key."""
        return len(self._by_key.get(key, ())) == 1

    def _weigh(self, name: str) -> tuple[float, ...]:
        """How sure it is that a mention should be a link, by how it is written."""
        path, meant = self.targets[name]
        priors = _PRIORS[min(name.count(" ") + 1, 3)] if name in self.briefs[path].names else _LABEL
        linked = self._linked_as(name, path)
        if name not in self._bare:
            linking = (self._linking.get(key, ()) for key in self.briefs[path].own)
            self._bare[name] = len(self._mentions.get(name, set()).difference((path,), *linking))
        all_ = linked + max(self._bare[name] - 1, 0) + _PRIOR_WEIGHT
        sure = (meant * (linked + _PRIOR_WEIGHT * prior) / all_ for prior in priors)
        return tuple(round(x, 2) if self.least else x for x in sure)

    def named(self, page: str, text: Callable[[], str]) -> list[Named]:
        """The notes that a note names and does not link to, the surest first.

        Args:
            text: gives the text of the note.
        """
        wanted = {
            name
            for name in self._sure.intersection(self._names_in.get(page, ()))
            if self._is_bare(page, name)
        }
        if not wanted:
            return []
        best: dict[str, Named] = {}
        brief, words = self.briefs[page], text()
        begin = brief.places(words)
        for name, at in zip(*self._mentions_in(brief.terms()), strict=True):
            if name not in wanted:
                continue
            path, _ = self.targets[name]
            last = begin(at + name.count(" "))
            form = FORM.match(words, last, last + 200)
            place = Span(begin(at), form.end() if form else last)
            title = self.briefs[path].title
            sure = self._weights[name][_written(words, place, title)]
            if sure >= self.least and (path not in best or best[path].sure < sure):
                best[path] = Named(path, sure, place, words[place.start : place.end] == title)
        return sorted(best.values(), key=lambda n: (-n.sure, n.path))

    def rank(self, page: str, text: Callable[[], str], limit: int) -> list[str]:
        """Notes that a note might link to, the likeliest first: by its names, and by who links to whom."""
        scores = {n.path: 3 * n.sure for n in self.named(page, text)}
        own = {key for _, key in self.briefs[page].labels}
        near: defaultdict[str, float] = defaultdict(float)
        for other in self._meeting(own):
            fans = self._fans(other)
            if len(fans) <= _HUB:
                for fan in fans - {page}:
                    theirs = self._meeting({key for _, key in self.briefs[fan].labels})
                    near[fan] += 1 / len(fans)
                    for third in theirs:
                        near[third] += 1 / len(fans) / max(len(theirs), 3)
        for other, weight in near.items():
            scores[other] = scores.get(other, 0.0) + _TOGETHER * min(weight, 2)
        for fan in self._fans(page):
            scores[fan] = scores.get(fan, 0.0) + _BACK
        folder = page.rpartition("/")[0]
        ranked = sorted(
            (-score - _FOLDER * (path.rpartition("/")[0] == folder), path)
            for path, score in scores.items()
            if path != page and not self.links(page, path)
        )
        return [path for _, path in ranked[:limit]]

    def _meeting(self, keys: set[str]) -> set[str]:
        return {path for key in keys for path in self._by_key.get(key, ())}

    def _fans(self, path: str) -> set[str]:
        return {p for key in self.briefs[path].own for p in self._linking.get(key, ())}


def _written(text: str, place: Span, title: str) -> int:
    """How a mention is written beside the title."""
    words = text[place.start : place.end]
    if words == title or (words in title and title.startswith(words + " (")):
        if " " in words or any(c.isupper() for c in words[1:]) or any(c.isdigit() for c in words):
            return _EXACT
        before = text[: place.start].rstrip()[-1:]
        return _EXACT if words[:1].isupper() and (before.isalnum() or before in ",»)") and before else _SAME
    return _SAME if " ".join(words.lower().split()) == title.lower() else _FORM
