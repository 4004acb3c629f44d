"""Embeddings from an ONNX file and its tokenizer.json, through onnxruntime.

The folder is one of sentence-transformers, or what such a model is exported to: pooling, greatest length and
prompts are read from the files that lie there. Nothing is guessed but the mean, which most models use.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from notec.core import NotecError
from notec.models.base import Cancel
from notec.models.embed import Floats, TooLongError
from notec.models.embed_prefixes import Prefixes
from notec.models.llama_header import fingerprint
from notec.models.transport import CancelledError

_LONGEST = 2048  # tokens; memory of attention grows with the square
_QUERY_PROMPTS = ("query", "search_query", "s2p_query", "web_search_query")
_PASSAGE_PROMPTS = ("passage", "document", "search_document", "corpus")


class OnnxEncoder:
    """An ONNX embedding model; loaded by its first use.

    Raises:
        NotecError: there is no tokenizer beside it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        folders = [path.parent, path.parent.parent] if path.parent.name == "onnx" else [path.parent]
        self.folder = next((f for f in folders if (f / "tokenizer.json").is_file()), path.parent)
        if not (self.folder / "tokenizer.json").is_file():
            raise NotecError(
                f"{path}: there is no tokenizer.json beside it",
                "put the tokenizer.json of the same model into that folder",
            )
        said = self._json("config_sentence_transformers.json").get("prompts")
        self.prefixes = _prompts(said) if isinstance(said, dict) else None
        known = str(self._json("config.json").get("_name_or_path", ""))
        self.name = f"{known} {self.folder.name}".strip()
        self._pooling = self._pooling_mode()
        self._longest = self._longest_text()
        self._session: Any = None
        self._tokenizer: Any = None
        self._print = ""

    @property
    def fingerprint(self) -> str:
        if not self._print:
            self._print = f"{fingerprint(self.path)} {fingerprint(self.folder / 'tokenizer.json')}"
        return f"onnx:{self._print} {self._pooling}"

    def encode(self, texts: Sequence[str], cancel: Cancel | None = None) -> Floats:
        if cancel and cancel():
            raise CancelledError
        if self._session is None:
            self._load()
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        if max(map(len, tokens)) > self._longest:
            raise TooLongError
        width = max(map(len, tokens))
        ids = np.full((len(tokens), width), self._padding, np.int64)
        mask = np.zeros_like(ids)
        for row, found in enumerate(tokens):
            ids[row, : len(found)] = found
            mask[row, : len(found)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        given["position_ids"] = np.broadcast_to(np.arange(width, dtype=np.int64), ids.shape)
        names = {i.name for i in self._session.get_inputs()}
        try:
            found = self._session.run(None, {name: given[name] for name in names})
        except KeyError as error:
            raise NotecError(
                f"{self.path} wants an input {error}", "it is no embedding model of texts"
            ) from None
        except Exception as error:  # the library has a dozen kinds of its own
            raise NotecError(f"{self.path} cannot embed: {error}", "is it an embedding model?") from error
        return self._pooled(found, mask)

    def close(self) -> None:
        self._session = self._tokenizer = None

    def _pooled(self, found: Sequence[NDArray[Any]], mask: NDArray[np.int64]) -> Floats:
        outputs = dict(zip((o.name for o in self._session.get_outputs()), found, strict=True))
        if (ready := outputs.get("sentence_embedding")) is not None:
            return np.asarray(ready, np.float32)
        states = next((np.asarray(o, np.float32) for o in found if np.ndim(o) == 3), None)
        if states is None:
            ready = next((o for o in found if np.ndim(o) == 2), None)
            if ready is None:
                raise NotecError(f"{self.path} gives no vectors", "is it an embedding model?")
            return np.asarray(ready, np.float32)
        if self._pooling == "cls":
            return np.asarray(states[:, 0], np.float32)
        if self._pooling == "lasttoken":
            return np.asarray(states[np.arange(len(states)), mask.sum(axis=1) - 1], np.float32)
        weights = mask[:, :, None].astype(np.float32)
        return np.asarray((states * weights).sum(axis=1) / weights.sum(axis=1), np.float32)

    def _load(self) -> None:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise NotecError(
                f"{self.path}: ONNX models need {error.name}, which is not installed",
                "pip install 'notec[onnx]'",
            ) from None
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = _cores()
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                os.fspath(self.path), options, providers=["CPUExecutionProvider"]
            )
            tokenizer = Tokenizer.from_file(os.fspath(self.folder / "tokenizer.json"))
        except Exception as error:  # the libraries have kinds of their own
            said = str(error).strip().split("\n")[0]
            raise NotecError(
                f"{self.path} cannot be loaded: {said}", "download or convert the model again"
            ) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        padding = self._json("config.json").get("pad_token_id")
        self._padding = padding if isinstance(padding, int) else 0
        self._session, self._tokenizer = session, tokenizer

    def _pooling_mode(self) -> str:
        said = self._json("1_Pooling/config.json")
        for mode in ("cls", "lasttoken"):
            if (
                said.get(f"pooling_mode_{mode}" + ("_token" if mode == "cls" else ""))
                or said.get("pooling_mode") == mode
            ):
                return mode
        return "mean"

    def _longest_text(self) -> int:
        """Tokens that the model reads: the least of what its files say."""
        config = self._json("config.json")
        positions = config.get("max_position_embeddings")
        if isinstance(positions, int) and "roberta" in str(config.get("model_type", "")):
            positions -= 2  # of that family the first two mean padding
        said = [
            self._json("sentence_bert_config.json").get("max_seq_length"),
            self._json("tokenizer_config.json").get("model_max_length"),
            positions,
        ]
        return min([_LONGEST, *(n for n in said if isinstance(n, int) and n > 0)])

    def _json(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / name).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _prompts(said: dict[str, Any]) -> Prefixes | None:
    query = next((said[name] for name in _QUERY_PROMPTS if isinstance(said.get(name), str)), None)
    passage = next((said[name] for name in _PASSAGE_PROMPTS if isinstance(said.get(name), str)), None)
    return Prefixes(query or "", passage or "") if query is not None or passage is not None else None


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
