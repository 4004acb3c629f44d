"""`notec get` and `notec launch` as a person runs them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from as_nobody import as_nobody
from headers import write_moe
from mirror import Mirror
from notec.app.config import Config, EngineConfig
from notec.app.launching import Choices, Serving, command_of, find_model, look_up, prepare, refit
from notec.app.machines import known_machine
from notec.core import NotecError
from notec.engine.adapters import Order
from notec.engine.hardware import parse_gpus
from notec.engine.probe import Probed
from notec.front.cli import main
from openai_server import OpenAIServer
from test_engine_supervise import STAND_IN, alive
from tiny_gguf import decoder

CONTENT = os.urandom(50_000)


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    pytest.importorskip("huggingface_hub")
    with Mirror({"m-Q4_K_M.gguf": CONTENT}) as mirror:
        monkeypatch.setenv("NOTEC_HUB", mirror.url)
        yield mirror


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    return decoder(tmp_path / "tiny.gguf")


def notec(*words: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "notec.front.cli", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        **more,
    )


class TestGet:
    @pytest.mark.parametrize("answer", ["", "\n", "n\n", "no\n", "maybe\n"])
    def test_no_answer_is_a_no(
        self, mirror: Mirror, answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        import io

        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        assert main(["get", "owner/name", "--folder", str(tmp_path / "models")]) == 1
        said = capsys.readouterr()
        for words in (mirror.url.removeprefix("http://"), "m-Q4_K_M.gguf", "50 kB", "apache-2.0"):
            assert words in said.out
        assert "[y/N]" in said.err
        assert mirror.downloads("m-Q4_K_M.gguf") == []
        assert not (tmp_path / "models").exists()

    @pytest.mark.parametrize("answer", ["y\n", "Да\n"])
    def test_a_yes_fetches(
        self, mirror: Mirror, answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
    ) -> None:
        import io

        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        assert main(["get", "owner/name", "--folder", str(tmp_path)]) == 0
        assert (tmp_path / "owner/name/m-Q4_K_M.gguf").read_bytes() == CONTENT
        assert "fetched and verified" in capsys.readouterr().out

    def test_json_says_what_was_fetched(self, mirror: Mirror, tmp_path: Path, capsys: Any) -> None:
        assert main(["get", "owner/name", "--yes", "--json", "--folder", str(tmp_path)]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["fetched"] == [str(tmp_path / "owner/name/m-Q4_K_M.gguf")]
        assert (told["licence"], told["size"], told["missing"]) == ("apache-2.0", 50_000, 50_000)

    def test_a_hub_beyond_this_machine_is_asked_over_https_alone(self) -> None:
        config = Config(engine=EngineConfig(hub="http://hub.example"))
        with pytest.raises(NotecError, match="over https alone"):
            look_up(config, "owner/name", ())


class TestPrepare:
    def test_a_model_is_found_by_its_name(self, gguf: Path, tmp_path: Path) -> None:
        config = Config(engine=EngineConfig(models=str(tmp_path)))
        assert find_model(config, "tiny") == gguf
        assert find_model(config, "TINY.gguf") == gguf
        assert find_model(config, str(gguf)) == gguf
        with pytest.raises(NotecError, match="no such file") as raised:
            find_model(config, "tyni")
        assert "nearest: tiny" in raised.value.hint

    def test_choices_stand_above_the_plan(self, gguf: Path) -> None:
        choices = Choices("embedded", context=64, gpu_layers=0, threads=1, loras=("a=/b",), lookup=True)
        order = prepare(Config(), str(gguf), choices).order
        assert (order.context, order.gpu_layers, order.threads, order.lookup) == (64, 0, 1, True)
        assert order.loras[0].path == "/b"
        assert prepare(Config(), str(gguf), Choices()).order.context == 512  # the model's own
        assert prepare(Config(), "llama3:8b", Choices("ollama")).order.model == "llama3:8b"

    @pytest.mark.parametrize("lora", ["a", "=x", "a="])
    def test_a_lora_without_a_name_or_path(self, gguf: Path, lora: str) -> None:
        with pytest.raises(NotecError, match="not understood"):
            prepare(Config(), str(gguf), Choices(loras=(lora,)))

    def test_an_unknown_engine_is_said_first(self) -> None:
        with pytest.raises(NotecError, match="no such engine: lama"):
            prepare(Config(), "/no/such.gguf", Choices("lama"))

    def test_a_toy_does_not_teach_the_planner(self, gguf: Path) -> None:
        serving = prepare(Config(), str(gguf), Choices("embedded"))
        assert refit(serving, Probed("tiny", prefill=1.0, decode=1.0)) == {}
        assert refit(Serving(Order("x"), "vllm"), Probed("tiny", prefill=1.0, decode=1.0)) == {}

    def test_only_what_was_planned_teaches_the_planner(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Half of the difference is learnt; other threads, arguments or a card left alone teach nothing."""
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        path = str(write_moe(tmp_path, layers=2))
        serving = prepare(Config(), path, Choices("llama.cpp"))
        assert serving.plan is not None
        fast = Probed("m", prefill=4 * serving.plan.prefill.mid, decode=4 * serving.plan.decode.mid)
        for choices in (
            Choices("llama.cpp", threads=999),
            Choices("llama.cpp", extra=("--numa", "distribute")),
        ):
            assert refit(prepare(Config(), path, choices), fast) == {}
        card = replace(serving.plan, machine=replace(serving.plan.machine, gpus=parse_gpus("RTX 4090")))
        assert refit(replace(serving, plan=card, engine="embedded"), fast) == {}
        assert known_machine().efficiency == {}
        ratios = refit(serving, fast)
        learnt = known_machine().efficiency
        assert learnt == pytest.approx({kind: ratio**0.5 for kind, ratio in ratios.items()})

    def test_a_file_in_a_folder_that_may_not_be_looked_into(self, gguf: Path) -> None:
        closed = gguf.parent / "closed"
        closed.mkdir()

        def look() -> str:
            closed.chmod(0)
            try:
                return str(find_model(Config(), str(closed / "m.gguf")))
            except NotecError as error:
                return error.message

        assert as_nobody(gguf.parent, look) == f"{closed / 'm.gguf'}: may not be read"

    def test_a_model_larger_than_the_memory_is_not_started(self, tmp_path: Path, capsys: Any) -> None:
        """RAM is a hard limit: the next smaller plan is said; with --disk it starts all the same."""
        path = write_moe(tmp_path, layers=94, kind="F32")
        assert main(["launch", str(path), "--engine", "embedded", "--check"]) == 2
        said = capsys.readouterr().err
        assert "GB of RAM" in said
        assert "can be used" in said
        assert "next smaller:" in said or "take a smaller model" in said
        serving = prepare(Config(), str(path), Choices("embedded", disk=True))
        assert serving.order.disk > 0
        assert any("fit nowhere" in text for text in command_of(serving).warnings)


class TestLaunch:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("xllamacpp")

    def test_it_starts_probes_and_stops(self, gguf: Path, capsys: Any) -> None:
        assert main(["launch", str(gguf), "--engine", "embedded", "--check", "--json", "--threads", "1"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["engine"] == "embedded"
        assert told["probed"]["schema"] is True
        assert told["probed"]["context"] == 512
        assert told["url"].startswith("http://127.0.0.1:")
        assert not alive(told["pid"])

    def test_a_beginning_is_read_once_and_then_restored(
        self, gguf: Path, tmp_path: Path, capsys: Any
    ) -> None:
        (tmp_path / "begin.md").write_text(
            "Ты отвечаешь по заметкам. Answer from the notes.\n", encoding="utf-8"
        )
        words = ["--engine", "embedded", "--threads", "1", "--no-probe", "--check", "--json", "--prefix"]
        told = []
        for _ in range(2):
            assert main(["launch", str(gguf), *words, str(tmp_path / "begin.md")]) == 0
            told.append(json.loads(capsys.readouterr().out)["prefix"])
        assert [t["restored"] for t in told] == [False, True]
        assert told[0]["tokens"] == told[1]["tokens"] > 20
        (tmp_path / "empty.md").touch()
        for name in ("none.md", "empty.md"):
            assert main(["launch", str(gguf), *words, str(tmp_path / name)]) == 2
            assert name in capsys.readouterr().err

    @pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
    def test_it_serves_until_it_is_told_to_stop(self, gguf: Path, how: signal.Signals) -> None:
        process = notec("launch", str(gguf), "--json", "--no-probe", "--threads", "1", "--engine", "embedded")
        assert process.stdout
        line = process.stdout.readline()
        assert line, process.stderr and process.stderr.read()
        told = json.loads(line)
        assert alive(told["pid"])
        process.send_signal(how)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (0, "")
        assert "Traceback" not in err
        assert not alive(told["pid"])

    def test_it_is_given_up_while_it_loads(self, gguf: Path) -> None:
        words = ("launch", str(gguf), "--engine", "llama.cpp", "--binary", str(STAND_IN))
        process = notec(*words, env={**os.environ, "STAND_IN": "slow=100"})
        assert process.stderr
        assert "starting" in process.stderr.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert process.returncode in (0, 130)
        assert "Traceback" not in err

    def test_an_engine_that_is_lost_ends_it_with_the_reason(self, gguf: Path) -> None:
        decoder(gguf, context=16384)
        words = ("launch", str(gguf), "--engine", "llama.cpp", "--binary", str(STAND_IN), "--no-probe")
        environment = {**os.environ, "STAND_IN": "say=CUDA error: out of memory|crash=1"}
        process = notec(*words, "--context", "8192", env=environment)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 1
        assert "out of GPU memory" in err
        assert "next smaller: a KV cache of 8 bits" in err
        assert "http://127.0.0.1:" in out

    def test_a_taken_port_names_who_has_it(self, gguf: Path, capsys: Any) -> None:
        with OpenAIServer() as server:
            assert main(["launch", str(gguf), "--engine", "embedded", "--port", str(server.port)]) == 2
        assert "a model server with tiny" in capsys.readouterr().err

    def test_the_command_is_shown(self, gguf: Path, capsys: Any) -> None:
        words = ["launch", str(gguf), "--engine", "llama.cpp", "--binary", str(STAND_IN), "--show"]
        assert main([*words, "--json"]) == 0
        command = json.loads(capsys.readouterr().out)["command"]
        assert command[:3] == [str(STAND_IN), "--model", str(gguf)]
        assert main(words) == 0
        assert "HF_HUB_OFFLINE=1" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["/no/such.gguf"], "no such file"),
            (["x", "--port", "99999"], "a port is a number"),
            (["x", "--context", "0"], "a number from 1 on"),
            (["x", "--engine", "vlm"], "did you mean vllm"),
        ],
    )
    def test_mistakes_end_with_the_way_out(self, words: list[str], said: str, capsys: Any) -> None:
        assert main(["launch", *words]) == 2
        assert said in capsys.readouterr().err
