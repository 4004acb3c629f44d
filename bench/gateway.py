"""The gateway against the bare engine, in one run: first token, tokens per second, disconnects.

    python bench/gateway.py FOLDER [--model FILE.gguf] [--rounds 20] [--streams 4] [--requests 10000]

One llama.cpp child serves; `notec serve` stands before it. The same streamed chats go to both in turns: one
at a time for the first token, eight at once for the tokens per second. FOLDER gets a random model of about
0.15B parameters unless one is named.

Then `--requests` requests of six kinds through the gateway to a smaller random model that would write 8,000
tokens to each: three of four clients leave at a random moment (at once, in line, before or after the first
token), the rest stay for eight tokens. After every 500 nobody asks for a moment: how long the engine goes on
is measured by its own slots, and what the gateway still holds is read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp

from notec.engine.adapters import Order
from random_models import Family, write
from watched import Watched, size_of

PROMPT = "The river bank is green in summer, and the boat waits. "
ASKED = [{"role": "user", "content": PROMPT}]
KINDS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/chat/completions", {"messages": ASKED, "stream": True}),
    ("/v1/chat/completions", {"messages": ASKED}),
    ("/v1/completions", {"prompt": PROMPT, "stream": True}),
    ("/v1/responses", {"input": PROMPT, "stream": True}),
    ("/api/chat", {"messages": ASKED}),
    ("/api/generate", {"prompt": PROMPT, "stream": False}),
)
SHOWN = (2_000, 5_000, 10_000)  # requests after which memory is told


def body(tokens: int, seed: int) -> dict[str, Any]:
    messages = [{"role": "user", "content": PROMPT * 4}]
    more = {"temperature": 0, "seed": seed, "ignore_eos": True, "stream": True}
    return {"model": "random", "messages": messages, "max_tokens": tokens, **more}


async def chat(
    session: aiohttp.ClientSession, base: str, tokens: int, seed: int = 1
) -> tuple[float, float, int]:
    """Seconds to the first token, seconds in all, tokens."""
    start = time.perf_counter()
    first, count = 0.0, 0
    async with session.post(f"{base}/v1/chat/completions", json=body(tokens, seed)) as answer:
        assert answer.status == 200, await answer.text()
        async for line in answer.content:
            if line.startswith(b"data: {") and b'"content":"' in line:
                first = first or time.perf_counter() - start
                count += 1
    return first, time.perf_counter() - start, count


async def fast(bare: str, gateway: str, token: str, options: argparse.Namespace) -> dict[str, Any]:
    """First token and tokens per second of both."""
    # llama.cpp closes a kept connection whenever it likes, and then a client's POST fails on it: each request
    # to either side has a connection of its own
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    headers = {"Authorization": f"Bearer {token}"}
    firsts: dict[str, list[float]] = {bare: [], gateway: []}
    speeds: dict[str, list[float]] = {bare: [], gateway: []}
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        for base in (bare, gateway):
            await chat(session, base, 4)
        for number in range(options.rounds):
            for base in (bare, gateway) if number % 2 else (gateway, bare):
                firsts[base].append((await chat(session, base, 1))[0])
            print(f"\rfirst token {number + 1}/{options.rounds}", end="", file=sys.stderr)
        for number in range(options.streams):
            for base in (bare, gateway) if number % 2 else (gateway, bare):
                start = time.perf_counter()
                done = await asyncio.gather(*(chat(session, base, options.tokens, n) for n in range(8)))
                speeds[base].append(sum(count for *_, count in done) / (time.perf_counter() - start))
            print(f"\reight streams {number + 1}/{options.streams}   ", end="", file=sys.stderr)
    print(file=sys.stderr)
    first = {base: statistics.median(values) * 1e3 for base, values in firsts.items()}
    best, middle = ({b: which(v) for b, v in speeds.items()} for which in (max, statistics.median))
    return {
        "first_token_ms": round(first[gateway], 2),
        "first_token_bare_ms": round(first[bare], 2),
        "first_token_added_ms": round(first[gateway] - first[bare], 2),
        "tokens_per_second": round(best[gateway], 1),
        "tokens_per_second_bare": round(best[bare], 1),
        "speed_percent": round(100 * best[gateway] / best[bare], 1),
        "speed_percent_of_medians": round(100 * middle[gateway] / middle[bare], 1),
    }


async def one(session: aiohttp.ClientSession, base: str, dice: random.Random) -> str:
    """One request, whose client leaves or stays; how it ended."""
    path, asked = dice.choice(KINDS)
    patience = dice.choice([0.0, dice.uniform(0, 0.05), dice.uniform(0, 1.0), None])
    tokens = 8 if patience is None else 8_000
    wanted: dict[str, Any] = {"model": "random", "ignore_eos": True, "temperature": 0, **asked}
    wanted |= {"max_tokens": tokens, "max_output_tokens": tokens, "options": {"num_predict": tokens}}
    try:
        async with asyncio.timeout(patience), session.post(base + path, json=wanted) as answer:
            raw = await answer.read()
        if answer.status != 200 or b'"error":{' in raw:
            return f"{path} {answer.status}: {raw[-200:]!r}"
    except TimeoutError:
        return "left"
    except aiohttp.ClientError as error:
        return f"{path}: {type(error).__name__} {error}"
    return "stayed"


async def broken_off(bare: str, engine: int, server: Watched, options: argparse.Namespace) -> dict[str, Any]:
    """Requests whose clients leave: what goes on without them, and what is still held."""
    dice, ends = random.Random(1), Counter[str]()
    limit = asyncio.Semaphore(50)
    connector = aiohttp.TCPConnector(limit=0, force_close=True)  # a broken connection is not used again
    headers = {"Authorization": f"Bearer {server.token}"}
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(headers=headers, connector=connector, timeout=timeout) as session:

        async def limited() -> None:
            async with limit:
                ends[await one(session, server.address, dice)] += 1

        async def busy() -> int:
            async with session.get(f"{bare}/slots") as answer:
                return sum(slot["is_processing"] for slot in await answer.json())

        async def idle() -> float:
            """Seconds until the engine is idle."""
            start = time.perf_counter()
            while await busy():
                await asyncio.sleep(0.05)
            return time.perf_counter() - start

        await asyncio.gather(*(limited() for _ in range(200)))  # what is made once has been made
        await idle()
        ends.clear()
        await asyncio.sleep(1)
        before, went_on = server.held(fully=True), []
        shown = {0: (before["mb"], size_of(engine)["mb"])}
        for done in range(500, options.requests + 1, 500):
            await asyncio.gather(*(limited() for _ in range(500)))
            went_on.append(await idle())
            print(f"\r{done}/{options.requests} broken off", end="", file=sys.stderr)
            if done in SHOWN or done == options.requests:
                await asyncio.sleep(1)
                shown[done] = (server.held()["mb"], size_of(engine)["mb"])
        print(file=sys.stderr)
        await asyncio.sleep(1)
        after = server.held(fully=True)
        answers = (await chat(session, server.address, 4))[2] == 4
        wrong = {end: count for end, count in ends.items() if end not in ("left", "stayed")}
        return {
            "requests": ends.total(),
            "left": ends["left"],
            "stayed": ends["stayed"],
            "wrong": sum(wrong.values()),
            "first_wrong": dict(list(wrong.items())[:5]),
            "engine_went_on_s": round(max(went_on), 2),
            "busy_slots_after": await busy(),
            "answers_after": answers,
            **{
                f"{what}_before_and_after": [before[what], after[what]]
                for what in ("tasks", "free", "waiting", "files", "threads", "objects", "mb_held")
            },
            "memory_mb": {str(count): round(mb, 1) for count, (mb, _) in shown.items()},
            "engine_memory_mb": {str(count): round(mb, 1) for count, (_, mb) in shown.items()},
        }


def _engine(order: Order, told: Connection) -> None:
    """llama.cpp with its slots shown, until the other end of the line is closed."""
    import xllamacpp

    from notec.engine.embedded import parameters

    wanted = parameters(order, verbosity=1)
    wanted.endpoint_slots = True
    server = xllamacpp.Server(wanted)
    told.send(server.listening_address)
    told.recv()


@contextmanager
def engine_of(model: Path, context: int) -> Iterator[tuple[str, int]]:
    """Address and process of an engine with eight slots."""
    # clients and gateway need a core, as they have on a real machine
    threads = max(1, (os.cpu_count() or 2) - 1)
    order = Order(str(model), name="random", context=context, parallel=8, threads=threads)
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_engine, args=(order, theirs))
    process.start()
    try:
        yield ours.recv(), process.pid or 0
    finally:
        process.terminate()
        process.join()


def served(folder: Path, bare: str) -> Watched:
    vault = folder / "vault"
    vault.mkdir(parents=True, exist_ok=True)
    (vault / "Note.md").write_text("# Note\n\nThe boat is green.\n", "utf-8")
    (vault / "notec.toml").write_text(f'[model]\nurl = "{bare}/v1"\n', "utf-8")
    return Watched(vault, folder / "home")


def written(path: Path, family: Family) -> Path:
    if not path.exists():
        print(f"writing {path}", file=sys.stderr)
        write(path, family)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, help="for the speeds")
    parser.add_argument("--rounds", type=int, default=20, help="of one chat at a time; 0 measures no speeds")
    parser.add_argument("--streams", type=int, default=4, help="rounds of eight chats at a time")
    parser.add_argument("--tokens", type=int, default=64, help="of each of the eight")
    parser.add_argument("--requests", type=int, default=10_000, help="broken off; 0 breaks none off")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {}
    if options.rounds and options.streams:
        family = Family("qwen3", layers=16, hidden=768, heads=12, kv=4, ff=2048)
        model = options.model or written(options.folder / "random-0.15b.gguf", family)
        with engine_of(model, 512) as (bare, _), served(options.folder, bare) as server:
            found |= asyncio.run(fast(bare, server.address, server.token, options))
    if options.requests:
        family = Family("qwen3", layers=2, hidden=128, heads=2, kv=1, ff=256)
        model = written(options.folder / "random-small.gguf", family)
        with engine_of(model, 8_192) as (bare, engine), served(options.folder, bare) as server:
            found |= asyncio.run(broken_off(bare, engine, server, options))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
