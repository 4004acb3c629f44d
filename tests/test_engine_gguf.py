"""GGUF headers: exact bytes for every tensor, and no harm from a header that lies."""

from __future__ import annotations

import io
import os
import random
import struct
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from as_nobody import as_nobody
from headers import gguf_header, moe_metadata, text, value_bytes, write_moe, write_sparse
from notec.core import NotecError
from notec.engine.describe import describe, from_headers, quant_label
from notec.engine.gguf import Header, read_header
from notec.engine.tensors import Totals


def read(data: bytes) -> Header:
    return read_header(io.BytesIO(data), len(data), "x.gguf")


def test_bytes_by_role_and_place(tmp_path: Path) -> None:
    model, diagnostics = describe(write_moe(tmp_path, layers=3))
    assert not diagnostics
    assert (model.architecture, model.known, model.quant) == ("qwen3moe", True, "Q8_0")
    assert len(model.layers) == 3
    layer = model.layers[1]
    assert layer.routed == 3 * 4096 * 1536 * 128 * 34 // 32
    assert layer.attention == (2 * 4096 * 8192 + 2 * 4096 * 512) * 34 // 32 + (2 * 4096 + 4096 * 128) * 4
    assert (layer.k_width, layer.v_width, layer.kind) == (512, 512, "full")
    assert (model.experts, model.experts_used) == (128, 8)
    assert model.input_embedding == 4096 * 151936 * 34 // 32
    file = tmp_path / "Qwen3-235B-A22B-Q8_0.gguf"
    assert 0 <= file.stat().st_size - model.weights < 10_000  # the rest is the header
    routed = 3 * 3 * 4096 * 1536 * 128
    assert model.parameters - model.active_parameters == pytest.approx(routed * 120 / 128)


def test_any_shard_leads_to_the_whole_model(tmp_path: Path) -> None:
    first = write_moe(tmp_path, layers=6, shards=3)
    whole = describe(first).model
    assert len(whole.files) == 3
    assert describe(tmp_path / "Qwen3-235B-A22B-Q8_0-00003-of-00003.gguf").model == whole
    assert describe(tmp_path).model == whole
    os.unlink(whole.files[1])
    with pytest.raises(NotecError, match="00002-of-00003") as missing:
        describe(first)
    assert "download" in missing.value.hint


def test_a_giant_in_shards_is_read_in_little_memory(tmp_path: Path) -> None:
    """290 GB in sparse files, with a vocabulary as large as the real one."""
    first = write_moe(tmp_path, layers=94, shards=7, words=151_936)
    describe(first)
    tracemalloc.start()
    model = describe(first).model
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert model.weights > 240e9
    assert peak < 20e6


def test_a_short_file_is_said_and_still_described(tmp_path: Path) -> None:
    path = write_moe(tmp_path)
    os.truncate(path, path.stat().st_size // 2)
    model, diagnostics = describe(path)
    assert [d.code for d in diagnostics] == ["incomplete-file"]
    assert model.weights > path.stat().st_size


def test_an_unknown_architecture_is_planned_carefully_and_said(tmp_path: Path) -> None:
    window = {"nobody.attention.sliding_window": 128, "nobody.attention.sliding_window_pattern": 2}
    metadata = {"general.architecture": "nobody", "nobody.block_count": 1, **window}
    tensors = [("blk.0.attn_k.weight", (256, 64), "F16"), ("blk.0.strange.weight", (256, 64), "F16")]
    model, diagnostics = describe(write_sparse(tmp_path / "m.gguf", *gguf_header(metadata, tensors)))
    assert [d.code for d in diagnostics] == ["unknown-architecture"]
    assert (model.layers[0].kind, model.layers[0].k_width) == ("full", 64)
    assert model.layers[0].attention == 2 * 256 * 64 * 2


def test_types_of_a_fork_take_what_lies_between_the_places() -> None:
    tensors = b"".join(
        text(f"blk.{i}.ffn_up.weight") + struct.pack("<I2QIQ", 2, 256, 4, 139, 640 * i) for i in range(3)
    )
    head = b"GGUF" + struct.pack("<IQQ", 3, 3, 0) + tensors
    head += b"\0" * (-len(head) % 32)
    header = read(head + b"\0" * (640 * 2 + 500))
    assert [t.bytes for t in header.tensors] == [640, 640, 500]
    assert header.diagnostics[0].code == "unknown-tensor-type"


def start(tensors: int = 0, keys: int = 0, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys)


def tensor(
    name: str | bytes, dims: tuple[int, ...], kind: int = 0, offset: int = 0, count: int | None = None
) -> bytes:
    n = len(dims) if count is None else count
    return text(name) + struct.pack(f"<I{len(dims)}QIQ", n, *dims, kind, offset)


NESTED = struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 40
HOSTILE = {
    "empty": b"",
    "zeros": bytes(4096),
    "wrong magic": b"PK\x03\x04" + bytes(100),
    "old format": b"tjgg" + bytes(100),
    "only the magic": b"GGUF",
    "half a header": start(3, 4)[:15],
    "version 1": start(version=1),
    "version 99": start(version=99),
    "big-endian": b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
    "2^63 keys": start(keys=2**63),
    "2^63 tensors": start(tensors=2**63),
    "a million tensors": start(tensors=10**6),
    "100,000 tensors that are not there": start(tensors=100_000),
    "key of 2^63 bytes": start(keys=1) + struct.pack("<Q", 2**63),
    "text of 2^63 bytes": start(keys=1) + text("k") + struct.pack("<IQ", 8, 2**63),
    "array of 2^63 texts": start(keys=1) + text("k") + struct.pack("<IIQ", 9, 8, 2**63),
    "array of 2^61 numbers": start(keys=1) + text("k") + struct.pack("<IIQ", 9, 4, 2**61),
    "text in an array beyond the end": start(keys=1) + text("k") + struct.pack("<IIQQ", 9, 8, 1, 2**64 - 8),
    "arrays in arrays": start(keys=1) + text("k") + NESTED,
    "unknown kind of value": start(keys=1) + text("k") + struct.pack("<I", 77),
    "alignment 0": start(keys=1) + text("general.alignment") + value_bytes(0),
    "tensor of 2^64 - 1 squared": start(tensors=1) + tensor("a", (2**64 - 1, 2**64 - 1)),
    "tensor of 2000 dimensions": start(tensors=1) + tensor("a", (1,), count=2000) + bytes(64),
    "the same tensor twice": start(tensors=2) + tensor("a", (1,)) + tensor("a", (1,), offset=32) + bytes(200),
    "one tensor over another": start(tensors=2) + tensor("a", (64,)) + tensor("b", (64,), 0, 32) + bytes(99),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_damaged_header_is_named_with_a_way_out(case: str) -> None:
    with pytest.raises(NotecError) as error:
        read(HOSTILE[case])
    assert "x.gguf" in error.value.message
    assert error.value.hint


def test_layer_numbers_are_bounded(tmp_path: Path) -> None:
    head = gguf_header({"general.architecture": "llama"}, [("blk.999999999.attn_q.weight", (32, 32), "F32")])
    with pytest.raises(NotecError, match="layer 999,999,999"):
        describe(write_sparse(tmp_path / "m.gguf", *head))


def test_names_that_are_no_text_are_kept_apart() -> None:
    header = read(
        start(tensors=2) + tensor(b"\xff\xfe", (1,)) + tensor(b"\xff\xfd", (1,), offset=32) + bytes(200)
    )
    assert [t.name for t in header.tensors] == ["\\xff\\xfe", "\\xff\\xfd"]


def test_places_that_hold_no_model(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "no", "no such file"), (tmp_path, "no model")):
        with pytest.raises(NotecError, match=words):
            describe(path)
    for name in ("a.gguf", "b.gguf"):
        write_sparse(tmp_path / name, *gguf_header(moe_metadata(0)))
    with pytest.raises(NotecError, match=r"holds 2 models: a\.gguf, b\.gguf"):
        describe(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotecError, match="neither a file nor a folder"):
        describe(tmp_path / "pipe")


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write_moe(tmp_path)

    def look() -> str:
        path.chmod(0)
        try:
            return describe(path).model.name
        except NotecError as error:
            return error.message

    assert as_nobody(tmp_path, look) == f"{path}: may not be read"


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Qwen3-32B-Q4_K_M.gguf", "Q4_K_M"),
        ("DeepSeek-R1-UD-Q2_K_XL-00001-of-00005.gguf", "UD-Q2_K_XL"),
        ("Qwen3-235B-A22B-mix-IQ3_K.gguf", "IQ3_K"),
        ("gpt-oss-120b-mxfp4-00001-of-00003.gguf", "MXFP4"),
        ("model.gguf", ""),
    ],
)
def test_quantisation_from_the_name(name: str, label: str) -> None:
    assert quant_label(name) == label


def _seed() -> bytes:
    head, weights = gguf_header(
        moe_metadata(1, words=["a", "b"], numbers=[1, 2, 3], truth=True, real=1.5),
        [("blk.0.attn_k.weight", (256, 64), "F16"), ("blk.0.ffn_up_exps.weight", (256, 4, 2), "Q4_K")],
    )
    return head + bytes(weights)


SEED = _seed()


CASES = 20  # in each of 500 runs


@given(st.integers(0, 2**32))
@settings(max_examples=500, database=None)
def test_no_bytes_crash_the_reader(seed: int) -> None:
    """A real header with bytes changed, cut and put in, 10,000 times: read, or refused with a reason."""
    chance = random.Random(seed)
    for _ in range(CASES):
        raw = bytearray(SEED)
        for _ in range(chance.randint(1, 3)):
            where = chance.randrange(len(raw))
            if chance.random() < 0.5:
                raw[where : where + 8] = chance.choice(EDGES)
            else:
                raw[where : where + chance.randint(0, 9)] = chance.randbytes(chance.randint(0, 12))
        if chance.random() < 0.2:
            del raw[chance.randrange(len(raw)) :]
        try:
            header = read(bytes(raw))
            model_of(header)
        except NotecError as error:
            refused = error.hint
        else:
            refused = "read"
            assert sum(len(str(v)) for v in header.metadata.values()) < 1_000_000
        assert refused


def model_of(header: Header) -> None:
    """Whatever was read must be describable too."""
    totals = Totals()
    for item in header.tensors:
        totals.add(*item)
    from_headers([header], totals, ("x.gguf",))


EDGES = [
    struct.pack("<Q", n) for n in (0, 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1, 2**64 - 8)
]
