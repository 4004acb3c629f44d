"""What a chat, an embedder's client and a reranker's client ask of a workspace."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from notec.core import NotecError

if TYPE_CHECKING:
    from notec.app.workspace import Workspace
    from notec.ask import Answer, Brief
    from notec.ask.told import Told
    from notec.models.embed import Embedder, Floats


def converse(workspace: Workspace, asked: Sequence[str], mode: str = "select") -> Answer:
    """The answer to the last of these questions, in the light of those before it."""
    from notec.ask.chat import Chat

    chat = Chat(lambda question: workspace.ask(question, mode=mode))
    return chat.after(asked[:-1]).say(asked[-1])


def tell(workspace: Workspace, value: Answer | Brief) -> Told:
    """An answer or a brief as Markdown with footnotes, and its citations as data."""
    from notec.ask.told import tell as told

    return told(workspace._ready(), value)


def embed(workspace: Workspace, texts: Sequence[str]) -> Floats:
    """The vectors of passages by the configured embedder: (len(texts), dimension).

    Raises:
        NotecError: none is configured, or it cannot be used.
    """
    found = _embedder(workspace)
    if found is None:
        raise NotecError("no embedder is configured", "set `embedder` in notec.toml")
    return found.passages(texts)


def fit(workspace: Workspace, query: str, texts: Sequence[str]) -> list[float]:
    """How well each text fits the query: by the configured reranker, else by the embedder, else by words.

    Scores are comparable inside one answer only.
    """
    from notec.app.wiring import open_reranker

    if reranker := open_reranker(workspace.config):
        return reranker.scores(query, texts)
    if embedder := _embedder(workspace):
        import numpy as np

        from notec.index.quantised import dot

        wanted, rows = embedder.query(query), embedder.passages(texts)
        lengths = np.linalg.norm(rows, axis=1) * np.linalg.norm(wanted)
        near: list[float] = (dot(rows, wanted) / lengths).tolist()
        return near
    return _by_words(query, texts)


def _by_words(query: str, texts: Sequence[str]) -> list[float]:
    """BM25 among these texts alone, with stems of both languages."""
    from notec.facts.words import Analyzer
    from notec.index.query import read_query
    from notec.index.weigh import weigh_words

    analyzer = Analyzer()
    rows = [analyzer.sequence(text) for text in texts]
    kinds = [set(row) for row in rows]

    def idf(term: str) -> float:
        often = sum(term in kind for kind in kinds)
        return math.log(1 + (len(rows) - often + 0.5) / (often + 0.5))

    asked = read_query(query, analyzer)
    return [weigh_words(asked, row, frozenset(), idf) for row in rows]


def _embedder(workspace: Workspace) -> Embedder | None:
    from notec.index.dense import Dense

    dense = workspace._opened().dense  # the one that indexes: a model is loaded once
    return dense.embedder if isinstance(dense, Dense) else None
