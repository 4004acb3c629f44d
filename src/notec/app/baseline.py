"""A baseline: the findings that an old vault began with, so that a check shows only what is new.

A finding is known by its code, its note and the words of its line, not by the number of the line, so that
edits above it change nothing. One that stands there twice is known twice. What is said of the run itself,
and of no note, is never known.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from notec.core import Diagnostic, NotecError
from notec.vault.write import write_atomically

LineText = Callable[[str, int], str]
_FORMAT = 1
_MADE = re.compile(r'\A\ufeff?\s*\{\s*"notec-baseline"')


def _key(found: Diagnostic, line_text: LineText) -> tuple[str, str, str]:
    words = " ".join(line_text(found.note, found.line).split()) if found.note and found.line else ""
    return found.code, found.note, words or found.message


def write_baseline(path: Path, found: Iterable[Diagnostic], line_text: LineText) -> int:
    """Keep findings as known; gives their count.

    Raises:
        NotecError: something else lies there, which is left as it is, or it cannot be written.
    """
    if path.is_dir() or (path.is_file() and path.stat().st_size):
        try:
            read_baseline(path)
        except NotecError as error:
            if not _MADE.search(_beginning(path)):
                raise NotecError(f"{error.message}; it is left as it is", "name another file") from None
    known = Counter(_key(item, line_text) for item in found if item.note)
    rows = [{"code": c, "note": n, "text": t, "count": known[c, n, t]} for c, n, t in sorted(known)]
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    text = f'{{"notec-baseline": {_FORMAT}, "findings": [\n{lines}\n]}}\n'
    write_atomically(path, text.encode("utf-8", "surrogateescape"))
    return known.total()


def _beginning(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(200).decode("utf-8", "replace")
    except OSError:
        return ""


def read_baseline(path: Path) -> Counter[tuple[str, str, str]]:
    """What is known.

    Raises:
        NotecError: there is no such file, or it is no baseline.
    """
    hint = "make one with `notec check --baseline FILE --write-baseline`"
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig", "surrogateescape"))
        if not isinstance(data, dict) or "notec-baseline" not in data:
            raise NotecError(f"{path}: not a baseline", hint)
        if (made := data["notec-baseline"]) != _FORMAT:
            what = (
                f"{path}: a baseline of format {made!r}, which another notec made; this one reads {_FORMAT}"
            )
            raise NotecError(what, "make it anew: " + hint)
        return Counter({(r["code"], r["note"], r["text"]): int(r["count"]) for r in data["findings"]})
    except OSError as error:
        raise NotecError(f"{path}: the baseline cannot be read: {error.strerror}", hint) from None
    except json.JSONDecodeError as error:
        raise NotecError(f"{path}:{error.lineno}: not a baseline: {error.msg}", hint) from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        said = f"{type(error).__name__}: {error}"
        raise NotecError(f"{path}: a damaged baseline ({said})", "restore it, or " + hint) from None


def only_new(
    found: Iterable[Diagnostic], known: Counter[tuple[str, str, str]], line_text: LineText
) -> list[Diagnostic]:
    """The findings beyond what is known."""
    left = Counter(known)
    kept = []
    for item in found:
        key = _key(item, line_text)
        if item.note and left[key] > 0:
            left[key] -= 1
        else:
            kept.append(item)
    return kept
