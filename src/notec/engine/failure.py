"""Why an engine ended, from its last words and its exit code, in words that say the way out."""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from notec.core import NotecError

Kind = Literal["gpu-memory", "memory", "port", "missing", "arguments", "model", "refused", "hung", "crash"]

# First match wins: a crash after "out of memory" is a matter of memory, whatever else the log says.
_SIGNS: tuple[tuple[Kind, str], ...] = (
    (
        "gpu-memory",
        r"(cuda|hip|rocm|vulkan|metal|vram|\bgpu\b)[^\n]{0,120}(out of memory|outofmemory)"
        r"|(out of memory|OutOfMemory)[^\n]{0,120}(cuda|hip|gpu|device)"
        r"|OutOfDeviceMemory|cudaMalloc failed|CUBLAS_STATUS_ALLOC_FAILED"
        r"|No available memory for the cache blocks"
        r"|(larger|smaller) than the (maximum|available) [^\n]{0,60}KV cache"
        r"|Free memory on device[^\n]{0,160}less than desired|allocate (CUDA|ROCm|Vulkan|Metal)\w*\d* buffer",
    ),
    (
        "memory",
        r"std::bad_alloc|MemoryError|[Cc]annot allocate memory|DefaultCPUAllocator: can.t allocate"
        r"|failed to (allocate|alloc)[^\n]{0,60}(buffer|memory|cache)|unable to allocate"
        r"|requires more system memory|not enough memory",
    ),
    ("missing", r"ModuleNotFoundError: No module|requires `\w+`\. You can install it"),
    ("port", r"[Aa]ddress already in use|EADDRINUSE|couldn.t bind|port[^\n]{0,40}in use"),
    (
        "arguments",
        r"cache type \w+ with block size|unrecognized arguments"
        r"|invalid argument: -|unknown argument|no such option|invalid choice",
    ),
    (
        "model",
        r"unknown model architecture|invalid magic|not a valid model|are not supported for now"
        r"|tensor [^\n]{0,80}(not found|out of bounds|not within the file bounds)"
        r"|does not recognize this architecture|error loading model",
    ),
    ("model", r"failed to load model"),  # says less than those before
)
_LAST_LINES = 80
_MEMORY_KINDS = ("gpu-memory", "memory")


@dataclass(frozen=True)
class Failure:
    """One end of an engine.

    Args:
        said: the line of its log that tells most.
        way: the way out that the engine itself named; servers of notec do.
        again: whether starting it again in the same way can help.
    """

    kind: Kind
    code: int
    said: str = ""
    way: str = ""

    @property
    def again(self) -> bool:
        return self.kind in ("crash", "hung")

    @property
    def out_of_memory(self) -> bool:
        return self.kind in _MEMORY_KINDS

    def error(self, engine: str, log: Path, smaller: str = "") -> NotecError:
        """The failure for the user.

        Args:
            smaller: the next smaller plan in words, for want of memory.
        """
        ended = f"{engine} {_ended(self.code)}"
        said = f": {self.said}" if self.said else ""
        seen = f"its log: {log}"
        if self.out_of_memory:
            way = f"next smaller: {smaller}" if smaller else "take a smaller quantisation"
            what = "out of GPU memory" if self.kind == "gpu-memory" else "out of memory"
            return NotecError(f"{what}: {ended}{said}", f"{way}; {seen}")
        message, hint = {
            "port": ("its port is taken by another program", "choose another with --port, or leave it out"),
            "missing": ("could not be started", "install it, or name the program with --binary PATH"),
            "arguments": ("refused its arguments", "its version may differ from the one that notec knows"),
            "model": ("cannot load the model", "see whether the file is whole, and fetch it again if not"),
            "hung": ("gave no sign of life and was ended", ""),
            "refused": ("did not start", self.way),
        }.get(self.kind, (_ended(self.code), ""))
        return NotecError(f"{engine}: {message}{said}", f"{hint}; {seen}" if hint else f"see {seen}")


def explain(code: int, tail: str, *, killed_for_memory: bool = False, hung: bool = False) -> Failure:
    """The reason of an end.

    Args:
        code: exit code; 128 and the signal's number after a signal.
        tail: the end of the log, from this start on.
        killed_for_memory: the system killed a process for want of memory meanwhile.
    """
    if code == 127:
        return Failure("missing", code, _last(tail))
    if hung:
        return Failure("hung", code, _last(tail))
    tail = "\n".join(tail.splitlines()[-_LAST_LINES:])  # what was said long before has not ended it
    for kind, sign in _SIGNS:
        if found := re.search(sign, tail, re.I if kind == "gpu-memory" else 0):
            return Failure(kind, code, _line(tail, found.start()))
    if own := re.search(r"^notec: error: (.+)\n +help: (.+)$", tail, re.M):
        return Failure("refused", code, own[1], own[2])
    if code == 128 + signal.SIGKILL and killed_for_memory:
        return Failure("memory", code, "the system killed it because no memory was left")
    told = "" if code == 128 + signal.SIGKILL else _last(tail)  # a killed engine says nothing of it
    return Failure("crash", code, told)


def kills_for_memory() -> int:
    """How many processes the system has killed for want of memory so far; 0 where it does not say."""
    for path, key in (("/sys/fs/cgroup/memory.events", "oom_kill"), ("/proc/vmstat", "oom_kill")):
        try:
            text = Path(path).read_text(encoding="ascii")
        except OSError:
            continue
        if found := re.search(rf"^{key} (\d+)$", text, re.M):
            return int(found[1])
    return 0


def _ended(code: int) -> str:
    if code > 128:
        try:
            return f"was ended by {signal.Signals(code - 128).name}"
        except ValueError:
            pass
    return f"ended with exit code {code}"


def _line(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    return _short(text[start:].split("\n", 1)[0])


def _last(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("== notec")]
    return _short(lines[-1]) if lines else ""


def _short(line: str, limit: int = 240) -> str:
    line = "".join(c if c.isprintable() else " " for c in line).strip()
    return line if len(line) <= limit else line[:limit] + "…"
