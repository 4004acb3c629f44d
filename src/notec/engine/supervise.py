"""A child process under supervision: started, watched, restarted with a growing pause, never orphaned.

The engine is a grandchild, behind a guard (see `guard.py`) that ends it when this process ends in whatever
way. Its output goes straight into a log file. An engine that dies is started again, unless the same start
must fail the same way (no memory, port taken, wrong arguments, a model that cannot be loaded).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from notec.core import NotecError
from notec.engine.failure import Failure, explain, kills_for_memory

State = Literal["stopped", "starting", "ready", "waiting", "failed"]
_TAIL = 64 * 1024
_KEPT_LOGS = 4
_LOOK = 0.05  # seconds between two looks while starting


@dataclass(frozen=True)
class Policy:
    """How patient supervision is; seconds.

    Args:
        start: longest time until ready; a large model is read from the disk for many minutes.
        look: between two looks at a running engine's health.
        hung: without any answer, although it runs, until it is ended and started again.
        backoff: before the first restart; doubled for each, up to 60 s.
        restarts: in a row; an engine that was ready for `settled` seconds counts anew.
        grace: from asking an engine to stop until it is killed.
    """

    start: float = 1800.0
    look: float = 5.0
    hung: float = 180.0
    backoff: float = 1.0
    restarts: int = 5
    settled: float = 300.0
    grace: float = 10.0


class Supervisor:
    """Keeps one engine running.

    Args:
        name: of the engine, for messages.
        argv: its command; the first word is a path or found on the PATH.
        healthy: asked whether it answers; must return within seconds and never raise.
        log: file for everything it says; older logs are kept beside it as `.1` to `.4`.
        smaller: the next smaller plan in words, said when memory runs out.
        on_state: told of every change, with a line for people.
    """

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        healthy: Callable[[], bool],
        log: Path,
        *,
        environment: Mapping[str, str] | None = None,
        policy: Policy | None = None,
        smaller: Callable[[Failure], str] | None = None,
        on_state: Callable[[State, str], None] | None = None,
    ) -> None:
        self.name = name
        self.argv = tuple(argv)
        self.log = log
        self.policy = policy or Policy()
        self.state: State = "stopped"
        self.failure: Failure | None = None
        self.restarts = 0
        self.pid = 0  # of the engine itself, while it runs
        self._healthy = healthy
        self._environment = dict(environment or {})
        self._smaller = smaller
        self._on_state = on_state
        self._guard: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._log_start = 0
        self._kills = 0

    def start(self) -> None:
        """Start the engine and wait until it is ready.

        Raises:
            NotecError: it ended, or was not ready in time; says why. Nothing runs then.
        """
        if os.name == "nt":
            raise NotecError(
                "child engines need Linux or macOS",
                "start the engine yourself and name its address as model.url",
            )
        self._rotate()
        self._stop.clear()
        try:
            self._spawn()
            failure = self._wait_ready()
        except BaseException:  # Ctrl-C while a model loads, too
            self._end()
            self._set("stopped", "")
            raise
        if failure:
            self._set("failed", "")
            raise self.error(failure)
        self._watcher = threading.Thread(target=self._watch, name=f"notec-{self.name}", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """End the engine in order and wait until it is gone; may be called at any time, and twice."""
        self._stop.set()
        if self._watcher:
            self._watcher.join()
            self._watcher = None
        self._end()
        if self.state != "failed":
            self._set("stopped", "")

    def wait(self, timeout: float | None = None) -> State:
        """Wait until the engine has ended for good, or the time is over; gives the state."""
        with self._changed:
            self._changed.wait_for(lambda: self.state in ("failed", "stopped"), timeout)
        return self.state

    def wait_ready(self, timeout: float) -> bool:
        """Wait until it is ready, after a restart for instance."""
        with self._changed:
            return self._changed.wait_for(lambda: self.state == "ready", timeout)

    def error(self, failure: Failure) -> NotecError:
        """The failure for the user, with the next smaller plan where memory ran out."""
        smaller = self._smaller(failure) if self._smaller and failure.out_of_memory else ""
        return failure.error(self.name, self.log, smaller)

    def _spawn(self) -> None:
        self._set("starting", f"{self.name}: starting")
        self._kills = kills_for_memory()
        guard = str(Path(__file__).with_name("guard.py"))
        with open(self.log, "ab") as log:
            log.write(f"== notec: {time.strftime('%Y-%m-%d %H:%M:%S')} {' '.join(self.argv)}\n".encode())
            log.flush()
            self._log_start = log.tell()
            self._guard = subprocess.Popen(  # noqa: S603  (the user's own engine)
                [sys.executable, "-I", "-S", guard, str(self.policy.grace), *self.argv],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, **self._environment},
                start_new_session=True,
            )
        assert self._guard.stdout
        self.pid = int(self._guard.stdout.readline().strip() or 0)
        self._guard.stdout.close()

    def _wait_ready(self) -> Failure | None:
        """None once it is ready, else why it is not; it has ended then."""
        end = time.monotonic() + self.policy.start
        guard = self._running()
        while not self._stop.is_set():
            if guard.poll() is not None:
                return self._buried(guard.returncode)
            if self._healthy():
                self.failure = None
                self._set("ready", f"{self.name}: ready")
                return None
            if time.monotonic() > end:
                return self._buried(self._end(), hung=True)
            self._stop.wait(_LOOK)
        return self._buried(self._end())

    def _watch(self) -> None:
        """Watch until told to stop; a disk that is lost meanwhile ends the supervision, never in silence."""
        try:
            self._keep_running()
        except OSError as error:
            self._end()
            self.failure = Failure("crash", 0, f"{error.filename or self.log}: {error.strerror}")
            self._set("failed", str(self.error(self.failure)))

    def _keep_running(self) -> None:
        """Wait for the engine's end or silence, and start it again."""
        pause = self.policy.backoff
        while not self._stop.is_set():
            since = time.monotonic()
            hung = self._until_it_ends()
            if self._stop.is_set():
                return
            failure = self._buried(self._end() if hung else self._running().wait(), hung=hung)
            if time.monotonic() - since > self.policy.settled:
                self.restarts, pause = 0, self.policy.backoff
            while True:
                if not failure.again or self.restarts >= self.policy.restarts:
                    self._set("failed", str(self.error(failure)))
                    return
                self.restarts += 1
                self._set("waiting", f"{self.error(failure).message}; starting again in {pause:g} s")
                if self._stop.wait(pause):
                    return
                pause = min(pause * 2, 60.0)
                self._spawn()
                again = self._wait_ready()
                if self._stop.is_set():
                    return
                if again is None:
                    break
                failure = again

    def _until_it_ends(self) -> bool:
        """Wait until the engine ends (False) or has not answered for too long (True)."""
        guard = self._running()
        answered = looked = time.monotonic()
        while not self._stop.wait(_LOOK) and guard.poll() is None:
            now = time.monotonic()
            if now - looked < self.policy.look:
                continue
            if self._healthy():
                answered = time.monotonic()
            elif time.monotonic() - answered > self.policy.hung:
                return True
            looked = time.monotonic()
        return False

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._guard
        return self._guard

    def _end(self) -> int:
        """Let the guard end the engine; the exit code."""
        guard = self._guard
        if not guard:
            return 0
        if guard.stdin and not guard.stdin.closed:
            guard.stdin.close()
        try:
            code = guard.wait(self.policy.grace + 10)
        except subprocess.TimeoutExpired:
            guard.kill()
            code = guard.wait()
        self._sweep()
        return code

    def _sweep(self) -> None:
        """After the guard was killed: end what the engine's own session still runs."""
        if self.pid and self._running().returncode < 0:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self.pid = 0

    def _buried(self, code: int, *, hung: bool = False) -> Failure:
        """The failure of an engine that has ended; kept in `failure`."""
        guard = self._running()
        if guard.stdin and not guard.stdin.closed:
            guard.stdin.close()
        self._sweep()
        code = code if code >= 0 else 128 - code
        self.failure = explain(
            code, self._tail(), killed_for_memory=kills_for_memory() > self._kills, hung=hung
        )
        return self.failure

    def _tail(self) -> str:
        with open(self.log, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(self._log_start, size - _TAIL))
            return file.read().decode("utf-8", "replace")

    def _rotate(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        names = [self.log, *(self.log.with_name(f"{self.log.name}.{i}") for i in range(1, _KEPT_LOGS + 1))]
        for older, newer in zip(reversed(names), reversed(names[:-1]), strict=False):
            if newer.exists():
                newer.replace(older)

    def _set(self, state: State, line: str) -> None:
        with self._changed:
            self.state = state
            self._changed.notify_all()
        if self._on_state and line:
            self._on_state(state, line)
