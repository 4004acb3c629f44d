"""`notec check --fix`: only what it says, to the byte, and never in a file that has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from notec import Workspace
from notec.app.mending import write_mended
from notec.front.cli import main

TEXT = "\ufeffПривет [[my note]]\r\nи\tконец  \r\n"


def notec(vault: Path, *words: str) -> int:
    return main(["--vault", str(vault), "--home", str(vault.parent / "home"), *words])


@pytest.fixture
def bad(vault: Path) -> Path:
    (vault / "My-Note.md").write_text("[[b]]\n", encoding="utf-8")
    return vault


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "cp1251"])
def test_all_else_stays_to_the_byte_in_any_encoding(bad: Path, encoding: str) -> None:
    text = TEXT if encoding != "cp1251" else TEXT[1:]
    (bad / "b.md").write_bytes(text.encode(encoding))
    notec(bad, "check", "--fix")
    assert (bad / "b.md").read_bytes() == text.replace("my note", "My-Note").encode(encoding)


def test_a_diff_writes_nothing_and_unsafe_fixes_wait_to_be_asked(
    bad: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = b"[[My-Nte]]\n"
    (bad / "b.md").write_bytes(before)
    assert notec(bad, "check", "--fix") == 1
    capsys.readouterr()
    assert notec(bad, "check", "--unsafe-fixes", "--diff") == 1
    assert "-[[My-Nte]]\n+[[My-Note]]" in capsys.readouterr().out
    assert (bad / "b.md").read_bytes() == before
    assert notec(bad, "check", "--unsafe-fixes") == 0
    assert (bad / "b.md").read_bytes() == b"[[My-Note]]\n"


def test_a_file_that_changed_meanwhile_is_left_alone(bad: Path) -> None:
    note = bad / "b.md"
    note.write_text("[[my note]]\n", encoding="utf-8")
    with Workspace.open(bad, bad.parent / "home") as workspace:
        found = workspace.check()
        mending = workspace.mend(found)
        note.write_text("[[my note]] and more\n", encoding="utf-8")
        assert "changed since" in write_mended(bad, mending.notes[0])
        assert "changed since" in workspace.mend(found).refused[0]
    assert note.read_text(encoding="utf-8") == "[[my note]] and more\n"
