"""The generic part of MCP's own conformance suite; what asks for tools of the suite's own is left out."""

from __future__ import annotations

import os
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from serving import Served

pytestmark = pytest.mark.clients
SUITE = Path(__file__).parent / "js/node_modules/.bin/conformance"
GENERIC = (
    "server-initialize",
    "ping",
    "completion-complete",
    "tools-list",
    "tools-call-error",
    "server-sse-multiple-streams",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
)


@contextmanager
def knocking(served: Served) -> Iterator[int]:
    """A port that hands every request on with the token, which the suite cannot send."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            ours, theirs = f":{served.port}", f":{self.server.server_address[1]}"  # type: ignore[index]
            sent = {k: v.replace(theirs, ours) for k, v in self.headers.items() if k.lower() != "connection"}
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            link = HTTPConnection("127.0.0.1", served.port, timeout=30)
            link.request(self.command, self.path, body, {**sent, "Authorization": f"Bearer {served.token}"})
            answer = link.getresponse()
            raw = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
            link.close()

        def do_DELETE(self) -> None:
            self.do_POST()

        def do_GET(self) -> None:
            self.send_error(405)  # no stream of its own: the suite does without

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()


@pytest.mark.parametrize("scenario", GENERIC)
def test_conformance(served: Served, scenario: str) -> None:
    suite, node = os.environ.get("CONFORMANCE") or str(SUITE), shutil.which("node")
    if not node or not Path(suite).exists():
        pytest.skip("node or the suite is not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if "CONFORMANCE" not in os.environ and int(version.strip("v\n").split(".")[0]) < 22:
        pytest.skip("the suite needs Node 22")
    with knocking(served) as port:
        done = subprocess.run(
            [suite, "server", "--url", f"http://127.0.0.1:{port}/mcp", "--scenario", scenario],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
