"""llama.cpp's own dry run: what it would allocate, asked before anything is loaded."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from notec.app.planning import plan
from notec.engine import dryrun
from notec.engine.adapters import Order
from notec.engine.describe import describe
from notec.engine.dryrun import MIB, Held, dry_run
from notec.engine.memory import compute_buffer, kv_cache
from notec.engine.synthetic import Sketch, write

DENSE, MIXTURE = Sketch("dense", "Q8_0", 2, 256, 512), Sketch("mixture", "F16", 2, 256, 128, experts=8)


@pytest.mark.parametrize("sketch", [DENSE, MIXTURE])
def test_llama_cpp_says_what_it_would_take(sketch: Sketch, tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = write(tmp_path / "model.gguf", sketch)
    model = describe(path).model
    (held,) = dry_run(Order(str(path), context=4096, ubatch=256, gpu_layers=0)).values()
    assert held.weights == pytest.approx(model.weights, abs=1.5 * MIB)
    assert held.cache == pytest.approx(kv_cache(model, 4096, "f16"), abs=1.5 * MIB)
    assert held.compute == pytest.approx(compute_buffer(model, 4096, 256), abs=2 * MIB)


def test_a_plan_says_that_the_engine_was_asked(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    found = plan({"gpu": "RTX 3090", "ram": 64}, write(tmp_path / "model.gguf", DENSE))
    assert any("MiB by llama.cpp's own dry run" in reason for reason in found.reasons)
    assert not found.diagnostics


def test_the_engine_is_believed_over_the_formula(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write(tmp_path / "model.gguf", DENSE)
    monkeypatch.setattr(dryrun, "dry_run", lambda order, engine: {})
    before = plan({"gpu": "RTX 3090", "ram": 64}, path)
    monkeypatch.setattr(dryrun, "dry_run", lambda order, engine: {"Host": Held(0, 1 << 33, 1 << 31)})
    dryrun._asked.cache_clear()
    after = plan({"gpu": "RTX 3090", "ram": 64}, path)
    dryrun._asked.cache_clear()
    assert before.memory.compute_gpu < 1 << 30
    assert after.memory.compute_gpu == pytest.approx(1 << 31, rel=0.5)  # for the micro-batch that it chose
    assert [d.code for d in after.diagnostics] == ["cache-differs"]


def test_what_cannot_be_asked_is_left_to_the_formula(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(100))
    assert dry_run(Order(str(broken), gpu_layers=0)) == {}
    assert dry_run(Order(str(broken)), "vllm") == {}
    assert dry_run(Order(str(broken), binary="/no/such/program"), "llama.cpp") == {}


def test_cards_are_read_from_the_log_of_a_program(tmp_path: Path) -> None:
    """The lines of `llama-server --fit on --verbosity 5`, after which it would load for minutes."""
    (tmp_path / "model.gguf").touch()
    program = tmp_path / "llama-server"
    table = (
        "| memory breakdown [MiB]   | total   free    self   model   context   compute    unaccounted |",
        "|   - CUDA0 (RTX PRO 6000) | 97887 = 96000 + (81000 = 74000 +    6000 +    1000) +         887 |",
        "|   - Host                 |                  12345 = 12000 +      45 +     300                |",
        "loading",
    )
    lines = "\n".join(f"print({f'0.00.086 I common_memory_breakdown_print: {row}'!r})" for row in table)
    program.write_text(f"#!{sys.executable} -u\n{lines}\nimport time\ntime.sleep(600)\n", encoding="utf-8")
    program.chmod(0o755)
    order = Order(str(tmp_path / "model.gguf"), binary=str(program), gpu_layers=99)
    held = dry_run(order, "llama.cpp")
    assert held == {
        "CUDA0 (RTX PRO 6000)": Held(74000 * MIB, 6000 * MIB, 1000 * MIB),
        "Host": Held(12000 * MIB, 45 * MIB, 300 * MIB),
    }
    assert dry_run(replace(order, context=1), "ollama") == {}
