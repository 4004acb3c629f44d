"""What every verb of the command line needs: its options, the workspace, and where to print."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notec.core import Diagnostic, NotecError

if TYPE_CHECKING:
    from notec.app import Workspace


class Session:
    """One run of one verb."""

    def __init__(self, options: Namespace) -> None:
        self.options = options
        self._workspace: Workspace | None = None

    @property
    def workspace(self) -> Workspace:
        """The vault that was named by `--vault`, `NOTEC_VAULT` or the current folder; opened once."""
        if self._workspace is None:
            from notec.app import Workspace

            vault = self.options.vault or os.environ.get("NOTEC_VAULT") or "."
            home = self.options.home or os.environ.get("NOTEC_HOME") or None
            self._workspace = Workspace.open(vault, home=home)
        return self._workspace

    @property
    def json(self) -> bool:
        return bool(self.options.json)

    def out(self, text: str = "") -> None:
        """A line of the result."""
        print(text)

    def data(self, value: Any) -> None:
        """A result as one line of JSON."""
        print(json.dumps(value, ensure_ascii=False))

    def say(self, text: str) -> None:
        """A remark for a person: only where one is looking."""
        if sys.stderr.isatty():
            print(text, file=sys.stderr)

    def warn(self, diagnostics: tuple[Diagnostic, ...], limit: int = 20) -> None:
        """Diagnostics on standard error, the worst first."""
        from notec.front.render import diagnostic_line

        order = {"error": 0, "warning": 1, "info": 2}
        ranked = sorted(diagnostics, key=lambda d: order[d.severity])
        for item in ranked[:limit]:
            print(diagnostic_line(item), file=sys.stderr)
        if len(ranked) > limit:
            print(f"... and {len(ranked) - limit} more", file=sys.stderr)

    def queries(self, words: list[str]) -> Iterator[str]:
        """The query given as words, or each line of the file named by `--from` (`-`: standard input)."""
        source = self.options.source
        if source is None:
            if not any(word.strip() for word in words):
                raise NotecError("no question was given", "write it after the verb, or use --from FILE")
            yield " ".join(words)
            return
        if words:
            raise NotecError("both a question and --from were given", "use one of them")
        yield from (line.strip() for line in self._lines(source) if line.strip())

    def _lines(self, source: str) -> list[str]:
        if source == "-":
            return sys.stdin.read().splitlines()
        try:
            return Path(source).read_text(encoding="utf-8-sig").splitlines()
        except UnicodeDecodeError as error:
            raise NotecError(f"{source}: not UTF-8 at byte {error.start}", "save it as UTF-8") from None
        except OSError as error:
            raise NotecError(f"{source}: {error.strerror}", "name a file with one query a line") from None

    def close(self) -> None:
        if self._workspace is not None:
            self._workspace.close()
