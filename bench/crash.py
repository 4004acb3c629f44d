"""Kill -9 at random points of indexing and saving; what was acknowledged must be there afterwards.

    python bench/crash.py FOLDER [--points 200] [--pages 300] [--seed 1]

A sample of FOLDER's pages becomes a vault. Before each point some notes are edited, added, removed
and renamed; then `notec index` (or `notec ask --save`) starts in a process group of its own and the group is
killed at a random moment of its run. After each kill the index must open and answer, and a search
must find every note of the last finished run that is still as it was. At the end a run that is left
alone must equal an index built from scratch (`--paranoid`), and every saved file must be whole.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CLI = (sys.executable, "-m", "notec.front.cli")
QUESTION = "marker0000 marker"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="notec-crash-") as scratch:
        figures = Crash(Path(scratch), options).run()
    print(json.dumps(figures))
    sys.exit(0 if figures["violations"] == 0 else 1)


class Crash:
    def __init__(self, scratch: Path, options: argparse.Namespace) -> None:
        self.vault, self.home = scratch / "vault", scratch / "home"
        self.random = random.Random(options.seed)
        self.points: int = options.points
        self.violations: list[str] = []
        pages = sorted(options.folder.rglob("*.md"))
        for number, page in enumerate(self.random.sample(pages, min(options.pages, len(pages)))):
            place = self.vault / f"{number % 7}" / f"{number:04} {page.name}"
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(page, place)
        self.serial = 0

    def command(self, *words: str) -> list[str]:
        return [*CLI, "--vault", str(self.vault), "--home", str(self.home), *words]

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.command(*words), capture_output=True, text=True, check=False)

    def run(self) -> dict[str, Any]:
        start = time.perf_counter()
        first = self.call("index")
        usual = time.perf_counter() - start
        self.expect(first.returncode == 0, f"the first index run failed: {first.stderr[-300:]}")
        killed = finished = saved = 0
        for point in range(self.points):
            marker = self.change()
            saving = point % 4 == 3
            words = ("ask", QUESTION, "--save", "--json") if saving else ("index", "--json")
            if self.kill_during(words, self.random.uniform(0.02, min(usual, 1.5) if point % 10 else usual)):
                killed += 1
            else:
                finished += 1
            self.opens(point)
            if point % 10 == 9:
                done = self.call("index", "--json")
                self.expect(done.returncode == 0, f"point {point}: index failed: {done.stderr[-300:]}")
                found = self.call("search", marker, "--json", "--limit", "1")
                self.expect(marker in found.stdout, f"point {point}: acknowledged {marker} is not found")
            if sys.stderr.isatty() or point % 20 == 19:
                print(f"{point + 1} of {self.points}, {len(self.violations)} violations", file=sys.stderr)
        last = self.call("index", "--paranoid", "--json")
        self.expect(last.returncode == 0, f"the last index differs from a fresh one: {last.stderr[-500:]}")
        for path in sorted((self.vault / "notec").rglob("*")):
            saved += path.is_file()
            if path.is_file():
                text = path.read_text(encoding="utf-8")
                self.expect(text.startswith("---\n") and text.endswith("\n"), f"{path.name} is half written")
        for line in self.violations:
            print(line, file=sys.stderr)
        return {
            "points": self.points,
            "killed": killed,
            "finished_first": finished,
            "saved_files": saved,
            "violations": len(self.violations),
            "seconds": round(time.perf_counter() - start, 1),
        }

    def change(self) -> str:
        """Edit, add, rename and remove some notes; returns a word that stands in one new note."""
        self.serial += 1
        notes = [p for p in self.vault.rglob("*.md") if "notec" not in p.relative_to(self.vault).parts]
        marker = f"marker{self.serial:04}"
        (self.vault / f"new {self.serial}.md").write_text(
            f"# {marker}\n\nA marker {marker}.\n", encoding="utf-8"
        )
        for note in self.random.sample(notes, 5):
            note.write_bytes(note.read_bytes() + f"\nEdited, {marker}e.\n".encode())
        note = self.random.choice(notes)
        note.rename(note.with_name(f"r{self.serial} {note.name[-40:]}"))
        if self.serial % 3 == 0:
            self.random.choice([p for p in notes if p.exists()]).unlink()
        return marker

    def kill_during(self, words: tuple[str, ...], seconds: float) -> bool:
        """Start a command and kill its whole group; False when it had ended before."""
        process = subprocess.Popen(
            self.command(*words),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
        return False

    def opens(self, point: int) -> None:
        status = self.call("status", "--json")
        self.expect(status.returncode == 0, f"point {point}: does not open: {status.stderr[-300:]}")
        found = self.call("search", "marker", "--json", "--limit", "1")
        self.expect(found.returncode in (0, 1), f"point {point}: does not search: {found.stderr[-300:]}")

    def expect(self, holds: bool, message: str) -> None:
        if not holds:
            self.violations.append(message)


if __name__ == "__main__":
    main()
