"""`.gitignore` and `.notecignore`: what a vault's owner wants left out.

The rules are git's: a pattern counts from the folder of its file, the deepest file wins over those
above it, the last matching pattern of a file wins over those before, `!` takes a file back in.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from notec.core import Diagnostic, Severity

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

IGNORE_FILES = (".gitignore", ".notecignore")  # the later wins
_LARGEST = 1 << 20  # an ignore file is a page at most


@dataclass(frozen=True)
class Rules:
    """The patterns that hold in one folder, outermost first, each with the folder it counts from."""

    specs: tuple[tuple[str, GitIgnoreSpec], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()  # of the file read last

    def __bool__(self) -> bool:
        return bool(self.specs)

    @staticmethod
    def of_lines(folder: str, lines: Sequence[str], name: str = "") -> Rules:
        """The rules of the lines of one file in `folder`; a line that cannot be read is reported."""
        if not lines:
            return Rules()
        from pathspec import GitIgnoreSpec  # 40 ms, which a vault without ignore files need not wait

        good: list[str] = []
        said: list[Diagnostic] = []
        for number, line in enumerate(lines, 1):
            try:
                GitIgnoreSpec.from_lines([line])
            except ValueError:
                message = f"{name or 'ignore'}: pattern {line.strip()!r} cannot be read and is left out"
                said.append(Diagnostic("bad-ignore-pattern", Severity.WARNING, message, name, number))
            else:
                good.append(line)
        spec = GitIgnoreSpec.from_lines(good)
        has_any = any(pattern.include is not None for pattern in spec.patterns)
        return Rules(((f"{folder}/" if folder else "", spec),) if has_any else (), tuple(said))

    def with_files(self, full: str, folder: str, names: Iterable[str]) -> Rules:
        """These rules and those of the ignore files `names` that lie in the folder `full`."""
        specs, said = self.specs, []
        for name in IGNORE_FILES:
            path = Path(full, name)
            if name not in names:
                continue
            inside = f"{folder}/{name}" if folder else name
            try:
                if not path.is_file() or path.stat().st_size > _LARGEST:
                    raise OSError(0, "no plain file of a page or so")
                lines = os.fsdecode(path.read_bytes()).removeprefix("\ufeff").splitlines()
            except OSError as error:
                message = f"{inside}: cannot be read ({error.strerror}); nothing is left out by it"
                said.append(Diagnostic("bad-ignore-pattern", Severity.WARNING, message, inside))
                continue
            rules = Rules.of_lines(folder, lines, inside)
            specs += rules.specs
            said.extend(rules.diagnostics)
        return Rules(specs, tuple(said))

    def excludes(self, path: str) -> bool:
        """Whether `path` inside the vault, a folder's with a slash at its end, is left out."""
        for folder, spec in reversed(self.specs):
            verdict = spec.check_file(path[len(folder) :]).include
            if verdict is not None:
                return verdict
        return False
