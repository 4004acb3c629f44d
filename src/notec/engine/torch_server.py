"""A small OpenAI-compatible server around Transformers.

    python -m notec.engine.torch_server ORDER_AS_JSON PORT [--zero]

Transformers' own server knows no offloading. This one answers one request at a time: chat and text
completions, streamed or whole, with log-probabilities and with answers restricted to given ones.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from notec.engine.adapters.base import Order
from notec.engine.torch_model import RefusedError, Step, TorchModel, choices_of

_GIB = 1 << 30


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name)
        if "/health" not in self.path:
            super().log_message(format, *args)

    def do_GET(self) -> None:
        model = self.server.model
        if not model:
            self.whole(503, {"error": {"message": "the model is being loaded"}})
        elif self.path == "/health":
            self.whole(200, {"status": "ok"})
        elif self.path == "/v1/models":
            row = {"id": model.order.served, "object": "model", "max_model_len": model.context}
            self.whole(200, {"object": "list", "data": [{**row, "placement": model.placement()}]})
        else:
            self.whole(404, {"error": {"message": f"no such path: {self.path}"}})

    def do_POST(self) -> None:
        model = self.server.model
        length = int(self.headers.get("content-length", 0))
        raw = self.rfile.read(length)
        try:
            body = json.loads(raw)
            if not model or self.path not in ("/v1/chat/completions", "/v1/completions"):
                raise RefusedError(f"no such path: {self.path}" if model else "the model is being loaded")
            with self.server.lock:
                self.answer(model, body)
        except (RefusedError, ValueError, KeyError, TypeError) as error:
            self.whole(400, {"error": {"message": str(error)}})
        except (BrokenPipeError, ConnectionResetError):  # the asker went away: stop computing
            self.close_connection = True

    def answer(self, model: TorchModel, body: dict[str, Any]) -> None:
        chat = self.path.endswith("/chat/completions")
        tokens = model.prompt(body)
        choices_of(body)
        if not tokens or (model.context and len(tokens) >= model.context):
            raise RefusedError(f"the prompt has {len(tokens)} tokens, the context length is {model.context}")
        known: list[int] = []
        steps = model.reply(body, tokens, known.append)
        streamed = bool(body.get("stream"))
        if streamed:
            self.head(200, "text/event-stream", None)
        done: list[Step] = []
        for step in steps:
            done.append(step)
            if streamed:
                part = {"delta": {"content": step.text}} if chat else {"text": step.text}
                self.event({"choices": [{"index": 0, **part, "finish_reason": None}]})
        limit = int(body.get("max_tokens") or body.get("max_completion_tokens") or 512)
        finish = "length" if len(done) >= limit and not choices_of(body) else "stop"
        usage = {
            "prompt_tokens": len(tokens),
            "completion_tokens": len(done),
            "prompt_tokens_details": {"cached_tokens": sum(known)},
        }
        if streamed:
            part = {"delta": {"content": ""}} if chat else {"text": ""}
            self.event({"choices": [{"index": 0, **part, "finish_reason": finish}]})
            self.event({"choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")
            self.close_connection = True
            return
        text = "".join(step.text for step in done)
        part = {"message": {"role": "assistant", "content": text}} if chat else {"text": text}
        logprobs = {"content": [self.logprob(model, step) for step in done]} if body.get("logprobs") else None
        choice = {"index": 0, **part, "finish_reason": finish, "logprobs": logprobs}
        self.whole(200, {"model": model.order.served, "choices": [choice], "usage": usage})

    def logprob(self, model: TorchModel, step: Step) -> dict[str, Any]:
        name = model.tokenizer.decode
        top = [{"token": name([token]), "logprob": value} for token, value in step.top]
        return {"token": name([step.token]), "logprob": step.logprob, "top_logprobs": top}

    def event(self, data: dict[str, Any]) -> None:
        self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def whole(self, status: int, data: dict[str, Any]) -> None:
        raw = json.dumps(data).encode()
        self.head(status, "application/json", len(raw))
        self.wfile.write(raw)

    def head(self, status: int, kind: str, length: int | None) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("connection", "close")
        if length is not None:
            self.send_header("content-length", str(length))
        self.end_headers()
        self.close_connection = True


class Server(ThreadingHTTPServer):
    """Answers `/health` while the model loads and while it computes; asks the model one thing at a time."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.model: TorchModel | None = None
        self.lock = threading.Lock()


def main(argv: list[str]) -> int:
    """Load and serve until the process is ended."""
    order = Order.from_json(json.loads(argv[0]))
    if order.offload:
        Path(order.offload).mkdir(parents=True, exist_ok=True)
    server = Server(int(argv[1]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    start = time.monotonic()
    server.model = TorchModel(order, zero="--zero" in argv)
    places = {device: f"{size / _GIB:.2f} GiB" for device, size in server.model.placement().items()}
    print(f"loaded in {time.monotonic() - start:.1f} s: {places}", file=sys.stderr, flush=True)  # noqa: T201
    threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
