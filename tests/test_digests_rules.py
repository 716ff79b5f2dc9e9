"""When digests are due, and of which period: zones, days of the clocks, what was missed."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.clock import Window
from cdrstats.digests import Digest, check, due, last_run, latest, next_run, words
from cdrstats.digests.rules import is_quiet
from cdrstats.errors import BadRequest

MADRID = ZoneInfo("Europe/Madrid")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def a_digest(**given: Any) -> Digest:
    return Digest(**({"name": "Daily", "zone": MADRID} | given))


def at(text: str) -> datetime:
    """A moment of Madrid's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=MADRID).astimezone(UTC)


@pytest.mark.parametrize(
    ("every", "first", "last"),
    [
        ("day", "2026-03-10", "2026-03-11"),
        ("week", "2026-03-02", "2026-03-09"),
        ("month", "2026-02-01", "2026-03-01"),
    ],
)
def test_the_period_is_the_last_that_is_over(every: Any, first: str, last: str) -> None:
    digest = a_digest(every=every)
    assert latest(digest, at("2026-03-11T12:00")) == Window(at(first), at(last))
    assert due(digest, LONG_AGO, None, at("2026-03-11T12:00")) == Window(at(first), at(last))


def test_it_is_due_at_its_hour_by_the_clocks_of_its_zone() -> None:
    assert due(a_digest(), LONG_AGO, at("2026-03-10"), at("2026-03-11T06:59")) is None
    assert due(a_digest(), LONG_AGO, at("2026-03-10"), at("2026-03-11T07:00"))
    tokyo = a_digest(zone=ZoneInfo("Asia/Tokyo"))
    assert last_run(tokyo, at("2026-03-11T00:00")) == datetime(2026, 3, 10, 22, tzinfo=UTC)


def test_a_week_is_due_on_monday_and_a_month_on_the_first() -> None:
    now = at("2026-03-12T12:00")  # a Thursday
    assert last_run(a_digest(every="week"), now) == at("2026-03-09T07:00")
    assert last_run(a_digest(every="month"), now) == at("2026-03-01T07:00")


def test_a_day_of_the_clocks_has_23_or_25_hours() -> None:
    for now, hours in (("2026-03-30T07:00", 23), ("2026-10-26T07:00", 25)):
        period = due(a_digest(), LONG_AGO, None, at(now))
        assert period
        assert period.length == hours * HOUR


@pytest.mark.parametrize(
    ("first", "runs"),
    [
        ("2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30", "2026-03-31T00:30"]),
        ("2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30", "2026-10-27T01:30"]),
    ],
)
def test_an_hour_that_is_skipped_or_shown_twice_sends_one(first: str, runs: list[str]) -> None:
    """Looked at each quarter of an hour, as the jobs do each minute; half past two by night."""
    digest, now, sent_until = a_digest(at=time(2, 30)), at(first), at(first[:10])
    found = []
    for _ in range(4 * 64):
        if period := due(digest, LONG_AGO, sent_until, now):
            found.append(now)
            sent_until = period.end
        now += HOUR / 4
    assert found == [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in runs]


def test_what_was_missed_is_made_up_once() -> None:
    sent_until = at("2026-03-05")
    now = at("2026-03-11T15:12")
    period = due(a_digest(), LONG_AGO, sent_until, now)
    assert period == Window(at("2026-03-10"), at("2026-03-11"))
    assert due(a_digest(), LONG_AGO, period.end, now) is None
    assert due(a_digest(), LONG_AGO, period.end, now + 10 * HOUR) is None


def test_a_clock_that_goes_back_sends_nothing_twice() -> None:
    now = at("2026-03-11T07:00")
    period = due(a_digest(), LONG_AGO, None, now)
    assert period
    for back in (HOUR, 5 * DAY, 400 * DAY):
        assert due(a_digest(), LONG_AGO, period.end, now - back) is None
    assert due(a_digest(), LONG_AGO, period.end, now + DAY)


def test_what_was_due_before_it_was_made_is_not_made_up() -> None:
    made = at("2026-03-11T07:01")
    assert due(a_digest(), made, None, at("2026-03-11T15:00")) is None
    assert due(a_digest(), made, None, at("2026-03-12T07:00"))


def test_a_cron_line_tells_of_the_time_since_the_one_before() -> None:
    weekdays = a_digest(every="cron", cron="0 8 * * 1-5")
    monday = due(weekdays, LONG_AGO, None, at("2026-03-09T08:00"))
    assert monday == Window(at("2026-03-06T08:00"), at("2026-03-09T08:00"))
    tuesday = due(weekdays, LONG_AGO, monday.end, at("2026-03-10T09:00"))
    assert tuesday == Window(at("2026-03-09T08:00"), at("2026-03-10T08:00"))


def test_in_quiet_hours_it_waits_for_their_end() -> None:
    night = a_digest(quiet_from=time(22), quiet_until=time(8))
    assert is_quiet(night, at("2026-03-11T23:00"))
    assert due(night, LONG_AGO, None, at("2026-03-11T07:30")) is None
    assert due(night, LONG_AGO, None, at("2026-03-11T08:00"))
    noon = a_digest(quiet_from=time(6), quiet_until=time(9))
    assert [
        is_quiet(noon, at(f"2026-03-11T{hour}")) for hour in ("05:59", "06:00", "09:00")
    ] == [*(False, True, False)]


def test_a_date_that_a_zone_skipped_is_no_period() -> None:
    """Samoa went over the date line, and had no 30 December."""
    digest = a_digest(zone=ZoneInfo("Pacific/Apia"))
    then = datetime(2011, 12, 30, 17, tzinfo=UTC)  # 7:00 of the 31st
    assert due(digest, datetime(2011, 1, 1, tzinfo=UTC), None, then) is None


@pytest.mark.parametrize(
    ("given", "now", "then"),
    [
        ({}, "2026-03-11T06:59", "2026-03-11T07:00"),
        ({}, "2026-03-11T07:00", "2026-03-12T07:00"),
        ({"every": "week"}, "2026-03-12T12:00", "2026-03-16T07:00"),
        ({"every": "month"}, "2026-03-12T12:00", "2026-04-01T07:00"),
        ({"at": time(2, 30)}, "2026-03-29T01:00", "2026-03-29T03:00"),  # 2:30 is skipped
        ({"at": time(2, 30)}, "2026-10-25T03:00", "2026-10-26T02:30"),  # and was shown twice
        ({"every": "cron", "cron": "0 8 * * 1-5"}, "2026-03-13T08:00", "2026-03-16T08:00"),
    ],
)
def test_when_it_is_due_next(given: dict[str, Any], now: str, then: str) -> None:
    digest = a_digest(**given)
    found = next_run(digest, at(now))
    assert found == at(then)
    assert last_run(digest, at(then)) == found


def test_schedule_and_calls_are_told_in_words() -> None:
    assert words.schedule(a_digest(every="week", at=time(6, 30))) == "Mondays at 06:30"
    cron = a_digest(every="cron", cron="0 8 * * 1-5")
    assert words.schedule(cron) == "By the cron line 0 8 * * 1-5"
    view = "country=Spain&metric=ASR&switch=pbx1&where=duration+%3E+60"
    assert words.calls_of(view) == "country Spain, switch pbx1, duration > 60"
    assert words.calls_of("split=Country") == "all"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": ""}, "needs a name"),
        ({"name": "a\nb"}, "needs a name"),
        ({"every": "year"}, "There is no schedule 'year'"),
        ({"parts": ("gossip",)}, "There is no part 'gossip'"),
        ({"parts": ()}, "needs a part"),
        ({"files": ("exe",)}, "There is no file 'exe'"),
        ({"every": "cron"}, "A cron line goes with"),
        ({"cron": "0 7 * * *"}, "A cron line goes with"),
        ({"every": "cron", "cron": "at seven"}, "is no cron line"),
        ({"every": "cron", "cron": "0 0 31 2 *"}, "is no cron line"),
        ({"every": "cron", "cron": "* * * * *"}, "once an hour at most"),
        ({"every": "cron", "cron": "0 0 7 * * *"}, "has five fields"),
        ({"quiet_from": time(22)}, "need both"),
        ({"quiet_from": time(22), "quiet_until": time(22)}, "would never end"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_sentence(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        check(a_digest(**wrong))


@given(
    zone=st.sampled_from(
        ["UTC", "Europe/Madrid", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu"]
    ),
    every=st.sampled_from(["day", "week", "month", "cron"]),
    clock=st.times(),
    moments=st.lists(
        st.datetimes(datetime(2017, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
        min_size=2,
        max_size=8,
    ),
)
def test_whenever_one_looks_no_period_is_told_of_twice(
    zone: str, every: Any, clock: time, moments: list[datetime]
) -> None:
    """In any order, as with a clock that is set back and forth."""
    cron = f"{clock.minute} {clock.hour} * * 1-5" if every == "cron" else ""
    digest = a_digest(zone=ZoneInfo(zone), every=every, at=clock, cron=cron)
    check(digest)
    sent_until, told = None, []
    for moment in moments:
        now = moment.replace(tzinfo=UTC)
        if period := due(digest, datetime(2016, 1, 1, tzinfo=UTC), sent_until, now):
            assert period.end <= now
            told.append(period)
            sent_until = period.end
    for before, after in pairwise(told):
        assert before.end <= after.start
