"""What runs between `Sandbox.run` and the program: gives up every right, then becomes the program.

It is handed, compiled, to a bare interpreter, so it imports nothing of notec, and little at all: each module
costs start time, `typing` and `signal` the most. What to do stands, marshalled, in the file that is open
under the number in `argv[2]`; `argv[1]` says which part of the way this is:

* `door`: root only, before bubblewrap. The kernel counts no processes of root, so another user has to do it;
  in a mount namespace of its own the interpreter is made reachable for him.
* `supervise`: without bubblewrap. Runs the program as a child in a process group that it cannot leave, ends
  all of the group when it is over or when notec is gone, and says how it went.
* `inside`: rights away, then the program.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import resource
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NEW_MOUNTS, _BIND, _RECURSIVE, _PRIVATE = 0x20000, 0x1000, 0x4000, 1 << 18
_DEATH_SIGNAL, _DUMPABLE, _KEEP_CAPABILITIES, _SECCOMP = 1, 4, 8, 22
_SUBREAPER, _NO_NEW_RIGHTS, _AMBIENT = 36, 38, 47
_KILL = 9
_READ_SEARCH = 2  # CAP_DAC_READ_SEARCH: may read what belongs to others; Landlock still says what


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _prctl(option: int, *values: Any) -> None:
    filled = [ctypes.c_ulong(v) if isinstance(v, int) else v for v in (*values, 0, 0, 0, 0)[:4]]
    _checked(_libc().prctl(option, *filled), f"prctl {option}")


def _syscall(number: int, *values: Any) -> int:
    filled = [ctypes.c_long(v) if isinstance(v, int) else v for v in values]
    return _checked(_libc().syscall(ctypes.c_long(number), *filled), f"system call {number}")


def reach(paths: list[str]) -> None:
    """Make `paths` reachable for every user, in a mount namespace of this process's own.

    The topmost folder on the way that is closed to others gives way to an empty one that holds these alone.
    """
    behind: dict[str, list[str]] = {}
    for path in paths:
        if closed := _closed(path):
            behind.setdefault(closed, []).append(path)
    if not behind:
        return
    libc = _libc()
    _checked(libc.unshare(_NEW_MOUNTS), "unshare")
    _checked(libc.mount(b"none", b"/", None, ctypes.c_ulong(_RECURSIVE | _PRIVATE), None), "mount")
    for closed, hidden in behind.items():
        doors = [(path, os.open(path, os.O_PATH)) for path in hidden]
        _checked(
            libc.mount(b"tmpfs", os.fsencode(closed), b"tmpfs", ctypes.c_ulong(0), b"mode=755,size=1m"),
            "mount",
        )
        for path, source in doors:
            if os.path.isdir(f"/proc/self/fd/{source}"):
                os.makedirs(path, exist_ok=True)
            else:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.close(os.open(path, os.O_CREAT, 0o644))
            _checked(
                libc.mount(
                    f"/proc/self/fd/{source}".encode(),
                    os.fsencode(path),
                    None,
                    ctypes.c_ulong(_BIND | _RECURSIVE),
                    None,
                ),
                "mount",
            )
            os.close(source)


def _closed(path: str) -> str:
    """The topmost folder on the way to `path` that is closed to others; empty where none is."""
    parts = path.split("/")
    parents = ("/".join(parts[:i]) for i in range(2, len(parts)))
    return next((parent for parent in parents if not os.stat(parent).st_mode & 0o001), "")


def become(uid: int, keep_reading: bool = False) -> None:
    """Be an ordinary user from here on; with `keep_reading` closed folders are open for him to read."""
    if keep_reading:
        _prctl(_KEEP_CAPABILITIES, 1)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    if keep_reading:
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        bit = 1 << _READ_SEARCH
        sets = (ctypes.c_uint32 * 6)(
            bit, bit, bit, 0, 0, 0
        )  # effective, permitted, inheritable; then the upper
        if _libc().capset(header, sets) == 0:  # root of a container may lack it; then the canary decides
            _prctl(_AMBIENT, 2, _READ_SEARCH)


def restrict(order: dict[str, Any]) -> None:
    """Limits, Landlock, seccomp; none can be taken back."""
    for name, value in order["limits"].items():
        which = getattr(resource, name)
        hard = resource.getrlimit(which)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (least, least))
    _prctl(_NO_NEW_RIGHTS, 1)
    create, add, enter = 444, 445, 446
    attributes = order["ruleset"]
    ruleset = _syscall(create, ctypes.c_char_p(attributes), len(attributes), 0)
    for path, rights in order["rules"]:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue  # this machine has no such folder
        rule = rights.to_bytes(8, "little") + place.to_bytes(4, "little")
        _syscall(add, ruleset, 1, ctypes.c_char_p(rule), 0)
        os.close(place)
    _syscall(enter, ruleset, 0)
    os.close(ruleset)
    code: bytes = order["filter"]
    program = (ctypes.c_uint64 * 2)(
        len(code) // 8, ctypes.cast(ctypes.c_char_p(code), ctypes.c_void_p).value or 0
    )
    _prctl(_SECCOMP, 2, ctypes.byref(program))


def inside(order: dict[str, Any]) -> None:
    """Give up every right, and be the program."""
    os.dup2(order["stdin"], 0)
    os.close(order["stdin"])
    restrict(order)
    if order["argv"]:
        os.execv(order["argv"][0], order["argv"])  # noqa: S606
    sys.argv = [""]
    sys.path.insert(0, "")
    main = type(sys)("__main__")
    sys.modules["__main__"] = main
    exec(compile(order["source"], "<program>", "exec"), main.__dict__)  # noqa: S102  what this is all for


def supervise(order: dict[str, Any]) -> None:
    """Returns in a child, to become the program; leaves no process of it behind."""
    if order["user"]:
        become(order["user"], keep_reading=any(map(_closed, order["reach"])))
    _prctl(_SUBREAPER, 1)  # orphans of the program become children of this process
    go_in, go_out = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)  # seccomp forbids to leave it
        _prctl(_DEATH_SIGNAL, _KILL)
        os.close(go_out)
        for descriptor in (order["control"], order["report"]):
            os.close(descriptor)
        if not os.read(go_in, 1):
            os._exit(1)
        os.close(go_in)
        return
    _prctl(_DUMPABLE, 0)  # nobody looks into this process
    os.setpgid(child, child) if os.getpgid(child) != child else None
    for descriptor in (0, 1, 2, order["stdin"], go_in):
        os.close(descriptor)
    os.write(order["report"], b"%d\n" % child)
    os.write(go_out, b"g")
    os.close(go_out)
    status = _wait(child, order["control"])
    _end(child)
    if status is not None:
        os.write(order["report"], b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def _wait(child: int, control: int) -> int | None:
    """The status of the child; None when `control` is closed first: by notec, or by its end."""
    import select

    pidfd = os.pidfd_open(child)
    ready, _, _ = select.select([pidfd, control], [], [])
    if control in ready:
        return None
    return os.waitpid(child, 0)[1]


def _end(group: int) -> None:
    """End all of the group at once, and wait until nothing is left of it."""
    try:  # noqa: SIM105  an import costs start time
        os.killpg(group, _KILL)
    except ProcessLookupError:
        pass
    try:
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        pass


def door(order: dict[str, Any], command: list[str]) -> None:
    """As root: be another user, to whom the interpreter is reachable, and go on with bubblewrap."""
    reach(order["reach"])
    become(order["user"])
    os.execv(command[0], command)  # noqa: S606


def _main() -> None:
    part, descriptor = sys.argv[1], int(sys.argv[2])
    with open(descriptor, "rb", closefd=False) as file:
        order = marshal.loads(file.read())  # noqa: S302  sealed, and by us
    if part == "door":
        os.lseek(descriptor, 0, os.SEEK_SET)
        door(order, sys.argv[3:])
    os.close(descriptor)
    if part == "supervise":
        supervise(order)
    inside(order)


if __name__ == "__main__":
    _main()
