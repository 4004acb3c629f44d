"""HTML to Markdown, as much of it as notes need. Parsed by BeautifulSoup; nothing of it is run."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from notec.vault.derive import clean, one_line

_SKIPPED_TAGS = (
    "script style head template noscript svg iframe object canvas nav button select form input textarea"
)
_BLOCK_TAGS = (
    "p div section article main header footer aside figure figcaption dl dd dt address details summary "
    "center body html fieldset caption"
)
_SKIPPED = frozenset(_SKIPPED_TAGS.split())
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")  # with it BeautifulSoup warns that this is no HTML
_MISREAD = re.compile(r"^(?=#{1,6}\s|={3,}|-{3,}|```|~~~|\|)")  # words that would start something in Markdown
_RAISED = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")  # 10<sup>3</sup> must not become 103
_LOWERED = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")
_LONGEST_CELL = 500  # characters; a longer one is a layout, not a table


def parse(markup: str) -> Any:
    """The tree of HTML, or of XML whose case does not matter.

    By lxml, in time that grows with the length; Python's own parser took minutes for 150 KB of `<a `.
    """
    from bs4 import BeautifulSoup

    return BeautifulSoup(_DECLARATION.sub("", clean(markup), count=1), "lxml")


def page_title(markup: str) -> str:
    """The `<title>` of a page, or nothing."""
    found = re.search(r"<title[^>]*>(.*?)</title>", markup[:65536], re.IGNORECASE | re.DOTALL)
    return one_line(unescape(found[1])) if found else ""


def html_to_markdown(markup: str) -> str:
    """The visible words of a page with headings, lists, tables, code, quotes, links and images."""
    writer = _Writer()
    writer.walk(parse(markup))
    writer.flush()
    return "\n\n".join(writer.done)


class _Table:
    """A table that is open, and the words of the cell around it."""

    def __init__(self, around: list[str]) -> None:
        self.around = around
        self.rows: list[list[str]] = []
        self.in_cell = False


class _Writer:
    """Blocks as they are finished, and the words of the one that is open."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.words: list[str] = []
        self.quotes = 0
        self.lists: list[int] = []  # number of the next item, or 0 in a list of bullets
        self.marker = ""  # of the item that was opened and has no words yet
        self.links: list[int] = []  # where in `words` each open link began
        self.tables: list[_Table] = []
        self.shift = ""  # `sup` or `sub`

    def walk(self, root: Any) -> None:
        """Visit the tree without recursion: pages nest a hundred thousand deep when they want to."""
        from bs4.element import NavigableString, PreformattedString, Tag

        waiting: list[tuple[Any, bool]] = [(root, False)]
        while waiting:
            node, leaving = waiting.pop()
            if leaving:
                self.leave(node)
            elif isinstance(node, Tag):
                if self.enter(node):
                    waiting.append((node, True))
                    waiting.extend((child, False) for child in reversed(node.contents))
            elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
                self.say(str(node))

    def say(self, text: str) -> None:
        if self.shift:
            text = text.translate(_RAISED if self.shift == "sup" else _LOWERED)
        self.words.append(text)

    def enter(self, tag: Any) -> bool:
        """Open `tag`; false when nothing inside it is to be visited."""
        name = tag.name
        hidden = "hidden" in tag.attrs or tag.get("aria-hidden") == "true"
        if name in _SKIPPED or hidden or "display:none" in str(tag.get("style", "")).replace(" ", ""):
            return False
        if name in _BLOCKS or name in _HEADINGS:
            if not self.tables:
                self.flush()
            else:
                self.say(" ")
        elif name in ("ul", "ol"):
            self.flush()
            start = str(tag.get("start", "1"))
            self.lists.append(
                0 if name == "ul" else int(start) if start.isdecimal() and len(start) < 9 else 1
            )
        elif name == "li":
            self.flush()
            self.open_item()
        elif name == "blockquote":
            self.flush()
            self.quotes += 1
        elif name == "br":
            self.words.append("\n" if not self.tables else " ")
        elif name == "hr":
            self.flush()
            self.put("***")
        elif name == "a":
            self.links.append(len(self.words))
        elif name == "img":
            self.image(tag)
        elif name in ("pre", "code", "kbd", "samp", "math"):
            return self.code(tag)
        elif name in ("sup", "sub"):
            self.shift = name
        elif name == "table":
            self.flush()
            self.tables.append(_Table(self.words))
            self.words, self.links = [], []
        elif name == "tr" and self.tables:
            self.close_cell()
            self.tables[-1].rows.append([])
        elif name in ("td", "th") and self.tables:
            self.close_cell()
            self.tables[-1].in_cell = True
        return True

    def leave(self, tag: Any) -> None:
        name = tag.name
        if name in _HEADINGS and not self.tables:
            text = " ".join("".join(self.words).split())
            self.words, self.marker = [], ""
            if text:
                self.put(f"{'#' * int(name[1])} {text}")
        elif name in _BLOCKS:
            if not self.tables:
                self.flush()
        elif name in ("ul", "ol"):
            self.flush()
            self.lists.pop()
            self.marker = ""
        elif name == "li":
            self.flush()
        elif name == "blockquote":
            self.flush()
            self.quotes -= 1
        elif name == "a" and self.links:
            self.link(tag)
        elif name in ("sup", "sub"):
            self.shift = ""
        elif name in ("td", "th") and self.tables:
            self.close_cell()
        elif name == "table":
            self.close_cell()
            self.table(self.tables.pop())

    def close_cell(self) -> None:
        """Take the words of the cell; pages leave out `</td>` and `</tr>` at will."""
        table = self.tables[-1]
        if table.in_cell:
            if not table.rows:
                table.rows.append([])
            table.rows[-1].append(" ".join("".join(self.words).split()))
            table.in_cell = False
        self.words, self.links = [], []

    def open_item(self) -> None:
        if not self.lists:
            self.lists.append(0)  # an item outside of any list
        number = self.lists[-1]
        self.marker = f"{number}. " if number else "- "
        if number:
            self.lists[-1] += 1

    def flush(self) -> None:
        """Finish the open paragraph or item."""
        if self.tables:
            return
        lines = ["\n".join(" ".join(line.split()) for line in "".join(self.words).split("\n"))]
        text = re.sub(r"\n{2,}", "\n", lines[0]).strip()
        self.words, self.links = [], []
        if text:
            self.put(_MISREAD.sub(r"\\", text) if not self.marker else text)

    def put(self, text: str) -> None:
        """A finished block, under the marks of the lists and quotes around it."""
        depth = len(self.lists)
        indent = "    " * (depth - 1) if self.marker else "    " * depth
        first, rest = indent + self.marker, "    " * depth
        quote = "> " * self.quotes
        lines = text.split("\n")
        self.done.append(
            "\n".join(f"{quote}{rest if i else first}{line}".rstrip() for i, line in enumerate(lines))
        )
        self.marker = ""

    def link(self, tag: Any) -> None:
        start = min(self.links.pop(), len(self.words))
        text = " ".join("".join(self.words[start:]).split())
        target = str(tag.get("href") or "").strip()
        if (
            not text
            or not target
            or target.startswith("#")
            or target.lower().startswith(("javascript:", "data:"))
        ):
            return
        label = text.replace("[", "\\[").replace("]", "\\]")
        lead = " " if "".join(self.words[start:])[:1].isspace() else ""
        self.words[start:] = [f"{lead}[{label}]({_destination(target)})"]

    def image(self, tag: Any) -> None:
        alt, source = one_line(str(tag.get("alt") or "")), str(tag.get("src") or "").strip()
        if source and not source.lower().startswith("data:"):
            label = alt.replace("[", "\\[").replace("]", "\\]")
            self.words.append(f"![{label}]({_destination(source)})")
        elif alt:
            self.say(alt)

    def code(self, tag: Any) -> bool:
        """Code as it stands; nothing inside it is visited."""
        text = tag.get_text()
        longest = max((len(run) for run in re.findall("`+", text)), default=0)
        if tag.name != "pre" or self.tables:
            ticks = "`" * (longest + 1)
            if text.strip():
                self.words.append(f"{ticks}{' '.join(text.split())}{ticks}")
            return False
        self.flush()
        fence = "`" * max(3, longest + 1)
        self.put(f"{fence}\n{text.strip(chr(10))}\n{fence}")
        return False

    def table(self, table: _Table) -> None:
        rows = [row for row in table.rows if any(row)]
        self.words = table.around
        if self.tables:  # a table in a cell of another
            self.words.append(" ".join(["", *(cell for row in rows for cell in row), ""]))
            return
        width = max(map(len, rows), default=0)
        if width < 2 or any(len(cell) > _LONGEST_CELL for row in rows for cell in row):
            for cell in (cell for row in rows for cell in row if cell):
                self.put(_MISREAD.sub(r"\\", cell))
            return
        lines = [[cell.replace("|", "\\|") for cell in row] + [""] * (width - len(row)) for row in rows]
        text = ["| " + " | ".join(line) + " |" for line in lines]
        self.put("\n".join([text[0], "|" + " --- |" * width, *text[1:]]))


def _destination(url: str) -> str:
    """A link's target as Markdown takes it."""
    url = one_line(url)
    return f"<{url.replace('<', '%3C').replace('>', '%3E')}>" if set(url) & set(" ()<>") else url
