"""What is asked: the kind of answer that would do, and the terms that it must be about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from notec.facts.words import STOPWORDS, Analyzer, language, tokens


class Kind(StrEnum):
    """What an answer must bring."""

    WHO = "who"
    WHEN = "when"
    COUNT = "count"
    WHERE = "where"
    WHY = "why"
    HOW = "how"
    WHETHER = "whether"
    DEFINITION = "definition"
    OTHER = "other"


# The first that is found counts. "How old" asks for a number, not for a manner; "what year" for a time.
_KINDS: tuple[tuple[Kind, str], ...] = (
    (
        Kind.COUNT,
        r"how\s+(?:many|much|long|old|far|tall|big|large|high|deep|fast|often|wide|heavy|hot|cold)\b(?!\s+ago)"
        r"|(?:what|which)\s+(?:is\s+the\s+)?(?:\w+\s+)?"
        r"(?:percent(?:age)?|number|amount|population|price|cost|length|height|depth|weight|speed|size|temperature)\b"
        r"|скольк\w+|как\s+(?:долго|часто|далеко|много)\b|насколько\b"
        r"|(?:как(?:ой|ая|ое|ов|ова|ово)|чему\s+рав\w+)\s+(?:\w+\s+)?"
        r"(?:размер|объ[её]м|возраст|процент|дол[яи]|числ[оа]|количеств\w+|длин[аы]|высот[аы]|глубин[аы]|вес|масс[аы]"
        r"|скорост[ьи]|цен[аы]|стоимост[ьи]|температур[аы])\b",
    ),
    (
        Kind.WHEN,
        r"when\b|(?:what|which)\s+(?:is\s+the\s+)?(?:\w+\s+)?(?:year|date|day|month|century|decade|season)\b"
        r"|what\s+time\b|how\s+long\s+ago\b"
        r"|когда\b|как(?:ой|ого|ому|ом|им|ие|их)\s+(?:год|месяц|век|день|дн|числ|дат)\w*|какая\s+дата\b"
        r"|в\s+какое\s+время\b|с\s+каких\s+пор\b",
    ),
    (
        Kind.WHO,
        r"who(?:m|se|'s)?\b|(?:what|which)\s+(?:\w+\s+)?(?:actor|actress|player|president|singer|author|person|king|queen)\b"
        r"|кто\b|кого\b|кому\b|кем\b|чей\b|чья\b|чь[её]\b|чьи\b|как(?:ой|ая)\s+(?:человек|автор|уч[её]ный|писатель)\w*",
    ),
    (
        Kind.WHERE,
        r"where\b|(?:what|which)\s+(?:city|country|state|place|river|county|continent|town|island|region)\b"
        r"|где\b|куда\b|откуда\b|как(?:ой|ом|ая)\s+(?:город|стран|мест|остров|област)\w*",
    ),
    (
        Kind.WHY,
        r"why\b|what\s+(?:is|was|are|were)\s+the\s+(?:reason|cause)s?\b|what\s+causes?d?\b|how\s+come\b"
        r"|почему\b|отчего\b|зачем\b|из-за\s+чего\b|по\s+какой\s+причине\b|для\s+чего\b|с\s+какой\s+целью\b",
    ),
    (
        Kind.DEFINITION,
        r"what\s+(?:is|are)\s+(?:a|an|the)?\s*[\w.:-]+\W*$|what\s+does\b.*\bmean\b|что\s+так(?:ое|ие)\b|что\s+значит\b|что\s+означает\b",
    ),
    (Kind.HOW, r"how\b|каким\s+образом\b|как\b|чем\b|с\s+помощью\s+чего\b"),
    (
        Kind.WHETHER,
        r"^\W*(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|had|may|must)\b"
        r"|\bли\b|^\W*(?:есть|стоит|можно|нужно|надо|следует|правда|бывает)\b",
    ),
)
_PATTERNS = tuple(
    (kind, re.compile(rf"(?:^|(?<=\W))(?:{pattern})", re.IGNORECASE)) for kind, pattern in _KINDS
)

# Words that frame a question and that an answer need not repeat.
_FRAME_WORDS = """
many much long ago please tell know called name names happen happens happened use used mean means come make
makes sense kind type following need needs needed require requires required
сколько почему зачем отчего откуда куда кому кем чему можно нужно надо стоит следует нужен нужна нужны
называется называют происходит значит означает является являются бывает делает делать пожалуйста скажи
расскажи говорит говорил говорила говорили сказал сказала сказали сказано
образом помощью именно каково каков какова каковы каком какому какую скольких скольким
"""
_FRAME = frozenset(_FRAME_WORDS.split())
_HOW = re.compile(  # "how fast": the answer says a number, and seldom the word
    r"\bhow\s+(old|far|tall|big|large|high|deep|fast|often|wide|heavy|hot|cold)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Question:
    """A question as read.

    Args:
        terms: content terms in their order, each once: what an answer must be about.
        pieces: for a term of an identifier (`getoleinterface`), the pieces that together stand for it.
        names: terms of forms that look like names or identifiers (a capital inside the sentence, a digit,
            an underscore): the answer must know them.
        shown: for each term, the word of the question that it came from.
        forms: all its words in lower case; a value that stands in the question is no news in an answer.
    """

    text: str
    language: str
    kind: Kind
    terms: tuple[str, ...]
    pieces: dict[str, tuple[str, ...]]
    names: frozenset[str]
    shown: dict[str, str]
    forms: frozenset[str]

    def found_in(self, terms: set[str] | frozenset[str]) -> set[str]:
        """Those of the question's terms that are among `terms`, an identifier also by all its pieces."""
        found = {term for term in self.terms if term in terms}
        for term, pieces in self.pieces.items():
            if term not in found and pieces and terms.issuperset(pieces):
                found.add(term)
        return found


def read_question(text: str, analyzer: Analyzer) -> Question:
    """Read a question. One that has only stopwords keeps them as its terms."""
    kind = next((kind for kind, pattern in _PATTERNS if pattern.search(text)), Kind.OTHER)
    forms = tokens(text)
    frame = _FRAME | {found.lower() for found in _HOW.findall(text)}
    content = [t for t in forms if t.form.lower() not in STOPWORDS | frame]
    content = content or [t for t in forms if t.form.lower() not in STOPWORDS] or list(forms)
    shown: dict[str, str] = {}
    pieces: dict[str, tuple[str, ...]] = {}
    names: set[str] = set()
    for token in content:
        parts = analyzer.parts(token.form)
        for term in parts.terms:
            shown.setdefault(term, token.form)
        if len(parts.terms) == 1 and parts.extras:
            pieces[parts.terms[0]] = parts.extras
        inner = token.form[1:] if token.start == forms[0].start else token.form
        if any(c.isupper() or c.isdigit() or c == "_" for c in inner):
            names.update(parts.terms)
    return Question(
        text=text,
        language=language(text),
        kind=kind,
        terms=tuple(shown),
        pieces=pieces,
        names=frozenset(names),
        shown=shown,
        forms=frozenset(t.form.lower() for t in forms),
    )
