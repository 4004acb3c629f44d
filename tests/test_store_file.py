"""The file itself: opened, moved forward, damaged, full, read-only, killed, and shared."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from notec.core import NotecError, Outcome
from notec.store import Database, Migration, Store, move_aside, step_key
from notec.store.migrations import MIGRATIONS

ONE = Migration("one", ("CREATE TABLE a (x)", "INSERT INTO a VALUES (1)"))
TWO = Migration("two", ("ALTER TABLE a ADD COLUMN y DEFAULT 7", "CREATE TABLE b (x)"))
BAD = Migration("bad", ("CREATE TABLE c (x)", "CREATE TABLE a (x)"))


def rows(database: Database, query: str) -> list[tuple[object, ...]]:
    with database.read() as connection:
        return connection.execute(query).fetchall()


def test_migrations_are_applied_once_and_in_order(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "a.db"
    with Database.open(path, [ONE]) as database:
        assert rows(database, "SELECT * FROM a") == [(1,)]
    for _ in range(2):
        with Database.open(path, [ONE, TWO]) as database:
            assert rows(database, "SELECT * FROM a") == [(1, 7)]
            assert rows(database, "SELECT number, name FROM migration") == [(1, "one"), (2, "two")]
            assert rows(database, "PRAGMA journal_mode") == [("wal",)]


def test_a_migration_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Database.open(path, [ONE]).close()
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        Database.open(path, [ONE, TWO, BAD])
    with Database.open(path, [ONE]) as database:
        assert rows(database, "SELECT name FROM sqlite_master WHERE name IN ('b', 'c')") == []


def test_a_file_of_a_newer_notec_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    Database.open(path, [ONE, TWO]).close()
    before = path.read_bytes()
    with pytest.raises(NotecError, match="newer notec") as raised:
        Database.open(path, [ONE])
    assert "update notec" in raised.value.hint
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE moz_places (url)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(NotecError, match="another program"):
        Store.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", ["text", "zeros", "header only", "hole"])
def test_a_damaged_file_is_said_so_and_can_be_moved_aside(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        for n in range(300):
            store.memo.put(step_key("s", 1, n=n), b"x" * 500)
    good = path.read_bytes()
    bad = {
        "text": b"These are not the bytes you are looking for. " * 100,
        "zeros": bytes(len(good)),
        "header only": good[:100] + os.urandom(4096),
        "hole": good[:4096] + bytes(len(good) - 4096),
    }[kind]
    path.write_bytes(bad)

    def read_all() -> None:
        with Store.open(path) as store:
            for n in range(300):
                store.memo.get(step_key("s", 1, n=n))

    with pytest.raises(NotecError, match=r"store\.db: it is damaged") as raised:
        read_all()
    assert "move it aside" in raised.value.hint
    aside = move_aside(path)
    assert aside.read_bytes() == bad
    with Store.open(path) as store:
        assert store.memo.stats().entries == 0
    assert move_aside(path) != aside


def test_check_finds_damage(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        for n in range(300):
            store.memo.put(step_key("s", 1, n=n), b"x" * 500)
        assert store.database.check() == ()
    raw = bytearray(path.read_bytes())
    raw[40_000:41_000] = bytes(1000)
    path.write_bytes(raw)
    with Store.open(path) as store:
        assert store.database.check()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotecError, match="cannot make the folder") as raised:
        Store.open(tmp_path / "file" / "home" / "store.db")
    assert "NOTEC_HOME" in raised.value.hint
    with pytest.raises(NotecError, match="cannot be opened"):
        Store.open(tmp_path)


AS_NOBODY = """
import os, sys
from notec.core import NotecError
from notec.store import Store, step_key
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    with Store.open(sys.argv[1]) as store:
        store.memo.put(step_key("s", 1), b"v")
except NotecError as error:
    print(error)
"""


def run(code: str, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_read_only_folder_and_file(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    Store.open(home / "store.db").close()
    home.chmod(0o555)
    (home / "store.db").chmod(0o444)
    assert "help: " in run(AS_NOBODY, str(home / "store.db"))
    assert "cannot be opened" in run(AS_NOBODY, str(home / "new.db"))
    assert "cannot make the folder" in run(AS_NOBODY, str(home / "more" / "store.db"))


def test_a_full_disk_breaks_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:
        with store.database.read() as connection:
            connection.execute("PRAGMA max_page_count = 60")
        kept: list[int] = []

        def fill() -> None:
            for n in range(1000):
                store.memo.put(step_key("s", 1, n=n), b"x" * 1000)
                kept.append(n)

        with pytest.raises(NotecError, match="the disk is full"):
            fill()
        assert kept
        assert all(store.memo.get(step_key("s", 1, n=n)) for n in kept)
        assert store.memo.get(step_key("s", 1, n=len(kept))) is None
        store.memo.forget("s")
        store.memo.put(step_key("s", 1), b"there is room again")
        assert store.database.check() == ()


LIMITED = """
import resource, signal, sys
from notec.core import NotecError
from notec.store import Store, step_key
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with Store.open(sys.argv[1]) as store:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    try:
        for n in range(10_000):
            store.memo.put(step_key("s", 1, n=n), b"x" * 1000)
    except NotecError as error:
        print(n, str(error).replace(chr(10), " "))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_write_that_the_system_refuses_loses_nothing(tmp_path: Path) -> None:
    count, message = run(LIMITED, str(tmp_path / "store.db")).split(" ", 1)
    assert "disk" in message
    assert "help:" in message
    with Store.open(tmp_path / "store.db") as store:
        assert store.memo.stats().entries == int(count) > 10
        assert store.database.check() == ()


def test_a_file_held_by_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notec.store.database.BUSY_SECONDS", 0.1)
    with Store.open(tmp_path / "store.db") as one, Store.open(tmp_path / "store.db") as two:
        with one.database.write(), pytest.raises(NotecError, match="another process"):
            two.set_meta("a", 1)
        two.set_meta("a", 2)
        assert one.meta("a") == 2
        one.set_meta("a", None)
        assert two.meta("a") is None


def test_threads_share_a_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "store.db") as store:

        def work(thread: int) -> None:
            for n in range(50):
                store.memo.put(step_key("s", 1, t=thread, n=n), b"%d" % n)
                assert store.memo.get(step_key("s", 1, t=thread, n=n)) == Outcome(b"%d" % n)

        threads = [threading.Thread(target=work, args=(t,)) for t in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store.memo.stats().entries == 200


WRITER = """
import sys
from notec.store import Store, step_key
worker, path = sys.argv[1:]
with Store.open(path) as store:
    print("open", flush=True)
    number = store.replies.begin("r" + worker, "m", "")
    job = store.jobs.enqueue("k", worker)
    for n in range(100_000):
        store.memo.put(step_key("s", 1, subject="x", w=worker, n=n), b"%d" % n * 50)
        store.replies.append(number, "%d," % n)
        print(n, flush=True)
"""


def test_kill_nine_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    chance = random.Random(7)
    for round_ in range(6):
        names = [f"{round_}{letter}" for letter in "ab"]
        writers = [
            subprocess.Popen(
                [sys.executable, "-c", WRITER, name, str(path)], stdout=subprocess.PIPE, text=True
            )
            for name in names
        ]
        for writer in writers:
            assert writer.stdout
            assert writer.stdout.readline() == "open\n"
        time.sleep(chance.uniform(0.005, 0.15))
        said = []
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
        for writer in writers:
            said.append([line for line in writer.communicate()[0].split("\n")[:-1] if line.isdigit()])
        with Store.open(path) as store:
            assert store.database.check() == ()
            for name, acknowledged in zip(names, said, strict=True):
                saved = store.replies.partial("r" + name, "m")
                assert saved.startswith("".join(f"{n}," for n in acknowledged))
                for n in acknowledged:
                    key = step_key("s", 1, subject="x", w=name, n=int(n))
                    assert store.memo.get(key) == Outcome(b"%d" % int(n) * 50)
    with Store.open(path) as store:
        assert len(store.jobs.list("queued")) >= 6
        sizes = rows(store.database, "SELECT bytes, (SELECT sum(size) FROM memo) FROM memo_size")
        assert sizes[0][0] == sizes[0][1]


OPENER = """
import sys
from notec.store import Store
with Store.open(sys.argv[1]) as store:
    job = store.jobs.claim(sys.argv[2])
    print(job.id if job else "")
"""


def test_many_processes_open_a_new_file_at_once_and_share_the_jobs(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store.open(path) as store:
        ids = {store.jobs.enqueue("k", str(n)) for n in range(4)}
    fresh = tmp_path / "fresh.db"
    processes = [
        subprocess.Popen([sys.executable, "-c", OPENER, str(file), str(n)], stdout=subprocess.PIPE, text=True)
        for n in range(4)
        for file in (path, fresh)
    ]
    said = [process.communicate()[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * 8
    assert set(said[::2]) == ids
    with Store.open(fresh) as store:
        assert rows(store.database, "SELECT count(*) FROM migration") == [(len(MIGRATIONS),)]
