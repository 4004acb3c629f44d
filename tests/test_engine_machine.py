"""This machine: what is found and measured, what lies on its disk, and calibration."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headers import safetensors_file, write_moe
from notec.app import planning
from notec.app.machines import keep_machine, known_machine, machine_file
from notec.engine import calibrate
from notec.engine.calibrate import Watch, unbelievable
from notec.engine.catalogue import find_model
from notec.engine.describe import describe
from notec.engine.local import local_models
from notec.engine.machine import disk_bandwidth, memory_bandwidth, processor, this_machine
from notec.engine.plan import plan
from notec.engine.synthetic import Sketch, write
from notec.front.cli import main


def test_this_machine_is_measured() -> None:
    machine = this_machine(measure=False)
    assert machine.ram > 1 << 28
    assert machine.cpu.cores >= 1
    assert machine.cpu.kind in ("amx", "avx512", "avx2", "neon", "plain")
    assert processor().name
    bandwidth = memory_bandwidth()
    assert 1e8 < bandwidth.total < 1e13
    assert bandwidth.nodes


def test_a_disk_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    assert disk_bandwidth(tmp_path / "no such folder") == 0


def test_measured_once_and_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    first = planning.known_machine()
    assert planning.machine_file().exists()
    monkeypatch.setattr("notec.engine.machine.memory_bandwidth", lambda: pytest.fail("measured again"))
    assert planning.known_machine().ram_bandwidth == first.ram_bandwidth
    planning.machine_file().write_text("{damaged", encoding="utf-8")
    monkeypatch.undo()


def test_the_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["machine"]) == 0
    assert "measured with all cores" in capsys.readouterr().out
    assert main(["machine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ram_measured"] is True


def ollama(folder: Path, model: Path) -> None:
    digest = "a" * 64
    manifest = folder / "manifests" / "registry" / "library" / "qwen3" / "235b"
    manifest.parent.mkdir(parents=True)
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"}
    manifest.write_text(json.dumps({"layers": [{"mediaType": "text", "digest": "sha256:x"}, layer]}))
    (folder / "manifests" / "damaged").write_text("{")
    (folder / "manifests" / "list").write_text("[1]")
    (folder / "blobs").mkdir()
    model.rename(folder / "blobs" / f"sha256-{digest}")


def test_models_of_every_keeper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    own = tmp_path / "own"
    own.mkdir()
    write_moe(own, shards=3)
    (own / "mmproj-x.gguf").write_bytes(b"x")
    (tmp_path / "ollama").mkdir()
    ollama(tmp_path / "ollama", write_moe(tmp_path))
    snapshot = tmp_path / "hub" / "models--Qwen--Qwen3-8B" / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text('{"model_type": "qwen3"}')
    safetensors_file(snapshot / "model.safetensors", {"lm_head.weight": ("F16", (8, 8), 128)})
    studio = tmp_path / "home" / ".lmstudio" / "models" / "a" / "b"
    studio.mkdir(parents=True)
    write_moe(studio, name="Studio")
    (studio / "again.gguf").symlink_to(studio / "Studio-Q8_0.gguf")
    found = [(f.keeper, f.name) for f in local_models(own)]
    assert found == [
        ("notec", "Qwen3-235B-A22B-Q8_0-00001-of-00003.gguf"),
        ("Hugging Face", "Qwen/Qwen3-8B"),
        ("LM Studio", "Studio-Q8_0.gguf"),
        ("Ollama", "qwen3:235b"),
    ]
    sizes = {f.keeper: f.bytes for f in local_models(own)}
    assert sizes["notec"] == pytest.approx(sizes["Ollama"], rel=0.001)


def test_the_verb_models(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "OLLAMA_MODELS", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    assert main(["models"]) == 0
    assert "no model was found" in capsys.readouterr().out
    write_moe(tmp_path)
    (tmp_path / "broken.gguf").write_bytes(bytes(100))
    assert main(["models", str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "Qwen3-235B-A22B-Q8_0.gguf" in text
    assert "begins with zeros" in text
    assert main(["models", str(tmp_path / "no such folder")]) == 2
    assert main(["models", "--known"]) == 0
    assert "Qwen3-Coder-480B" in capsys.readouterr().out


TINY = {
    "PLAIN": tuple(Sketch(f"plain, {kind}", kind, 2, 256, 1024) for kind in ("Q8_0", "F16")),
    "EXPERTS": (Sketch("experts, Q8_0", "Q8_0", 2, 256, 256, experts=8),),
    "THIN": Sketch("thin", "Q8_0", 8, 128, 256, heads=4),
}


def test_calibration_measures_here(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xllamacpp")
    for name, value in TINY.items():
        monkeypatch.setattr(calibrate, name, value)
    better, found = calibrate.calibrate(this_machine(measure=False), lambda _: None)
    assert all(m.prefill > 0 and m.decode > 0 for m in found)
    assert {key.split()[0] for key in better.kernels} == {"warm", "element", "layer", "prefill", "decode"}
    assert all(value >= 0 for value in better.kernels.values())
    assert not better.efficiency


@given(st.lists(st.tuples(*[st.floats(0.1, 1e5)] * 3), min_size=4, max_size=4))
def test_a_disturbed_calibration_still_tells_a_speed(speeds: list[tuple[float, float, float]]) -> None:
    """Whatever was measured: no factor is below zero, and every speed stays a number above zero."""
    model, dense = find_model("Qwen3-30B-A3B", "Q8_0"), find_model("Qwen3-8B", "Q8_0")
    plain = replace(this_machine(measure=False), ram_bandwidth=30e9, ram_measured=True)
    sketches = (*TINY["PLAIN"], *TINY["EXPERTS"], TINY["THIN"])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in TINY.items():
            patch.setattr(calibrate, name, value)
        measured = {
            sketch.name: calibrate.Measured(
                sketch.name, dense if sketch == TINY["THIN"] else model, *each, (1.0, 1.0)
            )
            for sketch, each in zip(sketches, speeds, strict=True)
        }
        better = replace(plain, kernels=calibrate.fitted(plain, measured))
    assert all(math.isfinite(value) and value >= 0 for value in better.kernels.values())
    assert all(math.isfinite(value) and value > 0 for value in calibrate.predicted(better, model))


@pytest.mark.parametrize("slow_experts", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("layer", [0.0, 1e-4])
def test_calibration_finds_what_a_machine_really_does(
    slow_experts: float, layer: float, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A machine that is known to the last factor: models that were not measured are foretold too."""
    for name, value in TINY.items():
        monkeypatch.setattr(calibrate, name, value)
    plain = replace(this_machine(measure=False), ram_bandwidth=30e9, ram_measured=True)
    real = {"warm": 10.0, "element": layer / 1e4, "layer": layer}
    for phase, factor in (("prefill", 0.8), ("decode", 1.3)):
        real |= {f"{phase} plain Q8_0": factor, f"{phase} plain F16": 0.7 * factor}
        real[f"{phase} experts Q8_0"] = slow_experts * factor
    true = replace(plain, kernels=real)

    def found(sketch: Sketch) -> calibrate.Measured:
        model = describe(write(tmp_path / f"{sketch.name}.gguf", sketch)).model
        prefill, decode = calibrate.predicted(true, model)
        short = calibrate.predicted(true, model, calibrate.SHORT)[0]
        return calibrate.Measured(sketch.name, model, prefill, short, decode, (1.0, 1.0))

    measured = {sketch.name: found(sketch) for sketch in (*TINY["PLAIN"], *TINY["EXPERTS"], TINY["THIN"])}
    better = replace(plain, kernels=calibrate.fitted(plain, measured))
    for sketch in (
        Sketch("unseen", "Q8_0", 5, 512, 512),
        Sketch("unseen mixture", "Q8_0", 3, 256, 128, experts=16),
        Sketch("unseen of 16 bits", "F16", 3, 256, 512),
    ):
        unseen = found(sketch)
        told = calibrate.predicted(better, unseen.model)
        assert told == pytest.approx((unseen.prefill, unseen.decode), rel=0.05)


@pytest.mark.parametrize("busy", [True, False])
def test_what_disturbed_figures_show_is_not_kept(
    busy: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A calibration beside other work says so, ends with 1, and leaves later plans as they were."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    for name, value in TINY.items():
        monkeypatch.setattr(calibrate, name, value)

    def as_published(path: Path, _: int) -> tuple[float, float, float]:
        model, here = describe(path).model, replace(this_machine(measure=False), ram_measured=True)
        (prefill, decode), short = (
            calibrate.predicted(here, model),
            calibrate.predicted(here, model, calibrate.SHORT),
        )
        return prefill, short[0], decode

    monkeypatch.setattr(calibrate, "run", as_published)
    monkeypatch.setattr(calibrate, "OTHERS", -1.0 if busy else 2.0)
    assert main(["machine", "--calibrate"]) == busy
    said = capsys.readouterr()
    assert ("calibrate again when nothing else runs" in said.err) == busy
    assert bool(known_machine().kernels) != busy


def test_a_factor_that_no_processor_has_is_refused() -> None:
    plain = replace(
        this_machine(measure=False), kernels={"decode plain Q8_0": 0.9, "layer": 0.0, "warm": 128.0}
    )
    assert not unbelievable(plain, 0.0)
    assert "others used 40%" in unbelievable(plain, 0.4)
    odd = replace(plain, kernels=plain.kernels | {"prefill experts F16": 20.0})
    assert "prefill experts F16" in unbelievable(odd, 0.0)


def test_others_are_seen_while_they_work() -> None:
    watch = Watch()
    code = "import time; end = time.time() + 1\nwhile time.time() < end: pass"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert watch.others() > 0 or not Path("/proc/stat").exists()


@pytest.mark.parametrize(
    "damage",
    [
        {"kernels": {"decode plain Q8_0": 0.0, "layer": "x", "warm": float("nan"), "element": -1.0}},
        {"efficiency": {"decode": 0, "prefill": None}},
        {"ram_bandwidth": 0.0},
        {"ram_bandwidth": float("inf")},
        {
            "cpu": {"name": "another", "cores": 64},
            "efficiency": {"decode": 0.1},
            "kernels": {"decode plain F16": 9},
        },
        {"ram": 7},
    ],
)
def test_a_damaged_or_foreign_memory_of_this_machine(
    damage: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of another processor nothing is believed; of a damaged file no factor that cannot be."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    kept = known_machine()
    machine_file().write_text(json.dumps(kept.to_json() | damage), encoding="utf-8")
    read = known_machine()
    assert read.cpu == kept.cpu
    assert not read.kernels
    assert not read.efficiency
    assert 0 < read.ram_bandwidth < 1e14
    assert all(speed.mid > 0 for p in [plan(read, find_model("Qwen3-8B"))] for speed in (p.prefill, p.decode))


def test_other_memory_modules_are_measured_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """RAM was added: launches with the old modules say nothing of the new; the kernels stay."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    kept = known_machine()
    keep_machine(
        replace(
            kept,
            ram=kept.ram // 2,
            ram_bandwidth=1e9,
            efficiency={"decode": 0.5},
            kernels={"decode plain F16": 0.9},
        )
    )
    read = known_machine()
    assert read.ram == kept.ram
    assert read.ram_bandwidth != 1e9
    assert (read.efficiency, read.kernels) == ({}, {"decode plain F16": 0.9})
