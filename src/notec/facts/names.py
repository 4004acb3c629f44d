"""Names: capitalised runs, identifiers, acronyms, titles in quotation marks, versions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from notec.facts.modality import CUES
from notec.facts.numwords import WORDS as NUMBER_WORDS
from notec.facts.stems import fold
from notec.facts.tokens import Taken, Word
from notec.facts.units import unit_of
from notec.facts.values import Name, Version
from notec.facts.words import STOPWORDS

_TITLE = re.compile(
    r"«([^«»\n]{1,80})»|“([^“”\n]{1,80})”|„([^„“\n]{1,80})“|(?<!\w)\"([^\"\n]{1,80})\"(?!\w)|`([^`\n]{1,80})`"
)
_QUOTE = re.compile(r"[«“„\"`]")
_IDENTIFIER = re.compile(
    r"(?<![\w.-])(?:"
    r"[^\W\d_]++(?:[-.][^\W\d_]++)*+-?\d[\w]*(?:[-.][\w]+)*"  # Qwen3-235B, GPT-4, Ту-154, v2
    r"|[^\W_]++(?:_[^\W_]+)+|__\w+__"  # read_file
    r"|[a-z]++[A-Z]\w*|[A-Z][a-z0-9]++[A-Z]\w*"  # camelCase, PascalCase
    r"|[A-Za-z]\w*+(?:\.[a-z]\w+)+(?:\(\))?"  # os.path, notes.md
    r"|\d++[xх×]\d+|\+?\d++(?:-\d+){2,}|\d[A-Z](?!\w)"  # 1920x1080, telephone numbers, 5G
    r")"
)
_VERSION = re.compile(
    r"(?<![\w.,])(?P<v>v\.?\s?)?(?P<parts>\d{1,9}(?:\.\d{1,9})+|(?<=v)\d{1,9}|(?<=v\s)\d{1,9})(?P<tail>(?:-?(?:rc|alpha|beta|b|a)\.?\d*)?)(?![\w]|[.,-]\d)",
    re.IGNORECASE,
)
_POINTED = re.compile(r"\d(?:(?<=[vV.]\d)|(?<=[vV][\s.]\d)|(?<=[vV]\.\s\d))")
"""Every match of it holds one of these."""
_VERSION_WORDS = ("верси", "релиз", "ver", "v.", "release", "python")
_VERSION_WORD = re.compile(
    r"(?<!\w)(?:верси[яиюей]+|version|ver\.?|release|релиз[аеу]?|python|v\.)\s+(?P<parts>\d{1,9}(?:\.\d{1,9})*)(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?<![\w.-])(?P<subject>[A-Z][A-Za-z]*(?:\s[A-Z][A-Za-z]+)?)\s(?P<parts>\d{1,5}(?:\.\d{1,9})*)(?![\w]|[.,:/-]\d)"
)
_BEHIND_LATIN = re.compile(r"\d(?<=[A-Za-z]\s\d)")
_PART = re.compile(r"[\w]+(?:['’]\w+)?(?:[-.][\w]+)*")
_SENTENCE_END = frozenset(".!?…:;•*#>|")
_JOIN = re.compile(r"(?:[ \u00a0-]|\.\s?)(?:(?:de|von|van|der|da|ибн|фон|де|ван|оглы)\s)?$")
_NOT_NAMES = frozenset(("i ok i'm i'll i've i'd mr mrs ms dr tv utc г-н г-жа").split())
_CALENDAR = frozenset(
    (
        "january february march april may june july august september october november december monday"
        " tuesday wednesday thursday friday saturday sunday jan feb mar apr jun jul aug sep sept oct nov"
        " dec"
    ).split()
)


def _words_of(text: str) -> tuple[str, ...]:
    """Folded words of a name, without a possessive ending."""
    return tuple(fold(word).removesuffix("'s") for word in _PART.findall(text))


def _starts_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t\u00a0\n\r\"'«“„‘([{—–-_*`")
    if not before:
        return True
    return before[-1] in _SENTENCE_END and not (before[-1] == "." and _initial(before))


def _initial(before: str) -> bool:
    """Whether the point that ends `before` follows an initial or a short form ("К.", "ул.", "г.", "Dr.")."""
    match = re.search(r"(?<!\w)([^\W\d_]{1,3})\.$", before)
    return match is not None and (match[1].istitle() or fold(match[1]) in ("г", "ул", "им", "т", "пр"))


def versions(text: str, taken_spans: Sequence[tuple[int, int]]) -> list[Version]:
    """Versions of a text that has digits: `1.2.3`, `v2`, "версия 3.1", "Windows 11", "Llama 3.1"."""
    taken = Taken(text, taken_spans)
    found: list[Version] = []

    def put(subject: str, parts: str, start: int, end: int) -> None:
        if taken.free(start, end):
            taken.take(start, end)
            found.append(Version(subject, tuple(int(part) for part in parts.split(".")), start, end))

    low = fold(text)
    if any(word in low for word in _VERSION_WORDS):
        for match in _VERSION_WORD.finditer(text):
            put("", match["parts"], match.start("parts"), match.end())
    for match in _VERSION.finditer(text) if _POINTED.search(text) else ():
        if match["v"] or match["parts"].count(".") > 1 or match["tail"]:
            put("", match["parts"], match.start(), match.end())
    for match in _NUMBERED.finditer(text) if _BEHIND_LATIN.search(text) else ():
        subject = fold(match["subject"])
        last = subject.split()[-1]
        if (
            last in STOPWORDS
            or last in NUMBER_WORDS
            or last in _CALENDAR
            or unit_of(match["subject"].split()[-1])
        ):
            continue
        rest = text[match.end() : match.end() + 24]
        word = re.match(r"\s?[-–]?\s?([^\W\d_]+|[%°$€₽])", rest)
        if word and (unit_of(word[1]) or fold(word[1]) in NUMBER_WORDS):
            continue
        plain = match["subject"].istitle() and " " not in match["subject"] and "." not in match["parts"]
        if (
            plain
            and _starts_sentence(text, match.start())
            and word
            and rest[:1].isspace()
            and word[1].islower()
        ):
            continue  # "Add 3 files"
        put(subject, match["parts"], match.start(), match.end())
    return sorted(found, key=lambda version: version.start)


def names(
    text: str, words: Sequence[Word], taken_spans: Sequence[tuple[int, int]], *, digits: bool
) -> list[Name]:
    """Names in their order; `words` are the words of the text, `taken_spans` dates and versions."""
    found: list[Name] = []
    taken = Taken(text, taken_spans)

    def put(kind: str, start: int, end: int) -> None:
        if start < end and taken.free(start, end):
            taken.take(start, end)
            found.append(Name(_words_of(text[start:end]), kind, start, end))

    if _QUOTE.search(text):
        for match in _TITLE.finditer(text):
            inside = match[match.lastindex or 0]
            begin = match.start(match.lastindex or 0)
            first = inside.strip()[:1]
            if (
                (first.isupper() or first.isdigit())
                and len(inside.split()) <= 6
                and inside.strip()[-1] not in ".!?,…"
            ):
                put("title", begin, begin + len(inside))
    if digits or "_" in text or "." in text[:-1] or any(_mixed(word.form) for word in words):
        for match in _IDENTIFIER.finditer(text):
            if match[0].strip(".") and not match[0].isdigit() and not _counted(match[0]):
                put("identifier", match.start(), match.end())
    capitals = [word for word in words if word.form[0].isupper()]
    if not capitals:
        return sorted(found, key=lambda name: name.start)
    long_words = [word for word in words if len(word.form) > 3]
    shouting = len(long_words) >= 4 and sum(word.form[0].isupper() for word in long_words) > 0.8 * len(
        long_words
    )
    run: list[Word] = []
    for word in capitals:
        if run:
            joined = _JOIN.fullmatch(text[run[-1].end : word.start]) and not run[-1].low.endswith("'s")
            if not (joined and taken.free(run[-1].start, word.end)):
                _close(text, run, shouting, put)
                run = []
        run.append(word)
    _close(text, run, shouting, put)
    return sorted(found, key=lambda name: name.start)


def _mixed(form: str) -> bool:
    return not form.islower() and not form.istitle() and not form.isupper()


def _counted(form: str) -> bool:
    """Whether "5-ядерный" or "х86" style text is really a counted adjective."""
    return bool(re.fullmatch(r"\d+-[а-яё]+", form))


def _close(text: str, run: list[Word], shouting: bool, put: object) -> None:
    """Turn a run of capitalised words into a name, without what only starts a sentence."""
    assert callable(put)
    while (
        run
        and (run[0].low in STOPWORDS or run[0].low in _NOT_NAMES)
        and not (run[0].form.isupper() and len(run[0].form) > 2)
    ):
        run = run[1:]
    while run and (run[-1].low in STOPWORDS or run[-1].low in _NOT_NAMES) and not run[-1].form.isupper():
        run = run[:-1]
    if len(run) > 1 and run[0].low.isascii() != run[1].low.isascii() and _starts_sentence(text, run[0].start):
        run = run[1:]  # "Модель Qwen"
    if not run or run[0].low in CUES:
        return
    first = run[0]
    if len(run) == 1:
        form = first.form
        upper = form.isupper() and len(form) > 1
        if upper and (shouting or (unit_of(form) and text[: first.start].rstrip()[-1:].isdigit())):
            return
        if upper or _mixed(form):
            put("acronym" if upper else "proper", first.start, first.end)
        elif len(form) > 1 and first.low not in _CALENDAR:
            initial = _starts_sentence(text, first.start)
            put("initial" if initial or shouting else "proper", first.start, first.end)
        return
    if shouting:
        for word in run:
            _close(text, [word], shouting, put)
        return
    if all(word.low in _CALENDAR for word in run):
        return
    put("proper", first.start, run[-1].end)
