"""The check of a vault as the user configured it: which rules, how bad, what is known already."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from notec.core import Diagnostic, NotecError, Severity, digest

if TYPE_CHECKING:
    from notec.app.config import CheckConfig
    from notec.check import Rule
    from notec.check.vault import Told, VaultCheck
    from notec.index import Index
    from notec.store import Memo

_WORTH = 100  # notes; to look at fewer takes no longer than to keep what they gave
LEVELS = ("off", *(str(severity) for severity in Severity))


class Checking:
    """The check of one vault; asked again it looks only at what changed, and with nothing changed at nothing.

    Args:
        memo: where findings are kept from one process to the next.
    """

    def __init__(self, index: Index, memo: Memo) -> None:
        self._index, self._memo = index, memo
        self._check: VaultCheck | None = None
        self._state = ""
        self._found: list[Diagnostic] = []

    def run(self, told: Told | None = None) -> list[Diagnostic]:
        """All findings about the vault as it is indexed now."""
        from notec.store import step_key

        state = self._index_state()
        if state == self._state:
            return self._found
        key = step_key("check-vault", fingerprint(), subject="vault", state=state)
        kept = None if self._state else self._memo.get(key)
        if kept is not None:
            return pickle.loads(kept.value)  # type: ignore[no-any-return]  # noqa: S301  our own file
        if self._check is None:  # where nothing changed, all that it needs is not even imported
            from notec.check import RULES
            from notec.check.vault import VaultCheck

            self._check = VaultCheck(self._index, RULES, self._memo, fingerprint(), no_such_model)
        self._found = self._check.update(told)
        if len(self._check) == 0:
            self._found.insert(0, no_notes(self._index.root))
        if not self._state:  # later ones are not worth the time between two keystrokes
            self._memo.put(key, pickle.dumps(self._found, protocol=5))
            if self._check.looked_at > _WORTH:
                self._check.keep()
        self._state = state
        return self._found

    def _index_state(self) -> str:
        """Names everything that findings depend on besides the rules."""
        index = self._index
        return repr((*index.stamp(), str(index.root), index.dialect()))


@cache
def fingerprint() -> str:
    """The code that decides what is found: what other code found is not taken from the memo."""
    import notec
    from notec.version import __version__

    root = Path(notec.__file__).parent
    parts = [__version__]
    for name in ("check", "facts", "vault", "index", "spec"):
        files = sorted(file for file in (root / name).rglob("*") if file.suffix in (".py", ".txt"))
        parts += [digest(file.read_bytes()) for file in files]
    catalogue = [root / "engine" / "generations.py", *sorted((root / "engine" / "data").glob("*.json"))]
    parts += [digest(file.read_bytes()) for file in catalogue]
    return digest(" ".join(parts))


def no_such_model(name: str) -> tuple[str, str] | None:
    """The nearest names, and why there is no such model; None where there is one, or may be."""
    from notec.engine.generations import never_existed

    wrong = never_existed(name)
    return (", ".join(wrong.nearest), wrong.reason) if wrong else None


def rules() -> tuple[Rule, ...]:
    """Every rule."""
    from notec.check import RULES

    return RULES


def find_rule(code: str, where: str = "") -> Rule:
    """The rule with a code.

    Args:
        where: begins the message.

    Raises:
        NotecError: there is none; says what may have been meant.
    """
    known = {rule.code: rule for rule in rules()}
    if code in known:
        return known[code]
    near = get_close_matches(code.lower().replace("_", "-").replace(" ", "-"), known, 1)
    hint = f"did you mean {near[0]!r}?" if near else "`notec check --list` shows them all"
    raise NotecError(f"{where}no rule {code!r}", hint)


def configured(found: Iterable[Diagnostic], config: CheckConfig) -> list[Diagnostic]:
    """The findings that the configuration wants to hear of, at the levels that it gives them.

    Raises:
        NotecError: the configuration names a rule or a level that does not exist.
    """
    select = frozenset(find_rule(code, "check.select: ").code for code in config.select)
    ignore = frozenset(find_rule(code, "check.ignore: ").code for code in config.ignore)
    levels = _levels(config.levels)
    kept = []
    for item in found:
        if (select and item.note and item.code not in select) or item.code in ignore:
            continue
        level = _level(levels, item) if levels else ""
        if level != "off":
            kept.append(replace(item, severity=Severity(level)) if level else item)
    return kept


def _levels(wanted: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """(Folder, code or `*`) -> level."""
    levels = {}
    for place, level in wanted.items():
        folder, _, code = place.strip("/").rpartition("/")
        if code != "*":
            find_rule(code, f"check.levels: {place!r}: ")
        if level not in LEVELS:
            raise NotecError(f"check.levels: {place!r} cannot be {level!r}", "one of: " + ", ".join(LEVELS))
        levels[folder, code] = level
    return levels


def _level(levels: Mapping[tuple[str, str], str], item: Diagnostic) -> str:
    """What is said of the nearest folder, there rather of the code than of all."""
    folder = item.note
    while folder:
        folder = folder.rpartition("/")[0]
        for code in (item.code, "*"):
            if (folder, code) in levels:
                return levels[folder, code]
    return ""


def no_notes(root: Path) -> Diagnostic:
    """Says that there was nothing to check."""
    return Diagnostic("no-notes", Severity.WARNING, f"{root}: no notes in this folder", "")


def behind(error: NotecError) -> Diagnostic:
    """Says that the index could not be brought up to date, so that findings may be old."""
    return Diagnostic("index-behind", Severity.WARNING, f"checked as last indexed: {error.message}", "")


def without_model(deep: bool, has_model: bool) -> tuple[Diagnostic, ...]:
    """What a deep check has to say where there is no model."""
    if not deep or has_model:
        return ()
    said = "no model is configured, so what only a model can see was left out; all else was checked"
    return (Diagnostic("no-model", Severity.INFO, said, "", notes=("set `model.url` or `model.path`",)),)
