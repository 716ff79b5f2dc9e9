"""Laying rules beside calls: gather the calls once, ask each rule, sum up what was found."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from cdrstats.clock import Window
from cdrstats.db.engine import sql
from cdrstats.fraud.rules import HOUR, RULES, TICK, Rule, Value, reach, spans

log = logging.getLogger(__name__)

_TABLES = sql(__package__, "make_tables")
_FRESH = sql(__package__, "find_fresh")
_GATHER = sql(__package__, "gather_calls")
_NEAR = sql(__package__, "take_near")
_CASES = sql(__package__, "find_cases")
_KEEP = sql(__package__, "keep_hits").text
_STATEMENTS = {
    rule.id: text(_KEEP.replace("THE_RULE", sql(__package__, f"f{rule.id[1:]:0>2}").text))
    for rule in RULES.values()
    if not rule.not_judged
}

_CHOSEN_BY = "fresh, near, outward, user_id, account, caller"
"""The columns by which rules choose calls."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A rule with the thresholds by which it is asked."""

    rule: Rule
    thresholds: dict[str, Value]

    @property
    def quiet(self) -> timedelta:
        """What ends a case."""
        return self.rule.quiet(self.thresholds)


@dataclass(frozen=True, slots=True)
class Arrived:
    """Calls that came in after the call `after`, up to `until`, and start within `judged`."""

    after: int
    until: int
    judged: Window


@dataclass(frozen=True, slots=True)
class Found:
    """A case as the calls tell it."""

    rule: str
    user_id: int
    key: str
    first_call: datetime
    last_call: datetime
    calls: int
    billsec: int
    cost: Decimal
    cost_per_hour: Decimal
    reasons: list[str]
    facts: dict[str, Any]


def look(
    conn: Connection, asked: Sequence[Asked], arrived: Arrived, zone: str
) -> tuple[list[Found], dict[str, str]]:
    """What rules find in windows that hold a call which has arrived, oldest first.

    Args:
        zone: whose clocks tell when it is out of hours, for customers without a zone.

    Returns:
        The cases, and a sentence for each rule that could not be asked.
    """
    ids = {"after": arrived.after, "until": arrived.until}
    judged = {"judged_from": arrived.judged.start, "judged_to": arrived.judged.end}
    fresh = conn.execute(_FRESH, ids | judged).all()
    if not fresh or not asked:
        return [], {}
    conn.execute(text("DROP TABLE IF EXISTS fraud_call, fraud_near, fraud_hit"))
    conn.execute(_TABLES)
    hours = [Window(row.first, row.last) for row in fresh]
    around = reach((each.rule, each.thresholds) for each in asked)
    near = min(row.first for row in fresh) - _longest_of_few(asked)
    for span in spans(hours, around):
        bounds = {"start": span.start, "end": span.end, "near": near, "zone": zone}
        conn.execute(_GATHER, ids | judged | bounds)
    conn.execute(_NEAR)
    conn.execute(text("SET LOCAL default_statistics_target = 10"))  # it looks at fewer calls
    conn.execute(text(f"ANALYZE fraud_call ({_CHOSEN_BY}), fraud_near ({_CHOSEN_BY})"))
    conn.execute(text("SET LOCAL default_statistics_target TO DEFAULT"))
    troubles = _ask_all(conn, asked)
    ends = {"rules": [each.rule.id for each in asked], "quiets": [each.quiet for each in asked]}
    found = conn.execute(_CASES, ends)
    return [Found(**row._asdict()) for row in found], troubles


def _longest_of_few(asked: Iterable[Asked]) -> timedelta:
    """The longest window of rules that look at an hour or less, unless they were changed."""
    few = (each for each in asked if each.rule.window(each.rule.thresholds({})) <= HOUR)
    return max([HOUR, *(each.rule.window(each.thresholds) for each in few)])


def _ask_all(conn: Connection, asked: Iterable[Asked]) -> dict[str, str]:
    """Each rule by itself: whatever is wrong with one, the others go on."""
    # Nobody can tell how many rows a part of a statement has, and a loop over many is slow.
    # What can be looked up by an index alone is so all the same.
    conn.execute(text("SET LOCAL enable_nestloop = off"))
    troubles = {}
    for each in asked:
        window = each.rule.window(each.thresholds) - TICK
        given = each.thresholds | {"rule": each.rule.id, "window": window}
        try:
            with conn.begin_nested():
                conn.execute(_STATEMENTS[each.rule.id], given)
        except DBAPIError as exc:
            if exc.connection_invalidated:
                raise
            said = " ".join(str(exc.orig).split())
            log.warning("fraud rule=%s trouble=%r", each.rule.id, said)
            troubles[each.rule.id] = said
    conn.execute(text("SET LOCAL enable_nestloop = on"))
    return troubles
