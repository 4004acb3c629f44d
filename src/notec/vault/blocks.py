"""A note's text to blocks and containers, line by line, in one pass and in linear time.

This is CommonMark's two-stage reading: here only the structure of blocks is found; the words of
each leaf are kept as line ranges, and read when all link reference definitions are known. Beyond
CommonMark: tables, footnotes, callouts, tasks, `$$` and `%%` blocks.
"""

from __future__ import annotations

import re

from notec.vault import starts
from notec.vault.layout import Builder, Layout
from notec.vault.targets import unescape

MAX_DEPTH = 128  # containers inside one another; what is nested deeper is read as text
# A line that begins with any other character is words, whatever came before it.
_MAY_START = frozenset("\t >#-+*_=`~<0123456789|$%[:")
_RULES = {char: re.compile(rf"[{re.escape(char)} \t]*") for char in "*-_"}
_CLOSERS = {mark: re.compile(re.escape(mark)) for mark in ("$$", "%%")}


def scan_blocks(text: str, at: int = 0) -> Layout:
    """The blocks of `text` from offset `at` (a line's start) on. Never raises."""
    return _Scanner(text, at).run()


class _Scanner(Builder):
    def __init__(self, text: str, at: int) -> None:
        super().__init__(text, at)
        self.too_deep = -1
        self.no_rule = -1  # up to here the line at hand is known to hold no thematic break
        self.last_mark = {mark: text.rfind(mark) for mark in _CLOSERS}
        # The line at hand, between its containers' marks and its words:
        self.at = at  # the next character that is no blank
        self.column = 0  # the column where the innermost matched container's content begins
        self.at_column = 0  # the column of `at`
        self.matched = 0  # how many of the open containers the line goes on

    def run(self) -> Layout:
        """The loop over lines: what is most common is done here, the rest in `_line`."""
        text, pos, size, stack = self.text, self.origin, len(self.text), self.stack
        find = text.find
        returns = "\r" in text
        stop = -1
        while pos < size:
            if stop < pos:
                stop = find("\n", pos)
                if stop < 0:
                    stop = size
            end, after = stop, (stop + 1 if stop < size else size)
            if returns and (cr := find("\r", pos, stop)) >= 0:
                end = cr
                after = after if cr == stop - 1 else cr + 1
            if not stack:
                leaf = self.leaf
                if pos == end:
                    if leaf in ("", "paragraph", "table", "html"):
                        if leaf:
                            self.close_leaf()
                        self.blank(pos)
                        pos = after
                        continue
                elif leaf == "fence":
                    if text[pos] not in self.fence and text[pos] != " ":
                        self.last = pos = after
                        continue
                elif (char := text[pos]) not in _MAY_START or (char == "|" and leaf == "table"):
                    if leaf in ("paragraph", "table", "html"):
                        self.lines += (pos, end)
                        self.last = pos = after
                        continue
                    if not leaf:
                        self.leaf, self.start, self.block, self.info = "paragraph", pos, "paragraph", ""
                        self.lines = [pos, end]
                        self.last = pos = after
                        continue
            self._line(pos, end, after)
            pos = after
        self.last_line = size
        self.close_to(0)
        return self.finish(self.too_deep)

    def _line(self, pos: int, end: int, after: int) -> None:
        text = self.text
        self.last_line = pos
        self.no_rule = -1
        self.column = 0
        self.at, self.at_column = starts.columns(text, pos, end, 0)
        matched = 0
        for entry in self.stack:
            kind = entry.kind
            if kind == "quote":
                if self.at >= end or self.at_column - self.column > 3 or text[self.at] != ">":
                    break
                self._after_quote(end)
            elif kind != "list":
                if self.at >= end:
                    if entry.empty:
                        break
                elif self.at_column - self.column >= entry.width:
                    self.column += entry.width
                else:
                    break
            matched += 1
        self.matched = matched
        whole = matched == len(self.stack)
        goes_on = whole and self.leaf != "" and self._goes_on(end, after)
        if not goes_on:
            if self.at < end:
                self._start(pos, end, after, whole)
            elif not (whole and self.leaf == "indented"):
                self.close_to(matched)
                self.blank(pos)
        if self.at < end or not text[pos:end].isspace():
            self.last = after

    def _after_quote(self, end: int) -> None:
        """Takes `>` and one column of blank after it."""
        at, column = self.at + 1, self.at_column + 1
        if at < end:
            if self.text[at] == " ":
                at, column = at + 1, column + 1
            elif self.text[at] == "\t":
                column += 1
                at += column % 4 == 0
        self.column = column
        self.at, self.at_column = starts.columns(self.text, at, end, column)

    def _goes_on(self, end: int, after: int) -> bool:
        """Whether a line, all of whose containers are there, belongs to the open leaf whatever it says."""
        text, leaf, at, indent = self.text, self.leaf, self.at, self.at_column - self.column
        if leaf == "fence":
            mark = self.fence
            if indent < 4 and text.startswith(mark, at) and not text[at:end].lstrip(mark[0]).strip(" \t"):
                self.close_leaf()
        elif leaf == "indented":
            if indent < 4 or at >= end:
                return False
            self.code_end = after
        elif leaf == "html":
            if at >= end:
                return False
            self.lines += (at, end)
        elif leaf == "raw":
            self.lines += (at, end)
            if self.until.search(text, at, end):
                self.close_leaf()
        elif leaf in _MARKED:
            if self.until.search(text, at, end):
                self.close_leaf()
        else:
            return False
        return True

    def _settle(self) -> None:
        """Makes room for a new block: closes the leaf, what the line does not go on, and its list."""
        depth = self.matched
        if depth and self.stack[depth - 1].kind == "list":
            depth -= 1
        self.close_to(depth)

    def _start(self, pos: int, end: int, after: int, whole: bool) -> None:
        """Opens what begins on the rest of the line; what is left are words."""
        text, stack = self.text, self.stack
        lazy = self.leaf == "paragraph"
        inside = whole and lazy  # the line may go on a paragraph, with all its marks in place
        opened = False
        while self.at < end:
            at, indent = self.at, self.at_column - self.column
            char = text[at]
            if indent >= 4:
                if lazy:
                    break
                self._settle()
                self.open_leaf("indented", pos, "code", [])
                self.code_end = after
                return
            if char not in _MAY_START:
                break
            if char == ">" and len(stack) < MAX_DEPTH:
                self._settle()
                entry = self.push("quote", pos, 0)
                self._after_quote(end)
                if text.startswith("[!", self.at) and (call := starts.CALLOUT.match(text, self.at, end)):
                    entry.info, entry.fold = call[1].strip().lower(), call[2]
                    entry.title = text[call.end() : end].strip()
                    self.emit("title", pos, entry.info, [call.end(), end])
                    return
            elif self._leaf(char, pos, end, inside):
                return
            elif char in "-+*0123456789" and (found := starts.MARKER.match(text, at, end)):
                if not self._item(found, pos, end, inside):
                    break
            elif (
                char == "["
                and text.startswith("[^", at)
                and len(stack) < MAX_DEPTH
                and (found := starts.FOOTNOTE.match(text, at, end))
            ):
                self._settle()
                self.push("footnote", pos, 4, found[1])
                self.at_column = self.column = self.at_column + found.end() - at
                self.at = found.end()
            else:
                break
            self.matched = len(stack)
            opened = True
            lazy = inside = False
        self._words(pos, end, whole, opened)

    def _words(self, pos: int, end: int, whole: bool, opened: bool) -> None:
        """Takes the rest of the line as words of the open leaf or of a new paragraph."""
        at, leaf = self.at, self.leaf
        if len(self.stack) >= MAX_DEPTH and self.too_deep < 0:
            self.too_deep = pos
        if opened and at >= end:
            self.blank(pos)
        elif leaf == "paragraph" and not opened:
            if whole and self.text[at] in "|-:" and self._table(end):
                return
            self.lines += (at, end)
        elif leaf == "table" and whole and not opened:
            self.lines += (at, end)
        else:
            self._settle()
            self.open_paragraph(pos, at, end)

    def _table(self, end: int) -> bool:
        """Whether the line is the delimiter row of a table headed by the paragraph's last line."""
        text, lines = self.text, self.lines
        if not starts.DELIMITERS.match(text, self.at, end):
            return False
        head, rule = text[lines[-2] : lines[-1]], text[self.at : end]
        if len(starts.cells(head)) != len(starts.cells(rule)):
            return False
        start = self.start
        if len(lines) > 2:
            start = self.line_start(lines[-3], lines[-2])
            self.lines = lines[:-2]
            self.close_leaf()
        self.open_leaf("table", start, "table", [*lines[-2:], self.at, end])
        return True

    def _item(self, found: re.Match[str], pos: int, end: int, inside: bool) -> bool:
        """Opens a list item at a list marker, if one may stand here."""
        text, stack, at = self.text, self.stack, self.at
        column = self.at_column + found.end() - at
        after, after_column = starts.columns(text, found.end(), end, column)
        if len(stack) >= MAX_DEPTH - 1 or (inside and (after >= end or (found[2] and int(found[2]) != 1))):
            return False
        marker = found[1] or found[3]
        depth = self.matched
        if depth and stack[depth - 1].kind == "list" and stack[depth - 1].info != marker:
            depth -= 1
        self.close_to(depth)
        if not (stack and stack[-1].kind == "list"):
            self.push("list", pos, 0, marker)
        gap = after_column - column
        gap = 1 if after >= end or gap > 4 else gap
        entry = self.push("list_item", pos, column + gap - self.column)
        self.at, self.column, self.at_column = after, column + gap, after_column
        if gap == after_column - column and (task := starts.TASK.match(text, after, end)):
            entry.info = task[1]
            self.at = task.end()
            self.column = self.at_column = after_column + task.end() - after
        return True

    # Leaves.

    def _leaf(self, char: str, pos: int, end: int, inside: bool) -> bool:
        """Opens a leaf that its first characters tell; False where none begins."""
        text, at = self.text, self.at
        if char == "#":
            found = starts.ATX.match(text, at, end)
            if not found:
                return False
            self._settle()
            close = starts.ATX_CLOSE.search(text, found.end(), end)
            self.emit("heading", pos, "", [found.end(), close.start() if close else end], len(found[1]))
            return True
        if char in "`~":
            return bool((found := starts.FENCE.match(text, at, end)) and self._fence(found, pos))
        if char == "<":
            return bool((found := starts.HTML.match(text, at, end)) and self._html(found, pos, end, inside))
        if inside and char in "=-" and (found := starts.SETEXT.match(text, at, end)):
            self._setext(found, pos, end)
            return True
        if char in "*-_":
            return self._rule(char, pos, end)
        return char in "$%" and self._marked(text[at : at + 2], pos, end)

    def _fence(self, found: re.Match[str], pos: int) -> bool:
        self._settle()
        self.fence = found[1] or found[3]
        info = found[2] if found[1] else found[4]
        self.open_leaf("fence", pos, "code", [], unescape(info.strip(" \t")))
        return True

    def _html(self, found: re.Match[str], pos: int, end: int, inside: bool) -> bool:
        kind = found.lastgroup or ""
        if kind == "any" and inside:
            return False
        self._settle()
        if kind not in starts.HTML_END:
            self.open_leaf("html", pos, "html", [self.at, end])
            return True
        self.until = starts.HTML_END[kind]
        block = "comment" if kind == "comment" else "html"
        self.open_leaf("raw", pos, block, [self.at, end], kind)
        if self.until.search(self.text, self.at, end):
            self.close_leaf()
        return True

    def _setext(self, found: re.Match[str], pos: int, end: int) -> None:
        if self.text[self.lines[0] : self.lines[0] + 1] == "[":
            self.take_definitions()
            if not self.lines:  # nothing but definitions: the line is words
                self.open_paragraph(pos, self.at, end)
                return
        self.leaf = ""
        self.emit("heading", self.start, "", self.lines, 2 if found[1] else 1)

    def _rule(self, char: str, pos: int, end: int) -> bool:
        if self.at < self.no_rule:
            return False
        found = _RULES[char].match(self.text, self.at, end)
        stop = found.end() if found else self.at
        if stop < end or self.text.count(char, self.at, end) < 3:
            self.no_rule = stop
            return False
        self._settle()
        self.emit("rule", pos)
        return True

    def _marked(self, mark: str, pos: int, end: int) -> bool:
        """A block of mathematics or a comment: closed on its line, or on a later one."""
        if mark not in _CLOSERS:
            return False
        close = self.text.find(mark, self.at + 2, end)
        leaf = "math" if mark == "$$" else "comment"
        if close >= 0:
            if self.text[close + 2 : end].strip(" \t") or close == self.at + 2:
                return False
            self._settle()
            self.emit(leaf, pos)
            return True
        if self.last_mark[mark] < end:
            return False
        self._settle()
        self.until = _CLOSERS[mark]
        self.open_leaf(leaf, pos, leaf, [])
        return True


_MARKED = ("math", "comment")
