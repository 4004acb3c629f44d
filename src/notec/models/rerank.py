"""A reranking model behind a server on this machine, or on one that the user named as his own.

llama.cpp (`--reranking`), vLLM, Infinity, LocalAI: `POST /v1/rerank` with a query and documents.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from notec.core import NotecError
from notec.models.base import Cancel
from notec.models.endpoint import Endpoint, Patience
from notec.models.transport import Watch

_LONGEST_WAIT = 60.0  # seconds for one query
_LONGEST_TEXT = 4_000  # characters of a document; rerankers read about 512 tokens


class HttpReranker:
    """Asks `/rerank` of a server.

    Args:
        url: where the server is; what follows a `#` is the model's name there.

    Raises:
        NotecError: the host is neither this machine nor in `allowed_hosts`.
    """

    def __init__(self, url: str, *, allowed_hosts: tuple[str, ...] = (), api_key: str = "") -> None:
        address, _, self.name = url.partition("#")
        self.endpoint = Endpoint(address, api_key, allowed_hosts, Patience(connect=2.0, retries=0))

    def scores(self, query: str, texts: Sequence[str], cancel: Cancel | None = None) -> list[float]:
        """How well each text fits the query; comparable inside one answer only.

        Raises:
            NotecError: the server cannot be reached, refuses, or does not answer as a reranker.
        """
        if not texts:
            return []
        documents = [text[:_LONGEST_TEXT] for text in texts]
        body = {"query": query, "documents": documents}
        found = self.endpoint.ask(
            "/rerank", body | ({"model": self.name} if self.name else {}), Watch(cancel, _LONGEST_WAIT)
        )
        try:
            scored = {int(row["index"]): float(row["relevance_score"]) for row in found["results"]}
            out = [scored[number] for number in range(len(documents))]
        except (TypeError, KeyError, ValueError):
            out = []
        if not out or not all(map(math.isfinite, out)):
            raise NotecError(
                f"{self.endpoint.base}/rerank does not answer with a score for each document",
                "give `search.reranker` the address of a server that runs a reranking model",
            )
        return out
