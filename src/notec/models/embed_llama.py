"""Embeddings from a GGUF file, through llama.cpp in this process. Pooling is what the file says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from notec.core import NotecError
from notec.models.base import Cancel
from notec.models.embed import Floats, TooLongError
from notec.models.embed_prefixes import Prefixes
from notec.models.llama_header import fingerprint, read_scalars
from notec.models.llama_server import start
from notec.models.transport import CancelledError

_CONTEXT = 2048  # tokens; a passage has some hundreds, and memory grows with it
_TOO_LONG = re.compile(r"too large to process|exceed.{0,40}context|context.{0,40}exceed|too long", re.I)


class LlamaEncoder:
    """A GGUF embedding model; loaded by its first use. One caller at a time.

    Raises:
        NotecError: the file is no GGUF file, or holds no model that embeds.
    """

    prefixes: Prefixes | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        said = read_scalars(path)
        architecture = str(said.get("general.architecture", ""))
        pooling = said.get(f"{architecture}.pooling_type")
        if pooling == 4:
            raise NotecError(f"{path} is a reranker, not an embedder", "name it as `search.reranker`")
        # A decoder that was trained to embed says how to pool; one that says nothing was made for writing.
        self._pooling = 3 if pooling in (None, 0) else None
        self._context = min(int(said.get(f"{architecture}.context_length", 512)), _CONTEXT)
        self.name = f"{said.get('general.name', '')} {path.stem}".strip()
        self._server: Any = None
        self._print = ""

    @property
    def fingerprint(self) -> str:
        if not self._print:
            self._print = fingerprint(self.path)
        return f"gguf:{self._print}"

    def encode(self, texts: Sequence[str], cancel: Cancel | None = None) -> Floats:
        if cancel and cancel():
            raise CancelledError
        if self._server is None:
            self._server = start(self.path, context=self._context, embedding=True, pooling=self._pooling)
        found = self._server.handle_embeddings({"input": list(texts)})
        if error := found.get("error"):
            said = str(error.get("message", error) if isinstance(error, dict) else error)
            if _TOO_LONG.search(said):
                raise TooLongError
            raise NotecError(f"{self.path} cannot embed: {said}", "is it an embedding model?")
        return np.array([row["embedding"] for row in found["data"]], np.float32)

    def close(self) -> None:
        self._server = None
