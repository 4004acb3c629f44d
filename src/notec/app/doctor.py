"""What could be wrong with this installation, this vault and its index, each with the way out.

Nothing is changed, and nothing is contacted but a model server that the configuration names.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

from notec.app.config import Config, default_home, load_config
from notec.core import NotecError

State = Literal["fine", "remark", "failed"]

_EXTRAS = {
    "llama": ("xllamacpp", "GGUF embedding models in this process"),
    "onnx": ("onnxruntime", "ONNX embedding models"),
    "qdrant": ("qdrant_client", "vectors in a Qdrant server"),
    "get": ("huggingface_hub", "fetching models with `notec get`"),
    "gpu": ("pynvml", "NVIDIA's cards as their driver reports them"),
    "transformers": ("accelerate", "serving safetensors with Transformers and Accelerate"),
    "documents": ("pypdf", "PDF, DOCX, HTML and EPUB"),
}
_LEAST_FREE = 1 << 30


class Finding(NamedTuple):
    """One thing that was looked at."""

    check: str
    state: State
    message: str


def examine(vault: str | None = None, home: str | None = None) -> Iterator[Finding]:
    """Look at everything, one finding at a time; never raises for what it finds."""
    yield _python()
    root = Path(vault or os.environ.get("NOTEC_VAULT") or ".").expanduser()
    yield _vault(root)
    if not root.is_dir():
        return
    try:
        config = load_config(root)
    except NotecError as error:
        yield Finding("config", "failed", _one_line(error))
        return
    yield Finding("config", "fine", ", ".join(config.sources) or "none; everything has its default")
    named = home or os.environ.get("NOTEC_HOME")
    place = Path(named).expanduser() if named else default_home(root)
    yield _home(place)
    yield from _index(root, place)
    for extra, (module, purpose) in _EXTRAS.items():
        if find_spec(module) is not None:
            yield Finding(extra, "fine", purpose)
        else:
            yield Finding(extra, "remark", f"{purpose}: not installed; pip install 'notec[{extra}]'")
    yield _sandbox()
    yield from _model(config)


def _one_line(error: NotecError) -> str:
    return f"{error.message}; {error.hint}" if error.hint else error.message


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "fine", f"{version} at {sys.executable}")


def _vault(root: Path) -> Finding:
    if not root.exists():
        return Finding("vault", "failed", f"{root}: no such folder; name it with --vault PATH or NOTEC_VAULT")
    if not root.is_dir():
        return Finding("vault", "failed", f"{root}: not a folder; name the folder that holds the notes")
    if not os.access(root, os.R_OK | os.X_OK):
        return Finding("vault", "failed", f"{root}: may not be read; check its permissions")
    return Finding("vault", "fine", str(root.resolve()))


def _home(place: Path) -> Finding:
    probe = next(p for p in (place, *place.parents) if p.exists())
    if not probe.is_dir():
        return Finding("home", "failed", f"{probe}: not a folder; name another with --home PATH")
    try:
        with tempfile.TemporaryFile(dir=probe):
            pass
    except OSError as error:
        return Finding(
            "home", "failed", f"{probe}: {error.strerror}; name another with --home PATH or NOTEC_HOME"
        )
    free = shutil.disk_usage(probe).free
    if free < _LEAST_FREE:
        return Finding(
            "home",
            "remark",
            f"{place}: only {free >> 20} MB free; an index takes about the size of the notes",
        )
    return Finding("home", "fine", f"{place} ({free >> 30} GB free)")


def _index(root: Path, place: Path) -> Iterator[Finding]:
    from notec.app.workspace import Workspace

    try:
        with Workspace.open(root, home=place) as workspace:
            status = workspace.status()
    except NotecError as error:
        yield Finding("index", "failed", _one_line(error))
        return
    if not status.get("notes"):
        yield Finding("index", "remark", "nothing is indexed yet; run `notec index`")
    else:
        yield Finding("index", "fine", f"{status['notes']:,} notes, {status['statements']:,} statements")


def _sandbox() -> Finding:
    from notec.passes.sandbox import outlook

    possible, message = outlook()
    if not possible:
        return Finding("sandbox", "remark", f"generated code is written, but never run: {message}")
    return Finding("sandbox", "fine", message)


def _model(config: Config) -> Iterator[Finding]:
    if not config.model.url:
        yield Finding(
            "model",
            "remark",
            "none configured: answers are selected by the built-in ranker; nothing is contacted",
        )
        return
    from notec.app.wiring import open_model
    from notec.models import HttpModel

    try:
        model = open_model(config)
        offered = model.models() if isinstance(model, HttpModel) else ()
    except NotecError as error:
        yield Finding("model", "failed", _one_line(error))
        return
    if config.model.name and offered and config.model.name not in offered:
        listed = ", ".join(offered[:5])
        yield Finding(
            "model", "failed", f"{config.model.url} has no model {config.model.name!r}, but {listed}"
        )
        return
    yield Finding("model", "fine", f"{config.model.url} answers: {', '.join(offered[:5])}")
    yield _probe(config)


def _probe(config: Config) -> Finding:
    """What the server really does, tried with a few small requests."""
    from notec.app.launching import look_closer

    try:
        found = look_closer(config)
    except NotecError as error:
        return Finding("endpoint", "remark", f"not probed: {_one_line(error)}")
    missing = "; ".join(item.message for item in found.findings())
    said = [f"context {found.context:,} tokens"] if found.context else []
    if found.prefill and found.decode:
        said.append(f"reads {found.prefill:,.0f} and writes {found.decode:,.1f} tokens per second")
    return Finding(
        "endpoint", "remark" if missing else "fine", "; ".join([*said, *([missing] if missing else [])])
    )
