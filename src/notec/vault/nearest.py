"""Names that are written much like another: for "did you mean"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nsmallest

_LOOKED_AT = 40  # names with the most trigrams in common, compared letter by letter
_ALIKE = 0.55


class Names:
    """Folded names, each of a file; built once for many questions."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._names = list(names)
        self._holding: dict[str, list[int]] = {}  # trigram -> names
        for number, (name, _) in enumerate(self._names):
            for part in _trigrams(name):
                self._holding.setdefault(part, []).append(number)

    def nearest(self, name: str, n: int) -> list[str]:
        """Up to `n` files with the names most like the folded `name`; none where none is alike."""
        parts = _trigrams(name)
        common: Counter[int] = Counter()
        for part in parts:
            common.update(self._holding.get(part, ()))
        # the share that both have, so that long names do not win by their length
        close = nsmallest(
            _LOOKED_AT,
            common,
            key=lambda i: (-common[i] / (len(parts) + len(self._names[i][0])), self._names[i]),
        )
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(name)
        scored = []
        for i in close:
            matcher.set_seq1(self._names[i][0])
            ratio = matcher.ratio()
            if ratio >= _ALIKE:
                scored.append((-ratio, len(self._names[i][1]), self._names[i][1]))
        return list(dict.fromkeys(path for _, _, path in sorted(scored)))[:n]


def _trigrams(name: str) -> set[str]:
    padded = f"  {name} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}
