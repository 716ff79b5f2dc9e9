"""The table `alarm_window`: what was decided, and what people are to be told of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from cdrstats.accounts import Viewer
from cdrstats.alarms.reading import Contributor
from cdrstats.alarms.rules import Decision
from cdrstats.alarms.store import Stored, find
from cdrstats.choices import between
from cdrstats.clock import Window
from cdrstats.db.engine import sql
from cdrstats.db.schema import alarm_rule, alarm_window
from cdrstats.errors import BadRequest

LONGEST_WHY = 500

_FIND_LATE = sql(__package__, "find_late")


@dataclass(frozen=True, slots=True)
class Decided:
    """A row of `alarm_window`."""

    rule_id: int
    window_start: datetime
    window_end: datetime
    value: float | None
    calls: int
    previous: float | None
    usual: float | None
    z: float | None
    verdict: str
    firing: bool
    event: str
    told: str
    contributors: list[dict[str, Any]]
    decided_at: datetime
    note: str
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    acknowledged_why: str

    @property
    def window(self) -> Window:
        return Window(self.window_start, self.window_end)


@dataclass(frozen=True, slots=True)
class Event:
    """All that a message tells: what people are to know of one window of a rule.

    Attributes:
        told: fired, again, escalated or cleared.
        path: the page of the calls of the window, behind the origin of links.
    """

    rule: Stored
    told: str
    window: Window
    value: float | None
    previous: float | None
    usual: float | None
    z: float | None
    calls: int
    contributors: tuple[Contributor, ...]
    decided_at: datetime
    path: str
    note: str


_COLUMNS = [alarm_window.c[name] for name in Decided.__dataclass_fields__]


def write(
    conn: Connection,
    rule_id: int,
    decisions: Iterable[Decision],
    contributors: Mapping[datetime, Sequence[Contributor]],
    at: datetime,
    counted_until: datetime,
) -> None:
    """Keep decisions; a window that has one keeps that.

    Args:
        contributors: of the windows that people are told of, by their start.
        at: when they were decided.
        counted_until: by the database's clock; what was counted later is not in them.
    """
    rows = [
        {
            "rule_id": rule_id,
            "window_start": each.seen.window.start,
            "window_end": each.seen.window.end,
            "value": each.seen.value,
            "calls": each.seen.calls,
            "previous": each.seen.previous,
            "usual": each.seen.usual,
            "z": each.seen.z,
            "verdict": each.verdict,
            "firing": each.firing,
            "event": each.event,
            "told": each.told,
            "contributors": [
                asdict(one) for one in contributors.get(each.seen.window.start, ())
            ],
            "decided_at": at,
            "counted_until": counted_until,
        }
        for each in decisions
    ]
    if rows:
        conn.execute(insert(alarm_window).on_conflict_do_nothing(), rows)


def windows_decided(conn: Connection, rule_id: int, since: datetime) -> list[Decided]:
    """What was decided of the windows that end after `since`, oldest first."""
    query = (
        select(*_COLUMNS)
        .where(alarm_window.c.rule_id == rule_id, alarm_window.c.window_end > since)
        .order_by(alarm_window.c.window_start)
    )
    return [Decided(**row._asdict()) for row in conn.execute(query)]


def last_decided(conn: Connection) -> dict[int, Decided]:
    """The last window of each rule that was decided, by the rule's id."""
    query = (
        select(*_COLUMNS)
        .ext(distinct_on(alarm_window.c.rule_id))
        .order_by(alarm_window.c.rule_id, alarm_window.c.window_start.desc())
    )
    return {row.rule_id: Decided(**row._asdict()) for row in conn.execute(query)}


def late(
    conn: Connection, rule_id: int, since: datetime, reaching: timedelta
) -> list[datetime]:
    """The starts of the windows of a rule whose calls were counted again since they were read.

    Args:
        since: of windows that ended before, nobody wants to know any more.
        reaching: calls count that began so long before a window.
    """
    given = {"rule_id": rule_id, "since": since, "reaching": reaching}
    found = conn.execute(_FIND_LATE, given)
    return list(found.scalars())


def annotate(
    conn: Connection, rule_id: int, notes: Mapping[datetime, str], counted_until: datetime
) -> None:
    """Say what late calls have changed, by the start of the window; no decision changes."""
    for start, note in notes.items():
        conn.execute(
            update(alarm_window)
            .where(alarm_window.c.rule_id == rule_id, alarm_window.c.window_start == start)
            .values(note=note, counted_until=counted_until)
        )


def events(conn: Connection, rules: Iterable[Stored], since: datetime) -> list[Event]:
    """What people are to be told of `rules`: of the windows decided at or after `since`."""
    known = {rule.id: rule for rule in rules}
    query = (
        select(*_COLUMNS)
        .where(
            alarm_window.c.told != "",
            alarm_window.c.decided_at >= since,
            alarm_window.c.rule_id.in_(list(known)),
        )
        .order_by(alarm_window.c.window_end, alarm_window.c.rule_id)
    )
    found = [Decided(**row._asdict()) for row in conn.execute(query)]
    return [_event(known[each.rule_id], each) for each in found]


def path_to(rule: Stored, decided: Decided) -> str:
    """The page of the calls of a window, behind the origin of links."""
    when = urlencode(
        {"zone": rule.timezone, **between(decided.window, rule.rule.zone)}, doseq=True
    )
    return "/calls?" + "&".join(part for part in (when, rule.query) if part)


def _event(rule: Stored, decided: Decided) -> Event:
    return Event(
        rule=rule,
        told=decided.told,
        window=decided.window,
        value=decided.value,
        previous=decided.previous,
        usual=decided.usual,
        z=decided.z,
        calls=decided.calls,
        contributors=tuple(Contributor(**each) for each in decided.contributors),
        decided_at=decided.decided_at,
        path=path_to(rule, decided),
        note=decided.note,
    )


def acknowledge(
    conn: Connection, rule_id: int, viewer: Viewer, why: str, now: datetime
) -> Stored:
    """Take note of what a rule fires about: nobody is told of it again, but of its end.

    Whoever sees the rule may. Who it was is kept with the window that fired.

    Raises:
        NotFound, BadRequest: there is no such rule, or it does not fire.
    """
    rule = find(conn, rule_id, viewer)
    firing = update(alarm_rule).where(alarm_rule.c.id == rule_id, alarm_rule.c.firing)
    if not conn.execute(firing.values(acknowledged=True)).rowcount:
        raise BadRequest(f"“{rule.name}” does not fire any more.")
    last = (
        select(func.max(alarm_window.c.window_start))
        .where(alarm_window.c.rule_id == rule_id, alarm_window.c.event == "fired")
        .scalar_subquery()
    )
    mine = update(alarm_window).where(
        alarm_window.c.rule_id == rule_id, alarm_window.c.window_start == last
    )
    noted = {"acknowledged_by": viewer.name, "acknowledged_at": now}
    conn.execute(mine.values(**noted, acknowledged_why=" ".join(why.split())[:LONGEST_WHY]))
    return rule


def forget(conn: Connection, before: datetime) -> int:
    """Forget what was decided of windows that ended before; say of how many."""
    gone = alarm_window.delete().where(alarm_window.c.window_end < before)
    return conn.execute(gone).rowcount


def database_clock(conn: Connection) -> datetime:
    """The time of the clock that says when calls were counted."""
    found: datetime = conn.execute(select(func.clock_timestamp())).scalar_one()
    return found
