"""This machine: what is found and measured, what lies on its disk, and calibration."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headers import safetensors_file, write_moe
from notec.app import planning
from notec.engine import calibrate
from notec.engine.catalogue import find_model
from notec.engine.describe import describe
from notec.engine.local import local_models
from notec.engine.machine import disk_bandwidth, memory_bandwidth, processor, this_machine
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
