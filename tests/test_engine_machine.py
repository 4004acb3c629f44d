"""This machine: what is found and measured, what lies on its disk, and calibration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headers import safetensors_file, write_moe
from notec.app import planning
from notec.engine import calibrate
from notec.engine.local import local_models
from notec.engine.machine import disk_bandwidth, memory_bandwidth, processor, this_machine
from notec.engine.synthetic import Sketch
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


def test_calibration_corrects_towards_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xllamacpp")
    monkeypatch.setattr(calibrate, "SKETCHES", (Sketch("tiny", "Q8_0", 2, 256, 512),))
    machine = this_machine(measure=False)
    better, found = calibrate.calibrate(machine, lambda _: None)
    assert better.efficiency["decode"] == pytest.approx(found[0].decode / found[0].told_decode, rel=0.01)
    assert found[0].prefill > 0
