"""A real `notec serve` in a process of its own over a small vault, for tests of what speaks to it.

with serving(tmp_path, model=decoder(...)) as served:
    served.post("/v1/chat/completions", {...})
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

NOTES = {
    "Omelette.md": "# Omelette\n\nThe omelette takes three eggs.\nWithout salt it tastes of nothing.\n",
    "Память.md": "# Память\n\nВ машине 132 гигабайта памяти. ^memory\n",
    "Kitchen/Pan.md": "# Pan\n\nThe pan is for the [[Omelette]] alone.\n",
}


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def events(self) -> list[Any]:
        """The data of server-sent events, without the closing `[DONE]`."""
        lines = [line[5:].strip() for line in self.raw.decode().split("\n") if line.startswith("data:")]
        return [json.loads(line) for line in lines if line != "[DONE]"]

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.raw.decode().splitlines() if line]


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    port: int
    token: str
    sign_in: str
    home: Path
    vault: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str | None] | None = None
    ) -> Answered:
        """A request with the token and JSON's content type, but where `headers` say otherwise."""
        sent: dict[str, str | None] = {"Authorization": f"Bearer {self.token}"}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        link = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request(method, path, data, {k: v for k, v in sent.items() if v is not None})
            answer = link.getresponse()
            raw = answer.read()
            return Answered(answer.status, {k.lower(): v for k, v in answer.getheaders()}, raw)
        finally:
            link.close()

    def get(self, path: str, **headers: str | None) -> Answered:
        return self.ask("GET", path, None, {k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, path: str, body: Any, **headers: str | None) -> Answered:
        return self.ask("POST", path, body, {k.replace("_", "-"): v for k, v in headers.items()})


@contextmanager
def serving(
    folder: Path, *options: str, notes: Mapping[str, str] = NOTES, config: str = "", indexed: bool = True
) -> Iterator[Served]:
    """`notec serve` over these notes while the block lasts.

    Args:
        config: text of the vault's notec.toml.
        options: further ones of the command line.
    """
    vault, home = folder / "vault", folder / "home"
    for name, text in notes.items():
        (vault / name).parent.mkdir(parents=True, exist_ok=True)
        (vault / name).write_text(text, "utf-8")
    if config:
        (vault / "notec.toml").write_text(config, "utf-8")
    python = os.environ.get(
        "NOTEC_PYTHON", sys.executable
    )  # clients are tested from environments of their own
    command = [python, "-m", "notec.front.cli", "--vault", str(vault), "--home", str(home)]
    if indexed:
        subprocess.run([*command, "index"], check=True, capture_output=True)
    with (
        (folder / "serve.log").open("wb") as log,
        subprocess.Popen(
            [*command, "serve", "--port", "0", "--json", *options],
            stdout=subprocess.PIPE,
            stderr=log,
            env=dict(os.environ),
        ) as server,
    ):
        try:
            assert server.stdout
            line = server.stdout.readline()
            if not line:
                raise AssertionError((folder / "serve.log").read_text("utf-8"))
            shown = json.loads(line)
            token = Path(shown["token_file"]).read_text("ascii").strip()
            port = int(shown["address"].rpartition(":")[2])
            yield Served(port, token, shown["sign_in"], home, vault, server)
        finally:
            server.terminate()


def engine_config(path: Path, context: int = 2048) -> str:
    """A notec.toml that loads a GGUF file into the server's own process."""
    return f"[model]\npath = {json.dumps(str(path))}\ncontext = {context}\n"
