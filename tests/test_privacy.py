"""The proof that nothing leaves the machine, and that the witness would have seen it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from notec.engine import witness
from notec.front.cli import main

AWAY = """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    try: s.connect(("192.0.2.1", 9))
    except OSError: pass
with socket.socket() as s:
    try: s.connect(("127.0.0.1", 9))
    except OSError: pass
"""


@pytest.mark.parametrize("way", ["strace", "audit hook"])
def test_the_witness_sees_what_leaves(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if way == "strace" and not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if way == "audit hook":
        monkeypatch.setattr(shutil, "which", lambda name: None)
    seen = witness.watch([sys.executable, "-c", AWAY])
    assert (seen.way, seen.code, seen.addresses, seen.local) == (way, 0, ("192.0.2.1",), 1)


def test_every_verb_names_no_other_machine(
    vault: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (vault / "Note.md").write_text("# Note\n\nWe decided to keep it.\n", "utf-8")
    code = main(["--vault", str(vault), "--home", str(tmp_path / "home"), "privacy", "--json"])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 0
    assert {"index", "search", "ask", "check"} <= {row["verb"] for row in rows}
    assert all(row["kept"] for row in rows), rows
