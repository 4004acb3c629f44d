"""The filter of system calls, as a program of classic BPF.

Most calls are open; what is closed reaches beyond the work folder and the process group: sockets,
namespaces, mounts, other processes, the keyring, kernel interfaces that Landlock does not see. Calls that
are younger than this table do not exist, as far as the program can tell.
"""

from __future__ import annotations

import struct

_EPERM, _ENOSYS = 1, 38
_ALLOW, _ERRNO, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _ABOVE, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_NEWEST = 456  # futex_requeue, of Linux 6.7

# name: number on x86_64, on aarch64; -1 where it does not exist
_CLOSED = """
socket 41 198  bind 49 200  listen 50 201  accept 43 202  accept4 288 242  connect 42 203
ptrace 101 117  process_vm_readv 310 270  process_vm_writev 311 271  kcmp 312 272  pidfd_getfd 438 438
perf_event_open 298 241  bpf 321 280  userfaultfd 323 282  io_uring_setup 425 425
io_uring_enter 426 426  io_uring_register 427 427  keyctl 250 219  add_key 248 217  request_key 249 218
mount 165 40  umount2 166 39  pivot_root 155 41  chroot 161 51  fsopen 430 430  fsconfig 431 431
fsmount 432 432  fspick 433 433  move_mount 429 429  open_tree 428 428  mount_setattr 442 442
unshare 272 97  setns 308 268  memfd_create 319 279  memfd_secret 447 447  shmget 29 194  shmat 30 196
shmctl 31 195  msgget 68 186  msgsnd 69 189  semget 64 190  semop 65 193  mq_open 240 180
mq_unlink 241 181  open_by_handle_at 304 265  name_to_handle_at 303 264  acct 163 89  swapon 167 224
swapoff 168 225  reboot 169 142  sethostname 170 161  setdomainname 171 162  init_module 175 105
finit_module 313 273  delete_module 176 106  kexec_load 246 104  kexec_file_load 320 294
quotactl 179 60  quotactl_fd 443 443  fanotify_init 300 262  fanotify_mark 301 263  inotify_init 253 -1
inotify_init1 294 26  inotify_add_watch 254 27  syslog 103 116  settimeofday 164 170
clock_settime 227 112  clock_adjtime 305 266  adjtimex 159 171  iopl 172 -1  ioperm 173 -1
vhangup 153 58  personality 135 92  setpriority 141 140  ioprio_set 251 30  sched_setscheduler 144 119
sched_setparam 142 118  sched_setattr 314 274  migrate_pages 256 238  move_pages 279 239
process_madvise 440 440  process_mrelease 448 448  setxattr 188 5  lsetxattr 189 6  fsetxattr 190 7
removexattr 197 14  lremovexattr 198 15  fremovexattr 199 16
modify_ldt 154 -1  uselib 134 -1  lookup_dcookie 212 18
"""
# Without a process namespace: nobody leaves the group by which all of them are ended.
_GROUP = "setsid 112 157  setpgid 109 154"
# Without a process namespace and without a Landlock that knows of signals (before Linux 6.12).
_SIGNALS = """
kill 62 129  tkill 200 130  tgkill 234 131  rt_sigqueueinfo 129 138  rt_tgsigqueueinfo 297 240
pidfd_send_signal 424 424
"""
_TRUNCATE = "truncate 76 45"  # before the Landlock of Linux 6.2
# Without a read-only view of the system: these change what the user owns elsewhere, and Landlock does not see
# them. They do nothing and say that they did: copying a file changes its mode, and should not fail for that.
_ATTRIBUTES = """
chmod 90 -1  fchmod 91 52  fchmodat 268 53  fchmodat2 452 452  chown 92 -1  fchown 93 55  lchown 94 -1
fchownat 260 54  utime 132 -1  utimes 235 -1  futimesat 261 -1  utimensat 280 88
"""
_NEW_NAMESPACES = 0x7E020000
# name, numbers, argument, test, value: closed where the argument passes the test
_ARGUMENTS = (
    ("clone", 56, 220, 0, "bits", _NEW_NAMESPACES),
    ("prlimit64", 302, 261, 0, "other", 0),  # of another process
    ("sched_setaffinity", 203, 122, 0, "other", 0),
    ("socketpair", 53, 199, 0, "other", 1),  # other than AF_UNIX
    ("prctl", 157, 167, 0, "is", 1),  # PR_SET_PDEATHSIG
    ("prctl", 157, 167, 0, "is", 4),  # PR_SET_DUMPABLE
    ("prctl", 157, 167, 0, "is", 0x59616D61),  # PR_SET_PTRACER
    ("ioctl", 16, 29, 1, "is", 0x5412),  # TIOCSTI
    ("ioctl", 16, 29, 1, "is", 0x541C),  # TIOCLINUX
    ("ioctl", 16, 29, 1, "is", 0x8901),  # FIOSETOWN: signals to whom it names
    ("ioctl", 16, 29, 1, "is", 0x8902),  # SIOCSPGRP: the same
    ("fcntl", 72, 25, 1, "is", 8),  # F_SETOWN: the same
    ("fcntl", 72, 25, 1, "is", 10),  # F_SETSIG
    ("fcntl", 72, 25, 1, "is", 15),  # F_SETOWN_EX
)
_SOCKETPAIR, _CLONE3 = (53, 199), 435


def supported(machine: str) -> bool:
    """Whether there is a table for this kind of processor."""
    return machine in _ARCHITECTURES


def assemble(machine: str, *, own_processes: bool, landlock: int) -> bytes:
    """The program for the kernel.

    Args:
        machine: as `os.uname` names it.
        own_processes: inside a process namespace and a read-only view of the system.
        landlock: version of the kernel's Landlock.
    """
    column = list(_ARCHITECTURES).index(machine)
    code = [
        _step(_LOAD, 4),
        _step(_EQUAL, _ARCHITECTURES[machine], 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, 0),
        _step(_EQUAL, _CLONE3, 0, 1),
        _step(_RETURN, _ERRNO | _ENOSYS),  # its flags cannot be seen; libraries go on with clone
        _step(_ABOVE, _NEWEST, 0, 1),  # the other numbering of x86_64 (x32) too
        _step(_RETURN, _ERRNO | _ENOSYS),
    ]
    closed = _CLOSED
    if not own_processes:
        closed = " ".join(
            (_CLOSED, _GROUP, _SIGNALS if landlock < 6 else "", _TRUNCATE if landlock < 3 else "")
        )
        code += _answers(_numbers(_ATTRIBUTES, column), 0)
    code += _answers(_numbers(closed, column), _EPERM)
    for name, x86, arm, argument, test, value in _ARGUMENTS:
        number = (x86, arm)[column]
        low = _step(_LOAD, 16 + 8 * argument)
        body = {
            "bits": [low, _step(_ANY_BIT, value, 0, 1)],
            "is": [low, _step(_EQUAL, value, 0, 1)],
            "other": [low, _step(_EQUAL, value, 1, 0)],
        }[test]
        code += _when(number, [*body, _step(_RETURN, _ERRNO | _EPERM)])
        if name == "socketpair":  # a datagram socket would send to any address
            kind = [_step(_LOAD, 24), _step(_AND, 0xF), _step(_EQUAL, 1, 1, 0)]
            code += _when(number, [*kind, _step(_RETURN, _ERRNO | _EPERM)])
    return b"".join([*code, _step(_RETURN, _ALLOW)])


def _step(operation: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", operation, yes, no, value)


def _numbers(table: str, column: int) -> list[int]:
    words = table.split()
    return [n for n in map(int, words[1 + column :: 3]) if n >= 0]


def _answers(numbers: list[int], error: int) -> list[bytes]:
    return [part for n in numbers for part in (_step(_EQUAL, n, 0, 1), _step(_RETURN, _ERRNO | error))]


def _when(number: int, body: list[bytes]) -> list[bytes]:
    """`body` for this call; it has used up the number, so that it is loaded again."""
    return [_step(_EQUAL, number, 0, len(body) + 1), *body, _step(_LOAD, 0)]
