"""Kill -9 at random points of a compilation; every one must go on, and ask nothing again that was answered.

    python bench/compile_crash.py [VAULT] [--idea 'Ideas/Will it fit'] [--points 200] [--seed 1]

`notec compile` runs in a process group of its own against a scripted server on loopback, which answers the
example idea by rules (`examples/written.py`). The group is killed at a random moment, again and again, until
a run comes to its end; then a new folder is begun. After each kill every file of the build must be one that a
run without kills makes, byte for byte, and at the end all of them. A request whose reply the log holds whole
must never reach the server again.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "examples"))

PROMPTS = ("requirement", "components", "interface", "owners", "steps", "body", "example", "test")
MODEL = "scripted"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("vault", type=Path, nargs="?", default=ROOT / "examples" / "vault")
    parser.add_argument("--idea", default="Ideas/Will it fit")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notec-crash-") as scratch, Server() as server:
        figures = Crash(Path(scratch), options, server).run()
    print(json.dumps(figures))
    sys.exit(0 if figures["violations"] == 0 else 1)


class Server:
    """An OpenAI-compatible server that counts what it is asked."""

    def __init__(self) -> None:
        from notec.passes.prompts import prompt

        steps = {prompt(name): name for name in PROMPTS}
        self.asked: Counter[str] = Counter()
        asked = self.asked

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *words: Any) -> None:
                pass

            def do_GET(self) -> None:
                self.send(json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model"}]}).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                asked[key(body["messages"], body.get("seed"))] += 1
                text = reply(steps[body["messages"][0]["content"]], body["messages"])
                pieces = [chunk({"content": text[at : at + 24]}) for at in range(0, len(text), 24)]
                end = b'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
                self.send(b"".join(pieces) + end + b"data: [DONE]\n\n", "text/event-stream")

            def send(self, data: bytes, kind: str = "application/json") -> None:
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:  # the client was killed
                    self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Server:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def chunk(delta: dict[str, str]) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    return f"data: {json.dumps({'model': MODEL, 'choices': [choice]})}\n\n".encode()


def key(messages: list[dict[str, str]], seed: int | None) -> str:
    return json.dumps([[m["content"] for m in messages], seed])


def reply(step: str, messages: list[dict[str, str]]) -> str:
    from written import answer

    from notec.models import Message, Request

    return answer(Request(tuple(Message("user", m["content"]) for m in messages), purpose=f"{step} x"))


class Crash:
    def __init__(self, scratch: Path, options: argparse.Namespace, server: Server) -> None:
        self.scratch, self.options, self.server = scratch, options, server
        self.random = random.Random(options.seed)
        self.vault = scratch / "vault"
        shutil.copytree(options.vault, self.vault)
        (self.vault / "notec.toml").write_text(
            f'[model]\nurl = "{server.url}"\nname = "{MODEL}"\n', encoding="utf-8"
        )
        self.violations: list[str] = []

    def run(self) -> dict[str, Any]:
        start = time.perf_counter()
        code, words = self.compile("reference")
        usual = time.perf_counter() - start
        if code not in (0, 1) or not self.server.asked or not self.files("reference"):
            sys.exit(f"the idea cannot be compiled: {words[-500:]}")
        wanted = self.files("reference")
        requests = self.server.asked.total()
        self.expect(self.answered("reference") == {*self.server.asked}, "log and server count differently")
        killed = finished = resumed = chain = 0
        name = "chain0"
        self.server.asked.clear()
        while killed < self.options.points:
            known = self.answered(name)
            before = Counter(self.server.asked)
            after = self.random.uniform(0.05, usual)
            was_killed, code, words = self.killed_compile(name, after)
            for asked in self.server.asked - before:
                self.expect(asked not in known, f"{name}: an answered request was sent again")
            for path, data in self.files(name).items():
                self.expect(wanted.get(path) == data, f"{name}: {path} is not what it should be")
            if was_killed:
                killed += 1
                if killed % 20 == 0:
                    print(
                        f"{killed} of {self.options.points}, {len(self.violations)} violations",
                        file=sys.stderr,
                    )
                continue
            self.expect(code in (0, 1), f"{name}: did not go on after a kill: {words[-300:]}")
            self.expect(self.files(name) == wanted, f"{name}: the build differs from one without kills")
            finished += 1
            chain += 1
            name = f"chain{chain}"
            self.server.asked.clear()
        code, words = self.compile(name)
        self.expect(code in (0, 1) and self.files(name) == wanted, f"{name}: did not come to its end")
        resumed = finished + 1
        for line in self.violations:
            print(line, file=sys.stderr)
        return {
            "points": killed,
            "builds_finished": resumed,
            "resumed": round(1 - sum("go on" in v or "its end" in v for v in self.violations) / resumed, 3),
            "repeated": sum("sent again" in v for v in self.violations),
            "half_written": sum("should be" in v for v in self.violations),
            "violations": len(self.violations),
            "requests_of_a_build": requests,
            "files": len(wanted),
            "seconds": round(time.perf_counter() - start, 1),
        }

    def command(self, name: str) -> list[str]:
        places = ["--vault", str(self.vault), "--home", str(self.scratch / name / "home")]
        out = ["--out", str(self.scratch / name / "build")]
        return [sys.executable, "-m", "notec.front.cli", *places, "compile", self.options.idea, *out]

    def compile(self, name: str) -> tuple[int, str]:
        done = subprocess.run(self.command(name), capture_output=True, encoding="utf-8", check=False)
        return done.returncode, done.stderr

    def killed_compile(self, name: str, after: float) -> tuple[bool, int, str]:
        process = subprocess.Popen(
            self.command(name), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )
        assert process.stderr
        try:
            process.wait(after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        words = process.stderr.read().decode()
        process.stderr.close()
        return process.returncode == -signal.SIGKILL, process.returncode, words

    def files(self, name: str) -> dict[str, bytes]:
        """The user's files of a build; what lies below `.notec` is its own."""
        place = self.scratch / name / "build"
        return {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in place.rglob("*")
            if path.is_file() and ".notec" not in path.relative_to(place).parts and ".notec-" not in path.name
        }

    def answered(self, name: str) -> set[str]:
        """The requests whose replies the log holds whole."""
        store = self.scratch / name / "home" / "store.sqlite"
        if not store.exists():
            return set()
        connection = sqlite3.connect(store)
        try:
            rows = connection.execute("SELECT question FROM reply WHERE complete").fetchall()
        except sqlite3.OperationalError:  # killed before there were tables
            return set()
        finally:
            connection.close()
        told = (json.loads(question) for (question,) in rows)
        return {key(q["messages"], q.get("settings", {}).get("seed")) for q in told}

    def expect(self, holds: bool, what: str) -> None:
        if not holds:
            self.violations.append(what)


if __name__ == "__main__":
    main()
