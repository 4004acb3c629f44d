"""Published measurements as people write them: each row is predicted or counted, and none is a crash."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent.parent / "bench"))

from measured_rows import Row, engine_of, read_rows
from notec.engine.speed import constants, decode_seconds, prefill_seconds, work

ROW: dict[str, Any] = {
    "model": "Qwen3-235B-A22B",
    "quant": "mix-IQ3_K",
    "file_size": "106.83 GiB",
    "gpus": ["RTX 3090 Ti"],
    "vram_gb": 24,
    "cpu": "Ryzen 9 9950X",
    "ram": "96 GB DDR5 dual channel",
    "engine": "ik_llama.cpp 2025-04-30",
    "offload_flags": "-ctk q8_0 -ub 1024 -ot blk 12..93 ffn=CPU",
    "context": "N_KV=32256",
    "prefill_tok_s": 109.66,
    "decode_tok_s": 5.83,
    "placement": "partial",
}


def only(**changes: Any) -> Row:
    rows, skipped = read_rows({"rows": [ROW | changes]})
    assert not skipped
    return rows[0]


def predicted(row: Row) -> tuple[float, float]:
    found = work(
        row.machine,
        row.model,
        row.placement,
        engine=row.engine,
        context=row.context,
        kv_type=row.kv_type,
        ubatch=row.ubatch,
    )
    return 1 / prefill_seconds(found, constants()), 1 / decode_seconds(found, constants())


def test_a_row_as_it_is_meant() -> None:
    row = only()
    assert (row.context, row.ubatch, row.kv_type, row.engine) == (32256, 1024, "q8_0", "ik_llama.cpp")
    assert row.model.weights == pytest.approx(106.83 * 2**30, rel=0.01)
    assert (row.machine.gpus[0].name, row.machine.cpu.cores) == ("RTX 3090 Ti", 16)
    assert row.placement.gpu_layers == 95
    assert 60 < row.placement.cpu_expert_layers < 94
    assert row.doubts == 0


@pytest.mark.parametrize(
    ("changes", "doubts"),
    [
        ({"gpus": ["Vulkan GPU"]}, 1),
        ({"quant": None, "file_size": None}, 1),
        ({"cpu": None, "ram": None}, 1),
        ({"model": "Somebodys-70B-merge", "file_size": None}, 1),
    ],
)
def test_guesses_are_counted_as_doubts(changes: dict[str, Any], doubts: int) -> None:
    assert only(**changes).doubts == doubts


def test_places() -> None:
    assert only(placement="full gpu").placement.cpu_expert_layers == 0
    assert only(placement="cpu only", gpus=[]).placement.gpu_layers == 0
    assert only(offload_flags="-ngl 99 -ot exps=CPU").placement.cpu_expert_layers == 94
    assert only(placement="disk streaming", ram="64 GB, NVMe 7 GB/s").placement.disk > 20e9


def test_flags_that_say_the_same_are_those_of_the_row_before() -> None:
    rows, _ = read_rows([ROW, ROW | {"offload_flags": "same", "context": "N_KV=0"}])
    assert rows[1].ubatch == 1024


def test_what_cannot_be_predicted_is_counted() -> None:
    bad = [None, 3, {}, ROW | {"model": "Foo"}, ROW | {"decode_tok_s": None, "prefill_tok_s": "-"}]
    rows, skipped = read_rows({"rows": bad})
    assert (len(rows), len(skipped)) == (0, 5)
    assert read_rows({}) == ([], [])
    assert read_rows("nonsense") == ([], [])


def test_engines_by_their_names() -> None:
    assert engine_of("KTransformers main + sglang kimi_k2") == "ktransformers"
    assert engine_of("kt-kernel + SGLang") == "sglang"
    assert engine_of("llama.cpp b6000 Vulkan") == "llama.cpp"


VALUES = (
    st.none() | st.text(max_size=30) | st.integers(-5, 10**6) | st.floats() | st.lists(st.text(max_size=20))
)


@settings(max_examples=150)
@example({"vram_gb": 5e-236})
@given(st.dictionaries(st.sampled_from(list(ROW)), VALUES))
def test_no_row_crashes(changes: dict[str, Any]) -> None:
    rows, skipped = read_rows([ROW | changes])
    assert len(rows) + len(skipped) == 1
    for row in rows:
        assert all(speed > 0 for speed in predicted(row))
