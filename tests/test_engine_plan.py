"""The plan: the best that fits, why, and what was refused; the table; the verbs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import notec
from headers import gguf_header, write_moe, write_sparse
from notec.app.planning import board, resolve
from notec.core import NotecError
from notec.engine.catalogue import find_model
from notec.engine.hardware import machine_named
from notec.engine.memory import ram_limit, vram_limit
from notec.engine.plan import Wishes, plan
from notec.engine.values import GB, Machine, Plan
from notec.engine.variants import variants
from notec.front.cli import main
from notec.front.launch_script import script
from test_engine_safetensors import checkpoint

DESK = machine_named("RTX PRO 6000", 132 * GB)


def test_the_library_plans_by_name() -> None:
    found = notec.plan(DESK, "Qwen3-235B-A22B", context=16384)
    assert found.fits
    assert 0 < found.vram_bytes <= vram_limit(DESK)
    assert 0 < found.ram_bytes <= ram_limit(DESK)
    assert 0 < found.decode.low < found.decode.mid < found.decode.high
    assert found.prefill.mid > found.decode.mid
    assert found.command[0] == "llama-server"
    assert "--n-cpu-moe" in found.command
    assert found.reasons
    assert any(r.what == "Q8_0" and "RAM" in r.why for r in found.refused)


def test_a_machine_by_its_parts_and_this_one() -> None:
    assert notec.plan({"gpu": "RTX PRO 6000", "ram": 132}, "Qwen3-235B-A22B") == notec.plan(
        DESK, "Qwen3-235B-A22B"
    )
    with pytest.raises(NotecError, match="a machine has no `gpus`"):
        notec.plan({"gpus": "RTX PRO 6000"}, "Qwen3-8B")
    assert notec.plan(None, "Qwen3-0.6B:Q8_0").machine.ram_measured


def test_a_plan_survives_json() -> None:
    found = notec.plan(DESK, "DeepSeek-V3:Q2_K_XL", disk=True)
    again = Plan.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found
    with pytest.raises(NotecError, match=r"plan\.context"):
        Plan.from_json({**found.to_json(), "context": "much"})
    with pytest.raises(NotecError):
        Plan.from_json({})


def test_more_ram_is_never_worse() -> None:
    last = 0.0
    for ram in (64, 96, 132, 192, 256):
        machine = replace(DESK, ram=ram * GB)
        found = plan(machine, variants("Qwen3-235B-A22B-Thinking-2507"))
        quality = (found.quality or 0) if found.fits else 0
        assert quality >= last - 0.5  # less is noise, and then the faster one is taken
        last = quality
    assert last > 0


def test_ram_is_a_hard_limit_unless_the_disk_is_wanted() -> None:
    model = find_model("Kimi-K2-Instruct", "Q4_K_M")
    refused = plan(DESK, model)
    assert not refused.fits
    assert refused.diagnostics[0].code == "does-not-fit"
    assert "of RAM beside the card" in refused.diagnostics[0].message
    slow = plan(DESK, model, Wishes(disk=True, floor=0.01))
    assert slow.fits
    assert slow.placement.disk > 300 * GB
    assert slow.ram_bytes <= ram_limit(DESK)
    assert slow.decode.mid < 2


def test_the_floor_chooses_the_precision() -> None:
    patient = plan(DESK, variants("Qwen3-235B-A22B"), Wishes(floor=1))
    hasty = plan(DESK, variants("Qwen3-235B-A22B"), Wishes(floor=12))
    assert hasty.decode.mid >= 12 > patient.decode.mid
    assert (patient.quality or 0) > (hasty.quality or 0)
    hopeless = plan(DESK, variants("Qwen3-235B-A22B"), Wishes(floor=5000))
    assert hopeless.diagnostics[0].code == "slow"


def test_a_cache_of_eight_bits_only_where_it_helps() -> None:
    assert plan(DESK, find_model("Qwen3-30B-A3B", "Q8_0"), Wishes(context=40960)).kv_type == "f16"
    tight = machine_named("RTX 3090", 8 * GB)
    assert plan(tight, find_model("Qwen3-32B", "Q4_K_M"), Wishes(context=32768)).kv_type == "q8_0"


def test_a_context_is_never_longer_than_the_model_knows() -> None:
    assert plan(DESK, find_model("Mixtral-8x7B"), Wishes(context=10**6)).context == 32768


def test_files_are_planned_by_their_own_header(tmp_path: Path) -> None:
    path = write_moe(tmp_path, layers=94, shards=5, kind="Q4_K")
    found = notec.plan(DESK, path)
    assert found.model.files[0] == str(path)
    assert str(path) in found.command
    assert found.quality == pytest.approx(71.1 * 0.993, abs=0.1)  # by the name in its header
    os.truncate(path, path.stat().st_size - 1000)
    assert notec.plan(DESK, str(path)).diagnostics[0].code == "incomplete-file"


def test_a_machine_without_card_and_a_card_without_ram(capsys: pytest.CaptureFixture[str]) -> None:
    alone = machine_named("", 64 * GB)
    found = plan(alone, find_model("Qwen3-30B-A3B"))
    assert (found.fits, found.vram_bytes) == (True, 0)
    assert "no GPU" in " ".join(found.reasons)
    unified = machine_named("GB10", 128 * GB)
    assert unified.ram == 0
    assert plan(unified, find_model("gpt-oss-120b", "MXFP4")).fits
    assert not plan(unified, find_model("DeepSeek-V3")).fits
    assert machine_named("M3 Ultra", 96 * GB).vram == 96 * GB  # the RAM that was named is the limit
    assert machine_named("M3 Ultra", 0).vram > 500 * GB
    assert (
        main(["plan", "--gpu", "M3 Ultra", "--ram", "96", "--what-if", "ram=512", "Qwen3-235B-A22B:Q8_0"])
        == 1
    )
    lines = capsys.readouterr().out.splitlines()
    small, large = (line for line in lines if " unified  " in line and "Q8_0" in line)
    assert "96 GB" in small
    assert "does not fit: needs" in small
    assert "512 GB" in large
    assert "does not fit" not in large


def test_a_vocabulary_is_no_model(tmp_path: Path) -> None:
    path = write_sparse(tmp_path / "vocab.gguf", *gguf_header({"general.architecture": "llama"}))
    with pytest.raises(NotecError, match="holds no weights"):
        notec.plan(DESK, path)


def test_a_model_larger_than_everything() -> None:
    found = plan(machine_named("", 8 * GB), variants("Qwen3.8-2.4T-A95B"))
    assert not found.fits
    assert found.decode.low > 0


def test_the_board_without_names_shows_the_best() -> None:
    shown = board(DESK, [], Wishes())
    qualities = [p.quality for p in shown.plans]
    assert qualities == sorted(qualities, reverse=True)  # type: ignore[type-var]
    assert all(p.fits for p in shown.plans)
    assert board(machine_named("RTX 3090", 32 * GB), [], Wishes()).refused


ARGS = ["plan", "--gpu", "RTX PRO 6000", "--ram", "132"]


def test_the_verb(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "launch.py"
    assert (
        main(
            [*ARGS, "--what-if", "ram=192,256,512,1000", "--explain", "--write", str(out), "Qwen3-235B-A22B"]
        )
        == 0
    )
    text = capsys.readouterr().out
    assert "RTX PRO 6000, 96 GiB" in text
    assert "What more memory buys" in text
    assert "threadripper-pro" in text
    assert "four DIMMs slow the memory down" in text
    assert "refused  Q8_0: needs" in text
    assert max(map(len, text.split("\nQwen3-235B-A22B, ")[0].splitlines())) < 180
    compile(out.read_text(encoding="utf-8"), "launch.py", "exec")


def test_the_verb_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ARGS, "--json", "--what-if", "ram=192", "Qwen3-235B-A22B:Q4_K_M", "gpt-oss-120b"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [p["model"]["name"] for p in data["plans"]] == ["Qwen3-235B-A22B", "gpt-oss-120b"]
    assert data["what_if"][0]["machine"]["ram"] == 192 * GB
    assert data["plans"][0]["vram_bytes"] > 0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["Qwen-3 110B"], "no such model: Qwen-3 110B; nearest: Qwen1.5-110B"),
        (["./nothing.gguf"], "no such file"),
        (["--what-if", "vram=1"], "not understood"),
        (["--kv", "q3"], "no such cache type"),
        (["--context", "0"], "cannot be"),
        (["--platform", "toaster"], "no platform"),
        (["--floor", "nan"], "a floor of nan"),
        (["--bandwidth", "-4"], "a bandwidth of -4"),
        ([" "], "a model without a name"),
        (["Kimi-K3"], "the expert layout is not"),
        (["--quant", "Q99", "Qwen3-8B"], "no such quantisation"),
    ],
)
def test_what_the_verb_refuses(capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert main([*ARGS, *words]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert "help:" in error


def test_exit_code_when_nothing_fits(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ARGS, "Kimi-K2-Instruct:Q8_0"]) == 1
    assert "does not fit: needs" in capsys.readouterr().out


def test_a_start_script_stands_alone(tmp_path: Path) -> None:
    path = write_moe(tmp_path, layers=94, name='a"""b\\n')
    text = script(notec.plan(DESK, path))
    out = tmp_path / "launch.py"
    out.write_text(text, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-I", str(out)], capture_output=True, text=True, env={"PATH": ""}, check=False
    )
    assert run.returncode == 1
    assert "llama-server is not installed" in run.stderr
    assert text.count("  # ") >= 10
    said = subprocess.run(
        [sys.executable, "-I", str(out), "--help"], capture_output=True, text=True, check=True
    )
    assert "as planned by notec" in said.stdout
    assert f"llama-server --model {path}" in said.stdout


def test_a_checkpoint_is_started_by_its_folder(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path)
    found = notec.plan(DESK, folder)
    assert found.engine == "vllm"
    assert found.command[:3] == ("vllm", "serve", str(folder))
    assert "--cpu-offload-gb" not in found.command  # all of it is on the card
    assert "'serve', MODEL,  # the folder" in script(found)


def test_names_files_and_precisions_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Qwen3-8B").mkdir()  # a folder of the same name does not hide the model
    assert len(resolve("Qwen3-8B", Wishes())[0]) > 1
    assert [m.quant for m in resolve("Qwen3-8B:Q6_K", Wishes())[0]] == ["Q6_K"]
    with pytest.raises(NotecError, match="no model in this folder"):
        resolve("./Qwen3-8B", Wishes())


def test_machines_survive_json() -> None:
    assert Machine.from_json(json.loads(json.dumps(DESK.to_json()))) == DESK


def test_an_engine_that_wants_all_on_the_card_is_refused_for_a_giant() -> None:
    refused = notec.plan(DESK, "Qwen3-235B-A22B:Q4_K_M", engine="vllm")
    assert not refused.fits
    assert "wants the whole model on the card" in refused.diagnostics[0].message
    assert notec.plan(DESK, "gpt-oss-120b", engine="vllm").fits
    assert notec.plan(DESK, "Qwen3-235B-A22B", engine="ik_llama.cpp").command[0] == "llama-server"
    with pytest.raises(NotecError, match="no such engine"):
        notec.plan(DESK, "Qwen3-8B", engine="vlm")


def test_a_cache_that_cannot_be_packed_is_not_planned() -> None:
    odd = replace(find_model("Qwen3-32B", "Q4_K_M"), head_dim=80)
    found = plan(machine_named("RTX 4090", 64 * GB), odd, Wishes(context=32768))
    assert found.kv_type == "f16"
    assert ("cache in q8_0", "heads of 80 elements are no whole blocks of 32") in [
        (r.what, r.why) for r in found.refused
    ]
    with pytest.raises(NotecError, match="no cache in q4_0: heads of 80"):
        plan(DESK, odd, Wishes(kv_type="q4_0"))


def test_why_no_other_engine() -> None:
    def why(machine: Machine, model: str) -> dict[str, str]:
        return {r.what: r.why for r in notec.plan(machine, model).refused}

    beyond = why(DESK, "Qwen3-235B-A22B:Q4_K_M")
    assert "over PCIe for each token" in beyond["vllm"]
    assert "AMX" not in beyond["ktransformers"]  # this processor has AVX-512
    assert "by prediction" in beyond["ik_llama.cpp"]
    inside = why(DESK, "Qwen3-8B")
    assert "no gain" in inside["vllm"]
    assert "ktransformers" not in inside
    assert "there is none" in why(machine_named("", 64 * GB), "Qwen3-8B")["vllm"]


def test_haste_changes_nothing() -> None:
    for name in ("Qwen3-235B-A22B", "Qwen3.5-27B", "Qwen3-Coder-480B-A35B"):
        every = plan(DESK, variants(name))
        hurried = plan(DESK, variants(name), hurried=True)
        assert (hurried.model.quant, hurried.kv_type, hurried.ubatch) == (
            every.model.quant,
            every.kv_type,
            every.ubatch,
        )


def test_a_table_signs_what_is_not_sure(capsys: pytest.CaptureFixture[str]) -> None:
    """A shape from memory and an architecture that nobody checked have a `?` and a line that says why."""
    main(["plan", "--gpu", "RTX 4090", "--ram", "64", "Yi-34B", "GLM-5.2", "Qwen3-8B", "GLM-4.6V"])
    lines = capsys.readouterr().out.splitlines()
    signed = {line.split()[0] for line in lines if " ? " in line[:34]}
    assert signed == {"Yi-34B", "GLM-5.2", "GLM-4.6V"}
    assert sum(line.startswith("? Yi-34B, GLM-4.6V: its shape is not confirmed") for line in lines) == 1
    assert any("`glm_moe_dsa` was not checked here" in line for line in lines)
    assert "* with a cache in q8_0" in lines


def test_an_unchecked_architecture_is_planned_with_care() -> None:
    """Its cache is no smaller than that of full attention, its intervals are wider, and it says so."""
    machine = machine_named("RTX PRO 6000", 132 * GB)
    found = plan(machine, find_model("Qwen3.8-Flash-Next", "Q4_K_M"))
    sure = plan(machine, find_model("Qwen3.5-122B-A10B", "Q4_K_M"))
    assert {layer.kind for layer in found.model.layers} == {"full"}
    assert {layer.kind for layer in sure.model.layers} == {"full", "linear"}
    assert found.decode.high / found.decode.mid > sure.decode.high / sure.decode.mid
    assert any("not checked here" in reason for reason in found.reasons)


def test_near_its_ceiling_an_exam_tells_little(capsys: pytest.CaptureFixture[str]) -> None:
    for name, said in (("Qwen3.6-27B", True), ("Qwen3-8B", False)):
        main(["plan", "--gpu", "RTX 5090", "--ram", "64", name])
        assert ("near its ceiling" in capsys.readouterr().out) == said


@pytest.mark.parametrize(
    ("machine", "more", "told"),
    [
        ({"gpu": "RTX 4090", "ram": "64"}, {}, "the `ram` of a machine cannot be '64'"),
        ({"gpu": ["RTX 4090"], "ram": 64}, {}, "the `gpu` of a machine"),
        ({"gpu": "RTX 4090", "ram": True}, {}, "cannot be True"),
        ({"gpu": "RTX 4090", "vram": 24}, {}, "a machine has no `vram`"),
        ("RTX 4090", {}, "is no machine"),
        (DESK, {"context": 0}, "a context of 0"),
        (DESK, {"context": 1 << 40}, "a context of 1099511627776"),
        (DESK, {"floor": float("nan")}, "a floor of nan"),
        (DESK, {"ubatch": -1}, "a micro-batch of -1"),
        (DESK, {"kv_type": "q9"}, "no such cache type"),
        (DESK, {"quants": "Q99"}, "no such quantisation: Q99"),
    ],
)
def test_what_the_library_refuses(machine: Any, more: dict[str, Any], told: str) -> None:
    with pytest.raises(NotecError) as raised:
        notec.plan(machine, "Qwen3-8B", **more)
    assert told in raised.value.message
    assert raised.value.hint
