"""Starts llama.cpp inside this process (`xllamacpp`); the one place that knows its parameters."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

from notec.core import NotecError


def start(path: Path, *, context: int, embedding: bool = False, pooling: int | None = None) -> Any:
    """A server object with `path` loaded; it listens on loopback alone and ends with its last reference.

    Args:
        context: tokens that one request may take.
        pooling: 1 mean, 2 first token, 3 last token; None as the file says.

    Raises:
        NotecError: the engine is not installed, or cannot load the file.
    """
    try:
        import xllamacpp
    except ImportError:
        raise NotecError(
            f"{path}: GGUF files need llama.cpp, which is not installed", "pip install 'notec[llama]'"
        ) from None
    wanted = xllamacpp.CommonParams()
    wanted.model.path = os.fspath(path)
    wanted.n_ctx = context
    wanted.n_batch = wanted.n_ubatch = context if embedding else 512
    wanted.embedding = embedding
    if embedding and hasattr(os, "sched_getaffinity"):  # short work: every core that this process may use
        wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = len(os.sched_getaffinity(0))
    wanted.warmup = False
    wanted.verbosity = -1  # it writes on the terminal otherwise
    if pooling is not None:
        wanted.pooling_type = xllamacpp.llama_pooling_type(pooling)
    try:
        return xllamacpp.Server(wanted)
    except RuntimeError as error:
        raise NotecError(
            f"{path}: llama.cpp cannot load it ({error})",
            "the file may be damaged, newer than the installed xllamacpp, or too large for the memory",
        ) from None


def engine_version() -> str:
    return f"xllamacpp {version('xllamacpp')}"
