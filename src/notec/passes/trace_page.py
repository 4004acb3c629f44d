"""The trace as files: `trace.json`, and `TRACE.html`, one page that needs no network and no other file.

Notes are data: everything goes into the page as JSON, and from there to the screen as text alone.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from notec.core import Citation, Doc, Span
from notec.passes.trace import JSON, PAGE, Trace

_LONGEST = (
    200_000  # characters of a note that is shown whole; of a longer one, what stands around cited words
)
_AROUND = 2  # lines


def files(
    trace: Trace, texts: Mapping[str, str], docs: Sequence[Doc], title: str, language: str
) -> dict[str, str]:
    """`trace.json` and `TRACE.html`.

    Args:
        texts: of the files that the trace speaks of, as they lie in the folder.
        docs: the notes that were compiled.
    """
    data = {"title": title, "language": language, **trace.to_json()}
    shown = data | {
        "notes": _notes(trace, docs),
        "files": [f | {"text": texts[f["path"]].splitlines()} for f in data["files"]],
    }
    del shown["back"]
    return {JSON: _json(data), PAGE: _page(shown, title, language)}


def _json(data: Mapping[str, Any]) -> str:
    """An item a line, so that two of them can be compared."""
    parts = []
    for key, value in data.items():
        if isinstance(value, list) and value:
            inside = ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in value)
            parts.append(f"{json.dumps(key)}: [\n{inside}\n ]")
        else:
            parts.append(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    return "{\n " + ",\n ".join(parts) + "\n}\n"


def _page(data: Mapping[str, Any], title: str, language: str) -> str:
    template = Path(__file__).with_name("trace.html").read_text(encoding="utf-8")
    inside = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":  # none of them may end the element, or the line
        inside = inside.replace(char, f"\\u{ord(char):04x}")
    policy = (
        f"default-src 'none'; script-src {_hash(template, 'script')}; style-src {_hash(template, 'style')}; "
    )
    filled = {
        "DATA": inside,
        "CSP": f"{policy}base-uri 'none'; form-action 'none'",
        "LANG": language,
        "TITLE": html.escape(title),
    }
    return re.sub(r"%%([A-Z]+)%%", lambda match: filled[match[1]], template)


def _hash(template: str, element: str) -> str:
    """Names the one script or style sheet of the page, for its policy."""
    inside = template.split(f"<{element}>")[1].split(f"</{element}>", maxsplit=1)[0]
    return f"'sha256-{base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()}'"


def _notes(trace: Trace, docs: Sequence[Doc]) -> list[dict[str, Any]]:
    """The notes, line by line, cut where cited words begin and end."""
    cited: dict[str, list[tuple[int, Citation]]] = {}
    for number, citation in enumerate(trace.words()):
        cited.setdefault(citation.note, []).append((number, citation))
    out = []
    for doc in docs:
        out.append({"path": doc.path, "lines": _lines(doc, cited.pop(doc.path, []))})
    for path, words in cited.items():  # words that the user wrote in the build folder itself
        lines = [{"number": c.line, "pieces": [[c.quote, [number]]]} for number, c in words]
        out.append({"path": path, "lines": lines})
    return out


def _lines(doc: Doc, words: Sequence[tuple[int, Citation]]) -> list[dict[str, Any]]:
    by_line: dict[int, list[tuple[int, Span]]] = {}
    near: set[int] = set()
    for i, citation in words:
        last = doc.line(max(citation.span.end - 1, citation.span.start))
        near.update(range(citation.line - _AROUND, last + _AROUND + 1))
        for number in range(citation.line, last + 1):
            by_line.setdefault(number, []).append((i, citation.span))
    out = []
    for number, start in enumerate(doc.line_starts, 1):
        if len(doc.text) > _LONGEST and number not in near:
            continue
        end = start + len(doc.line_text(number))
        here = by_line.get(number, [])
        cuts = sorted({start, end, *(min(max(at, start), end) for _, span in here for at in span)})
        pieces = [
            [doc.text[a:b], [i for i, span in here if span.start <= a and b <= span.end]]
            for a, b in pairwise(cuts)
        ]
        out.append({"number": number, "pieces": pieces})
    return out
