"""From a path to a `ModelInfo`: finds all files of a model, reads their headers, adds up their tensors.

A path may be any shard of a GGUF, a folder with one GGUF model, a folder with a Transformers checkpoint,
or one safetensors file. No weights are read, nothing is opened for writing.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from notec.core import Diagnostic, NotecError, Severity
from notec.engine import safetensors
from notec.engine.gguf import Header, read_header
from notec.engine.shape import Shape, from_config, from_gguf
from notec.engine.tensors import LayerTotals, Totals
from notec.engine.values import Layer, ModelInfo

_SHARD = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf$", re.I)
_QUANT = re.compile(
    r"(?:^|[-_.])((?:UD-)?(?:I?Q\d(?:_[A-Z0-9]+)*|TQ\d_\d|MXFP4(?:_MOE)?|NVFP4|BF16|F16|F32))(?=[-_.]|$)",
    re.I,
)
_MAX_SHARDS = 2000
# general.file_type of llama.cpp, for files whose name does not say
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0",
    37: "TQ2_0", 38: "MXFP4_MOE",
}  # fmt: skip


class Described(NamedTuple):
    """A model, and what its files gave cause to remark."""

    model: ModelInfo
    diagnostics: tuple[Diagnostic, ...]


def describe(path: str | Path) -> Described:
    """Read the model at `path`.

    Raises:
        NotecError: nothing is there, it is no model, a shard is missing, or a header is damaged.
    """
    place = Path(path).expanduser()
    try:
        if place.is_dir():
            return _folder(place)
        if not place.exists():
            raise NotecError(f"{place}: no such file", "name a .gguf file or a model's folder")
        if not place.is_file():
            raise NotecError(f"{place}: neither a file nor a folder", "name a .gguf file or a model's folder")
        if place.suffix.lower() == ".safetensors" or place.name == "config.json":
            return _checkpoint(place.parent)
        return _gguf(place)
    except PermissionError:
        raise NotecError(f"{place}: may not be read", "check its permissions") from None
    except OSError as error:
        raise NotecError(f"{place}: {error.strerror or error}", "check the disk and the path") from None


def _folder(folder: Path) -> Described:
    ggufs = sorted(p for p in folder.glob("*.gguf") if not p.name.lower().startswith("mmproj"))
    found = {_SHARD.match(p.name)[1] if _SHARD.match(p.name) else p.stem: p for p in reversed(ggufs)}  # type: ignore[index]
    if len(found) > 1:
        names = ", ".join(sorted(p.name for p in found.values())[:6])
        raise NotecError(f"{folder}: holds {len(found)} models: {names}", "name one of the files")
    if found:
        return _gguf(next(iter(found.values())))
    if (folder / "config.json").is_file():
        return _checkpoint(folder)
    hint = "name a .gguf file, or a folder with config.json and .safetensors files"
    raise NotecError(f"{folder}: no model in this folder", hint)


def shard_paths(path: Path) -> list[Path]:
    """All shards of the model that `path` is a shard of, first first.

    Raises:
        NotecError: one is missing.
    """
    match = _SHARD.match(path.name)
    if not match:
        return [path]
    count = int(match[3])
    if not 0 < count <= _MAX_SHARDS or not 0 < int(match[2]) <= count:
        raise NotecError(f"{path}: the name claims shard {int(match[2])} of {count}", "name the first shard")
    paths = [path.with_name(f"{match[1]}-{i:05}-of-{match[3]}{path.suffix}") for i in range(1, count + 1)]
    missing = [p.name for p in paths if not p.is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise NotecError(
            f"{path.parent}: {missing[0]}{more} of {count} shards missing",
            "download the missing files into the same folder",
        )
    return paths


def _gguf(path: Path) -> Described:
    totals, headers = Totals(), []
    paths = shard_paths(path)
    for shard in paths:
        with shard.open("rb", buffering=0) as stream:
            header = read_header(stream, shard.stat().st_size, str(shard))
        totals.file = str(shard)
        for tensor in header.tensors:
            totals.add(*tensor)
        header.tensors = []  # a model has thousands of tensors: the sums are enough
        headers.append(header)
    return from_headers(headers, totals, tuple(map(str, paths)))


def from_headers(headers: list[Header], totals: Totals, files: tuple[str, ...]) -> Described:
    """The model that GGUF headers (one for each shard) and their tensors' sums tell."""
    first = headers[0]
    remarks = [item for header in headers for item in header.diagnostics]
    claimed = first.number("split.count", 1)
    if claimed > len(headers):
        hint = "give the shards their original names (…-00001-of-0000N.gguf)"
        raise NotecError(f"{first.name}: one of {claimed} shards, and its name does not say which", hint)
    wanted = first.number("split.tensors.count", totals.count)
    if wanted != totals.count:
        remarks.append(
            _remark(
                "missing-tensors", f"{wanted:,} tensors are announced, {totals.count:,} are there", first.name
            )
        )
    if not totals.count:
        remarks.append(_remark("no-weights", "a vocabulary without weights: nothing can run it", first.name))
    shape = from_gguf(first)
    name = first.text("general.name") or Path(files[0]).stem
    label = quant_label(Path(files[0]).name) or _FILE_TYPES.get(first.number("general.file_type", -1), "")
    licence = first.text("general.license")
    return _model(
        shape,
        totals,
        name=name,
        form="gguf",
        quant=label or _main_type(totals),
        files=files,
        licence=licence,
        remarks=remarks,
    )


def _checkpoint(folder: Path) -> Described:
    if not (folder / "config.json").is_file():
        raise NotecError(f"{folder}: no config.json beside the weights", "download the whole repository")
    config = safetensors.read_json(folder / "config.json")
    totals, files = Totals(), []
    for path in safetensors.shards(folder):
        with path.open("rb") as stream:
            tensors = safetensors.read_tensors(stream, path.stat().st_size, str(path))
        totals.file = str(path)
        for tensor in tensors:
            totals.add(*tensor)
        files.append(str(path))
    if not files:
        raise NotecError(f"{folder}: config.json, but no .safetensors file", "download the weights")
    shape = from_config(config)
    method = config.get("quantization_config")
    label = str(method.get("quant_method", "")).upper()[:20] if isinstance(method, dict) else ""
    name = folder.name if folder.parent.name != "snapshots" else folder.parent.parent.name
    name = name.removeprefix("models--").replace("--", "/")
    return _model(
        shape,
        totals,
        name=name,
        form="safetensors",
        quant=label or _main_type(totals),
        files=tuple(files),
        licence="",
        remarks=[],
    )


def _model(
    shape: Shape,
    totals: Totals,
    *,
    name: str,
    form: str,
    quant: str,
    files: tuple[str, ...],
    licence: str,
    remarks: list[Diagnostic],
) -> Described:
    count = max(shape.layers, max(totals.layers, default=-1) + 1)
    layers = tuple(_layer(shape, i, totals.layers.get(i) or LayerTotals()) for i in range(count))
    mixers = {i for i, t in totals.layers.items() if t.linear}
    if mixers:  # the tensors tell which layers keep a state: a hybrid's feed-forward layers do not
        layers = tuple(x if i in mixers else replace(x, state=0) for i, x in enumerate(layers))
    where = files[0]
    doubts: tuple[str, ...] = ()
    if not shape.known:
        doubt = (
            f"the architecture `{shape.architecture}` is unknown here: weights are exact, the cache is "
            "planned as full attention, and speed is a guess"
        )
        doubts = (doubt,)
        remarks.append(_remark("unknown-architecture", doubt, where))
    if totals.layers and not shape.layers:
        remarks.append(_remark("no-layer-count", "the metadata do not say how many layers there are", where))
    embedding, output = totals.bytes.get("embedding", 0), totals.bytes.get("output", 0)
    other = totals.bytes.get("other", 0)
    tied = not output and embedding > 0
    weights = sum(sum(t.weights.values()) for t in totals.layers.values()) + sum(totals.weights.values())
    routed = sum(t.weights.get("routed", 0) for t in totals.layers.values())
    if (
        form == "safetensors" and quant not in _BITS_PLAIN
    ):  # packed: the shapes do not tell the number of weights
        weights, routed = shape_parameters(shape)
    share = shape.experts_used / shape.experts if shape.experts else 1.0
    info = ModelInfo(
        name=name,
        architecture=shape.architecture,
        known=shape.known,
        format="gguf" if form == "gguf" else "safetensors",
        quant=quant,
        layers=layers,
        input_embedding=embedding,
        output=(embedding if tied else output + other),
        tied=tied,
        parameters=weights,
        active_parameters=round(weights - routed * (1 - min(share, 1.0))),
        experts=shape.experts,
        experts_used=min(shape.experts_used, shape.experts) if shape.experts else 0,
        hidden=shape.hidden,
        heads=shape.heads,
        head_dim=shape.key_dim,
        vocab=shape.vocab,
        max_context=shape.max_context,
        sliding_window=shape.window,
        feed_forward=shape.dense_ff,
        expert_feed_forward=(shape.moe_ff or shape.dense_ff) if shape.experts else 0,
        files=files,
        licence=licence,
        source="its own header",
        doubts=doubts,
    )
    return Described(info, tuple(remarks))


_BITS_PLAIN = frozenset(("F32", "F16", "BF16", "F64", "F8_E4M3", "F8_E5M2", "FP8"))


def _layer(shape: Shape, index: int, totals: LayerTotals) -> Layer:
    """Bytes from the tensors; widths from the tensors where they tell, else from the metadata."""
    size = totals.bytes
    kind = shape.kinds[index] if index < len(shape.kinds) else "full"
    if totals.linear and not (totals.k_width or totals.latent):
        kind = "linear"
    heads = shape.kv_heads[index] if index < len(shape.kv_heads) else 0
    k_width = totals.k_width or heads * shape.key_dim
    v_width = totals.v_width or heads * shape.value_dim
    if kind == "mla" or (totals.latent and kind != "linear"):
        kind, k_width, v_width = "mla", (totals.latent or shape.latent) + shape.indexer, shape.latent_value
    if kind == "linear":
        k_width = v_width = 0
    elif not shape.known and shape.layers:  # nothing is known of its cache: not less than full attention
        kind = "mla" if kind == "mla" else "full"
    return Layer(
        attention=size.get("attention", 0),
        dense=size.get("dense", 0),
        shared=size.get("shared", 0),
        routed=size.get("routed", 0),
        kind=kind,
        k_width=k_width,
        v_width=v_width,
        state=shape.state if kind == "linear" else 0,
    )


def shape_parameters(shape: Shape) -> tuple[int, int]:
    """Weights in all, and those of the routed experts, by the usual formulas."""
    from notec.engine.layout import layer_weights

    total = routed = 0
    for index in range(shape.layers):
        roles = layer_weights(shape, index)
        total += sum(roles.values())
        routed += roles.get("routed", 0)
    return total + shape.vocab * shape.hidden * (1 if shape.tied else 2), routed


def quant_label(name: str) -> str:
    """`Q4_K_M` of `Qwen3-32B-UD-Q4_K_M-00001-of-00002.gguf` (with the `UD-`); empty where none is named."""
    found = [m[1] for m in _QUANT.finditer(name.removesuffix(".gguf"))]
    return found[-1].upper() if found else ""


def _main_type(totals: Totals) -> str:
    return max(totals.types, key=lambda kind: totals.types[kind]) if totals.types else "none"


def _remark(code: str, message: str, note: str) -> Diagnostic:
    return Diagnostic(code, Severity.WARNING, message, note)
