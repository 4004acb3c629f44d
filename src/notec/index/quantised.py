"""Exact nearest rows, by a small form of the vectors that is fast to read.

A unit vector `x` is stored a second time as eight-bit whole numbers `c` with one scale `s`, a quarter of
the bytes, together with `e = |x - s c|`, the length of what that lost. For a query `q` of length 1,
Cauchy and Schwarz give `|q x - s q c| <= e`. So every row has a lower and an upper bound from the small
form alone; only rows whose upper bound reaches the k-th best lower bound can be among the k best, and
those few are compared in full. The result is that of comparing everything, at the price of a quarter of it.

numpy has no product of eight-bit vectors, but turning a block that fits the processor's cache into
floats and multiplying that is faster than reading the large form from memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

HEAD = np.dtype([("high", "<u8"), ("low", "<u8"), ("scale", "<f4"), ("error", "<f4")])
"""What stands beside a vector: the two halves of its key, and its small form's scale and error."""

_BLOCK = 1 << 18  # floats of a block: one megabyte, inside the second cache of a core
_FEW = 0.06  # part of the rows under which reading just these, in full, is faster than the small form
_ROUNDING = 1e-5  # of float32 sums; blocks and whole matrices are summed in different orders


class Block(NamedTuple):
    """Rows that lie in one file: `full` (n, d) float32, `small` (n, d) int8 or None, `head` (n,)."""

    full: Floats
    small: NDArray[np.int8] | None
    head: NDArray[np.void]


def unit(vectors: Floats) -> Floats:
    """Each row at length 1; one of zeros, or with a number that is none, becomes zeros, like nothing."""
    whole: Floats = np.array(vectors, dtype=np.float32)
    whole[~np.isfinite(whole).all(axis=1)] = 0
    largest = np.abs(whole).max(axis=1, keepdims=True, initial=0)
    whole /= np.where(largest > 0, largest, np.float32(1))  # squares of large numbers overflow
    length = np.linalg.norm(whole, axis=1, keepdims=True)
    return np.asarray(whole / np.where(length > 0, length, np.float32(1)), dtype=np.float32)


def dot(matrix: NDArray[Any], query: Floats, out: Floats | None = None) -> Floats:
    """`matrix @ query` of finite numbers: (n, d) by (d,) is (n,), into `out` where given.

    OpenBLAS pads short rows (of five numbers, say) with what lay on the stack and throws that part away;
    where it looks like no number, the processor's flag stays and numpy would warn of a right result.
    """
    with np.errstate(invalid="ignore"):
        result: Floats = np.dot(matrix, query, out=out)
    return result


def shrink(vectors: Floats) -> tuple[NDArray[np.int8], Floats, Floats]:
    """The small form of unit vectors: codes (n, d), scales (n,), errors (n,)."""
    scale = (np.abs(vectors).max(axis=1, initial=0) / 127).astype(np.float32)
    codes = np.rint(vectors / np.where(scale > 0, scale, np.float32(1))[:, None]).astype(np.int8)
    error = np.linalg.norm(vectors - codes * scale[:, None], axis=1).astype(np.float32)
    return codes, scale, error


def best(
    blocks: Sequence[Block], query: Floats, limit: int, allowed: NDArray[np.bool_] | None = None
) -> tuple[Rows, Floats]:
    """The `limit` rows most like a unit `query`, best first, and their cosines.

    Args:
        allowed: (rows,) which may be found; None for all.
    """
    total = sum(len(b.head) for b in blocks)
    count = total if allowed is None else int(np.count_nonzero(allowed))
    limit = min(limit, count)
    if limit <= 0:
        return np.empty(0, np.int64), np.empty(0, np.float32)
    if allowed is not None and count <= _FEW * total:
        rows = np.flatnonzero(allowed)
        return _top(rows, _full(blocks, rows, query), limit)
    rows = np.arange(total) if allowed is None else np.flatnonzero(allowed)
    if any(b.small is None for b in blocks):
        scores = np.concatenate([_product(b.full, query) for b in blocks])
        return _top(rows, scores[rows], limit)
    middle = np.concatenate(
        [_product(b.small, query) * b.head["scale"] for b in blocks if b.small is not None]
    )
    error = np.concatenate([b.head["error"] for b in blocks]) + np.float32(_ROUNDING)
    middle, error = middle[rows], error[rows]
    reach = np.partition(middle - error, count - limit)[count - limit]
    rows = rows[middle + error >= reach]
    return _top(rows, _full(blocks, rows, query), limit)


def _product(matrix: NDArray[np.float32] | NDArray[np.int8], query: Floats) -> Floats:
    """`matrix @ query`, block by block, so that nothing as large as the matrix is made."""
    rows, dimension = matrix.shape
    step = max(_BLOCK // dimension, 16)
    out = np.empty(rows, np.float32)
    scratch = np.empty((min(step, rows), dimension), np.float32)
    for start in range(0, rows, step):
        end = min(start + step, rows)
        part = matrix[start:end]
        if part.dtype != np.float32:
            np.copyto(scratch[: end - start], part)
            part = scratch[: end - start]
        dot(part, query, out[start:end])
    return out


def _full(blocks: Sequence[Block], rows: Rows, query: Floats) -> Floats:
    """Cosines of some rows, from their full form; `rows` ascend."""
    out = np.empty(len(rows), np.float32)
    first = at = 0
    for block in blocks:
        end = int(np.searchsorted(rows, first + len(block.head)))
        step = max(_BLOCK // len(query), 16)
        for start in range(at, end, step):
            some = rows[start : min(start + step, end)] - first
            dot(block.full[some], query, out[start : start + len(some)])
        first += len(block.head)
        at = end
    return out


def _top(rows: Rows, scores: Floats, limit: int) -> tuple[Rows, Floats]:
    """The best, in order; equal scores in the order of their rows."""
    if limit < len(rows):
        some = np.sort(np.argpartition(scores, len(scores) - limit)[len(scores) - limit :])
        rows, scores = rows[some], scores[some]
    order = np.argsort(-scores, kind="stable")
    return rows[order], scores[order]
