"""A model writes the answer; only what its sources support is shown.

The model sees numbered statements and writes claims that name them. `notec.ground` verifies each claim;
one that fails, or that is not in the question's language, is dropped and shown as dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from notec.ask.choose import choose
from notec.ask.found import Found, cite, refuse, select
from notec.ask.messages import say
from notec.ask.prompts import prompt
from notec.ask.rank import Ranked
from notec.ask.types import Answer, Dropped
from notec.core import Claim, Diagnostic, NotecError, Severity
from notec.ground import SCHEMA, ModelJudge, Source, read_drafts, verify
from notec.models import Cancel, Message, Model, Request, Settings, Sink

OFFERED = 20  # statements shown: about 1,500 tokens
_LONGEST = 1_200  # characters of one statement that are shown
_TOKENS = 1_500  # of the reply
_LANGUAGES = {"ru": "Russian", "en": "English"}
_QUOTED = re.compile(r"«[^«»]*»|“[^“”]*”|\"[^\"]*\"|`[^`]*`")
_PLAIN_WORD = re.compile(r"(?<![\w.-])([a-zа-яё][a-zа-яё'’]+)(?![\w-]|\.\w)")


def compose(
    base: Answer,
    found: Found,
    model: Model,
    limit: int,
    *,
    on_text: Sink | None = None,
    cancel: Cancel | None = None,
) -> Answer:
    """The model's answer, as far as the notes support it.

    Where the model cannot be asked or writes no claims at all, the built-in ranker answers instead, and a
    diagnostic says so. A reply in another language is asked for once more.
    """
    offered = choose(found.ranked, OFFERED, weak=None)
    sources = [_source(number, item) for number, item in enumerate(offered, 1)]
    language = base.language
    judge = ModelJudge(model, cancel=cancel)
    claims: tuple[Claim, ...] = ()
    dropped: list[Dropped] = []
    diagnostics = list(base.diagnostics)
    failed = False
    for again in (False, True):
        request = compose_request(base.question, language, offered, limit, again=again)
        try:
            outcome = model.reply(request, on_text=on_text, cancel=cancel)
        except NotecError as error:
            diagnostics.append(_trouble(error.message, *([error.hint] if error.hint else [])))
            failed = True
            break
        diagnostics += outcome.diagnostics
        drafts = read_drafts(outcome.value.text)
        if drafts is None:
            what = f"its reply ({outcome.value.finish}) has no claims: {outcome.value.text[:120]!r}"
            diagnostics.append(_trouble(what))
            failed = True
            break
        spoken = [draft for draft in drafts if speaks(draft.text, language)]
        foreign = [draft for draft in drafts if draft not in spoken]
        verified = verify(spoken, sources, language=language, judge=judge)
        diagnostics += verified.diagnostics
        claims = verified.value.claims
        dropped += [Dropped(draft.text, say("other-language", language)) for draft in foreign]
        dropped += [Dropped(item.draft.text, item.reason) for item in verified.value.rejected]
        if claims or not foreign:
            break
    dropped += [Dropped(claim.text, say("over-limit", language)) for claim in claims[limit:]]
    base = replace(base, dropped=tuple(dict.fromkeys(dropped)), diagnostics=tuple(dict.fromkeys(diagnostics)))
    if claims:
        return replace(base, claims=claims[:limit])
    if failed:
        return select(base, found, limit)
    return refuse(base, found, "nothing-stood" if dropped else "model-refused")


def compose_request(
    question: str, language: str, offered: Sequence[Ranked], limit: int, *, again: bool = False
) -> Request:
    """What the model is asked; `again` after a reply in the wrong language."""
    name = _LANGUAGES.get(language, "the language of the question")
    lines = [
        f"[{number}] "
        + json.dumps({"place": _place(item), "text": item.candidate.text[:_LONGEST]}, ensure_ascii=False)
        for number, item in enumerate(offered, 1)
    ]
    asked = f"Question: {question}\nAnswer in: {name}"
    if again:
        asked += f"\nYour last reply was in another language. Write every claim in {name}."
    return Request(
        messages=(
            Message("system", prompt("compose").format(limit=limit, language=name)),
            Message("user", "Statements:\n" + "\n".join(lines) + f"\n\n{asked}"),
        ),
        schema=SCHEMA,
        settings=Settings(max_tokens=_TOKENS, thinking=False),
        purpose="compose",
    )


def speaks(text: str, language: str) -> bool:
    """Whether a claim is in a language, by its ordinary words: names, code and quotations may be in any."""
    if language not in _LANGUAGES:
        return True
    words: list[str] = _PLAIN_WORD.findall(_QUOTED.sub(" ", text))
    latin = sum(word.isascii() for word in words)
    own = latin if language == "en" else len(words) - latin
    return 2 * own >= len(words)


def _source(number: int, item: Ranked) -> Source:
    candidate = item.candidate
    return Source(number, cite(candidate), candidate.text[:_LONGEST], _place(item))


def _place(item: Ranked) -> str:
    return " > ".join(dict.fromkeys((item.candidate.title, *item.candidate.heading)))


def _trouble(what: str, *notes: str) -> Diagnostic:
    message = f"the model could not compose, the built-in ranker chose: {what}"
    return Diagnostic("model-failed", Severity.WARNING, message, "", notes=notes)
