"""Bytes to text and back again, for any bytes.

UTF-8 is what Obsidian writes. Older notes come as UTF-16, or in one of the Russian or Western code
pages; these are told apart by the letters that they would give. Whatever is chosen, `encode` gives
back the very bytes that `decode` took: a byte that has no meaning in the encoding becomes a lone
surrogate (U+DC80..U+DCFF, as in PEP 383), and a byte order mark stays in the text as U+FEFF.
"""

from __future__ import annotations

import re
from functools import cache
from math import log
from typing import NamedTuple

from notec.core import Diagnostic, Severity

_SAMPLE = 1 << 16  # bytes looked at when guessing; a guess does not get better beyond

# Share of each letter among the letters of Russian prose (National Corpus of the Russian Language).
_RUSSIAN_SHARES = (
    "о10.97 е8.45 а8.01 и7.35 н6.70 т6.26 с5.47 р4.73 в4.54 л4.40 к3.49 м3.21 д2.98 п2.81 у2.62 я2.01 "
    "ы1.90 ь1.74 г1.70 з1.65 б1.59 ч1.44 й1.21 х0.97 ж0.94 ш0.73 ю0.64 ц0.48 щ0.36 э0.32 ф0.26 ъ0.04 "
    "ё0.20 "
)
_TYPOGRAPHY = frozenset("«»—–…№„“”‘’•\u00a0©®°±§€")
_NEIGHBOURS = frozenset("іїєґўІЇЄҐЎ")  # Ukrainian and Belarusian
_HIGH = bytes(range(128, 256))
_CODE_PAGES = ("cp1251", "koi8-r", "cp866", "cp1252")
_ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


class Decoded(NamedTuple):
    """A text, the name to give to `encode`, and what there was to say (about the note `path`)."""

    text: str
    encoding: str
    diagnostics: tuple[Diagnostic, ...] = ()


def decode(data: bytes, path: str = "") -> Decoded:
    """Read `data` as text. Never fails; `encode(text, encoding)` is `data` again.

    Encodings given: `utf-8`, `utf-16-le`, `utf-16-be`, `utf-32-le`, `utf-32-be`, `cp1251`, `koi8-r`,
    `cp866`, `cp1252`, and `utf-16-le-odd`, `utf-16-be-odd` where a last half character was cut off.
    A finding has the code `bad-encoding`, or `nul-bytes`.
    """
    wide = _wide_encoding(data)
    if wide:
        text, encoding = _decode_wide(data, wide)
        severity = Severity.WARNING if encoding.endswith("-odd") else Severity.INFO
        cut = "; its last byte is half a character" if encoding.endswith("-odd") else ""
        said = f"written in {wide.upper()}, which Obsidian cannot read{cut}; save it as UTF-8"
        return Decoded(text, encoding, (Diagnostic("bad-encoding", severity, f"{path}: {said}", path),))
    try:
        text, encoding, findings = data.decode("utf-8"), "utf-8", []
    except UnicodeDecodeError as error:
        text, encoding, finding = _decode_narrow(data, path, error.start)
        findings = [finding]
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        count = data.count(b"\0")
        said = f"holds {count} NUL byte{'s' * (count > 1)}; the file may be damaged"
        findings.append(Diagnostic("nul-bytes", Severity.WARNING, f"{path}: {said}", path, line))
    return Decoded(text, encoding, tuple(findings))


def encode(text: str, encoding: str) -> bytes:
    """The bytes that `decode` made `text` from; or, for an edited text, its bytes in that encoding.

    A character that the encoding lacks raises `UnicodeEncodeError`: save such a text as UTF-8.
    """
    if encoding.endswith("-odd"):
        wide = encoding.removesuffix("-odd")
        return text[:-1].encode(wide, "surrogatepass") + bytes([ord(text[-1]) & 0xFF])
    return text.encode(encoding, "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape")


def _wide_encoding(data: bytes) -> str:
    """The UTF-16 or UTF-32 encoding of `data` by its mark or by its zero bytes, or nothing."""
    for mark, name in ((b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be")):
        if data.startswith(mark):
            try:
                data.decode(name)
            except UnicodeDecodeError:
                break
            return name
    if data.startswith(b"\xff\xfe"):
        return "utf-16-le"
    if data.startswith(b"\xfe\xff"):
        return "utf-16-be"
    sample = data[:_SAMPLE]
    pairs = len(sample) // 2
    if pairs < 2 or b"\0" not in sample:
        return ""
    for name, high, low in (
        ("utf-16-le", sample[1::2], sample[::2]),
        ("utf-16-be", sample[::2], sample[1::2]),
    ):
        # Latin text has a zero in each high byte; Cyrillic has 4 there, and zero for spaces and digits;
        # the rest is typography and emoji.
        known = high.count(0) + high.count(4)
        if known >= 0.5 * pairs and low.count(0) * 4 < high.count(0):
            return name
    return ""


def _decode_wide(data: bytes, name: str) -> tuple[str, str]:
    if name.startswith("utf-32"):
        return data.decode(name), name
    if len(data) % 2:
        return data[:-1].decode(name, "surrogatepass") + chr(0xDC00 + data[-1]), f"{name}-odd"
    return data.decode(name, "surrogatepass"), name


def _decode_narrow(data: bytes, path: str, at: int) -> tuple[str, str, Diagnostic]:
    """Bytes that are not UTF-8 throughout; `at` is the place of the first wrong byte."""
    text = data.decode("utf-8", "surrogateescape")
    valid = len(data.decode("utf-8", "ignore"))
    wrong = len(text) - valid
    several = valid - len(data.translate(None, _HIGH))  # characters of two bytes and more
    line = data.count(b"\n", 0, at) + 1
    if several >= wrong:
        count = "1 byte that is" if wrong == 1 else f"{wrong} bytes that are"
        said = f"holds {count} not UTF-8, first on line {line}; the file may be damaged"
        return text, "utf-8", Diagnostic("bad-encoding", Severity.WARNING, f"{path}: {said}", path, line)
    encoding = guess_code_page(data)
    said = f"not UTF-8; read as {encoding} by its letters; save it as UTF-8 to be sure"
    text = data.decode(encoding, "surrogateescape")
    return text, encoding, Diagnostic("bad-encoding", Severity.WARNING, f"{path}: {said}", path, line)


def guess_code_page(data: bytes) -> str:
    """The code page whose letters look most like Russian or Western prose."""
    sample = data[:_SAMPLE]
    if len(data) > _SAMPLE and sample.isascii():  # the telling letters come late
        first = next(m.start() for m in re.finditer(rb"[\x80-\xff]", data))
        sample = data[first : first + _SAMPLE]
    return max(_CODE_PAGES, key=lambda page: _likelihood(sample.decode(page, "replace"), page == "cp1252"))


def _likelihood(text: str, western: bool) -> float:
    """Sum of the logarithms of how likely each non-ASCII character is where it stands."""
    total = 0.0
    for match in re.finditer("[^\0-\x7f]+", text):
        run, before = match.group(), text[match.start() - 1 : match.start()]
        beside = before in _ASCII_LETTERS or text[match.end() : match.end() + 1] in _ASCII_LETTERS
        for char in run:
            total += log(
                _weight_western(char, run, beside) if western else _weight_russian(char, before, beside)
            )
            before = char
    return total


def _weight_western(char: str, run: str, beside: bool) -> float:
    if char in _TYPOGRAPHY:
        return 0.02
    if not char.isalpha():
        return 0.001
    # an accented letter stands among plain ones; long runs of them are no Western language
    return 0.06 if beside and len(run) <= 2 else 0.002


@cache
def _russian() -> dict[str, float]:
    return {word[0]: float(word[1:]) for word in _RUSSIAN_SHARES.split()}


def _weight_russian(char: str, before: str, beside: bool) -> float:
    share = _russian().get(char.lower())
    if share is None:
        return 0.02 if char in _TYPOGRAPHY else 0.005 if char in _NEIGHBOURS else 0.0002
    weight = share / 100
    if char.isupper() and before.islower():  # the other case than meant: koi8-r taken for cp1251
        return weight * 0.02
    return weight * (0.85 if char.isupper() else 1) * (0.05 if beside else 1)
