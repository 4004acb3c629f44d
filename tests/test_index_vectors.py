"""The vector store: exact whatever was done to it, and whole whatever happened to it."""

from __future__ import annotations

import ctypes
import hashlib
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notec.index.quantised import dot, shrink, unit
from notec.index.vectors import DamagedStoreError, Form, VectorStore, match, packed

D = 5


def key(n: int) -> bytes:
    return hashlib.blake2b(str(n).encode(), digest_size=16).digest()


def vector(n: int, d: int = D) -> np.ndarray:
    return np.random.default_rng(n).standard_normal(d).astype(np.float32)


def fill(store: VectorStore, numbers: list[int]) -> None:
    store.add([key(n) for n in numbers], np.array([vector(n, store.dimension) for n in numbers]))


def brute(numbers: set[int], query: np.ndarray, limit: int, d: int = D) -> list[tuple[bytes, float]]:
    q = query / np.linalg.norm(query)
    cosines = [(key(n), float(vector(n, d) / np.linalg.norm(vector(n, d)) @ q)) for n in numbers]
    return sorted(cosines, key=lambda pair: -pair[1])[:limit]


def found(store: VectorStore, query: np.ndarray, limit: int, only: set[int] | None = None) -> list:
    allowed = None
    if only is not None:
        allowed = match(store.keys(), packed([key(n) for n in sorted(only)])) >= 0
    rows, scores = store.search(query, limit, allowed)
    return [(store.keys()[row].tobytes(), float(score)) for row, score in zip(rows, scores, strict=True)]


def same(left: list, right: list) -> None:
    assert [k for k, _ in left] == [k for k, _ in right]
    assert np.allclose([s for _, s in left], [s for _, s in right], atol=1e-5)


numbers = st.lists(st.integers(0, 60), max_size=12)
step = st.one_of(
    st.tuples(st.just("add"), numbers),
    st.tuples(st.just("delete"), numbers),
    st.tuples(st.just("keep"), numbers),
    st.tuples(st.sampled_from(["reopen", "compact", "tear", "refresh"]), st.just([])),
)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["int8", "float32"]), st.lists(step, max_size=14), st.integers(0, 9), st.integers(1, 20)
)
def test_search_equals_brute_force_whatever_was_done(form: Form, steps: list, seed: int, limit: int) -> None:
    with TemporaryDirectory() as folder:
        store = VectorStore.create(Path(folder) / "s", "model", D, form)
        reader = VectorStore(Path(folder) / "s")
        alive: set[int] = set()
        there: set[int] = set()
        for what, some in steps:
            if what == "add":
                fill(store, some) if some else None
                alive |= set(some)
                there |= set(some)
            elif what == "delete":
                store.delete([key(n) for n in some])
                alive -= set(some)
            elif what == "keep":
                store.keep(packed([key(n) for n in some]))
                alive = there & set(some)
            elif what == "compact":
                store.compact(waste=0)
                there = set(alive)
            elif what == "tear":  # a crash in the middle of a batch: rows that no manifest names
                for file in (Path(folder) / "s").glob("0*.*"):
                    if file.suffix != ".dead":
                        file.write_bytes(file.read_bytes() + b"torn")
            elif what == "reopen":
                store = VectorStore(Path(folder) / "s")
                store.tidy()
            else:
                reader.refresh()
        reader.refresh()
        query = vector(1000 + seed)
        assert len(store) == len(reader) == len(alive)
        assert store.missing([key(n) for n in range(61)]) == [key(n) for n in range(61) if n not in there]
        for each in (store, reader, VectorStore(Path(folder) / "s")):
            same(found(each, query, limit), brute(alive, query, limit))
            odd = {n for n in range(61) if n % 2}
            same(found(each, query, limit, odd), brute(alive & odd, query, limit))


@pytest.mark.parametrize("form", ["int8", "float32"])
def test_many_rows_of_a_real_width(tmp_path: Path, form: Form) -> None:
    rng = np.random.default_rng(3)
    centre = rng.standard_normal((20, 384))  # rows in clusters, as texts are: many close to the best
    rows = (centre[rng.integers(0, 20, 6000)] + 0.3 * rng.standard_normal((6000, 384))).astype(np.float32)
    store = VectorStore.create(tmp_path / "s", "model", 384, form)
    for start in range(0, 6000, 1500):
        store.add([key(n) for n in range(start, start + 1500)], rows[start : start + 1500])
    whole = unit(rows)
    for n in range(0, 6000, 700):
        query = unit(rows[n : n + 1] + 0.1 * rng.standard_normal((1, 384)).astype(np.float32))[0]
        cosines = whole @ query
        got, scores = store.search(query, 50)
        assert set(got) == set(np.argsort(-cosines)[:50])
        assert np.allclose(scores, np.sort(cosines)[::-1][:50], atol=1e-5)
        mask = np.zeros(6000, np.bool_)
        mask[rng.choice(6000, 100 if n % 1400 else 4000, replace=False)] = True
        got, _ = store.search(query, 20, mask)
        assert set(got) == set(np.flatnonzero(mask)[np.argsort(-cosines[mask])[:20]])
    assert np.allclose(store.vectors(np.array([5999, 0, 1500])), whole[[5999, 0, 1500]], atol=1e-6)


@given(st.integers(0, 1000), st.integers(1, 64))
def test_what_the_small_form_lost_is_bounded(seed: int, dimension: int) -> None:
    rng = np.random.default_rng(seed)
    rows = unit((rng.standard_normal((8, dimension)) * 10.0 ** rng.integers(-9, 9)).astype(np.float32))
    query = unit(rng.standard_normal((1, dimension)).astype(np.float32))[0]
    codes, scale, error = shrink(rows)
    lost = np.abs(rows @ query - codes.astype(np.float32) @ query * scale)
    assert (lost <= error + 1e-5).all()
    assert (error <= 0.5 * np.sqrt(dimension) * scale + 1e-6).all()


def test_rows_that_are_no_vectors_are_like_nothing(tmp_path: Path) -> None:
    store = VectorStore.create(tmp_path / "s", "model", 3)
    bad = np.array([[0, 0, 0], [np.nan, 1, 0], [np.inf, 0, 0], [1e30, 1e30, 0], [1e-30, 0, 0]], np.float32)
    store.add([key(n) for n in range(5)], bad)
    rows, scores = store.search(np.array([1, 0, 0], np.float32), 5)
    assert list(rows[:2]) == [4, 3]
    assert np.allclose(scores, [1, np.sqrt(0.5), 0, 0, 0])


def test_an_empty_store_finds_nothing(tmp_path: Path) -> None:
    store = VectorStore.create(tmp_path / "s", "model", D)
    rows, scores = store.search(vector(1), 10)
    assert len(rows) == len(scores) == len(store) == 0
    store.keep(packed([]))
    assert not store.compact()
    fill(store, [1])
    assert len(store.search(vector(1), 0)[0]) == 0
    assert len(store.search(vector(1), 3, np.zeros(1, np.bool_))[0]) == 0


def test_a_batch_is_not_there_until_the_manifest_names_it(tmp_path: Path) -> None:
    store = VectorStore.create(tmp_path / "s", "model", D)
    fill(store, [1, 2, 3])
    manifest = (tmp_path / "s" / "store.json").read_bytes()
    fill(store, [4, 5])
    (tmp_path / "s" / "store.json").write_bytes(manifest)  # as if it had crashed before
    again = VectorStore(tmp_path / "s")
    assert len(again) == 3
    assert again.missing([key(4)]) == [key(4)]
    fill(again, [6])
    same(found(VectorStore(tmp_path / "s"), vector(9), 9), brute({1, 2, 3, 6}, vector(9), 9))


def test_a_disk_that_lost_rows_costs_only_these(tmp_path: Path) -> None:
    store = VectorStore.create(tmp_path / "s", "model", D)
    fill(store, list(range(10)))
    store.delete([key(0)])
    small = next((tmp_path / "s").glob("*.small"))
    small.write_bytes(small.read_bytes()[: 7 * D + 2])
    again = VectorStore(tmp_path / "s")
    assert again.missing([key(n) for n in range(10)]) == [key(7), key(8), key(9)]
    fill(again, [7, 8, 9])
    again.keep(packed([key(n) for n in range(1, 10)]))
    same(found(again, vector(7), 20), brute(set(range(1, 10)), vector(7), 20))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"format": 2}', b'{"format": 1}', b'{"format": 1, "form": "int4"}', b"null"],
)
def test_a_manifest_that_cannot_be_read_is_said(tmp_path: Path, content: bytes) -> None:
    VectorStore.create(tmp_path / "s", "model", D)
    (tmp_path / "s" / "store.json").write_bytes(content)
    with pytest.raises(DamagedStoreError):
        VectorStore(tmp_path / "s")


def test_a_segment_that_is_gone_is_said(tmp_path: Path) -> None:
    store = VectorStore.create(tmp_path / "s", "model", D)
    fill(store, [1])
    next((tmp_path / "s").glob("*.full")).unlink()
    with pytest.raises(DamagedStoreError):
        VectorStore(tmp_path / "s")
    with pytest.raises(FileNotFoundError):
        VectorStore(tmp_path / "nothing")


def test_readers_search_while_one_writes_and_compacts(tmp_path: Path) -> None:
    store = VectorStore.create(tmp_path / "s", "model", D)
    fill(store, [0])
    stop = threading.Event()
    problems: list[BaseException] = []
    query = vector(0)

    def read() -> None:
        reader = VectorStore(tmp_path / "s")
        try:
            while not stop.is_set():
                reader.refresh()
                got = found(reader, query, 3)
                assert got[0][0] == key(0)
                assert got[0][1] == pytest.approx(1, abs=1e-5)
        except BaseException as error:  # noqa: BLE001  (handed to the main thread)
            problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(1, 40):
        fill(store, [10 * n + k for k in range(10)])
        if n % 5 == 0:
            store.delete([key(10 * n - k) for k in range(1, 9)])
            store.compact(waste=0)
    stop.set()
    for thread in threads:
        thread.join()
    assert not problems
    names = {f.name for f in (tmp_path / "s").iterdir()}
    assert len(names) == 4  # the manifest and one segment: nothing old is left


def test_what_lies_on_the_stack_raises_no_warning() -> None:
    """A matrix product may read, and throw away, bits of an earlier call that look like no number."""
    rows = np.ones((6, D), np.float32)
    for count in range(1, 150):  # numbers on the stack: how deep a product reads is the library's own affair
        ctypes.pythonapi.Py_IsInitialized(*[ctypes.c_uint64(0x7FA000007FA00000)] * count)
        assert dot(rows, rows[0]).tolist() == [D] * 6


def test_only_the_wasteful_are_compacted(tmp_path: Path) -> None:
    store = VectorStore.create(tmp_path / "s", "model", D)
    fill(store, list(range(10)))
    store.delete([key(1), key(2)])
    assert not store.compact()
    assert (store.rows, len(store)) == (10, 8)
    store.delete([key(3)])
    assert store.compact()
    assert (store.rows, len(store)) == (7, 7)


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    store = VectorStore.create(tmp_path / "s", "model", D)
    with pytest.raises(ValueError, match="numbers"):
        store.add([key(1)], np.ones((1, D + 1), np.float32))
    with pytest.raises(ValueError, match="at least one"):
        VectorStore.create(tmp_path / "t", "model", 0)
