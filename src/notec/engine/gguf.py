"""The header of a GGUF file: what it says of itself, and where each tensor lies. No weights are read.

The reader takes the header through a small window, keeps scalars, short texts and short arrays, and
walks over the rest (a vocabulary of a quarter of a million words is only counted). Every length in the
file is checked against what is left of the file before it is believed, so that a damaged or hostile
file costs neither time nor memory.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO, NamedTuple

from notec.core import Diagnostic, NotecError, Severity

MAGIC = b"GGUF"
_WINDOW = 1 << 20
_MAX_KEYS = 1 << 16
_MAX_TENSORS = 1 << 17  # the largest models have some thousands; unmerged experts some ten thousands
_MAX_NAME = 1 << 12
_KEPT_TEXT = 1 << 16  # longest text that is kept; chat templates may be longer and are only measured
_KEPT_ITEMS = 1 << 12  # longest array that is kept; one entry a layer is the longest that matters
_KEPT_BYTES = 1 << 24  # of all texts and arrays together
_MAX_DEPTH = 3

_AGAIN = "download the file again, or convert the model again"

# id -> name, weights in a block, bytes of a block (ggml.h)
TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4),
    1: ("F16", 1, 2),
    2: ("Q4_0", 32, 18),
    3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24),
    8: ("Q8_0", 32, 34),
    9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84),
    11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176),
    14: ("Q6_K", 256, 210),
    15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66),
    17: ("IQ2_XS", 256, 74),
    18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18),
    21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82),
    23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1),
    25: ("I16", 1, 2),
    26: ("I32", 1, 4),
    27: ("I64", 1, 8),
    28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2),
    34: ("TQ1_0", 256, 54),
    35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17),
    40: ("NVFP4", 64, 36),
    41: ("Q1_0", 128, 18),
}

_SCALARS = {
    0: "<B",
    1: "<b",
    2: "<H",
    3: "<h",
    4: "<I",
    5: "<i",
    6: "<f",
    7: "<?",
    10: "<Q",
    11: "<q",
    12: "<d",
}
_SIZES = {kind: struct.calcsize(form) for kind, form in _SCALARS.items()}
_TEXT, _ARRAY = 8, 9
_U64 = struct.Struct("<Q")

Value = int | float | bool | str | list[int | float | bool]


class Tensor(NamedTuple):
    """A tensor as the header names it; `bytes` is what it takes in the file."""

    name: str
    shape: tuple[int, ...]
    type: str
    bytes: int

    @property
    def weights(self) -> int:
        count = 1
        for n in self.shape:
            count *= n
        return count


@dataclass
class Header:
    """What a GGUF file says of itself.

    Args:
        metadata: scalars, texts and short arrays by key.
        counts: length of each array, kept or not.
        size: of the file; `needed` is where the last tensor ends.
    """

    name: str
    version: int
    size: int
    metadata: dict[str, Value] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    tensors: list[Tensor] = field(default_factory=list)
    needed: int = 0
    diagnostics: list[Diagnostic] = field(default_factory=list)

    def text(self, key: str, default: str = "") -> str:
        value = self.metadata.get(key)
        return value if isinstance(value, str) else default

    def number(self, key: str, default: int = 0) -> int:
        """A whole number; the largest of an array; `default` where there is neither."""
        value = self.metadata.get(key)
        if isinstance(value, list):
            whole = [int(v) for v in value if abs(v) < 2**63]  # leaves out NaN and infinity too
            return max(whole, default=default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return default
        return int(value) if abs(value) < 2**63 else default


def read_header(stream: BinaryIO, size: int, name: str) -> Header:
    """Read the header from the beginning of `stream`, a file of `size` bytes.

    Raises:
        NotecError: this is no GGUF file, or its header is damaged; says where and what to do.
    """
    reader = _Reader(stream, size, name)
    version = _check_start(reader)
    tensors, keys = reader.u64(), reader.u64()
    if tensors > _MAX_TENSORS or keys > _MAX_KEYS:
        raise NotecError(f"{name}: the header claims {tensors:,} tensors and {keys:,} keys", _AGAIN)
    header = Header(name, version, size)
    budget = _KEPT_BYTES
    for _ in range(keys):
        key = reader.name("key")
        budget = _read_value(reader, header, key, budget)
    _read_tensors(reader, header, tensors)
    return header


def _check_start(reader: _Reader) -> int:
    name = reader.label
    if reader.size == 0:
        raise NotecError(f"{name}: the file is empty", _AGAIN)
    magic = reader.take(min(4, reader.size))
    if magic != MAGIC:
        if not magic.strip(b"\0"):
            raise NotecError(f"{name}: begins with zeros: an unfinished or damaged download", _AGAIN)
        if magic in (b"ggjt", b"tjgg", b"lmgg", b"fmgg", b"ggml", b"ggmf"):
            raise NotecError(f"{name}: a model in the format before GGUF", "convert it to GGUF")
        raise NotecError(f"{name}: not a GGUF file (it begins with {magic!r})", "name a .gguf file")
    version = int.from_bytes(reader.take(4), "little")
    if version & 0xFFFF == 0 and version:
        raise NotecError(f"{name}: a big-endian GGUF file", "convert the model on a little-endian machine")
    if version == 1:
        raise NotecError(f"{name}: GGUF version 1 is no longer read by any engine", "convert the model again")
    if version not in (2, 3):
        raise NotecError(f"{name}: GGUF version {version} is unknown", "update notec, or " + _AGAIN)
    return version


def _read_value(reader: _Reader, header: Header, key: str, budget: int) -> int:
    """Read one value and keep it if it is small; returns what is left of the budget."""
    kind = reader.u32()
    if kind in _SCALARS:
        (value,) = struct.unpack(_SCALARS[kind], reader.take(_SIZES[kind]))
        header.metadata[key] = value
        return budget - 64
    if kind == _TEXT:
        length = reader.u64()
        if length > _KEPT_TEXT or length > budget:
            reader.skip(length)
            return budget
        header.metadata[key] = reader.take(length).decode("utf-8", "backslashreplace")
        return budget - length
    if kind == _ARRAY:
        return _read_array(reader, header, key, budget)
    raise reader.damaged(f"`{key}` has the unknown type {kind}")


def _read_array(reader: _Reader, header: Header, key: str, budget: int, depth: int = 1) -> int:
    if depth > _MAX_DEPTH:
        raise reader.damaged(f"`{key}` holds arrays in arrays in arrays")
    kind, count = reader.u32(), reader.u64()
    if depth == 1:
        header.counts[key] = count
    if kind in _SCALARS:
        length = count * _SIZES[kind]
        if depth > 1 or count > _KEPT_ITEMS or 32 * count > budget:
            reader.skip(length)
            return budget
        form = f"<{count}{_SCALARS[kind][1]}"
        header.metadata[key] = list(struct.unpack(form, reader.take(length)))
        return budget - 32 * count
    if kind == _TEXT:
        reader.skip_texts(count)
        return budget
    if kind == _ARRAY:
        reader.expect(count * 12)  # each has a type and a length at least
        if count > _KEPT_ITEMS:
            raise reader.damaged(f"`{key}` holds {count:,} arrays")
        for _ in range(count):
            budget = _read_array(reader, header, key, budget, depth + 1)
        return budget
    raise reader.damaged(f"`{key}` holds values of the unknown type {kind}")


def _read_tensors(reader: _Reader, header: Header, count: int) -> None:
    reader.expect(count * 24)  # name, dimensions, type and offset at least
    places: list[tuple[int, str, tuple[int, ...], int]] = []
    names = set()
    for _ in range(count):
        name = reader.name("tensor")
        if name in names:
            raise reader.damaged(f"the tensor `{name}` comes twice")
        names.add(name)
        dimensions = reader.u32()
        if dimensions > 4:
            raise reader.damaged(f"the tensor `{name}` has {dimensions} dimensions")
        shape = struct.unpack(f"<{dimensions}Q", reader.take(8 * dimensions))
        kind, offset = reader.u32(), reader.u64()
        places.append((offset, name, shape, kind))
    alignment = header.number("general.alignment", 32)
    if not 0 < alignment <= 1 << 20:
        raise reader.damaged(f"tensors are aligned to {alignment} bytes")
    start = -(-reader.position // alignment) * alignment
    _place_tensors(reader, header, places, start)


def _place_tensors(
    reader: _Reader, header: Header, places: list[tuple[int, str, tuple[int, ...], int]], start: int
) -> None:
    """Sizes by type; a type that is not known here takes what lies between its tensor and the next."""
    ordered = sorted(range(len(places)), key=lambda i: places[i][0])
    nexts = {a: places[b][0] for a, b in pairwise(ordered)}
    unknown = set()
    end = 0  # of the tensor before, in the order of the file
    sizes = {}
    for i in ordered:
        offset, name, shape, kind = places[i]
        if offset < end:
            raise reader.damaged(f"the tensor `{name}` lies over another")
        if kind in TYPES:
            _, block, size = TYPES[kind]
            weights = 1
            for n in shape:
                weights *= n
            sizes[i] = -(-weights // block) * size
            if sizes[i] > 1 << 62:
                raise reader.damaged(f"the tensor `{name}` claims {weights:,} weights")
        else:
            unknown.add(kind)
            sizes[i] = max(nexts.get(i, reader.size - start) - offset, 0)
        end = offset + sizes[i]
    header.needed = start + end if places else reader.position
    header.tensors = [
        Tensor(name, shape, TYPES[kind][0] if kind in TYPES else f"type-{kind}", sizes[i])
        for i, (_, name, shape, kind) in enumerate(places)
    ]
    if unknown:
        header.diagnostics.append(
            Diagnostic(
                "unknown-tensor-type",
                Severity.INFO,
                f"tensor types {sorted(unknown)} are of a fork; their sizes come from the places in the file",
                header.name,
            )
        )
    if header.needed > reader.size:
        missing = header.needed - reader.size
        header.diagnostics.append(
            Diagnostic(
                "incomplete-file",
                Severity.ERROR,
                f"{missing:,} of {header.needed:,} bytes are missing: the download is not complete",
                header.name,
                notes=("download it again; the plan counts the whole file",),
            )
        )


class _Reader:
    """Bytes from the beginning of a file, through a window; never past its end."""

    def __init__(self, stream: BinaryIO, size: int, label: str) -> None:
        self._stream, self.size, self.label = stream, size, label
        self._base = 0  # where the window begins in the file
        self._window = b""
        self._at = 0  # inside the window

    @property
    def position(self) -> int:
        return self._base + self._at

    def damaged(self, what: str) -> NotecError:
        return NotecError(f"{self.label}: byte {self.position:,}: damaged header: {what}", _AGAIN)

    def expect(self, length: int) -> None:
        """That so many bytes are still there."""
        if self.position + length > self.size:
            raise NotecError(
                f"{self.label}: the header ends at byte {self.size:,}, where {length:,} more bytes belong "
                f"after byte {self.position:,}",
                _AGAIN,
            )

    def take(self, length: int) -> bytes:
        self.expect(length)
        if self._at + length > len(self._window):
            self._fill(length)
        out = self._window[self._at : self._at + length]
        self._at += length
        return out

    def skip(self, length: int) -> None:
        self.expect(length)
        self._at += length

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def u64(self) -> int:
        return int.from_bytes(self.take(8), "little")

    def name(self, what: str) -> str:
        length = self.u64()
        if length > _MAX_NAME:
            raise self.damaged(f"the name of a {what} is {length:,} bytes long")
        return self.take(length).decode("utf-8", "backslashreplace")

    def skip_texts(self, count: int) -> None:
        self.expect(8 * count)  # each has a length at least
        while count:
            window, at = self._window, self._at
            last = len(window) - 8
            while count and at <= last:
                at += 8 + int.from_bytes(window[at : at + 8], "little")
                count -= 1
            self._at = at
            self.expect(8 if count else 0)
            if count:
                self._fill(8)

    def _fill(self, length: int) -> None:
        """Move the window to the present position."""
        self._base, self._at = self.position, 0
        self._stream.seek(self._base)
        wanted = min(max(length, _WINDOW), self.size - self._base)
        self._window = self._stream.read(wanted) or b""
        while len(self._window) < length:
            more = self._stream.read(length - len(self._window))
            if not more:
                raise NotecError(f"{self.label}: became shorter while it was read", _AGAIN)
            self._window += more
