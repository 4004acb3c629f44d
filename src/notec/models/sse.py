"""Server-sent events: bytes in any pieces -> the data of each event."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

MAX_LINE = (
    16 * 1024 * 1024
)  # bytes; a delta is a few dozen, a whole reply in one event a few hundred thousand


class LineTooLongError(Exception):
    """A line longer than `MAX_LINE`: not a stream of events, or a hostile one."""


def lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends (LF, CRLF or a lone CR), however the bytes were cut into pieces.

    A last line without an end is given too. Work is linear in the bytes, whatever their pieces.
    """
    parts: list[bytes] = []  # the beginning of a line whose end has not come yet
    size = 0
    after_cr = False
    for piece in chunks:
        if not piece:
            continue
        chunk = piece[1:] if after_cr and piece.startswith(b"\n") else piece
        after_cr = piece.endswith(b"\r")
        whole = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for line in whole[:-1]:
            yield b"".join(parts) + line if parts else line
            parts, size = [], 0
        if whole[-1]:
            parts.append(whole[-1])
            size += len(whole[-1])
            if size > MAX_LINE:
                raise LineTooLongError
    if parts:
        yield b"".join(parts)


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    """The data of each event, in order. Comments and other fields are left out.

    Some servers forget the empty line that ends an event: a `data:` line that begins an object, after
    data that is whole by itself, begins the next event.
    """
    data: list[str] = []
    for line in lines(chunks):
        if not line:
            if data:
                yield "\n".join(data)
                data = []
        elif line.startswith(b"data:"):
            text = line[5:].decode("utf-8", "replace").removeprefix(" ")
            if data and (text.startswith("{") or text == "[DONE]") and _whole("\n".join(data)):
                yield "\n".join(data)
                data = []
            data.append(text)
    if data:
        yield "\n".join(data)


def _whole(data: str) -> bool:
    try:
        json.loads(data)
    except (ValueError, RecursionError):
        return False
    return True
