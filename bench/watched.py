"""A `notec serve` that can be asked what it holds; for `gateway.py` and `soak.py`, and nothing by itself.

    with Watched(vault, home) as server:
        server.held()  # {"mb": ..., "files": ..., "tasks": ..., "free": ..., ...}

The command runs as it is in a child process, where a signal makes it write down its tasks, the places at
the engine that are free, how many objects are alive, and how much memory is left when what is free has been
given back. Memory as it is, files and threads are read from outside.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any


class Watched:
    """The server while the block lasts.

    Args:
        traced: tell where memory was asked for; slows everything down.
    """

    def __init__(self, vault: Path, home: Path, *options: str, traced: bool = False) -> None:
        self._told = home.with_name(f"{home.name}.held.json")
        self._notec = [sys.executable, "-m", "notec.front.cli", "--vault", str(vault), "--home", str(home)]
        child = [sys.executable, str(Path(__file__)), str(self._told), "trace" if traced else ""]
        self._command = [*child, *self._notec[3:], "serve", "--port", "0", "--json", *options]

    def __enter__(self) -> Watched:
        subprocess.run([*self._notec, "index"], check=True, capture_output=True)
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self._process.stdout
        shown = json.loads(self._process.stdout.readline())
        self.address: str = shown["address"]
        self.token = Path(shown["token_file"]).read_text("ascii").strip()
        self.pid = self._process.pid
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def held(self, fully: bool = False) -> dict[str, Any]:
        """What the server holds; `fully` gives free memory back first, and tells objects by their kind."""
        self._told.unlink(missing_ok=True)
        os.kill(self.pid, signal.SIGUSR2 if fully else signal.SIGUSR1)
        for _ in range(3000):
            if self._told.exists():
                return size_of(self.pid) | json.loads(self._told.read_bytes())
            time.sleep(0.01)
        raise TimeoutError("the server does not say what it holds")


def size_of(process: int) -> dict[str, float]:
    """Memory in MB, open files and threads of a process."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines if ":" in line)
    files = len(list(Path(f"/proc/{process}/fd").iterdir()))
    return {"mb": int(status["VmRSS"].split()[0]) / 1024, "threads": int(status["Threads"]), "files": files}


def _tell(path: Path, traced: bool, fully: bool) -> None:
    from notec.front.http.gateway import Gateway

    gc.collect()
    alive = gc.get_objects()
    line = next(one for one in alive if isinstance(one, Gateway)).line
    told: dict[str, Any] = {
        "tasks": len(asyncio.all_tasks()),
        "free": line._free,
        "waiting": line.waiting,
        "objects": len(alive),
    }
    if fully:
        before = size_of(os.getpid())["mb"]
        ctypes.CDLL(None).malloc_trim(0)
        told |= {"mb": before, "mb_held": size_of(os.getpid())["mb"]}
        told["kinds"] = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in alive)
    if fully and traced:
        import tracemalloc

        snapshot = tracemalloc.take_snapshot().statistics("lineno")
        told["lines"] = {str(line.traceback[0]): line.size for line in snapshot[:5000]}
    whole = path.with_suffix(".tmp")
    whole.write_text(json.dumps(told))
    whole.replace(path)


def main() -> int:
    path, traced = Path(sys.argv[1]), bool(sys.argv[2])
    if traced:
        import tracemalloc

        tracemalloc.start()

    def asked(number: int, frame: FrameType | None) -> None:
        _tell(path, traced, number == signal.SIGUSR2)

    signal.signal(signal.SIGUSR1, asked)
    signal.signal(signal.SIGUSR2, asked)
    from notec.front.cli import main as notec

    return notec(sys.argv[3:])


if __name__ == "__main__":
    sys.exit(main())
