"""Examples of a note: what goes in and what comes out, as a call that can be run where that can be told.

Read are sections and sentences that say so ("Example", "Пример"), `f(x) -> y`, `assert`, doctests, "input ...
output", "вход ... выход", given/when/then, and tables with columns of these names.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import NamedTuple

from notec.spec import values
from notec.vault import Note, code_text
from notec.vault.note import Block


class Shown(NamedTuple):
    """An example, at `start` to `end` of the note's text.

    Args:
        text: as a reader sees it, on one line.
        call, expected: Python expressions, or empty. The call is of `_` where no function is named.
        raises: the call fails; `expected` is then an exception's name, or empty.
    """

    start: int
    end: int
    text: str
    call: str = ""
    expected: str = ""
    raises: bool = False


_I = re.IGNORECASE
_LONGEST = 2_000  # characters of a block of code that is an example as a whole
HEADING = re.compile(
    r"\bexamples?\b|\bпример(?:ы|ов)?\b|\btest cases?\b|\bтест(?:ы|овые)\b|\bscenarios?\b|\bсценари[ий]", _I
)
_MARK = re.compile(
    r"^[*_]*(?:(?:an? |more |usage )?examples?|e\.g\.|for example|for instance|пример\w*|например|"
    r"к примеру|test(?: case)?|тест)\b[^:\n—–\w]{0,6}(?:\d+)?[*_]*\s*[:.,—–-]*[*_]*\s*",
    _I,
)
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[.\][ \t]+)?")
_INLINE = re.compile(r"\b(?:for example|for instance|e\.g\.|например|к примеру)[,:]?\s*", _I)
_NAME = re.compile(r"(?<![\w.])([^\W\d][\w.]*)\(")
_ARROW = re.compile(
    r"\s*`?\s*(?:->|→|=>|⇒|⟶|==|=(?!=)|≡|(?:must |should |would |должн\w+ |)?(?:is equal to|equals?|"
    r"returns?|gives?|yields?|"
    r"prints?|is|raises?|throws?|fails|верн[её]т|вернуть|возвраща\w+|да[её]т|выда[её]т|печатает|равн\w+|"
    r"бросает|"
    r"выбрасывает|падает)\b)\s*",
    _I,
)
_INPUT = (
    r"(?:inputs?|given|in|arguments?|args?|text|вход(?:ные данные|н\w+)?|ввод|дано|на входе?|аргумент\w*|"
    r"параметр\w*|"
    r"текст|запрос|query)"
)
_OUTPUT = (
    r"(?:outputs?|expect(?:ed)?(?: \w+)?|results?|out|returns?|answer|выход(?:ные данные|н\w+)?|вывод|"
    r"результат\w*|"
    r"ожида\w+(?: \w+)?|на выходе|ответ\w*|возвращ\w+)"
)
_PAIR = re.compile(
    rf"\b{_INPUT}\s*(?:[:=—–-]|is|это)\s*(?P<given>.+?)[\s,;.]*(?:->|→|=>|[\n;,.]|\s)\s*[-*]*\s*(?:и |and )?"
    rf"\b{_OUTPUT}\s*(?:[:=—–-]|is|это)\s*(?P<wanted>.+)",
    _I | re.DOTALL,
)
_GIVEN = re.compile(r"^[\s>*_-]*(?:given|scenario|when|дано|сценарий|когда|если|пусть)\b", _I)
_THEN = re.compile(r"\b(?:then|тогда)\b", _I)
_IN_CELL, _OUT_CELL = re.compile(rf"^{_INPUT}\b", _I), re.compile(rf"^{_OUTPUT}\b", _I)
_BARE = r"(?:`[^`\n]+`|«[^»\n]*»|“[^”\n]*”|\"[^\"\n]*\"|'[^'\n]*'|\[[^\]\n]*\]|\{[^}\n]*\}|-?\d+(?:[.,]\d+)?)"
_FROM_TO = re.compile(
    rf"(?P<given>{_BARE}(?:\s*(?:,|\band\b|\bи\b)\s*{_BARE})*)\s*(?:->|→|=>|⇒|gives?|yields?|becomes?|returns?|prints?|"
    rf"answers?|shows?|"
    rf"да[её]т|выда[её]т|превраща\w+ в|становится|возвраща\w+|печата\w+|отвеча\w+|"
    rf"показыва\w+)\s*(?P<wanted>{_BARE})",
    _I,
)
_SESSION = re.compile(r"^[ \t]*>>> (.+)\n[ \t]*(?!>>>|```)(\S.*)$", re.MULTILINE)
_ROW = re.compile(r"(?<!\\)\|")


def examples(note: Note) -> list[Shown]:
    """All examples of a note, in its order; none is given twice."""
    found: list[Shown] = []
    chains = note.heading_chains
    block_heading = {s.block: s.heading for s in note.statements}
    heading_at = -1
    starts = [h.start for h in note.headings]
    marked = False  # the paragraph above ended with "Example:"
    for index, block in enumerate(note.blocks):
        while heading_at + 1 < len(starts) and starts[heading_at + 1] <= block.start:
            heading_at += 1
        heading = block_heading.get(index, heading_at)
        inside = heading >= 0 and any(HEADING.search(h) for h in chains[heading])
        if block.kind == "code":
            found += _code(note, block, inside or marked)
        elif block.kind == "table":
            found += _table(note, block)
        elif block.kind in ("paragraph", "item", "footnote"):
            found += _prose(note, block, inside or marked)
        if block.kind != "blank":
            words = note.plain(block).rstrip("*_ ")
            marked = words.endswith(":") and bool(_MARK.match(words) or _INLINE.search(words))
    found = _joined(note, [*found, *_doctests(note)])
    seen: dict[tuple[str, str, str], Shown] = {}
    for shown in sorted(found):
        seen.setdefault((shown.call, shown.expected, "" if shown.call else shown.text), shown)
    return list(seen.values())


def _prose(note: Note, block: Block, inside: bool) -> Iterator[Shown]:
    """Examples of a paragraph or an item of a list."""
    raw = note.text_of(block)
    marker = _ITEM.match(raw) if block.kind == "item" else None
    start, end = block.start + (marker.end() if marker else 0), block.start + len(raw.rstrip())
    raw = note.doc.text[start : block.end]
    words = note.plain(block._replace(start=start))
    if not any(c.isalnum() for c in words):
        return
    runs = list(_calls(raw, start))
    if runs:
        yield from runs
        return
    mark = _MARK.match(words)
    if pair := _PAIR.search(raw if "\n" in raw else words):
        given, wanted = (part.strip().rstrip(".;,") for part in (pair["given"], pair["wanted"]))
        wanted = wanted.split("\n", 1)[0].strip().rstrip(".;")
        yield _in_out(start, end, words, (given,), wanted)
    elif _GIVEN.match(words) and _THEN.search(words):
        yield Shown(start, end, words)
    elif inside or mark or _INLINE.search(words):
        told = list(_from_to(raw, start))
        yield from told
        rest = words[mark.end() :] if mark else words
        if not told and any(c.isalnum() for c in rest) and not rest.endswith(":"):
            yield Shown(start, end, words)


def _from_to(raw: str, start: int) -> Iterator[Shown]:
    """`"a b" -> 2`: values without a function's name."""
    for match in _FROM_TO.finditer(raw):
        given = re.findall(_BARE, match["given"])
        yield _in_out(
            start + match.start(), start + match.end(), " ".join(match[0].split()), given, match["wanted"]
        )


def _in_out(start: int, end: int, text: str, given: list[str] | tuple[str, ...], wanted: str) -> Shown:
    """An example of values in and out, as a call of `_` where both can be read."""
    expected, failure = values.value(wanted), values.failure(wanted)
    named = values.call(given[0].strip().strip("`")) if len(given) == 1 else ""
    if named and not named[0].isupper():
        made = named
    else:
        arguments = [values.value(g) for g in given]
        made = f"_({', '.join(arguments)})" if all(arguments) else ""
    if not made or (not expected and failure is None):
        return Shown(start, end, text)
    return Shown(start, end, text, made, expected or failure or "", not expected)


def _calls(raw: str, start: int) -> Iterator[Shown]:
    """`f(x) -> y`, anywhere in a text."""
    at = 0
    while match := _NAME.search(raw, at):
        at = match.end()
        close = _closing(raw, match.end() - 1)
        if close < 0:
            continue
        arrow = _ARROW.match(raw, close)
        if arrow is None or arrow.end() >= len(raw):
            continue
        stop = _next_example(raw, arrow.end())
        called = values.call(raw[match.start() : close])
        verb = arrow[0].strip().strip("`").lower()
        fails = verb.startswith(("raise", "throw", "fail", "брос", "выбр", "пад"))
        rest = raw[arrow.end() : stop]
        wanted, length = _first_value(rest, bool(called))
        if fails or (not wanted and values.failure(rest) is not None):
            name = values.failure(("raises " if fails else "") + rest) or ""
            end = arrow.end() + len(rest.rstrip())
            yield Shown(
                start + match.start(),
                start + end,
                " ".join(raw[match.start() : end].split()),
                called,
                name if called else "",
                bool(called),
            )
            at = end
            continue
        if not wanted:
            continue
        end = arrow.end() + length
        text = " ".join(raw[match.start() : end].split())
        if called:
            yield Shown(start + match.start(), start + end, text, called, wanted)
        elif wanted and not values.is_type(rest):
            yield Shown(start + match.start(), start + end, text)
        at = end


def _next_example(raw: str, at: int) -> int:
    """Where the text of the example before `at` ends: its line, or the next call with an arrow."""
    line = raw.find("\n", at)
    stop = line if line > 0 else len(raw)
    while match := _NAME.search(raw, at, stop):
        close = _closing(raw, match.end() - 1)
        if 0 < close < stop and _ARROW.match(raw, close):
            return match.start()
        at = match.end()
    return stop


def _closing(raw: str, at: int) -> int:
    """Past the bracket that closes the one at `at`; -1 where none does, within a few lines."""
    depth, quote = 0, ""
    for place in range(at, min(len(raw), at + 600)):
        char = raw[place]
        if quote:
            if char == quote and raw[place - 1] != "\\":
                quote = ""
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return place + 1
    return -1


def _first_value(rest: str, words: bool) -> tuple[str, int]:
    """The longest value at the beginning of a text, and its length."""
    stripped = rest.rstrip().rstrip("`*_")
    ends = [
        len(stripped),
        *(m.start() for m in re.finditer(r"[.;,`)#]|\s[—–(#-]|\s(?:and|и|but|но)\s|\s", stripped)),
    ]
    for end in sorted({e for e in ends if e > 0}, reverse=True):
        part = stripped[:end].rstrip(" \t,;.").lstrip("` ")
        if part and (found := values.value(part)) and not values.is_type(part):
            return found, len(rest[:end])
    word = re.match(r"`?([^\W\d][\w-]*)`?[\s.;,)]*$", stripped)
    if words and word and not values.is_type(word[1]) and values.failure(word[1]) is None:
        return repr(word[1]), word.end(1)
    return "", 0


def _code(note: Note, block: Block, inside: bool) -> Iterator[Shown]:
    """Doctests, asserts and `f(x) -> y` of a code block."""
    raw = note.text_of(block)
    if block.info.split(" ", 1)[0].lower() in ("mermaid", "dot", "plantuml"):
        return
    lines = raw.splitlines(keepends=True)
    at, known = block.start, False
    for number, line in enumerate(lines):
        bare = line.strip()
        if bare.startswith(">>> "):
            follow = lines[number + 1].strip() if number + 1 < len(lines) else ""
            called = values.call(bare[4:])
            if called and follow and not follow.startswith((">>>", "```")):
                end = at + len(line) + len(lines[number + 1].rstrip())
                text = f"{bare[4:]} -> {follow}"
                if follow.startswith("Traceback"):
                    last = next(
                        (x.strip() for x in lines[number + 2 :] if re.match(r"\s*\w+(?:Error|Exception)", x)),
                        "",
                    )
                    yield Shown(at, end, f"{bare[4:]} -> {last}", called, values.failure(last) or "", True)
                elif wanted := values.value(follow):
                    yield Shown(at, end, text, called, wanted)
                known = True
        elif bare.startswith("assert ") and (found := _assertion(bare)):
            yield Shown(at, at + len(line.rstrip()), bare, *found)
            known = True
        elif not re.match(r"(?:def|class|function|функция|return|вернуть|if|for|while)\b", bare):
            for shown in _calls(line, at):
                if "=" not in re.sub(r"[=!<>]=|=>", "", note.doc.text[shown.start : shown.end]) or inside:
                    known = True
                    yield shown
        at += len(line)
    text = " ".join(code_text(note, block).split())
    if inside and not known and 0 < len(text) <= _LONGEST:
        yield Shown(block.start, block.start + len(raw.rstrip()), text)


def _doctests(note: Note) -> Iterator[Shown]:
    """Doctests that stand in the text as they are, where Markdown sees a quote."""
    for match in _SESSION.finditer(note.doc.text):
        called, wanted = values.call(match[1].strip()), values.value(match[2].strip())
        if called and wanted:
            start = match.start() + match[0].index(">>>")
            yield Shown(start, match.end(2), f"{match[1].strip()} -> {match[2].strip()}", called, wanted)


def _assertion(line: str) -> tuple[str, str] | None:
    try:
        node = ast.parse(line).body[0]
    except (SyntaxError, ValueError):
        return None
    if not isinstance(node, ast.Assert):
        return None
    test = node.test
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], (ast.Eq, ast.Is)):
        called, wanted = values.call(ast.unparse(test.left)), values.value(ast.unparse(test.comparators[0]))
        return (called, wanted) if called and wanted else None
    if called := values.call(ast.unparse(test)):
        return called, "True"
    return None


def _table(note: Note, block: Block) -> Iterator[Shown]:
    """A row for each example, where columns are named for what goes in and what comes out."""
    lines = note.text_of(block).splitlines(keepends=True)
    if len(lines) < 3:
        return
    head = _cells(lines[0])
    outs = [i for i, cell in enumerate(head) if _OUT_CELL.match(cell.strip("*_` "))]
    ins = [i for i, cell in enumerate(head) if _IN_CELL.match(cell.strip("*_` ")) and i not in outs]
    if len(outs) != 1 or (not ins and outs[0] == 0):
        return
    ins = ins or list(range(outs[0]))
    at = block.start + len(lines[0]) + len(lines[1])
    for line in lines[2:]:
        cells = _cells(line)
        if len(cells) >= len(head):
            given, wanted = [cells[i] for i in ins], cells[outs[0]]
            text = "; ".join(f"{head[i]}: {cells[i]}" for i in (*ins, outs[0]))
            yield _row(at, at + len(line.rstrip()), text, given, wanted)
        at += len(line)


def _row(start: int, end: int, text: str, given: list[str], wanted: str) -> Shown:
    failure = values.failure(wanted)
    expected = "" if failure is not None else values.value(wanted, words=True)
    if len(given) == 1 and (named := values.call(given[0].strip("` "))):
        made = named
    else:
        made = f"_({', '.join(values.value(g, words=True) or repr('') for g in given)})"
    return Shown(start, end, text, made, expected or failure or "", failure is not None)


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _ROW.split(line.strip().strip("|"))]


def _joined(note: Note, found: list[Shown]) -> list[Shown]:
    """Lines of one scenario ("Given", "When", "Then"; "Input:", "Output:") as one example."""
    out: list[Shown] = []
    statements = note.statements
    for index, statement in enumerate(statements):
        words = note.plain(statement)
        if not re.match(rf"(?:given|дано|{_INPUT})\b\s*[:\w`\"«—–-]", words, _I):
            continue
        last = index
        for further in range(index + 1, min(index + 5, len(statements))):
            if re.match(
                rf"(?:and|when|then|и|когда|тогда|то|{_OUTPUT})\b", note.plain(statements[further]), _I
            ):
                last = further
            else:
                break
        if last == index or statements[last].heading != statement.heading:
            continue
        end = statements[last].end
        text = " ".join(note.plain(s) for s in statements[index : last + 1])
        if not (_THEN.search(text) or re.search(rf"\b{_OUTPUT}\b", text, _I)):
            continue
        pair = _PAIR.search("\n".join(note.plain(s) for s in statements[index : last + 1]))
        if pair:
            wanted = pair["wanted"].strip().rstrip(".;")
            out.append(_in_out(statement.start, end, text, (pair["given"].strip().rstrip(".;,"),), wanted))
        else:
            out.append(Shown(statement.start, end, text))
    covered = [(s.start, s.end) for s in out]
    kept = [f for f in found if f.call or not any(a <= f.start < b for a, b in covered)]
    ran = [(f.start, f.end) for f in kept if f.call]
    return kept + [o for o in out if not any(o.start <= a and b <= o.end for a, b in ran)]
