"""A plan as a start script that needs nothing but Python and the engine, with every choice commented."""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

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
    "serve": "the folder with config.json and the weights",
    "--served-model-name": "the name that requests use",
    "--max-num-seqs": "one conversation at a time: all of the memory is its own",
    "--enable-prefix-caching": "the same beginning is not read twice",
    "--enable-prompt-tokens-details": "replies say how much of the prompt was known",
    "--max-model-len": "tokens of context",
    "--kv-cache-dtype": "a cache of 8 bits takes half the room",
    "--cpu-offload-gb": "weights that pass over PCIe for each token: slow",
    "--tensor-parallel-size": "all cards work on each matrix",
    "-P": "modules of this folder are not looked at",
    "-m": "notec's own server over Transformers",
    # of an order to notec's own servers
    "model": "file or folder of the weights",
    "name": "the name that requests use",
    "context": "tokens of context",
    "kv_type": "type of the cache",
    "batch": "tokens of a prompt that are handed over at once",
    "ubatch": "tokens computed at once",
    "threads": "one thread for each physical core",
    "gpu_layers": "blocks on the card",
    "cpu_expert_layers": "blocks, from the first, whose routed experts stay in RAM",
    "gpu_bytes": "of weights on the cards",
    "ram_bytes": "of weights in RAM",
    "streamed": "bytes that pass over PCIe for each token",
    "disk": "bytes that fit nowhere else and stay on the disk",
}
_PORT = "8080"
_MODEL_AFTER = ("--model", "--model-path", "serve", "--load")
_TOLD = frozenset(("model", "name", "context", "threads", "gpu_bytes", "ram_bytes", "streamed", "disk"))


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
        "    python launch.py --help     say this and the command, and start nothing",
        '"""',
        "",
        *(["import json"] if any(word.startswith("{") for word in command) else []),
        "import os",
        "import shutil",
        "import sys",
        "",
        f"MODEL = os.environ.get('MODEL', {_model(command)!r})",
        "PORT = os.environ.get('PORT', '8080')",
        "",
        "COMMAND = [",
        *_arguments(command, _model(command)),
    ]
    return "\n".join([*head, *_TAIL])


def _plain(text: str) -> str:
    """One line that cannot end the docstring."""
    return " ".join(text.replace("\\", "/").replace('"""', "'''").split())


def _model(command: tuple[str, ...]) -> str:
    for before, word in pairwise(command):
        if before in _MODEL_AFTER:
            return word
        if word.startswith("{"):
            return str(json.loads(word).get("model", ""))
    return ""


def _arguments(words: tuple[str, ...], model: str) -> list[str]:
    """The command, a flag with its value and its reason on each line."""
    lines = []
    at = 0
    while at < len(words):
        word = words[at]
        if word.startswith("{"):
            lines += _order(json.loads(word))
            at += 1
            continue
        takes = word.startswith("-") or word in _MODEL_AFTER
        value = words[at + 1] if takes and at + 1 < len(words) and not words[at + 1].startswith("-") else None
        why = f"  # {_WHY[word]}" if word in _WHY else ""
        if value is not None:
            shown = "MODEL" if value == model else "PORT" if word == "--port" else repr(value)
            lines.append(f"    {word!r}, {shown},{why}")
        elif at == 0 and word == sys.executable:
            lines.append("    sys.executable,  # the Python that runs this: it needs notec and the engine")
        else:
            lines.append(f"    PORT,{why}" if word == _PORT else f"    {word!r},{why}")
        at += 1 if value is None else 2
    return lines


def _order(order: dict[str, Any]) -> list[str]:
    """What notec's own server is told, as JSON."""
    lines = ["    json.dumps({"]
    for key, value in order.items():
        if key in _TOLD and value:
            lines.append(f"        {key!r}: {'MODEL' if key == 'model' else repr(value)},  # {_WHY[key]}")
    return [*lines, "    }),"]


_TAIL = """]

# The engine fetches nothing and reports to nobody.
for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK",
             "VLLM_NO_USAGE_STATS"):
    os.environ[name] = "1"

if __name__ == "__main__":
    if len(sys.argv) > 1:  # --help, --show: says what it would do
        print(__doc__, " ".join(COMMAND), sep="\\n")
        sys.exit()
    if shutil.which(COMMAND[0]) is None:
        sys.exit(f"{COMMAND[0]} is not installed, or not on the PATH")
    if MODEL.endswith(".gguf") and not os.path.exists(MODEL):
        sys.exit(f"{MODEL}: no such file; name it with MODEL=/path/to/file")
    print("starting:", " ".join(COMMAND), flush=True)
    os.execvp(COMMAND[0], COMMAND)
""".splitlines()
