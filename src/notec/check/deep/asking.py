"""Asks a model the questions of a deep check, each of them once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.resources import files
from typing import Any, Protocol

from notec.check.deep.place import SHOWN, Answered
from notec.core import Diagnostic, Outcome
from notec.models import Cancel, Message, Model, Reply, Request, Settings
from notec.store import StepKey, step_key

VERSION = 1  # of the code around the prompts
_TRIES = 2  # replies of which one must be readable
_NEXT_DRAW = 1_000_003
_TOKENS = 1000  # of a reply
_USUAL = 120  # the same, as a forecast expects it


class Steps(Protocol):
    """Where answers are kept: `store.Memo`."""

    def get(self, key: StepKey) -> Outcome[bytes] | None:
        """The value of a step that ran with this key."""

    def put(self, key: StepKey, value: bytes, diagnostics: Sequence[Diagnostic] = ()) -> None:
        """Keep a value."""


@dataclass(frozen=True)
class Question:
    """One small question.

    Args:
        code: of the rule, and name of its prompt.
        subject: the places that it is about, for progress.
        shown: all that the model sees.
        verdicts: the words of which it must say one.
        quotes: names of the quotes that it must give first.
        read: what an answer means; its places are looked up anew, so that edits elsewhere cost nothing.
    """

    code: str
    subject: str
    shown: Mapping[str, Any]
    verdicts: tuple[str, ...]
    quotes: tuple[str, ...]
    read: Callable[[Mapping[str, Any]], Answered]

    @cached_property
    def request(self) -> Request:
        """What the model is asked. JSON strings keep a note from ending its own quotation."""
        text = {"type": "string", "maxLength": SHOWN}
        properties: dict[str, Any] = dict.fromkeys(self.quotes, text)
        properties |= {"verdict": {"enum": list(self.verdicts)}, "why": {"type": "string", "maxLength": 300}}
        schema = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
        prompt = files("notec.check.deep").joinpath(f"prompts/{self.code}.txt").read_text(encoding="utf-8")
        return Request(
            messages=(
                Message("system", prompt),
                Message("user", json.dumps(self.shown, ensure_ascii=False, indent=1)),
            ),
            schema=schema,
            settings=Settings(max_tokens=_TOKENS, thinking=False),
            purpose=f"{self.code} {self.subject}",
        )

    def key(self, model: str) -> StepKey:
        """The key holds everything that decides the answer: the prompt stands in the request."""
        return step_key(f"deep-{self.code}", VERSION, model=model, request=self.request.digest)

    @cached_property
    def tokens(self) -> int:
        """About how many tokens the question takes."""
        text = "".join(message.content for message in self.request.messages)
        plain = sum(map(str.isascii, text))
        return round(plain / 4 + (len(text) - plain) / 2.5)


@dataclass
class Spent:
    """What a run of questions came to.

    Args:
        verdicts: (code, word) -> how often it was said. lied: quotes that do not stand in the notes, by code.
        unread: answers of which nothing could be made. broken: replies that broke off.
        kept: answers that were known from earlier.
    """

    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    lied: Counter[str] = field(default_factory=Counter)
    unread: int = 0
    broken: int = 0
    kept: int = 0
    asked: int = 0
    replies: list[Reply] = field(default_factory=list)

    @property
    def answered(self) -> int:
        return self.asked + self.kept


class BrokeOff(Exception):  # noqa: N818  (another question may fare better)
    """The reply broke off; the text says how."""


@dataclass
class Asker:
    """The model and the memo."""

    model: Model
    memo: Steps
    cancel: Cancel | None = None
    spent: Spent = field(default_factory=Spent)

    def known(self, question: Question) -> bool:
        """Whether it was answered before."""
        return self.memo.get(question.key(self.model.fingerprint)) is not None

    def ask(self, question: Question) -> tuple[Diagnostic, ...]:
        """The findings of one question, from the memo or from the model.

        Raises:
            BrokeOff: the reply broke off; what was answered before is kept.
            NotecError: the model cannot be asked.
        """
        key = question.key(self.model.fingerprint)
        kept = self.memo.get(key)
        if kept is None:
            data = self._reply(question)
            self.memo.put(key, json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"))
            self.spent.asked += 1
        else:
            data = json.loads(kept.value)
            self.spent.kept += 1
        if data is None:
            self.spent.unread += 1
            return ()
        answer = question.read(data)
        self.spent.lied[question.code] += answer.lied
        if not answer.lied:
            self.spent.verdicts[question.code, answer.verdict] += 1
        return answer.findings

    def _reply(self, question: Question) -> dict[str, Any] | None:
        """The first reply that can be read; None where none can."""
        request = question.request
        for draw in range(_TRIES):
            asked = replace(request, settings=replace(request.settings, seed=_NEXT_DRAW * draw))
            outcome = self.model.reply(asked, cancel=self.cancel)
            reply = outcome.value
            if not reply.complete:
                said = "; ".join(dict.fromkeys(d.message for d in outcome.diagnostics))
                raise BrokeOff(said or f"the reply ended as {reply.finish!r}")
            self.spent.replies.append(reply)
            if (data := read_answer(reply.text, question)) is not None:
                return data
        return None


def read_answer(text: str, question: Question) -> dict[str, Any] | None:
    """The first object of a reply that has a verdict and the quotes, however it is wrapped."""
    decoder = json.JSONDecoder(strict=False)
    text = text.rpartition("</think>")[2][:50_000]
    at, tries = text.find("{"), 0
    while at >= 0 and tries < 200:
        tries += 1
        try:
            data, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            data, end = None, at + 1
        if isinstance(data, dict):
            verdict = " ".join(str(data.get("verdict", "")).lower().replace("_", " ").split())
            if verdict in question.verdicts and all(isinstance(data.get(q), str) for q in question.quotes):
                why = data.get("why")
                return {
                    **{name: data[name] for name in question.quotes},
                    "verdict": verdict,
                    "why": " ".join(why.split())[:300] if isinstance(why, str) else "",
                }
        at = text.find("{", end)
    return None


@dataclass(frozen=True)
class Forecast:
    """What is left to ask.

    Args:
        questions: by code. known: of them answered before.
        prompt_tokens, reply_tokens: estimated for those that are left.
    """

    questions: Counter[str]
    known: int
    prompt_tokens: int
    reply_tokens: int


def forecast(questions: Sequence[Question], known: Callable[[Question], bool]) -> Forecast:
    """What asking them all would take."""
    left = [q for q in questions if not known(q)]
    counts = Counter(q.code for q in questions)
    return Forecast(
        counts, len(questions) - len(left), sum(q.tokens for q in left), sum(_USUAL for _ in left)
    )
