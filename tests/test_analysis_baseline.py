"""What is unusual: worked numbers, silence, nights, and the days on which clocks change."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from cdrstats.analysis import Mark, judged, marks, with_history
from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.metrics import METRICS, NOTHING, Metric, Parts
from cdrstats.traffic import Answer, Question, Step, edges

CALLS, ASR, ACD, MINUTES = (METRICS[name] for name in ("calls", "asr", "acd", "minutes"))
MADRID = ZoneInfo("Europe/Madrid")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
HISTORY = [100, 104, 98, 97, 103, 101, 99, 102]
HOUR = timedelta(hours=1)


def weeks(*counts: int) -> list[list[Parts]]:
    return [[Parts(calls=count)] for count in counts]


def ratios(*of_hundred: int, calls: int = 100) -> list[list[Parts]]:
    return [[Parts(calls=calls, answered=answered * calls // 100)] for answered in of_hundred]


def verdict(metric: Metric, parts: Parts, before: list[list[Parts]]) -> str:
    return judged(AT, metric, parts, before).verdict


def test_the_worked_history() -> None:
    """d.6"""
    mark = judged(AT, CALLS, Parts(calls=180), weeks(*HISTORY))
    assert mark == Mark(AT, 180, "high", 100.5, 5.025, 0.6745 * 79.5 / 5.025)
    assert round(mark.z or 0, 2) == 10.67


def test_a_value_is_unusual_from_a_z_of_three_and_a_half() -> None:
    """(x - 100.5) * 0.6745 / 5.025 reaches 3.5 between 126 and 127."""
    history = weeks(*HISTORY)
    found = {x: verdict(CALLS, Parts(calls=x), history) for x in (74, 75, 100, 126, 127)}
    assert found == {74: "low", 75: "usual", 100: "usual", 126: "usual", 127: "high"}


def test_no_call_where_calls_are_expected_is_missing_and_not_zero() -> None:
    mark = judged(AT, CALLS, NOTHING, weeks(*HISTORY))
    assert (mark.value, mark.verdict, mark.usual, mark.z) == (None, "missing", 100.5, None)
    assert verdict(ASR, NOTHING, ratios(*[50] * 8)) == "missing"
    assert verdict(CALLS, Parts(calls=1), weeks(*HISTORY)) == "low"


def test_no_call_where_none_is_usual_is_zero() -> None:
    mark = judged(AT, CALLS, NOTHING, weeks(0, 0, 1, 0, 0, 2, 0, 0))
    assert (mark.value, mark.verdict, mark.usual) == (0, "usual", 0)


def test_silence_is_improbable_from_seven_calls_on() -> None:
    """exp(-6) is 0.0025, exp(-7) 0.0009."""
    assert verdict(CALLS, NOTHING, weeks(*[7] * 8)) == "missing"
    assert verdict(CALLS, NOTHING, weeks(*[6] * 8)) != "missing"
    assert judged(AT, CALLS, NOTHING, weeks(*[6] * 8)).value == 0


def test_an_outage_among_the_weeks_before_hides_no_silence() -> None:
    assert verdict(CALLS, NOTHING, weeks(100, 0, 98, 97, 0, 101, 99, 102)) == "missing"


def test_fewer_than_four_weeks_are_no_history() -> None:
    three = [*weeks(100, 104, 98), [], [], [], [], []]
    assert judged(AT, CALLS, Parts(calls=900), three) == Mark(AT, 900, "no history")
    assert judged(AT, CALLS, NOTHING, three) == Mark(AT, 0, "no history")
    four = [*weeks(100, 104, 98, 97), [], [], [], []]
    assert verdict(CALLS, Parts(calls=900), four) == "high"
    assert verdict(CALLS, NOTHING, four) == "missing"


def test_an_hour_shown_twice_is_one_week_of_history() -> None:
    twice = [[Parts(calls=100), Parts(calls=104)], *weeks(98, 97), [], [], [], [], []]
    assert verdict(CALLS, Parts(calls=900), twice) == "no history"
    twice[3] = [Parts(calls=103)]
    assert judged(AT, CALLS, Parts(calls=100), twice).usual == 100


def test_a_ratio_of_few_calls_is_never_called_unusual() -> None:
    history = ratios(50, 52, 48, 50, 51, 49, 50, 50)
    assert verdict(ASR, Parts(calls=50, answered=5), history) == "low"
    assert verdict(ASR, Parts(calls=49, answered=5), history) == "few calls"
    assert verdict(ASR, Parts(calls=49, answered=25), history) == "usual"


def test_a_duration_of_few_answered_calls_is_never_called_unusual() -> None:
    history = [[Parts(calls=500, answered=250, billsec=25_000)]] * 8
    assert verdict(ACD, Parts(calls=500, answered=1, billsec=900), history) == "few calls"
    assert verdict(ACD, Parts(calls=500, answered=60, billsec=54_000), history) == "high"


def test_a_sum_of_few_calls_is_never_called_unusual() -> None:
    quiet = weeks(*[0] * 8)
    assert verdict(MINUTES, Parts(calls=1, billsec=3600), quiet) == "few calls"
    assert verdict(CALLS, Parts(calls=9), quiet) == "few calls"
    assert verdict(CALLS, Parts(calls=10), quiet) == "high"
    assert verdict(CALLS, Parts(calls=1), weeks(*[12] * 8)) == "low"


def test_money_divides_but_counts_no_calls() -> None:
    def sold(calls: int, margin: str) -> Parts:
        return Parts(calls, sell_cost=Decimal("0.5"), buy_cost=Decimal("0.5") - Decimal(margin))

    margin = METRICS["margin_percent"]
    history = [[sold(100, "0.1")]] * 8
    assert verdict(margin, sold(100, "0.2"), history) == "high"
    assert verdict(margin, sold(40, "0.2"), history) == "few calls"


def test_a_ratio_over_nothing_has_too_few_calls() -> None:
    history = ratios(*[50] * 8, calls=4)
    assert judged(AT, ASR, NOTHING, history) == Mark(AT, None, "few calls", 50.0, 2.5)


def line_of(
    question: Question, calls: Callable[[datetime], int]
) -> tuple[list[Answer], list[datetime]]:
    """A line with so many calls in each step, and the steps."""
    asked = with_history(question)
    assert asked.step is not None
    starts = edges(asked.window, asked.step, asked.zone)
    return [Answer(at, (), Parts(calls=calls(at))) for at in starts], starts


def number(at: datetime) -> int:
    """Another value for every hour, so that a median tells which hours it is of."""
    return 1000 + int(at.timestamp() // 900) * 7919 % 5003


def by_clock(starts: list[datetime], zone: ZoneInfo, shape: str) -> dict[str, list[int]]:
    """The oracle's table: the values of all steps, by what the clocks said."""
    found: dict[str, list[int]] = {}
    for at in starts:
        found.setdefault(at.astimezone(zone).strftime(f"%Y-%m-%d {shape}"), []).append(
            number(at)
        )
    return found


def usual(table: dict[str, list[int]], at: datetime, zone: ZoneInfo, shape: str) -> list[int]:
    """The values 1 to 8 weeks before `at` by the clocks."""
    then = at.astimezone(zone)
    days = [(then.date() - timedelta(days=7 * n)).isoformat() for n in range(1, 9)]
    return [x for day in days for x in table.get(f"{day} {then.strftime(shape)}", [])]


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("month", [3, 4, 5, 10, 11, 12])
@pytest.mark.parametrize("step", ["quarter", "hour"])
def test_the_history_is_what_the_clocks_showed(zone: str, month: int, step: Step) -> None:
    start = datetime(2026, month, 24, 21, tzinfo=UTC)
    question = Question(Window(start, start + timedelta(days=8)), (), step, ZoneInfo(zone))
    line, starts = line_of(question, number)
    found = marks(CALLS, question, line, start + timedelta(days=30))
    assert [mark.at for mark in found] == edges(question.window, step, question.zone)
    table = by_clock(starts, ZoneInfo(zone), "%H:%M")
    for mark in found:
        assert mark.value == number(mark.at)
        assert mark.usual == median(usual(table, mark.at, ZoneInfo(zone), "%H:%M"))


@pytest.mark.parametrize(
    ("sunday", "hour", "weeks_compared"),
    [
        (date(2026, 4, 5), 2, [2, 3, 4, 5, 6, 7, 8]),  # 29 March had no 02:00
        (date(2026, 4, 5), 3, [1, 2, 3, 4, 5, 6, 7, 8]),
        (date(2026, 10, 25), 2, [1, 2, 3, 4, 5, 6, 7, 8]),  # shown twice, each like any other
        (date(2026, 11, 1), 2, [1, 1, 2, 3, 4, 5, 6, 7, 8]),
    ],
)
def test_a_skipped_hour_is_no_history_and_a_repeated_one_is_two_values(
    sunday: date, hour: int, weeks_compared: list[int]
) -> None:
    start = datetime(sunday.year, sunday.month, sunday.day, tzinfo=MADRID).astimezone(UTC)
    question = Question(Window(start, start + 8 * HOUR), (), "hour", MADRID)

    def calls(at: datetime) -> int:
        return 1000 + 10 * ((sunday - at.astimezone(MADRID).date()).days // 7)

    line, _ = line_of(question, calls)
    found = [
        mark.usual
        for mark in marks(CALLS, question, line, start + timedelta(days=1))
        if mark.at.astimezone(MADRID).hour == hour
    ]
    expected = 1000 + 10 * median(weeks_compared)
    assert found == [expected] * (2 if sunday == date(2026, 10, 25) else 1)


def test_the_half_hour_that_lord_howe_repeats_is_not_judged_by_whole_hours() -> None:
    start = datetime(2026, 4, 4, 14, tzinfo=UTC)  # 01:00, 01:30 again, 02:00
    question = Question(Window(start, start + 2 * HOUR), (), "hour", LORD_HOWE)
    line, _ = line_of(question, lambda _: 100)
    found = marks(CALLS, question, line, start + timedelta(days=1))
    assert [mark.verdict for mark in found] == ["usual", "no history", "usual"]


def test_days_compare_by_weekday_whatever_their_length() -> None:
    start = datetime(2026, 3, 28, 23, tzinfo=UTC)  # Sunday, of 23 hours
    question = Question(Window(start, start + timedelta(hours=23)), (), "day", MADRID)
    line, starts = line_of(question, number)
    (mark,) = marks(CALLS, question, line, start + timedelta(days=2))
    sundays = [at for at in starts if at.astimezone(MADRID).isoweekday() == 7][-9:-1]
    assert len(sundays) == 8
    assert mark.usual == median(number(at) for at in sundays)


def test_a_day_whose_midnight_is_skipped_is_still_that_day() -> None:
    havana = ZoneInfo("America/Havana")  # 00:00 -> 01:00 on Sunday 8 March 2026
    start = datetime(2026, 3, 8, 5, tzinfo=UTC)
    for days in (0, 7):
        first = start + timedelta(days=days)
        question = Question(Window(first, first + HOUR), (), "day", havana)
        line, _ = line_of(question, number)
        began = [answer.at for answer in line if answer.at is not None]
        (mark,) = marks(CALLS, question, line, first + timedelta(days=2))
        sundays = [at for at in began if at.astimezone(havana).isoweekday() == 7]
        before = [at for at in sundays if at < mark.at][-8:]
        assert mark.usual == median(number(at) for at in before)


WEEK = Question(Window(AT, AT + 6 * HOUR), (), "hour", MADRID)


def test_what_the_data_do_not_reach_is_not_yet() -> None:
    line, _ = line_of(WEEK, lambda at: 100 if at < AT + 3 * HOUR else 0)
    until = AT + 2.5 * HOUR
    found = marks(CALLS, WEEK, line, until)
    assert [(mark.value, mark.verdict) for mark in found] == [
        (100, "usual"),
        (100, "usual"),
        (100, "not yet"),
        *[(None, "not yet")] * 3,
    ]
    assert marks(CALLS, WEEK, line, AT + 3 * HOUR)[2].verdict == "usual"
    assert {mark.verdict for mark in marks(CALLS, WEEK, line, None)} == {"not yet"}
    whole = marks(CALLS, WEEK, line, AT + 9 * HOUR)
    assert [mark.verdict for mark in whole] == ["usual"] * 3 + ["missing"] * 3


def test_before_the_first_call_there_is_no_history() -> None:
    """Not zeros: otherwise each first hour of a new switch would be unusual."""
    for began, expected in ((27, "no history"), (28, "usual")):
        since = AT - timedelta(days=began)
        line, _ = line_of(WEEK, lambda at, since=since: 100 if at >= since else 0)  # type: ignore[misc]
        assert marks(CALLS, WEEK, line, AT + 9 * HOUR)[0].verdict == expected


def test_a_window_that_ends_within_a_step_judges_the_whole_step() -> None:
    ragged = Question(Window(AT + HOUR / 3, AT + 1.5 * HOUR), (), "hour", MADRID)
    asked = with_history(ragged)
    assert asked.window.end == AT + 2 * HOUR
    assert asked.window.start <= AT - timedelta(days=56)
    line, _ = line_of(ragged, number)
    found = marks(CALLS, ragged, line, AT + 9 * HOUR)
    assert [(mark.at, mark.value) for mark in found] == [
        (AT, number(AT)),
        (AT + HOUR, number(AT + HOUR)),
    ]


def test_an_empty_window_has_no_marks() -> None:
    empty = Question(Window(AT, AT), (), "hour", MADRID)
    assert with_history(empty) == empty
    assert marks(CALLS, empty, [], AT) == []


@pytest.mark.parametrize("step", [None, "week", "month"])
def test_only_steps_up_to_a_day_have_a_history(step: Step | None) -> None:
    with pytest.raises(BadRequest, match="choose one of these"):
        with_history(Question(Window(AT, AT + HOUR), (), step))


def test_a_percentile_is_refused_in_a_sentence() -> None:
    middle = METRICS["pdd_p50"]
    with pytest.raises(BadRequest, match=f"{middle.label} is not compared"):
        marks(middle, WEEK, [], AT)
