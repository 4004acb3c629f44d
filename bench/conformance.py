"""Links, code spans and code blocks of the CommonMark and GFM examples: does the reader find them all?

    python bench/conformance.py FOLDER

FOLDER holds specification texts (`*.txt`) with examples in fences, Markdown and HTML parted by a line with a
single dot. What the HTML of an example links to, shows as an image, sets in `<code>` and in `<pre><code>`,
in order, is compared with what `parse_markdown` finds. An example counts once for each of the three kinds
that it holds, or that the reader finds in it.

Some examples mean something else in Obsidian (`[[word]]`, `$x$`) or in the other of the two specifications
(a bare address is a link in GFM only). They are listed with the reason, and counted apart.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote_to_bytes

from notec.vault import code_text, parse_markdown

_EXAMPLE = re.compile(r"^`{32} example([^\n]*)\n(.*?)^\.\n(.*?)^`{32}$", re.MULTILINE | re.DOTALL)
_RAW_TARGET = re.compile(r"(?:href|src)", re.IGNORECASE)


class _Expected(HTMLParser):
    """Targets, inline code and code blocks of an example's HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.codes: list[str] = []
        self.fences: list[tuple[str, str]] = []
        self._pre = False
        self._code: list[str] | None = None
        self._info = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("a", "img"):
            target = values.get("href" if tag == "a" else "src")
            if target is not None and "footnote" not in (values.get("class") or "") + " ".join(values):
                self.links.append(target)
        elif tag == "pre":
            self._pre = True
        elif tag == "code":
            self._code = []
            self._info = (values.get("class") or "").removeprefix("language-")

    def handle_endtag(self, tag: str) -> None:
        if tag == "code" and self._code is not None:
            text = "".join(self._code)
            if self._pre:
                self.fences.append((self._info, text))
            else:
                self.codes.append(text)
            self._code = None
        elif tag == "pre":
            self._pre = False

    def handle_data(self, data: str) -> None:
        if self._code is not None:
            self._code.append(data)


def _same_place(target: str) -> str:
    """An address with all percent signs decoded: the specification's HTML encodes, the reader decodes."""
    return unquote_to_bytes(target.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")


def _found(markdown: str) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    note = parse_markdown("example.md", markdown).value
    links = []
    for link in note.links:
        sub = link.heading + (f"#^{link.block}" if link.heading and link.block else "")
        sub = sub or (f"^{link.block}" if link.block else "")
        links.append(link.target + (f"#{sub}" if sub else ""))
    fences = [((b.info.split() or [""])[0], code_text(note, b)) for b in note.blocks if b.kind == "code"]
    return links, [c.text for c in note.code_spans], fences


_WITHOUT_BARE = (
    "commonmark_spec.txt",
    "gfm_spec.txt",
)


# What the reader takes otherwise on purpose, by a mark of the example's Markdown.
def _reason(source: str, markdown: str, html: str, kind: str) -> str:
    if html.startswith("<IGNORE>"):
        return "the specification leaves it open"
    if kind == "fences" and "<pre" in markdown:
        return "raw HTML stays HTML"
    if 'class="footnotes"' in html:
        return "the footnotes' HTML stands at the end, the reader keeps the order of the text"
    if kind == "links":
        if "[[" in markdown:
            return "[[...]] is a wikilink"
        if re.search(r"https?://|www\.|ftp://|\S@\w|xmpp:", markdown) and source in _WITHOUT_BARE:
            return "a bare address is a link, as in GFM's extension"
        if "![" in markdown and "](http" in markdown:
            return "a bare address in the description of an image"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--show", action="store_true", help="print each example that differs")
    options = parser.parse_args()
    files = sorted(options.folder.glob("*.txt"))
    counts: Counter[str] = Counter()
    differ: list[dict[str, object]] = []
    for file in files:
        text = file.read_text(encoding="utf-8")
        for number, match in enumerate(_EXAMPLE.finditer(text), 1):
            markdown, html = match[2].replace("→", "\t"), match[3].replace("→", "\t")
            expected = _Expected(html)
            links, codes, fences = _found(markdown)
            wanted = {
                "links": ([_same_place(x) for x in expected.links], [_same_place(x) for x in links]),
                "code": (expected.codes, codes),
                "fences": (expected.fences, fences),
            }
            for kind, (want, got) in wanted.items():
                if not want and not got:
                    continue
                counts[f"{kind}_total"] += 1
                if want == got:
                    counts[f"{kind}_ok"] += 1
                    continue
                reason = _reason(file.name, markdown, html, kind)
                counts[f"{kind}_on_purpose" if reason else f"{kind}_wrong"] += 1
                differ.append({"file": file.name, "example": number, "kind": kind, "reason": reason})
                if options.show:
                    print(f"--- {file.name} {number} {kind} {reason}\n{markdown}{html}", file=sys.stderr)
                    print(f"want {want}\ngot  {got}\n", file=sys.stderr)
    result: dict[str, object] = dict(counts)
    result["differ"] = differ
    print(json.dumps(result, ensure_ascii=False))
    return 0 if files else 2


if __name__ == "__main__":
    sys.exit(main())
