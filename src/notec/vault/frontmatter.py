"""The properties of a note: YAML front matter, and `key:: value` in the text.

Values are plain data, as JSON has it: what YAML would turn into dates, sexagesimal numbers or
`yes`/`no` stays the text that the user wrote. The usual front matter, lines of `key: word` and
lists of words, is read without YAML, with the same result and a hundredth of the time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from notec.core import Diagnostic, Doc, Severity, Span

_OPEN = re.compile("\ufeff?---[ \\t]*(?:\\r\\n?|\\n)")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r\n?|\n|\Z)", re.MULTILINE)
_LINE = re.compile(r"[^\r\n]*+(?:\r\n?|\n)?+")
_SIMPLE_KEY = re.compile(r"([A-Za-zА-Яа-яЁё_][\w. -]*?)[ \t]*:(?:[ \t]+(.*?))?[ \t]*$")
_SIMPLE_ITEM = re.compile(r"[ \t]*-[ \t]+(.*?)[ \t]*$")
_PLAIN = re.compile(
    r"(?![-?:,\[\]{}#&*!|>'\"%@`=<~])[^\x00-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]*+"
)
_QUOTED = re.compile(
    r"\"[^\"\\\x00-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]*\"|'[^'\x00-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]*'"
)
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?\.[0-9]+(?:[eE][-+]?[0-9]{1,3})?\Z")
_TOP_KEY = re.compile(r"^(?![ \t#-])[^\s].*?:(?:[ \t]|$)", re.MULTILINE)
_WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_MAX_LENGTH = 1 << 20
_MAX_VALUES = 100_000
_MAX_DEPTH = 64


class FrontMatter(NamedTuple):
    """Front matter as found: where it ends (0 where there is none), where its lines are, what they say."""

    end: int
    body_start: int
    body_end: int
    properties: dict[str, Any]
    diagnostics: tuple[Diagnostic, ...]


def read_frontmatter(doc: Doc) -> FrontMatter:
    """The front matter at the head of a note. Broken lines are diagnostics; the other properties live."""
    text = doc.text
    head = _OPEN.match(text)
    if head is None:
        return FrontMatter(0, 0, 0, {}, ())
    close = _CLOSE.search(text, head.end())
    if close is None:
        first = _LINE.match(text, head.end())
        if first is None or not _SIMPLE_KEY.match(first.group().rstrip("\r\n")):
            return FrontMatter(0, 0, 0, {}, ())
        said = "front matter begins here and is never closed; end it with a line `---`"
        return FrontMatter(0, 0, 0, {}, (_finding(doc, 0, head.end(), said),))
    start, end = head.end(), close.start()
    body = text[start:end]
    properties = _simple(body)
    diagnostics: tuple[Diagnostic, ...] = ()
    if properties is None:
        if end - start > _MAX_LENGTH:
            said = "front matter is longer than a million characters; it is not read"
            properties, diagnostics = {}, (_finding(doc, start, start, said),)
        else:
            properties, diagnostics = _by_yaml(doc, body, start)
    return FrontMatter(close.end(), start, end, properties, diagnostics)


def scalar(word: str) -> Any:
    """A plain YAML word as a value: true, false, null, a number, else the word itself."""
    if word in _NULLS:
        return None
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.match(word):
        return int(word)
    return float(word) if _FLOAT.match(word) else word


def _simple(body: str) -> dict[str, Any] | None:
    """The properties, where every line is `key: word` or an item of a list of words; else None."""
    found: dict[str, Any] = {}
    items: list[Any] | None = None
    key = ""
    for line in body.split("\n"):
        line = line.removesuffix("\r")  # noqa: PLW2901
        if not line or line.isspace():
            if "\t" in line or line.strip(" "):
                return None
            continue
        if line[0] == "-" or line[0] == " ":
            item = _SIMPLE_ITEM.match(line)
            word = _word(item[1]) if item else None
            if word is None or not key or (items is None and found[key] is not None):
                return None
            if items is None:
                items, indent = [], line.index("-")
                found[key] = items
            elif line.index("-") != indent:
                return None
            items.append(word[0])
            continue
        entry = _SIMPLE_KEY.match(line)
        if entry is None or entry[1] in found or not isinstance(scalar(entry[1]), str):
            return None
        key, items = entry[1], None
        word = _word(entry[2] or "")
        if word is None:
            return None
        found[key] = word[0]
        if entry[2]:
            items = []
            indent = -1
    return found


def _word(written: str) -> tuple[Any] | None:
    """The value of a plain or simply quoted word; None where only YAML can tell."""
    if not written:
        return (None,)
    if written[0] in "\"'":
        return (written[1:-1],) if _QUOTED.fullmatch(written) else None
    if (
        not _PLAIN.fullmatch(written)
        or ": " in written
        or " #" in written
        or written[-1] == ":"
        or "\t" in written
    ):
        return None
    return (scalar(written),)


def _by_yaml(doc: Doc, body: str, start: int) -> tuple[dict[str, Any], tuple[Diagnostic, ...]]:
    try:
        loaded = _load(body)
    except _Broken as broken:
        properties, diagnostics = _by_parts(doc, body, start)
        return properties, diagnostics or (
            _finding(doc, start + broken.offset, start + len(body), str(broken)),
        )
    if loaded is None:
        return {}, ()
    if not isinstance(loaded, dict):
        said = "front matter is no list of `key: value`; it is not read"
        return {}, (_finding(doc, start, start + len(body), said),)
    return loaded, ()


def _by_parts(doc: Doc, body: str, start: int) -> tuple[dict[str, Any], tuple[Diagnostic, ...]]:
    """Reads each property by itself, so that a broken one takes no other with it."""
    found: dict[str, Any] = {}
    diagnostics = []
    heads = [m.start() for m in _TOP_KEY.finditer(body)][:1000]
    if not heads or body[: heads[0]].strip():
        heads.insert(0, 0)
    for at, end in zip(heads, [*heads[1:], len(body)], strict=True):
        part = body[at:end]
        try:
            loaded = _simple(part)
            if loaded is None:
                loaded = _load(part)
            if not isinstance(loaded, dict):
                raise _Broken("is no `key: value`", 0)
            found.update(loaded)
        except _Broken as broken:
            diagnostics.append(
                _finding(doc, start + at + min(broken.offset, len(part.rstrip())), start + end, str(broken))
            )
    return found, tuple(diagnostics)


class _Broken(Exception):  # noqa: N818  caught here, and never seen outside
    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


def _load(body: str) -> Any:
    import yaml

    try:
        return _plain(_loader()(body))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = min(_offset(body, mark.line, mark.column), len(body)) if mark else 0
        raise _Broken(error.problem or error.context or "is no YAML", offset) from None
    except yaml.YAMLError as error:
        raise _Broken(" ".join(str(error).split())[:200], getattr(error, "position", 0) or 0) from None
    except (ValueError, TypeError, RecursionError, OverflowError) as error:
        raise _Broken(str(error)[:200] or "is no YAML", 0) from None


def _offset(body: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line):
        found = body.find("\n", at)
        if found < 0:
            break
        at = found + 1
    return at + column


@cache
def _loader() -> Callable[[str], Any]:
    """A YAML reader that makes plain data only; in C where it is there."""
    import yaml

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        pass

    Loader.yaml_implicit_resolvers = {}
    Loader.yaml_constructors = dict(base.yaml_constructors)

    def plain(loader: Any, node: Any) -> Any:
        word = loader.construct_scalar(node)
        return scalar(word) if node.style is None else word

    tag = "tag:yaml.org,2002:"
    Loader.add_constructor(tag + "str", plain)
    for name in ("timestamp", "binary", "int", "float", "bool", "null"):  # only where written out: `!!int 5`
        Loader.add_constructor(tag + name, plain)
    Loader.add_implicit_resolver(tag + "merge", re.compile(r"<<\Z"), ["<"])

    def load(body: str) -> Any:
        return yaml.load(body, Loader)  # noqa: S506  it descends from the safe loader, and makes less

    return load


def _plain(loaded: Any) -> Any:
    """Plain data with text keys; refuses what refers to itself or swells beyond measure."""
    left = _MAX_VALUES

    def copy(value: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if left < 0 or depth > _MAX_DEPTH:
            raise _Broken("front matter is nested too deep or too large", 0)
        if isinstance(value, dict):
            return {_key(k): copy(v, depth + 1) for k, v in value.items()}
        if isinstance(value, (list, tuple, set)):
            return [copy(v, depth + 1) for v in value]
        return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)

    return copy(loaded, 0)


def _key(key: Any) -> str:
    return key if isinstance(key, str) else "" if key is None else str(key)


def _finding(doc: Doc, start: int, end: int, message: str) -> Diagnostic:
    start = min(start, len(doc.text))
    line = _LINE.match(doc.text, start)
    span = Span(start, max(start, min(end, line.end() if line else end)))
    said = message if message.startswith("front matter") else f"front matter: {message}"
    return Diagnostic.at(doc, span, "bad-frontmatter", Severity.WARNING, said)
