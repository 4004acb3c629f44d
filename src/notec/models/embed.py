"""Embedders: texts to vectors, through a GGUF file, an ONNX file or a server of the user's own.

An `Encoder` turns texts into vectors and knows its own limit. `Embedder` around it adds what every model
needs: the words that the model was trained to see before a query and before a passage, texts longer than its
context (cut in windows whose mean is taken), and a look at what comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from notec.core import NotecError, digest
from notec.models.base import Cancel
from notec.models.embed_prefixes import Prefixes, prefixes

Floats = NDArray[np.float32]

_SHORTEST = 64  # characters of a window that is not cut again
_WAYS = (
    "name a .gguf file, a folder with model.onnx and tokenizer.json, or the URL of a server on this machine"
)


class TooLongError(Exception):
    """One of the texts is longer than the model's context."""


class Encoder(Protocol):
    """A model as it is: no prefixes, no windows."""

    @property
    def name(self) -> str:
        """What the model calls itself."""

    @property
    def fingerprint(self) -> str:
        """Names everything that could change a vector."""

    @property
    def prefixes(self) -> Prefixes | None:
        """What the model itself says to put before queries and passages; None where it says nothing."""

    def encode(self, texts: Sequence[str], cancel: Cancel | None = None) -> Floats:
        """(len(texts), dimension).

        Raises:
            TooLongError: a text does not fit; none was encoded.
            NotecError: the model cannot be used.
        """

    def close(self) -> None:
        """Let go of the model; the next use loads it again."""


class Embedder:
    """Turns passages and queries into vectors that can be compared. Nothing is loaded before it is used."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._prefixes = encoder.prefixes or prefixes(encoder.name)
        self._dimension = 0

    @property
    def name(self) -> str:
        return self.encoder.name

    @property
    def fingerprint(self) -> str:
        """Names everything that could change the vector of a passage."""
        return digest(f"{self.encoder.fingerprint}\n{self._prefixes.passage}")

    @property
    def dimension(self) -> int:
        """Numbers in a vector; encodes a word where it is not known yet."""
        if not self._dimension:
            self._encode(["dimension"], None)
        return self._dimension

    def passages(self, texts: Sequence[str], cancel: Cancel | None = None) -> Floats:
        """The vectors of passages: (len(texts), dimension).

        Raises:
            NotecError: the model cannot be used, or gives what is no vector.
            CancelledError: as `cancel` says.
        """
        return self._encode([self._prefixes.passage + text for text in texts], cancel)

    def query(self, text: str) -> Floats:
        """The vector of a query: (dimension,)."""
        return np.asarray(self._encode([self._prefixes.query + text], None)[0], np.float32)

    def close(self) -> None:
        self.encoder.close()

    def _encode(self, texts: Sequence[str], cancel: Cancel | None) -> Floats:
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._fitting([text or " " for text in texts], cancel)
        if vectors.ndim != 2 or vectors.shape[0] != len(texts) or not vectors.shape[1]:
            raise NotecError(
                f"{self.name}: asked for {len(texts)} vectors, got an array of {vectors.shape}",
                "is it an embedding model? " + _WAYS,
            )
        if self._dimension and vectors.shape[1] != self._dimension:
            raise NotecError(
                f"{self.name}: vectors of {vectors.shape[1]} numbers after some of {self._dimension}",
                "the model behind the name has changed; run `notec index` again",
            )
        if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
            raise NotecError(
                f"{self.name} gives vectors that are none (zeros, infinite or not a number)",
                "the file is damaged or not supported by this engine; try another model or quantisation",
            )
        self._dimension = vectors.shape[1]
        return vectors

    def _fitting(self, texts: Sequence[str], cancel: Cancel | None) -> Floats:
        """Encodes; where something is too long, finds it by halving, and takes the mean of its windows."""
        try:
            return self.encoder.encode(texts, cancel)
        except TooLongError:
            if len(texts) > 1:
                middle = len(texts) // 2
                return np.concatenate(
                    [self._fitting(texts[:middle], cancel), self._fitting(texts[middle:], cancel)]
                )
        text = texts[0]
        if len(text) <= _SHORTEST:
            raise NotecError(
                f"{self.name} takes no text of {len(text)} characters",
                "its context is too small to be of use; choose another model",
            )
        middle = len(text) // 2
        space = text.rfind(" ", middle // 2, middle + 1)
        cut = space + 1 if space > 0 else middle
        halves = [part for part in (text[:cut], text[cut:]) if part.strip()]
        vectors = [self._fitting([part], cancel)[0] for part in halves]
        lengths = [float(np.linalg.norm(v)) or 1.0 for v in vectors]
        mean = sum(v / length * len(p) for v, length, p in zip(vectors, lengths, halves, strict=True))
        return np.asarray(mean, np.float32).reshape(1, -1)


def open_embedder(spec: str, *, allowed_hosts: tuple[str, ...] = (), api_key: str = "") -> Embedder:
    """The embedder that a configuration names: a path, or the URL of a server.

    Args:
        spec: a .gguf file, an .onnx file or a folder with one and a tokenizer.json, or
            `http://127.0.0.1:8080/v1#name` (without `#name`, the server's first model).

    Raises:
        NotecError: nothing is there, it is of another kind, or the host is not the user's own.
    """
    if spec.startswith(("http://", "https://")):
        from notec.models.embed_http import HttpEncoder

        return Embedder(HttpEncoder(spec, allowed_hosts=allowed_hosts, api_key=api_key))
    path = Path(spec).expanduser()
    if path.is_dir():
        path = _inside(path)
    if not path.is_file():
        raise NotecError(f"embedder: {path}: no such file", _WAYS)
    if path.suffix.lower() == ".gguf":
        from notec.models.embed_llama import LlamaEncoder

        return Embedder(LlamaEncoder(path))
    if path.suffix.lower() == ".onnx":
        from notec.models.embed_onnx import OnnxEncoder

        return Embedder(OnnxEncoder(path))
    raise NotecError(f"embedder: {path} is neither a GGUF nor an ONNX file", _WAYS)


def _inside(folder: Path) -> Path:
    """The model file of a folder."""
    names = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
    for name in names:
        if (folder / name).is_file():
            return folder / name
    found = sorted([*folder.glob("*.gguf"), *folder.glob("*.onnx"), *folder.glob("onnx/*.onnx")])
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(f.relative_to(folder).as_posix() for f in found[:8])
        raise NotecError(f"embedder: {folder} holds {len(found)} models: {shown}", "name one of them")
    if any(folder.glob("*.safetensors")) or any(folder.glob("pytorch_model*.bin")):
        raise NotecError(
            f"embedder: {folder} holds weights for PyTorch, which notec does without",
            "take the model's ONNX or GGUF form, or convert it (docs/configuration.md says how)",
        )
    raise NotecError(f"embedder: no model in the folder {folder}", _WAYS)
