"""Time to first token with a long beginning restored from the disk against computed; is the output the same?

    python bench/prefix.py FOLDER [--tokens 8000] [--model FILE.gguf]

FOLDER holds the model (a random one of about 0.5B parameters is written there unless one is named) and the
saved states. Each side has an engine of its own that knows nothing; the restored side pays for reading the
state, the computed side for reading the tokens, and both for the question after them.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from notec.engine.adapters import Order
from notec.engine.endpoint import Endpoint
from notec.engine.launch import launch
from notec.engine.prefix import PrefixStore
from random_models import Family, write

WORDS = [
    "river",
    "bank",
    "money",
    "boat",
    "winter",
    "summer",
    "paper",
    "engine",
    "memory",
    "garden",
    "bread",
    "signal",
]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def conversation(endpoint: Endpoint, tokens: int) -> list[dict[str, str]]:
    """A message of about so many tokens."""
    text, i = "", 0
    while True:
        text += " ".join(f"{WORDS[(i + k * k) % len(WORDS)]}{i + k}" for k in range(200)) + ". "
        i += 200
        counted = len(endpoint.post("/tokenize", {"content": text})["tokens"])
        if counted >= tokens:
            return [{"role": "user", "content": text[: len(text) * tokens // counted]}]


def ask(endpoint: Endpoint, messages: list[dict[str, str]], question: str) -> tuple[float, str]:
    """Seconds to the first token, and the reply."""
    *before, last = messages
    asked = [*before, {**last, "content": last["content"] + question}]
    body: dict[str, Any] = {"messages": asked, "max_tokens": 32, "temperature": 0, "ignore_eos": True}
    start, first, text = time.monotonic(), 0.0, ""
    with endpoint.stream("chat/completions", body) as events:
        for event in events:
            if event.get("choices") and (piece := event["choices"][0]["delta"].get("content")):
                first = first or time.monotonic() - start
                text += piece
    return first, text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tokens", type=int, default=8000)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    model = options.model or options.folder / "random-0.5b.gguf"
    if not model.exists():
        say(f"writing {model}")
        write(model, Family("qwen3", layers=28, hidden=1024, heads=16, kv=4, ff=4096))
    states = options.folder / "states"
    shutil.rmtree(states, ignore_errors=True)
    store = PrefixStore(states)
    order = Order(str(model), context=options.tokens + 1024, threads=options.threads, slots=str(states))
    question = "\n\nWhat stands at the river?"
    with launch(order, "embedded", logs=options.folder / "logs") as running:
        messages = conversation(running.endpoint, options.tokens)
        say(f"computing {options.tokens} tokens")
        computed, answer = ask(running.endpoint, messages, question)
        warmed = store.warm(running.endpoint, messages)
    say(f"first token after {computed:.1f} s; the state has {store.size() >> 20} MiB")
    with launch(order, "embedded", logs=options.folder / "logs") as running:
        again = store.warm(running.endpoint, messages)
        first, same = ask(running.endpoint, messages, question)
        restored = again.seconds + first
    say(f"first token after {restored:.2f} s, {again.seconds:.2f} s of them reading the state")
    print(
        json.dumps(
            {
                "prefix_tokens": warmed.tokens,
                "state_bytes": store.size(),
                "ttft_computed_s": round(computed, 3),
                "ttft_restored_s": round(restored, 3),
                "restore_s": round(again.seconds, 3),
                "times_sooner": round(computed / restored, 1),
                "restored": again.restored,
                "same_output": answer == same,
                "parameters_bytes": model.stat().st_size,
            }
        )
    )


if __name__ == "__main__":
    main()
