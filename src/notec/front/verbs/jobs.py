"""`notec jobs`."""

from __future__ import annotations

import argparse
import json
import signal
import time
from typing import TYPE_CHECKING

from notec.core import NotecError

if TYPE_CHECKING:
    from notec.app.jobs import Jobs
    from notec.front.session import Session
    from notec.store import Job

NAME = "jobs"
EXAMPLE = """notec compile Ideas/shop --out ~/builds/shop --background
notec jobs
notec jobs show 3f2a
notec jobs cancel 3f2a
notec jobs run          # what waits, also after a reboot; at every login: add this line to your crontab:
@reboot notec --vault ~/vault jobs run"""
ACTIONS = ("list", "show", "cancel", "run")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "action", nargs="?", choices=ACTIONS, default="list", help="list (default), show, ..."
    )
    parser.add_argument(
        "job", nargs="?", default="", help="id of a job, or how it begins; for show and cancel"
    )


def run(session: Session) -> int:
    from notec.app.jobs import Jobs

    options = session.options
    jobs = Jobs(session.workspace)
    if options.action in ("show", "cancel") and not options.job:
        raise NotecError(f"`jobs {options.action}` needs the id of a job", "`notec jobs` lists them")
    if options.action == "list":
        return _list(session, jobs)
    if options.action == "show":
        return _show(session, jobs, options.job)
    if options.action == "cancel":
        state = jobs.cancel(options.job)
        session.out({"running": "stops before its next request"}.get(state, state))
        return 0
    return _run(session, jobs)


def _list(session: Session, jobs: Jobs) -> int:
    from notec.app.jobs import job_json
    from notec.front.render import printable

    for job in jobs.every():
        if session.json:
            session.data(job_json(job))
        else:
            session.out(printable(_line(job)))
    return 0


def _line(job: Job) -> str:
    order = json.loads(job.payload)
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(job.made))
    told = job.progress if job.state == "running" else job.result or job.error
    return f"{job.id}  {job.state:9}  {made}  {order['idea']} -> {order['out']}" + (
        f"  {told}" if told else ""
    )


def _show(session: Session, jobs: Jobs, number: str) -> int:
    from notec.app.jobs import job_json
    from notec.front.render import printable

    job = jobs.get(number)
    if session.json:
        session.data(job_json(job) | {"log": jobs.log(number)})
        return 0
    session.out(printable(_line(job)))
    session.out(f"attempts: {job.attempts}; log: {jobs.log(number)}")
    for line in jobs.log_tail(number).splitlines():
        session.out(printable(f"  {line}"))
    return 0


def _run(session: Session, jobs: Jobs) -> int:
    from notec.app.jobs import job_json
    from notec.front.render import printable
    from notec.front.stopping import stopping

    with stopping(signal.SIGTERM) as stop:
        done = jobs.work(stop, session.say)
        asked = stop()
    for job in done:
        if session.json:
            session.data(job_json(job))
        else:
            session.out(printable(_line(job)))
    if asked:
        session.say("stopped; `notec jobs run` goes on from there")
        return 130
    return 1 if any(job.state != "done" or job.result.strip("0123456789 done,") for job in done) else 0
