"""The Overview page: its chart, tables and marks, against calls counted by hand."""

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import Engine

from cdrstats import aggregates, format

from .factories import NOON, add_call
from .pages import DAY, Open, words

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

HOUR = timedelta(hours=1)


def spec(at: "AppTest") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(at.get("vega_lite_chart")[0].proto.spec)
    return found


def drawn(at: "AppTest", name: str = "d") -> pd.DataFrame:
    """A data set of the chart; without rows if the chart has none of that name."""
    for one in at.get("vega_lite_chart")[0].proto.datasets:
        if one.name == name:
            return pa.ipc.open_stream(one.data.data).read_pandas()
    return pd.DataFrame()


def line(at: "AppTest", name: str) -> dict[int, float | None]:
    """The points of a line by hour of the day, None where it is broken."""
    data = drawn(at)
    data = data[data["name"] == name]
    return {
        start.hour: None if pd.isna(y) else y
        for start, y in zip(data["start"], data["y"], strict=True)
    }


def table(at: "AppTest", number: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = at.dataframe[number].value.to_dict("records")
    return found


def count(engine: Engine) -> None:
    with engine.begin() as conn:
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


@pytest.mark.usefixtures("calls")
def test_a_figure_is_drawn_up_to_the_newest_call(app: Open) -> None:
    at = app("overview", **DAY, grain="Hour")
    assert not at.exception
    found = line(at, "Calls")
    assert found == {hour: 3 if hour == 12 else 0 if hour < 12 else None for hour in range(24)}
    assert "so far" in drawn(at).set_index("y")["when"][3]
    strip = drawn(at, "strip")
    assert strip["y"].sum() == 3
    [row] = table(at)
    assert (row["value"], row["least"], row["most"]) == (3, 0, 3)
    assert row["hourly"] == pytest.approx(3 / 12.25)  # to the quarter-hour of the newest call
    assert spec(at)["vconcat"][0]["layer"][1]["encoding"]["y"]["title"] == "Calls an hour"


@pytest.mark.usefixtures("calls")
def test_groups_are_named_and_add_up_to_all(app: Open) -> None:
    at = app("overview", **DAY, split="Country", grain="Hour")
    assert line(at, "Spain")[12] == 2
    assert line(at, "United Kingdom")[12] == 1
    found = {row["name"]: row for row in table(at)}
    assert {name: row["value"] for name, row in found.items()} == {
        "Spain": 2,
        "United Kingdom": 1,
        "All": 3,
    }
    assert found["Spain"]["share"] == pytest.approx(200 / 3)


@pytest.mark.usefixtures("calls")
def test_a_ratio_over_nothing_is_a_gap_and_few_calls_have_bounds(app: Open) -> None:
    at = app("overview", **DAY, metric="ASR", split="Country", grain="Hour")
    assert line(at, "Spain") == {hour: 100.0 if hour == 12 else None for hour in range(24)}
    assert line(at, "United Kingdom")[12] == 0.0
    found = {row["name"]: row["sure"] for row in table(at)}
    assert found["Spain"] == "34.2 to 100.0 %"  # 2 of 2
    assert found["United Kingdom"] == "0.0 to 79.3 %"  # 0 of 1
    assert found["All"] == "20.8 to 93.9 %"  # 2 of 3
    assert "Drawn as" not in words(at)  # a ratio is never stacked


def test_the_largest_are_told_apart_and_all_others_are_together(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        for number in range(1, 8):
            for _ in range(number):
                add_call(conn, accountcode=f"A{number}", billsec=60 * (number == 1))
    count(fresh_engine)
    at = app("overview", **DAY, split="Account code", shape="Bars", grain="Hour")
    found = drawn(at)
    assert found[["name", "y2", "y"]].values.tolist() == [
        ["A7", 0, 7],
        ["A6", 7, 13],
        ["A5", 13, 18],
        ["A4", 18, 22],
        ["A3", 22, 25],
        ["All others", 25, 28],
    ]
    # A ratio ranks by calls: A1, the only one that was answered, is among the others.
    at = app("overview", **DAY, split="Account code", metric="ASR", grain="Hour")
    found = {row["name"]: row["value"] for row in table(at)}
    assert found == {
        **{f"A{number}": 0.0 for number in range(7, 2, -1)},
        "All others": pytest.approx(100 / 3),
        "All": pytest.approx(100 / 28),
    }


def test_percentiles_are_of_each_group_and_of_all(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        for number in range(1, 8):
            for second in range(number):
                add_call(conn, country_id=number, pdd_ms=1000 * (number + second))
    count(fresh_engine)
    at = app("overview", **DAY, split="Carrier", metric="PDD, median", grain="Hour")
    assert [(row["name"], row["value"]) for row in table(at)] == [("Unknown", 7.0)]
    at = app("overview", **DAY, split="Country", metric="PDD, median", grain="Hour")
    found = [(row["name"], row["value"]) for row in table(at)]
    assert [value for _, value in found] == [10.0, 8.0, 7.0, 5.0, 4.0, 2.0, 7.0]
    assert found[-2][0] == "All others"  # 1; 2 and 3 seconds


@pytest.mark.usefixtures("calls")
def test_steps_are_rows_of_the_other_table(app: Open) -> None:
    at = app("overview", **DAY, split="Country", grain="Hour", table="Steps")
    found = table(at)
    assert len(found) == 13
    assert found[12] == {
        "time": pd.Timestamp("2026-03-10T12:00"),
        "line0": 2,
        "line1": 1,
        "all": 3,
    }


@pytest.mark.usefixtures("calls")
def test_the_totals_and_the_most_called_countries_stand_below(app: Open) -> None:
    at = app("overview", **DAY, metric="ASR")
    facts = dict(zip(at.table[0].value.index, at.table[0].value.iloc[:, 0], strict=True))
    assert facts["Calls"] == "3"
    assert facts["Average calls an hour"] == "0.2"  # over 12 hours
    assert (facts["Talk time"], facts["ACD"]) == ("3:00", "1:30")
    assert (facts["Buy cost"], facts["Sell cost"]) == ("1.00", "3.00")
    spain, britain = table(at, 1)
    assert (spain["country"], spain["calls"], spain["minutes"]) == ("Spain", 2, 3.0)
    assert (spain["asr"], britain["asr"]) == (100.0, 0.0)
    assert spain["asr_sure"] == "34.2 to 100.0 %"


@pytest.mark.usefixtures("calls")
def test_the_totals_can_be_saved(app: Open, saved: dict[str, list[pd.DataFrame]]) -> None:
    app("overview", **DAY)
    [total] = saved["Total"]
    assert dict(zip(total["figure"], total["value"], strict=True))["Calls"] == "3"


@pytest.mark.usefixtures("calls")
def test_filters_hold_for_all_of_the_page(app: Open) -> None:
    at = app("overview", **DAY, country="Spain", grain="Hour")
    assert line(at, "Calls")[12] == 2
    assert [row["country"] for row in table(at, 1)] == ["Spain"]
    at = app("overview", **DAY, country="France")
    assert "No calls match these filters." in words(at)
    assert not at.get("vega_lite_chart")


@pytest.mark.usefixtures("calls")
def test_what_cannot_be_drawn_is_told(app: Open) -> None:
    at = app("overview", zone="UTC", period="Custom", from_="2026-02-10T00:00",
             to="2026-03-11T00:00", grain="Minute", metric="Fun", table="Cells")  # fmt: skip
    told = words(at)
    assert not at.exception
    assert "Minute: too many steps" in told
    assert "There is no metric 'Fun'. There is no table 'Cells'." in told
    assert "There is no grain" not in told
    assert len(drawn(at)) == 29  # days
    assert "PDD: no figure." in words(app("overview", **DAY, metric="PDD"))


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(("given", "shown"), [("asr", "ASR"), ("sell_cost", "Sell cost")])
def test_a_metric_is_meant_as_the_interface_writes_it(
    app: Open, given: str, shown: str
) -> None:
    at = app("overview", **DAY, metric=given)
    assert at.selectbox(key="metric").value == shown
    assert "There is no metric" not in words(at)


@pytest.mark.usefixtures("calls")
def test_before_the_first_call_nothing_is_known(app: Open) -> None:
    """Neither drawn, nor part of the average: the first call was on 9 March at noon."""
    at = app("overview", zone="UTC", period="Custom", from_="2026-03-01T00:00",
             to="2026-03-11T00:00", grain="Day", table="Groups")  # fmt: skip
    known = drawn(at).dropna(subset=["y"])
    assert [start.day for start in known["start"]] == [9, 10]
    groups = at.dataframe[0].value
    assert groups["least"][0] == 1
    assert groups["hourly"][0] == pytest.approx(4 / 24.25, abs=0.01)  # to 12:15 the next day


@pytest.mark.usefixtures("calls")
def test_a_longer_period_takes_longer_steps_and_says_so(app: Open) -> None:
    at = app("overview", **DAY, grain="Minute")
    assert len(drawn(at)) == 24 * 60
    at.query_params["from"] = "2026-02-10T00:00"
    at.run()
    assert not at.exception
    assert len(drawn(at)) == 29


@pytest.mark.usefixtures("weeks")
def test_silence_is_marked_and_not_drawn_as_zero(app: Open) -> None:
    at = app("overview", **DAY, grain="Hour")
    found = line(at, "Calls")
    assert (found[11], found[12], found[13]) == (0, None, 60)
    missing = drawn(at, "missing")
    assert missing["at"].tolist() == [pd.Timestamp(NOON)]
    assert missing["until"].tolist() == [pd.Timestamp(NOON + HOUR)]
    assert "1 unusual (diamonds), 1 without calls (grey)" in words(at)


@pytest.mark.usefixtures("weeks")
def test_an_unusual_hour_is_marked_with_what_would_be_usual(app: Open) -> None:
    at = app("overview", **DAY, grain="Hour")
    found = drawn(at, "unusual")
    assert found["words"].tolist() == ["High: 60, usually about 10"]
    assert found["mid"].tolist() == [pd.Timestamp(NOON + 1.5 * HOUR)]
    # Neither of groups, nor in steps that no week before has.
    for more in ({"split": "Country"}, {"grain": "Week"}):
        assert not len(drawn(app("overview", **{**DAY, "grain": "Hour", **more}), "unusual"))


@pytest.mark.usefixtures("weeks")
def test_notes_stand_on_the_chart(app: Open) -> None:
    found = drawn(app("overview", **DAY), "notes")
    assert found["words"].tolist() == ["Incident: Trunk down (alice)"]
    assert found["until"].tolist() == [pd.Timestamp(NOON + HOUR)]
    assert found["when"].tolist() == [f"10 Mar 2026 12:00 {format.NOTHING} 10 Mar 2026 13:00"]


def test_days_are_the_viewers(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        # 23:30 and 00:30 in Madrid, which is an hour ahead; two hours from 29 March on.
        for hour in (22, 23):
            add_call(conn, starting_date=datetime(2026, 3, 9, hour, 30, tzinfo=UTC))
        add_call(conn, starting_date=datetime(2026, 3, 29, 22, 30, tzinfo=UTC))
    count(fresh_engine)
    link = DAY | {"from": "2026-03-09T00:00", "to": "2026-04-01T00:00"}
    at = app("overview", **link | {"zone": "Europe/Madrid"}, grain="Day", table="Steps")
    found = {row["time"].date().isoformat(): row["line0"] for row in table(at)}
    assert {day for day, calls in found.items() if calls} == {
        *("2026-03-09", "2026-03-10", "2026-03-30"),
    }


@pytest.mark.usefixtures("calls")
def test_of_a_long_period_that_only_calls_can_answer_the_last_days_are_shown(app: Open) -> None:
    spring = {"period": "Custom", "from": "2026-01-01T00:00", "to": "2026-03-12T00:00"}
    short = "More than 31 days take long to read."
    assert short not in words(app("overview", zone="UTC", **spring))
    read = app("overview", zone="UTC", where="talk time >= 60", **spring)
    assert not read.exception
    assert short in words(read)
    assert "9 Feb" in words(read)
    whole = app("overview", zone="UTC", where="talk time >= 60", part="Whole period", **spring)
    assert not whole.exception
    assert "1 Jan" in words(whole)
    as_one = app("overview", zone="UTC", count="Retries and legs as one", **spring)
    assert "More than 7 days take long to read." in words(as_one)


@pytest.mark.usefixtures("calls")
def test_a_split_that_only_calls_can_answer_shows_the_last_days_too(app: Open) -> None:
    spring = {"period": "Custom", "from": "2026-01-01T00:00", "to": "2026-04-10T00:00"}
    unknown = spring | {"direction": "Unknown direction"}
    split = app("overview", zone="UTC", split="Account code", **unknown)
    assert not split.exception
    assert "More than 31 days take long to read." in words(split)
    assert "Shown: 10 Mar 2026" in words(split)
    whole = app(
        "overview",
        zone="UTC",
        split="Account code",
        part="Whole period",
        **unknown,
    )
    # One call is of the day before the last 31.
    assert [at.table[0].value["value"]["Calls"] for at in (split, whole)] == ["3", "4"]
    quick = app("overview", zone="UTC", split="Country", switch="Unknown", **spring)
    assert "take long" not in words(quick)
    later = unknown | {"to": "2026-05-10T00:00"}
    for metric in ("Calls", "MCD", "PDD"):
        nothing = app("overview", zone="UTC", split="Account code", metric=metric, **later)
        assert not nothing.exception
        assert "No calls in these days." in words(nothing)
