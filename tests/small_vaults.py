"""Small vaults written in one Markdown text: `## path` on a line of its own, and the note below it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from notec.app.checking import no_such_model
from notec.check import RULES, Rule
from notec.check.vault import VaultCheck
from notec.core import Diagnostic
from notec.index import Index
from notec.store import Memo

_FILE = re.compile(r"^## (\S[^\n]*\.\w+)\n", re.M)


def write_vault(folder: Path, text: str) -> Path:
    """Make the files that `text` tells of."""
    parts = _FILE.split(text)
    assert not parts[0].strip(), "a vault begins with `## path`"
    for path, content in zip(parts[1::2], parts[2::2], strict=True):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode("utf-8", "surrogateescape"))
    return folder


@contextmanager
def checked(
    folder: Path, home: Path, rules: Sequence[Rule] = RULES, memo: Memo | None = None
) -> Iterator[VaultCheck]:
    """A check of the vault in `folder`, its index made."""
    with Index.open(folder, home) as index:
        index.update()
        yield VaultCheck(index, rules, memo, models=no_such_model)


def findings(folder: Path, text: str, rules: Sequence[Rule] = RULES) -> list[Diagnostic]:
    """What a check finds in the vault that `text` tells of."""
    vault = folder / "vault"
    vault.mkdir(exist_ok=True)
    with checked(write_vault(vault, text), folder / "home", rules) as check:
        return check.update()


def short(found: Sequence[Diagnostic]) -> list[str]:
    """`code note:line`, in order."""
    return [f"{d.code} {d.note}:{d.line}" for d in found]
