from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notec.store import Database, Jobs
from notec.store.migrations import MIGRATIONS


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jobs(tmp_path: Path, clock: Clock) -> Iterator[Jobs]:
    with Database.open(tmp_path / "store.db", MIGRATIONS) as database:
        yield Jobs(database, tries=2, clock=clock)


def test_jobs_are_done_in_order_of_priority_and_age(jobs: Jobs, clock: Clock) -> None:
    for payload, priority in (("a", 0), ("b", 0), ("urgent", 5)):
        jobs.enqueue("compile", payload, priority=priority)
    claimed = [jobs.claim("w") for _ in range(4)]
    assert [job.payload if job else None for job in claimed] == ["urgent", "a", "b", None]


def test_a_job_from_queue_to_end(jobs: Jobs, clock: Clock) -> None:
    number = jobs.enqueue("compile", "idea.md")
    job = jobs.claim("w1")
    assert job
    assert (job.id, job.state, job.attempts, job.lease) == (number, "running", 1, 1060.0)
    clock.now += 50
    assert jobs.heartbeat(number, "w1", progress="3 of 9") == "go on"
    clock.now += 50
    assert jobs.claim("w2") is None
    assert jobs.finish(number, "w1", result="build/")
    done = jobs.get(number)
    assert done
    assert (done.state, done.progress, done.result, done.ended, done.lease) == (
        "done",
        "3 of 9",
        "build/",
        1100.0,
        0,
    )
    assert jobs.list("queued", "running") == ()
    assert [job.id for job in jobs.list()] == [number]


def test_a_job_of_a_dead_worker_is_taken_over(jobs: Jobs, clock: Clock) -> None:
    number = jobs.enqueue("compile", "idea.md")
    assert jobs.claim("killed")
    clock.now += 61
    job = jobs.claim("w2")
    assert job
    assert (job.id, job.attempts) == (number, 2)
    assert jobs.heartbeat(number, "killed") == "lost"
    assert not jobs.finish(number, "killed", "failed")
    assert jobs.finish(number, "w2")


def test_a_job_that_kills_its_workers_ends(jobs: Jobs, clock: Clock) -> None:
    number = jobs.enqueue("compile", "idea.md")
    for _ in range(2):
        assert jobs.claim("w")
        clock.now += 61
    assert jobs.claim("w") is None
    job = jobs.get(number)
    assert job
    assert (job.state, job.error) == ("failed", "its worker died 2 times")


def test_a_job_can_be_put_back(jobs: Jobs) -> None:
    number = jobs.enqueue("compile", "idea.md")
    jobs.claim("w")
    assert jobs.finish(number, "w", "queued")
    again = jobs.claim("w")
    assert again
    assert (again.id, again.ended) == (number, 0)


def test_cancel(jobs: Jobs, clock: Clock) -> None:
    waiting, running, orphan = (jobs.enqueue("compile", p, priority=-i) for i, p in enumerate("abc"))
    assert jobs.cancel(waiting) == "cancelled"
    assert jobs.claim("w", lease=1000)
    assert jobs.claim("dead")
    assert jobs.cancel(running) == "running"
    assert jobs.heartbeat(running, "w", lease=1000) == "cancel"
    assert jobs.finish(running, "w", "cancelled")
    jobs.cancel(orphan)
    clock.now += 100
    assert jobs.claim("w") is None
    assert [job.state for job in jobs.list()] == ["cancelled"] * 3
    assert jobs.cancel("no such job") is None
    assert jobs.cancel(running) == "cancelled"


def test_a_worker_may_take_some_kinds_only(jobs: Jobs) -> None:
    jobs.enqueue("embed", "x")
    assert jobs.claim("w", kinds=["compile", "brief"]) is None
    assert jobs.claim("w", kinds=["compile", "embed"])
