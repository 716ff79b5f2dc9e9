"""The tables `alarm_maintenance` and `holiday`: when figures are not what they usually are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from cdrstats.alarms.windows import Calendar
from cdrstats.clock import Window
from cdrstats.db.schema import alarm_maintenance, holiday
from cdrstats.errors import BadRequest, NotFound

LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A span whose windows are not judged; of all rules if `rule_id` is None."""

    id: int
    rule_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str


_COLUMNS = [alarm_maintenance.c[name] for name in Maintenance.__dataclass_fields__]


def calendar_of(conn: Connection, rule_id: int | None = None) -> Calendar:
    """What is not like other days for a rule; for one that is not kept, for all rules."""
    span = alarm_maintenance.c
    found = conn.execute(
        select(span.starts_at, span.ends_at).where(
            or_(span.rule_id.is_(None), span.rule_id == rule_id)
        )
    )
    days = conn.execute(select(holiday.c.day)).scalars()
    return Calendar(tuple(Window(*row) for row in found), frozenset(days))


def list_maintenance(conn: Connection) -> list[Maintenance]:
    """Every span, by when it begins."""
    query = select(*_COLUMNS).order_by(alarm_maintenance.c.starts_at, alarm_maintenance.c.id)
    return [Maintenance(**row._asdict()) for row in conn.execute(query)]


def add_maintenance(
    conn: Connection, starts_at: datetime, ends_at: datetime, rule_id: int | None, reason: str
) -> Maintenance:
    """Judge no window that touches the span. Raises BadRequest."""
    if ends_at <= starts_at:
        raise BadRequest("Maintenance ends after it begins.")
    if len(reason) > LONGEST_REASON or not (reason.isprintable() or not reason):
        raise BadRequest(f"A reason has at most {LONGEST_REASON} characters, on one line.")
    values = {"starts_at": starts_at, "ends_at": ends_at, "rule_id": rule_id, "reason": reason}
    made = insert(alarm_maintenance).values(values).returning(*_COLUMNS)
    return Maintenance(**conn.execute(made).one()._asdict())


def remove_maintenance(conn: Connection, id: int) -> None:
    """Judge such windows again. Raises NotFound."""
    gone = delete(alarm_maintenance).where(alarm_maintenance.c.id == id)
    if not conn.execute(gone).rowcount:
        raise NotFound(f"There is no maintenance {id}.")


def list_holidays(conn: Connection) -> dict[date, str]:
    """The name of each holiday, oldest first."""
    query = select(holiday.c.day, holiday.c.name).order_by(holiday.c.day)
    return {row.day: row.name for row in conn.execute(query)}


def add_holidays(conn: Connection, days: Iterable[date], name: str) -> None:
    """Let these days be no history for others; a day that is one already takes the name."""
    rows = [{"day": day, "name": name} for day in days]
    if rows:
        put = upsert(holiday).values(rows)
        conn.execute(put.on_conflict_do_update(index_elements=["day"], set_={"name": name}))


def remove_holidays(conn: Connection, days: Iterable[date]) -> None:
    """Let these days be like others again."""
    conn.execute(delete(holiday).where(holiday.c.day.in_(list(days))))
