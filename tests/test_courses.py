"""How figures along a period become lines and bars. Pure."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from cdrstats import format
from cdrstats.clock import Window
from cdrstats.metrics import METRICS, NOTHING, Parts
from cdrstats.traffic import OTHER, Answer, Spread, edges
from cdrstats.ui import courses, figures
from cdrstats.ui.courses import Course

CALLS, ASR, ACD = METRICS["calls"], METRICS["asr"], METRICS["acd"]
MADRID = ZoneInfo("Europe/Madrid")
DAY = Window(datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))
HOURS = figures.spans(DAY, "hour", ZoneInfo("UTC"))


def at(hour: int, minute: int = 0) -> datetime:
    """A local time of the day of HOURS."""
    return datetime(2026, 3, 10, hour, minute)  # noqa: DTZ001


def now(hour: int, minute: int = 0) -> datetime:
    """The instant of such a time."""
    return at(hour, minute).replace(tzinfo=UTC)


def answer(calls: int, answered: int = 0, billsec: int = 0) -> Answer:
    return Answer(None, (), Parts(calls=calls, answered=answered, billsec=billsec))


# What can be chosen


@pytest.mark.parametrize(
    ("days", "lines", "finest"),
    [
        (1, 1, "Minute"),  # 1,440
        (2, 1, "Quarter-hour"),
        (20, 1, "Quarter-hour"),  # 1,920
        (30, 1, "Hour"),
        (83, 1, "Hour"),
        (84, 1, "Day"),
        (30, 6, "Hour"),  # 4,320 points
        (30, 11, "Day"),
        (3650, 1, "Week"),
        (1999, 1, "Day"),
    ],
)
def test_only_steps_are_offered_that_can_be_drawn(days: int, lines: int, finest: str) -> None:
    window = Window(DAY.start, DAY.start + timedelta(days=days))
    offered = courses.offered(window, lines)
    every = list(courses.GRAINS)
    assert offered == every[every.index(finest) :]


def test_sums_stack_and_ratios_percentiles_and_maxima_do_not() -> None:
    stacking = {name for name, metric in METRICS.items() if courses.is_sum(metric)}
    assert stacking == {
        *("calls", "attempts", "answered", "minutes", "billed_minutes"),
        *("buy_cost", "sell_cost", "margin"),
    }


def test_axes_say_what_and_in_which_unit() -> None:
    assert courses.axis(CALLS, "hour") == "Calls an hour"
    assert courses.axis(ASR, "day") == "ASR, %"
    assert courses.axis(ACD, "day") == "ACD, m:ss"
    assert courses.axis(METRICS["pdd"], "day") == "PDD, s"
    assert courses.axis(METRICS["margin_percent"], "day") == "Margin %"
    assert courses.axis(METRICS["mos"], "day") == "MOS"


# Steps


def test_an_hour_shown_twice_is_one_with_the_calls_of_both() -> None:
    night = Window(
        datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC)
    )
    starts = edges(night, "hour", MADRID)
    assert len(starts) == 5
    answers = [Answer(start, (7,), Parts(calls=n)) for n, start in enumerate(starts, 1)]
    line = courses.by_key(answers, MADRID)[7,]
    assert [one.parts.calls for one in line.values()] == [1, 2, 3 + 4, 5]
    assert courses.calls({(7,): line, OTHER: line})[datetime(2026, 10, 25, 2)] == 14  # noqa: DTZ001


def test_percentiles_of_an_hour_shown_twice_are_those_of_the_busier_one() -> None:
    starts = [datetime(2026, 10, 25, hour, tzinfo=UTC) for hour in (0, 1)]
    answers = [
        Answer(starts[0], (), Parts(calls=9), Spread(1.0, 2.0, 9)),
        Answer(starts[1], (), Parts(calls=2), Spread(5.0, 6.0, 2)),
    ]
    for given in (answers, answers[::-1]):
        [one] = courses.by_key(given, MADRID)[()].values()
        assert (one.parts.calls, one.spread) == (11, Spread(1.0, 2.0, 9))


def test_what_is_not_known_yet_is_no_zero() -> None:
    found = courses.filled({at(3): answer(5)}, HOURS, now(12, 30))
    assert list(found) == [span.start for span in HOURS[:13]]
    assert found[at(3)].parts.calls == 5
    assert found[at(4)].parts == NOTHING
    assert courses.filled({}, HOURS, None) == {}
    assert at(4) not in courses.filled({}, HOURS, now(12), {at(4)})


def test_a_step_that_is_not_over_is_told_as_such() -> None:
    assert courses.so_far(HOURS, now(12, 30), "hour") == {
        at(12): f"Tue 10 Mar 12:00 {format.NOTHING} 13:00, so far"
    }
    assert courses.so_far(HOURS, now(12), "hour").keys() == {at(12)}
    assert courses.so_far(HOURS, None, "hour") == {}


def test_months_are_as_long_as_the_calendar_says() -> None:
    year = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    months = figures.spans(year, "month", ZoneInfo("UTC"))
    lengths = [(span.end - span.start).days for span in months]
    assert lengths == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert (months[0].start, months[0].end) == (datetime(2026, 1, 1), datetime(2026, 2, 1))  # noqa: DTZ001
    assert date(2026, 2, 1) == months[1].start.date()


# Lines and bars


def rows(*lines: Course, metric: str = "calls", stacked: bool = False) -> pd.DataFrame:
    return courses.rows(lines, HOURS, METRICS[metric], "hour", stacked)


def test_a_ratio_over_nothing_is_a_gap_and_a_sum_of_nothing_is_zero() -> None:
    line = Course("All", courses.filled({at(1): answer(4, 1)}, HOURS, now(3)))
    shares, counts = rows(line, metric="asr"), rows(line)
    assert shares["y"].isna().tolist()[:4] == [True, False, True, True]
    assert shares["y"][1] == 25.0
    assert counts["y"].tolist()[:4] == [0, 4, 0, 0]
    assert counts["y"].isna().tolist()[4:] == [True] * 20  # after the data end


def test_a_point_without_neighbours_is_drawn_as_a_dot() -> None:
    found = {at(hour): answer(4, 1) for hour in (1, 5, 6)}
    shares = rows(Course("All", courses.filled(found, HOURS, now(23))), metric="asr")
    assert [hour for hour in range(24) if shares["dot"][hour]] == [1]


def test_bars_stand_on_each_other_and_losses_hang_below() -> None:
    def money(margin: int) -> Answer:
        return Answer(None, (), Parts(calls=1, sell_cost=Decimal(margin)))

    margins = {"a": 3, "b": -2, "c": 4, "d": -1}
    lines = [Course(name, {at(0): money(margin)}) for name, margin in margins.items()]
    found = rows(*lines, metric="margin", stacked=True)
    assert list(zip(found["name"], found["y2"], found["y"], strict=True)) == [
        ("a", 0, 3),
        ("b", 0, -2),
        ("c", 3, 7),
        ("d", -2, -3),
    ]


def test_durations_are_drawn_in_minutes_and_told_as_clocks_do() -> None:
    found = rows(Course("All", {at(0): answer(2, 2, 180)}), metric="acd")
    assert (found["y"][0], found["value"][0], found["shown"][0]) == (1.5, 90, "1:30")


def test_times_are_the_viewers_and_stand_in_the_middle_of_the_step() -> None:
    first = rows(Course("All", {at(0): answer(2)})).iloc[0]
    assert first["start"] == pd.Timestamp("2026-03-10T00:00Z")
    assert first["mid"] == pd.Timestamp("2026-03-10T00:30Z")
    assert first["end"] == pd.Timestamp("2026-03-10T01:00Z")
    assert first["when"] == f"Tue 10 Mar 00:00 {format.NOTHING} 01:00"
