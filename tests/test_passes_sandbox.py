"""What is run in the sandbox reaches nothing: each way out is tried, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from attacks import ATTACKS, Attack, as_ordinary, breaches, outside, world
from notec.core import NotecError
from notec.passes.sandbox import Kind, Limits, Sandbox, find, find_sandbox, outlook, read_back, rules, seccomp
from notec.passes.sandbox.rules import interpreter
from notec.passes.sandbox.watch import Watch

KINDS: tuple[Kind, ...] = ("bubblewrap", "landlock")


def proven(kind: Kind) -> Sandbox:
    found = find_sandbox(kind)
    if found.sandbox is None:
        pytest.skip(found.reason)
    return found.sandbox


@pytest.fixture(params=KINDS)
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return proven(request.param)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


def all_breaches(sandbox: Sandbox, root: Path, attacks: Sequence[Attack] = ATTACKS) -> dict[str, list[str]]:
    """By attack, the ways that worked."""
    found = {}
    with world(root) as around:
        for number, attack in enumerate(attacks):
            folder = root / f"work{number}"
            folder.mkdir()
            if failed := breaches(attack, sandbox, around, folder):
                found[attack.name] = failed
            shutil.rmtree(folder, ignore_errors=True)
    return found


def test_every_attack_is_contained(sandbox: Sandbox, tmp_path: Path) -> None:
    assert all_breaches(sandbox, tmp_path) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_every_attack_is_contained_for_an_ordinary_user(kind: Kind, tmp_path: Path) -> None:
    proven(kind)

    def run() -> str:
        found = find_sandbox(kind)
        if found.sandbox is None:
            return found.reason
        return json.dumps(all_breaches(found.sandbox, tmp_path))

    assert as_ordinary(tmp_path, run) == "{}"


@pytest.mark.parametrize("version", [1, 4])
def test_older_kernels_hold_too_without_bubblewrap(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proven("landlock")
    monkeypatch.setattr(rules, "landlock_version", lambda: version)
    quick = [a for a in ATTACKS if a.harmless or a.name == "daemon"]

    def run() -> str:
        return json.dumps(all_breaches(Sandbox("landlock", sys.executable), tmp_path, quick))

    assert as_ordinary(tmp_path, run) == "{}"


@pytest.mark.parametrize("attack", [a for a in ATTACKS if a.harmless], ids=lambda a: a.name)
def test_the_attacks_succeed_without_a_sandbox(attack: Attack, tmp_path: Path, folder: Path) -> None:
    with world(tmp_path) as around:
        assert "BREACH" in outside(attack, around, folder)


def test_a_program_speaks_reads_writes_and_ends_as_it_would_outside(sandbox: Sandbox, folder: Path) -> None:
    (folder / "given.txt").write_text("ёж")
    source = """
import os, sys
print(open("given.txt").read(), sys.stdin.read(), os.environ["HOME"] == os.getcwd())
print("to stderr", file=sys.stderr)
os.mkdir("made"); open("made/file", "w").write("kept")
sys.exit(7)
"""
    ran = sandbox.run(source, folder, stdin="вход".encode())
    assert (ran.code, ran.stdout, ran.stderr) == (7, "ёж вход True\n", "to stderr\n")
    assert (ran.killed, ran.truncated, ran.passed) == ("", False, False)
    assert read_back(folder, "made/file") == b"kept"
    assert (folder / "made" / "file").owner() == folder.owner()
    assert sorted(p.name for p in folder.iterdir()) == ["given.txt", "made"]


def test_a_command_finds_the_interpreter_and_the_modules_of_the_folder(
    sandbox: Sandbox, folder: Path
) -> None:
    (folder / "test_it.py").write_text(
        "import unittest, tempfile\nclass T(unittest.TestCase):\n"
        "    def test_it(self):\n        tempfile.TemporaryFile().write(b'x')\n"
    )
    ran = sandbox.run([sandbox.python, "-m", "unittest", "-q"], folder)
    assert ran.passed, ran
    assert "OK" in ran.stderr
    assert sandbox.run([sandbox.python, "-c", "import yaml"], folder).passed  # of the environment


def test_an_error_is_told_without_our_own_lines_being_needed(sandbox: Sandbox, folder: Path) -> None:
    ran = sandbox.run("def f():\n    assert 1 == 2\nf()", folder)
    assert ran.code == 1
    assert 'File "<program>", line 2, in f' in ran.stderr


@pytest.mark.parametrize("signal", [6, 9, 11])
def test_an_end_by_a_signal_is_told(sandbox: Sandbox, folder: Path, signal: int) -> None:
    ran = sandbox.run(f"import os, resource\nos.kill(os.getpid(), {signal})", folder)
    assert (ran.code, ran.killed) == (-signal, "")


def test_the_same_run_says_the_same(sandbox: Sandbox, folder: Path) -> None:
    command = [sandbox.python, "-c", "print(list({'a', 'b', 'c', 'd'}))"]
    assert len({sandbox.run(command, folder).stdout for _ in range(4)}) == 1


def test_what_it_says_is_cut_and_wrong_bytes_are_replaced(sandbox: Sandbox, folder: Path) -> None:
    ran = sandbox.run("import os\nos.write(1, b'\\xff' + b'x' * 100)", folder, Limits(output=50))
    assert (ran.stdout, ran.truncated, ran.killed, ran.code) == ("�" + "x" * 49, True, "output", None)


def test_a_program_that_cannot_be_compiled_or_found_has_failed(sandbox: Sandbox, folder: Path) -> None:
    assert "SyntaxError" in sandbox.run("def (", folder).stderr
    assert sandbox.run(["/no/such/program"], folder).code == 1
    assert sandbox.run("raise SystemExit('why')", folder).stderr == "why\n"


def test_long_source_and_long_input(sandbox: Sandbox, folder: Path) -> None:
    source = f"import sys\nx = {'a' * 500_000!r}\nprint(len(x), len(sys.stdin.read()))"
    assert sandbox.run(source, folder, stdin=b"b" * 3_000_000).stdout == "500000 3000000\n"


def test_a_folder_that_is_not_there_is_a_mistake(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(NotecError, match="no such folder"):
        sandbox.run("pass", tmp_path / "none")


def test_a_folder_that_holds_what_must_not_be_written_is_refused(sandbox: Sandbox) -> None:
    for place in (Path("/"), Path.home(), Path(sys.prefix), Path(sys.prefix).parent, Path("/usr")):
        with pytest.raises(NotecError, match="may not write there"):
            sandbox.run("pass", place)


def test_names_with_spaces_and_letters_of_any_script(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "папка с 'кавычками' $HOME\n"
    folder.mkdir()
    assert sandbox.run("open('файл', 'w').write('x')", folder).passed
    assert read_back(folder, "файл") == b"x"


def test_several_runs_at_once_do_not_disturb_one_another(sandbox: Sandbox, tmp_path: Path) -> None:
    def run(number: int) -> str:
        folder = tmp_path / f"work{number}"
        folder.mkdir()
        return sandbox.run(f"import time\ntime.sleep(0.1)\nprint({number})", folder).stdout

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(run, range(6))) == [f"{n}\n" for n in range(6)]


def test_nothing_lives_on_when_notec_is_killed(sandbox: Sandbox, tmp_path: Path, folder: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from notec.passes.sandbox import Limits, Sandbox
Sandbox({sandbox.kind!r}, sys.executable).run({_HEART!r}, Path({str(folder)!r}), Limits(seconds=60))
"""
    with subprocess.Popen([sys.executable, "-c", script]) as child:
        heart = folder / "heart"
        until = time.monotonic() + 20
        while not heart.exists() and time.monotonic() < until:
            time.sleep(0.02)
        child.kill()
    time.sleep(0.3)
    size = heart.stat().st_size
    time.sleep(0.2)
    assert heart.stat().st_size == size


_HEART = """
import os, time
os.fork()
while True:
    with open("heart", "a") as file: file.write("x")
    time.sleep(0.01)
"""


def test_ctrl_c_ends_the_program_and_gives_the_folder_back(
    sandbox: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(Watch, "look", interrupted)
    with pytest.raises(KeyboardInterrupt):
        sandbox.run(_HEART, folder)
    assert folder.owner() == Path(__file__).owner() or os.getuid() != 0
    before = sorted(folder.rglob("*"))
    time.sleep(0.1)
    assert sorted(folder.rglob("*")) == before


def test_nothing_is_read_back_through_a_link(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (folder / "file").write_text("fine")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "up").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe")
    assert read_back(folder, "file") == b"fine"
    assert read_back(folder, "file", 2) == b"fi"
    for name in (
        "link",
        "up/secret",
        "pipe",
        "../secret",
        "..",
        ".",
        "",
        "none",
        "file/x",
        str(tmp_path / "secret"),
    ):
        assert read_back(folder, name) is None, name


def test_an_isolation_that_does_not_hold_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    proven("landlock")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(find, "_refuted", find._refuted.__wrapped__)
    monkeypatch.setattr(seccomp, "assemble", lambda *_, **__: struct.pack("<HBBI", 6, 0, 0, 0x7FFF0000))
    monkeypatch.setattr(rules, "ruleset", lambda _: (1 << 12).to_bytes(8, "little"))
    monkeypatch.setattr(rules, "rules", lambda *_: [])
    found = find_sandbox("landlock")
    assert found.sandbox is None
    assert "network and home can be reached from inside" in found.reason


def test_a_canary_that_nobody_can_reach_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(find, "_refuted", find._refuted.__wrapped__)
    monkeypatch.setattr(find, "_PROBE", "print('nothing')")
    assert "nothing is proven" in find_sandbox("landlock").reason


@pytest.mark.parametrize(
    ("place", "name", "value", "reason"),
    [
        (sys, "platform", "darwin", "this is darwin"),
        (rules, "landlock_version", lambda: 0, "no Landlock"),
        (seccomp, "supported", lambda _: False, "no table of system calls"),
        (find.shutil, "which", lambda _: None, "not installed"),
    ],
)
def test_where_nothing_can_be_shut_in_nothing_is_run(
    place: object, name: str, value: object, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find, "_refuted", find._refuted.__wrapped__)
    monkeypatch.setattr(place, name, value)
    found = find_sandbox("bubblewrap")
    assert found.sandbox is None
    assert reason in found.reason
    possible, said = outlook()
    assert possible == (name == "which")
    assert possible != (reason in said)


def test_the_filter_has_an_answer_for_each_processor_and_each_landlock() -> None:
    for machine in ("x86_64", "aarch64"):
        for landlock in range(1, 9):
            for own in (True, False):
                code = seccomp.assemble(machine, own_processes=own, landlock=landlock)
                steps = [struct.unpack("<HBBI", code[i : i + 8]) for i in range(0, len(code), 8)]
                assert len(steps) < 4096
                for at, (operation, yes, no, _) in enumerate(steps):
                    jumps = (yes, no) if operation & 7 == 5 else (0,)
                    assert all(at + 1 + jump < len(steps) or operation & 7 == 6 for jump in jumps)
                assert steps[-1][0] == 6
    assert len(seccomp.assemble("x86_64", own_processes=False, landlock=2)) > len(
        seccomp.assemble("x86_64", own_processes=False, landlock=6)
    )


def test_older_kernels_are_asked_only_for_what_they_know() -> None:
    assert [len(rules.ruleset(v)) for v in range(1, 9)] == [8, 8, 8, 16, 16, 24, 24, 24]
    for version in range(1, 8):
        handled = int.from_bytes(rules.ruleset(version)[:8], "little")
        assert all(rights & ~handled == 0 for _, rights in rules.rules(version, ("/tmp",)))


def test_of_the_interpreter_only_what_it_needs_is_shown() -> None:
    home = os.path.realpath(Path.home())
    for path in interpreter():
        assert not home.startswith(os.path.realpath(path) + "/")
        assert os.path.realpath(path) != home


def test_where_user_namespaces_are_blocked_landlock_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    proven("landlock")
    place = Path(tempfile.mkdtemp())  # where a spare user gets to as well
    place.chmod(0o755)
    (place / "bwrap").write_text("#!/bin/sh\necho 'bwrap: no permission for a namespace' >&2; exit 1\n")
    (place / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(place))
    monkeypatch.setattr(find, "_refuted", find._refuted.__wrapped__)
    assert "no permission for a namespace" in find_sandbox("bubblewrap").reason
    found = find_sandbox()
    shutil.rmtree(place)
    assert found.sandbox is not None
    assert found.sandbox.kind == "landlock"


def test_a_work_folder_that_is_closed_to_others(sandbox: Sandbox, folder: Path) -> None:
    folder.chmod(0o700)
    folder.parent.chmod(0o700)
    (folder / "deep").mkdir()
    (folder / "deep" / "link").symlink_to("/etc/passwd")
    owner = Path("/etc/passwd").stat().st_uid
    assert sandbox.run("open('deep/new', 'w').write('x')", folder).passed
    assert read_back(folder, "deep/new") == b"x"
    assert Path("/etc/passwd").stat().st_uid == owner
    assert {p.lstat().st_uid for p in folder.rglob("*")} == {folder.stat().st_uid}


def test_common_parts_of_the_library_work_inside(sandbox: Sandbox, folder: Path) -> None:
    source = """
import asyncio, concurrent.futures, getpass, shutil, sqlite3, subprocess, tempfile
async def echo():
    made = await asyncio.create_subprocess_exec("/bin/echo", "x", stdout=-1)
    return await made.communicate()
print(asyncio.run(echo()), subprocess.run(["echo", "y"], capture_output=True).stdout, getpass.getuser())
print(list(concurrent.futures.ThreadPoolExecutor(4).map(str, range(3))))
sqlite3.connect("a.db").execute("create table t(a)")
with tempfile.TemporaryDirectory() as folder:
    shutil.copytree(".", folder + "/copy")
"""
    ran = sandbox.run(source, folder)
    assert ran.passed, ran
    assert ran.stdout == "(b'x\\n', None) b'y\\n' nobody\n['0', '1', '2']\n"
