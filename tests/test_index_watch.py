"""`watch`: a real folder, real events, all the ways in which editors save."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from notec.core import NotecError
from notec.index import Index, IndexReport, Settings, watch
from notec.index.lock import BusyError, WriterLock

PATIENCE = 20.0  # seconds, for a machine that is busy with other things


class Watched:
    """A vault that is watched in a thread, and a reader beside it."""

    def __init__(self, vault: Path) -> None:
        self.vault = vault
        self.home = vault.parent / "home"
        self.reports: list[IndexReport] = []
        self.error: NotecError | None = None
        self.stop = threading.Event()
        self.reader = Index.open(vault, self.home, Settings(workers=1))
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        with Index.open(self.vault, self.home, Settings(workers=1)) as index:
            try:
                self.reports.extend(watch(index, self.stop.is_set))
            except NotecError as error:
                self.error = error

    def until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.02)

    def until_found(self, word: str, *notes: str) -> None:
        self.until(lambda: [hit.note for hit in self.reader.search(f'"{word}"')] == list(notes))


@contextmanager
def watched(vault: Path) -> Iterator[Watched]:
    (vault / "first.md").write_text("Первая заметка, начало.\n", encoding="utf-8")
    it = Watched(vault)
    it.thread.start()
    try:
        it.until(lambda: it.reader.made and it.reader.status()["notes"] > 0)
        it.until_found("начало", "first.md")
        yield it
    finally:
        it.stop.set()
        it.thread.join(PATIENCE)
        it.reader.close()
        assert not it.thread.is_alive()


def test_each_way_of_saving_is_seen(vault: Path) -> None:
    with watched(vault) as it:
        note = vault / "first.md"
        note.write_text("Первая заметка, дописано.\n", encoding="utf-8")
        it.until_found("дописано", "first.md")
        number = getattr(it.reader.note("first.md"), "id", 0)

        (vault / ".first.md.swp").write_text("x", encoding="utf-8")
        (vault / "first.md~").write_text("Через временный файл.\n", encoding="utf-8")
        os.replace(vault / "first.md~", note)
        it.until_found("временный", "first.md")

        note.unlink()
        note.write_text("Удалено и создано заново.\n", encoding="utf-8")
        it.until_found("заново", "first.md")
        assert getattr(it.reader.note("first.md"), "id", 0) == number


def test_notes_come_move_and_go(vault: Path) -> None:
    with watched(vault) as it:
        (vault / "folder").mkdir()
        (vault / "folder" / "second.md").write_text("Вторая заметка, ананас.\n", encoding="utf-8")
        it.until_found("ананас", "folder/second.md")
        number = getattr(it.reader.note("folder/second.md"), "id", 0)
        (vault / "folder").rename(vault / "папка")
        it.until_found("ананас", "папка/second.md")
        assert getattr(it.reader.note("папка/second.md"), "id", 0) == number
        shutil.rmtree(vault / "папка")
        it.until_found("ананас")
        assert it.reader.notes() == ["first.md"]


def test_what_is_not_of_the_vault_wakes_nothing(vault: Path) -> None:
    with watched(vault) as it:
        generation = it.reader.status()["generation"]
        for place in (".obsidian/workspace.json", "notec/answer.md", ".hidden.md", "node_modules/x.md"):
            (vault / place).parent.mkdir(exist_ok=True)
            (vault / place).write_text("шум\n", encoding="utf-8")
        (vault / "real.md").write_text("сигнал\n", encoding="utf-8")
        it.until_found("сигнал", "real.md")
        (vault / ".notecignore").write_text("real.md\n", encoding="utf-8")
        it.until_found("сигнал")
        assert it.reader.notes() == ["first.md"]
        assert it.reader.status()["generation"] == generation + 3  # put, linked, removed
        assert it.reader.search("шум") == []


def taken(lock: WriterLock) -> bool:
    with suppress(BusyError):
        lock.acquire()
        return True
    return False


def test_another_writer_is_waited_for(vault: Path) -> None:
    with watched(vault) as it:
        lock = WriterLock(it.home)
        it.until(lambda: taken(lock))
        try:
            (vault / "first.md").write_text("Позже.\n", encoding="utf-8")
            time.sleep(0.4)
            assert it.thread.is_alive()
        finally:
            lock.release()
        it.until_found("позже", "first.md")


def test_a_vault_that_vanishes_ends_it_with_words(vault: Path) -> None:
    with watched(vault) as it:
        shutil.move(vault, vault.parent / "elsewhere")
        it.thread.join(PATIENCE)
        assert it.error is not None
        assert "not there any more" in it.error.message
        assert it.reader.notes() == ["first.md"]
        shutil.move(vault.parent / "elsewhere", vault)


def test_a_vault_that_never_was(vault: Path) -> None:
    with (
        Index.open(vault / "nowhere", vault.parent / "home") as index,
        pytest.raises(NotecError, match="not there"),
    ):
        next(watch(index))


def test_findings_are_told_once(vault: Path) -> None:
    (vault / "bad.md").write_text("---\na: [\n---\nтекст\n", encoding="utf-8")
    with watched(vault) as it:
        for n in range(2):
            (vault / "first.md").write_text(f"Правка номер {n}.\n", encoding="utf-8")
            it.until_found(f"номер {n}", "first.md")
    codes = [d.code for report in it.reports for d in report.diagnostics]
    assert codes == ["bad-frontmatter"]
