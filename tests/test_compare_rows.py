"""Two windows side by side, and what moved a figure, as lines, bars and rows. Pure."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from cdrstats import format
from cdrstats.analysis import move_of
from cdrstats.choices import Period, midnight, period
from cdrstats.clock import Window, as_local, previous
from cdrstats.metrics import METRICS, Metric, Parts
from cdrstats.traffic import Answer, Key, Question, edges
from cdrstats.ui import changes, compare_rows, figures, why_rows
from cdrstats.ui.compare_rows import Row, Side

CALLS, ASR, ACD = METRICS["calls"], METRICS["asr"], METRICS["acd"]
MADRID = ZoneInfo("Europe/Madrid")
NOW = datetime(2026, 4, 2, 10, 20, tzinfo=UTC)


def days(first: str, last: str) -> Window:
    """From midnight to midnight in Madrid."""
    start, end = (datetime.fromisoformat(day).replace(tzinfo=MADRID) for day in (first, last))
    return Window(start.astimezone(UTC), end.astimezone(UTC))


def own(first: str, last: str) -> Period:
    start, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return period("Custom", NOW, MADRID, start, end)


# The other window


def test_the_month_before_is_as_long_as_it_is() -> None:
    march, february = own("2026-03-01", "2026-04-01"), days("2026-02-01", "2026-03-01")
    assert compare_rows.window_of(compare_rows.BEFORE, march, MADRID) == february


def test_the_period_before_is_that_of_all_other_pages() -> None:
    for preset in ("24h", "Today", "Yesterday", "7d"):
        chosen = period(preset, datetime(2026, 10, 25, 21, tzinfo=UTC), MADRID)
        assert compare_rows.window_of(compare_rows.BEFORE, chosen, MADRID) == chosen.before


@pytest.mark.parametrize(
    ("against", "first", "last"),
    [
        (compare_rows.LAST_WEEK, "2026-03-23", "2026-03-24"),
        (compare_rows.FOUR_WEEKS, "2026-03-02", "2026-03-03"),
        (compare_rows.LAST_YEAR, "2025-03-30", "2025-03-31"),  # 23 hours
    ],
)
def test_days_are_those_of_the_viewers_clocks(against: str, first: str, last: str) -> None:
    day = own("2026-03-30", "2026-03-31")
    assert compare_rows.window_of(against, day, MADRID) == days(first, last)


def test_own_dates_may_lack_an_end_or_stand_the_wrong_way_round() -> None:
    day = own("2026-03-30", "2026-03-31")
    first, last = datetime(2026, 2, 1), datetime(2026, 2, 3)  # noqa: DTZ001
    whole = days("2026-02-01", "2026-02-03")
    for start, end in ((first, last), (last, first)):
        assert compare_rows.window_of(compare_rows.OWN, day, MADRID, start, end) == whole
    found = compare_rows.window_of(compare_rows.OWN, day, MADRID, first)
    assert found == days("2026-02-01", "2026-02-02")
    before = compare_rows.window_of(compare_rows.BEFORE, day, MADRID)
    assert compare_rows.window_of(compare_rows.OWN, day, MADRID) == before


# Step by step


def side(window: Window, calls: dict[int, int]) -> Side:
    """A window with so many calls in the hours of these numbers, counted from its first."""
    starts = edges(window, "hour", MADRID)
    answers = [Answer(starts[at], (), Parts(calls=number)) for at, number in calls.items()]
    return Side(Question(window, step="hour", zone=MADRID), answers)


def rows(now: Side, then: Side, until: datetime) -> list[Row]:
    return compare_rows.rows(now, then, MADRID, until)


SPRING = days("2026-03-29", "2026-03-30")
WEEK_BEFORE = days("2026-03-22", "2026-03-23")


def test_an_hour_that_the_clocks_skipped_has_only_the_other_side() -> None:
    # 03:00 is the third hour of the one day, and the fourth of the other.
    now, then = side(SPRING, {1: 5, 2: 7}), side(WEEK_BEFORE, {1: 4, 2: 3, 3: 6})
    found = rows(now, then, NOW)
    assert len(found) == 24
    skipped = found[2]
    assert (skipped.now_span, skipped.now) == (None, None)
    assert skipped.then is not None
    assert skipped.then.parts.calls == 3
    pairs = {row.now_span.start.hour: row.values(CALLS) for row in found if row.now_span}
    assert (pairs[1], pairs[3], pairs[4]) == ((5, 4), (7, 6), (0, 0))
    assert [row.by(CALLS) for row in found[:4]] == [0, 1, None, 1]
    this, other = compare_rows.lines(found, WEEK_BEFORE, MADRID, {})
    assert len(this.answers) == 23
    three = datetime(2026, 3, 29, 3)  # noqa: DTZ001
    assert other.answers[three].parts.calls == 6
    assert other.places[three].start == datetime(2026, 3, 22, 3)  # noqa: DTZ001


def test_a_step_that_is_not_over_is_shown_and_not_compared() -> None:
    until = SPRING.start + timedelta(hours=5, minutes=30)
    now, then = side(SPRING, {4: 2, 5: 1}), side(WEEK_BEFORE, {4: 2, 5: 9, 6: 9, 7: 9})
    found = rows(now, then, until)
    at = {row.now_span.start.hour: row for row in found if row.now_span}
    assert (at[5].values(CALLS), at[5].by(CALLS)) == ((2, 9), -7)
    assert (at[6].values(CALLS), at[6].by(CALLS), at[6].change(CALLS).by) == (
        (1, 9),
        None,
        None,
    )
    assert at[7].values(CALLS) == (None, 9)
    data = compare_rows.differences(found, CALLS, "hour", percent=False).set_index("start")
    assert data["y"][pd.Timestamp("2026-03-29T05:00Z")] == -7
    assert pd.isna(data["value"][pd.Timestamp("2026-03-29T06:00Z")])


def test_the_last_step_of_both_windows_is_cut_alike_and_compared() -> None:
    window = Window(WEEK_BEFORE.start, WEEK_BEFORE.start + timedelta(hours=5, minutes=45))
    sides = side(window, {5: 2}), side(previous(window, MADRID), {5: 3})
    [*_, last] = rows(*sides, window.end)
    assert last.by(CALLS) == -1
    [*_, last] = rows(*sides, window.end - timedelta(minutes=1))
    assert last.by(CALLS) is None


def row(now: Parts, then: Parts) -> Row:
    start = datetime(2026, 3, 10, tzinfo=UTC)
    span = figures.span_of(Window(start, start + timedelta(hours=1)), MADRID)
    return Row(span, span, Answer(None, (), now), Answer(None, (), then))


def test_differences_are_in_the_figures_own_unit_or_in_per_cent() -> None:
    calls = [row(Parts(calls=120), Parts(calls=100))]
    assert compare_rows.differences(calls, CALLS, "hour", percent=False)["y"][0] == 20
    assert compare_rows.differences(calls, CALLS, "hour", percent=True)["y"][0] == 20.0
    told = compare_rows.differences(calls, CALLS, "hour", percent=True)["shown"][0]
    assert told == "120 instead of 100 (+20.0 %)"
    talks = [Parts(calls=1, answered=1, billsec=seconds) for seconds in (90, 120)]
    lengths = [row(*talks)]
    data = compare_rows.differences(lengths, ACD, "hour", percent=False)
    assert (data["y"][0], data["value"][0], data["direction"][0]) == (-0.5, -30, "Less")
    nothing = [row(Parts(calls=3), Parts())]
    data = compare_rows.differences(nothing, CALLS, "hour", percent=True)
    assert (data["y"][0], data["shown"][0]) == (0, f"3 instead of 0 ({format.NOTHING})")


def test_the_table_has_both_times_and_both_figures() -> None:
    found = rows(side(SPRING, {1: 5}), side(WEEK_BEFORE, {1: 4}), NOW)
    table = compare_rows.table(found, CALLS).to_dict("records")
    assert table[1] == {
        "time": pd.Timestamp("2026-03-29T01:00"),
        "other": pd.Timestamp("2026-03-22T01:00"),
        "now": 5,
        "then": 4,
        "by": 1.0,
        "change": 25.0,
    }
    assert pd.isna(table[2]["time"])


# Key figures


def test_key_figures_say_by_how_much_and_how_surely() -> None:
    now = Parts(calls=10, answered=2, billsec=100, sell_cost=Decimal(3), buy_cost=Decimal(1))
    then = Parts(calls=2, billsec=0)
    found = changes.key_figures(["calls", "asr", "acd", "margin"], now, then)
    calls, asr, acd, margin = found.to_dict("records")
    assert calls == {
        "figure": "Calls",
        "now": "10",
        "then": "2",
        "by": "+8",
        "change": "+400.0 %",
        "sure": "",
        "note": "",
    }
    assert (asr["by"], asr["change"]) == ("+20.0 points", "+20.0 points")
    assert asr["sure"] == "5.7 to 51.0 %; then 0.0 to 65.8 %"
    assert asr["note"] == "may be chance"
    assert (acd["now"], acd["then"], acd["by"]) == ("0:50", format.NOTHING, format.NOTHING)
    assert (margin["by"], margin["change"]) == ("+2.00", format.NOTHING)


@pytest.mark.parametrize(
    ("name", "by", "shown"),
    [
        ("calls", 0, "0"),
        ("calls", -1200, "-1,200"),
        ("minutes", 12.34, "+12.3"),
        ("acd", -35.0, "-0:35"),
        ("pdd", 0.42, "+0.4 s"),
        ("asr", -1.46, "-1.5 points"),
        ("asr", -0.04, "0.0 points"),
        ("margin", Decimal("-1.5"), "-1.50"),
        ("mos", 0.1, "+0.10"),
    ],
)
def test_a_difference_has_a_sign_and_a_unit(name: str, by: float, shown: str) -> None:
    assert changes.difference(METRICS[name], by) == shown


@pytest.mark.parametrize(
    ("metric", "now", "then", "chance"),
    [
        (ASR, (200, 1000), (300, 1000), False),
        (ASR, (2, 10), (5, 10), True),
        (ASR, (0, 0), (5, 10), False),  # nothing to compare
        (CALLS, (2, 10), (5, 10), False),  # no share
    ],
)
def test_shares_of_few_calls_may_differ_by_chance(
    metric: Metric, now: tuple[int, int], then: tuple[int, int], chance: bool
) -> None:
    sides = [Parts(answered=answered, calls=calls) for answered, calls in (now, then)]
    assert changes.may_be_chance(metric, *sides) is chance
    more_than_all = Parts(answered=3, calls=3, blocked=1)
    assert not changes.may_be_chance(metric, more_than_all, sides[1])


# Days over each other


def test_days_lie_over_each_other_by_clock_hour() -> None:
    window = days("2026-03-28", "2026-03-31")
    spans = figures.spans(window, "hour", MADRID)
    found = {
        as_local(start, MADRID): Answer(start, (), Parts(calls=number))
        for number, start in enumerate(edges(window, "hour", MADRID))
    }
    until = datetime(2026, 3, 30, 10, tzinfo=UTC)  # noon
    newest, spring, oldest = compare_rows.day_lines(found, spans, until)
    assert [line.name for line in (newest, spring, oldest)] == [
        *("Mon 30 Mar", "Sun 29 Mar", "Sat 28 Mar"),
    ]
    noon = datetime(2026, 3, 30, 12)  # noqa: DTZ001
    assert [line.answers[noon].parts.calls for line in (newest, spring, oldest)] == [
        *(24 + 23 + 12, 24 + 11, 12),
    ]
    two = noon.replace(hour=2)
    assert two in oldest.answers
    assert two not in spring.answers  # the clocks skipped it
    assert noon.replace(hour=13) not in newest.answers  # not yet
    assert oldest.places[noon].start == datetime(2026, 3, 28, 12)  # noqa: DTZ001


LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        (MADRID, date(2026, 3, 29)),
        (MADRID, date(2026, 10, 25)),
        (LORD_HOWE, date(2026, 10, 4)),
        (LORD_HOWE, date(2026, 4, 5)),
    ],
)
@pytest.mark.parametrize("later", [0, 1])
def test_every_hour_of_every_day_has_a_place_on_the_axis(
    zone: ZoneInfo, change: date, later: int
) -> None:
    day = timedelta(days=1)
    newest = change + later * day  # the day of the change lies on top, or below
    window = Window(midnight(newest - day, zone), midnight(newest + day, zone))
    spans = figures.spans(window, "hour", zone)
    found = {span.start: Answer(span.window.start, (), Parts(calls=1)) for span in spans}
    axis = compare_rows.day_axis(spans, zone)
    assert [span.start.hour for span in axis] == list(range(24))
    lines = compare_rows.day_lines(found, spans, window.end)
    drawn = [line.answers.get(span.start) for line in lines for span in axis]
    assert sum(answer.parts.calls for answer in drawn if answer) == len(spans)
    # What is clicked is the time of that day, also where the day on top had no such hour.
    for line in lines:
        places = [line.places[span.start].window for span in axis if span.start in line.places]
        assert sum((place.length for place in places), timedelta()) == sum(
            (
                span.window.length
                for span in spans
                if f"{span.start:%a} {span.start.day}" in line.name
            ),
            timedelta(),
        )


# Why it moved (definitions.md, d.1.5)


def counts(**given: tuple[int, int]) -> dict[Key, Parts]:
    """Of each key its calls, and how many were answered."""
    return {(key,): Parts(calls=n, answered=answered) for key, (n, answered) in given.items()}


BEFORE, AFTER = counts(A=(60, 30), B=(40, 8)), counts(A=(30, 15), B=(70, 14))
NAMES: dict[Key, str] = {("A",): "Route A", ("B",): "Route B"}


def test_all_of_the_example_is_mix() -> None:
    move = move_of(ASR, AFTER, BEFORE)
    data = why_rows.bars(move, NAMES)
    sums = data.groupby("kind")["value"].sum()
    assert sums["Mix"] == pytest.approx(-9.0)
    assert sums["Rate"] == 0
    table = why_rows.table(move, NAMES, AFTER, BEFORE)
    whole = {row["name"]: row for row in table.to_dict("records")}
    assert whole["Route A"]["effect"] + whole["Route B"]["effect"] == pytest.approx(-9.0)
    assert (whole["Route A"]["share_before"], whole["Route A"]["share_now"]) == (60, 30)
    assert (whole["Route A"]["before"], whole["Route A"]["now"]) == (50, 50)
    assert whole["Route B"]["sure"] == "12.3 to 30.8 %"
    assert (whole["Route B"]["calls_before"], whole["Route B"]["calls_now"]) == (40, 70)


def test_bars_of_opposite_parts_stand_on_either_side() -> None:
    now, then = counts(A=(50, 40), B=(50, 0)), counts(A=(80, 40), B=(20, 0))
    move = move_of(ASR, now, then)
    data = why_rows.bars(move, NAMES)
    of_a = data[data["name"] == "Route A"].set_index("kind")
    assert of_a["x"].tolist() == [0, 0]
    assert of_a["x2"]["Mix"] < 0 < of_a["x2"]["Rate"]
    assert of_a["tip"].notna().sum() == 1
    effect = of_a["value"].sum()
    assert of_a["tip"].dropna().iloc[0] == of_a["x2"]["Rate" if effect > 0 else "Mix"]


def test_what_has_no_bar_of_its_own_is_added_up() -> None:
    now: dict[Key, Parts] = {(n,): Parts(calls=100 + n, answered=50) for n in range(30)}
    then: dict[Key, Parts] = {(n,): Parts(calls=100, answered=30 + n) for n in range(30)}
    for metric in (ASR, CALLS):
        move = move_of(metric, now, then)
        names = {effect.key: str(effect.key) for effect in move.effects[: why_rows.MOST]}
        data = why_rows.bars(move, names)
        assert data["name"].nunique() == why_rows.MOST + 1
        assert data["name"].iloc[-1] == "All others"
        assert move.change is not None
        assert data["value"].sum() == pytest.approx(float(move.change))
        table = why_rows.table(move, names, now, then)
        assert table["effect"].sum() == pytest.approx(float(move.change))
        assert pd.isna(table["now"].iloc[-1])


def test_calls_stand_once_in_the_reasons_for_calls() -> None:
    table = why_rows.table(move_of(CALLS, AFTER, BEFORE), NAMES, AFTER, BEFORE)
    assert table["calls_now"].isna().all()
    assert table["mix"].isna().all()
    assert sorted(table["effect"]) == [-30, 30]
