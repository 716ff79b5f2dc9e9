"""Deciding the windows that are due: each once, rule by rule, each in its own transaction."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.exc import DBAPIError

from cdrstats.accounts.isolation import confine
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.aggregates.draining import drain
from cdrstats.alarms import history, store, telling
from cdrstats.alarms.calendar import calendar_of
from cdrstats.alarms.checking import check
from cdrstats.alarms.history import Event
from cdrstats.alarms.reading import Asked, Contributor, contributors, seen_in
from cdrstats.alarms.rules import CONCURRENCY, Decision, Seen, judge_all, verdict
from cdrstats.alarms.store import COLUMNS, Stored
from cdrstats.alarms.windows import Calendar, due, windows_of
from cdrstats.clock import Window
from cdrstats.db.engine import snapshot
from cdrstats.db.schema import alarm_rule
from cdrstats.errors import CdrStatsError
from cdrstats.settings import Settings

log = logging.getLogger(__name__)

LATE_FOR = timedelta(days=7)
"""So long calls that come late are looked for."""

LONG = timedelta(hours=2)
"""Calls that come late, and are longer, add no note to windows in which they were at once."""

OVERLAP = timedelta(minutes=1)
"""A count that began before we looked may be committed after; windows are looked at again."""


def evaluate(
    engine: Engine,
    settings: Settings,
    now: datetime,
    stop: Callable[[], bool] = lambda: False,
) -> list[Event]:
    """Decide every window that is due at `now`; mail and return what people are to be told.

    What has come in is counted first, so that no window is judged by half of its calls. A rule
    that cannot be judged keeps the reason in `trouble`, and the others go on.

    Args:
        stop: asked between transactions; true: leave the rest for another time.
    """
    drain(engine, stop)
    with engine.connect() as conn:
        active = select(alarm_rule.c.id).where(alarm_rule.c.active).order_by(alarm_rule.c.id)
        ids = list(conn.execute(active).scalars())
    told: list[Event] = []
    for rule_id in ids:
        try:
            while not stop():
                found = _decide_some(engine, settings, rule_id, now)
                if found is None:
                    break
                told += found
        except CdrStatsError as exc:
            _note_trouble(engine, rule_id, str(exc))
        except Exception as exc:  # whatever is wrong with one rule, the others go on
            log.exception("alarm=%s", rule_id)
            reason = exc.orig if isinstance(exc, DBAPIError) else exc
            said = " ".join(str(reason).split())
            _note_trouble(engine, rule_id, f"{type(reason).__name__}: {said}")
    return told


def _decide_some(
    engine: Engine, settings: Settings, rule_id: int, now: datetime
) -> list[Event] | None:
    """Decide the next windows of a rule; None if none was due, or somebody else is at it."""
    with engine.begin() as conn:
        rule = _take(conn, rule_id)
        if rule is None:
            return None
        check(rule.rule)
        windows = due(rule.rule, rule.watched_since, rule.decided_until, now)
        late = [] if windows else history.late(conn, rule_id, now - LATE_FOR, _reaching(rule))
        if not windows and not late and rule.trouble is None:
            return None
        calendar = calendar_of(conn, rule_id)
        counted_until = history.database_clock(conn) - OVERLAP
        with snapshot(engine) as looking:
            asked = _asked(conn, looking, rule)
            if not windows:
                notes = _notes(conn, looking, asked, rule, late, calendar)
                history.annotate(conn, rule_id, notes, counted_until)
                _change(conn, rule_id, trouble=None)
                return None
            seen = seen_in(looking, asked, windows, calendar)
            judged = [(each, calendar.why_not(asked.rule, each.window)) for each in seen]
            state, decisions = judge_all(asked.rule, rule.state, judged)
            theirs = _contributors(looking, asked, decisions)
        history.write(conn, rule_id, decisions, theirs, now, counted_until)
        until = windows[-1].end
        _change(conn, rule_id, decided_until=until, trouble=None, **asdict(state))
        if not theirs:
            return []
        mine = history.events(conn, [rule], now)
        told = [each for each in mine if each.window.start in theirs]
        telling.tell(conn, settings, told, now)
        return told


def _reaching(rule: Stored) -> timedelta:
    """How long before a window calls begin that are in its figure."""
    return LONG if rule.metric == CONCURRENCY.name else timedelta()


def _take(conn: Connection, rule_id: int) -> Stored | None:
    """An active rule, held until the transaction ends; None if somebody else holds it."""
    query = select(*COLUMNS).where(alarm_rule.c.id == rule_id, alarm_rule.c.active)
    row = conn.execute(query.with_for_update(skip_locked=True)).one_or_none()
    return None if row is None else Stored(**row._asdict())


def _asked(conn: Connection, looking: Connection, rule: Stored) -> Asked:
    """What the rule asks; from here on `looking` sees what its owner sees, and no more."""
    owner = None if rule.person_id is None else viewer_of_person(conn, rule.person_id)
    confine(looking, store.scope_of(owner, rule))
    return store.asked_of(looking, owner, rule)


def _contributors(
    looking: Connection, asked: Asked, decisions: Sequence[Decision]
) -> dict[datetime, list[Contributor]]:
    return {
        each.seen.window.start: contributors(looking, asked, each.seen.window)
        for each in decisions
        if each.told
    }


def _notes(
    conn: Connection,
    looking: Connection,
    asked: Asked,
    rule: Stored,
    late: Sequence[datetime],
    calendar: Calendar,
) -> dict[datetime, str]:
    """What is to be said of the windows `late`, which have calls that were not decided on."""
    if not late:
        return {}
    known = {
        each.window_start: each for each in history.windows_decided(conn, rule.id, late[0])
    }
    wanted = set(late)
    grid = windows_of(asked.rule, Window(late[0], max(known[at].window_end for at in late)))
    notes = {}
    for is_wanted, run in groupby(grid, lambda window: window.start in wanted):
        if not is_wanted:
            continue
        for seen in seen_in(looking, asked, list(run), calendar):
            before = known[seen.window.start]
            notes[seen.window.start] = _note(asked, seen, before.value, before.calls)
    return notes


def _note(asked: Asked, seen: Seen, value: float | None, calls: int) -> str:
    if (seen.value, seen.calls) == (value, calls):
        return ""
    figure = "no figure" if seen.value is None else f"{seen.value:.6g}"
    return f"With late calls: {figure} of {seen.calls:,} calls ({verdict(asked.rule, seen)})."


def _change(conn: Connection, rule_id: int, **values: object) -> None:
    conn.execute(update(alarm_rule).where(alarm_rule.c.id == rule_id).values(**values))


def _note_trouble(engine: Engine, rule_id: int, reason: str) -> None:
    log.warning("alarm=%s trouble=%r", rule_id, reason)
    with engine.begin() as conn:
        _change(conn, rule_id, trouble=reason)
