"""`doctor`: look at everything an installation needs, and say what to mend."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import anyio
import click
from sqlalchemy import Connection, Engine, text

from cdrstats import mail
from cdrstats.cli.common import json_option, report, say
from cdrstats.db import partitions
from cdrstats.db.database import (
    check_server,
    defaults_to_utc,
    engine_on,
    open_server,
    utc_statement,
)
from cdrstats.db.embedded.cluster import free_bytes
from cdrstats.db.migrate import is_current
from cdrstats.errors import BadSetting, CdrStatsError
from cdrstats.folders import private_folder
from cdrstats.settings import Oidc, Settings, Smtp, read_settings, unknown_variables

NEWEST = 18
"""The newest major version of PostgreSQL that was tried."""

LEAST_FREE_GB = 1.0
SILENT_AFTER = timedelta(seconds=90)
VIEWS = ("matv_voip_cdr_aggr_hour", "matv_voip_cdr_aggr_min")


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look has found."""

    check: str
    ok: bool
    detail: str


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Check settings, folders, database, jobs and such. Exit status 1: something is wrong."""
    findings = list(_findings())
    report([asdict(finding) for finding in findings], as_json)
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)


def _findings() -> Iterator[Finding]:
    try:
        settings = read_settings()
    except BadSetting as exc:
        yield Finding("settings", False, str(exc))
        return
    slips = unknown_variables()
    yield Finding(
        "settings",
        not slips,
        f"not a setting: {', '.join(slips)}" if slips else "all can be used",
    )
    yield from _folders(settings)
    if settings.oidc is not None:
        yield _single_sign_on(settings.oidc)
    if settings.smtp is not None:
        yield _mail(settings.smtp)
    with ExitStack() as stack:
        try:
            url = stack.enter_context(open_server(settings, say))
            engine = stack.enter_context(engine_on(url, "cdrstats-doctor"))
        except CdrStatsError as exc:
            yield Finding("database", False, str(exc))
            return
        yield from _database(settings, engine)


def _folders(settings: Settings) -> Iterator[Finding]:
    try:
        private_folder(settings.var_dir, "log")
    except BadSetting as exc:
        yield Finding("data folder", False, str(exc))
        return
    writable = os.access(settings.var_dir, os.W_OK)
    yield Finding(
        "data folder",
        writable,
        f"{settings.var_dir} {'can' if writable else 'cannot'} be written",
    )
    free = free_bytes(settings.var_dir) / 1e9
    yield Finding("disk", free >= LEAST_FREE_GB, f"{free:.1f} GB free in {settings.var_dir}")


def _single_sign_on(told: Oidc) -> Finding:
    from cdrstats.accounts.provider import Provider, ProviderAway  # slow to import

    try:
        anyio.run(Provider(told).check)
    except ProviderAway as exc:
        return Finding("single sign-on", False, f"{told.issuer}: {exc}")
    return Finding("single sign-on", True, f"{told.issuer} answers")


def _mail(smtp: Smtp) -> Finding:
    taken = list(mail.steps(smtp, None, datetime.now(UTC)))
    last = taken[-1]
    lets_in = f"{smtp.host} lets us in"
    return Finding("mail", last.done, lets_in if last.done else f"{last.detail} {last.advice}")


def _database(settings: Settings, engine: Engine) -> Iterator[Finding]:
    major = check_server(engine) // 10_000
    kind = "named by CDRSTATS_DATABASE_URL" if settings.database_url else "embedded"
    tried = "" if major <= NEWEST else f"; this version was tried with {NEWEST} at most"
    yield Finding("database", major <= NEWEST, f"PostgreSQL {major}, {kind}{tried}")
    current = is_current(engine)
    yield Finding(
        "schema",
        current,
        "current" if current else "not current: run `python -m cdrstats db upgrade`",
    )
    utc = defaults_to_utc(engine)
    yield Finding("time zone", utc, "UTC" if utc else f"run: {utc_statement(engine)}")
    if current:
        yield _months(engine)
        looks: list[Callable[[Connection], Finding]] = [_views, _jobs]
        with engine.connect() as conn:
            for look in looks:
                yield look(conn)


def _months(engine: Engine) -> Finding:
    wanted = set(partitions.coming_months(datetime.now(UTC), 1))
    missing = sorted(wanted - partitions.existing_months(engine))
    names = ", ".join(f"{month:%Y-%m}" for month in missing)
    return Finding(
        "months",
        not missing,
        f"no partition yet for {names}; the jobs make it" if missing else "made ahead",
    )


def _views(conn: Connection) -> Finding:
    found = conn.execute(text("SELECT matviewname FROM pg_matviews")).scalars().all()
    missing = [name for name in VIEWS if name not in found]
    return Finding(
        "views",
        not missing,
        f"missing: {', '.join(missing)}; `python -m cdrstats db upgrade` makes them"
        if missing
        else "both there",
    )


def _jobs(conn: Connection) -> Finding:
    """Silence is wrong only while something waits."""
    row = conn.execute(
        text(
            "SELECT heartbeat_at, paused,"
            " EXISTS (SELECT FROM cdr_import WHERE NOT imported) AS waiting FROM jobs_state"
        )
    ).one()
    if row.paused:
        return Finding("jobs", True, "paused by hand; `jobs resume` lets them go on")
    if row.heartbeat_at and datetime.now(UTC) - row.heartbeat_at < SILENT_AFTER:
        return Finding("jobs", True, "running")
    waiting = ", and calls wait to be imported" if row.waiting else ""
    return Finding("jobs", not row.waiting, f"not running{waiting}")
