"""What rules would have found in calls that are past, and how well."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from cdrstats.clock import Window
from cdrstats.db.engine import sql
from cdrstats.errors import BadRequest
from cdrstats.fraud.looking import Arrived, Asked, Found, look
from cdrstats.fraud.measure import Measure
from cdrstats.fraud.rules import SANDBOX

LONGEST = timedelta(days=31)
EVERY_CALL = 2**62

_LABELLED = sql(__package__, "find_labelled")


@dataclass(frozen=True, slots=True)
class Backtest:
    """The cases that would have been opened, oldest first, beside those that were judged."""

    found: list[Found]
    measure: Measure
    troubles: dict[str, str]


def backtest(conn: Connection, asked: Sequence[Asked], window: Window, zone: str) -> Backtest:
    """Lay rules beside all calls that start in `window`; nothing is kept, and nobody told.

    Raises:
        BadRequest: the window is too long.
    """
    if window.length > LONGEST:
        raise BadRequest(f"A back-test is of at most {LONGEST.days} days: give fewer.")
    found, troubles = look(conn, asked, Arrived(-1, EVERY_CALL, window), zone)
    quiet = {each.rule.id: each.quiet for each in asked}
    within = {"rules": list(quiet), "start": window.start, "end": window.end}
    judged = conn.execute(_LABELLED, within | {"sandbox": SANDBOX}).all()
    met = {"confirmed": 0, "false positive": 0}
    for case in judged:
        met[case.label] += any(_is_same(case, each, quiet[case.rule]) for each in found)
    real = sum(case.label == "confirmed" for case in judged)
    measure = Measure(met["confirmed"], real - met["confirmed"], met["false positive"])
    return Backtest(found, measure, troubles)


def _is_same(case: Any, found: Found, quiet: timedelta) -> bool:
    """Whether two are of one rule and key, and of one time."""
    return (
        (case.rule, case.user_id, case.key) == (found.rule, found.user_id, found.key)
        and case.last_call > found.first_call - quiet
        and case.first_call < found.last_call + quiet
    )
