"""Embeddings from an OpenAI-compatible server on this machine, or on one that the user named as his own."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from notec.core import NotecError
from notec.models.base import Cancel
from notec.models.embed import Floats, TooLongError
from notec.models.embed_prefixes import Prefixes
from notec.models.endpoint import Endpoint, Patience, StatusError, context_overflow
from notec.models.transport import Watch

_LONGEST_WAIT = 600.0  # seconds for one batch
_TOO_LONG = re.compile(r"too (large|long)|input length|maximum .{0,20}(token|length)|token.{0,30}limit", re.I)


class HttpEncoder:
    """Asks `/embeddings` of a server.

    Args:
        url: where the server is; what follows a `#` is the model's name there.

    Raises:
        NotecError: the host is neither this machine nor in `allowed_hosts`.
    """

    prefixes: Prefixes | None = None

    def __init__(self, url: str, *, allowed_hosts: tuple[str, ...] = (), api_key: str = "") -> None:
        address, _, self._wanted = url.partition("#")
        self.endpoint = Endpoint(address, api_key, allowed_hosts, Patience(retries=2))
        self._found = ""

    @property
    def name(self) -> str:
        """The model's name; asks the server where none was given."""
        if not self._wanted and not self._found:
            offered = self.endpoint.models()
            if not offered:
                raise NotecError(
                    f"{self.endpoint.base} does not say which models it has",
                    "name one behind a #: http://127.0.0.1:8080/v1#name",
                )
            self._found = offered[0]
        return self._wanted or self._found

    @property
    def fingerprint(self) -> str:
        return f"http:{self.name}@{self.endpoint.base}"

    def encode(self, texts: Sequence[str], cancel: Cancel | None = None) -> Floats:
        body = {"input": list(texts), "model": self.name, "encoding_format": "float"}
        try:
            found = self.endpoint.ask("/embeddings", body, Watch(cancel, _LONGEST_WAIT))
        except StatusError as error:
            if context_overflow(error.reason) or _TOO_LONG.search(error.reason) or error.status == 413:
                raise TooLongError from error
            raise
        return _vectors(found, len(texts), self.endpoint.base)

    def close(self) -> None:
        """Each request has a connection of its own; nothing is held."""


def _vectors(found: object, count: int, where: str) -> Floats:
    """The vectors of an answer in the order of its indexes."""
    rows = found.get("data") if isinstance(found, dict) else None
    try:
        if not isinstance(rows, list) or len(rows) != count:
            raise ValueError(f"{len(rows) if isinstance(rows, list) else 'no'} vectors for {count} texts")
        order = sorted(range(count), key=lambda n: rows[n].get("index", n))
        return np.array([rows[n]["embedding"] for n in order], np.float32)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise NotecError(
            f"{where} does not answer as a server of embeddings: {error}",
            "start it with an embedding model (llama-server --embeddings), or correct `embedder`",
        ) from None
