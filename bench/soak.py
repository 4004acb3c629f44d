"""Many clients on all routes of one server for a long time: no error, no growth.

    python bench/soak.py [--minutes 30] [--clients 50] [--vault FOLDER] [--pause 0.2] [--kinds]

`notec serve` runs over a small vault (or FOLDER) before a stand-in engine that streams a few words. Each
client asks one route after the other, in an order of its own, streamed or whole, with notes read, vectors
made, wrong names, broken bodies and connections that are dropped in the middle among them. Counted are
answers that are not what that request must get; memory, open files and threads of the server are read all
the while: a tenth of the time is for warming up, and what came after is compared with what came
last. `--kinds` also tells which kinds of objects became more, and which lines of code hold more memory.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from watched import Watched, size_of

NOTES = {
    "Omelette.md": "# Omelette\n\nThe omelette takes three eggs.\nWithout salt it tastes of nothing.\n",
    "Память.md": "# Память\n\nВ машине 132 гигабайта памяти.\n",
}
CHAT = [{"role": "user", "content": "How many eggs does the omelette take?"}]
Case = tuple[str, str, Any, tuple[int, ...]]
CASES: list[Case] = [
    ("GET", "/v1/models", None, (200,)),
    ("POST", "/v1/chat/completions", {"model": "tiny", "messages": CHAT}, (200,)),
    ("POST", "/v1/chat/completions", {"model": "tiny", "messages": CHAT, "stream": True}, (200,)),
    (
        "POST",
        "/v1/chat/completions",
        {"model": "tiny+vault:select", "messages": CHAT, "stream": True},
        (200,),
    ),
    ("POST", "/v1/responses", {"model": "tiny", "input": "hello", "stream": True}, (200,)),
    ("POST", "/v1/embeddings", {"model": "tiny", "input": ["a", "b"]}, (200,)),
    ("POST", "/v1/rerank", {"query": "eggs", "documents": ["three eggs", "salt"]}, (200,)),
    ("GET", "/api/tags", None, (200,)),
    ("POST", "/api/chat", {"model": "tiny", "messages": CHAT}, (200,)),
    ("POST", "/api/generate", {"model": "tiny", "prompt": "hello", "stream": False}, (200,)),
    ("POST", "/notec/v1/search", {"query": "гигабайт"}, (200,)),
    ("POST", "/notec/v1/ask", {"question": "How many eggs?"}, (200,)),
    ("POST", "/notec/v1/read", {"note": "Omelette"}, (200,)),
    ("GET", "/notec/v1/openapi.json", None, (200,)),
    ("GET", "/notes/Omelette.md", None, (200,)),
    ("GET", "/notes/../../etc/passwd", None, (404,)),
    ("POST", "/v1/chat/completions", {"model": "tinny", "messages": CHAT}, (404,)),
    ("POST", "/v1/chat/completions", {"model": "tiny"}, (400,)),
    ("GET", "/", None, (200,)),
]


async def _engine() -> tuple[web.AppRunner, int]:
    """The stand-in: lists a model, streams, embeds."""

    async def models(request: web.Request) -> web.Response:
        return web.json_response({"data": [{"id": "tiny"}]})

    async def embeddings(request: web.Request) -> web.Response:
        given = (await request.json())["input"]
        return web.json_response({"data": [{"index": n, "embedding": [0.1, 0.2]} for n in range(len(given))]})

    async def chat(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        if not body.get("stream"):
            message = {"role": "assistant", "content": "it is fine"}
            return web.json_response({"choices": [{"message": message, "finish_reason": "stop"}]})
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        with suppress(ConnectionResetError):  # who leaves is let go, and may leave before the first word
            await answer.prepare(request)
            for word in ("it ", "is ", "fine"):
                await answer.write(
                    b"data: %s\n\n" % json.dumps({"choices": [{"delta": {"content": word}}]}).encode()
                )
                await asyncio.sleep(0.01)
            last = json.dumps({"choices": [{"delta": {}, "finish_reason": "stop"}]}).encode()
            await answer.write(b"data: %s\n\ndata: [DONE]\n\n" % last)
            await answer.write_eof()
        return answer

    app = web.Application()
    app.router.add_get("/v1/models", models)
    app.router.add_post("/v1/embeddings", embeddings)
    app.router.add_post("/v1/chat/completions", chat)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, runner.addresses[0][1]


async def client(
    server: Watched,
    until: float,
    pause: float,
    dice: random.Random,
    counted: tuple[Counter[str], Counter[str]],
) -> None:
    wrong, right = counted
    headers = {"Authorization": f"Bearer {server.token}"}
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(server.address, headers=headers, timeout=timeout) as session:
        while time.monotonic() < until:
            method, path, body, fine = dice.choice(CASES)
            what = f"{method} {path}"
            try:
                async with session.request(method, path, json=body) as answer:
                    if dice.random() < 0.1:  # it leaves in the middle
                        answer.close()
                        continue
                    raw = await answer.read()
                    if answer.status not in fine or (
                        answer.status == 200 and b'"type":"server_error"' in raw
                    ):
                        wrong[f"{what} {answer.status}: {raw[:200]!r}"] += 1
                    else:
                        right[what] += 1
            except (TimeoutError, aiohttp.ClientError) as error:
                wrong[f"{what}: {type(error).__name__} {error}"[:200]] += 1
            await asyncio.sleep(dice.uniform(0, pause))


async def soak(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    runner, port = await _engine()
    vault = options.vault or folder / "vault"
    if options.vault is None:
        vault.mkdir()
        for name, text in NOTES.items():
            (vault / name).write_text(text, "utf-8")
        (vault / "notec.toml").write_text(f'[model]\nurl = "http://127.0.0.1:{port}/v1"\n', "utf-8")
    wrong: Counter[str] = Counter()
    right: Counter[str] = Counter()
    sizes: list[dict[str, float]] = []
    kinds: list[dict[str, Any]] = []
    with Watched(vault, folder / "home", traced=options.kinds) as server:
        before = server.held(fully=True)
        start, seconds = time.monotonic(), options.minutes * 60
        given = (server, start + seconds, options.pause)
        work = [
            asyncio.create_task(client(*given, random.Random(n), (wrong, right)))
            for n in range(options.clients)
        ]
        while not all(task.done() for task in work):
            await asyncio.wait(work, timeout=min(5.0, seconds / 20))
            sizes.append(size_of(server.pid))
            if options.kinds and not kinds and time.monotonic() - start > seconds / 4:
                kinds.append(await asyncio.to_thread(server.held, True))
            print(f"\r{sum(right.values())} fine, {sum(wrong.values())} wrong", end="", file=sys.stderr)
        for task in work:
            task.result()
        await asyncio.sleep(1)
        after = await asyncio.to_thread(server.held, True)
        print(file=sys.stderr)
    await runner.cleanup()
    warm = sizes[len(sizes) // 10 :]
    tenth = max(1, len(warm) // 10)

    def grown(key: str) -> tuple[float, float]:
        first, last = warm[:tenth], warm[-tenth:]
        middle = statistics.median
        return round(middle(s[key] for s in first), 1), round(middle(s[key] for s in last), 1)

    found = {
        "minutes": options.minutes,
        "clients": options.clients,
        "requests": sum(right.values()) + sum(wrong.values()),
        "errors": sum(wrong.values()),
        "first_errors": dict(wrong.most_common(5)),
        "routes": len({(method, path) for method, path, *_ in CASES}),
        "memory_mb": grown("mb"),
        "memory_mb_all_along": [round(s["mb"], 1) for s in sizes[:: max(1, len(sizes) // 10)]],
        "files": grown("files"),
        "threads": grown("threads"),
        "held": {
            name: [before[name], after[name]]
            for name in ("tasks", "free", "waiting", "files", "objects", "mb_held")
        },
    }
    for what in ("kinds", "lines") if kinds else ():
        more = {name: size - kinds[0][what].get(name, 0) for name, size in after[what].items()}
        found[f"more_{what}"] = dict(sorted(more.items(), key=lambda item: -item[1])[:15])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--vault", type=Path, help="a copy of yours, with model.url set; else a small one")
    parser.add_argument("--pause", type=float, default=0.2, help="seconds at most between two requests")
    parser.add_argument("--kinds", action="store_true", help="tell what grows, which makes the server slow")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(soak(Path(folder), options)), ensure_ascii=False))


if __name__ == "__main__":
    main()
