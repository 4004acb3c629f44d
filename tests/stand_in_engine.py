#!/usr/bin/env python3
"""Stands in for an engine that is not installed here: a program with an OpenAI-compatible server on loopback.

    stand_in_engine.py [anything] --port N [anything]

What it does beside serving is told in the environment, so that any adapter's arguments can be given:
STAND_IN="say=TEXT exit=CODE" ends at once; "crash=SECONDS" ends later; "slow=SECONDS" is not ready before;
"mute=SECONDS" stops answering then; "once=FILE" does all that only while FILE is missing, and makes it;
"deaf" ignores SIGTERM; "child=FILE" starts a process that outlives its parent and writes its id to FILE.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

START = time.monotonic()
wishes = dict(item.partition("=")[::2] for item in os.environ.get("STAND_IN", "").split("|") if item)
if "once" in wishes:
    if Path(wishes["once"]).exists():
        wishes = {}
    else:
        Path(wishes["once"]).touch()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        age = time.monotonic() - START
        if age > float(wishes.get("mute") or 1e9):
            time.sleep(60)
        ready = age > float(wishes.get("slow") or 0)
        self.answer(200 if ready else 503, {"data": [{"id": "stand-in"}], "argv": sys.argv[1:]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = f"you said {body['messages'][-1]['content']}" if "messages" in body else "done"
        self.answer(
            200, {"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "asked": body}
        )

    def answer(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def port_of(argv: list[str]) -> int:
    for flag in ("--port", "--server-port"):
        if flag in argv:
            return int(argv[argv.index(flag) + 1])
    return int(os.environ.get("OLLAMA_HOST", ":0").rpartition(":")[2])


if "child" in wishes:
    child = subprocess.Popen(["sleep", "300"], start_new_session=True)
    Path(wishes["child"]).write_text(str(child.pid))
if "say" in wishes:
    print(wishes["say"], flush=True)
if "exit" in wishes:
    sys.exit(int(wishes["exit"]))
if "deaf" in wishes:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "crash" in wishes:
    threading.Timer(float(wishes["crash"]), lambda: os._exit(3)).start()
ThreadingHTTPServer(("127.0.0.1", port_of(sys.argv)), Handler).serve_forever()
