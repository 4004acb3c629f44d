"""Argument lists that the adapters make, read by the engines' own parsers.

    python bench/parsers.py sglang=PYTHON vllm=PYTHON deepspeed=PYTHON

Each PYTHON is an interpreter that can import the engine; no card is needed, since only its parser is.
(For SGLang: `pip install --no-deps`, then what its parser imports; vLLM 0.33.0 wants a device that its build
is for, even to parse.) llama.cpp's own parser stands in the tests.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from notec.engine.adapters import Lora, Order, adapter

CHILD = {
    "vllm": (
        "serve",
        """
from vllm.utils.argparse_utils import FlexibleArgumentParser
from vllm.entrypoints.common.cli_args import make_arg_parser
parse = make_arg_parser(FlexibleArgumentParser()).parse_args
""",
    ),
    "sglang": (
        "sglang.launch_server",
        """
import argparse
from sglang.srt.server_args import ServerArgs
parser = argparse.ArgumentParser()
ServerArgs.add_cli_args(parser)
parse = parser.parse_args
""",
    ),
    "deepspeed": ("", "from deepspeed.launcher.runner import parse_args as parse\n"),
}
LOOP = """
import json, sys
for words in json.load(open(sys.argv[1])):
    parse(words)
    print("read")
"""
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"gpus": 2},
    {"draft": "/models/draft"},
    {"kv_type": "f16", "lookup": False, "loras": (), "streamed": 0, "context": 0},
    {"cpu_kind": "amx", "offload": "/models/cpu"},
    {"cpu_kind": "avx2", "experts": 0},
)
FULL = Order(
    "/models/big", "big", context=32768, parallel=2, kv_type="q8_0", threads=16, gpu_layers=95,
    cpu_expert_layers=60, gpus=1, streamed=80 * 10**9, link=55e9, layers=94, experts=128,
    loras=(Lora("legal", "/loras/legal"),), lookup=True, binary=sys.executable,
)  # fmt: skip


def main() -> None:
    figures: dict[str, Any] = {}
    for word in sys.argv[1:]:
        engine, _, python = word.partition("=")
        names = ("sglang", "ktransformers") if engine == "sglang" else (engine,)
        lists = [tail(name, {**vars(FULL), **more}) for name in names for more in CHANGES]
        figures[engine] = {"lists": len(lists), "read": read(engine, python, lists)}
    print(json.dumps(figures))


def tail(engine: str, fields: dict[str, Any]) -> list[str]:
    """The command without the program's own words."""
    argv = list(adapter(engine)(Order(**fields), 8123).argv)
    first = CHILD.get(engine, CHILD["sglang"])[0]
    return argv[argv.index(first) + 1 if first else 1 :]


def read(engine: str, python: str, lists: list[list[str]]) -> int:
    """How many lists the parser reads; the first that it refuses ends it, with its words."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(lists, file)
        file.flush()
        words = [str(Path(python).absolute()), "-c", CHILD[engine][1] + LOOP, file.name]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{engine}: {done.stderr[-600:]}", file=sys.stderr)
    return done.stdout.count("read\n")


if __name__ == "__main__":
    main()
