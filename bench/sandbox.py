"""What the sandbox costs, and what it holds.

    python bench/sandbox.py [--starts 30]

Starts: an interpreter that does nothing, bare and in the sandbox, in turn, so that both see the same machine;
`start_overhead_ms` is the median of what the sandbox adds, `start_ratio` the ratio of the medians. Attacks:
those of `tests/attacks.py`, in each isolation that works here, as the user who runs this and, when that is
root, as an ordinary user too; what is true was contained. `succeed_outside` shows that those that may be
tried without a sandbox get through there.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from attacks import ATTACKS, as_ordinary, breaches, outside, world
from notec.passes.sandbox import Kind, Sandbox, find_sandbox

_KINDS: tuple[Kind, ...] = ("bubblewrap", "landlock")


def milliseconds(function: Callable[[], object]) -> float:
    began = time.perf_counter()
    function()
    return (time.perf_counter() - began) * 1000


def starts(sandbox: Sandbox, folder: Path, count: int) -> dict[str, float]:
    bare, shut, added = [], [], []
    command = [sys.executable, "-c", "pass"]
    for _ in range(count):
        bare.append(milliseconds(lambda: subprocess.run(command, check=True, cwd=folder)))
        shut.append(milliseconds(lambda: sandbox.run(command, folder)))
        added.append(shut[-1] - bare[-1])
    return {
        "bare_ms": round(statistics.median(bare), 1),
        "sandbox_ms": round(statistics.median(shut), 1),
        "start_overhead_ms": round(statistics.median(added), 1),
        "start_ratio": round(statistics.median(shut) / statistics.median(bare), 2),
    }


def contained(kind: Kind, root: Path) -> dict[str, bool]:
    """By attack, whether it was contained."""
    found = find_sandbox(kind)
    if found.sandbox is None:
        return {}
    held = {}
    with world(root) as around:
        for number, attack in enumerate(ATTACKS):
            folder = root / f"work{number}"
            folder.mkdir()
            ways = breaches(attack, found.sandbox, around, folder)
            held[attack.name] = not ways
            print(f"{kind}, {attack.name}: {'; '.join(ways) or 'contained'}", file=sys.stderr)
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--starts", type=int, default=30)
    options = parser.parse_args()
    figures: dict[str, object] = {}
    attacks: dict[str, dict[str, bool]] = {}
    user = "root" if os.geteuid() == 0 else "ordinary"
    with tempfile.TemporaryDirectory(prefix="notec-bench-") as name:
        for kind in _KINDS:
            found = find_sandbox(kind)
            if found.sandbox is None:
                figures[kind] = found.reason
                continue
            folder = Path(name, f"starts-{kind}")
            folder.mkdir()
            figures[kind] = starts(found.sandbox, folder, options.starts)
            root = Path(name, kind)
            root.mkdir()
            attacks[f"{kind}, {user}"] = contained(kind, root)
            if user == "root":
                again = Path(name, f"{kind}-ordinary")
                again.mkdir()
                said = as_ordinary(again, lambda k=kind, r=again: json.dumps(contained(k, r)))
                attacks[f"{kind}, ordinary"] = json.loads(said)
        without = {}
        for attack in ATTACKS:
            if attack.harmless:
                root = Path(name, "outside " + attack.name)
                (root / "work").mkdir(parents=True)
                with world(root) as around:
                    without[attack.name] = "BREACH" in outside(attack, around, root / "work")
    figures["attacks"] = attacks
    figures["all_contained"] = bool(attacks) and all(h and all(h.values()) for h in attacks.values())
    figures["succeed_outside"] = without
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
