"""Which model this is: header and sampled blocks of its files, the engine's build, what else changes a reply.

Hashing 290 GB takes minutes; the memo asks at every start. A model's header names every tensor with its
shape and type, and blocks spread over the weights tell two trainings of one shape apart: any training
changes nearly every block. A file changed by hand in a place that no sample hits is not noticed.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from notec.core import NotecError
from notec.engine.adapters.base import Order

_HEAD = 16 * 1024 * 1024  # holds the vocabulary and the tensor list of any known model
_BLOCK = 16 * 1024
_BLOCKS = 128  # in each file
_SHARD = re.compile(r"^(.*)-\d{5}-of-(\d{5})\.gguf$", re.I)
_BESIDE = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "chat_template.jinja",
)


def fingerprint(order: Order, engine: str) -> str:
    """Names everything but the request that could change a reply; safe in file names."""
    parts = [model_id(order.model), build_of(engine, order), f"kv:{order.kv_type}"]
    parts += [f"lora:{lora.name}:{model_id(lora.path)}" for lora in order.loras]
    parts += [f"draft:{model_id(order.draft)}"] if order.draft else []
    parts += ["lookup"] if order.lookup else []
    parts += list(order.extra)
    digest = hashlib.blake2b("\n".join(parts).encode(), digest_size=10).hexdigest()
    return f"{engine}-{digest}"


def model_id(path: str | Path) -> str:
    """The identity of a model on the disk: of all shards of a GGUF, or of a folder with safetensors.

    Raises:
        NotecError: there is no such file, or it cannot be read.
    """
    return sampled_digest(model_files(Path(path)))


def sampled_digest(files: Sequence[Path]) -> str:
    """A digest of sizes, first megabytes and sampled blocks; remembered while the files stay as they are.

    Raises:
        NotecError: a file cannot be read.
    """
    return _of_files(tuple((str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files))


def model_files(path: Path) -> list[Path]:
    """All files that make a model, in order.

    Raises:
        NotecError: there is no such file, or a folder without weights.
    """
    if path.is_dir():
        weights = sorted(path.glob("*.safetensors")) or sorted(path.glob("*.bin"))
        if not weights:
            raise NotecError(
                f"{path}: no safetensors in this folder", "name the folder that holds the weights"
            )
        return [path / name for name in _BESIDE if (path / name).is_file()] + weights
    if not path.is_file():
        raise NotecError(f"{path}: no such file", "name a GGUF file or a folder with safetensors")
    if shard := _SHARD.match(path.name):
        pattern = re.compile(re.escape(shard[1]) + rf"-\d{{5}}-of-{shard[2]}\.gguf", re.I)
        return sorted(file for file in path.parent.iterdir() if pattern.fullmatch(file.name))
    return [path]


@lru_cache(maxsize=32)
def _of_files(stats: tuple[tuple[str, int, int], ...]) -> str:
    """Size and time are part of the key here alone: a file that changed is read again."""
    total = hashlib.blake2b(digest_size=16)
    for name, size, _ in stats:
        total.update(f"{size}\n".encode())
        try:
            with open(name, "rb", buffering=0) as file:
                total.update(file.read(min(size, _HEAD)))
                rest = size - _HEAD
                for i in range(_BLOCKS if rest > 0 else 0):
                    file.seek(_HEAD + (rest - min(rest, _BLOCK)) * i // (_BLOCKS - 1), os.SEEK_SET)
                    total.update(file.read(_BLOCK))
        except OSError as error:
            raise NotecError(f"{name}: {error.strerror}", "check its permissions") from None
    return total.hexdigest()


@lru_cache(maxsize=32)
def _program_id(path: str, size: int, changed: int) -> str:
    return hashlib.blake2b(f"{path}\n{size}\n{changed}".encode(), digest_size=8).hexdigest()


def build_of(engine: str, order: Order) -> str:
    """The engine's build: a package's version, or a program's place, size and time."""
    from importlib.metadata import PackageNotFoundError, version

    packages = {
        "embedded": ("xllamacpp",),
        "transformers": ("transformers", "torch"),
        "deepspeed": ("deepspeed",),
    }
    if not order.binary and (names := packages.get(engine, (engine,))):
        try:
            return "+".join(f"{name}-{version(name)}" for name in names)
        except PackageNotFoundError:
            pass
    import shutil

    binary = shutil.which(order.binary or {"llama.cpp": "llama-server"}.get(engine, engine))
    if not binary:
        return engine
    stat = os.stat(binary)
    return f"{engine}-{_program_id(binary, stat.st_size, stat.st_mtime_ns)}"
