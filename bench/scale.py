"""How the index keeps up with a large vault: seconds, memory, bytes, and how search grows.

    python bench/scale.py FOLDER [--queries FILE] [--home FOLDER] [--strip] [--quick]

FOLDER is a vault. What is measured changes notes, so it works on a copy. Queries come from a file of
JSON lines with `query`, or else are the vault's own headings. Processes are the real command line.
Peak memory is the highest sum of resident memory of the process and its children, looked at
twenty times a second (pages that they share count in each). With `--strip` front matter is left out
of the copy.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

CLI = (sys.executable, "-m", "notec.front.cli")
_FRONT = re.compile(rb"\A(?:\xef\xbb\xbf)?---\r?\n.*?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_HEADING = re.compile(r"^#{1,4} +(.+?) *#*$", re.MULTILINE)
_RENAMES = 1_000
_SMALL = 1_000  # pages of the vault that growth is counted from


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queries", type=Path, help="JSON lines with `query`")
    parser.add_argument(
        "--home", type=Path, help="where the index is made; a folder that goes afterwards if not given"
    )
    parser.add_argument("--strip", action="store_true", help="without front matter")
    parser.add_argument("--quick", action="store_true", help="fewer queries")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notec-scale-") as scratch:
        print(json.dumps(Scale(Path(scratch), options).run()))


class Scale:
    def __init__(self, scratch: Path, options: argparse.Namespace) -> None:
        self.scratch, self.vault = scratch, scratch / "vault"
        self.home: Path = options.home or scratch / "home"
        self.count = 100 if options.quick else 400
        self.random = random.Random(1)
        self.figures: dict[str, Any] = {}
        say("copy")
        copy(options.folder, self.vault, options.strip)
        self.pages = sorted(p for p in self.vault.rglob("*.md"))
        self.queries = self._queries(options.queries)

    def run(self) -> dict[str, Any]:
        for step in (
            self.cold,
            self.unchanged,
            self.verbs,
            self.search,
            self.watch,
            self.renames,
            self.small,
        ):
            say(step.__name__)
            step()
        return self.figures

    def command(self, *words: str, vault: Path | None = None, home: Path | None = None) -> list[str]:
        return [*CLI, "--vault", str(vault or self.vault), "--home", str(home or self.home), *words]

    def index(self, vault: Path | None = None, home: Path | None = None) -> tuple[dict[str, Any], float]:
        """The report of one `notec index`, and its seconds."""
        began = time.perf_counter()
        ran = subprocess.run(
            self.command("index", "--json", vault=vault, home=home),
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - began
        if ran.returncode == 2:
            raise SystemExit(ran.stderr)
        report: dict[str, Any] = json.loads(ran.stdout.splitlines()[0])
        return report, seconds

    def cold(self) -> None:
        memory = Memory()
        before = os.times()
        report, seconds = self.index()
        after = os.times()
        text = sum(p.stat().st_size for p in self.pages)
        size = sum(p.stat().st_size for p in self.home.rglob("*") if p.is_file())
        self.figures |= {
            "pages": report["notes"],
            "text_bytes": text,
            **{name: report[name] for name in ("statements", "passages", "links")},
            "cold_index_s": round(seconds, 1),
            "cold_index_cpu_s": round(
                after.children_user + after.children_system - before.children_user - before.children_system, 1
            ),
            "peak_memory_bytes": memory.stop(),
            "index_bytes": size,
            "index_bytes_per_text_byte": round(size / text, 3),
        }

    def unchanged(self) -> None:
        self.index()  # files that are younger than two seconds are read once more
        self.figures["unchanged_index_s"] = round(min(self.index()[1] for _ in range(3)), 2)

    def verbs(self) -> None:
        """Cold processes; the files are in the system's cache."""
        for name, words in (("version", ("--version",)), ("search", ("search", self.queries[0], "--json"))):
            times = []
            for _ in range(10):
                began = time.perf_counter()
                subprocess.run(self.command(*words), capture_output=True, check=False)
                times.append(1000 * (time.perf_counter() - began))
            self.figures[f"{name}_process_ms_min"] = round(min(times))
            self.figures[f"{name}_process_ms_median"] = round(statistics.median(times))

    def search(self) -> None:
        import notec

        with notec.Workspace.open(self.vault, home=self.home) as workspace:
            workspace.search(self.queries[-1])
            workspace.ask(self.queries[-1])
            self.figures |= spread("search", timed(workspace.search, self.queries[: self.count]))
            self.figures |= spread("ask", timed(workspace.ask, self.queries[: self.count // 2]))

    def watch(self) -> None:
        """From the moment that a note is written until another process finds it."""
        import notec

        watcher = subprocess.Popen(
            self.command("index", "--watch"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        took = []
        try:
            with notec.Workspace.open(self.vault, home=self.home) as workspace:
                for number, page in enumerate(self.random.sample(self.pages, 12)):
                    word = f"editedword{number}x{time.time_ns()}"
                    with page.open("a", encoding="utf-8") as file:
                        file.write(f"\n\nAn edit with {word}.\n")
                    began = time.perf_counter()
                    while not any(word in hit.text for hit in workspace.search(word, limit=3)):
                        if time.perf_counter() - began > 60:
                            raise SystemExit("an edited note was not found within a minute")
                        time.sleep(0.005)
                    if number >= 2:  # the first ones wait for the watcher to start
                        took.append(time.perf_counter() - began)
                    time.sleep(0.3)
        finally:
            watcher.terminate()
            watcher.wait()
        self.figures["edit_searchable_s_median"] = round(statistics.median(took), 3)
        self.figures["edit_searchable_s_max"] = round(max(took), 3)

    def renames(self) -> None:
        self.index()
        moved = self.random.sample(self.pages, min(_RENAMES, len(self.pages) // 2))
        for number, page in enumerate(moved):
            page.rename(page.with_name(f"renamed {number} {page.name[-80:]}"))
        report, seconds = self.index()
        self.figures |= {
            "renames": report["renamed"],
            "renames_s": round(seconds, 2),
            "renames_analysed": report["analysed"],
        }

    def small(self) -> None:
        """A part of the vault, for how search grows with it."""
        import notec

        vault, home = self.scratch / "small", self.scratch / "small-home"
        pages = sorted(self.vault.rglob("*.md"))
        for page in self.random.sample(pages, min(_SMALL, len(pages))):
            place = vault / page.relative_to(self.vault)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(page, place)
        self.index(vault, home)
        with notec.Workspace.open(vault, home=home) as workspace:
            workspace.search(self.queries[-1])
            times = timed(workspace.search, self.queries[: self.count])
        self.figures |= spread(f"search_{_SMALL}_pages", times)
        small = self.figures[f"search_{_SMALL}_pages_p95_ms"]
        self.figures["search_p95_growth"] = round(self.figures["search_p95_ms"] / small, 2)

    def _queries(self, file: Path | None) -> list[str]:
        if file:
            lines = file.read_text(encoding="utf-8").splitlines()
            queries = [json.loads(line)["query"] for line in lines if line.strip()]
        else:
            some = self.random.sample(self.pages, min(2_000, len(self.pages)))
            texts = (page.read_text(encoding="utf-8", errors="replace") for page in some)
            queries = sorted({heading for text in texts for heading in _HEADING.findall(text)})
        self.random.shuffle(queries)
        if not queries:
            raise SystemExit("no queries: name a file with --queries")
        return queries[:2_000]


class Memory:
    """Watches the resident memory of this process's children until `stop`, which gives the peak in bytes."""

    def __init__(self) -> None:
        self.peak = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _look(self) -> None:
        while not self.over.wait(0.05):
            self.peak = max(self.peak, sum(map(resident, descendants(os.getpid()))))

    def stop(self) -> int:
        self.over.set()
        self.thread.join()
        return self.peak


def descendants(process: int) -> list[int]:
    out: list[int] = []
    try:
        for task in os.listdir(f"/proc/{process}/task"):
            for child in Path(f"/proc/{process}/task/{task}/children").read_text().split():
                out += [int(child), *descendants(int(child))]
    except OSError:  # it has just ended
        pass
    return out


def resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def copy(folder: Path, to: Path, strip: bool) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            place = to / file.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            if strip and file.suffix == ".md":
                place.write_bytes(_FRONT.sub(b"", file.read_bytes()))
            else:
                shutil.copyfile(file, place)


def timed(function: Callable[[str], object], queries: Iterable[str]) -> list[float]:
    out = []
    for query in queries:
        began = time.perf_counter()
        function(query)
        out.append(1000 * (time.perf_counter() - began))
    return out


def spread(name: str, times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {
        f"{name}_p50_ms": round(statistics.median(ordered), 1),
        f"{name}_p95_ms": round(ordered[min(int(0.95 * len(ordered)), len(ordered) - 1)], 1),
    }


def say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
