"""Addresses that stand bare in the text, by the rules of GFM's autolink extension."""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"[^\s<>\x00-\x1f«»“”]+")
_LABEL = "[^\\W_]|[-_]|[\U0001f000-\U0001faff]"  # browsers follow hosts with emoji
_HOST = re.compile(rf"(?:{_LABEL})+(?:\.(?:{_LABEL})+)*")
_MAIL = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+")
_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_")
_ENTITY = re.compile(r"&[A-Za-z0-9]+;\Z")
_TRAILING = "?!.,:*_~'\"’…|"
_MAX_LOCAL = 256


def bare_address(text: str, at: int, found: str, floor: int, stops: str) -> tuple[int, int, str] | None:
    """The address around the mark `found` at `at`: its start, its end and its target.

    Args:
        floor: nothing before this offset belongs to it.
        stops: characters that end it beyond the usual ones: `]` inside brackets, `|` in a table.
    """
    if found == "@":
        return _mail(text, at, at, floor)
    before = text[at - 1] if at else " "
    if before.isalnum() or before in "/.@":
        return None
    low = found.lower()
    if low in ("mailto:", "xmpp:"):
        return _mail(text, text.find("@", at, at + _MAX_LOCAL), at + len(low), at, low)
    host_at = at if low == "www." else at + len(found)
    host = _HOST.match(text, host_at)
    if host is None or not _is_host(host.group(), low == "www."):
        return None
    address = _ADDRESS.match(text, host.end())
    end = address.end() if address else host.end()
    for stop in stops:
        cut = text.find(stop, host.end(), end)
        if cut >= 0:
            end = cut
    end = _trim(text, host_at, end)
    if end <= host_at + (4 if low == "www." else 0):
        return None
    shown = text[at:end]
    return at, end, "http://" + shown if low == "www." else shown


def _is_host(host: str, dotted: bool) -> bool:
    parts = host.split(".")
    return not any("_" in part for part in parts[-2:]) and (len(parts) > 1 or not dotted)


def _trim(text: str, start: int, end: int) -> int:
    """Takes off what ends the sentence, not the address; each character is looked at once."""
    opens, closes = text.count("(", start, end), text.count(")", start, end)
    while end > start:
        last = text[end - 1]
        if last in _TRAILING:
            end -= 1
        elif last == ")" and closes > opens:
            closes -= 1
            end -= 1
        elif last == ";":
            entity = _ENTITY.search(text, max(start, end - 40), end)
            end = entity.start() if entity else end - 1
        else:
            break
    return end


def _mail(text: str, sign: int, start: int, floor: int, scheme: str = "") -> tuple[int, int, str] | None:
    if sign < 0:
        return None
    begin = sign
    floor = max(floor, sign - _MAX_LOCAL, start if scheme else 0)
    while begin > floor and text[begin - 1] in _LOCAL:
        begin -= 1
    domain = _MAIL.match(text, sign + 1)
    if begin == sign or domain is None or domain.group()[-1] in "-_" or (scheme and begin != start):
        return None
    end = domain.end()
    if not scheme:
        return begin, end, "mailto:" + text[begin:end]
    if (
        scheme == "xmpp:"
        and text.startswith("/", end)
        and (more := re.compile(r"[\w@.]+").match(text, end + 1))
    ):
        end = more.end() - (text[more.end() - 1] == ".")
    return start - len(scheme), end, text[start - len(scheme) : end]
