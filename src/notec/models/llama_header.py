"""What a GGUF file says of itself: its scalar metadata; and a fingerprint that takes no minutes.

Lists (the vocabulary) are walked over, not kept, and no length in the file is believed before it is
compared with the file's size. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path
from typing import BinaryIO

from notec.core import NotecError

Scalar = str | int | float | bool

_NUMBERS = {
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
_TEXT, _LIST = 8, 9
_MOST_KEYS = 1 << 14
_KEPT_TEXT = 1 << 20
_BLOCK = 1 << 16
_BLOCKS = 24


def read_scalars(path: Path) -> dict[str, Scalar]:
    """Keys and values of the header, without its lists.

    Raises:
        NotecError: the file cannot be read, is no GGUF file, or ends too early.
    """
    try:
        with path.open("rb") as file:
            return _Header(file, os.fstat(file.fileno()).st_size).read()
    except OSError as error:
        raise NotecError(
            f"{path}: cannot be read: {error.strerror}", "check the path and its permissions"
        ) from None
    except (struct.error, ValueError) as error:
        raise NotecError(f"{path} is no whole GGUF file: {error}", "download or convert it again") from None


def fingerprint(path: Path) -> str:
    """Names the weights: size, the beginning, the end, and blocks between them."""
    try:
        size = path.stat().st_size
        state = hashlib.blake2b(str(size).encode(), digest_size=16)
        with path.open("rb") as file:
            for n in range(_BLOCKS):
                file.seek(max(0, size - _BLOCK) * n // (_BLOCKS - 1))
                state.update(file.read(_BLOCK))
    except OSError as error:
        raise NotecError(
            f"{path}: cannot be read: {error.strerror}", "check the path and its permissions"
        ) from None
    return state.hexdigest()


class _Header:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size

    def read(self) -> dict[str, Scalar]:
        if self.file.read(4) != b"GGUF":
            raise ValueError("it does not begin with GGUF")
        version, _, count = self._numbers("<IQQ")
        if version not in (2, 3):
            raise ValueError(f"version {version} of the format is not known")
        if count > _MOST_KEYS:
            raise ValueError(f"{count} keys")
        out: dict[str, Scalar] = {}
        for _ in range(count):
            key = self._text()
            (kind,) = self._numbers("<I")
            value = self._value(kind)
            if value is not None:
                out[key] = value
        return out

    def _numbers(self, form: str) -> tuple[int, ...]:
        return struct.unpack(form, self.file.read(struct.calcsize(form)))

    def _text(self, keep: bool = True) -> str:
        (length,) = self._numbers("<Q")
        self._within(length)
        if not keep or length > _KEPT_TEXT:
            self.file.seek(length, os.SEEK_CUR)
            return ""
        return self.file.read(length).decode("utf-8", "replace")

    def _value(self, kind: int) -> Scalar | None:
        if kind in _NUMBERS:
            return self._numbers(_NUMBERS[kind])[0]
        if kind == _TEXT:
            return self._text()
        if kind != _LIST:
            raise ValueError(f"a value of the unknown kind {kind}")
        inner, length = self._numbers("<IQ")
        if inner in _NUMBERS:
            size = length * struct.calcsize(_NUMBERS[inner])
            self._within(size)
            self.file.seek(size, os.SEEK_CUR)
        elif inner == _TEXT:
            self._within(8 * length)
            for _ in range(length):
                self._text(keep=False)
        else:
            raise ValueError(f"a list of the unknown kind {inner}")
        return None

    def _within(self, length: int) -> None:
        if length > self.size - self.file.tell():
            raise ValueError("it ends too early")
