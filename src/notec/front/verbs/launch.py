"""`notec launch`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notec.app.launching import Probed, Running, Serving
    from notec.front.session import Session

NAME = "launch"
EXAMPLE = """notec launch ~/models/Qwen3-8B-Q4_K_M.gguf
notec launch Qwen3-235B-A22B-Q4_K_M --context 32768 --port 8080
notec launch ~/models/Qwen3-30B-A3B --engine transformers --offload /fast-disk/offload"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", metavar="MODEL", help="a file, a folder, or the name of a model on this disk")
    add("--engine", default="", metavar="NAME", help="such as llama.cpp, vllm, transformers; default: chosen")
    add("--binary", default="", metavar="PATH", help="the engine's program, or the Python that has it")
    add("--port", type=_port, default=0, metavar="N", help="on 127.0.0.1; default: a free one")
    add("--context", type=_count, metavar="TOKENS", help="context of one conversation; default: planned")
    add("--parallel", type=_count, default=1, metavar="N", help="conversations at once (1)")
    add("--kv-type", default="", metavar="TYPE", help="type of the cache, such as q8_0; default: planned")
    add("--gpu-layers", type=int, metavar="N", help="blocks on the GPU; default: planned")
    add("--cpu-experts", type=int, metavar="N", help="blocks whose experts stay in RAM; default: planned")
    add("--threads", type=int, default=0, metavar="N", help="default: planned")
    add("--lora", action="append", default=[], metavar="NAME=PATH", help="a LoRA adapter (repeatable)")
    add("--draft", default="", metavar="PATH", help="a small model that guesses ahead")
    add("--lookup", action="store_true", help="guess ahead from the prompt, for replies that quote it")
    add("--embedding", action="store_true", help="serve an embedding model")
    add("--offload", default="", metavar="PATH", help="folder for weights that fit nowhere else")
    add(
        "--disk",
        action="store_true",
        help="start a model for which there is no room, read from the disk: slow",
    )
    add(
        "--extra",
        action="append",
        default=[],
        metavar="ARG",
        help="an argument for the engine, as --extra=--flag (repeatable)",
    )
    add(
        "--prefix",
        default="",
        metavar="FILE",
        help="text that every conversation begins with: read ahead, kept",
    )
    add("--show", action="store_true", help="print the command, and start nothing")
    add("--check", action="store_true", help="start, probe, stop")
    add("--no-probe", action="store_true", help="serve without probing first")


def run(session: Session) -> int:
    """Exit code 1 when the engine ended by itself and could not be started again."""
    from notec.app.launching import Choices, command_of, configuration, prefix_text, prepare, serve, warm_up

    options = session.options
    choices = Choices(
        options.engine,
        options.context,
        options.parallel,
        options.kv_type,
        options.gpu_layers,
        options.cpu_experts,
        options.threads,
        options.port,
        tuple(options.lora),
        options.draft,
        options.lookup,
        options.binary,
        options.offload,
        options.embedding,
        tuple(options.extra),
        options.disk,
    )
    serving = prepare(configuration(options.vault), options.model, choices)
    session.warn(tuple(d for d in serving.diagnostics if options.show or d.code != "does-not-fit"))
    if options.show:
        recipe = command_of(serving, options.port)
        session.warn(recipe.diagnostics(serving.engine))
        if session.json:
            session.data({"command": list(recipe.argv), "environment": dict(recipe.environment)})
        else:
            session.out(_shell(recipe.argv, recipe.environment))
        return 0
    prefix = prefix_text(serving, options.prefix) if options.prefix else ""
    with (
        _until_told() as stopped,
        serve(serving, port=options.port, on_state=lambda _, line: _note(line)) as running,
    ):
        session.warn(running.diagnostics)
        probed = None if options.no_probe or options.embedding else _probe(running, serving)
        warmed = warm_up(configuration(options.vault), running, prefix) if prefix else None
        if session.json:
            told = _as_data(serving, running, probed)
            session.data({**told, "prefix": asdict(warmed)} if warmed else told)
        else:
            session.out(_as_text(serving, running, probed))
            if warmed:
                how = "restored from the disk" if warmed.restored else "read"
                session.out(f"prefix: {warmed.tokens:,} tokens {how} in {warmed.seconds:.1f} s")
        sys.stdout.flush()
        if options.check:
            return 0
        while not stopped.wait(0.2):
            if running.supervisor.state == "failed":
                failure = running.supervisor.failure
                if failure:
                    print(f"notec: error: {running.supervisor.error(failure)}", file=sys.stderr)
                return 1
    return 0


@contextmanager
def _until_told() -> Iterator[threading.Event]:
    """Set by Ctrl-C or SIGTERM: the engine is stopped in order, which is a good end."""
    told = threading.Event()

    def stop(number: int, frame: Any) -> None:
        del number, frame
        told.set()
        raise KeyboardInterrupt  # a model that loads for minutes is given up at once, too

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
    except KeyboardInterrupt:
        if not told.is_set():
            raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _probe(running: Running, serving: Serving) -> tuple[Probed, dict[str, float]]:
    from notec.app.launching import checked, refit

    _, probed = checked(running.endpoint)
    return probed, refit(serving, probed)


def _as_data(
    serving: Serving, running: Running, probed: tuple[Probed, dict[str, float]] | None
) -> dict[str, Any]:
    endpoint, plan = running.endpoint, serving.plan
    return {
        "url": endpoint.url,
        "engine": endpoint.engine,
        "model": endpoint.model,
        "fingerprint": endpoint.fingerprint,
        "pid": running.supervisor.pid,
        "log": str(running.supervisor.log),
        "loras": list(endpoint.loras),
        "context": serving.order.context,
        "planned": {"prefill": plan.prefill.mid, "decode": plan.decode.mid} if plan else None,
        "probed": probed[0].to_json() if probed else None,
        "measured_over_planned": probed[1] if probed else None,
    }


def _as_text(serving: Serving, running: Running, probed: tuple[Probed, dict[str, float]] | None) -> str:
    endpoint = running.endpoint
    lines = [f"{endpoint.model} with {endpoint.engine} at {endpoint.url}"]
    if probed:
        found, ratios = probed
        yes = [
            name
            for name, there in (
                ("JSON schema", found.schema),
                ("choices", found.choice),
                ("log-probabilities", found.logprobs),
                ("prefix reuse", found.prefix_reuse),
            )
            if there
        ]
        lines.append(f"context {found.context:,} tokens; " + (", ".join(yes) or "no extras"))
        lines.append(f"reads {found.prefill:,.0f} and writes {found.decode:,.1f} tokens per second, measured")
        if ratios:
            told = f"{found.prefill / ratios['prefill']:,.0f} and {found.decode / ratios['decode']:,.1f}"
            lines.append(f"      {told} were planned; later plans know better now")
    lines.append(f'in notec.toml: [model] url = "{endpoint.url}"')
    lines.append(f"log: {running.supervisor.log}; Ctrl-C stops it")
    return "\n".join(lines)


def _note(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _shell(argv: tuple[str, ...], environment: Any) -> str:
    import shlex

    return " ".join([*(f"{k}={shlex.quote(v)}" for k, v in environment.items()), shlex.join(argv)])


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1 << 24:
        raise argparse.ArgumentTypeError(f"{text}: a number from 1 on")
    return value


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value < 1 << 16:
        raise argparse.ArgumentTypeError(f"{text}: a port is a number up to 65535")
    return value
