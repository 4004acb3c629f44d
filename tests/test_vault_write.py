"""Saving: whole or not at all, and under names that every system takes."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from as_nobody import as_nobody
from notec.core import NotecError
from notec.vault.write import remove_leftovers, safe_name, save_new, write_atomically

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_new_file_in_a_new_folder(tmp_path: Path) -> None:
    path = tmp_path / "notec" / "ответы" / "вопрос.md"
    write_atomically(path, b"one")
    assert path.read_bytes() == b"one"
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert names(path.parent) == ["вопрос.md"]


@POSIX
def test_permissions_are_kept_and_new_files_follow_the_umask(tmp_path: Path) -> None:
    old, new = tmp_path / "old.md", tmp_path / "new.md"
    old.write_bytes(b"x")
    old.chmod(0o640)
    before = os.umask(0o027)
    try:
        write_atomically(old, b"y")
        write_atomically(new, b"y")
    finally:
        os.umask(before)
    assert (old.stat().st_mode & 0o777, new.stat().st_mode & 0o777) == (0o640, 0o640)


@POSIX
def test_a_symbolic_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "outside.md"
    target.write_bytes(b"precious")
    link = tmp_path / "vault" / "note.md"
    link.parent.mkdir()
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert (target.read_bytes(), link.read_bytes(), link.is_symlink()) == (b"precious", b"new", False)


def test_a_folder_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "a.md").mkdir()
    with pytest.raises(NotecError, match="a folder has that name") as caught:
        write_atomically(tmp_path / "a.md", b"x")
    assert "nothing was changed" in caught.value.hint
    assert names(tmp_path) == ["a.md"]


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(NotecError, match="cannot save"):
        write_atomically(tmp_path / "file" / "a.md", b"x")


def test_names_that_no_system_takes(tmp_path: Path) -> None:
    for name in ("a\0b.md", "x" * 300 + ".md"):
        with pytest.raises(NotecError, match="cannot save"):
            write_atomically(tmp_path / name, b"x")
    assert names(tmp_path) == []


@POSIX
def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(NotecError, match=r"cannot save .*a\.md: File too large") as caught:
            write_atomically(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert "nothing was changed" in caught.value.hint
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["a.md"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_no_space_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_open = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode=0o777: real_open("/dev/full", os.O_WRONLY))
    with pytest.raises(NotecError, match="the disk is full") as caught:
        write_atomically(tmp_path / "a.md", b"x")
    assert "free some space" in caught.value.hint


@POSIX
def test_a_read_only_folder(tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir()

    def look() -> str:
        folder.chmod(0o500)
        try:
            write_atomically(folder / "a.md", b"x")
        except NotecError as error:
            return str(error)
        finally:
            folder.chmod(0o700)
        return "saved"

    assert as_nobody(tmp_path, look) == (
        f"cannot save {folder / 'a.md'}: no permission\n"
        "  help: allow writing there, close what holds the file, or name another folder; nothing was changed"
    )


@POSIX
def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    versions = [bytes([65 + i]) * 200_000 for i in range(4)]
    write_atomically(path, versions[0])
    seen, stop = set[bytes](), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(60):
        write_atomically(path, versions[i % 4])
    stop.set()
    reader.join()
    assert seen <= set(versions)


@POSIX
def test_killed_at_any_moment_the_file_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"A" * 300_000)
    program = (
        "import sys; from pathlib import Path; from notec.vault.write import write_atomically\n"
        "print('ready', flush=True)\n"
        "for i in range(10**9): write_atomically(Path(sys.argv[1]), b'AB'[i % 2:i % 2 + 1] * 300_000)"
    )
    for delay in (0.0, 0.003, 0.011, 0.02):
        with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as child:
            assert child.stdout
            child.stdout.readline()
            time.sleep(delay)
            child.kill()
        data = path.read_bytes()
        assert data in (b"A" * 300_000, b"B" * 300_000)
    for left in tmp_path.glob(".notec-*"):
        os.utime(left, (0, 0))
    (tmp_path / ".notec-fresh.tmp").write_bytes(b"somebody is writing")
    remove_leftovers(tmp_path)
    assert names(tmp_path) == [".notec-fresh.tmp", "a.md"]


def test_leftovers_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert remove_leftovers(tmp_path / "nowhere") == 0


def test_saved_notes_never_overwrite(tmp_path: Path) -> None:
    folder = tmp_path / "notec"
    paths = [save_new(folder, "What is it?", str(i).encode()) for i in range(3)]
    assert [p.name for p in paths] == ["What is it.md", "What is it 2.md", "What is it 3.md"]
    assert [p.read_bytes() for p in paths] == [b"0", b"1", b"2"]
    assert len(names(folder)) == 3


@POSIX
def test_saved_notes_do_not_follow_a_dangling_link(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to(tmp_path / "elsewhere")
    assert save_new(tmp_path, "a", b"x").name == "a 2.md"
    assert not (tmp_path / "elsewhere").exists()


def test_saving_at_the_same_time_takes_different_names(tmp_path: Path) -> None:
    saved: list[Path] = []
    workers = [
        threading.Thread(target=lambda i=i: saved.append(save_new(tmp_path, "x", b"%d" % i)))
        for i in range(8)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(set(saved)) == 8
    assert sorted(path.read_bytes() for path in saved) == [b"%d" % i for i in range(8)]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Имеет ли смысл держать дома модель?", "Имеет ли смысл держать дома модель"),
        ("a/b\\c: d", "a-b-c- d"),
        ('<b>"x"|y*</b>', "b x -y -b"),
        ("[[Note#Heading^block]]", "Note Heading block"),
        ("CON", "_CON"),
        ("con.2024", "_con.2024"),
        ("lpt¹", "_lpt¹"),
        ("CONTENT", "CONTENT"),
        ("...hidden...", "hidden"),
        ("  spaces \t and\nlines  ", "spaces and lines"),
        ("", "untitled"),
        ("???", "untitled"),
        ("..", "untitled"),
        ("😀 emoji", "😀 emoji"),
        ("и\u0306", "й"),
        ("\u202egnp.exe", "gnp.exe"),
        ("half \ud83d character", "half character"),
    ],
)
def test_safe_names(title: str, name: str) -> None:
    assert safe_name(title) == name


def test_long_names_are_cut_between_characters() -> None:
    name = safe_name("Ж" * 300)
    assert name == "Ж" * 100
    assert safe_name("слово. " * 60).endswith("слово")


@given(st.text(max_size=300))
@example("a. " * 100)
@example("x" * 199 + ". y")
@example("con" + "/" * 300)
def test_safe_names_hold_their_law(title: str) -> None:
    name = safe_name(title)
    assert safe_name(name) == name
    assert 0 < len(name.encode()) <= 201
    assert name == name.strip(". ")
    assert not set(name) & set('<>:"/\\|?*#^[]')
    assert all(ord(char) >= 32 for char in name)
