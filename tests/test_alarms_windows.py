"""The windows of a rule: closed, each once, on days of 23 and 25 hours too; what is entered."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.alarms import (
    LENGTHS,
    Calendar,
    Rule,
    check,
    due,
    windows_of,
    with_defaults,
    zone_named,
)
from cdrstats.alarms.windows import compared, reach
from cdrstats.clock import Window
from cdrstats.errors import BadRequest

from .alarms import HOUR, MINUTE, a_rule
from .clocks import LORD_HOWE, MADRID, ZONES, moments

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
"""Madrid's clocks skip 2:00 to 3:00 on the one, and show it twice on the other."""


def at(text: str, zone: ZoneInfo = MADRID) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def day_of(day: date) -> Window:
    return Window(at(f"{day}"), at(f"{day + timedelta(days=1)}"))


def test_a_window_is_due_once_it_closed_and_waited_for_late_calls() -> None:
    rule = a_rule()
    since = at("2026-03-10T10:20", ZoneInfo("UTC"))
    first = Window(since.replace(minute=0), since.replace(minute=0) + HOUR)
    assert due(rule, since, None, first.end + 4 * MINUTE) == []
    assert due(rule, since, None, first.end + 5 * MINUTE) == [first]
    assert due(rule, since, first.end, first.end + 5 * MINUTE) == []
    later = first.end + 3 * HOUR + 5 * MINUTE
    assert len(due(rule, since, first.end, later)) == 3


def test_a_clock_that_goes_back_makes_nothing_due() -> None:
    rule = a_rule(length="5min")
    decided = at("2026-03-10T12:00")
    for back in (timedelta(minutes=1), timedelta(days=400)):
        assert due(rule, decided - HOUR, decided, decided - back) == []


def test_a_rule_that_was_paused_leaves_the_pause_out() -> None:
    decided, resumed = at("2026-03-10T12:00"), at("2026-03-11T08:30")
    found = due(a_rule(), resumed, decided, resumed + HOUR)
    assert [window.start for window in found] == [resumed - 30 * MINUTE]


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_days_on_which_clocks_change_are_whole_days(day: date, hours: int) -> None:
    (found,) = windows_of(a_rule(length="day", zone=MADRID), day_of(day))
    assert found == day_of(day)
    assert found.length == hours * HOUR
    assert len(windows_of(a_rule(zone=MADRID), day_of(day))) == hours
    assert len(windows_of(a_rule(length="5min", zone=MADRID), day_of(day))) == hours * 12


@given(st.sampled_from(LENGTHS), st.sampled_from(ZONES), moments)
def test_each_window_is_decided_once_however_often_one_looks(
    length: Any, zone: ZoneInfo, since: datetime
) -> None:
    rule = a_rule(length=length, zone=zone)
    long = {"5min": HOUR, "quarter": HOUR, "hour": timedelta(days=2)}
    step = long.get(length, timedelta(days=40)) / 7
    found: list[Window] = []
    for look in range(1, 12):
        until = found[-1].end if found else None
        found += due(rule, since, until, since + step * look)
        found += due(rule, since, found[-1].end if found else None, since + step * (look - 1))
    for before, after in pairwise(found):
        assert before.end == after.start
    assert found == due(rule, since, None, since + step * 11)
    if found:
        assert found[0].start <= since < found[0].end


def compares(rule: Rule, *windows: Window) -> list[Window | None]:
    grid = windows_of(rule, Window(windows[0].start - reach(rule), windows[-1].end))
    known = compared(rule, [(window, None) for window in grid])
    pairs = [known.get(window.start) for window in windows]
    return [pair[0] if pair else None for pair in pairs]


def test_an_hour_is_compared_with_what_the_clocks_showed() -> None:
    week = a_rule(zone=MADRID, condition="decrease", compare="week")
    monday = Window(at("2026-03-30T09:00"), at("2026-03-30T10:00"))
    assert compares(week, monday) == [Window(at("2026-03-23T09:00"), at("2026-03-23T10:00"))]
    yesterday = a_rule(zone=MADRID, condition="decrease", compare="day")
    skipped = Window(at("2026-03-30T02:00"), at("2026-03-30T03:00"))
    assert compares(yesterday, skipped) == [None]  # the clocks never showed it
    twice = Window(at("2026-10-26T02:00"), at("2026-10-26T03:00"))
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert compares(yesterday, twice) == [Window(first, first + HOUR)]


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_a_day_is_compared_with_a_whole_day(day: date) -> None:
    for compare, back in (("previous", 1), ("week", 7)):
        rule = a_rule(zone=MADRID, length="day", condition="decrease", compare=compare)
        for shift in (0, 1):
            window = day_of(day + timedelta(days=shift))
            expected = day_of(day + timedelta(days=shift - back))
            assert compares(rule, window) == [expected]


@given(st.sampled_from(["hour", "day", "week", "month"]), st.sampled_from(ZONES), moments)
def test_the_previous_window_is_the_one_before(
    length: Any, zone: ZoneInfo, moment: datetime
) -> None:
    rule = a_rule(length=length, zone=zone, condition="decrease", compare="previous")
    window = windows_of(rule, Window(moment, moment + MINUTE))[0]
    (before,) = compares(rule, window)
    assert before is not None
    assert before.end == window.start


def test_maintenance_touches_and_holidays_hold_windows() -> None:
    christmas = date(2026, 12, 25)
    calendar = Calendar((Window(at("2026-03-10T10:30"), at("2026-03-10T10:31")),), {christmas})
    rule = a_rule(zone=MADRID, on_holidays=False)
    touched = Window(at("2026-03-10T10:00"), at("2026-03-10T11:00"))
    after = Window(touched.end, touched.end + HOUR)
    assert calendar.why_not(rule, touched) == "maintenance"
    assert calendar.why_not(rule, after) is None
    midnight = at("2026-12-25")
    assert calendar.why_not(rule, Window(midnight, midnight + HOUR)) == "holiday"
    assert calendar.why_not(rule, Window(midnight - HOUR, midnight)) is None
    judged = a_rule(zone=MADRID)
    assert calendar.why_not(judged, Window(midnight, midnight + HOUR)) is None
    assert not calendar.is_ordinary(judged, Window(midnight, midnight + HOUR))


def test_half_hours_of_lord_howe_are_windows() -> None:
    rule = a_rule(zone=LORD_HOWE)
    day = Window(at("2026-04-05", LORD_HOWE), at("2026-04-06", LORD_HOWE))
    assert {window.length for window in windows_of(rule, day)} == {HOUR, HOUR / 2}


SHARE: dict[str, Any] = {"metric": "share", "part": "cause=User busy (17)"}


@pytest.mark.parametrize(
    ("given_rule", "said"),
    [
        ({"name": ""}, "needs a name"),
        ({"name": "a\nb"}, "needs a name"),
        ({"metric": "aloc"}, "no metric 'aloc'"),
        ({"condition": "is less than"}, "no condition"),
        ({"length": "fortnight"}, "no window"),
        ({"severity": "dire"}, "no severity"),
        ({"split": "caller_id_number"}, "no split"),
        ({"threshold": float("nan")}, "a number"),
        ({"threshold": 40, "clear_at": 30}, "both at once"),
        ({"condition": "greater", "threshold": 40, "clear_at": 50}, "both at once"),
        ({"condition": "decrease"}, "with what to compare"),
        ({"compare": "week"}, "compares with no other window"),
        ({"condition": "decrease", "compare": "sideways"}, "no comparison"),
        ({"condition": "decrease", "compare": "week", "length": "month"}, "previous one"),
        ({"condition": "decrease", "compare": "day", "length": "day"}, "previous one"),
        ({"condition": "increase", "compare": "week", "threshold": -1}, "turn the condition"),
        ({"condition": "low", "threshold": 2}, "striking from 3.5"),
        ({"condition": "low", "length": "5min"}, "quarter, an hour or a day"),
        ({"metric": "pdd_p95", "length": "5min"}, "no sum of calls"),
        ({"metric": "pdd_p95", "condition": "high"}, "no sum of calls"),
        ({"metric": "acd", "by_chance": True}, "Chance has bounds"),
        ({"metric": "share"}, "needs a part"),
        ({"part": "cause=x"}, "needs a part"),
        ({"clear_windows": 0}, "1 to 100 windows"),
        ({"min_calls": -1}, "0 or more"),
        ({"lag": timedelta(days=2)}, "within a day"),
        ({"cooldown": timedelta(days=32)}, "at most 31 days"),
        ({"quiet_from": datetime.min.time()}, "need both"),
    ],
)
def test_what_makes_no_sense_is_said(given_rule: dict[str, Any], said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        check(a_rule(**given_rule))


def test_what_makes_sense_passes() -> None:
    for rule in (
        a_rule(by_chance=True),
        a_rule(**SHARE, by_chance=True),
        a_rule(condition="unusual", threshold=3.5),
        a_rule(condition="decrease_percent", compare="week", length="5min"),
        a_rule(condition="increase", compare="previous", length="month", metric="buy_cost"),
    ):
        check(rule)


def test_a_zone_that_does_not_exist_is_said() -> None:
    for name in ("Mars/Olympus", "", "../../etc/passwd", "Europe"):
        with pytest.raises(BadRequest, match="no time zone"):
            zone_named(name)


def test_what_is_not_given_follows_from_the_rest() -> None:
    ratio = with_defaults(a_rule(threshold=40), min_calls=None)
    assert (ratio.clear_at, ratio.min_calls, ratio.on_holidays) == (40, 50, True)
    change = with_defaults(a_rule(metric="calls", condition="decrease"), clear_at=5)
    assert (change.clear_at, change.min_calls, change.on_holidays) == (5, 0, False)
    assert with_defaults(a_rule(), min_calls=0, on_holidays=False).min_calls == 0
