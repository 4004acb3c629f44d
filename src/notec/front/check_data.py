"""Findings for other programs: SARIF 2.1.0, and the workflow commands of GitHub Actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from notec.core import Diagnostic, Span, digest, whole
from notec.front.check_text import Source, rule_page

if TYPE_CHECKING:
    from notec.check import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB = {"error": "error", "warning": "warning", "info": "notice"}


def sarif(found: Sequence[Diagnostic], rules: Sequence[Rule], source: Source) -> dict[str, Any]:
    """A SARIF log of one run."""
    from notec.version import __version__

    numbers = {rule.code: number for number, rule in enumerate(rules)}
    driver = {
        "name": "notec",
        "version": __version__,
        "rules": [_rule(rule) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"VAULT": {"description": {"text": "the folder of the notes"}}},
        "results": [_result(item, numbers, source) for item in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.mend, "markdown": rule_page(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(item: Diagnostic, numbers: dict[str, int], source: Source) -> dict[str, Any]:
    words = " ".join(source.line_text(item.note, item.line).split())
    result: dict[str, Any] = {
        "ruleId": item.code,
        "level": _LEVELS[item.severity],
        "message": {"text": whole("\n".join((item.message, *item.notes)))},
        "partialFingerprints": {"lineText/v1": digest("\0".join((item.code, item.note, words)))},
    }
    if item.code in numbers:
        result["ruleIndex"] = numbers[item.code]
    if item.note:
        result["locations"] = [_location(item.note, item.line, item.span, source)]
    if item.labels:
        result["relatedLocations"] = [
            {"id": n, **_location(la.note, la.line, la.span, source), "message": {"text": whole(la.message)}}
            for n, la in enumerate(item.labels, 1)
        ]
    if item.fix and item.fix.edits and item.fix.grade != "display-only":
        changes = [
            {
                "deletedRegion": {"charOffset": e.span.start, "charLength": e.span.end - e.span.start},
                "insertedContent": {"text": whole(e.text)},
            }
            for e in item.fix.edits
        ]
        change = {"artifactLocation": _file(item.note), "replacements": changes}
        result["fixes"] = [{"description": {"text": whole(item.fix.message)}, "artifactChanges": [change]}]
    return result


def _file(note: str) -> dict[str, Any]:
    return {"uri": quote(note.encode("utf-8", "surrogateescape")), "uriBaseId": "VAULT"}


def _location(note: str, line: int, span: Span | None, source: Source) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": _file(note)}
    if line:
        region: dict[str, Any] = {"startLine": line}
        first, stop = source.columns(note, line, span)
        if first:
            region |= {"startColumn": first, "endColumn": stop}
        place["region"] = region
    return {"physicalLocation": place}


def github(item: Diagnostic, source: Source) -> str:
    """A workflow command that puts a finding beside its line in a pull request."""
    first, stop = source.columns(item.note, item.line, item.span)
    given = {
        "file": item.note,
        "line": str(item.line) if item.line else "",
        "col": str(first) if first else "",
        "endColumn": str(stop) if first else "",
        "title": item.code,
    }
    said = ",".join(f"{name}={_property(value)}" for name, value in given.items() if value)
    message = "\n".join((item.message, *item.notes))
    return f"::{_GITHUB[item.severity]} {said}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
