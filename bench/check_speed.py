"""How fast `notec check` is: a whole vault, nothing changed, one note edited.

    python bench/check_speed.py FOLDER [--pages N] [--edits N] [--seed N]

FOLDER is a vault, or holds one as `vault/`; it is copied and indexed first. `cold_s` is the real command in a
process of its own, right after indexing; `warm_s` the same again, the median of three. Edits are made in one
process that stays, as a watcher or an editor does: a note gets a sentence, loses one, or gets a link to
nothing, and `edit_*` is the time for taking that one note into the index and checking again;
`edit_check_*` is the check alone. `peak_mb` is the highest sum of resident memory of the cold check and
its workers (pages that they share count in each), `stay_mb` the memory of the process that stays.
At the end what the process that stayed says must be what a check from nothing says (`same`).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import notec
from notec.app.checking import Checking
from notec.index import Index
from notec.store import Store
from notec.vault.scan import FileEntry
from scale import CLI, Memory, resident, say

_FIRST = 3  # edits that warm the process up and do not count


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pages", type=int, default=0, metavar="N", help="only N pages, drawn by chance")
    parser.add_argument("--edits", type=int, default=60, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    options = parser.parse_args()
    source = options.folder / "vault" if (options.folder / "vault").is_dir() else options.folder
    with tempfile.TemporaryDirectory(prefix="notec-check-speed-") as scratch:
        vault, home = Path(scratch, "vault"), Path(scratch, "home")
        chance = random.Random(options.seed)
        pages = copy(source, vault, options.pages, chance)
        figures: dict[str, Any] = {"pages": len(pages)}
        with notec.Workspace.open(vault, home) as workspace:
            figures["index_s"] = round(workspace.index().seconds, 1)
        say(f"indexed {figures}")
        figures |= whole(vault, home)
        say(f"checked {figures}")
        figures |= edits(vault, home, chance.sample(pages, min(options.edits + _FIRST, len(pages))), chance)
        say(f"edited {figures}")
        figures["same"] = is_same(vault, home)
    print(json.dumps(figures))


def copy(source: Path, vault: Path, most: int, chance: random.Random) -> list[str]:
    """Copies the vault, or some of its pages with all else; gives the pages."""
    files = [p for p in sorted(source.rglob("*")) if p.is_file()]
    pages = [p for p in files if p.suffix == ".md"]
    kept = set(chance.sample(pages, most)) if 0 < most < len(pages) else set(pages)
    for file in files:
        if file.suffix != ".md" or file in kept:
            place = vault / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
    return sorted(p.relative_to(source).as_posix() for p in kept)


def whole(vault: Path, home: Path) -> dict[str, Any]:
    memory = Memory()
    cold, size = command(vault, home)
    peak = memory.stop()
    warm = [command(vault, home) for _ in range(3)]
    if any(found != size for _, found in warm):
        raise SystemExit("a second check says something else")
    return {
        "cold_s": cold,
        "warm_s": statistics.median(seconds for seconds, _ in warm),
        "findings": size,
        "peak_mb": peak >> 20,
    }


def command(vault: Path, home: Path) -> tuple[float, int]:
    """Seconds and findings of one `notec check`."""
    import subprocess

    began = time.perf_counter()
    words = [*CLI, "--vault", str(vault), "--home", str(home), "check", "--format", "concise"]
    ran = subprocess.run(words, capture_output=True, check=False)
    seconds = time.perf_counter() - began
    if ran.returncode == 2:
        raise SystemExit(ran.stderr.decode(errors="replace"))
    return round(seconds, 2), ran.stdout.count(b"\n")


def edits(vault: Path, home: Path, pages: list[str], chance: random.Random) -> dict[str, Any]:
    took, alone = [], []
    with Index.open(vault, home) as index, Store.open(home / "store.sqlite") as store:
        began = time.perf_counter()
        checking = Checking(index, store.memo)
        checking.run()
        edit(vault, pages[0], chance)
        take_in(index, vault, pages[0])
        checking.run()  # the first change loads what is known of every note
        loaded = time.perf_counter() - began
        for page in pages[1:]:
            edit(vault, page, chance)
            began = time.perf_counter()
            take_in(index, vault, page)
            between = time.perf_counter()
            checking.run()
            took.append(time.perf_counter() - began)
            alone.append(time.perf_counter() - between)
        stay = resident(os.getpid()) >> 20
    took, alone = took[_FIRST - 1 :], alone[_FIRST - 1 :]
    spread = {"first_edit_s": round(loaded, 2), "edits": len(took)}
    for name, times in (("edit", took), ("edit_check", alone)):
        ordered = sorted(times)
        spread[f"{name}_p50_s"] = round(statistics.median(ordered), 4)
        spread[f"{name}_p95_s"] = round(ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)], 4)
        spread[f"{name}_max_s"] = round(ordered[-1], 4)
    return {**spread, "stay_mb": stay}


def edit(vault: Path, page: str, chance: random.Random) -> None:
    """A sentence more, a paragraph less, a broken link, or another title: as people edit."""
    file = vault / page
    text = file.read_text(encoding="utf-8", errors="surrogateescape")
    paragraphs = text.split("\n\n")
    how = chance.choice(("more", "less", "link", "title"))
    if how == "less" and len(paragraphs) > 2:
        text = "\n\n".join(paragraphs[:-1])
    elif how == "link":
        text += f"\n\nSee [[nothing of that name {chance.random()}]].\n"
    elif how == "title":
        text = text.replace("\n# ", "\n# Another ", 1)
    else:
        text += f"\n\nThe disk of the machine holds {chance.randrange(1, 99)} GB, and that is that.\n"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")


def take_in(index: Index, vault: Path, page: str) -> None:
    """As the watcher does with a note that was edited."""
    status = os.stat(vault / page)
    entry = FileEntry(page, status.st_size, status.st_mtime_ns, "note", status.st_ino)
    replace(index.upkeep(), among=[entry]).run()


def is_same(vault: Path, home: Path) -> bool:
    """Whether the check that stayed says what one from nothing says."""
    with Index.open(vault, home) as index, Store.open(home / "store.sqlite") as store:
        kept = Checking(index, store.memo).run()
        with tempfile.TemporaryDirectory() as empty, Store.open(Path(empty, "store.sqlite")) as other:
            return Counter(kept) == Counter(Checking(index, other.memo).run())


if __name__ == "__main__":
    if sys.platform != "linux":
        raise SystemExit("memory is read from /proc: Linux only")
    main()
