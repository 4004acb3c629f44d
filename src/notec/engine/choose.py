"""One of several options, chosen by a model in a token or two, with a probability for each.

The options get letters for names; a grammar lets the model write nothing but a letter, and the probabilities
of the letters are its answer: not only which, but how sure. An engine without grammars is asked for a
regular expression, an enumeration in a JSON schema, or plain words, whatever it enforces.
"""

from __future__ import annotations

import math
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from notec.core import NotecError
from notec.engine.endpoint import Endpoint

_LETTERS = string.ascii_uppercase + string.ascii_lowercase
_TOP = 20  # the most alternatives that OpenAI-compatible servers give

Messages = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Chosen:
    """What a model chose.

    Args:
        id: of the chosen option.
        probabilities: of each option, where the server tells them; they sum to 1 over those it told.
        tokens: that the model wrote for it.
    """

    id: str
    probabilities: Mapping[str, float] = field(default_factory=dict)
    tokens: int = 0

    @property
    def probability(self) -> float:
        """Of the chosen option; 0.0 where the server told none."""
        return self.probabilities.get(self.id, 0.0)


def choose(
    endpoint: Endpoint, messages: Messages, options: Mapping[str, str], *, timeout: float | None = None
) -> Chosen:
    """Let the model choose one of the options.

    Args:
        messages: the question; the options are listed after the last of them.
        options: id -> text that the model sees; an empty text shows the id.

    Raises:
        ValueError: fewer than one option.
        NotecError: the server enforces nothing and the model wrote something else.
    """
    if not options:
        raise ValueError("no options to choose from")
    if len(options) == 1:
        only = next(iter(options))
        return Chosen(only, {only: 1.0})
    marks = _marks(len(options))
    ids = dict(zip(marks, options, strict=True))
    width = len(marks[0])
    body = {
        "model": endpoint.model,
        "messages": _with_options(messages, ids, options),
        "logprobs": True,
        "top_logprobs": _TOP,
        "temperature": 0.0,
        "max_tokens": width,
        **_enforced(endpoint.capabilities.choice, marks),
    }
    reply = endpoint.post("chat/completions", body, timeout)
    choice = reply["choices"][0]
    text = str(choice["message"]["content"] or "")
    tokens = int((reply.get("usage") or {}).get("completion_tokens", 0))
    steps = ((choice.get("logprobs") or {}).get("content")) or []
    chances = _chances(steps, ids) if width == 1 else {}
    if endpoint.capabilities.choice == "grammar" and len(chances) == len(ids):
        return Chosen(max(chances, key=chances.__getitem__), chances, tokens)
    found = re.search("|".join(sorted(map(re.escape, marks), reverse=True)), text)
    if not found or (endpoint.capabilities.choice == "none" and not _is_answer(text, found)):
        raise NotecError(
            f"{endpoint.root}: the model was to choose one of {len(ids)} and wrote {text[:60]!r}",
            "use an engine that enforces grammars, such as llama.cpp",
        )
    return Chosen(ids[found[0]], chances, tokens)


def _marks(count: int) -> list[str]:
    """Names of one letter, or of as many digits as are needed: none is the beginning of another."""
    if count <= len(_LETTERS):
        return list(_LETTERS[:count])
    width = len(str(count - 1))
    return [str(i).zfill(width) for i in range(count)]


def _with_options(
    messages: Messages, ids: Mapping[str, str], options: Mapping[str, str]
) -> list[dict[str, str]]:
    listed = "\n".join(f"{mark}: {options[key] or key}" for mark, key in ids.items())
    first, last = next(iter(ids)), list(ids)[-1]
    *before, end = messages
    asked = f"{end['content']}\n\n{listed}\n\n[{first}-{last}]:"
    return [dict(message) for message in before] + [{**end, "content": asked}]


def _enforced(how: str, marks: list[str]) -> dict[str, Any]:
    """The part of a request that restricts the reply to the marks."""
    plain = {"chat_template_kwargs": {"enable_thinking": False}}
    if how == "grammar":
        grammar = {"grammar": "root ::= " + " | ".join(f'"{mark}"' for mark in marks)}
        if len(marks[0]) > 1:
            return {**plain, **grammar}
        # After the grammar, without any other sampler: the exact distribution over the marks.
        return {
            **plain,
            **grammar,
            "post_sampling_probs": True,
            "top_logprobs": len(marks),
            "samplers": ["temperature"],
            "temperature": 1.0,
        }
    if how == "structured":
        return {**plain, "structured_outputs": {"choice": marks}}
    if how == "regex":
        return {**plain, "regex": f"({'|'.join(marks)})"}
    if how == "schema":
        schema = {"name": "choice", "strict": True, "schema": {"type": "string", "enum": marks}}
        return {
            "response_format": {"type": "json_schema", "json_schema": schema},
            "max_tokens": len(marks[0]) + 4,
        }
    return {"max_tokens": 16}


def _chances(steps: list[dict[str, Any]], ids: Mapping[str, str]) -> dict[str, float]:
    """The probabilities of the marks at the first token that is one of them."""
    for step in steps:
        if str(step.get("token", "")).strip().strip('"') not in ids:
            continue
        found: dict[str, float] = {}
        for item in (*(step.get("top_probs") or ()), *(step.get("top_logprobs") or ()), step):
            mark = str(item.get("token", "")).strip().strip('"')
            chance = (
                item["prob"] if "prob" in item else math.exp(item["logprob"]) if "logprob" in item else 0.0
            )
            if mark in ids:
                found[ids[mark]] = max(found.get(ids[mark], 0.0), float(chance))
        total = sum(found.values())
        return {key: chance / total for key, chance in found.items()} if total > 0 else {}
    return {}


def _is_answer(text: str, found: re.Match[str]) -> bool:
    """Whether free text is the mark itself and not a word that begins with one."""
    return not re.search(r"\w", text[: found.start()]) and not re.match(r"\w", text[found.end() :])
