"""How a server starts, what it says when it cannot answer yet, and how it ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from notec.front.http.guard import Door, sign_in_code
from notec.store import Store
from openai_server import STALL, Answer, OpenAIServer, delta
from serving import serving
from test_serve_relay import CHAT, asking, until

pytest.importorskip("starlette")
pytest.importorskip("aiohttp")

ASKED = {"model": "notec+vault:select", "messages": [{"role": "user", "content": "How many eggs?"}]}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_whatever_is_open(tmp_path: Path, number: int) -> None:
    with (
        OpenAIServer(Answer([delta("a"), STALL])) as engine,
        serving(tmp_path, config=f'[model]\nurl = "{engine.url}"\n') as served,
        asking(served, "/v1/chat/completions", {**CHAT, "stream": True}) as stream,
        asking(served, "/v1/chat/completions", {**ASKED, "model": "tiny+vault"}),
    ):
        until(lambda: len(engine.chats) == 2)
        assert b" 200 " in stream.recv(100)
        started = time.monotonic()
        served.process.send_signal(number)
        assert served.process.wait(20) in (130, -number)  # what a shell and a supervisor expect
        assert time.monotonic() - started < 10
        until(engine.left.is_set)
        assert "Traceback" not in (tmp_path / "serve.log").read_text("utf-8")


def test_a_port_in_use_is_said_with_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "vault").mkdir()
        command = [sys.executable, "-m", "notec.front.cli", "--vault", str(tmp_path / "vault")]
        command += ["--home", str(tmp_path / "home"), "serve", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert f"port {port} is taken" in done.stderr
        assert f"--port {port + 1}" in done.stderr


def test_a_vault_that_is_not_indexed_yet_says_how_in_each_dialect(tmp_path: Path) -> None:
    with serving(tmp_path, indexed=False) as served:
        for path, body in (
            ("/v1/chat/completions", ASKED),
            ("/v1/responses", {"model": "notec+vault:select", "input": "eggs?"}),
            ("/api/chat", ASKED),
            ("/notec/v1/search", {"query": "eggs"}),
        ):
            found = served.post(path, body)
            assert found.status == 409, found.raw
            assert b"not indexed yet" in found.raw
            assert b"notec --vault" in found.raw


def test_notes_that_are_indexed_meanwhile_are_seen_by_the_next_question(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        assert served.post("/notec/v1/search", {"query": "zucchini"}).json["hits"] == []
        (served.vault / "Zucchini.md").write_text("# Zucchini\n\nThe zucchini grows in June.\n", "utf-8")
        command = [sys.executable, "-m", "notec.front.cli", "--vault", str(served.vault)]
        subprocess.run([*command, "--home", str(served.home), "index"], check=True, capture_output=True)
        assert served.post("/notec/v1/search", {"query": "zucchini"}).json["hits"][0]["note"] == "Zucchini.md"
        body = {**ASKED, "messages": [{"role": "user", "content": "When does the zucchini grow?"}]}
        found = served.post("/v1/chat/completions", body).json
        assert "June" in found["choices"][0]["message"]["content"]


def test_a_link_can_be_made_beside_the_server_that_runs(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        command = [sys.executable, "-m", "notec.front.cli", "--vault", str(served.vault)]
        command += ["--home", str(served.home), "serve", "--port", str(served.port), "--link"]
        link = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        path = link.removeprefix(served.url)
        assert served.token not in link
        assert [served.get(path, Authorization=None).status for _ in range(2)] == [303, 403]


def test_a_code_is_taken_once_fresh_and_from_its_own_vault(monkeypatch: pytest.MonkeyPatch) -> None:
    door, other = Door("a" * 40, frozenset()), Door("b" * 40, frozenset())
    code = sign_in_code(door.token)
    head, _, seal = code.rpartition(".")
    until = head.partition(".")[0]
    for wrong in (
        "",
        "x",
        ".",
        "..",
        head,
        f"{head}.",
        f"9{head}.{seal}",
        code + "0",
        "é.é.é",
        f"{until}.{seal}",
    ):
        assert not door.take(wrong)
    assert not other.take(code)
    assert door.take(code)
    assert not door.take(code)
    late = sign_in_code(door.token)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 601)
    assert not door.take(late)


def test_threads_that_open_a_new_store_at_once_all_get_it(tmp_path: Path) -> None:
    for number in range(20):
        with ThreadPoolExecutor(8) as pool:
            opened = list(pool.map(Store.open, [tmp_path / f"{number}.sqlite"] * 8))
        for store in opened:
            store.close()
