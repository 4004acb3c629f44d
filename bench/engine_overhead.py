"""Tokens per second of the embedded and the child engine against the bare engine.

    python bench/engine_overhead.py FOLDER [--model FILE.gguf] [--rounds 5] [--tokens 64]

Bare is llama.cpp's server called as its Python package offers it, without HTTP and without notec; embedded
is the same in this process behind notec's endpoint; child is notec's supervised process. All three write the
same tokens, in turns and alone, with the same threads; the clock is the caller's. The best round of each is
compared, since whatever else runs on the machine only ever slows; medians stand beside. FOLDER holds a random
model of about 0.15B parameters unless one is named.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from notec.engine.adapters import Order
from notec.engine.embedded import EmbeddedServer, parameters
from notec.engine.launch import launch
from random_models import Family, write

ENGINES = ("bare", "embedded", "child")
Ask = Callable[[dict[str, Any]], Any]
PROMPT = "The river bank is green in summer, and the boat waits. "


def body(tokens: int) -> dict[str, Any]:
    messages = [{"role": "user", "content": PROMPT * 4}]
    return {"messages": messages, "max_tokens": tokens, "temperature": 0, "seed": 1, "ignore_eos": True}


def timed(ask: Ask, tokens: int) -> float:
    start = time.monotonic()
    reply = ask(body(tokens))
    written = int(reply["usage"]["completion_tokens"])
    return written / (time.monotonic() - start)


@contextmanager
def running(name: str, order: Order, folder: Path) -> Iterator[Ask]:
    """One engine alone: idle threads of another in the same process would cost it time."""
    if name == "bare":
        import xllamacpp

        server = xllamacpp.Server(parameters(order, verbosity=1))
        yield lambda asked: plain(server.handle_chat_completions(asked))
    elif name == "embedded":
        with EmbeddedServer(order) as inside:
            yield lambda asked: inside.endpoint.post("chat/completions", asked)
    else:
        with launch(order, "embedded", logs=folder / "logs") as child:
            yield lambda asked: child.endpoint.post("chat/completions", asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    model = options.model or options.folder / "random-0.15b.gguf"
    if not model.exists():
        print(f"writing {model}", file=sys.stderr)
        write(model, Family("qwen3", layers=16, hidden=768, heads=12, kv=4, ff=2048))
    order = Order(str(model), context=1024, threads=options.threads)
    speeds: dict[str, list[float]] = {name: [] for name in ENGINES}
    for i in range(options.rounds):
        for name in ENGINES if i % 2 == 0 else reversed(ENGINES):
            with running(name, order, options.folder) as ask:
                timed(ask, 8)  # pages of the weights, first allocations
                speeds[name].append(timed(ask, options.tokens))
        print({name: round(values[-1], 1) for name, values in speeds.items()}, file=sys.stderr)
    best = {name: max(values) for name, values in speeds.items()}
    print(
        json.dumps(
            {
                **{f"{name}_tokens_per_second": round(value, 2) for name, value in best.items()},
                **{f"{name}_median": round(statistics.median(values), 2) for name, values in speeds.items()},
                "embedded_percent": round(100 * best["embedded"] / best["bare"], 1),
                "child_percent": round(100 * best["child"] / best["bare"], 1),
                "rounds": options.rounds,
                "tokens": options.tokens,
                "model_bytes": model.stat().st_size,
            }
        )
    )


def plain(reply: Any) -> Any:
    """The package gives JSON as text or as data, by its version."""
    return json.loads(reply) if isinstance(reply, str | bytes) else reply


if __name__ == "__main__":
    main()
