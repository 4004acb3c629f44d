"""`notec check --watch` in a process of its own: only what appeared and what went away."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from small_vaults import write_vault

_PATIENCE = 30.0
VAULT = "## a.md\n# A\nSee [[b]] and [[nowhere at all]].\n## b.md\nSee [[a]].\n"


class Watching:
    """The process, and the lines that it has said."""

    def __init__(self, vault: Path) -> None:
        words = ["--vault", str(vault), "--home", str(vault.parent / "home"), "check", "--watch"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "notec.front.cli", *words, "--format", "concise"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def says(self, count: int = 1) -> list[str]:
        """The next lines, in order of the alphabet; nothing else may come soon after."""
        out = [self.lines.get(timeout=_PATIENCE) for _ in range(count)]
        time.sleep(0.3)
        while not self.lines.empty():
            out.append(self.lines.get())
        return sorted(out)


@pytest.fixture
def watching(vault: Path) -> Iterator[Watching]:
    write_vault(vault, VAULT)
    watched = Watching(vault)
    assert watched.says() == ["a.md:2:15: error[unresolved-link] no note 'nowhere at all' in the vault"]
    yield watched
    watched.process.kill()
    watched.process.communicate()


def put(file: Path, text: str) -> None:
    """As editors save: aside, then in its place."""
    aside = file.with_name(f".{file.name}.tmp")
    aside.write_text(text, encoding="utf-8")
    aside.replace(file)


def test_what_appears_and_what_goes_away(vault: Path, watching: Watching) -> None:
    put(vault / "a.md", "# A\n\n\nSee [[b]] and [[nowhere at all]].\n\nAlso [[Сервер]].\n")
    assert watching.says() == ["+ a.md:6:6: error[unresolved-link] no note 'Сервер' in the vault"]
    put(vault / "Сервер.md", "See [[a]].\n")
    assert watching.says() == ["- a.md:6: error[unresolved-link] no note 'Сервер' in the vault"]
    (vault / "Сервер.md").rename(vault / "Машина.md")
    assert watching.says() == ["+ a.md:6:6: error[unresolved-link] no note 'Сервер' in the vault"]
    (vault / "b.md").unlink()
    assert watching.says() == ["+ a.md:4:5: error[unresolved-link] no note 'b' in the vault"]
    (vault / "c.md").write_bytes(b"---\ntags: [x\n---\n\xff\xfe\x00 See [[a]] [^1]\n")
    assert any(line.startswith("+ c.md:") for line in watching.says())
    (vault / "c.md").unlink()
    assert all(line.startswith("- c.md:") for line in watching.says())
    assert watching.process.poll() is None


def test_a_vault_that_vanishes_is_said_and_ends_it(vault: Path, watching: Watching) -> None:
    put(vault / "b.md", "See [[a]], [[other one]].\n")
    assert watching.says() == ["+ b.md:1:12: error[unresolved-link] no note 'other one' in the vault"]
    shutil.rmtree(vault)
    assert watching.process.wait(_PATIENCE) == 2
    assert watching.process.stderr
    said = watching.process.stderr.read()
    assert "the vault is not there any more" in said
    assert "Traceback" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_ctrl_c_ends_it_quietly(watching: Watching) -> None:
    watching.process.send_signal(signal.SIGINT)
    watching.process.wait(_PATIENCE)
    assert watching.process.stderr
    assert "Traceback" not in watching.process.stderr.read()
