"""Asks a model for one small thing, once.

A slot is a prompt, what it shows, a JSON schema, and a function that reads the reply into a typed value. The
key of the memo holds all of that and the model's fingerprint; a reply of any shape is salvaged before a new
one is asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from notec.core import Diagnostic, Outcome, Severity
from notec.models import Cancel, Message, Model, Reply, Request, Settings
from notec.passes.prompts import prompt
from notec.passes.salvage import salvage
from notec.store.memo import StepKey, step_key

T = TypeVar("T")

_TRIES = 2  # replies that are asked for before a slot stays empty
_NEXT_DRAW = 1_000_003  # far from the seeds that callers count up from 0


@dataclass(frozen=True)
class Slot(Generic[T]):
    """One small question.

    Args:
        step: name of the step, such as `body`; `version`: of the code around the prompt.
        subject: what it is about, such as `F1`; for `--why` and progress, no part of the key.
        prompt: name of a file in `prompts/`.
        inputs: all that the model may see, under the names that the prompt uses; plain data, in that order.
        schema: of the reply, an object.
        read: from plain data that fits the schema to a value.

            Raises:
                ValueError: it does not fit; the message goes to the diagnostic.
        seed: another number for another draw.
        temperature: above 0 for draws that are to differ.
        max_tokens: of the reply.
    """

    step: str
    version: int
    subject: str
    prompt: str
    inputs: Mapping[str, Any]
    schema: Mapping[str, Any]
    read: Callable[[Any], T]
    seed: int = 0
    temperature: float = 0.0
    max_tokens: int = 500


class Steps(Protocol):
    """Where finished steps are kept: `store.Memo`."""

    def get(self, key: StepKey) -> Outcome[bytes] | None:
        """The value of a step that ran with this key."""

    def put(self, key: StepKey, value: bytes, diagnostics: Sequence[Diagnostic] = ()) -> None:
        """Keep a value."""


@dataclass
class Asker:
    """The model, the memo and what was spent.

    Args:
        model: None where there is none: every slot stays empty, and `missing` counts them.
        dry: ask nothing; keep what would be asked in `wanted`.
        keys: of all slots so far, asked or known.
        on_slot: told before a request is sent, for progress.
    """

    model: Model | None
    memo: Steps
    cancel: Cancel | None = None
    dry: bool = False
    on_slot: Callable[[Slot[Any]], None] | None = None
    requests: int = 0
    replies: list[Reply] = field(default_factory=list)
    wanted: list[tuple[StepKey, Request]] = field(default_factory=list)
    keys: list[StepKey] = field(default_factory=list)


class Stopped(Exception):  # noqa: N818 (no error: the user's wish)
    """The user asked to stop, or the model stalled; what is finished is kept in the memo.

    Args:
        finish: how the reply ended: `cancelled`, `stalled`, `cut`, `failed`.
    """

    def __init__(self, finish: str, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(finish)
        self.finish = finish
        self.diagnostics = diagnostics


class NeedsModel(Exception):  # noqa: N818 (no error: something is missing, and the run says what)
    """A slot has to be filled, and there is no model."""


def ask_slot(asker: Asker, slot: Slot[T]) -> Outcome[T | None]:
    """The value of a slot, from the memo or the model; None, with a diagnostic, where neither gives one.

    Raises:
        Stopped: the reply broke off (Ctrl-C, a stalled or dying model).
        NeedsModel: there is no model.
        NotecError: the model cannot be asked at all.
    """
    text = prompt(slot.prompt)
    shown = "\n\n".join(f"{name}:\n{_shown(value)}" for name, value in slot.inputs.items())
    request = Request(
        messages=(Message("system", text), Message("user", shown)),
        schema=slot.schema,
        settings=Settings(
            temperature=slot.temperature, seed=slot.seed, max_tokens=slot.max_tokens, thinking=False
        ),
        purpose=f"{slot.step} {slot.subject}".strip(),
    )
    key = step_key(
        slot.step,
        slot.version,
        subject=slot.subject,
        model=asker.model.fingerprint if asker.model else "",
        prompt=text,
        schema=slot.schema,
        settings=[slot.temperature, slot.seed, slot.max_tokens],
        **dict(_parts(slot.inputs)),
    )
    asker.keys.append(key)
    kept = asker.memo.get(key)
    if kept is not None:
        data = json.loads(kept.value)
        return Outcome(None if data is None else slot.read(data), kept.diagnostics)
    if asker.dry:
        asker.wanted.append((key, request))
        return Outcome(None)
    if asker.model is None:
        raise NeedsModel(f"{slot.step} {slot.subject}")
    diagnostics: list[Diagnostic] = []
    for again in range(_TRIES):
        if asker.cancel and asker.cancel():
            raise Stopped("cancelled")
        asked = replace(request, settings=replace(request.settings, seed=slot.seed + _NEXT_DRAW * again))
        if asker.on_slot:
            asker.on_slot(slot)
        outcome = asker.model.reply(asked, cancel=asker.cancel)
        asker.requests += 1
        asker.replies.append(outcome.value)
        if not outcome.value.complete:
            raise Stopped(outcome.value.finish, outcome.diagnostics)
        try:
            data = salvage(outcome.value.text, slot.schema)
            value = slot.read(data)
        except ValueError as error:
            diagnostics.append(_unread(slot, outcome.value, error))
            continue
        asker.memo.put(key, json.dumps(data, ensure_ascii=False).encode(), diagnostics)
        return Outcome(value, tuple(diagnostics))
    asker.memo.put(key, b"null", diagnostics)  # asking the same again would bring the same
    return Outcome(None, tuple(diagnostics))


def _parts(inputs: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Inputs as parts of a key, fine enough to say which of them changed."""
    for name, value in inputs.items():
        if isinstance(value, list) and all(isinstance(item, dict) and "id" in item for item in value):
            yield from ((f"input {name}: {item['id']}", item) for item in value)
            yield f"input {name}: order", [item["id"] for item in value]
        else:
            yield f"input {name}", value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _unread(slot: Slot[Any], reply: Reply, error: ValueError) -> Diagnostic:
    why = f"it was cut at {slot.max_tokens} tokens" if reply.finish == "length" else str(error)
    what = f"{slot.step} {slot.subject}: the model's reply cannot be used: {why}"
    return Diagnostic("unread-reply", Severity.WARNING, what, "", notes=(f"it began: {reply.text[:120]!r}",))
