"""The gateway against the bare engine, in one run: first token, tokens per second, disconnects.

    python bench/gateway.py FOLDER [--model FILE.gguf] [--rounds 20] [--requests 10000]

One llama.cpp child serves; `notec serve` stands before it. The same streamed chats go to both in turns: one
at a time for the first token, eight at once for the tokens per second. Then `--requests` chats through the
gateway, of which most are broken off at a random moment: afterwards the engine must be idle, and the
gateway's memory may not have grown. FOLDER gets a random model of about 0.15B parameters unless one is
named.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp

from notec.engine.adapters import Order
from notec.engine.launch import launch
from random_models import Family, write

PROMPT = "The river bank is green in summer, and the boat waits. "


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


async def broken_off(session: aiohttp.ClientSession, base: str, dice: random.Random) -> None:
    """A chat that its client leaves after a moment; some wait for the end."""
    patience = dice.choice([0.0, dice.uniform(0, 0.05), dice.uniform(0, 0.5), 60.0])
    try:
        async with asyncio.timeout(patience):
            await chat(session, base, 4, dice.randrange(100))
    except (TimeoutError, aiohttp.ClientError):
        pass


def memory(process: int) -> float:
    """MB that a process has in RAM."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


async def measure(
    bare: str, gateway: str, token: str, process: int, options: argparse.Namespace
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    # llama.cpp closes a kept connection whenever it likes, and then a client's POST fails on it: each request
    # to either side has a connection of its own
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(headers=headers, connector=connector) as session:
        firsts: dict[str, list[float]] = {bare: [], gateway: []}
        speeds: dict[str, list[float]] = {bare: [], gateway: []}
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
    one_each = aiohttp.TCPConnector(limit=0, force_close=True)  # a broken connection is not used again
    async with aiohttp.ClientSession(headers=headers, connector=one_each) as session:
        dice = random.Random(1)
        await asyncio.gather(*(broken_off(session, gateway, dice) for _ in range(50)))
        before, sizes = memory(process), []
        limit = asyncio.Semaphore(50)

        async def one() -> None:
            async with limit:
                await broken_off(session, gateway, dice)

        for done_requests in range(0, options.requests, 500):
            await asyncio.gather(*(one() for _ in range(min(500, options.requests - done_requests))))
            sizes.append(memory(process))
            print(f"\rdisconnects {done_requests + 500}/{options.requests}  ", end="", file=sys.stderr)
        await asyncio.sleep(2)
        print(file=sys.stderr)
        slots = await (await session.get(f"{bare}/slots")).json() if options.slots else []
        idle = await chat(session, gateway, 4)
        sockets = len(list(Path(f"/proc/{process}/fd").iterdir()))
    first = {base: statistics.median(values) * 1e3 for base, values in firsts.items()}
    speed = {base: max(values) for base, values in speeds.items()}
    return {
        "first_token_ms": round(first[gateway], 2),
        "first_token_bare_ms": round(first[bare], 2),
        "first_token_added_ms": round(first[gateway] - first[bare], 2),
        "tokens_per_second": round(speed[gateway], 1),
        "tokens_per_second_bare": round(speed[bare], 1),
        "speed_percent": round(100 * speed[gateway] / speed[bare], 1),
        "speed_percent_of_medians": round(
            100 * statistics.median(speeds[gateway]) / statistics.median(speeds[bare]), 1
        ),
        "requests": options.requests,
        "busy_slots_after": sum(bool(slot.get("is_processing")) for slot in slots),
        "answers_after": idle[2] > 0,
        "open_files_after": sockets,
        "memory_before_mb": round(before, 1),
        "memory_after_mb": round(sizes[-1], 1) if sizes else None,
        "memory_halfway_mb": round(sizes[len(sizes) // 2], 1) if sizes else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--streams", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument(
        "--slots", action="store_true", help="ask the engine for its slots, where it tells them"
    )
    options = parser.parse_args()
    vault, home = options.folder / "vault", options.folder / "home"
    vault.mkdir(parents=True, exist_ok=True)
    (vault / "Note.md").write_text("# Note\n\nThe boat is green.\n", "utf-8")
    model = options.model or options.folder / "random-0.15b.gguf"
    if not model.exists():
        print(f"writing {model}", file=sys.stderr)
        write(model, Family("qwen3", layers=16, hidden=768, heads=12, kv=4, ff=2048))
    threads = max(
        1, (os.cpu_count() or 2) - 1
    )  # clients and gateway need a core, as they have on a real machine
    order = Order(str(model), name="random", context=512, parallel=8, threads=threads)
    with launch(order, "embedded", logs=options.folder / "logs") as engine:
        bare = engine.endpoint.root
        (vault / "notec.toml").write_text(f'[model]\nurl = "{bare}/v1"\n', "utf-8")
        command = [sys.executable, "-m", "notec.front.cli", "--vault", str(vault), "--home", str(home)]
        subprocess.run([*command, "index"], check=True, capture_output=True)
        with subprocess.Popen(
            [*command, "serve", "--port", "0", "--json"], stdout=subprocess.PIPE, env=dict(os.environ)
        ) as server:
            assert server.stdout
            shown = json.loads(server.stdout.readline())
            token = Path(shown["token_file"]).read_text("ascii").strip()
            try:
                print(json.dumps(asyncio.run(measure(bare, shown["address"], token, server.pid, options))))
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
