"""Names of files and aliases of notes, for "did you mean": what was asked is remembered, and by whom."""

from __future__ import annotations

from typing import Any

from notec.vault.nearest import Names, may_be_near
from notec.vault.resolve import fold

_ALIKE = 0.7  # names less alike are no slip of the pen
_FEW_NAMES = 50  # more are not compared with what was asked, one by one


class NameTable:
    """The names; a change asks again only what it may touch."""

    def __init__(self) -> None:
        self._names: dict[str, tuple[str, ...]] = {}  # path -> folded names
        self._table = Names()
        self._answers: dict[str, list[str]] = {}
        self._askers: dict[str, set[str]] = {}
        self._changed: set[str] = set()

    def put(self, path: str, names: tuple[str, ...]) -> None:
        """A note has these names; none when it is gone."""
        before = set(self._names.pop(path, ()))
        if names:
            self._names[path] = names
        for name in before - set(names):
            self._table.remove(name, path)
        for name in set(names) - before:
            self._table.put(name, path)
        self._changed |= before ^ set(names)

    def nearest(self, name: str, asker: str) -> list[str]:
        """Files that are named much like `name`, best first; which note asks is remembered."""
        plain = bare(name)
        self._askers.setdefault(plain, set()).add(asker)
        if plain not in self._answers:
            self._answers[plain] = self._table.nearest(plain, 3, _ALIKE)
        return self._answers[plain]

    def kept(self) -> Any:
        """What was asked and answered, as plain data for `restore`."""
        return self._answers, self._askers

    def restore(self, kept: Any) -> None:
        """The names are those of then, and so are the answers."""
        self._answers, self._askers = kept
        self._changed.clear()

    def stale(self) -> set[str]:
        """The notes that would be told something else than when they asked."""
        out: set[str] = set()
        if not self._changed:
            return out
        few = len(self._changed) <= _FEW_NAMES
        for name, before in list(self._answers.items()):
            if few and not any(may_be_near(name, changed) for changed in self._changed):
                continue
            if self._table.nearest(name, 3, _ALIKE) != before:
                del self._answers[name]  # whoever still wants to know asks again
                out |= self._askers.pop(name)
        self._changed.clear()
        return out


def bare(name: str) -> str:
    """A file name as names are compared, without folder and suffix."""
    last = fold(name.replace("\\", "/").strip()).rpartition("/")[2]
    return last.removesuffix(".md")
