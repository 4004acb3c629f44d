"""Chat exports in Markdown: callouts such as `>[!nexus_user] **User** - 28.07.2025 at 12:33` are turns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time

from notec.core import Doc
from notec.vault.note import Container, Turn

_ROLES = {
    "user": "user",
    "human": "user",
    "agent": "assistant",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "system": "system",
    "tool": "system",
}
_TITLE = re.compile(
    r"(?:\*\*|__)(?P<name>[^*_\n]{1,200}|.{1,200}?)(?:\*\*|__)(?:\s*[-–—|,:]\s*(?P<when>\S.*))?$"
)
_UID = re.compile(r"<!--\s*UID:\s*([^\s>]{1,200})\s*-->")
_UID_AFTER = re.compile(
    r"[ \t>]*(?:\r\n?|\n)?[ \t>]*(?:\r\n?|\n)?[ \t>]*<!--\s*UID:\s*([^\s>]{1,200})\s*-->[ \t]*(?:\r\n?|\n)?"
)
_DAY_FIRST = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_YEAR_FIRST = re.compile(r"\b(\d{4})[-./](\d{1,2})[-./](\d{1,2})")
_SLASHES = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_CLOCK = re.compile(
    r"(?<!\d)(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?\s*([AaPp]\.?[Mm]\b)?(Z|[+-]\d{2}:?\d{2})?"
)


def find_turns(doc: Doc, containers: Sequence[Container]) -> dict[int, Turn]:
    """The turns of a chat, under the index of their callout; in order of their place.

    A callout is a turn when its type is one of the exporter's own (`nexus_user`, `nexus_agent`), or a
    role (`user`, `assistant`) whose title names who speaks in bold type.
    """
    found: dict[int, Turn] = {}
    for index, container in enumerate(containers):
        if container.kind != "callout":
            continue
        turn = _turn(doc, container)
        if turn and not _is_inside(containers, container.parent, found):
            found[index] = turn
    return found


def turns_of(containers: Sequence[Container], turns: dict[int, Turn]) -> list[int]:
    """For each container, the number of the turn that it belongs to, or -1."""
    numbers = {index: number for number, index in enumerate(turns)}
    found: list[int] = []
    for index, container in enumerate(containers):
        outer = found[container.parent] if container.parent >= 0 else -1
        found.append(numbers.get(index, outer))
    return found


def iso_time(written: str) -> str:
    """`28.07.2025 at 12:33`, `07/28/2025 at 12:33 PM`, ISO and the like as ISO 8601; empty where unclear."""
    day = _date(written)
    if day is None:
        return ""
    clock = _CLOCK.search(written)
    if clock is None:
        return day.isoformat()
    hour, minute = int(clock[1]), int(clock[2])
    if clock[4]:
        hour = hour % 12 + (12 if clock[4][0] in "Pp" else 0)
    try:
        moment = time(hour, minute, int(clock[3] or 0))
    except ValueError:
        return day.isoformat()
    return f"{day.isoformat()}T{moment.isoformat('seconds' if clock[3] else 'minutes')}{clock[5] or ''}"


def _turn(doc: Doc, container: Container) -> Turn | None:
    kind = container.info
    exported = kind.startswith("nexus_")
    role = _ROLES.get(kind.removeprefix("nexus_"), "")
    title = _TITLE.match(container.title)
    if not role or not (exported or title):
        return None
    text, end = doc.text, container.end
    name = title["name"].strip() if title else container.title.strip()
    ids = _UID.findall(text, container.start, container.end)
    if not ids and (after := _UID_AFTER.match(text, container.end)):
        ids, end = [after[1]], after.end()
    when = iso_time(title["when"] or "") if title else iso_time(container.title)
    return Turn(role, name, when, ids[-1] if ids else "", container.start, end, doc.line(container.start))


def _is_inside(containers: Sequence[Container], parent: int, found: dict[int, Turn]) -> bool:
    while parent >= 0:
        if parent in found:
            return True
        parent = containers[parent].parent
    return False


def _date(written: str) -> date | None:
    if match := _DAY_FIRST.search(written):
        day, month, year = map(int, match.groups())
    elif match := _YEAR_FIRST.search(written):
        year, month, day = map(int, match.groups())
    elif match := _SLASHES.search(written):
        month, day, year = map(int, match.groups())
        if month > 12:
            month, day = day, month
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
