"""What must not leave the vault without being asked about: names, numbers, addresses, ids.

The screen is a whitelist. A word passes when it is an ordinary one (`notec.ask.ordinary`) and is not written
as a name anywhere in the note; everything else is withheld and listed. In doubt a word is withheld: the user
can approve it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from notec.ask.escape import flat
from notec.ask.ordinary import COUNTS, MONTHS, NUMERALS, TECHNICAL, is_ordinary, is_unit, may_be_somebody
from notec.facts.morphology import readings
from notec.facts.words import STOPWORDS, Analyzer, Token, tokens
from notec.vault import Note

# The most telling first: what one pattern has taken, no later one looks at.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("e-mail", r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*"),
        (
            "url",
            r"\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.)[^\s<>\"'`\])]+|(?<![\w.-])(?:[a-z0-9-]+\.)+(?:com|org|net|ru|io|de|info)\b(?:/\S*)?",
        ),
        ("handle", r"(?<!\w)@[\w.-]+"),
        (
            "path",
            r"(?<!\w)(?:[a-z]:\\|\\\\|~/|\.{1,2}/|/)[^\s<>\"'|`)\]]+|(?<![\w/.-])[\w.-]+(?:/[\w.-]+){2,}",
        ),
        (
            "address",
            r"\b(?:ул|улиц[аеуы]|просп|проспект\w*|пр-т|пер|переул\w+|наб|набережн\w+|шоссе|площад[ьи]|пл|бульвар\w*)\b\.?"
            r"\s+[^,;.\n]{2,40}(?:,\s*(?:д|дом|корп|стр|кв|квартира)\b\.?\s*[\w/-]+)*"
            r"|\b\d+[a-z]?\s+(?:\w+\s+){1,3}(?:street|st|avenue|ave|road|rd|lane|drive|boulevard|blvd|square)\b\.?",
        ),
        (
            "id",
            r"\b(?=[0-9a-f-]*\d)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=\w*\d)(?=\w*[a-z])[0-9a-z_]{12,}\b",
        ),
        (
            "phone",
            r"(?<![\w.])(?:\+\d|8\s?\(|\(\d{3,4}\))[\d\s().-]{6,25}\d|\b\d{3}[-\s]\d{2,3}[-\s]\d{2}[-\s]?\d{2}\b",
        ),
        ("date", r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b"),
        (
            "money",
            r"[$€£₽¥]\s?\d(?:[\d\s.,]{0,30}\d)?|\b\d(?:[\d\s.,]{0,30}\d)?\s?(?:млн|млрд|тыс)?\.?\s?(?:[$€£₽¥]|руб\w*|евро|доллар\w*|коп\w*|цент\w*"
            r"|eur|usd|rub|dollars?|euros?|cents?)(?!\w)",
        ),
        ("identifier", r"(?<![\w.-])(?=[\w.-]*\d)(?=[\w.-]*[^\W\d_])\w+(?:[.-]\w+)*"),
        ("number", r"\d(?:\w|[.,:/-](?=\w)|[ \u00a0\u202f](?=\d{3}(?!\d)))*%?"),
    )
)
_MARKUP = re.compile(
    r"<!--|-->|\*\*|__|==|`|^[\s>]*(?:\[!\w+\][+-]?)?\s*(?:[-*+]\s+(?:\[.\]\s)?|#{1,6}\s+)?|^(?:title|aliases|tags)\s*:"
)
_LONGEST_LINE = 10_000  # characters that are looked at as one
_INITIAL = 3  # letters of an initial or a title: "А.", "Dr."
_WEAK_BEFORE = frozenset(":;|«“„\"'([{—–-#>*=/")
_END = frozenset(".!?…")


@dataclass(frozen=True)
class Withheld:
    """Something that stays inside until the user approves it.

    Args:
        text: as it stands in the note.
        kind: `name`, `term` (a word that no dictionary has), `number`, `money`, `date`, `phone`, `e-mail`,
            `handle`, `address`, `url`, `path`, `id`.
        place: `note:line` of its first occurrence.
    """

    text: str
    kind: str
    place: str

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "kind": self.kind, "place": self.place}


class Screen:
    """Knows what of one note may leave. `approved`: words and phrases that the user lets pass."""

    def __init__(self, note: Note, approved: Collection[str] = ()) -> None:
        self._analyzer = Analyzer()
        self.approved = frozenset(flat(text).casefold() for text in approved if text.strip())
        self._free = frozenset(t.form.casefold() for text in self.approved for t in tokens(text))
        self._blocked: set[str] = set()
        self._lower: set[str] = set()
        self._found: dict[tuple[str, str], Withheld] = {}
        lines = [
            (n, piece)
            for n in range(1, len(note.doc.line_starts) + 1)
            for piece in _pieces(note.doc.line_text(n))
        ]
        lines.append((1, note.path.rpartition("/")[2].removesuffix(".md")))
        bare = [(n, self._take_patterns(note.path, n, line)) for n, line in lines]
        for _, line in bare:
            for token in tokens(line):
                if token.form[0].islower():
                    self._lower |= self._keys(token.form)
        for n, line in bare:
            self._take_words(note.path, n, line)
        texts = (w.text.casefold() for w in self._found.values())
        self._texts = tuple(text for text in texts if len(text) > 3 and not self._is_free(text))

    @property
    def withheld(self) -> tuple[Withheld, ...]:
        """Everything in the note that does not pass, in the order of the note, each thing once."""
        return tuple(w for w in self._found.values() if not self._is_free(w.text))

    @property
    def let_out(self) -> tuple[str, ...]:
        """Names and terms of the note that the user lets pass, as they stand there."""
        wanted = (w.text for w in self._found.values() if w.kind in ("name", "term", "identifier"))
        return tuple(text for text in wanted if self._is_free(text))

    def _is_free(self, text: str) -> bool:
        """Whether the user approved these words."""
        forms = [t.form.casefold() for t in tokens(text)]
        return text.casefold() in self.approved or (bool(forms) and self._free.issuperset(forms))

    def passes(self, text: str) -> bool:
        """Whether every word of `text` may leave."""
        low = text.casefold()
        words = tokens(text)
        if any(hidden in low for hidden in self._texts):
            return False
        return not re.search(r"[\d@_/\\]", self._without_approved(low)) and all(
            self.word(t.form) for t in words
        )

    def word(self, form: str) -> bool:
        """Whether one word may leave."""
        low = form.casefold()
        if low in self.approved or low in self._free:
            return True
        return is_ordinary(form) and not any(key in self._blocked for key in self._keys(form))

    def _without_approved(self, low: str) -> str:
        for text in self.approved:
            low = low.replace(text, " ")
        return low

    def _keys(self, form: str) -> set[str]:
        """What the forms of one word share: its lemmas and its stem."""
        low = form.casefold().replace("ё", "е")
        keys = {low, *self._analyzer.sequence(form)}
        keys.update(r.lemma.replace("ё", "е") for r in readings(form))
        return keys

    def _take_patterns(self, path: str, line: int, text: str) -> str:
        """The line without what has a telling form; that is withheld as a whole."""
        for kind, pattern in _PATTERNS:
            for match in pattern.finditer(text):
                self._put(match[0].strip(" .,;:"), kind, f"{path}:{line}")
                if kind in ("e-mail", "handle", "address", "id"):
                    for token in tokens(match[0]):
                        if not is_ordinary(token.form.lower()):
                            self._blocked |= self._keys(token.form)
            text = pattern.sub(" , ", text)
        return _MARKUP.sub(lambda m: " " * len(m[0]), text)

    def _take_words(self, path: str, line: int, text: str) -> None:
        every = tokens(text)
        words = [t for t in every if t.form.casefold() not in STOPWORDS]
        shouting = len(words) > 2 and sum(t.form[0].isupper() for t in words) > 0.6 * len(words)
        if not shouting:  # "Ли", "Will": a name that looks like a word of no meaning
            words = [t for t in every if t.form.casefold() not in STOPWORDS or _name_like(text, t)]
        run: list[Token] = []  # words of one name
        for token in words:
            if not self._private(text, token, shouting):
                continue
            if run and not _joined(text, run[-1], token):
                self._put_name(text, run, f"{path}:{line}")
                run = []
            run.append(token)
        if run:
            self._put_name(text, run, f"{path}:{line}")

    def _private(self, text: str, token: Token, shouting: bool) -> bool:
        if not is_ordinary(token.form):
            return True
        if not token.form[0].isupper() or token.form.casefold() in TECHNICAL or is_unit(token.form):
            return False
        strength = min(1, _name_strength(text, token)) if shouting else _name_strength(text, token)
        if strength == 0 and may_be_somebody(token.form):
            strength = 1
        return strength > 1 or (strength == 1 and self._lower.isdisjoint(self._keys(token.form)))

    def _put_name(self, text: str, run: list[Token], place: str) -> None:
        form, low = run[0].form, run[0].form.casefold()
        lemmas = {r.lemma for r in readings(form)} | {low}
        if any(r.marks & NUMERALS for r in readings(form)) or lemmas & COUNTS:
            self._put(form, "number", place)
        elif lemmas & MONTHS:
            self._put(form, "date", place)
        else:
            if len(form) > 1 or len(run) > 1:
                kind = "name" if form[0].isupper() else "term"
                self._put(text[run[0].start : run[-1].end], kind, place)
            for token in run:
                self._blocked |= self._keys(token.form)

    def _put(self, text: str, kind: str, place: str) -> None:
        if text and (kind == "name" or text.casefold() not in STOPWORDS):
            self._found.setdefault((kind, text.casefold()), Withheld(text, kind, place))


def _name_strength(text: str, token: Token) -> int:
    """0: a capital that only begins a sentence; 1: after a colon, a quotation mark, in a cell; 2: a name."""
    at = token.start - 1
    while at >= 0 and text[at].isspace():
        at -= 1
    if at < 0 or text[at] in _END:
        return 0
    return 1 if text[at] in _WEAK_BEFORE else 2


def _name_like(text: str, token: Token) -> bool:
    return token.form.istitle() and _name_strength(text, token) > 1


def _joined(text: str, before: Token, token: Token) -> bool:
    """Whether two private words make up one name: "Ольга Шмакова", "А. Б. Гусев"."""
    gap = text[before.end : token.start]
    return token.form[0].isupper() and (gap == " " or (gap in (". ", ".") and len(before.form) <= _INITIAL))


def _pieces(line: str) -> Iterator[str]:
    """A line, cut between words where it is longer than a person would write."""
    at = 0
    while at < len(line) or not at:
        end = at + _LONGEST_LINE
        if end < len(line):
            end = line.rfind(" ", at + _LONGEST_LINE // 2, end) + 1 or end
        yield line[at:end]
        at = max(end, 1)
