"""Small forms of large things: a note's text in chunks, its statements in columns, its links in one piece.

A vault has a million statements; as rows they would cost more than the text. They lie in one blob a
note, in columns of 32-bit differences, which zlib shrinks well, and decode at the speed of C.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import accumulate
from operator import add
from typing import Any, NamedTuple

from notec.vault.note import Statement

CHUNK = 1 << 16  # characters of a text that are compressed as one
_LEVEL = 1
_KINDS = ("sentence", "item", "row", "turn")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_VALUE = {char: value for value, char in enumerate(_ALPHABET)}
ID_LENGTH = 12


def pack_text(text: str) -> list[bytes]:
    """The text in compressed chunks of `CHUNK` characters; an empty text has none."""
    return [
        zlib.compress(text[at : at + CHUNK].encode("utf-8", "surrogatepass"), _LEVEL)
        for at in range(0, len(text), CHUNK)
    ]


def unpack_text(data: bytes) -> str:
    """One chunk of a text."""
    return zlib.decompress(data).decode("utf-8", "surrogatepass")


def id_number(statement: str) -> int:
    """A statement id as a number of 60 bits that sorts as the id does; -1 when it is no such id."""
    if len(statement) != ID_LENGTH:
        return -1
    number = 0
    for char in statement:
        value = _VALUE.get(char)
        if value is None:
            return -1
        number = number << 5 | value
    return number


def id_text(number: int) -> str:
    """The id of a number made by `id_number`."""
    pairs = _PAIRS  # one by one: it is done for each statement of each note that is read
    first = pairs[number >> 50] + pairs[number >> 40 & 1023] + pairs[number >> 30 & 1023]
    return first + pairs[number >> 20 & 1023] + pairs[number >> 10 & 1023] + pairs[number & 1023]


def pack_statements(statements: Sequence[Statement]) -> bytes:
    """All statements of a note.

    Raises:
        ValueError: an id is not one of `vault`'s, or a kind is unknown.
    """
    ids = array("q", (id_number(s.id) for s in statements))
    if any(number < 0 for number in ids):
        raise ValueError("a statement's id must have 12 characters of Crockford's base 32")
    columns = [
        _differences(s.start for s in statements),
        array("i", (s.end - s.start for s in statements)),
        _differences(s.line for s in statements),
        array("i", (_KINDS.index(s.kind) for s in statements)),
        _differences(s.heading for s in statements),
        _differences(s.block for s in statements),
        _differences(s.turn for s in statements),
    ]
    return _little(ids) + zlib.compress(b"".join(map(_little, columns)), _LEVEL)


def unpack_ids(data: bytes, count: int) -> array[int]:
    """The numbers of the ids of `count` packed statements."""
    ids = array("q")
    ids.frombytes(data[: 8 * count])
    if sys.byteorder == "big":
        ids.byteswap()
    return ids


def unpack_statements(data: bytes, count: int) -> list[Statement]:
    """The `count` statements that `pack_statements` packed."""
    ids = unpack_ids(data, count)
    flat = array("i")
    flat.frombytes(zlib.decompress(data[8 * count :]))
    if sys.byteorder == "big":
        flat.byteswap()
    starts, lengths, lines, kinds, headings, blocks, turns = (
        flat[n * count : (n + 1) * count] for n in range(7)
    )
    firsts = list(accumulate(starts))
    columns = (
        *(map(id_text, ids), firsts, map(add, firsts, lengths), accumulate(lines)),
        *(map(_KINDS.__getitem__, kinds), accumulate(headings), accumulate(blocks), accumulate(turns)),
    )
    return list(map(partial(tuple.__new__, Statement), zip(*columns, strict=True)))


class PackedLink(NamedTuple):
    """A link as it stands in its note."""

    kind: str
    target: str
    heading: str
    block: str
    label: str
    embed: int
    start: int
    end: int
    line: int


def pack_json(value: Any) -> bytes:
    """A plain value, small; nothing for an empty one."""
    if not value:
        return b""
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(plain.encode("utf-8", "surrogatepass"), _LEVEL)


def unpack_json(data: bytes) -> Any:
    """What `pack_json` packed; an empty list for nothing."""
    return json.loads(zlib.decompress(data).decode("utf-8", "surrogatepass")) if data else []


def unpack_links(data: bytes) -> list[PackedLink]:
    """The links of a note, in its order."""
    return [PackedLink(*row) for row in unpack_json(data)]


def _differences(values: Iterable[int]) -> array[int]:
    out, before = array("i"), 0
    for value in values:
        out.append(value - before)
        before = value
    return out


def _little(column: array[int]) -> bytes:
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()
