"""The thinnest way through `notec serve`: a real server process, a real vault, no engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("aiohttp")

QUESTION = {"role": "user", "content": "How many eggs does the omelette take?"}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """Port and token of a server over a small vault."""
    vault, home = tmp_path / "vault", tmp_path / "home"
    vault.mkdir()
    (vault / "Omelette.md").write_text("# Omelette\n\nThe omelette takes three eggs.\n", "utf-8")
    command = [sys.executable, "-m", "notec.front.cli", "--vault", str(vault), "--home", str(home)]
    subprocess.run([*command, "index"], check=True, capture_output=True)
    with subprocess.Popen(
        [*command, "serve", "--port", "0", "--json"], stdout=subprocess.PIPE, env=dict(os.environ)
    ) as server:
        assert server.stdout
        shown = json.loads(server.stdout.readline())
        token = Path(shown["token_file"]).read_text("ascii").strip()
        yield int(shown["address"].rpartition(":")[2]), token
        server.terminate()


def ask(port: int, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    link = HTTPConnection("127.0.0.1", port, timeout=30)
    data = None if body is None else json.dumps(body)
    sent = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    link.request("GET" if body is None else "POST", path, data, sent)
    answer = link.getresponse()
    raw = answer.read()
    link.close()
    return answer.status, json.loads(raw)


def test_the_vault_answers_a_chat_with_footnotes_and_citations(served: tuple[int, str]) -> None:
    port, token = served
    key = f"Bearer {token}"
    assert ask(port, "/v1/models")[0] == 401
    names = [m["id"] for m in ask(port, "/v1/models", Authorization=key)[1]["data"]]
    assert names == ["notec+vault:select", "notec+brief"]
    status, found = ask(
        port, "/v1/chat/completions", {"model": names[0], "messages": [QUESTION]}, Authorization=key
    )
    assert status == 200
    assert "three eggs.[^1]" in found["choices"][0]["message"]["content"]
    assert found["citations"][0]["note"] == "Omelette.md"
    assert found["citations"][0]["line"] == 3
    status, found = ask(
        port, "/v1/chat/completions", {"model": "notec", "messages": [QUESTION]}, Authorization=key
    )
    assert status == 503
    assert "notec launch" in found["error"]["message"]
