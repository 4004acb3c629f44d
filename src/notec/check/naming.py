"""Which notes a note speaks of: names in its prose, and how sure it is that a name should be a link.

A name is a title, an alias, or the label of a link that several notes use for one target. How sure it is that
a mention should be a link is learned from the vault itself: of the notes that have the name, how many made it
a link, and to which note (keyphraseness and commonness: Mihalcea and Csomai, "Wikify!", CIKM 2007). What the
vault says too little of is filled up by how the name is written.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from notec.check.briefs import LONGEST, Brief, analyzer
from notec.core import Span
from notec.facts.words import stop_terms

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
    """The names of a vault and where they stand; after a change only what it touches is looked at again."""

    def __init__(self) -> None:
        self.briefs: dict[str, Brief] = {}
        self.targets: dict[str, tuple[str, float]] = {}  # name -> note, how often it means it
        self._by_key: dict[str, set[str]] = {}  # link key -> notes
        self._titles: dict[str, set[str]] = {}  # name -> notes
        self._labels: dict[str, Counter[str]] = {}  # name -> link keys, by notes
        self._linking: dict[str, set[str]] = {}  # link key -> notes with such a link
        self._mentions: dict[str, set[str]] = {}  # name -> notes
        self._names_in: dict[str, tuple[str, ...]] = {}  # note -> names
        self._bare: dict[str, int] = {}  # name -> notes that have it and do not link to what it means
        self._begins: dict[str, Counter[int]] = {}  # first term -> sizes of names
        self._fresh: set[str] = set()
        self._dirty: set[str] = set()

    def put(self, path: str, brief: Brief) -> None:
        """A note is new, or has changed."""
        self.remove(path)
        self.briefs[path] = brief
        self._fresh.add(path)
        for key in brief.own:
            self._by_key.setdefault(key, set()).add(path)
        for name in brief.names:
            self._titles.setdefault(name, set()).add(path)
        for label, key in brief.labels:
            self._labels.setdefault(label, Counter())[key] += 1
            self._linking.setdefault(key, set()).add(path)
        self._touch(brief)

    def remove(self, path: str) -> None:
        """A note is gone; nothing happens when it was not there."""
        brief = self.briefs.pop(path, None)
        if brief is None:
            return
        self._fresh.discard(path)
        for key in brief.own:
            self._by_key[key].discard(path)
        for name in brief.names:
            self._titles[name].discard(path)
        for label, key in brief.labels:
            self._labels[label][key] -= 1
            self._linking[key].discard(path)
        self._forget(path)
        self._touch(brief)

    def _touch(self, brief: Brief) -> None:
        """A label means its note only by the keys that the note has, so those are looked at again as well."""
        self._dirty.update(brief.names)
        self._dirty.update(label for label, _ in brief.labels)
        for key in brief.own:
            for other in self._linking.get(key, ()):
                if other in self.briefs:
                    self._dirty.update(label for label, at in self.briefs[other].labels if at == key)

    def settle(self) -> set[str]:
        """Find the names in what changed, and what changed among the names in all notes.

        Returns the notes about which `named` may say something else than before.
        """
        came, went = set(), set()
        for name in self._dirty:
            had, has = self.targets.pop(name, None), self._target(name)
            if has:
                self.targets[name] = has
            if has and not had:
                came.add(name)
                self._begins.setdefault(name.split(" ", 1)[0], Counter())[name.count(" ") + 1] += 1
            elif had and not has:
                went.add(name)
                self._begins[name.split(" ", 1)[0]][name.count(" ") + 1] -= 1
        again = set(self._fresh).union(*(self._mentions.get(name, set()) for name in went))
        if came:
            again.update(p for p in self.briefs.keys() - again if self._has_any(p, came))
        touched, names = set(again), set(self._dirty)
        for path in again:
            names.update(self._forget(path))
            names.update(self._read(path))
        for name in names:
            self._bare.pop(name, None)
            touched |= self._mentions.get(name, set())
        self._fresh.clear()
        self._dirty.clear()
        return touched

    def _has_any(self, path: str, names: set[str]) -> bool:
        prose = f" {self.briefs[path].terms()} ".replace("\n", " \n ")
        return any(f" {name} " in prose for name in names)

    def _forget(self, path: str) -> tuple[str, ...]:
        had = self._names_in.pop(path, ())
        for name in had:
            self._mentions[name].discard(path)
        self._dirty.update(had)
        return had

    def _read(self, path: str) -> tuple[str, ...]:
        found = tuple(dict.fromkeys(name for name, _ in self._mentions_in(self.briefs[path])))
        self._names_in[path] = found
        for name in found:
            self._mentions.setdefault(name, set()).add(path)
        return found

    def _mentions_in(self, brief: Brief) -> Iterable[tuple[str, int]]:
        """The names in a note, the longest where some overlap, and how many terms stand before each."""
        before = 0
        for line in brief.terms().split("\n"):
            terms = line.split(" ")
            at = 0
            while at < len(terms):
                step = 1
                for size in sorted(self._begins.get(terms[at], ()), reverse=True):
                    name = " ".join(terms[at : at + size])
                    if at + size <= len(terms) and name in self.targets:
                        yield name, before + at
                        step = size
                        break
                at += step
            before += len(terms)

    def _target(self, name: str) -> tuple[str, float] | None:
        """The note that a name means, and how often it is the one that is meant."""
        terms = name.split(" ")
        if len(terms) > LONGEST or sum(c.isalpha() for c in name) < _SHORT or stop_terms().issuperset(terms):
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

    def _sure(self, name: str, priors: tuple[float, ...], how: int) -> float:
        path, meant = self.targets[name]
        linked = self._linked_as(name, path)
        bare = self._bare.get(name)
        if bare is None:
            bare = sum(p != path and not self.links(p, path) for p in self._mentions[name])
            self._bare[name] = bare
        return meant * (linked + _PRIOR_WEIGHT * priors[how]) / (linked + max(bare - 1, 0) + _PRIOR_WEIGHT)

    def named(self, page: str, text: Callable[[], str], least: float = 0.0) -> list[Named]:
        """The notes that a note names and does not link to, the surest first.

        Args:
            text: gives the text of the note.
            least: how sure it must be.
        """
        wanted: dict[str, tuple[float, ...]] = {}
        for name in self._names_in.get(page, ()):
            path, _ = self.targets[name]
            if path == page or self.links(page, path):
                continue
            priors = _PRIORS[min(name.count(" ") + 1, 3)]
            if name not in self.briefs[path].names:
                priors = _LABEL
            if self._sure(name, priors, _EXACT) >= least:
                wanted[name] = priors
        if not wanted:
            return []
        best: dict[str, Named] = {}
        starts, words = self.briefs[page].starts(), text()
        for name, before in self._mentions_in(self.briefs[page]):
            if name not in wanted:
                continue
            path, _ = self.targets[name]
            last = starts[before + name.count(" ")]
            end = last + analyzer().spots(words[last : last + 200])[0].end
            place = Span(starts[before], end)
            how = _written(words, place, self.briefs[path].title)
            sure = self._sure(name, wanted[name], how)
            exact = words[place.start : place.end] == self.briefs[path].title
            if sure >= least and (path not in best or best[path].sure < sure):
                best[path] = Named(path, sure, place, exact)
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
