"""Headers of safetensors files, and the small JSON files that stand beside them.

Format: https://github.com/huggingface/safetensors#format. A header is one JSON object; it is read only
when it is of a believable size, and each tensor's bytes are those between its two offsets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from notec.core import NotecError
from notec.engine.gguf import Tensor

_MAX_HEADER = 32 << 20  # the largest real ones have some megabytes; the format itself allows 100 MB
_MAX_TENSORS = 1 << 17
_AGAIN = "download the file again"

_BITS = {
    "F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16,
    "U16": 16, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I8": 8, "U8": 8, "BOOL": 8, "F4": 4,
}  # fmt: skip


def read_tensors(stream: BinaryIO, size: int, name: str) -> list[Tensor]:
    """The tensors of one safetensors file of `size` bytes, shapes with the row length first.

    Raises:
        NotecError: the header is damaged or the file is cut short.
    """
    if size < 8:
        raise NotecError(f"{name}: too short for a safetensors file ({size} bytes)", _AGAIN)
    length = int.from_bytes(stream.read(8), "little")
    if length == 0:
        raise NotecError(f"{name}: begins with zeros: an unfinished or damaged download", _AGAIN)
    if length > size - 8:
        raise NotecError(
            f"{name}: not a safetensors file, or cut short: its header claims {length:,} bytes of {size:,}",
            _AGAIN,
        )
    if length > _MAX_HEADER:
        raise NotecError(f"{name}: a header of {length:,} bytes is not believed", _AGAIN)
    raw = stream.read(length)
    data = parse_json(raw, name)
    if len(data) > _MAX_TENSORS:
        raise NotecError(f"{name}: the header claims {len(data):,} tensors", _AGAIN)
    room = size - 8 - length
    return [_tensor(key, value, room, name) for key, value in data.items() if key != "__metadata__"]


def _tensor(key: str, value: Any, room: int, name: str) -> Tensor:
    wrong = NotecError(f"{name}: damaged header at tensor `{key[:200]}`", _AGAIN)
    if not isinstance(value, dict):
        raise wrong
    kind: Any = value.get("dtype")
    shape: Any = value.get("shape")
    offsets: Any = value.get("data_offsets")
    if not (
        isinstance(kind, str) and _whole(shape) and _whole(offsets) and len(offsets) == 2 and len(shape) <= 16
    ):
        raise wrong
    begin, end = offsets
    if begin > end:
        raise wrong
    if end > room:
        raise NotecError(
            f"{name}: cut short: tensor `{key[:200]}` ends at byte {end:,} of the data, {room:,} are there",
            _AGAIN,
        )
    weights = 1
    for n in shape:
        weights *= n
    if kind in _BITS and -(-weights * _BITS[kind] // 8) != end - begin:
        raise wrong
    return Tensor(key.encode("utf-8", "backslashreplace").decode(), tuple(reversed(shape)), kind, end - begin)


def _whole(value: Any) -> bool:
    return isinstance(value, list) and all(type(v) is int and 0 <= v < 2**63 for v in value)


def parse_json(raw: bytes, name: str) -> dict[str, Any]:
    """A JSON object from bytes.

    Raises:
        NotecError: it is no JSON, no object, or nested beyond reason.
    """
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        raise NotecError(f"{name}: not readable as JSON: {what}", _AGAIN) from None
    if not isinstance(data, dict):
        raise NotecError(f"{name}: a JSON object is wanted, {type(data).__name__} found", _AGAIN)
    return data


def read_json(path: Path) -> dict[str, Any]:
    """A small JSON file, such as `config.json`.

    Raises:
        NotecError: as `parse_json`; also for a file too large to be one.
    """
    if path.stat().st_size > _MAX_HEADER:
        raise NotecError(f"{path}: {path.stat().st_size:,} bytes are too many for this file", _AGAIN)
    return parse_json(path.read_bytes(), str(path))


def shards(folder: Path) -> Iterator[Path]:
    """The weight files of a checkpoint, all of which must be there.

    Raises:
        NotecError: a file that the index names is missing.
    """
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        table = read_json(index).get("weight_map")
        if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
            raise NotecError(f"{index}: holds no `weight_map`", _AGAIN)
        for name in sorted(set(table.values())):
            path = folder / name
            if "/" in name or "\\" in name or name.startswith("."):  # a name, never a way out of the folder
                raise NotecError(f"{index}: names the file {name!r}", _AGAIN)
            if not path.is_file():
                raise NotecError(
                    f"{folder}: {name} is missing", "download the model again; finished files are kept"
                )
            yield path
        return
    yield from sorted(p for p in folder.glob("*.safetensors") if p.is_file())
