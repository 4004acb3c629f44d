"""What is asked of a model and what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, Protocol

from notec.core import Outcome, digest

Role = Literal["system", "user", "assistant"]

Finish = Literal["stop", "length", "filtered", "cancelled", "stalled", "cut", "failed"]
"""Why a reply ended.

`stop`: the model was done. `length`: `max_tokens` or the context was full. `filtered`: the server
withheld text. `cancelled`: the caller's wish. `stalled`: no token within the stall limit. `cut`: the
connection broke. `failed`: the server reported an error in the middle of the reply. The text that had
come is kept in every case.
"""

Sink = Callable[[str], None]
"""Is given each piece of text as it comes; the pieces joined are the reply's `written` text."""

Cancel = Callable[[], bool]
"""Whether to stop; asked several times a second on the caller's thread; `Event().is_set` is one."""


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True)
class Settings:
    """How to draw tokens. What is None is left to the server.

    Args:
        seed: two requests that differ only here are two draws; both are kept in the log.
        max_tokens: limit on the tokens of the reply, thinking included.
        thinking: ask a hybrid reasoning model to think or not (`enable_thinking` in its chat template).
    """

    temperature: float = 0.0
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    seed: int | None = 0
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    thinking: bool | None = None


@dataclass(frozen=True)
class Request:
    """A question to a model.

    Args:
        schema: the JSON schema that the reply must fit, or None for free text.
        choices: the reply must be exactly one of these; not together with `schema`.
        prefix: the beginning of the reply, already written; the model goes on after it. Only for a model that
            `supports_prefix`, and not together with `schema` or `choices`.
        purpose: a word for logs and progress; not part of the digest.
    """

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None = None
    choices: tuple[str, ...] = ()
    settings: Settings = field(default_factory=Settings)
    prefix: str = ""
    purpose: str = ""

    def __post_init__(self) -> None:
        if self.schema is not None and self.choices:
            raise ValueError("a request has a schema or choices, not both")
        if self.prefix and (self.schema is not None or self.choices):
            raise ValueError("a reply under a grammar cannot be continued from a prefix")

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """The same for the same question in every run; 32 hexadecimal characters."""
        data = self.to_json()
        del data["purpose"]
        return digest(json.dumps(data, sort_keys=True, separators=(",", ":")))

    def to_json(self) -> dict[str, Any]:
        """Plain data without what is empty; `Request.from_json` reads it back."""
        data = asdict(replace(self, schema=None))
        data["settings"] = {k: v for k, v in data["settings"].items() if v is not None and v != ()}
        data["schema"] = self.schema
        return {k: v for k, v in data.items() if k in ("messages", "purpose") or v not in (None, (), "")}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Request:
        """The request that `to_json` wrote."""
        settings = dict(data.get("settings", {}))
        for name in ("temperature", "seed"):  # their defaults are not None, so None has to be said
            settings.setdefault(name, None)
        if "stop" in settings:
            settings["stop"] = tuple(settings["stop"])
        return cls(
            messages=tuple(Message(**m) for m in data["messages"]),
            schema=data.get("schema"),
            choices=tuple(data.get("choices", ())),
            settings=Settings(**settings),
            prefix=data.get("prefix", ""),
            purpose=data.get("purpose", ""),
        )


@dataclass(frozen=True)
class Reply:
    """What a model wrote.

    Args:
        text: the answer. For a request with `choices` it is the chosen one, unwrapped.
        finish: why it ended.
        written: the raw text as it came, without thinking; equals `text` unless something was unwrapped.
        thinking: the reasoning that the model showed apart from its answer.
        prompt_tokens, completion_tokens: as the server counted them; 0 where it did not.
        model: the name that the server gave.
        seconds: from asking to the end.
        first_token_seconds: from asking to the first token of any kind; 0.0 where none came.
    """

    text: str
    finish: Finish = "stop"
    written: str = ""
    thinking: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model: str = ""
    seconds: float = 0.0
    first_token_seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether asking again would bring nothing more."""
        return self.finish in ("stop", "length", "filtered")

    def to_json(self) -> dict[str, Any]:
        """Plain data; `Reply(**data)` reads it back."""
        return asdict(self)


class Model(Protocol):
    """Something that answers requests."""

    @property
    def fingerprint(self) -> str:
        """Names everything that could change a reply besides the request: weights, quantisation, engine."""

    @property
    def supports_prefix(self) -> bool:
        """Whether a reply can be continued from `Request.prefix`."""

    def reply(
        self, request: Request, *, on_text: Sink | None = None, cancel: Cancel | None = None
    ) -> Outcome[Reply]:
        """The model's reply; it may be partial, see `Reply.finish` and the diagnostics.

        Raises:
            NotecError: nothing could be asked, and the user can mend it (no such server or model, no access).
        """


class Stoppable:
    """A model that is cancelled from outside, too.

    Args:
        cancel: besides the one of each request.
    """

    def __init__(self, model: Model, cancel: Cancel) -> None:
        self._model = model
        self._cancel = cancel
        self.fingerprint = model.fingerprint
        self.supports_prefix = model.supports_prefix

    def reply(
        self, request: Request, *, on_text: Sink | None = None, cancel: Cancel | None = None
    ) -> Outcome[Reply]:
        """The reply of the model, until either cancels it."""

        def stop() -> bool:
            return self._cancel() or (cancel is not None and cancel())

        return self._model.reply(request, on_text=on_text, cancel=stop)
