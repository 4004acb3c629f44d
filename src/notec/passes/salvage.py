"""From a model's reply, however it is wrapped, to plain data that fits a schema.

Models think aloud first, put JSON into fences, write after it, stop in the middle of it, forget quotes, give
a list where an object was asked for, translate keys, or write the thing itself without any JSON. What can be
understood without guessing is taken; `json_repair` mends broken JSON, `fit` makes data fit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from notec.passes.fit import fit

_LONGEST = 200_000  # characters of a reply that are read
_TRIES = 200  # opening brackets that are tried
_THINKING = re.compile(
    r"<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)|\A.*?</(?:think|thinking|thought|reasoning)>"
    r"|<\|channel\|>analysis.*?(?:<\|channel\|>final|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_SPECIAL = re.compile(r"<\|[\w/]{1,30}\|>|</?s>|\[/?INST\]|<(?:end_of_turn|eos|/answer|answer)>")
_FENCE = re.compile(
    r"^[ \t>]*(```+|~~~+)[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t>]*\1[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_SMART = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "：": ":", "，": ",", "\u00a0": " ", "\ufeff": ""}
)
_SMART_KEY = re.compile(r"[{,]\s*[“”„«]\s*\w+|[”»]\s*:")
_LINE = re.compile(
    r"^[ \t]*(?:[-*+•]|\d{1,3}[.)]|шаг \d+[.:]|step \d+[.:])[ \t]+(.+)$", re.MULTILINE | re.IGNORECASE
)
_PAIR = re.compile(
    r"^[ \t]*[-*]?[ \t]*[\"*_]*([^\W\d][\w -]{0,30}?)[\"*_]*[ \t]*[:=][ \t]*[*_]*[ \t]*(.*)$", re.MULTILINE
)


def salvage(text: str, schema: Mapping[str, Any]) -> Any:
    """The data of a reply, which fits the schema.

    Raises:
        ValueError: there is none that fits; says why.
    """
    bare = _SPECIAL.sub("", _THINKING.sub("", text[:_LONGEST])).strip()
    if not bare:
        raise ValueError("it is empty" if not text.strip() else "it holds thinking and no answer")
    problem: ValueError | None = None
    for find in (_quoted, _headless, _whole, _fenced, _repaired, _code, _lines):
        fitting: list[Any] = []
        for value in find(bare, schema):
            try:
                fitting.append(fit(value, schema))
            except ValueError as error:
                problem = problem or error
        if fitting:
            return _joined(fitting, schema)
    raise problem or ValueError("it holds no JSON")


def _joined(found: list[Any], schema: Mapping[str, Any]) -> Any:
    """One value from several: lists are joined; of other things the last one counts."""
    if len(found) == 1:
        return found[0]
    properties = schema.get("properties", {})
    lists = [n for n, s in properties.items() if s.get("type") == "array"]
    if len(lists) != 1 or len(properties) != 1:
        return found[-1]
    name, items = lists[0], []
    for value in found:
        items += [item for item in value[name] if item not in items]
    return {name: items[: properties[name].get("maxItems") or len(items)]}


def _quoted(text: str, schema: Mapping[str, Any]) -> Iterator[Any]:
    """JSON as one string of JSON."""
    del schema
    if text[0] == text[-1] == '"':
        try:
            inside = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            return
        if isinstance(inside, str) and inside.strip()[:1] in ("{", "["):
            yield from _whole(inside, {})


def _headless(text: str, schema: Mapping[str, Any]) -> Iterator[Any]:
    """An object whose first brace is missing."""
    from json_repair import loads

    first = re.match(r"[\"'“]?(\w+)[\"'”]?\s*[:：]\s*[\[\"{]", text)
    if first and first[1].lower() in schema.get("properties", {}):
        try:
            yield loads("{" + text)
        except (ValueError, RecursionError, IndexError):
            return


def _whole(text: str, schema: Mapping[str, Any]) -> Iterator[Any]:
    """JSON values that are as they should be, outermost first, with whatever stands around them."""
    del schema
    decoder = json.JSONDecoder(strict=False)
    at = 0
    for _ in range(_TRIES):
        match = re.search(r"[{\[]", text[at:])
        if match is None:
            return
        start = at + match.start()
        try:
            value, at = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            if text[start] == "{" or re.match(r"\[\s*[{\"\[]", text[start:]):
                return  # broken from here on: what stands inside it would be taken out of its place
            at = start + 1
            continue
        if isinstance(value, dict) or (value and isinstance(value[0], (dict, str))):
            yield value


def _fenced(text: str, schema: Mapping[str, Any]) -> Iterator[Any]:
    """What stands in fences that say or look like JSON."""
    for fence in _FENCE.finditer(text):
        inside = fence[3].strip()
        if inside[:1] in ("{", "["):
            yield from _whole(inside, schema)


def _repaired(text: str, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Broken JSON, mended."""
    from json_repair import loads

    fences = [f[3].strip() for f in _FENCE.finditer(text)]
    inside = [f for f in fences if f[:1] in ("{", "[")]
    for part in inside or [text]:
        start = min((p for p in (part.find("{"), _list_at(part)) if p >= 0), default=-1)
        if start < 0:
            continue
        plain, straight = part[start:], part[start:].translate(_SMART)
        for mended in (straight, plain) if _SMART_KEY.search(plain) else (plain, straight):
            try:
                value = loads(mended, skip_json_loads=True)
            except (ValueError, RecursionError, IndexError):
                continue
            if isinstance(value, (dict, list)) and value:
                try:
                    fit(value, schema)
                except ValueError:
                    continue
                yield value
                break


def _list_at(text: str) -> int:
    match = re.search(r"\[\s*[{\"'\[\w]", text)
    return match.start() if match else -1


def _code(text: str, schema: Mapping[str, Any]) -> Iterator[Any]:
    """The code itself without JSON: in a fence, or the whole reply where it looks like code."""
    properties = schema.get("properties", {})
    wanted = [n for n in schema.get("required", ()) if "default" not in properties[n]]
    if wanted != ["code"]:
        return
    fences = [f[3] for f in _FENCE.finditer(text) if f[3].strip()]
    if fences:
        yield {"code": max(fences, key=len).rstrip("\n")}
    elif re.search(
        r"^\s*(?:return|def|if|for|while|raise|assert|import|from|with|try|\w+ = )", text, re.MULTILINE
    ):
        yield {"code": text}


def _lines(text: str, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Items of a list in Markdown, or lines `name: value`."""
    properties = schema.get("properties", {})
    pairs = [(m[1], m[2].strip().rstrip(",").strip("\"'`* ")) for m in _PAIR.finditer(text)]
    if pairs:
        yield dict(pairs)
    lists = [n for n, s in properties.items() if s.get("type") == "array"]
    if len(lists) == 1:
        items = properties[lists[0]].get("items", {})
        needed = [n for n in items.get("required", ()) if "default" not in items["properties"][n]]
        found = [m[1].strip() for m in _LINE.finditer(text)]
        if found and items.get("type") == "string":
            yield {lists[0]: found}
        elif found and len(needed) == 1 and items["properties"][needed[0]].get("type") == "string":
            yield {lists[0]: [{needed[0]: line} for line in found]}
