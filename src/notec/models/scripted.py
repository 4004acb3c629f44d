"""Models without a model: `Scripted` says what it is told, `Replay` what a real one once said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TextIO

from notec.core import NotecError, Outcome
from notec.models.base import Cancel, Model, Reply, Request, Sink

Answer = str | Reply


class Scripted:
    """Gives prepared replies, in order, or those of a function of the request.

    Keeps the requests it saw in `requests`. When a list is used up, it raises `NotecError`.

    Args:
        replies: a list of texts or `Reply`s, or `function(request) -> text or Reply`.
        chunk: how many characters go to `on_text` at once; `cancel` is asked before each.
    """

    supports_prefix = True

    def __init__(
        self,
        replies: Iterable[Answer] | Callable[[Request], Answer],
        *,
        fingerprint: str = "scripted",
        chunk: int = 16,
    ) -> None:
        self.fingerprint = fingerprint
        self.requests: list[Request] = []
        self._chunk = chunk
        self._function = replies if callable(replies) else None
        self._replies = iter(()) if callable(replies) else iter(replies)

    def reply(
        self, request: Request, *, on_text: Sink | None = None, cancel: Cancel | None = None
    ) -> Outcome[Reply]:
        """The next prepared reply."""
        self.requests.append(request)
        answer = self._function(request) if self._function else next(self._replies, None)
        if answer is None:
            raise NotecError(
                f"the scripted model has no reply for its request number {len(self.requests)}",
                "add a reply to the script",
            )
        return Outcome(stream(answer, on_text, cancel, self._chunk))


class Replay:
    """Gives the replies that `record` wrote, by digest of the request.

    The file has one JSON object a line: `{"digest", "request", "reply"}`. Where a digest stands twice, the
    last line counts. A request that was never recorded raises `NotecError`.
    """

    supports_prefix = False

    def __init__(self, path: Path | str, *, chunk: int = 16) -> None:
        self._path = Path(path)
        self._chunk = chunk
        self._replies: dict[str, Reply] = {}
        self.fingerprint = f"replay:{self._path.name}"
        try:
            lines = self._path.read_text("utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise NotecError(f"cannot read the recorded replies {self._path}: {error}") from None
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                data = json.loads(line)
                self._replies[str(data["digest"])] = Reply(**data["reply"])
            except (ValueError, TypeError, KeyError) as error:
                raise NotecError(
                    f"{self._path}, line {number}: not a recorded reply ({error})",
                    "record the replies again, or remove that line",
                ) from None

    def __len__(self) -> int:
        return len(self._replies)

    def reply(
        self, request: Request, *, on_text: Sink | None = None, cancel: Cancel | None = None
    ) -> Outcome[Reply]:
        """The recorded reply to this very request."""
        answer = self._replies.get(request.digest)
        if answer is None:
            raise NotecError(
                f"{self._path.name} holds no reply to this request ({request.purpose or request.digest})",
                "the prompt or its sources changed since the recording; use a real model, or record again",
            )
        return Outcome(stream(answer, on_text, cancel, self._chunk))


class Recorder:
    """Asks `model` and adds each complete reply to a file that `Replay` reads."""

    def __init__(self, model: Model, file: TextIO) -> None:
        self._model = model
        self._file = file
        self.fingerprint = model.fingerprint
        self.supports_prefix = model.supports_prefix

    def reply(
        self, request: Request, *, on_text: Sink | None = None, cancel: Cancel | None = None
    ) -> Outcome[Reply]:
        """The model's reply, recorded when it is complete."""
        outcome = self._model.reply(request, on_text=on_text, cancel=cancel)
        if outcome.value.complete:
            record(self._file, request, outcome.value)
        return outcome


def record(file: TextIO, request: Request, reply: Reply) -> None:
    """Add one recorded reply to an open text file."""
    line = {"digest": request.digest, "request": request.to_json(), "reply": reply.to_json()}
    text = json.dumps(line, ensure_ascii=False)
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        text = json.dumps(line)  # a lone surrogate cannot be written as UTF-8
    file.write(text + "\n")
    file.flush()


def stream(answer: Answer, on_text: Sink | None, cancel: Cancel | None, chunk: int) -> Reply:
    """Give a ready reply in pieces, the way that a model would, and stop when asked to."""
    reply = Reply(answer) if isinstance(answer, str) else answer
    written = reply.written or reply.text
    given = 0
    while given < len(written) or given == 0:
        if cancel and cancel():
            partial = written[:given]
            return Reply(partial, "cancelled", partial, model=reply.model)
        if on_text and written:
            on_text(written[given : given + chunk])
        given += chunk
    data = reply.to_json() | {"written": written}
    return Reply(**data)
