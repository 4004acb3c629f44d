"""One writer at a time: a lock file in `home` that ends with its process, however that ends."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

from notec.core import NotecError

FILE_NAME = "writer.lock"


class BusyError(NotecError):
    """Another process writes."""


class WriterLock:
    """Held while the index is written. The lock belongs to the open file, so a kill lets go of it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            BusyError: another process has it.
            NotecError: the file cannot be made.
        """
        file = self._home / FILE_NAME
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise NotecError(
                f"cannot use the index in {self._home}: {error.strerror}",
                "make the folder writable, or name another one with --home or NOTEC_HOME",
            ) from error
        if not _lock(descriptor):
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            who = f"another notec (process {holder})" if holder else "another notec"
            raise BusyError(
                f"{who} is writing the index in {self._home}",
                "wait for it to end, or end it; searching works meanwhile",
            )
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        except OSError:  # a full disk: the lock holds without the number in it
            pass
        self._file = descriptor

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> WriterLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _lock(descriptor: int) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            os.lseek(descriptor, 1 << 20, os.SEEK_SET)  # past the number, which others may read
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
