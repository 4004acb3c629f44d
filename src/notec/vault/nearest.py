"""Names that are written much like another: for "did you mean"."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from difflib import SequenceMatcher

_ALIKE = 0.55  # share of letters in common, in their order
_COMMON = 0.2  # share of trigrams in common of names that are compared letter by letter,
_LOOKED_AT = 12  # those with most in common
_GONE = 1 << 30  # trigrams of a name that is no more: nothing has much in common with it


class Names:
    """Folded names, each of one or more files; they come and go."""

    def __init__(self, names: Iterable[tuple[str, str]] = ()) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[tuple[str, set[str]]] = []  # with the files
        self._sizes = array("i")  # in trigrams
        self._holding: dict[str, array[int]] = {}  # trigram -> numbers of names
        for name, file in names:
            self.put(name, file)

    def put(self, name: str, file: str) -> None:
        """A file has a name."""
        if name not in self._numbers:
            self._numbers[name] = len(self._names)
            parts = _trigrams(name)
            for part in parts:
                self._holding.setdefault(part, array("i")).append(len(self._names))
            self._names.append((name, set()))
            self._sizes.append(len(parts))
        self._names[self._numbers[name]][1].add(file)

    def remove(self, name: str, file: str) -> None:
        """A file has a name no more."""
        files = self._names[self._numbers[name]][1]
        files.discard(file)
        if not files:
            self._sizes[self._numbers.pop(name)] = _GONE

    def nearest(self, name: str, n: int, alike: float = _ALIKE) -> list[str]:
        """Up to `n` files with the names most like the folded `name`; none where none is alike."""
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(name)
        best: dict[str, float] = {}
        for other, files in self._close(name):
            matcher.set_seq1(other)
            least = sorted(best.values())[-n] if len(best) >= n else alike
            if matcher.quick_ratio() >= least and (ratio := matcher.ratio()) >= least:
                best.update((file, max(ratio, best.get(file, 0.0))) for file in files)
        return sorted(best, key=lambda file: (-best[file], len(file), file))[:n]

    def _close(self, name: str) -> list[tuple[str, set[str]]]:
        """The names that share most trigrams with `name`, in the share that both have."""
        import numpy as np

        parts = _trigrams(name)
        held = [np.frombuffer(self._holding[part], np.intc) for part in parts if part in self._holding]
        if not held:
            return []
        common = np.bincount(np.concatenate(held), minlength=len(self._sizes))
        shares = 2 * common / (len(parts) + np.frombuffer(self._sizes, np.intc))
        near = np.flatnonzero(shares >= _COMMON)
        if len(near) > _LOOKED_AT:
            near = near[shares[near] >= np.partition(shares[near], -_LOOKED_AT)[-_LOOKED_AT]]
        close = [(-shares[number], *self._names[number]) for number in near]
        return [(other, files) for _, other, files in sorted(close, key=lambda c: c[:2])[:_LOOKED_AT]]


def may_be_near(name: str, other: str) -> bool:
    """Whether `nearest` for the one may depend on the other."""
    mine, theirs = _trigrams(name), _trigrams(other)
    return 2 * len(mine & theirs) >= _COMMON * (len(mine) + len(theirs))


def _trigrams(name: str) -> set[str]:
    padded = f"  {name} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}
