"""A mirror of a model hub on loopback, with the faults that downloads meet."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Mirror:
    """Serves one repository, `owner/name`, while the block lasts.

    Args:
        files: name -> content.
        cuts: name -> how many bytes to send before the connection is cut, once for each entry.
        lies: name -> content that is sent instead, as often as there are entries.
        card: of the model; `license` is its licence.
    """

    files: dict[str, bytes]
    cuts: dict[str, list[int]] = field(default_factory=dict)
    lies: dict[str, list[bytes]] = field(default_factory=dict)
    card: dict[str, Any] = field(default_factory=lambda: {"license": "apache-2.0"})
    gated: bool = False
    seen: list[tuple[str, str, str]] = field(default_factory=list)  # method, path, range
    tokens: list[str] = field(default_factory=list)

    def __enter__(self) -> Mirror:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def downloads(self, name: str) -> list[str]:
        """The ranges of the requests for a file's content."""
        return [asked for method, path, asked in self.seen if method == "GET" and path.endswith("/" + name)]

    def listing(self) -> dict[str, Any]:
        rows = []
        for name, content in self.files.items():
            row: dict[str, Any] = {"rfilename": name, "size": len(content)}
            row["blobId"] = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
            if name.endswith((".gguf", ".safetensors")):
                digest = hashlib.sha256(content).hexdigest()
                row["lfs"] = {
                    "sha256": digest,
                    "size": len(content),
                    "pointerSize": 130,
                }
            rows.append(row)
        return {
            "id": "owner/name", "modelId": "owner/name", "sha": COMMIT, "siblings": rows,
            "cardData": self.card, "tags": ["gguf"], "gated": "manual" if self.gated else False, "private": False, "downloads": 1,  # noqa: E501
        }  # fmt: skip


def _handler(mirror: Mirror) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self.serve()

        def do_GET(self) -> None:
            self.serve()

        def serve(self) -> None:
            path = unquote(urlsplit(self.path).path)
            asked = self.headers.get("range", "")
            mirror.seen.append((self.command, path, asked))
            mirror.tokens.append(self.headers.get("authorization", ""))
            if path.startswith("/api/models/owner/name"):
                self.whole(200, json.dumps(mirror.listing()).encode(), {})
            elif path.startswith(f"/owner/name/resolve/{COMMIT}/") and mirror.gated:
                self.whole(403, b"", {"X-Error-Code": "GatedRepo"})
            elif path.startswith(f"/owner/name/resolve/{COMMIT}/"):
                self.file(path.split("/", 5)[5], asked)
            else:
                self.whole(404, b"", {"X-Error-Code": "RepoNotFound"})

        def file(self, name: str, asked: str) -> None:
            content = mirror.files[name]
            etag = hashlib.sha256(content).hexdigest()
            head = {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"', "Accept-Ranges": "bytes"}
            if self.command == "GET" and mirror.lies.get(name):
                content = mirror.lies[name].pop(0)
            start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
            if start:
                head["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            body = content[start:]
            if self.command == "GET" and mirror.cuts.get(name):
                self.start(206 if start else 200, len(body), head)
                self.wfile.write(body[: mirror.cuts[name].pop(0)])
                self.wfile.flush()
                self.connection.close()
                return
            self.whole(206 if start else 200, body, head)

        def start(self, status: int, length: int, head: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in {**head, "Content-Length": str(length), "Connection": "close"}.items():
                self.send_header(key, value)
            self.end_headers()
            self.close_connection = True

        def whole(self, status: int, body: bytes, head: dict[str, str]) -> None:
            self.start(status, len(body), head)
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler
