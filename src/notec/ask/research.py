"""A search brief for use outside: what to look up or ask others, with everything private left inside.

Up to twenty aspects of a note, as questions in its language. They are put together from the note's own
topics, or written by a model; either way each word has to pass the screen of `notec.ask.private`.
What does not pass is listed as withheld, and passes only after the user approves it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from notec.ask.escape import escape, flat
from notec.ask.ordinary import spoken_privately
from notec.ask.parts import PART_NAMES, weigh_parts
from notec.ask.plain import plain
from notec.ask.private import Screen, Withheld
from notec.ask.prompts import prompt
from notec.ask.topics import Topic, topics
from notec.core import Citation, Diagnostic, NotecError, Severity, Span
from notec.facts.words import language as language_of
from notec.facts.words import tokens
from notec.models import Cancel, Message, Model, Request, Settings, Sink
from notec.vault import Note, parse_markdown
from notec.vault.note import Statement

ASPECTS = 20
_PER_TOPIC = 2  # aspects that one topic may open
_FIRST_OF_KIND = 5  # aspects of one kind before the other kinds have had their turn
_LONGEST_NOTE = 300_000  # characters of the note that are looked at
_LONGEST_SOURCE = 12_000  # characters of the note that a model is shown
_OPENER = re.compile(r"^(?:а|и|но|так|ну|and|but|so|or)\s+", re.IGNORECASE)
_PROSE = 5  # statements beside tables, from which the rows of tables need not be looked at
_CLAUSE = re.compile(r"[,;:()—–]|\s-\s")

# One row a part of the brief, then one for everything else: what to ask about a topic found there.
_FORMS: dict[str, dict[str, tuple[str, ...]]] = {
    "ru": {
        "problem": ("{}: от чего зависит и что обычно мешает", "{}: известные трудности и их причины"),
        "consequences": ("{}: какие бывают последствия и как их предотвратить",),
        "solution": (
            "{}: какие есть способы, их достоинства и недостатки",
            "{}: с чего начать и чего избегать",
        ),
        "": ("{}: как это устроено и на что смотреть при выборе",),
        "pair": ("{} и {}: как одно влияет на другое",),
        "question": ("{}?",),
    },
    "en": {
        "problem": (
            "{}: what does it depend on, and what usually gets in the way",
            "{}: known difficulties and their causes",
        ),
        "consequences": ("{}: what can follow, and how to prevent it",),
        "solution": (
            "{}: what ways are there, with their advantages and drawbacks",
            "{}: how to begin, and what to avoid",
        ),
        "": ("{}: how does it work, and what matters when choosing",),
        "pair": ("{} and {}: how does one affect the other",),
        "question": ("{}?",),
    },
}
_WHY = {
    "ru": {
        "problem": "заметка называет это трудностью",
        "consequences": "заметка говорит о последствиях",
        "solution": "заметка ищет здесь решение",
        "": "об этом идёт речь в заметке",
        "pair": "заметка связывает одно с другим",
        "question": "этот вопрос задан в заметке",
        "model": "предложено моделью",
        "approved": "разрешено вами",
    },
    "en": {
        "problem": "the note calls it a difficulty",
        "consequences": "the note speaks of what follows",
        "solution": "the note looks for a solution here",
        "": "the note is about it",
        "pair": "the note connects the two",
        "question": "the note asks it",
        "model": "a model's proposal",
        "approved": "approved by you",
    },
}
_ORDER = ("question", "problem", "solution", "consequences", "pair", "")


@dataclass(frozen=True)
class Aspect:
    """One thing to look up.

    Args:
        text: the question, free of everything private.
        why: why it is worth asking, one line, for the user.
        because: the statements of the note that it comes from; these stay inside.
    """

    text: str
    why: str
    because: tuple[Citation, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "why": self.why, "because": [c.to_json() for c in self.because]}


@dataclass(frozen=True)
class Research:
    """What may go outside, and what stays.

    Args:
        title: of the note, where it may leave; else empty.
        aspects: at most twenty, the most telling first.
        withheld: what was left out, to be shown to the user and to nobody else.
        dropped: how many of a model's proposals did not pass the screen.
    """

    note: str
    title: str
    language: str
    aspects: tuple[Aspect, ...]
    withheld: tuple[Withheld, ...]
    dropped: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()

    def markdown(self) -> str:
        """The text for outside: nothing in it but the aspects."""
        if not self.aspects:
            return ""
        return "\n".join(f"- {escape(aspect.text)}" for aspect in self.aspects) + "\n"

    def to_json(self) -> dict[str, Any]:
        """Plain data for the user's own eyes: the withheld things stand in it."""
        return {
            "note": self.note,
            "language": self.language,
            "aspects": [a.to_json() for a in self.aspects],
            "withheld": [w.to_json() for w in self.withheld],
            "dropped": self.dropped,
            "diagnostics": [d.to_json() for d in self.diagnostics],
        }


def research_note(
    note: Note,
    *,
    approve: Collection[str] = (),
    model: Model | None = None,
    limit: int = ASPECTS,
    on_text: Sink | None = None,
    cancel: Cancel | None = None,
) -> Research:
    """The search brief of a note.

    Args:
        approve: words and phrases that may leave although the screen would withhold them, in any case.
        model: proposes aspects; it runs on the user's machine, and what it writes is screened all the same.
    """
    language = note.language if note.language in _FORMS else language_of(note.doc.text)
    language = language if language in _FORMS else "en"
    diagnostics: tuple[Diagnostic, ...] = ()
    if len(note.doc.text) > _LONGEST_NOTE:
        said = f"the note is long: only its first {_LONGEST_NOTE:,} characters were looked at"
        diagnostics = (Diagnostic("long-note", Severity.INFO, said, note.path),)
        note = parse_markdown(note.path, note.doc.text[:_LONGEST_NOTE]).value
    screen = Screen(note, approve)
    written: list[str] = []
    if model is not None:
        written, found = _ask(model, note, language, limit, on_text=on_text, cancel=cancel)
        diagnostics += found
    aspects: dict[str, Aspect] = {}
    for text in written:
        if screen.passes(text) and not spoken_privately(t.form for t in tokens(text)):
            aspects.setdefault(text.casefold(), Aspect(text, _WHY[language]["model"]))
    dropped = len(written) - len(aspects)
    if not aspects:
        for aspect in _built(note, language, screen):
            if screen.passes(aspect.text):
                aspects.setdefault(aspect.text.casefold(), aspect)
    title = note.title if screen.passes(note.title) else ""
    return Research(
        note.path, title, language, tuple(aspects.values())[:limit], screen.withheld, dropped, diagnostics
    )


def _built(note: Note, language: str, screen: Screen) -> Iterator[Aspect]:
    """Aspects from the note's own topics, the most telling kind first, the topics said most often first."""
    found: dict[str, list[tuple[str, Statement]]] = {kind: [] for kind in _ORDER}
    counts: dict[str, int] = {}
    names: dict[str, str] = {}  # base of a topic -> as it was met first
    prose = [statement for statement in note.statements if statement.kind != "row"]
    for statement in prose if len(prose) >= _PROSE else note.statements:
        words = plain(note.text_of(statement))
        heading = note.heading_chains[statement.heading] if statement.heading >= 0 else ()
        weights = weigh_parts(words, heading)
        kind: str = max(PART_NAMES, key=weights.__getitem__)
        if not any(weights.values()):
            kind = ""
        if words.endswith("?"):
            found["question"] += [(clause, statement) for clause in _clauses(words, screen)]
        own = topics(words, language, screen.word)
        own = [topic._replace(text=names.setdefault(topic.base, topic.text)) for topic in own]
        for topic in own:
            counts[topic.text] = counts.get(topic.text, 0) + 1
            found[kind].append((topic.text, statement))
        found["pair"] += [(pair, statement) for pair in _pairs(own)]
    theme = _theme(note, counts, language)
    used: dict[str, int] = {}
    kept: dict[str, list[Aspect]] = {kind: [] for kind in _ORDER}
    for kind in _ORDER:
        forms, why = _FORMS[language][kind], _WHY[language][kind]
        unique = dict(reversed(found[kind]))  # the first statement of each topic
        ranked = sorted(unique, key=lambda words: -min(counts.get(words, 1), 3) - 3 * (" " in words))
        for words in ranked:
            parts = words.split("\n")
            if any(used.get(part, 0) >= _PER_TOPIC for part in parts):
                continue
            used.update({part: used.get(part, 0) + 1 for part in parts})
            if kind not in ("pair", "question") and " " not in words and theme and words not in theme.split():
                parts = [f"{words} ({theme})"]  # one word alone is too wide to ask about
            text = forms[len(kept[kind]) % len(forms)].format(*parts)
            kept[kind].append(Aspect(text[:1].upper() + text[1:], why, (_cite(note, unique[words]),)))
    form = _FORMS[language][""][0]
    for text in screen.let_out:  # the user wants to ask about these
        yield Aspect(form.format(f"{text} ({theme})" if theme else text), _WHY[language]["approved"])
    for kind in _ORDER:
        yield from kept[kind][:_FIRST_OF_KIND]
    for kind in _ORDER:
        yield from kept[kind][_FIRST_OF_KIND:]


def _theme(note: Note, counts: dict[str, int], language: str) -> str:
    """The topic of several words that the note is about: named in its title or headings, or most often."""
    above = {
        t.key for text in (note.title, *(h.text for h in note.headings)) for t in topics(text, language, bool)
    }
    long = [topic for topic in counts if " " in topic]
    return max(long, key=lambda topic: counts[topic] + 2 * any(key in topic for key in above), default="")


def _pairs(found: Sequence[Topic]) -> list[str]:
    """Neighbouring topics of one statement that are telling enough to be asked about together."""
    long = [t for t in found if " " in t.text]
    return [f"{a.text}\n{b.text}" for a, b in pairwise(long) if a.key != b.key]


def _clauses(question: str, screen: Screen) -> Iterator[str]:
    """The question where it may leave as it is, else those of its clauses that may."""
    for part in (question, *_CLAUSE.split(question.rstrip("? "))):
        clause = _OPENER.sub("", flat(part).strip(" «»“”\"'?"))
        words = [t.form for t in tokens(clause)]
        if len(words) > 3 and screen.passes(clause) and not spoken_privately(words):
            yield clause
            if part is question:
                return


def _cite(note: Note, statement: Statement) -> Citation:
    heading = note.heading_chains[statement.heading] if statement.heading >= 0 else ()
    span = Span(statement.start, statement.end)
    return Citation(note.path, statement.line, span.of(note.doc.text), span, statement.id, heading)


def _ask(
    model: Model, note: Note, language: str, limit: int, *, on_text: Sink | None, cancel: Cancel | None
) -> tuple[list[str], tuple[Diagnostic, ...]]:
    """A model's proposals; none, with a diagnostic, where it could not be asked."""
    schema = {
        "type": "object",
        "properties": {"aspects": {"type": "array", "items": {"type": "string"}, "maxItems": limit}},
        "required": ["aspects"],
        "additionalProperties": False,
    }
    text = "\n".join(plain(note.text_of(s)) for s in note.statements)[:_LONGEST_SOURCE]
    request = Request(
        messages=(
            Message("system", prompt("research").format(limit=limit, language=_NAMES[language])),
            Message("user", f"<note>\n{text}\n</note>"),
        ),
        schema=schema,
        settings=Settings(max_tokens=1500, thinking=False),
        purpose="research",
    )
    try:
        outcome = model.reply(request, on_text=on_text, cancel=cancel)
        data = json.loads(outcome.value.text)
        texts = [flat(t) for t in data["aspects"] if isinstance(t, str) and t.strip()]
    except (NotecError, ValueError, KeyError, TypeError, RecursionError) as error:
        said = f"the model proposed no aspects, the note's own topics are used: {error}"
        return [], (Diagnostic("model-failed", Severity.WARNING, said, note.path),)
    return texts, outcome.diagnostics


_NAMES = {"ru": "Russian", "en": "English"}
