"""What the tests of downloads share: who asks, for what, and what became of it."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from cdrstats import downloads
from cdrstats.accounts import EVERYONE, Scope, Viewer
from cdrstats.calls import Search, export
from cdrstats.clock import Window
from cdrstats.db.schema import download
from cdrstats.downloads import Download

from .factories import NOON, add_call

ANA = Viewer("ana", frozenset({"export"}), EVERYONE)
BEN = Viewer("ben", frozenset({"export"}), EVERYONE)
BOB = Viewer("bob", frozenset({"export"}), Scope(frozenset({2})))
STRANGER = Viewer("stranger", frozenset({"export"}), Scope(frozenset()))

DAY = "period=Custom&from=2026-03-10T00:00&to=2026-03-11T00:00&zone=UTC"
WINDOW = Window(datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))


def never() -> bool:
    return False


def asked(
    engine: Engine, viewer: Viewer = ANA, kind: Any = "csv", query: str = DAY
) -> Download:
    with engine.begin() as conn:
        return downloads.ask(conn, viewer, kind, query, "UTC")


def as_it_stands(engine: Engine, one: Download) -> Any:
    with engine.connect() as conn:
        return conn.execute(select(download).where(download.c.id == one.id)).one_or_none()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "downloads").iterdir())


def exported(engine: Engine, kind: Any, scope: Scope = EVERYONE) -> bytes:
    out = io.BytesIO()
    with engine.connect() as conn:
        export(conn, scope, Search(WINDOW), kind, out, ZoneInfo("UTC"))
    return out.getvalue()


def add_five_calls(engine: Engine) -> None:
    """One a minute from NOON on; the third is Bob's."""
    with engine.begin() as conn:
        for n in range(5):
            add_call(conn, starting_date=NOON + timedelta(minutes=n), user_id=n % 3)
