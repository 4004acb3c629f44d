"""The deep check of a vault: what is asked of a model, what it would take, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from notec.app.measured import Speed, speed
from notec.check.deep import (
    Asker,
    Pairs,
    Place,
    Question,
    contradiction_questions,
    gap_questions,
    inconsistency_questions,
    pairs_of,
)
from notec.check.deep.asking import BrokeOff, forecast
from notec.check.deep.inconsistency import specs_of
from notec.check.ignore import ignored_in, is_ignored
from notec.core import Diagnostic, NotecError, Severity
from notec.index import Progress
from notec.spec import is_idea, requirements_of
from notec.vault import parse_markdown

if TYPE_CHECKING:
    from notec.app.config import CheckConfig
    from notec.index import Index, ProgressSink
    from notec.models import Model
    from notec.store import Store

CODES = ("contradiction", "gap", "inconsistency")
_IN_ROW = 3  # replies that break off one after another: the model is not well
_HEADED = ("требовани", "requirement", "тз", "spec", "специф")


class IndexLibrary:
    """The notes as the index has them."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def notes(self) -> Sequence[str]:
        return self._index.notes()

    def text(self, note: str) -> str:
        return self._index.text(note)

    def statements(self, note: str) -> Sequence[Place]:
        title = self._title(note)
        return [
            Place(s.note, s.line, s.start, s.text, (title, *s.heading), s.turn)
            for s in self._index.statements(note)
        ]

    def linked(self, note: str) -> Collection[str]:
        return {link.resolved for link in self._index.links(note)} - {"", note}

    def search(self, words: str, limit: int) -> Sequence[Place]:
        hits = self._index.search(words, limit=limit, per_note=2) if words.strip() else []
        return [Place(*self._place(h.note, h.span.start, h.span.end), (h.title, *h.heading)) for h in hits]

    def _place(self, note: str, start: int, end: int) -> tuple[str, int, int, str]:
        text = self._index.text(note)
        before = text[:start].replace("\r\n", "\n").replace("\r", "\n")
        return note, before.count("\n") + 1, start, text[start:end]

    def _title(self, note: str) -> str:
        row = self._index.note(note)
        return row.title if row else note


@dataclass(frozen=True)
class DeepForecast:
    """What a deep check would ask.

    Args:
        statements: that pairs were looked for among. left_out: pairs beyond the limit.
        questions: by code. known: answered before.
        seconds: None where the speed is not known.
    """

    notes: int
    statements: int
    questions: Counter[str]
    left_out: int
    known: int
    prompt_tokens: int
    reply_tokens: int
    speed: Speed | None
    model: bool

    @property
    def seconds(self) -> float | None:
        if self.speed is None:
            return None
        return self.prompt_tokens / self.speed.prefill + self.reply_tokens / self.speed.decode

    def to_json(self) -> dict[str, Any]:
        return {
            "notes": self.notes,
            "statements": self.statements,
            "pairs": self.questions["contradiction"],
            "pairs_left_out": self.left_out,
            "gaps": self.questions["gap"],
            "names": self.questions["inconsistency"],
            "known": self.known,
            "prompt_tokens": self.prompt_tokens,
            "reply_tokens": self.reply_tokens,
            "prefill": round(self.speed.prefill, 1) if self.speed else None,
            "decode": round(self.speed.decode, 1) if self.speed else None,
            "minutes": round(self.seconds / 60, 1) if self.seconds is not None else None,
        }


class Deep:
    """The questions of one vault.

    Args:
        model: None where there is none; then there is a forecast, and nothing is asked.
        config: rules that it leaves out are not asked about.
        most: pairs of statements that are asked about.
    """

    def __init__(
        self, index: Index, store: Store, model: Model | None, config: CheckConfig, most: int
    ) -> None:
        self._index, self._store, self._model, self._most = index, store, model, most
        self._codes = [
            code
            for code in CODES
            if (not config.select or code in config.select)
            and code not in config.ignore
            and config.levels.get(code) != "off"
        ]
        self._library = IndexLibrary(index)
        self._progress: ProgressSink | None = None

    def _tell(self, stage: str, done: int, total: int) -> None:
        if self._progress:
            self._progress(Progress(stage, done, total))

    @cached_property
    def _pairs(self) -> Pairs:
        if "contradiction" not in self._codes:
            return Pairs((), 0, 0)
        return pairs_of(self._library, self._most, lambda done, total: self._tell("comparing", done, total))

    @cached_property
    def _questions(self) -> list[Question]:
        notes = self._library.notes()
        questions = list(contradiction_questions(self._pairs.pairs))
        if "gap" in self._codes:
            for number, note in enumerate(notes, 1):
                questions += gap_questions(self._library, (note,))
                self._tell("looking for gaps", number, len(notes))
        if "inconsistency" in self._codes:
            specs = specs_of(notes, filter(self._demands, notes))
            questions += inconsistency_questions(self._library, specs)
        return list({(q.code, q.request.digest): q for q in questions}.values())

    def _demands(self, note: str) -> bool:
        """Whether a note states requirements."""
        text = self._index.text(note)
        if not note.lower().endswith((".idea", ".pseudo")) and not any(
            word in text.lower() or word in note.lower() for word in _HEADED
        ):
            return False
        read = parse_markdown(note, text).value
        return is_idea(read) or any(r.explicit for r in requirements_of(read))

    def forecast(self, progress: ProgressSink | None = None) -> DeepForecast:
        """What would be asked, and how long it would take; nothing is asked."""
        self._progress = progress
        asker = self._asker()
        left = forecast(self._questions, asker.known if asker else lambda _: False)
        return DeepForecast(
            len(self._library.notes()),
            self._pairs.statements,
            left.questions,
            self._pairs.left_out,
            left.known,
            left.prompt_tokens,
            left.reply_tokens,
            speed(self._store.replies, self._model.fingerprint) if self._model else None,
            self._model is not None,
        )

    def run(self, progress: ProgressSink | None = None) -> list[Diagnostic]:
        """Ask what was not asked yet; what came of it, with a remark that counts it."""
        self._progress = progress
        found: list[Diagnostic] = []
        asker = self._asker()
        if asker is None:
            return found
        stopped = ""
        total = in_row = 0
        try:
            total = len(self._questions)
            for number, question in enumerate(self._questions, 1):
                try:
                    found += asker.ask(question)
                    in_row = 0
                except BrokeOff as error:  # this one is asked again next time
                    asker.spent.broken += 1
                    in_row += 1
                    if in_row == _IN_ROW:
                        stopped = str(error)
                        break
                self._tell("asking", number, total)
        except KeyboardInterrupt:
            stopped = "Ctrl-C"
        except NotecError as error:
            stopped = str(error).replace("\n", ";")
        kept = self._heard(dict.fromkeys(found))
        return [*_remarks(asker, total, stopped), *sorted(kept, key=lambda d: (d.note, d.line, d.code))]

    def _asker(self) -> Asker | None:
        return Asker(self._model, self._store.memo) if self._model is not None else None

    def _heard(self, found: Iterable[Diagnostic]) -> list[Diagnostic]:
        """Without what a note asks not to be told."""
        ignored = {}
        kept = []
        for item in found:
            if item.note not in ignored:
                text = self._index.text(item.note)
                ignored[item.note] = ignored_in(parse_markdown(item.note, text).value)
            if not is_ignored(ignored[item.note], item.code, item.line):
                kept.append(item)
        return kept


def _remarks(asker: Asker, total: int, stopped: str) -> list[Diagnostic]:
    """What was asked and what came of it, and what stopped it."""
    spent = asker.spent
    said = [
        f"{code}: "
        + ", ".join(f"{n:,} {word}" for (c, word), n in sorted(spent.verdicts.items()) if c == code)
        for code in CODES
        if any(c == code for c, _ in spent.verdicts)
    ]
    if lied := spent.lied.total():
        said.append(f"{_answers(lied)} dropped: what was quoted does not stand in the notes")
    if spent.broken:
        said.append(f"{_answers(spent.broken)} broke off; they are asked for again next time")
    if spent.unread:
        said.append(f"{_answers(spent.unread)} could not be read")
    message = f"{spent.answered:,} of {total:,} questions answered, {spent.kept:,} of them in an earlier run"
    level = Severity.WARNING if spent.broken else Severity.INFO
    out = [Diagnostic("deep-check", level, message, "", notes=tuple(said))]
    if stopped:
        what = f"the deep check stopped: {stopped}"
        rest = ("what was answered is kept; the same command goes on from there",)
        out.insert(0, Diagnostic("deep-stopped", Severity.WARNING, what, "", notes=rest))
    return out


def _answers(count: int) -> str:
    return f"{count:,} answer{'s' * (count > 1)}"
