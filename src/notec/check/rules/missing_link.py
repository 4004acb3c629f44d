"""`missing-link`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from notec.check.briefs import Brief, brief_of
from notec.check.links import name_key
from notec.check.naming import Named, Naming
from notec.check.rule import Rule, View
from notec.core import Diagnostic, Doc, Edit, Fix, Severity

CODE = "missing-link"
LEAST = 0.75  # how sure a finding is that is shown; see bench/missing_links.py
_MOST = 5  # of one note


class _Surveyor:
    def __init__(self) -> None:
        self.naming = Naming(LEAST)
        self._found: dict[str, tuple[Diagnostic, ...]] = {}

    def put(self, path: str, brief: Brief) -> None:
        self.naming.put(path, brief)

    def remove(self, path: str) -> None:
        self.naming.remove(path)
        self._found.pop(path, None)

    def kept(self) -> Any:
        return self.naming.kept(), self._found

    def restore(self, kept: Any) -> None:
        naming, self._found = kept
        self.naming.restore(naming)

    def survey(self, view: View) -> Iterator[Diagnostic]:
        for page in self.naming.settle():
            named = self.naming.named(page, lambda page=page: view.doc(page).text)  # type: ignore[misc]
            found = tuple(self._finding(view.doc(page), n) for n in named[:_MOST])
            if found:
                self._found[page] = found
            else:
                self._found.pop(page, None)
        for found in self._found.values():
            yield from found

    def _finding(self, doc: Doc, named: Named) -> Diagnostic:
        words = named.span.of(doc.text)
        title = self.naming.briefs[named.path].title
        message = f"{title!r} is named and linked nowhere in this note"
        edit = Edit(named.span, self._link(doc, named, words))
        fix = Fix(f"link to {named.path}", (edit,), "safe" if named.exact and " " in title else "unsafe")
        notes = (f"{named.path}, {named.sure:.0%} sure",)
        line = doc.line(named.span.start)
        return Diagnostic(CODE, Severity.INFO, message, doc.path, line, named.span, notes=notes, fix=fix)

    def _link(self, doc: Doc, named: Named, words: str) -> str:
        """The mention as a link of the kind that the note has."""
        if not self.naming.briefs[doc.path].wiki:
            path = posixpath.relpath(named.path, posixpath.dirname(doc.path) or ".")
            return f"[{words}]({quote(path)})"
        name = named.path.removesuffix(".md")
        if self.naming.is_only(name_key(name)):
            name = name.rpartition("/")[2]
        bar = "\\|" if doc.line_text(doc.line(named.span.start)).lstrip().startswith("|") else "|"
        return f"[[{name}]]" if name == words else f"[[{name}{bar}{words}]]"


RULE = Rule(
    code=CODE,
    severity=Severity.INFO,
    summary="a note is named in another one that does not link to it",
    why="Whoever reads the one does not find the other, whose backlinks do not tell where it is spoken of.",
    mend="Make the name a link. `--fix` does so for a title of several words that stands letter by letter.",
    example=(
        "## a.md\nThe backups lie on the Home Server in the cellar. See [[b]].\n"
        "## Home Server.md\nIt never sleeps. See [[b]].\n## b.md\nText.\n"
    ),
    brief=brief_of,
    surveyor=_Surveyor,
)
