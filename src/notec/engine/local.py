"""What models lie on this disk already: notec's own folder, the Hugging Face cache, LM Studio, Ollama.

Only names and headers are read. Ollama keeps a model as a blob whose name a manifest tells.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_MOST_FILES = 100_000  # in a folder; nobody has so many models
_LATER_SHARD = re.compile(r"-(?!00001)\d{5}-of-\d{5}\.gguf$", re.I)


class Found(NamedTuple):
    """A model on this disk: where, who keeps it, what he calls it, and what `describe` reads."""

    path: Path
    keeper: str
    name: str
    bytes: int


def local_models(own: Path, further: Iterable[Path] = ()) -> Iterator[Found]:
    """Models in all places where programs keep them, each file once."""
    home = Path.home()
    seen: set[str] = set()
    hub = Path(
        os.environ.get("HF_HUB_CACHE")
        or Path(os.environ.get("HF_HOME") or home / ".cache/huggingface") / "hub"
    )
    places = [(folder, "folder") for folder in further]
    places += [(own, "notec"), (hub, "Hugging Face"), (home / ".cache/lm-studio/models", "LM Studio")]
    places += [(home / ".lmstudio/models", "LM Studio")]
    for folder, keeper in places:
        for path in _in_folder(folder):
            if (key := os.path.realpath(path)) not in seen:
                seen.add(key)
                yield Found(path, keeper, _name(path, keeper), _size(path))
    ollama = Path(os.environ.get("OLLAMA_MODELS") or home / ".ollama/models")
    for found in _ollama(ollama):
        if (key := os.path.realpath(found.path)) not in seen:
            seen.add(key)
            yield found


def _in_folder(folder: Path) -> Iterator[Path]:
    """First shards of GGUF models, and folders that hold a Transformers checkpoint."""
    count = 0
    for root, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(f for f in folders if f not in ("blobs", ".locks", ".no_exist", ".git"))
        count += len(files)
        if count > _MOST_FILES:
            return
        for name in sorted(files):
            if (
                name.lower().endswith(".gguf")
                and not _LATER_SHARD.search(name)
                and not name.startswith("mmproj")
            ):
                yield Path(root, name)
        if "config.json" in files and any(name.endswith(".safetensors") for name in files):
            yield Path(root)


def _ollama(folder: Path) -> Iterator[Found]:
    manifests = folder / "manifests"
    for path in sorted(manifests.rglob("*")):
        with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
            if not path.is_file() or path.stat().st_size > 1 << 20:
                continue
            for layer in json.loads(path.read_bytes()).get("layers", []):
                digest = str(layer.get("digest", ""))
                named = re.fullmatch(r"sha256[:-]([0-9a-f]{64})", digest)
                if layer.get("mediaType") == "application/vnd.ollama.image.model" and named:
                    blob = folder / "blobs" / f"sha256-{named[1]}"
                    if blob.is_file():
                        parts = path.relative_to(manifests).parts
                        yield Found(blob, "Ollama", f"{parts[-2]}:{parts[-1]}", blob.stat().st_size)


def _name(path: Path, keeper: str) -> str:
    if keeper == "Hugging Face":
        for part in path.parts:
            if part.startswith("models--"):
                repository = part.removeprefix("models--").replace("--", "/")
                return f"{repository}/{path.name}" if path.suffix == ".gguf" else repository
    return path.name


def _size(path: Path) -> int:
    with suppress(OSError):
        if path.is_file():
            first = re.match(r"(.+)-00001-of-\d{5}\.gguf$", path.name, re.I)
            if not first:
                return path.stat().st_size
            return sum(p.stat().st_size for p in path.parent.glob(f"{_escaped(first[1])}-*-of-*.gguf"))
        return sum(p.stat().st_size for p in path.glob("*.safetensors"))
    return 0


def _escaped(name: str) -> str:
    return re.sub(r"([\[\]*?])", r"[\1]", name)
