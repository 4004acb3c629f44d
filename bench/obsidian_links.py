"""Are all wikilinks and embeds found, and do they mean what obsidian-export says they mean?

    python bench/obsidian_links.py FOLDER

FOLDER holds `input` and `expected`, each with one folder a family: a small vault, and the same vault
as obsidian-export (https://github.com/zoni/obsidian-export) writes it, with every link resolved to a
Markdown link and every embedded note put in its place. Each note is followed the same way here, and
the files that its links lead to are compared, in order, with those that the expected text names.
"""

from __future__ import annotations

import json
import posixpath
import re
import sys
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from notec.vault.note import Link, Note
from notec.vault.read import read
from notec.vault.resolve import Resolver
from notec.vault.scan import scan
from notec.vault.subpath import heading_slug, match_heading

_KINDS = ("wikilink", "markdown", "image", "reference")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_WRITTEN = re.compile(r"!?\[\[[^\[\]\n]+\]\]")


class Place(NamedTuple):
    """Where a link leads: a file of the vault, and the anchor in it."""

    path: str
    anchor: str


class Vault:
    def __init__(self, root: Path) -> None:
        entries = scan(root, documents=False).value  # an embedded PDF is shown, not put in place
        self.notes: dict[str, Note] = {}
        for entry in entries:
            if entry.kind == "note" and (note := read(root, entry.path).value):
                self.notes[entry.path] = note
        self.resolver = Resolver(
            ((note.path, note.aliases) for note in self.notes.values()),
            (entry.path for entry in entries if entry.path not in self.notes),
        )

    def places(self, path: str, shown_on: str, inside: tuple[str, ...] = ()) -> list[tuple[Place, str]]:
        """Where the links of a note lead, with the label of each, embedded notes followed as on the page."""
        found: list[tuple[Place, str]] = []
        for link in self.notes[path].links:
            if link.kind not in _KINDS:
                continue
            target = self.resolver.resolve(link.target, path, link.kind).path
            label = link.label or link.target
            if link.kind != "wikilink" and not target:
                target = posixpath.normpath(posixpath.join(posixpath.dirname(shown_on), link.target))
            if not target:
                continue
            embedded = link.embed and link.kind == "wikilink" and target in self.notes
            if embedded and target not in (*inside, path):
                section = match_heading(self.notes[target].headings, link.heading) if link.heading else 0
                if section < 0:
                    raise SystemExit(f"{path}: the section {link.heading!r} of {target} was not found")
                found += self.places(target, shown_on, (*inside, path))
            else:
                found.append((Place(target, _anchor(link)), label))
        return found


def _anchor(link: Link) -> str:
    return link.block or heading_slug(link.heading)


def _unfound(note: Note) -> list[str]:
    """Wikilinks that stand in the text, by a rule of thumb of their own, and were not read."""
    text = _CODE.sub(lambda m: "x" * len(m[0]), note.doc.text)
    read_at = {(link.start, link.end) for link in note.links}
    return [m[0] for m in _WRITTEN.finditer(text) if (m.start(), m.end()) not in read_at]


def _expected(note: Note, folder: str) -> list[Place]:
    """The places that an exported note names, as paths of the vault."""
    found = []
    for link in note.links:
        if link.kind in _KINDS:
            path = (
                posixpath.normpath(posixpath.join(folder, unquote(link.target))) if link.target else note.path
            )
            found.append(Place(path, link.block or link.heading))
    return found


def judge(family: Path, expected: Path) -> dict[str, Any]:
    vault, exported = Vault(family), Vault(expected)
    wikilinks = sum(link.kind == "wikilink" for note in vault.notes.values() for link in note.links)
    unfound = [f"{path}: {raw}" for path, note in vault.notes.items() for raw in _unfound(note)]
    compared = right = beyond = 0
    wrong: list[str] = []
    for path, note in exported.notes.items():
        name = posixpath.basename(path)
        sources = [p for p in vault.notes if p == path] or [
            p for p in vault.notes if posixpath.basename(p) == name
        ]
        if len(sources) != 1:
            continue  # an export under another name: the same input, changed by a postprocessor
        named = _expected(note, posixpath.dirname(sources[0]))
        ours = vault.places(sources[0], sources[0])
        kept = []
        for place, label in ours:  # what lies outside an export is emphasised, no link
            if f"*{label}*" in note.doc.text and place not in named:
                beyond += 1
            else:
                kept.append(place)
        compared += len(named)
        matched = sum(a == b for a, b in zip(kept, named, strict=False))
        right += matched
        if kept != named:
            wrong.append(f"{path}: {kept} instead of {named}")
    return {
        "notes": len(vault.notes),
        "wikilinks": wikilinks,
        "unfound": unfound,
        "compared": compared,
        "right": right,
        "beyond_export": beyond,
        "wrong": wrong,
    }


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    folder = Path(sys.argv[1])
    if not (folder / "input").is_dir() or not (folder / "expected").is_dir():
        raise SystemExit(f"{folder} holds no `input` and `expected`: give the testdata of obsidian-export")
    families = {}
    for family in sorted((folder / "input").iterdir()):
        families[family.name] = result = judge(family, folder / "expected" / family.name)
        print(f"{family.name}: {result['right']} of {result['compared']}", file=sys.stderr)
    total = {
        key: sum(f[key] for f in families.values()) for key in ("notes", "wikilinks", "compared", "right")
    }
    total |= {key: sum(len(f[key]) for f in families.values()) for key in ("unfound", "wrong")}
    print(json.dumps({**total, "families": families}, ensure_ascii=False))


if __name__ == "__main__":
    main()
