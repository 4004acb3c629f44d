"""Markdown text to a `Note`: the driver of the reader."""

from __future__ import annotations

import re
from bisect import bisect_right
from pathlib import PurePosixPath
from typing import Any

from notec.core import Diagnostic, Doc, Outcome, Severity, Span, short_id
from notec.vault.note import Block, Heading, Link, Note, Statement

_BLOCK = re.compile(
    r"(?P<blank>(?:[ \t]*\r?\n)+)|(?P<code>(```+|~~~+)[^\n]*\n(?:.*\n)*?\3[^\n]*\n?)|[^\n]*\n?"
)
_LINK = re.compile(
    r"(!?)\[\[([^\[\]\n|#]*)(?:#([^\[\]\n|]*))?(?:\|([^\[\]\n]*))?\]\]|(!?)\[([^\[\]\n]*)\]\(([^()\s#]*)(?:#([^()\s]*))?\)"
)
_STOP = re.compile(r"[.!?…]+[»\")]*\s+(?=[A-ZА-ЯЁ0-9«\"])")


def parse_markdown(path: str, text: str, dialect: str = "obsidian") -> Outcome[Note]:
    """Reads a Markdown text. Never raises: what cannot be read is a diagnostic, the rest lives."""
    doc = Doc(path, text)
    diagnostics: list[Diagnostic] = []
    properties: dict[str, Any] = {}
    at = 0
    blocks: list[Block] = []
    if head := re.match(
        r"\ufeff?---[ \t]*\r?\n(.*?)(?:^|\n)(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", text, re.DOTALL
    ):
        at = head.end()
        blocks.append(Block("frontmatter", 0, at))
        import yaml

        try:
            loaded = yaml.safe_load(head[1])
            properties = {str(k): v for k, v in loaded.items()} if isinstance(loaded, dict) else {}
        except (yaml.YAMLError, ValueError) as error:
            diagnostics.append(
                Diagnostic.at(doc, Span(0, 3), "bad-frontmatter", Severity.WARNING, str(error).split("\n")[0])
            )
    headings: list[Heading] = []
    statements: list[Statement] = []
    links: list[Link] = []
    seen: dict[str, int] = {}
    starts = doc.line_starts
    while at < len(text):
        found = _BLOCK.match(text, at)
        end = found.end() if found else len(text)
        line = text[at:end].strip()
        kind = "paragraph"
        if found and found["code"]:
            kind = "code"
        elif not line:
            kind = "blank"
        elif hashes := re.match(r"(#{1,6}) +(.*)", line):
            kind = "heading"
            visible = re.sub(r"<[^>]*>", "", hashes[2])
            headings.append(Heading(len(hashes[1]), visible, at, end, doc.line(at)))
        blocks.append(Block(kind, at, end))
        if kind not in ("code", "blank"):
            for m in _LINK.finditer(text, at, end):
                wiki = m[2] is not None
                target, sub, label = (m[2], m[3], m[4]) if wiki else (m[7], m[8], m[6])
                sub = sub or ""
                block = sub[1:] if sub.startswith("^") else ""
                embed = bool(m[1] or m[5])
                name = "wikilink" if wiki else "image" if embed else "markdown"
                links.append(
                    Link(
                        name,
                        target.strip(),
                        "" if block else sub,
                        block,
                        label or "",
                        embed,
                        m.start(),
                        m.end(),
                        doc.line(m.start()),
                        m.start(2 if wiki else 7),
                        m.end(2 if wiki else 7),
                    )
                )
        if kind == "paragraph":
            cuts = [at, *(at + s.end() for s in _STOP.finditer(text[at:end])), end]
            for a, b in zip(cuts, cuts[1:], strict=False):
                words = text[a:b].strip()
                if any(c.isalnum() for c in words):
                    s = a + len(text[a:b]) - len(text[a:b].lstrip())
                    key = " ".join(words.casefold().split())
                    n = seen[key] = seen.get(key, -1) + 1
                    kind_of = (
                        "item"
                        if re.match(r"[-*+] |\d+[.)] ", words)
                        else "row"
                        if words.startswith("|")
                        else "sentence"
                    )
                    statements.append(
                        Statement(
                            short_id(f"{key}#{n}" if n else key),
                            s,
                            s + len(words),
                            bisect_right(starts, s),
                            kind_of,
                            len(headings) - 1,
                            len(blocks) - 1,
                            -1,
                        )
                    )
        at = end
    title = str(
        properties.get("title")
        or next((h.text for h in headings if h.level == 1), "")
        or PurePosixPath(path).stem
    )
    ru = len(re.findall("[а-яё]", text[:4000]))
    note = Note(
        doc,
        title,
        "ru" if ru > 500 or ru * 2 > len(text[:4000]) // 2 else "en",
        properties,
        blocks=tuple(blocks),
        headings=tuple(headings),
        statements=tuple(statements),
        links=tuple(links),
    )
    return Outcome(note, tuple(diagnostics))
