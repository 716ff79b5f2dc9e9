"""GET /metrics: how the installation fares, in the text format of Prometheus.

What the page Diagnostic shows, for a program that watches; it takes the permission of that
page. Moments are seconds since 1970, as Prometheus has them, so that an alert says
`time() - cdrstats_last_call_timestamp_seconds > 3600`.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from anyio import to_thread
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response

from cdrstats import __version__, aggregates, health, switches
from cdrstats.accounts import Viewer
from cdrstats.errors import CdrStatsError
from cdrstats.web.refusing import SILENT, refused

PERMISSION = "diagnostic"


def endpoint(engine: Callable[[], Engine]) -> Callable[[Request], Awaitable[Response]]:
    """The route, over the engine of this process."""

    def written() -> bytes:
        with engine().connect() as conn:
            found = read(conn)
        registry = CollectorRegistry()
        registry.register(_Told(found))
        ProcessCollector(registry=registry)
        return generate_latest(registry)

    async def scraped(request: Request) -> Response:
        viewer: Viewer = request.state.viewer
        if not viewer.may(PERMISSION):
            return refused("You may not see how the installation fares.", 403)
        try:
            body = await to_thread.run_sync(written)
        except (CdrStatsError, DBAPIError):
            return refused(SILENT, 503)
        headers = {"cache-control": "no-store", "content-type": CONTENT_TYPE_LATEST}
        return Response(body, headers=headers)

    return scraped


@dataclass(frozen=True, slots=True)
class State:
    """How the installation fares, as it was read at one moment."""

    staging: health.Staging
    lag: aggregates.Lag
    jobs_state: health.JobsState
    jobs: list[health.JobRow]
    server: health.Server
    last_calls: Mapping[str, datetime]  # by the name of the switch


def read(conn: Connection) -> State:
    """How it fares now. Each part is small, or is counted up to a bound only."""
    newest = switches.last_calls(conn)
    return State(
        health.staging(conn),
        aggregates.lag(conn),
        health.jobs_state(conn),
        health.jobs(conn),
        health.server(conn),
        {
            each.name: newest[each.id]
            for each in switches.list_switches(conn)
            if each.id in newest
        },
    )


def families(state: State) -> Iterator[Metric]:
    """The state as Prometheus has it; what is not known is left out, and never 0."""
    version = InfoMetricFamily("cdrstats_build", "The version that runs.")
    version.add_metric([], {"version": __version__, "postgresql": state.server.version})
    yield version
    yield _one("calls", "Calls, as the roll-ups count them.", state.staging.calls)
    yield _by(
        "staged_rows",
        f"Rows that are no calls yet; counted to {health.ENOUGH}, then about so many.",
        "state",
        {"waiting": state.staging.waiting.rows, "rejected": state.staging.rejected.rows},
    )
    yield _by(
        "last_call_timestamp_seconds",
        "When the newest call of a switch began.",
        "switch",
        {name: at.timestamp() for name, at in state.last_calls.items()},
    )
    yield _one(
        "rollup_notes_waiting", "Changes that the roll-ups do not show yet.", state.lag.waiting
    )
    yield _one(
        "rollup_oldest_note_timestamp_seconds",
        "When the first of these changes was made.",
        _seconds(state.lag.oldest),
    )
    yield _one("jobs_paused", "1 while jobs are paused.", int(state.jobs_state.paused))
    yield _one(
        "jobs_heartbeat_timestamp_seconds",
        "When the job process was last seen.",
        _seconds(state.jobs_state.heartbeat_at),
    )
    yield from _runs([each for each in state.jobs if each.last])
    yield _one("database_size_bytes", "Size of the database.", state.server.size_bytes)
    yield _one("database_connections", "Connections to the database.", state.server.connections)
    yield _one(
        "database_start_timestamp_seconds",
        "When the database server started.",
        _seconds(state.server.started_at),
    )


def _runs(jobs: Iterable[health.JobRow]) -> Iterator[Metric]:
    """The last run of each job that ran at all."""
    lasts = {each.name: each.last for each in jobs if each.last}
    ended = {name: run.finished_at for name, run in lasts.items() if run.finished_at}
    yield _by(
        "job_last_run_timestamp_seconds",
        "When the last run of a job that did something, or failed, ended.",
        "job",
        {name: at.timestamp() for name, at in ended.items()},
    )
    yield _by(
        "job_last_run_failed",
        "1 where that run failed.",
        "job",
        {name: int(lasts[name].state == "error") for name in ended},
    )


def _one(name: str, about: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(f"cdrstats_{name}", about)
    if value is not None:
        family.add_metric([], value)
    return family


def _by(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"cdrstats_{name}", about, labels=[label])
    for key, value in sorted(values.items()):
        family.add_metric([key], value)
    return family


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


class _Told(Collector):
    """What the library asks for the families."""

    def __init__(self, state: State) -> None:
        self.state = state

    def collect(self) -> Iterable[Metric]:
        return families(self.state)
