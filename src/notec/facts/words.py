"""Words: how every part of notec cuts and compares them, so that a search, a check and a judge agree.

A *form* is a word as it stands in a text, joined by hyphens, dots, apostrophes and underscores
(`Qwen3-235B`, `os.path`, `don't`). A *term* is what two forms share when they are the same word: the
stem by script (Snowball: Russian for Cyrillic, English for Latin), without accents, `ё` folded to `е`
last. A compound form gives the terms of its parts in their order, and *extras*: the whole, and the
pieces of an identifier (`GetOleInterface` -> get, ole, interface). Each form is analysed once.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache
from typing import Any, Literal, NamedTuple

ANALYSER_VERSION = 1  # part of the key of everything that is stored analysed

_MARKS = "\u0300-\u036f\u00ad"  # accents that stand apart, and the soft hyphen
_WORD = rf"[^\W_][^\W_{_MARKS}]*(?:[{_MARKS}]+[^\W_]*)*"
FORM = re.compile(  # begins with one set of characters, which is quick to search for
    rf"[^\W_](?:(?<=[A-Za-z])(?:\+\+|\#(?!\w))"  # C++, C#
    rf"|[^\W_{_MARKS}]*(?:[{_MARKS}]+[^\W_]*)*(?:(?:[-\u2010\u2011.,'\u2019]|_+){_WORD})*)"
)
_JOINTS = re.compile(r"[-\u2010\u2011.,'\u2019_]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)+")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_PIECES = re.compile(r"[^\W\d_a-zа-яё]+(?![a-zа-яё])|[^\W\d_]?[a-zа-яё]+|[^\W\d_]+|\d+")
_TURN = re.compile(r"[a-zа-яё][A-ZА-ЯЁ]|[^\W\d_]\d|\d[^\W\d_]|[A-ZА-ЯЁ]{2}[a-zа-яё]")
_SIMPLE = re.compile(r"[A-Za-zА-яЁё]{1,64}")
"""A word that stands for itself alone, no number, compound or text without spaces."""
_CYRILLIC = re.compile(r"[\u0400-\u04ff]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LONGEST = 64  # characters of a form that count; what is longer is no word (base64, a line of dashes)
_ENCLITICS = frozenset({"s", "t", "d", "m", "ll", "re", "ve"})
_CACHE_LIMIT = 1_000_000  # forms; a vault of 20,000 pages has about 360,000


class Token(NamedTuple):
    """A form and where it stands: `text[start:end] == form`."""

    form: str
    start: int
    end: int


class Spot(NamedTuple):
    """A term and the place of the form that it came from."""

    term: str
    start: int
    end: int


class Parts(NamedTuple):
    """What one form means: terms in their order, and extras that stand beside them."""

    terms: tuple[str, ...]
    extras: tuple[str, ...]


def tokens(text: str) -> list[Token]:
    """The forms of a text, compounds whole, in their order."""
    return [Token(m.group(), m.start(), m.end()) for m in _forms(text)]


def _forms(text: str) -> Any:
    return FORM.finditer(text)


class Analyzer:
    """Turns text into terms. Holds a cache of forms, so keep one per process; not for threads."""

    def __init__(self) -> None:
        import Stemmer

        self._russian = Stemmer.Stemmer("russian", 0)
        self._english = Stemmer.Stemmer("english", 0)
        self._parts: dict[str, Parts] = {}
        self._joined: dict[str, str] = {}
        self._extra: dict[str, str] = {}

    def parts(self, form: str) -> Parts:
        """Terms and extras of one form."""
        found = self._parts.get(form)
        if found is None:
            if len(self._parts) >= _CACHE_LIMIT:
                self._parts.clear()
                self._joined.clear()
                self._extra.clear()
            found = self._parts[form] = self._analyse(form)
        return found

    def terms(self, text: str) -> list[str]:
        """Stemmed terms in the order of the text; the extras of a compound follow its parts."""
        out: list[str] = []
        for form in FORM.findall(text):
            parts = self.parts(form)
            out += parts.terms
            out += parts.extras
        return out

    def sequence(self, text: str) -> list[str]:
        """Stemmed terms in the order of the text, without extras: for phrases and nearness."""
        out: list[str] = []
        for form in FORM.findall(text):
            out += self.parts(form).terms
        return out

    def spots(self, text: str, start: int = 0, end: int = sys.maxsize) -> list[Spot]:
        """`sequence` of a text or a stretch of it, with the place of each term's form in the text."""
        forms = FORM.finditer(text, start, end)
        return [Spot(term, *m.span()) for m in forms for term in self.parts(m.group()).terms]

    def line(self, text: str) -> str:
        """The text as it is indexed: the sequence, then each extra once, joined by spaces."""
        forms = FORM.findall(text)
        joined, extra = self._joined, self._extra
        words = []
        try:
            words = [joined[form] for form in forms]
        except KeyError:
            for form in forms:
                if form not in joined:
                    parts = self.parts(form)
                    joined[form] = " ".join(parts.terms)
                    if parts.extras:
                        extra[form] = " ".join(parts.extras)
            words = [joined[form] for form in forms]
        words += [extra[form] for form in dict.fromkeys(forms) if form in extra]
        return " ".join(words)

    def term(self, word: str) -> str:
        """The term of one simple word; of a compound, its parts joined by spaces."""
        if _SIMPLE.fullmatch(word):
            return self._stem(word)
        return " ".join(self.sequence(word))

    def _analyse(self, form: str) -> Parts:
        if len(form) > _LONGEST:
            return Parts((self._stem(form[:_LONGEST]),), ())
        if _NUMBER.fullmatch(form):
            return _number(form)
        if _CJK.search(form):
            return _bigrams(form)
        pieces = [p for p in _JOINTS.split(form) if p]
        if len(pieces) > 1 and pieces[-1].lower() in _ENCLITICS and form[-len(pieces[-1]) - 1] in "'\u2019":
            pieces.pop()
        terms = tuple(self._stem(p) for p in pieces)
        extras: list[str] = []
        if len(pieces) > 1:
            extras.append(self._stem("-".join(pieces)))
        for piece in pieces:
            if _TURN.search(piece):
                extras += self._inside(piece)
        return Parts(terms, tuple(x for x in dict.fromkeys(extras) if x not in terms))

    def _inside(self, piece: str) -> list[str]:
        """The pieces of an identifier: words of two letters and more, and a number that leads."""
        found = _PIECES.findall(piece)
        return [self._stem(p) for n, p in enumerate(found) if (len(p) > 1 if not p[0].isdigit() else n == 0)]

    def _stem(self, word: str) -> str:
        folded = _fold(word)
        if _CYRILLIC.search(folded):
            stem = self._russian.stemWord(folded)
        elif folded.isascii():
            stem = self._english.stemWord(folded)
        else:
            stem = folded
        return str(stem).replace("ё", "е")


def _fold(word: str) -> str:
    """Lower case without accents; `й` and `ё` are letters of their own and stay."""
    low = word.lower()
    if low.isascii() or _SIMPLE.fullmatch(low):
        return low
    out = []
    for char in unicodedata.normalize("NFKC", low).replace("\u00ad", ""):
        if "а" <= char <= "я" or char == "ё":
            out.append(char)
        else:
            apart = unicodedata.normalize("NFD", char)
            out.append("".join(c for c in apart if not unicodedata.combining(c)))
    return "".join(out).lower()


def _number(form: str) -> Parts:
    """`1,000` is a thousand, `3,14` and `3.14` are one number, `28.07.2025` also its three parts."""
    if _THOUSANDS.fullmatch(form):
        return Parts((form.replace(",", ""),), ())
    pieces = re.split(r"[.,]", form)
    if len(pieces) == 2:
        return Parts((".".join(pieces),), ())
    return Parts(tuple(pieces), ("-".join(pieces),))


def _bigrams(form: str) -> Parts:
    """Text without spaces between words: overlapping pairs of characters."""
    low = _fold(form)
    return Parts(tuple(low[i : i + 2] for i in range(max(len(low) - 1, 1))), ())


def language(text: str, sample: int = 20_000) -> Literal["ru", "en", "other"]:
    """The language by its letters. Code and names are Latin in Russian notes too, so Cyrillic weighs more."""
    part = text[:sample]
    if part.isascii():
        return "en" if _LATIN.search(part) else "other"
    latin = sum(map(len, _LATIN.findall(part)))
    if not latin:
        return "ru" if _CYRILLIC.search(part) else "other"
    cyrillic = sum(map(len, _CYRILLIC.findall(part)))
    if 3 * cyrillic >= latin:
        return "ru"
    return "en"


@cache
def _morphology() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang="ru")


def lemma(form: str) -> str:
    """Dictionary form of a Russian word, `ё` kept; any other word in lower case.

    The first call loads the dictionary of pymorphy3, about 0.4 s.
    """
    low = form.lower()
    return str(_morphology().normal_forms(low)[0]) if _CYRILLIC.search(low) else low


def grammemes(form: str) -> frozenset[str]:
    """Grammemes of a Russian word's likeliest reading, as OpenCorpora names them (`Surn`, `Geox`, `nomn`).

    Empty for a word of another script.
    """
    if not _CYRILLIC.search(form):
        return frozenset()
    morphology = _morphology()
    return frozenset(map(str, morphology.parse(form.lower())[0].tag.grammemes))


_ENGLISH = """
a about after all also although am an and any are as at be because been before being between both but by
can could did do does doing done each few for from further had has have having he her here hers him his
how i if in into is it its itself just me might more most my no nor not of off on once one only onto or other
our ours out over own per same she should so some such than that the their theirs them themselves then
there these they this those through to too under until up upon us very was we were what when where
whether which while who whom whose why will with within without would you your yours
"""
_RUSSIAN = """
а без бы был была были было быть в вам вас ведь во вот все всё всего всех вы где да даже для до его ее её если
есть еще ещё же за здесь и из или им ими их к как какая какие какой каким каких ко когда которая которого
которое которой которые который которых кто ли либо лишь между меня мне мной мы на над нам нами нас не него
нее неё ней нет ни нибудь ним ними них но о об обо он она они оно от перед по под после потому при про с сам
сама сами само свое своё своего своей свои своих себе себя со так также такая такие такое такой там те тем
теми тех то того тоже той только том тот ту ты у уж уже чего чей чем через что чтобы чтоб чье чья эта эти
этим этими этих это этого этой этом этот эту я
"""
STOPWORDS: frozenset[str] = frozenset((_ENGLISH + _RUSSIAN).split())
"""Forms, in lower case, that carry no topic of their own: English and Russian."""


@cache
def stop_terms() -> frozenset[str]:
    """`STOPWORDS` as terms; a stem that a stopword shares with a real word is included."""
    analyzer = Analyzer()
    return frozenset(term for word in STOPWORDS for term in analyzer.sequence(word))
