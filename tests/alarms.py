"""Rules for tests, windows that they see, and calls that they are evaluated on."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, insert

from cdrstats import aggregates, alarms
from cdrstats.accounts import Viewer
from cdrstats.alarms import Decision, Event, Rule, Seen, State, Stored, judge_all
from cdrstats.clock import Window
from cdrstats.db.schema import voip_cdr
from cdrstats.settings import Settings, read_settings

MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LAG = 5 * MINUTE
QUIET = read_settings({})
"""Settings without a mail server."""


def a_rule(**given: Any) -> Rule:
    """ASR below 40 %, hour by hour, unless said otherwise."""
    rule: dict[str, Any] = {
        "name": "r",
        "metric": "asr",
        "condition": "less",
        "threshold": 40,
        "length": "hour",
        "zone": ZoneInfo("UTC"),
        "min_calls": 0,
    } | given
    rule.setdefault("clear_at", rule["threshold"])
    return Rule(**rule)


def hour(number: int) -> Window:
    return Window(MIDNIGHT + HOUR * number, MIDNIGHT + HOUR * (number + 1))


def seen(number: int, value: float | None, calls: int = 100, **more: Any) -> Seen:
    """What the hour of a number held."""
    return Seen(hour(number), value, calls, **more)


def judged(rule: Rule, *windows: tuple[float | None, int]) -> list[Decision]:
    """What is decided of hours in a row, each a value and a number of calls."""
    found = [(seen(n, *window), None) for n, window in enumerate(windows)]
    return judge_all(rule, State(), found)[1]


def add_calls(engine: Engine, at: datetime, calls: int, answered: int, **given: Any) -> None:
    """Calls of one minute each, the answered ones first, counted later by whoever evaluates."""
    rows = [
        {
            "starting_date": at + timedelta(seconds=n % 60),
            "user_id": 0,
            "answered": n < answered,
            "billsec": 60 if n < answered else 0,
            "duration": 70,
        }
        | given
        for n in range(calls)
    ]
    with engine.begin() as conn:
        put = insert(voip_cdr).values(dedup_key=func.gen_random_uuid())
        conn.execute(put, rows)
        aggregates.note_changed(conn, [at])


def kept(engine: Engine, rule: Rule, owner: Viewer | None = None) -> Stored:
    with engine.begin() as conn:
        return alarms.add(conn, owner, rule, MIDNIGHT)


def look(engine: Engine, hours: float, settings: Settings = QUIET) -> list[Event]:
    """Evaluate when so many hours, and the lag, have passed."""
    return alarms.evaluate(engine, settings, MIDNIGHT + HOUR * hours + LAG)


def decided(engine: Engine, rule: Stored) -> list[tuple[Any, ...]]:
    with engine.connect() as conn:
        found = alarms.windows_decided(conn, rule.id, MIDNIGHT)
    return [(each.value, each.calls, each.verdict, each.event) for each in found]


def stored(engine: Engine, rule: Stored) -> Stored:
    with engine.connect() as conn:
        return alarms.find(conn, rule.id)


SEQUENCE = [(50, 100), (39, 100), (38, 100), (44, 100), (46, 100), (47, 100), (0, 2), (39, 100)]


def worked(engine: Engine) -> Stored:
    """The sequence of d.6, one hour each."""
    for n, (asr, calls) in enumerate(SEQUENCE):
        add_calls(engine, MIDNIGHT + HOUR * n, calls, asr * calls // 100)
    return kept(
        engine, a_rule(threshold=40, clear_at=45, clear_windows=2, min_calls=50, name="ASR")
    )
