"""The driver: a question becomes an answer. Read this first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Literal

from notec.ask.choose import CLAIMS, arrange, choose
from notec.ask.compose import compose
from notec.ask.found import Found, claims, refuse, select
from notec.ask.gather import PASSAGES, PER_NOTE, gather
from notec.ask.messages import Key
from notec.ask.pick import OFFERED, pick
from notec.ask.question import read_question
from notec.ask.rank import rank
from notec.ask.refuse import confidence, weigh
from notec.ask.types import Answer, Mode
from notec.core import NotecError
from notec.facts.words import tokens
from notec.index import Filters, Index
from notec.models import Cancel, Model, Sink

Graph = bool | Literal["auto"] | None


def answer_question(
    index: Index,
    question: str,
    *,
    mode: Mode = "select",
    model: Model | None = None,
    limit: int = CLAIMS,
    filters: Filters | Mapping[str, str] | None = None,
    graph: Graph = None,
    on_text: Sink | None = None,
    cancel: Cancel | None = None,
) -> Answer:
    """Answer a question from the vault, or say that the vault does not.

    Args:
        mode: `select` works with and without a model; `compose` needs one.
        limit: most claims.
        filters: narrow the notes that count.
        graph: True, False or `auto`; None takes the setting of the index.
        on_text: is given what the model writes as it comes. cancel: asked whether to stop.

    Raises:
        NotecError: `compose` without a model.
    """
    if mode == "compose" and model is None:
        raise NotecError(
            "compose needs a model, and none is configured",
            'name a server in notec.toml ([model] url = "http://127.0.0.1:8080/v1"), or use --mode select',
        )
    found = find(index, question, filters=filters, graph=graph)
    base = Answer(question, mode, language=found.question.language, confidence=found.confidence)
    if not found.ranked:
        nothing: Key = "nothing-within" if filters and filters != Filters() else "empty-vault"
        return refuse(base, found, nothing if tokens(question) else "no-question")
    if mode == "compose" and model is not None:
        return compose(base, found, model, limit, on_text=on_text, cancel=cancel)
    if model is not None:
        offered = choose(found.ranked, OFFERED, weak=None)
        outcome = pick(question, base.language, offered, model, limit, on_text=on_text, cancel=cancel)
        base = replace(base, diagnostics=outcome.diagnostics)
        if outcome.value is not None:
            base = replace(base, dropped=outcome.value.dropped)
            if not outcome.value.chosen:
                return refuse(base, found, "model-refused")
            return replace(base, claims=claims(arrange(outcome.value.chosen)))
    return select(base, found, limit)


def find(
    index: Index, question: str, *, filters: Filters | Mapping[str, str] | None = None, graph: Graph = None
) -> Found:
    """Search, rank and weigh, without deciding anything."""
    analyzer = index.analyzer
    read = read_question(question, analyzer)
    idf = cache(index.idf)  # asked for the same term hundreds of times
    hits = index.search(question, PASSAGES, filters, graph=graph, per_note=PER_NOTE)
    passages = gather(index, hits, analyzer)
    ranked = rank(read, passages, idf)
    weight = confidence(weigh(read, ranked, passages, idf))
    return Found(read, tuple(passages), tuple(ranked), weight)
