"""An engine under supervision: it comes back after a crash, and never outlives what started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notec.core import NotecError
from notec.engine.endpoint import Endpoint, free_port
from notec.engine.failure import Failure, explain
from notec.engine.launch import answers
from notec.engine.supervise import Policy, State, Supervisor

STAND_IN = Path(__file__).with_name("stand_in_engine.py")
QUICK = Policy(start=20, look=0.05, hung=0.5, backoff=0.02, restarts=3, grace=1.0)


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be buried does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    try:
        return not stat.parent.parent.is_dir() or stat.read_text().rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def soon(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


Start = Callable[..., Supervisor]


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Start]:
    """Makes supervisors of the stand-in engine; whatever still runs at the end is stopped."""
    made: list[Supervisor] = []

    def make(wishes: str = "", policy: Policy = QUICK, **more: object) -> Supervisor:
        endpoint = Endpoint(f"http://127.0.0.1:{free_port()}/v1")
        port = endpoint.root.rpartition(":")[2]
        supervisor = Supervisor(
            "stand-in",
            [sys.executable, str(STAND_IN), "--port", port],
            lambda: answers(endpoint, "/health", timeout=0.5),
            tmp_path / "logs" / "stand-in.log",
            environment={"STAND_IN": wishes},
            policy=policy,
            **more,  # type: ignore[arg-type]
        )
        made.append(supervisor)
        return supervisor

    yield make
    for supervisor in made:
        supervisor.stop()


def test_it_is_ready_when_the_engine_answers_and_gone_when_stopped(supervised: Start) -> None:
    supervisor = supervised("slow=0.3|say=loading")
    supervisor.start()
    assert supervisor.state == "ready"
    assert "loading" in supervisor.log.read_text()
    pid = supervisor.pid
    assert alive(pid)
    supervisor.stop()
    supervisor.stop()
    assert supervisor.state == "stopped"
    assert not alive(pid)


def test_a_killed_engine_is_started_again(supervised: Start) -> None:
    said: list[tuple[State, str]] = []
    supervisor = supervised(on_state=lambda state, line: said.append((state, line)))
    supervisor.start()
    first = supervisor.pid
    os.kill(first, signal.SIGKILL)
    assert soon(lambda: supervisor.restarts == 1 and supervisor.state == "ready")
    assert supervisor.pid != first
    assert [state for state, _ in said] == ["starting", "ready", "waiting", "starting", "ready"]
    assert "was ended by SIGKILL" in said[2][1]


def test_an_engine_that_gives_no_sign_of_life_is_ended_and_started_again(
    supervised: Start, tmp_path: Path
) -> None:
    supervisor = supervised(f"mute=0.5|once={tmp_path / 'once'}|deaf")
    endpoint_gone: list[str] = []
    supervisor._on_state = lambda state, line: endpoint_gone.append(line)
    supervisor.start()
    assert soon(lambda: supervisor.restarts == 1 and supervisor.state == "ready", 30)
    assert any("no sign of life" in line for line in endpoint_gone)


def test_an_engine_that_keeps_crashing_is_given_up(supervised: Start) -> None:
    supervisor = supervised("crash=0.2")
    supervisor.start()
    assert supervisor.wait(20) == "failed"
    assert supervisor.restarts == 3
    assert supervisor.failure == Failure("crash", 3)


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        ("ggml_backend_cuda_buffer_type_alloc_buffer: cudaMalloc failed", "gpu-memory", "out of GPU memory"),
        ("terminate called: std::bad_alloc", "memory", "out of memory"),
        ("error: invalid argument: --no-such", "arguments", "refused its arguments"),
        ("llama_model_load: error loading model: bad magic", "model", "cannot load the model"),
        ("OSError: [Errno 98] Address already in use", "port", "port is taken"),
        ("ModuleNotFoundError: No module named 'x'", "missing", "could not be started"),
    ],
)
def test_what_must_fail_again_is_not_tried_again(supervised: Start, said: str, kind: str, words: str) -> None:
    supervisor = supervised(f"say={said}|exit=1", smaller=lambda failure: "half the context (--context 8)")
    with pytest.raises(NotecError, match=words) as raised:
        supervisor.start()
    assert supervisor.failure
    assert supervisor.failure.kind == kind
    assert supervisor.restarts == 0
    assert said in raised.value.message
    assert str(supervisor.log) in raised.value.hint
    assert ("--context 8" in raised.value.hint) == (kind in ("memory", "gpu-memory"))


def test_memory_that_runs_out_later_ends_it_with_the_next_smaller_plan(supervised: Start) -> None:
    said: list[str] = []
    supervisor = supervised(
        "say=CUDA error: out of memory|crash=0.3",
        smaller=lambda failure: "half the context",
        on_state=lambda state, line: said.append(line),
    )
    supervisor.start()
    assert supervisor.wait(20) == "failed"
    assert "next smaller: half the context" in said[-1]


def test_a_kill_for_want_of_memory_is_told_from_any_other_kill() -> None:
    assert explain(137, "loading", killed_for_memory=True).kind == "memory"
    assert explain(137, "loading").kind == "crash"


def test_the_last_words_count_and_the_servers_own_way_out_is_kept() -> None:
    long_ago = "mlock: Cannot allocate memory\n" + "serving\n" * 100
    assert explain(139, long_ago + "segfault").kind == "crash"
    own = explain(2, "loading\nnotec: error: no such type: q3\n  help: one of: f16, q8_0\n")
    told = own.error("embedded", Path("a.log"))
    assert (own.kind, own.again) == ("refused", False)
    assert str(told) == "embedded: did not start: no such type: q3\n  help: one of: f16, q8_0; its log: a.log"


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    supervisor = Supervisor("ghost", ["/no/such/engine"], lambda: False, tmp_path / "log", policy=QUICK)
    with pytest.raises(NotecError, match="could not be started: /no/such/engine: No such file"):
        supervisor.start()


def test_an_engine_that_never_gets_ready_is_ended(supervised: Start) -> None:
    supervisor = supervised("slow=100|deaf", Policy(start=0.5, grace=0.2))
    with pytest.raises(NotecError, match="no sign of life"):
        supervisor.start()
    assert supervisor.pid == 0


def test_what_the_engine_started_ends_with_it(supervised: Start, tmp_path: Path) -> None:
    supervisor = supervised(f"child={tmp_path / 'child'}")
    supervisor.start()
    child = int((tmp_path / "child").read_text())
    assert alive(child)
    supervisor.stop()
    assert not alive(child)


def test_an_engine_that_ignores_the_wish_to_stop_is_killed(supervised: Start) -> None:
    supervisor = supervised("deaf")
    supervisor.start()
    pid = supervisor.pid
    supervisor.stop()
    assert not alive(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_killing_the_guard_kills_the_engine(supervised: Start) -> None:
    supervisor = supervised(policy=Policy(backoff=60))
    supervisor.start()
    pid = supervisor.pid
    assert supervisor._guard
    os.kill(supervisor._guard.pid, signal.SIGKILL)
    assert soon(lambda: not alive(pid))
    assert soon(lambda: supervisor.state == "waiting")


OWNER = """
import sys, time
from pathlib import Path
from notec.engine.supervise import Policy, Supervisor
s = Supervisor("stand-in", sys.argv[2:], lambda: Path(sys.argv[1]).exists(), Path(sys.argv[1] + ".log"),
               policy=Policy(grace=0.5))
try:
    s.start()
    print(s.pid, flush=True)
    time.sleep(300)
except KeyboardInterrupt:
    s.stop()
    print("stopped in order", flush=True)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_engine_outlives_its_owner(how: signal.Signals, tmp_path: Path) -> None:
    child = tmp_path / "child"
    command = [sys.executable, str(STAND_IN), "--port", str(free_port())]
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(child), *command],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "STAND_IN": f"child={child}|deaf"},
    )
    assert owner.stdout
    engine = int(owner.stdout.readline())
    assert soon(lambda: child.read_text() != "")
    started = int(child.read_text())
    assert alive(engine)
    assert alive(started)
    owner.send_signal(how)
    assert ("stopped in order" in owner.communicate(timeout=20)[0]) == (how == signal.SIGINT)
    assert soon(lambda: not alive(engine) and not alive(started))


def test_older_logs_are_kept_and_bounded(supervised: Start) -> None:
    for _ in range(7):
        supervisor = supervised("say=hello|exit=2")
        with pytest.raises(NotecError, match="exit code 2"):
            supervisor.start()
    names = sorted(path.name for path in supervisor.log.parent.iterdir())
    assert names == ["stand-in.log", *(f"stand-in.log.{i}" for i in range(1, 5))]


def test_a_log_folder_that_is_lost_ends_the_supervision_with_a_word(supervised: Start) -> None:
    said: list[str] = []
    supervisor = supervised(on_state=lambda state, line: said.append(line))
    supervisor.start()
    pid = supervisor.pid
    supervisor.log.unlink()
    supervisor.log.parent.rmdir()
    os.kill(pid, signal.SIGKILL)
    assert supervisor.wait(20) == "failed"
    assert "No such file or directory" in said[-1]
    assert not alive(pid)
