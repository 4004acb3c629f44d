"""Kills, damage, full disks, company: the index always opens, and is what the vault says."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from as_nobody import as_nobody
from notec.core import NotecError
from notec.index import Index, IndexReport, Settings
from notec.index.schema import move_aside, open_truth

UPDATE = """
import sys
from notec.index import Index, Settings
index = Index.open(sys.argv[1], sys.argv[2], Settings(workers=1))
print("begin", flush=True)
index.update(rebuild=len(sys.argv) > 3)
"""


def fill(vault: Path, first: int = 0, count: int = 60) -> None:
    for n in range(first, first + count):
        text = (
            f"---\ntags: [t{n % 3}]\n---\n# Заметка {n}\n\nСлово{n} стоит тут. [[{n + 1}]]\n\n- пункт {n}\n"
        )
        (vault / f"{n}.md").write_text(text, encoding="utf-8")


def opened(vault: Path) -> Index:
    return Index.open(vault, vault.parent / "home", Settings(workers=1))


def differences(report: IndexReport) -> list[str]:
    return [d.message for d in report.diagnostics if d.code == "index-differs"]


def started(vault: Path, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", UPDATE, str(vault), str(vault.parent / "home"), *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begin\n"
    return process


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_killed_anywhere_it_opens_and_ends_as_a_fresh_index(vault: Path) -> None:
    fill(vault)
    chance = random.Random(7)
    for point in range(5):
        process = started(vault, *["rebuild"][: point % 2])
        time.sleep(chance.uniform(0.0, 0.12))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        with opened(vault) as index:
            assert index.status()["notes"] <= 60 + point
        fill(vault, 60 + point, 1)
        (vault / f"{point}.md").rename(vault / f"moved {point}.md")
    with opened(vault) as index:
        report = index.update(paranoid=True)
        assert differences(report) == []
        assert report.notes == 65
        assert index.search("слово64")[0].note == "64.md"


def test_full_text_that_is_behind_catches_up(vault: Path) -> None:
    fill(vault, count=5)
    with opened(vault) as index:
        index.update()
        home = vault.parent / "home"
        older = {f.name: f.read_bytes() for f in (home / "lexical").iterdir()}
        fill(vault, 5, 1)
        (vault / "0.md").unlink()
        (vault / "1.md").rename(vault / "x.md")
        index.update()
        index.close()
        for file in (home / "lexical").iterdir():
            file.unlink()
        for name, data in older.items():
            (home / "lexical" / name).write_bytes(data)
        hits = index.search("стоит")  # the reader shows nothing that is gone, and does not fail
        assert {hit.note for hit in hits} <= {"x.md", "2.md", "3.md", "4.md"}
        index.close()
        assert differences(index.update(paranoid=True)) == []
        assert index.search("слово5")[0].note == "5.md"


def test_a_list_of_deletions_that_a_kill_left_is_no_hindrance(vault: Path) -> None:
    """The next commit wants its name; before, every later update failed."""
    fill(vault, count=8)
    folder = vault.parent / "home" / "lexical"
    with opened(vault) as index:
        index.update()
        segments = {file.name.partition(".")[0] for file in folder.glob("*.store")}
        for segment in segments:
            for number in range(200):
                (folder / f"{segment}.{number}.del").write_bytes(b"half")
        (vault / "3.md").unlink()
        assert differences(index.update(paranoid=True)) == []
        assert len(index.search("стоит")) == 7
        left = len(list(folder.glob("*.del")))
        assert left <= len(segments)


@pytest.mark.parametrize("kind", ["gone", "one file gone", "garbage", "empty file"])
def test_damaged_full_text_is_built_again(vault: Path, kind: str) -> None:
    fill(vault, count=8)
    folder = vault.parent / "home" / "lexical"
    with opened(vault) as index:
        index.update()
    files = sorted(f for f in folder.iterdir() if f.suffix in (".idx", ".term", ".store", ".fast"))
    if kind == "gone":
        for file in folder.iterdir():
            file.unlink()
    elif kind == "one file gone":
        files[0].unlink()
    elif kind == "garbage":
        (folder / "meta.json").write_bytes(b"\0 what \xff")
    else:
        files[-1].write_bytes(b"")
    with opened(vault) as index:
        with suppress(NotecError):
            index.search("стоит")
        index.close()
        assert differences(index.update(paranoid=True)) == []
        assert len(index.search("стоит")) == 8


@pytest.mark.parametrize("kind", ["text", "zeros", "cut", "hole"])
def test_a_damaged_database_is_kept_aside_and_built_again(vault: Path, kind: str) -> None:
    fill(vault)
    file = vault.parent / "home" / "index.sqlite"
    with opened(vault) as index:
        index.update()
    good = file.read_bytes()
    bad = {
        "text": b"These are not the bytes you are looking for. " * 200,
        "zeros": b"\0" * len(good),
        "cut": good[: len(good) // 2],
        "hole": good[:8192] + b"\xff" * (len(good) - 16384) + good[-8192:],
    }[kind]
    file.write_bytes(bad)
    with opened(vault) as index:
        with pytest.raises(NotecError, match=r"damaged|cannot use") as raised:
            [index.text(path) for path in index.notes()]
        assert "--rebuild" in raised.value.hint
        report = index.update(rebuild=True, paranoid=True)
        assert [d.code for d in report.diagnostics] == ["index-rebuilt"]
        assert report.notes == 60
        assert index.search("слово7")[0].note == "7.md"
    assert file.with_name("index.sqlite.damaged").read_bytes()[:20] == bad[:20]


def test_an_older_format_moves_forward(vault: Path) -> None:
    fill(vault, count=3)
    (vault / "photo.png").write_bytes(b"png")
    (vault / "0.md").write_text("---\naliases: [Нулевая, Zero/Null]\n---\n![[photo.png]] and [[2]]")
    file = vault.parent / "home" / "index.sqlite"
    with opened(vault) as index:
        index.update()
        index.close()
        with closing(sqlite3.connect(file)) as connection:
            connection.executescript(
                "DROP TABLE file_keys; DELETE FROM meta WHERE key LIKE 'total.%';"
                "ALTER TABLE bodies DROP COLUMN layout; PRAGMA user_version = 1;"
            )
        with pytest.raises(NotecError, match="older notec"):
            index.notes()
        (vault / "1.md").write_text("[[zero/null]], [[нулевая]], [[PHOTO.png]], [b](2.md)")
        assert not differences(index.update(paranoid=True))
        assert [link.resolved for link in index.links("1.md")] == ["0.md", "0.md", "photo.png", "2.md"]


def test_a_new_index_is_met_whole_or_not_at_all(tmp_path: Path) -> None:
    met: list[NotecError] = []

    def read(home: Path) -> None:
        while True:
            with suppress(FileNotFoundError):
                try:
                    open_truth(home, write=False).close()
                except NotecError as error:  # half of its schema was there
                    met.append(error)
                return

    for n in range(15):
        readers = [threading.Thread(target=read, args=(tmp_path / str(n),)) for _ in range(3)]
        for reader in readers:
            reader.start()
        open_truth(tmp_path / str(n), write=True).close()
        for reader in readers:
            reader.join()
    assert not met


def test_who_reads_notices_a_database_that_was_moved_aside(vault: Path) -> None:
    fill(vault, count=3)
    with opened(vault) as index, opened(vault) as other:
        index.update()
        assert len(other.notes()) == 3
        move_aside(vault.parent / "home")
        fill(vault, 3, 1)
        assert other.update().notes == 4
        assert len(other.notes()) == 4


def test_a_newer_format_is_refused_and_left_alone(vault: Path) -> None:
    fill(vault, count=2)
    file = vault.parent / "home" / "index.sqlite"
    with opened(vault) as index:
        index.update()
        index.close()
        connection = sqlite3.connect(file)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        before = file.read_bytes()
        for use in (index.notes, index.update, lambda: index.update(rebuild=True)):
            with pytest.raises(NotecError, match="newer notec"):
                use()
    assert file.read_bytes() == before


def test_one_writes_and_the_others_are_told(vault: Path) -> None:
    fill(vault, count=3)
    with opened(vault) as index, opened(vault) as other:
        index.update()

        def meanwhile(_: object) -> None:
            with pytest.raises(NotecError, match="is writing the index"):
                other.update()
            assert len(other.search("стоит")) == 3

        index.update(meanwhile)


def test_a_reader_sees_each_state_whole(vault: Path) -> None:
    """Notes are edited and indexed over and over; a search finds each of them, as it was or as it is."""
    fill(vault, count=20)
    with opened(vault) as index:
        index.update()
    wrong: list[str] = []
    over = threading.Event()

    def read() -> None:
        with opened(vault) as index:
            while not over.is_set():
                for hit in index.search("стоит", limit=40):
                    if "стоит" not in hit.text or index.note(hit.note) is None:
                        wrong.append(hit.note)
                if len(index.search("стоит", limit=40)) != 20:
                    wrong.append("a note is not found")

    readers = [threading.Thread(target=read) for _ in range(1)]
    for thread in readers:
        thread.start()
    with opened(vault) as index:
        for n in range(6):
            (vault / f"{n}.md").write_text(
                f"# Другая {n}\n\nВсё ещё стоит тут, правка {n}.\n", encoding="utf-8"
            )
            index.update()
        over.set()
        for thread in readers:
            thread.join()
        assert wrong == []
        assert index.search("правка", limit=40)


def test_a_reader_sees_new_generations_without_being_opened_again(vault: Path) -> None:
    fill(vault, count=2)
    with opened(vault) as writer, opened(vault) as reader:
        writer.update()
        assert reader.search("ананас") == []
        (vault / "new.md").write_text("Ананас созрел.\n", encoding="utf-8")
        writer.update()
        assert [hit.note for hit in reader.search("ананас")] == ["new.md"]
        (vault / "new.md").unlink()
        writer.update()
        assert reader.search("ананас") == []
        assert reader.notes() == ["0.md", "1.md"]
        (vault.parent / "home" / "index.sqlite").rename(vault.parent / "home" / "old")


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX limits")
@pytest.mark.parametrize("limit", [1 << 12, 1 << 16])
def test_a_full_disk_is_told_and_breaks_nothing(vault: Path, limit: int) -> None:
    """A limit on the size of files stands for the full disk: both fail a write half way."""
    fill(vault, count=10)
    with opened(vault) as index:
        index.update()
    fill(vault, 10, 200)
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from notec.core import NotecError\n"
        "from notec.index import Index, Settings\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        "try:\n"
        "    Index.open(sys.argv[1], sys.argv[2], Settings(workers=1)).update()\n"
        "except NotecError as error:\n"
        "    print(error.message, error.hint)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(vault), str(vault.parent / "home")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in ran.stderr
    assert ran.returncode == 0
    assert "run" in ran.stdout or "folder" in ran.stdout
    with opened(vault) as index:
        assert index.search("слово7")[0].note == "7.md"
        index.close()
        report = index.update(paranoid=True)
        assert (report.notes, differences(report)) == (210, [])


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_a_read_only_home_is_told_and_still_read(vault: Path) -> None:
    fill(vault, count=3)
    home = vault.parent / "home"
    with opened(vault) as index:
        index.update()

    def run() -> str:
        home.chmod(0o555)
        for file in home.iterdir():
            file.chmod(0o555 if file.is_dir() else 0o444)
        try:
            with opened(vault) as index:
                found = len(index.search("стоит"))
                try:
                    index.update()
                except NotecError as error:
                    return f"{found} {error.message} {error.hint}"
        finally:
            home.chmod(0o755)
        return "written"

    said = as_nobody(vault.parent, run)
    assert said.startswith("3 cannot use the index in")
    assert "--home" in said


def test_before_the_first_run_it_says_so(vault: Path) -> None:
    with opened(vault) as index:
        status = index.status()
        assert (status["indexed"], status["notes"], status["statements"], status["links"]) == (False, 0, 0, 0)
        with pytest.raises(NotecError, match="no index") as raised:
            index.search("что")
        assert "notec index" in raised.value.hint


def test_statements_of_many_passages_are_those_of_each(vault: Path) -> None:
    fill(vault, count=6)
    (vault / "long.md").write_text("# Глава\n\n" + "Длинное предложение о насосе. " * 600, encoding="utf-8")
    with opened(vault) as index:
        index.update()
        hits = index.search("стоит насосе", limit=20, per_note=9)
        passages = [hit.passage for hit in hits]
        many = index.statements_of([*passages, 10**9])
        assert list(many) == passages
        for hit in hits:
            assert many[hit.passage] == index.statements(hit.passage)
            for row in many[hit.passage]:
                assert row.text in hit.text
            row = many[hit.passage][-1]
            assert index.text(row.note)[row.start : row.end] == row.text
            assert index.show(row.id)[0].text == row.text


def test_full_text_with_damage_inside_is_told_and_mended_by_a_rebuild(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault/a.md").write_text("A note about walrus.\n")
    with Index.open(tmp_path / "vault", tmp_path / "home", Settings(workers=1)) as made:
        made.update()
    for file in (tmp_path / "home/lexical").glob("*.term"):
        data = bytearray(file.read_bytes())
        data[:200] = bytes(i * 7 % 256 for i in range(len(data[:200])))
        file.write_bytes(data)
    with (
        Index.open(tmp_path / "vault", tmp_path / "home", Settings(workers=1)) as hurt,
        pytest.raises(NotecError) as told,
    ):
        hurt.search("walrus")
    assert "--rebuild" in told.value.hint
    with Index.open(tmp_path / "vault", tmp_path / "home", Settings(workers=1)) as mended:
        mended.update(rebuild=True)
        assert [hit.note for hit in mended.search("walrus")] == ["a.md"]


def test_searching_where_no_lock_file_can_be_made_names_the_folder(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    (tmp_path / "vault/a.md").write_text("A note about walrus.\n")
    with opened(tmp_path / "vault") as made:
        made.update()
    text = tmp_path / "home/lexical"

    def search() -> str:
        for file in text.glob("*.lock"):
            file.chmod(0o400)
        text.chmod(0o500)
        try:
            with opened(tmp_path / "vault") as index:
                return index.search("walrus")[0].note
        except NotecError as error:
            return str(error)
        finally:
            text.chmod(0o700)

    said = as_nobody(tmp_path, search)
    assert "--home" in said
    assert "lexical" in said


def test_an_interrupt_while_workers_start_prints_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "vault").mkdir()
    fill(tmp_path / "vault", count=3)
    script = """
import os, signal, sys
from pathlib import Path
from notec.index import Settings
from notec.index.pool import _Worker
worker = _Worker((Path(sys.argv[1]), Settings(workers=2), "obsidian"))
os.kill(worker.process.pid, signal.SIGINT)
worker.give(0, [])
print("alive", worker.pipe.recv(), flush=True)
worker.end()
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "vault")], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("alive []\n", "")
