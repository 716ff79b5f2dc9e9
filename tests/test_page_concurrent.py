"""The Concurrent calls page, and how sweeps become its curves, cards and tables."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import factorial
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import Engine, insert

from cdrstats import aggregates, format
from cdrstats.clock import Window
from cdrstats.concurrency import Hour, Stretch, Sweep
from cdrstats.db.schema import switch
from cdrstats.ui import at_once, charts

from .factories import NOON, add_call
from .pages import DAY, Open, metrics, words

HOUR = timedelta(hours=1)
MADRID, UTC_ZONE = ZoneInfo("Europe/Madrid"), ZoneInfo("UTC")
BACK = datetime(2026, 10, 25, 0, tzinfo=UTC)  # 02:00 in Madrid, and again an hour later


def stretch(start: datetime, least: int, most: int, seconds: float) -> Stretch:
    return Stretch(start, Window(start, start + HOUR), least, most, start, seconds)


def hour(start: datetime, seconds: float, most: int = 1, attempts: int = 1) -> Hour:
    return Hour(start, Window(start, start + HOUR), most, seconds, attempts)


def sweep(*hours: Hour, peak_at: datetime | None = NOON) -> Sweep:
    curve = tuple(stretch(one.at, 0, one.most, one.call_seconds) for one in hours)
    held = sum(one.call_seconds for one in hours)
    peak = max((one.most for one in hours), default=0)
    return Sweep(peak, peak_at, held, curve, hours, ())


def test_an_hour_that_comes_twice_is_one_place_of_the_curve() -> None:
    found = Sweep(
        peak=5,
        peak_at=BACK + HOUR,
        call_seconds=3 * 3600,
        curve=(stretch(BACK, 1, 2, 3600), stretch(BACK + HOUR, 0, 5, 7200)),
        hours=(),
        days=(),
    )
    data = at_once.curve(found, "hour", MADRID)
    assert data[["least", "mean", "most"]].values.tolist() == [[0, 1.5, 5]]
    assert data["bounds"].tolist() == ["0 to 5"]
    assert data["peak_words"].tolist() == ["5 at 02:00:00, Sun 25 Oct"]


def test_the_words_of_a_peak_stand_where_there_is_room() -> None:
    hours = [hour(NOON + HOUR * at, 60) for at in range(4)]
    for peak_at, side in ((NOON, "right"), (NOON + 3 * HOUR, "left")):
        data = at_once.curve(sweep(*hours, peak_at=peak_at), "hour", UTC_ZONE)
        assert data["side"].tolist()[0] == side
        assert data["peak"].isna().tolist() == [False, True, True, True]


def test_carried_traffic_of_a_doubled_hour_is_its_average_and_its_calls_all() -> None:
    first, again = hour(BACK, 3600, 2, 3), hour(BACK + HOUR, 1800, 4, 5)
    data = at_once.hours([first, again, hour(BACK + 2 * HOUR, 900)], MADRID)
    assert data["hour"].tolist() == [2, 3]
    assert data["value"].tolist() == [0.75, 0.25]
    assert data["more"].tolist() == ["at most 4 at once, 8 begun", "at most 1 at once, 1 begun"]
    assert data["day"].tolist() == ["Sun 25 Oct"] * 2


def test_a_part_of_an_hour_carries_what_was_held_in_it() -> None:
    part = Hour(NOON, Window(NOON, NOON + HOUR / 2), 1, 900, 1)
    assert at_once.hours([part], UTC_ZONE)["shown"].tolist() == ["0.25 E"]


def test_groups_are_told_each_by_itself() -> None:
    found = {1: sweep(hour(NOON, 7200, 3)), 2: sweep(hour(NOON, 0, 0), peak_at=None)}
    names: dict[int | str, str] = {1: "pbx", 2: "sbc"}
    data = at_once.split_rows(found, names, Window(NOON, NOON + 4 * HOUR))
    assert data["name"].tolist() == ["pbx", "sbc"]
    assert data["peak"].tolist() == [3, 0]
    assert data["mean"].tolist() == [0.5, 0]
    assert data["busy"].tolist()[0] == 2
    assert data["busy"].isna().tolist() == [False, True]
    drawn = at_once.lines(found, names, "hour", UTC_ZONE)
    assert drawn[["name", "y"]].values.tolist() == [["pbx", 3], ["sbc", 0]]


def test_nothing_has_no_figures() -> None:
    cards = at_once.key_figures(
        sweep(hour(NOON, 0, 0, 2), peak_at=None), Window(NOON, NOON + HOUR), UTC_ZONE
    )
    assert [card.value for card in cards] == ["0", *[format.NOTHING] * 4]


def lost(traffic_e: float, channels: int) -> float:
    """Erlang-B as a quotient of sums, apart from the product's recursion."""
    terms = [Decimal(traffic_e) ** k / factorial(k) for k in range(channels + 1)]
    return float(terms[-1] / sum(terms))


def needed(traffic_e: float, share: float) -> int:
    return next(k for k in range(500) if lost(traffic_e, k) <= share)


@pytest.mark.parametrize("channels", [None, 12])
def test_what_if_takes_growth_and_channels(channels: int | None) -> None:
    told = at_once.what_if(10, 50, 0.05, channels, 3)
    assert told.traffic_e == 15
    assert told.needed == needed(15, 0.05)
    assert told.channels == (needed(10, 0.05) if channels is None else 12) + 3
    assert told.blocked == pytest.approx(lost(15, told.channels))
    assert at_once.what_if(10, 0, 0.05, channels, -100).blocked == 1


def test_small_figures_are_not_written_as_zero() -> None:
    assert at_once.share(0.00001) == "< 0.01 %"
    assert (at_once.share(0), at_once.share(0.01234)) == ("0.00 %", "1.23 %")
    assert (at_once.erlangs(1.2667), at_once.erlangs(1234.5)) == ("1.27 E", "1,234.5 E")
    assert at_once.erlangs(None) == format.NOTHING


def test_the_channels_are_drawn_only_if_they_are_known() -> None:
    plain = charts.spec("at_once", None, 0.8)
    marked = charts.spec("at_once", 30, 0.8)
    assert len(marked["layer"]) == len(plain["layer"]) + 4
    assert "80 % of them" in json.dumps(marked)
    assert charts.PICK in json.dumps(plain["params"])
    for kind, given in (("day_hours", (7,)), ("at_once_lines", ("Most", ("a",), ("blue",)))):
        assert charts.PICK in json.dumps(charts.spec(kind, *given)["params"])


@pytest.fixture
def busy(fresh_engine: Engine) -> None:
    """Three calls at once at 12:15, and one that reaches into the day."""
    with fresh_engine.begin() as conn:
        conn.execute(insert(switch).values(id=5, name="pbx"))
        conn.execute(insert(switch).values(id=6, name="sbc"))
        for minute, duration, billsec, given in (
            (0, 3600, 3590, {"switch_id": 5, "accountcode": "a"}),
            (10, 600, 600, {"switch_id": 6}),
            (15, 300, 300, {"switch_id": 6, "carrier_id": 3}),
            (20, 60, 0, {"switch_id": 6, "hangup_cause_id": 17}),
            (-730, 1200, 1100, {"switch_id": 5, "accountcode": "a"}),
        ):
            start = NOON + timedelta(minutes=minute)
            add_call(conn, starting_date=start, duration=duration, billsec=billsec, **given)
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


@pytest.mark.usefixtures("busy")
def test_the_page_shows_peak_busy_hour_and_average(app: Open) -> None:
    at = app("concurrent", **DAY)
    assert not at.exception
    told = {metric.label: (metric.value, metric.delta) for metric in at.metric}
    assert told["Peak"] == ("3", "10 Mar 2026 12:15:00")
    assert told["Busy hour"] == ("1.27 E", "Tue 10 Mar, 12:00")  # 4,560 s / 3600
    assert told["BHCA"] == ("4", "attempts in it")
    assert told["Usual busy hour"] == ("1.27 E", f"12:00 {format.NOTHING} 13:00")
    assert told["Average"] == ("0.1", "86.0 minutes")  # 4,560 s, and 10 minutes of the night
    assert len(at.get("vega_lite_chart")) == 3
    assert told["Needed for 1 %"][0] == f"{needed(4560 / 3600, 0.01)} channels"


@pytest.mark.usefixtures("busy")
def test_talk_is_counted_from_the_answer(app: Open) -> None:
    at = app("concurrent", **DAY, held="Talk from answer")
    shown = metrics(at)
    assert (shown["Peak"], shown["BHCA"]) == ("3", "4")
    assert shown["Busy hour"] == "1.25 E"  # 3,590 + 600 + 300 s


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("channels", "sentence", "share"),
    [("3", "**1 of 1 day** reached 80 % of 3 channels.", 100), ("4", "**0 of 1 day**", None)],
)
def test_days_that_came_near_the_channels_are_listed(
    app: Open, channels: str, sentence: str, share: int | None
) -> None:
    at = app("concurrent", **DAY, channels=channels)
    assert sentence in words(at)
    listed = [one.value for one in at.dataframe if "share" in one.value]
    assert [list(one["share"]) for one in listed] == ([[share]] if share else [])
    assert metrics(at)[f"Blocked with {channels}"] == at_once.share(
        lost(4560 / 3600, int(channels))
    )


@pytest.mark.usefixtures("busy")
def test_growth_and_blocking_change_what_is_needed(app: Open) -> None:
    at = app("concurrent", **DAY, growth="100", blocking="5 %", added="-1", channels="3")
    shown = metrics(at)
    grown = 2 * 4560 / 3600
    assert shown["Traffic"] == "2.53 E"
    assert shown["Needed for 5 %"] == f"{needed(grown, 0.05)} channels"
    assert shown["Blocked with 2"] == at_once.share(lost(grown, 2))


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("held_by", "names", "peaks"),
    [
        ("Switch", ["pbx", "sbc"], [1, 2]),
        ("Carrier", ["Unknown", "3"], [2, 1]),
        ("Account code", ["a", "No account code"], [1, 2]),
    ],
)
def test_groups_are_swept_by_themselves(
    app: Open, held_by: str, names: list[str], peaks: list[int]
) -> None:
    at = app("concurrent", **DAY, held_by=held_by)
    assert not at.exception
    table: pd.DataFrame = at.dataframe[1].value
    assert [name.removeprefix("Carrier ") for name in table["name"]] == names
    assert list(table["peak"]) == peaks


@pytest.mark.usefixtures("busy")
def test_filters_hold_and_a_filter_of_nothing_shows_nothing(app: Open) -> None:
    assert metrics(app("concurrent", **DAY, switch="pbx"))["Peak"] == "1"
    at = app("concurrent", **DAY, where="account code equals nobody")
    assert "No calls match these filters." in words(at)
    assert not at.metric


@pytest.mark.usefixtures("busy")
def test_calls_that_nobody_answered_are_no_talk(app: Open) -> None:
    at = app("concurrent", **DAY, result="Busy", held="Talk from answer")
    assert "No call of this period was answered." in words(at)
    assert not at.metric


@pytest.mark.usefixtures("busy")
def test_too_long_a_period_is_told_with_a_way_on(app: Open) -> None:
    year = DAY | {"from": "2016-03-10T00:00"}
    at = app("concurrent", **year)
    assert not at.exception
    assert "Calls at once are counted over at most 31 days" in words(at)
    at.button(key="empty_Show the last 7 days").click().run()
    assert "at most 31 days" not in words(at)
    assert at.session_state["period"] == "7d"


@pytest.mark.usefixtures("busy")
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"channels": "many"}, "Licensed channels are 1 to 100,000, not 'many'."),
        ({"channels": "0"}, "not '0'."),
        ({"blocking": "2 %"}, "There is no blocking '2 %'."),
        ({"held": "Tight"}, "There is no held 'Tight'."),
        ({"held_by": "Country"}, "There is no held_by 'Country'."),
    ],
)
def test_nonsense_in_the_url_is_told_and_the_page_works(
    app: Open, given: dict[str, str], sentence: str
) -> None:
    at = app("concurrent", **DAY, **given)
    assert not at.exception
    assert sentence in words(at)
    assert metrics(at)["Peak"] == "3"
