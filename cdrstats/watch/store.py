"""The table `trouble`: what is wrong, since when, and when it was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from cdrstats.db.schema import trouble
from cdrstats.watch.rules import AGAIN, LASTS, Trouble


@dataclass(frozen=True, slots=True)
class Standing:
    """A row of `trouble`: something that is wrong still."""

    what: str
    object: str
    sentence: str
    since: datetime
    told_at: datetime | None


_COLUMNS = [trouble.c[name] for name in Standing.__dataclass_fields__]


def list_troubles(conn: Connection) -> list[Standing]:
    """What is wrong, the longest first."""
    query = select(*_COLUMNS).order_by(trouble.c.since, trouble.c.what, trouble.c.object)
    return [Standing(**row._asdict()) for row in conn.execute(query)]


def keep(conn: Connection, found: Sequence[Trouble], now: datetime) -> list[Standing]:
    """Note what is wrong now, and no more; return what was told and is over."""
    for each in found:
        values = {"what": each.what, "object": each.object, "sentence": each.sentence}
        put = insert(trouble).values(values | {"since": now})
        conn.execute(
            put.on_conflict_do_update(
                index_elements=["what", "object"], set_={"sentence": each.sentence}
            )
        )
    standing = tuple_(trouble.c.what, trouble.c.object)
    over = delete(trouble).where(standing.not_in([(each.what, each.object) for each in found]))
    gone = [Standing(**row._asdict()) for row in conn.execute(over.returning(*_COLUMNS))]
    return [each for each in gone if each.told_at is not None]


def to_be_told(conn: Connection, now: datetime) -> list[Standing]:
    """What has lasted and was not told yet, or not for long; it counts as told from now on."""
    due = (trouble.c.since <= now - LASTS) & trouble.c.told_at.is_(None)
    again = trouble.c.told_at <= now - AGAIN
    told = update(trouble).where(due | again).values(told_at=now).returning(*_COLUMNS)
    return [Standing(**row._asdict()) for row in conn.execute(told)]
