"""What a server really does, found out before a job of hours relies on it.

A few small requests tell the context length, whether a JSON schema is enforced (the question asks for
something else), whether log-probabilities and choices come, whether a known beginning is computed again,
and how fast it reads and writes.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from notec.core import Diagnostic, NotecError, Severity
from notec.engine.choose import choose
from notec.engine.endpoint import Endpoint, HttpError

_SCHEMA = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}, "kind": {"enum": ["engine", "model"]}},
    "required": ["ready", "kind"],
    "additionalProperties": False,
}
_WRITTEN = 32  # tokens of the speed test
_READ = 1024  # tokens of a prompt, where the context allows it


@dataclass(frozen=True)
class Probed:
    """What a server does.

    Args:
        context: tokens of prompt and reply together; 0 where the server does not tell.
        schema, choice, logprobs, prefix_reuse: whether it does that, tried.
        prefill, decode: tokens per second of reading a prompt and of writing, measured; 0.0 where no
            figures came.
    """

    model: str
    context: int = 0
    schema: bool = False
    choice: bool = False
    logprobs: bool = False
    prefix_reuse: bool = False
    prefill: float = 0.0
    decode: float = 0.0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def findings(self, context: int = 0) -> tuple[Diagnostic, ...]:
        """What a job should know: of `context` tokens, where it needs that many."""
        found = []
        if context and self.context and self.context < context:
            found.append(
                (Severity.ERROR, f"the context is {self.context:,} tokens, the job needs {context:,}")
            )
        if not self.context:
            found.append((Severity.INFO, "the server does not tell its context length"))
        if not self.schema:
            found.append((Severity.WARNING, "JSON schemas are not enforced: a reply may not fit"))
        if not self.logprobs:
            found.append((Severity.INFO, "no log-probabilities: a choice says not how sure it is"))
        if not self.prefix_reuse:
            found.append(
                (Severity.WARNING, "a known beginning of a prompt is computed again for each question")
            )
        return tuple(Diagnostic("endpoint-probe", severity, text, self.model) for severity, text in found)


def probe(endpoint: Endpoint, timeout: float | None = None) -> Probed:
    """Find out what a server does; takes a few seconds, or a minute on an engine of a few tokens per second.

    Args:
        timeout: for each of about six requests; None waits.

    Raises:
        NotecError: the server cannot be reached, or answers no plain question.
    """
    model = endpoint.model or _first_model(endpoint)
    endpoint = replace(endpoint, model=model)
    context = context_length(endpoint)
    text = "Say hello."
    plain = _ask(endpoint, text, timeout, max_tokens=4)  # an error here is told: nothing else can work
    per_character = _tokens(plain, "prompt_tokens") / len(text) or 0.3
    probed = Probed(
        model,
        context or _learned_context(endpoint, timeout),
        schema=_schema(endpoint, timeout),
        choice=_choice(endpoint, timeout),
        logprobs=_logprobs(endpoint, timeout),
    )
    room = (probed.context or 4096) - _WRITTEN - 64
    length = int(min(_READ, room / 2) / max(per_character, 0.1))
    return _speed(endpoint, probed, length, timeout)


def true_to(endpoint: Endpoint, probed: Probed) -> Endpoint:
    """The endpoint with the capabilities that it really has."""
    told = endpoint.capabilities
    real = replace(
        told,
        schema=probed.schema,
        choice=told.choice if probed.choice else "none",
        logprobs=probed.logprobs,
        prefix_reuse=probed.prefix_reuse,
    )
    return replace(endpoint, model=probed.model, capabilities=real)


def context_length(endpoint: Endpoint) -> int:
    """Tokens of context of one sequence as the server tells them; 0 where it does not.

    llama.cpp says `n_ctx` (in `/props`), vLLM and the Transformers server `max_model_len`, SGLang
    `context_length`.
    """
    for path, keys in (
        ("/props", ("default_generation_settings", "n_ctx")),
        ("models", ("data", 0, "max_model_len")),
        ("/get_server_info", ("context_length",)),
    ):
        with suppress(NotecError, KeyError, IndexError, TypeError, ValueError):
            found: Any = endpoint.get(path)
            for key in keys:
                found = found[key]
            if int(found) > 0:
                return int(found)
    return 0


def _learned_context(endpoint: Endpoint, timeout: float | None) -> int:
    """The limit that a refusal names when too much is asked for."""
    try:
        _ask(endpoint, "Hello", timeout, max_tokens=1 << 40, stop=["e", "a", "o", " "])
    except HttpError as error:
        found = re.search(r"(?:context|model)\D{0,60}?(\d{3,8})\b", error.reason)
        return int(found[1]) if found else 0
    except NotecError:
        pass
    return 0


def _first_model(endpoint: Endpoint) -> str:
    try:
        return str(endpoint.get("models")["data"][0]["id"])
    except (KeyError, IndexError, TypeError):
        return ""


def _ask(endpoint: Endpoint, text: str, timeout: float | None, **more: Any) -> dict[str, Any]:
    body = {"model": endpoint.model, "messages": [{"role": "user", "content": text}], "temperature": 0.0}
    reply = endpoint.post("chat/completions", {**body, **more}, timeout)
    if not isinstance(reply, dict) or not reply.get("choices"):
        raise NotecError(f"{endpoint.url}: no OpenAI-compatible server", "give the address of the API")
    return reply


def _tokens(reply: Mapping[str, Any], name: str) -> int:
    return int((reply.get("usage") or {}).get(name) or 0)


def _schema(endpoint: Endpoint, timeout: float | None) -> bool:
    wanted = {"type": "json_schema", "json_schema": {"name": "state", "strict": True, "schema": _SCHEMA}}
    try:
        reply = _ask(endpoint, "Write a short poem.", timeout, max_tokens=96, response_format=wanted)
        found = json.loads(reply["choices"][0]["message"]["content"] or "")
        return set(found) == {"ready", "kind"} and found["kind"] in ("engine", "model")
    except (NotecError, ValueError, KeyError, TypeError):
        return False


def _choice(endpoint: Endpoint, timeout: float | None) -> bool:
    question = [{"role": "user", "content": "Write a short poem about one of these."}]
    try:
        choose(endpoint, question, {"river": "", "bank": "", "boat": ""}, timeout=timeout)
    except (NotecError, KeyError, TypeError, IndexError):
        return False
    return True


def _logprobs(endpoint: Endpoint, timeout: float | None) -> bool:
    try:
        reply = _ask(endpoint, "Say hello.", timeout, max_tokens=1, logprobs=True, top_logprobs=2)
        first = reply["choices"][0]["logprobs"]["content"][0]
        return float(first["logprob"]) <= 0.0 and len(first["top_logprobs"]) == 2
    except (NotecError, KeyError, TypeError, IndexError, ValueError):
        return False


def _speed(endpoint: Endpoint, probed: Probed, length: int, timeout: float | None) -> Probed:
    """Read a long prompt that nobody has seen, write some, then read it again with another end."""
    words = ""
    while len(words) < length:
        words += secrets.token_hex(3) + " "
    try:
        first = _timed(endpoint, f"{words}\nRepeat this.", timeout)
        again = _timed(endpoint, f"{words}\nSummarise this.", timeout)
    except NotecError:
        return probed
    told = again.cached >= 0
    reused = again.cached > again.prompt / 2 if told else again.first < first.first / 2
    prefill = (first.prompt - max(first.cached, 0)) / first.first if first.first > 0 else 0.0
    return replace(probed, prefix_reuse=reused, prefill=prefill, decode=again.rate or first.rate)


@dataclass(frozen=True)
class _Timed:
    prompt: int
    cached: int  # -1 where the server does not tell
    first: float
    rate: float


def _timed(endpoint: Endpoint, text: str, timeout: float | None) -> _Timed:
    body = {
        "model": endpoint.model,
        "messages": [{"role": "user", "content": text}],
        "temperature": 0.0,
        "max_tokens": _WRITTEN,
        "stream_options": {"include_usage": True},
        "ignore_eos": True,
    }
    start = time.monotonic()
    first = last = 0.0
    usage: dict[str, Any] = {}
    pieces = 0
    with endpoint.stream("chat/completions", body, timeout) as events:
        for event in events:
            usage = event.get("usage") or usage
            delta = (event.get("choices") or [{}])[0].get("delta") or {}
            if delta.get("content") or delta.get("reasoning_content"):
                last = time.monotonic()
                first = first or last
                pieces += 1
    written = int(usage.get("completion_tokens") or pieces)
    details = usage.get("prompt_tokens_details") or {}
    rate = (written - 1) / (last - first) if written > 1 and last > first else 0.0
    cached = details.get("cached_tokens")
    return _Timed(
        int(usage.get("prompt_tokens") or 0),
        -1 if cached is None else int(cached),
        max(first - start, 0.0),
        rate,
    )
