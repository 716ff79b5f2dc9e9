"""`jobs`: the job process, paused and resumed. `job`: one job, run now."""

import subprocess
import sys
import time
from dataclasses import asdict
from getpass import getuser
from typing import Any

import click
from sqlalchemy import Engine

from cdrstats import health
from cdrstats.cli.children import ROOT
from cdrstats.cli.common import database, json_option, noting, report, say
from cdrstats.errors import BadRequest, ServerTrouble
from cdrstats.health import control
from cdrstats.health.jobs import JobRun

LOOK_S = 0.2


@click.group()
def jobs() -> None:
    """The process that imports, counts and keeps house by itself."""


@jobs.command()
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    help="Seconds to wait for what is running.",
)
def pause(wait_s: float) -> None:
    """Let no job begin until `jobs resume`, and wait until what runs has ended.

    Exit status 1 if something still runs after that time.
    """
    with database("jobs") as engine:
        with engine.begin() as conn:
            control.pause(conn, getuser())
            noting(conn)("pause jobs")
        deadline = time.monotonic() + wait_s
        told_at = time.monotonic() + 2
        while running := _busy(engine):
            if time.monotonic() >= deadline:
                say(f"Jobs are paused, but still running: {', '.join(running)}.")
                sys.exit(1)
            if time.monotonic() >= told_at:
                say(f"Waiting for {', '.join(running)} ...")
                told_at = deadline
            time.sleep(LOOK_S)
    say("Jobs are paused, and nothing runs; `jobs resume` lets them go on.")


@jobs.command()
def resume() -> None:
    """Let the jobs run again."""
    with database("jobs") as engine, engine.begin() as conn:
        control.resume(conn)
        noting(conn)("resume jobs")
        led = control.is_led(conn)
    say("The jobs go on." if led else f"The jobs are not paused any more. {NOBODY}")


@jobs.command()
@json_option
def status(as_json: bool) -> None:
    """Say whether the jobs run, and what they do."""
    with database("jobs") as engine, engine.connect() as conn:
        state = health.jobs_state(conn)
        row: dict[str, Any] = {
            "running": control.is_led(conn),
            **asdict(state),
            "busy": control.busy(conn),
        }
    if as_json:
        report([row], as_json)
    else:
        busy = ", ".join(row["busy"]) or "nothing"
        report([{"what": k, "value": v} for k, v in (row | {"busy": busy}).items()], False)


@click.group()
def job() -> None:
    """One job: run it now, or see what there is."""


@job.command(name="list")
@json_option
def list_(as_json: bool) -> None:
    """List the jobs, when they run, and how their last run went."""
    with database("jobs") as engine, engine.connect() as conn:
        rows = [
            {
                "name": found.name,
                "schedule": found.schedule,
                "next_run_at": found.next_run_at,
                **_outcome(found.last),
                "description": found.description,
            }
            for found in health.jobs(conn)
        ]
    if not rows:
        say("The job process never ran on this database, so its jobs are not known.")
    report(rows, as_json)


@job.command()
@click.argument("name")
@json_option
def run(name: str, as_json: bool) -> None:
    """Run the job NAME now, and wait for its end."""
    with database("jobs") as engine:
        with engine.begin() as conn:
            known = [found.name for found in health.jobs(conn)]
            if known and name not in known:
                raise BadRequest(f"There is no job {name!r}; there are {', '.join(known)}.")
            if health.jobs_state(conn).paused:
                raise BadRequest("Jobs are paused; `jobs resume` lets them run.")
            run_id = control.queue_run(conn, name, getuser())
            noting(conn)("run job", name)
        ended = _await(engine, run_id)
    if ended.error:
        raise ServerTrouble(f"The job {name} failed. {ended.error}")
    report([{"job": name, **_outcome(ended)}], as_json)


NOBODY = "No process runs them: start one with `python -m cdrstats up` or `python -m jobs`."


def _busy(engine: Engine) -> list[str]:
    with engine.connect() as conn:
        return control.busy(conn)


def _await(engine: Engine, run_id: int) -> JobRun:
    """The run, once it has ended; without a job process one is started for it."""
    told = False
    while True:
        with engine.connect() as conn:
            found = control.run(conn, run_id)
            led = control.is_led(conn)
            paused = health.jobs_state(conn).paused
        if found.finished_at:
            return found
        if found.state == "queued" and paused and not told:
            say("Jobs were paused meanwhile; it runs when they are resumed.")
            told = True
        if found.state == "queued" and not paused and not led:
            subprocess.run([sys.executable, "-m", "jobs", "--once"], cwd=ROOT, check=True)
        time.sleep(LOOK_S)


def _outcome(found: JobRun | None) -> dict[str, Any]:
    shown = ("state", "started_at", "finished_at", "done", "error")
    return {key: getattr(found, key) if found else None for key in shown}
