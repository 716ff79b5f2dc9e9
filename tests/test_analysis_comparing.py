"""Two windows side by side: clock hours meet clock hours, whatever the clocks did."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cdrstats.analysis import Pair, aligned, difference
from cdrstats.clock import Window
from cdrstats.metrics import METRICS, NOTHING, Parts
from cdrstats.traffic import Answer, Question, Step, series

from .clocks import MADRID, ZONES, windows

HOUR = timedelta(hours=1)


def at(stamp: str, zone: ZoneInfo = MADRID) -> datetime:
    return datetime.fromisoformat(stamp).replace(tzinfo=zone).astimezone(UTC)


def window(start: str, end: str, zone: ZoneInfo = MADRID) -> Window:
    return Window(at(start, zone), at(end, zone))


def line(asked: Window, step: Step, zone: ZoneInfo = MADRID) -> list[Answer]:
    return series([], Question(asked, (), step, zone))[()]


def hours(pairs: list[Pair], zone: ZoneInfo = MADRID) -> list[tuple[str | None, str | None]]:
    """What the clocks showed in each step and in the one beside it."""

    def shown(answer: Answer | None) -> str | None:
        if answer is None or answer.at is None:
            return None
        return answer.at.astimezone(zone).strftime("%d %H:%M")

    return [(shown(pair.now), shown(pair.before)) for pair in pairs]


def test_an_hour_that_the_clocks_skipped_is_none_now() -> None:
    now, before = window("2026-03-29", "2026-03-30"), window("2026-03-22", "2026-03-23")
    pairs = aligned(line(now, "hour"), line(before, "hour"), "hour", MADRID)
    found = hours(pairs)
    assert len(found) == 24
    assert found[1:4] == [
        ("29 01:00", "22 01:00"),
        (None, "22 02:00"),
        ("29 03:00", "22 03:00"),
    ]
    assert found[-1] == ("29 23:00", "22 23:00")


def test_an_hour_that_the_clocks_skipped_is_none_before() -> None:
    now, before = window("2026-04-05", "2026-04-06"), window("2026-03-29", "2026-03-30")
    found = hours(aligned(line(now, "hour"), line(before, "hour"), "hour", MADRID))
    assert found[2] == ("05 02:00", None)
    assert sum(other is None for _, other in found) == 1


def test_the_second_of_two_hours_has_nothing_beside_it() -> None:
    now, before = window("2026-10-25", "2026-10-26"), window("2026-10-18", "2026-10-19")
    pairs = aligned(line(now, "hour"), line(before, "hour"), "hour", MADRID)
    assert hours(pairs)[2:5] == [
        ("25 02:00", "18 02:00"),
        ("25 02:00", None),
        ("25 03:00", "18 03:00"),
    ]
    assert pairs[3].now is not None
    assert pairs[3].now.at == datetime(2026, 10, 25, 1, tzinfo=UTC)


def test_two_days_with_an_hour_twice_meet_hour_by_hour() -> None:
    new_york = ZoneInfo("America/New_York")
    now = window("2026-11-01", "2026-11-02", new_york)
    before = window("2025-11-02", "2025-11-03", new_york)
    pairs = aligned(
        line(now, "hour", new_york), line(before, "hour", new_york), "hour", new_york
    )
    assert len(pairs) == 25
    assert all(pair.now and pair.before for pair in pairs)


def test_any_other_window_meets_from_its_own_start() -> None:
    now, before = (
        window("2026-03-10 10:00", "2026-03-10 12:00"),
        window("2026-01-05", "2026-01-06"),
    )
    found = hours(aligned(line(now, "hour"), line(before, "hour"), "hour", MADRID))
    assert found[:3] == [("10 10:00", "05 00:00"), ("10 11:00", "05 01:00"), (None, "05 02:00")]
    assert len(found) == 24


def test_days_of_months_meet_by_number_and_months_by_month() -> None:
    now, before = window("2026-03-01", "2026-04-01"), window("2026-02-01", "2026-03-01")
    found = hours(aligned(line(now, "day"), line(before, "day"), "day", MADRID))
    assert found[0] == ("01 00:00", "01 00:00")
    assert found[27:29] == [("28 00:00", "28 00:00"), ("29 00:00", None)]
    year, last = window("2026-01-01", "2027-01-01"), window("2025-01-01", "2026-01-01")
    pairs = aligned(line(year, "month"), line(last, "month"), "month", MADRID)
    months = [
        [one and one.at and one.at.astimezone(MADRID).month for one in (pair.now, pair.before)]
        for pair in pairs
    ]
    assert months == [[month, month] for month in range(1, 13)]


def test_quarters_and_weeks_meet() -> None:
    now, before = window("2026-03-10", "2026-03-11"), window("2026-03-03", "2026-03-04")
    quarters = hours(aligned(line(now, "quarter"), line(before, "quarter"), "quarter", MADRID))
    assert len(quarters) == 96
    assert quarters[5] == ("10 01:15", "03 01:15")
    weeks = aligned(
        line(window("2026-03-09", "2026-03-23"), "week"),
        line(window("2026-02-23", "2026-03-09"), "week"),
        "week",
        MADRID,
    )
    assert hours(weeks) == [("09 00:00", "23 00:00"), ("16 00:00", "02 00:00")]


@given(windows, windows, st.sampled_from(ZONES), st.sampled_from(["hour", "day", "month"]))
def test_every_step_of_both_windows_is_in_exactly_one_pair(
    now: Window, before: Window, zone: ZoneInfo, step: Step
) -> None:
    lines = line(now, step, zone), line(before, step, zone)
    pairs = aligned(*lines, step, zone)
    assert [pair.now for pair in pairs if pair.now] == lines[0]
    assert [pair.before for pair in pairs if pair.before] == lines[1]
    assert all(pair.now or pair.before for pair in pairs)


def answer(parts: Parts) -> Answer:
    return Answer(at("2026-03-10"), (), parts)


def test_how_far_each_step_moved() -> None:
    pair = Pair(answer(Parts(calls=150, answered=60)), answer(Parts(calls=100, answered=50)))
    assert difference(METRICS["calls"], pair) == 50
    assert difference(METRICS["asr"], pair) == -10


def test_money_differs_exactly() -> None:
    pair = Pair(answer(Parts(buy_cost=Decimal("0.3"))), answer(Parts(buy_cost=Decimal("0.1"))))
    assert difference(METRICS["buy_cost"], pair) == Decimal("0.2")


def test_a_missing_step_is_no_zero() -> None:
    some = answer(Parts(calls=5))
    for pair in (Pair(some, None), Pair(None, some)):
        assert difference(METRICS["calls"], pair) is None
    assert difference(METRICS["calls"], Pair(answer(NOTHING), some)) == -5
    assert difference(METRICS["asr"], Pair(answer(NOTHING), some)) is None


def test_lord_howes_half_hours_meet_their_clock_hour() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    now, before = (
        window(f"{day}", f"{day + timedelta(days=1)}", lord_howe)
        for day in (date(2026, 4, 5), date(2026, 3, 29))
    )
    pairs = aligned(
        line(now, "hour", lord_howe), line(before, "hour", lord_howe), "hour", lord_howe
    )
    assert hours(pairs, lord_howe)[1:4] == [
        ("05 01:00", "29 01:00"),
        ("05 01:30", None),
        ("05 02:00", "29 02:00"),
    ]
