"""A plan as a start script that needs nothing but Python and the engine, with every choice commented."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notec.app.planning import Plan

_WHY = {
    "--model": "the weights; for a model in several files the first of them",
    "--alias": "the name that requests use",
    "--host": "only this machine can reach it",
    "--port": "PORT in the environment changes it",
    "--parallel": "one conversation at a time: all of the context is its own",
    "--gpu-layers": "blocks on the card: attention, routers and shared experts, and the output matrix",
    "--n-cpu-moe": "blocks, from the first, whose routed experts stay in RAM",
    "--override-tensor": "the same by the names of the tensors",
    "--batch-size": "tokens of a prompt that are handed over at once",
    "--ubatch-size": "tokens computed at once: larger reads prompts faster and takes more VRAM",
    "--ctx-size": "tokens of context",
    "--cache-type-k": "a cache of 8 bits takes half the room and costs about a thousandth of the quality",
    "--cache-type-v": "the same for the values",
    "--flash-attn": "needed for a cache of 8 bits, and saves memory",
    "--threads": "one thread for each physical core: memory is the limit, more threads only wait",
    "--tensor-split": "each card's share, by its memory",
    "--no-kv-offload": "the cache stays in RAM",
    "--fit": "the plan has done this already",
    "--numa": "spread the weights over the memory of all sockets",
    "--offline": "the engine fetches nothing",
    "--no-ui": "no page of its own",
    "--no-slots": "prompts are nobody else's business",
    "--cors-origins": "no web page elsewhere may use it",
}


def script(item: Plan) -> str:
    """The text of `launch.py`."""
    command = item.command or (item.engine,)
    head = [
        '"""Start '
        + _plain(f"{item.model.name} in {item.model.quant}")
        + f" with {item.engine}, as planned by notec.",
        "",
        *(_plain(reason) for reason in item.reasons),
        "",
        f"Expected: VRAM {item.vram_bytes / 1e9:.1f} GB, RAM {item.ram_bytes / 1e9:.1f} GB; reads "
        f"{item.prefill.low:,.0f} to {item.prefill.high:,.0f} and writes {item.decode.low:.1f} to "
        f"{item.decode.high:.1f} tokens per second.",
        "",
        "    python launch.py            start it on port 8080",
        "    PORT=9000 python launch.py  start it on another port",
        "    MODEL=/path/to/file python launch.py",
        '"""',
        "",
        "import os",
        "import shutil",
        "import sys",
        "",
        f"MODEL = os.environ.get('MODEL', {_model(command)!r})",
        "PORT = os.environ.get('PORT', '8080')",
        "",
        "COMMAND = [",
        f"    {command[0]!r},",
    ]
    return "\n".join([*head, *_arguments(command[1:]), *_TAIL])


def _plain(text: str) -> str:
    """One line that cannot end the docstring."""
    return " ".join(text.replace("\\", "/").replace('"""', "'''").split())


def _model(command: tuple[str, ...]) -> str:
    return command[command.index("--model") + 1] if "--model" in command else ""


def _arguments(words: tuple[str, ...]) -> list[str]:
    lines = []
    at = 0
    while at < len(words):
        word = words[at]
        has_value = at + 1 < len(words) and not words[at + 1].startswith("--")
        value = words[at + 1] if has_value else None
        shown = {"--model": "MODEL", "--port": "PORT"}.get(word, repr(value))
        why = f"  # {_WHY[word]}" if word in _WHY else ""
        lines.append(f"    {word!r}, {shown},{why}" if has_value else f"    {word!r},{why}")
        at += 2 if has_value else 1
    return lines


_TAIL = """]

if __name__ == "__main__":
    if shutil.which(COMMAND[0]) is None:
        sys.exit(f"{COMMAND[0]} is not installed, or not on the PATH")
    if MODEL.endswith(".gguf") and not os.path.exists(MODEL):
        sys.exit(f"{MODEL}: no such file; name it with MODEL=/path/to/file")
    print("starting:", " ".join(COMMAND), flush=True)
    os.execvp(COMMAND[0], COMMAND)
""".splitlines()
