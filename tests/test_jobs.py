"""Compilations in the background: they outlive terminal, kill and reboot, and stop when asked to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from example_build import EXAMPLES, IDEA
from notec import Workspace
from notec.app.jobs import Jobs, Order
from notec.core import NotecError
from openai_server import STALL, Answer, OpenAIServer, Seen, say

REPLIES = str(EXAMPLES / "replies.jsonl")
QUICK = "requirements"  # the pass that these jobs end with


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    folder = tmp_path / "vault"
    folder.mkdir()
    (folder / "tool.idea").write_text(
        "# Tool\n\nThe tool must print the total.\nThe tool must never delete a file.\n", encoding="utf-8"
    )
    return folder


@pytest.fixture
def workspace(vault: Path, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(vault, home=tmp_path / "home") as opened:
        yield opened


def _never() -> bool:
    return False


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)


def test_a_job_is_queued_done_and_listed(workspace: Workspace, tmp_path: Path) -> None:
    jobs = Jobs(workspace)
    number = jobs.add(Order("tool.idea", str(tmp_path / "build"), QUICK))
    assert jobs.add(Order("tool.idea", str(tmp_path / "build"), QUICK)) == number
    [done] = jobs.work(_never)
    assert (done.id, done.state, done.attempts) == (number, "done", 1)
    assert (tmp_path / "build/requirements.md").exists()
    assert "attempt 1" in jobs.log_tail(number)
    assert jobs.work(_never) == []


def test_an_order_that_cannot_be_carried_out_fails_with_its_reason(
    workspace: Workspace, tmp_path: Path
) -> None:
    jobs = Jobs(workspace)
    jobs.add(Order("nothing.idea", str(tmp_path / "build")))
    good = jobs.add(Order("tool.idea", str(tmp_path / "build"), QUICK))
    bad, done = jobs.work(_never)
    assert (bad.state, done.state, done.id) == ("failed", "done", good)
    assert "no such file" in bad.error
    assert "no such file" in jobs.log_tail(bad.id)


def test_a_job_that_waits_can_be_cancelled(workspace: Workspace, tmp_path: Path) -> None:
    jobs = Jobs(workspace)
    number = jobs.add(Order("tool.idea", str(tmp_path / "build")))
    assert jobs.cancel(number[:6]) == "cancelled"
    assert jobs.work(_never) == []
    with pytest.raises(NotecError, match="no job 'zz'"):
        jobs.get("zz")


def test_a_worker_that_is_told_to_stop_puts_its_job_back(workspace: Workspace, tmp_path: Path) -> None:
    jobs = Jobs(workspace)
    number = jobs.add(Order("tool.idea", str(tmp_path / "build"), replay=_replies(tmp_path)))
    asked = iter([False, *[True] * 1000])
    [job] = jobs.work(lambda: next(asked))
    assert (job.id, job.state) == (number, "queued")


def _replies(tmp_path: Path) -> str:
    file = tmp_path / "replies.jsonl"
    file.write_text("", encoding="utf-8")
    return str(file)


def _cli(vault: Path, home: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "notec.front.cli", "--vault", str(vault), "--home", str(home), *words]


def _shown(vault: Path, home: Path) -> list[dict[str, object]]:
    told = subprocess.run(
        _cli(vault, home, "jobs", "--json"), capture_output=True, encoding="utf-8", check=True
    )
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_a_background_job_outlives_the_command_that_started_it(tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "build"
    with Workspace.open(EXAMPLES / "vault", home=home) as workspace:
        workspace.index()
    options = ("--out", str(out), "--replay", REPLIES, "--stop-after", "pseudocode", "--background", "--json")
    started = subprocess.run(
        _cli(EXAMPLES / "vault", home, "compile", IDEA, *options),
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    told = json.loads(started.stdout)
    assert started.stderr == ""
    _wait(lambda: _shown(EXAMPLES / "vault", home)[0]["state"] not in ("queued", "running"))
    [job] = _shown(EXAMPLES / "vault", home)
    assert (job["id"], job["state"]) == (told["job"], "done")
    assert (out / "pseudocode/memory.md").exists()
    _wait(lambda: not _alive(told["process"]))


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").split(")")[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_worker_that_was_killed_loses_nothing_and_asks_nothing_twice(vault: Path, tmp_path: Path) -> None:
    home, out = tmp_path / "home", tmp_path / "build"
    hold = [True]

    def reply(seen: Seen) -> Answer:
        if len(server.chats) > 1 and hold[0]:
            return Answer([STALL])
        return say(json.dumps({"requirements": []}))

    with OpenAIServer(reply) as server:
        (vault / "notec.toml").write_text(f'[model]\nurl = "{server.url}"\nname = "tiny"\n', encoding="utf-8")
        with Workspace.open(vault, home=home) as workspace:
            Jobs(workspace).add(Order("tool.idea", str(out), QUICK))
        worker = subprocess.Popen(_cli(vault, home, "jobs", "run"), stderr=subprocess.DEVNULL)
        _wait(lambda: len(server.chats) == 2)
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        hold[0] = False
        with Workspace.open(vault, home=home) as workspace:
            workspace._kept().jobs._clock = lambda: time.time() + 60  # the lease is over
            [job] = Jobs(workspace).work(_never)
        assert (job.state, job.attempts) == ("done", 2)
        asked = [s.prompt for s in server.chats]
    assert len(asked) == 3  # the one that was broken off, again
    assert asked[1] == asked[2] != asked[0]


def test_background_and_a_dry_run_do_not_go_together(vault: Path, tmp_path: Path) -> None:
    words = ("compile", "tool.idea", "--background", "--dry-run")
    done = subprocess.run(
        _cli(vault, tmp_path / "home", *words), capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 2
    assert "--background has no use for --dry-run" in done.stderr


def test_jobs_are_shown_and_named_by_how_their_id_begins(vault: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Workspace.open(vault, home=home) as workspace:
        number = Jobs(workspace).add(Order("tool.idea", str(tmp_path / "build"), QUICK))

    def told(*words: str) -> tuple[int, str]:
        done = subprocess.run(
            _cli(vault, home, "jobs", *words), capture_output=True, encoding="utf-8", check=False
        )
        return done.returncode, done.stdout + done.stderr

    assert told("run")[0] == 0
    code, text = told("show", number[:5])
    assert (code, f"{number}  done" in text, "attempts: 1" in text, "attempt 1" in text) == (
        0,
        True,
        True,
        True,
    )
    assert told("show", "zz") == (2, "notec: error: no job 'zz'\n  help: `notec jobs` lists them\n")
    assert told("cancel")[0] == 2
