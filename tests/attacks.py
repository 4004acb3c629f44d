"""Programs that try to get out of the sandbox, and a world that notices when one does.

Each says BREACH for a way that worked. What may be tried without a sandbox is marked `harmless`: there it has
to breach, or it would prove nothing.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from as_nobody import as_nobody
from notec.passes.sandbox import Limits, Sandbox, read_back
from notec.passes.sandbox.launcher import reach
from notec.passes.sandbox.rules import interpreter
from notec.passes.sandbox.watch import used

MB = 1 << 20
PRELUDE = """
import ctypes, json, os, sys
W = json.load(sys.stdin)
libc = ctypes.CDLL(None, use_errno=True)
X86 = os.uname().machine == "x86_64"
def attempt(name, function):
    try:
        print("BREACH" if function() else "held", name, flush=True)
    except BaseException as error:
        print("held", name, repr(error)[:80], flush=True)
def call(x86, arm, *values):
    return libc.syscall(ctypes.c_long(x86 if X86 else arm), *[
        ctypes.c_long(v) if isinstance(v, int) else v for v in values]) >= 0
def read(path):
    with open(path) as file:
        return W["secret"] in file.read()
"""


class Attack(NamedTuple):
    name: str
    program: str
    harmless: bool = True
    limits: Limits = Limits(seconds=10)
    killed: str = ""  # the limit that it has to be ended for


_NETWORK = """
import socket
def tcp(family, host):
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(2); s.connect((host, W["tcp"])); s.sendall(b"out"); return True
def udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return s.sendto(b"out", ("127.0.0.1", W["udp"]))
def unix(address, kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_UNIX, kind) as s:
        s.connect(address); s.sendall(b"out"); return True
def pair(address):
    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    return a.sendto(b"out", address)
"""
_PROCESSES = """
import signal, resource
v = W["victim"]
def peek():
    class Part(ctypes.Structure):
        _fields_ = [("at", ctypes.c_void_p), ("size", ctypes.c_size_t)]
    there, room = W["address"], ctypes.create_string_buffer(8)
    here = Part(ctypes.cast(room, ctypes.c_void_p), 8)
    return libc.process_vm_readv(v, ctypes.byref(here), 1, ctypes.byref(Part(there, 8)), 1, 0) == 8
def traced():
    if libc.ptrace(16, v, None, None) < 0: return False
    os.waitpid(v, 0); libc.ptrace(17, v, None, None); return True
attempt("environ", lambda: b"SECRET" in open(f"/proc/{v}/environ", "rb").read())
attempt("memory", peek)
attempt("limits", lambda: resource.prlimit(v, resource.RLIMIT_NOFILE, (100, 100)))
attempt("descriptors", lambda: os.listdir(f"/proc/{v}/fd"))
attempt("priority", lambda: libc.setpriority(0, v, 5) == 0)
attempt("affinity", lambda: os.sched_setaffinity(v, {0}) is None)
attempt("trace", traced)
attempt("signal", lambda: os.kill(v, signal.SIGUSR1) is None)
queued = ctypes.create_string_buffer(b"\\0" * 8 + b"\\xff" * 4, 128)
attempt("queued signal", lambda: call(129, 138, v, 10, queued))
def handle():
    return signal.pidfd_send_signal(os.pidfd_open(v), signal.SIGUSR1) is None
attempt("signal by handle", handle)
def owner():
    import fcntl
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, v)
    fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
    return os.write(writing, b"x")
attempt("signal to an owner", owner)
"""
_NAMESPACES = """
NEW = {"user": 0x10000000, "mount": 0x20000, "net": 0x40000000, "pid": 0x20000000, "uts": 0x4000000}
def apart(function):
    child = os.fork()
    if child == 0:
        try: os._exit(0 if function() else 1)
        except BaseException: os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
for name, flag in NEW.items():
    attempt("unshare " + name, lambda: apart(lambda: libc.unshare(flag) == 0))
def cloned():
    number, nothing = ctypes.c_long(56 if X86 else 220), [ctypes.c_long(0)] * 4
    made = libc.syscall(number, ctypes.c_long(0x10000000 | 17), *nothing)
    if made == 0: os._exit(0)
    return made > 0 and os.waitpid(made, 0)
attempt("clone", cloned)
def cloned3():
    args = (ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)
    made = libc.syscall(ctypes.c_long(435), args, ctypes.c_long(88))
    if made == 0: os._exit(0)
    return made > 0 and os.waitpid(made, 0)
attempt("clone3", cloned3)
"""
_KERNEL = """
attempt("io_uring", lambda: call(425, 425, 8, ctypes.create_string_buffer(120)))
attempt("keyring", lambda: call(250, 219, 0, -3, 1))
key = [ctypes.c_char_p(text) for text in (b"user", b"name", b"value")]
attempt("add_key", lambda: call(248, 217, *key, 1, -2))
attempt("memfd", lambda: os.memfd_create("m"))
attempt("shared memory", lambda: call(29, 194, 0, 4096, 0o600))
attempt("inotify", lambda: call(294, 26, 0))
event = ctypes.create_string_buffer(bytes([1, 0, 0, 0, 112, 0, 0, 0]), 112)
attempt("perf", lambda: call(298, 241, event, 0, -1, -1, 0))
attempt("personality", lambda: call(135, 92, 0x0040000))
attempt("newer calls", lambda: call(457, 457, 0) or ctypes.get_errno() not in (38, 1))
"""
_HOME = """
secret = W["file"]
attempt("read", lambda: read(secret))
attempt("list", lambda: os.listdir(W["home"]))
attempt("through a link", lambda: (os.symlink(secret, "link"), read("link"))[1])
attempt("hard link", lambda: (os.link(secret, "hard"), read("hard"))[1])
attempt("through root", lambda: read("/proc/self/root" + secret))
attempt("through the first process", lambda: read("/proc/1/root" + secret))
attempt("up and down", lambda: read("../" * 20 + secret.lstrip("/")))
attempt("write", lambda: open(W["home"] + "/new", "w").write("x"))
attempt("append", lambda: open(secret, "a").write("x"))
import subprocess
attempt("another program", lambda: W["secret"].encode() in subprocess.check_output(["/bin/cat", secret]))
"""
_ATTRIBUTES = """
secret = W["file"]
attempt("mode", lambda: os.chmod(secret, 0o777) is None and os.stat(secret).st_mode & 0o077 == 0o077)
attempt("times", lambda: os.utime(secret, (1, 1)) is None and os.stat(secret).st_mtime == 1)
attempt("attribute", lambda: os.setxattr(secret, "user.x", b"1") is None)
attempt("truncate", lambda: os.truncate(secret, 1) is None)
attempt("rename", lambda: os.rename(secret, secret + ".moved") is None)
attempt("remove", lambda: os.unlink(secret + ".moved") is None)
"""
_SURROUNDINGS = """
attempt("environment", lambda: any("SECRET" in k or W["secret"] in v for k, v in os.environ.items()))
import fcntl
def inherited():
    found = []
    for fd in range(3, 256):
        try: fcntl.fcntl(fd, fcntl.F_GETFD); found.append(fd)
        except OSError: pass
    return found
attempt("descriptors", inherited)
attempt("list of processes", lambda: str(W["victim"]) in os.listdir("/proc"))
attempt("rights", lambda: libc.prctl(39, 0, 0, 0, 0) != 1)
attempt("scratch of others", lambda: W["mark"] in os.listdir(W["scratch"]))
attempt("shared memory folder", lambda: W["mark"] in os.listdir("/dev/shm"))
attempt("terminal", lambda: open("/dev/tty"))
attempt("kernel log", lambda: os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK))
attempt("disks", lambda: any(n.startswith(("sd", "vd", "nvme", "mem")) for n in os.listdir("/dev")))
attempt("system files", lambda: read("/etc/shadow") or True)
attempt("parent", lambda: os.kill(os.getppid(), 0) is None)
"""
_BOMB = """
import time
while True:
    try:
        if os.fork() == 0: pass
    except OSError:
        time.sleep(0.01)
"""
_THREADS = """
import threading, time
threads = 0
try:
    for _ in range(500):
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start(); threads += 1
except (RuntimeError, MemoryError): pass
if threads > 400: print("BREACH threads", flush=True)
os._exit(0)
"""
_MEMORY = """
def big():
    return len(bytearray(3 << 30))
attempt("one process", big)
"""
_MEMORY_SHARED_OUT = """
import time
for _ in range(30):
    if os.fork() == 0:
        held = bytearray(os.urandom(1 << 20)) * 40
        time.sleep(20); os._exit(0)
time.sleep(20)
"""
_DISK = {
    "one file": """
def fill():
    with open("big", "wb", 0) as file:
        while file.write(bytes(1 << 20)): pass
attempt("limit of a file", lambda: fill() and False)
print(os.stat("big").st_size)
""",
    "many files": """
part = bytes(8 << 20)
for i in range(1000): open(f"f{i}", "wb").write(part)
print("BREACH")
""",
    "small files": """
import time
for i in range(300000): open(f"f{i}", "wb").close()
print("BREACH")
""",
    "deleted files": """
import time
part, kept = bytes(8 << 20), []
for i in range(200):
    kept.append(open("f", "wb")); kept[-1].write(part); kept[-1].flush(); os.unlink("f")
time.sleep(1)
print("BREACH")
""",
    "out of reach": """
import time
for i in range(1500): os.mkdir("d" * 100); os.chdir("d" * 100)
part = bytes(8 << 20)
for i in range(200): open(f"f{i}", "wb").write(part)
time.sleep(1)
print("BREACH")
""",
    "scratch": """
import tempfile, time
part = bytes(8 << 20)
def fill():
    for i in range(200): open(tempfile.gettempdir() + f"/f{i}", "wb").write(part)
    time.sleep(1)
    return True
attempt("scratch", fill)
""",
}
_DAEMON = """
import signal, time
for leave in (os.setsid, lambda: os.setpgid(0, 0), lambda: None):
    if os.fork() == 0:
        for s in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT): signal.signal(s, signal.SIG_IGN)
        try: leave()
        except OSError: pass
        if os.fork() == 0:
            for fd in (0, 1, 2): os.close(fd)
            while True:
                with open("heartbeat", "a") as file: file.write("x")
                time.sleep(0.01)
        os._exit(0)
time.sleep(0.2)
"""
_LINK_OUT = """
os.symlink(W["file"], "result")
os.symlink(W["home"], "folder")
os.mkfifo("pipe")
"""
_HIJACK = """
print("BREACH" if os.environ.get("HIJACKED") or "hijacked" in sys.modules else "held")
"""
_LOOP = "while True: pass"
_DEAF = """
import signal, time
for s in range(1, 65):
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: time.sleep(1)
"""
_FLOOD = """
part = b"x" * (1 << 20)
for _ in range(1024): os.write(1, part)
print("BREACH")
"""
_SHORT = Limits(seconds=0.7)
_SMALL = Limits(seconds=20, disk=8 * MB, memory=512 * MB)

ATTACKS = (
    Attack("tcp", _NETWORK + 'attempt("v4", lambda: tcp(socket.AF_INET, "127.0.0.1"))'),
    Attack("udp", _NETWORK + 'attempt("udp", udp)'),
    Attack(
        "abstract socket",
        _NETWORK
        + 'attempt("stream", lambda: unix("\\0" + W["abstract"]))\n'
        + 'attempt("pair", lambda: pair("\\0" + W["abstract"] + "-dgram"))',
    ),
    Attack(
        "path socket",
        _NETWORK
        + 'attempt("stream", lambda: unix(W["path"]))\nattempt("pair", lambda: pair(W["path"] + "-dgram"))',
    ),
    Attack("home", _HOME),
    Attack("attributes of others", _ATTRIBUTES),
    Attack("other processes", _PROCESSES),
    Attack("nested namespaces", _NAMESPACES),
    Attack("kernel interfaces", _KERNEL),
    Attack("surroundings", _SURROUNDINGS),
    Attack("fork bomb", _BOMB, False, _SHORT),
    Attack("threads", _THREADS),
    Attack("memory", _MEMORY, False),
    Attack("memory of many", _MEMORY_SHARED_OUT, False, _SMALL, "memory"),
    Attack("disk: one file", _DISK["one file"], False, _SMALL),
    *(
        Attack(f"disk: {name}", _DISK[name], False, _SMALL, "disk")
        for name in ("many files", "small files", "deleted files", "out of reach")
    ),
    Attack("disk: scratch", _DISK["scratch"], False, _SMALL),
    Attack("daemon", _DAEMON, False),
    Attack("link out of the folder", _LINK_OUT, False),
    Attack("modules of the launcher", _HIJACK, False),
    Attack("endless loop", _LOOP, False, _SHORT, "seconds"),
    Attack("deaf to signals", _DEAF, False, _SHORT, "seconds"),
    Attack("1 GB of output", _FLOOD, False, Limits(seconds=10), "output"),
)


@dataclass
class World:
    """What stands around the sandbox, and what it looked like before."""

    root: Path
    told: dict[str, Any]
    sockets: list[socket.socket]
    victim: subprocess.Popen[bytes]
    before: str = field(default="")

    def changes(self) -> list[str]:
        """What was touched from inside since the last call."""
        found = []
        for one in self.sockets:
            try:
                one.accept() if one.type == socket.SOCK_STREAM else one.recv(10)
                found.append(f"{one.getsockname()} was reached")
            except BlockingIOError:
                pass
        now = self._picture()
        if self.before and now != self.before:
            found.append(f"outside was {self.before!r}, is {now!r}")
        self.before = now
        return found

    def _picture(self) -> str:
        seen = [
            (str(p), p.lstat().st_mode, p.lstat().st_mtime_ns, p.lstat().st_ino)
            for p in sorted((self.root / "home").rglob("*"))
        ]
        status = Path(f"/proc/{self.victim.pid}/stat").read_text().rpartition(")")[2].split()
        return f"{seen} {status[0] in 'RSD'} {status[16]}"


@contextmanager
def world(root: Path) -> Iterator[World]:
    """Servers, a secret and another process, under an empty folder."""
    home = root / "home"
    home.mkdir()
    secret = home / "secret"
    secret.write_text("the SECRET is 4711")
    mark = "notec-mark-" + os.urandom(4).hex()
    with ExitStack() as stack:
        sockets = []
        for family, kind, address in (
            (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
            (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
            (socket.AF_UNIX, socket.SOCK_STREAM, f"\0{mark}"),
            (socket.AF_UNIX, socket.SOCK_DGRAM, f"\0{mark}-dgram"),
            (socket.AF_UNIX, socket.SOCK_STREAM, str(root / "socket")),
            (socket.AF_UNIX, socket.SOCK_DGRAM, str(root / "socket-dgram")),
        ):
            one = stack.enter_context(socket.socket(family, kind))
            one.bind(address)
            if kind == socket.SOCK_STREAM:
                one.listen(20)
            one.setblocking(False)
            sockets.append(one)
        (root / "socket").chmod(0o777)
        (root / "socket-dgram").chmod(0o777)
        victim = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-S", "-c", _VICTIM],
                env={"SECRET": "4711"},
                stdout=subprocess.PIPE,
                stdin=subprocess.PIPE,
            )
        )
        stack.callback(victim.kill)
        assert victim.stdout is not None
        told = {
            "tcp": sockets[0].getsockname()[1],
            "udp": sockets[1].getsockname()[1],
            "abstract": mark,
            "path": str(root / "socket"),
            "file": str(secret),
            "secret": "SECRET is 4711",
            "home": str(home),
            "victim": victim.pid,
            "address": int(victim.stdout.readline()),
            "mark": mark,
            "scratch": "/tmp",
        }
        for folder in ("/tmp", "/dev/shm"):
            marked = Path(folder, mark)
            marked.touch()
            stack.callback(marked.unlink)
        made = World(root, told, sockets, victim)
        made.changes()
        yield made


_VICTIM = """
import ctypes, signal, sys
signal.signal(signal.SIGUSR1, lambda *_: sys.exit("hit"))
held = ctypes.create_string_buffer(b"SECRET!!")
print(ctypes.addressof(held), flush=True)
sys.stdin.read()
"""


def outside(attack: Attack, around: World, folder: Path) -> str:
    """What the program says without a sandbox."""
    ended = subprocess.run(
        [sys.executable, "-S", "-c", PRELUDE + attack.program],
        input=json.dumps(around.told).encode(),
        env={"SECRET": "4711"},
        stdout=subprocess.PIPE,
        cwd=folder,
        check=False,
    )
    return ended.stdout.decode()


def breaches(attack: Attack, sandbox: Sandbox, around: World, folder: Path) -> list[str]:
    """How the program got out of the sandbox; empty where it was contained."""
    if attack.program is _HIJACK:
        _lay_traps(folder)
    readable, writable = os.pipe()
    os.set_inheritable(readable, True)
    os.environ["SECRET"] = "4711"
    try:
        ran = sandbox.run(
            PRELUDE + attack.program, folder, attack.limits, stdin=json.dumps(around.told).encode()
        )
    finally:
        del os.environ["SECRET"]
        os.close(readable)
        os.close(writable)
    found = [line for line in ran.stdout.splitlines() if "BREACH" in line] + around.changes()
    if attack.killed and ran.killed != attack.killed:
        found.append(f"ended for {ran.killed!r} instead of {attack.killed!r}: {ran}"[:600])
    if ran.seconds > attack.limits.seconds + 5:
        found.append(f"took {ran.seconds:.1f} s")
    if len(ran.stdout) > attack.limits.output:
        found.append("said more than it may")
    if (taken := used(str(folder), 1 << 40)) > 8 * attack.limits.disk and taken < 1 << 40:
        found.append(f"took {taken >> 20} MB of disk")
    for name in ("result", "folder/secret", "pipe"):
        if read_back(folder, name) is not None:
            found.append(f"read through {name}")
    heart = folder / "heartbeat"
    if heart.exists():
        size = heart.stat().st_size
        time.sleep(0.1)
        if heart.stat().st_size != size:
            found.append("a process outlives the run")
    return found


def _lay_traps(folder: Path) -> None:
    """Modules that the launcher would run, if it looked for its own in the work folder."""
    for name in ("ctypes", "marshal", "resource", "select", "sitecustomize", "usercustomize", "hijacked"):
        (folder / f"{name}.py").write_text("import os; os.environ['HIJACKED'] = '1'\nraise SystemExit(3)\n")


def as_ordinary(folder: Path, function: Callable[[], str]) -> str:
    """As `as_nobody`, where the interpreter may lie in a home that is closed to others."""
    if os.getuid() != 0:
        return function()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        reach(list(interpreter()))
        os.environ["HOME"] = str(folder)
        os.write(writing, as_nobody(folder, function).encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said
