"""The Compare page, against calls counted by hand."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import Connection, Engine

from cdrstats import aggregates

from .factories import NOON, add_call
from .pages import DAY, Open, words

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)


ANSWERED_OF = {
    NOON: {724: (2, 4), 250: (1, 6)},
    NOON - 24 * HOUR: {724: (3, 6), 250: (1, 4)},
    NOON - WEEK: {724: (1, 1), 250: (1, 1)},
}
"""The calls to Spain and to France at noon, and how many of them were answered."""


@pytest.fixture
def weeks(fresh_engine: Engine) -> None:
    """The calls of ANSWERED_OF, and one more to France at 15:00, not answered."""
    with fresh_engine.begin() as conn:
        for start, countries in ANSWERED_OF.items():
            for country, (answered, calls) in countries.items():
                for number in range(calls):
                    talk = 60 if number < answered else 0
                    add_call(conn, starting_date=start, country_id=country, billsec=talk)
        add_call(conn, starting_date=NOON + 3 * HOUR, country_id=250, billsec=0)
        count(conn)


def count(conn: Connection) -> None:
    aggregates.rebuild(conn)
    while aggregates.refresh(conn, 500):
        pass


def drawn(at: "AppTest", chart: int, name: str = "d") -> pd.DataFrame:
    """A data set of one of the charts: the courses, the differences, why, the days."""
    for one in at.get("vega_lite_chart")[chart].proto.datasets:
        if one.name == name:
            return pa.ipc.open_stream(one.data.data).read_pandas()
    raise AssertionError(f"no data set {name}")


def noon(data: pd.DataFrame) -> pd.DataFrame:
    return data[data["start"] == pd.Timestamp(NOON)]


def table(at: "AppTest", number: int) -> list[dict[str, Any]]:
    """One of the tables: step by step, key figures, why."""
    found: list[dict[str, Any]] = at.dataframe[number].value.to_dict("records")
    return found


@pytest.mark.usefixtures("weeks")
def test_both_courses_lie_on_one_axis_with_their_differences(app: Open) -> None:
    at = app("compare", **DAY, against="Same days last week", grain="Hour")
    assert not at.exception
    courses = noon(drawn(at, 0)).set_index("name")
    assert courses["y"].to_dict() == {"This period": 10, "Compared with": 2}
    assert "Tue 3 Mar 12:00" in courses["when"]["Compared with"]
    [difference] = noon(drawn(at, 1)).to_dict("records")
    assert (difference["y"], difference["shown"]) == (8, "10 instead of 2 (+400.0 %)")
    assert "Compared with 3 Mar 2026" in words(at)
    row = table(at, 0)[12]
    assert (row["now"], row["then"], row["by"], row["change"]) == (10, 2, 8, 400)
    assert row["other"] == pd.Timestamp("2026-03-03T12:00")


@pytest.mark.usefixtures("weeks")
def test_the_hour_of_the_newest_call_is_not_compared(app: Open) -> None:
    rows = table(app("compare", **DAY, grain="Hour"), 0)
    assert (rows[15]["now"], pd.isna(rows[15]["by"])) == (1, True)
    assert pd.isna(rows[16]["now"])


@pytest.mark.usefixtures("weeks")
def test_differences_can_be_in_per_cent(app: Open) -> None:
    at = app("compare", **DAY, grain="Hour", unit="Per cent", against="Same days last week")
    [difference] = noon(drawn(at, 1)).to_dict("records")
    assert difference["y"] == 400


@pytest.mark.usefixtures("weeks")
def test_key_figures_stand_now_then_and_changed(app: Open) -> None:
    at = app("compare", **DAY, against="Period before")
    found = {row["figure"]: row for row in table(at, 1)}
    assert (found["Calls"]["now"], found["Calls"]["then"]) == ("11", "10")
    assert (found["Calls"]["by"], found["Calls"]["change"]) == ("+1", "+10.0 %")
    assert (found["ASR"]["now"], found["ASR"]["then"]) == ("27.3 %", "40.0 %")
    assert found["ASR"]["by"] == "-12.7 points"
    assert found["ASR"]["sure"] == "9.7 to 56.6 %; then 16.8 to 68.7 %"
    assert found["ASR"]["note"] == "may be chance"
    assert "PDD" not in found  # neither day has one


@pytest.mark.usefixtures("weeks")
def test_the_reasons_add_up_to_the_change(app: Open) -> None:
    # Spain: 6 calls and 3 answered, then 4 and 2; France: 4 and 1, then 7 and 1.
    at = app("compare", **DAY, metric="ASR", split="Country")
    found = {row["name"]: row for row in table(at, 2)}
    change = 100 * (3 / 11 - 4 / 10)
    assert sum(row["effect"] for row in found.values()) == pytest.approx(change)
    spain = found["Spain"]
    middle = 100 * (3 / 11 + 4 / 10) / 2
    assert spain["mix"] == pytest.approx((4 / 11 - 6 / 10) * (50 - middle))
    assert spain["rate"] == pytest.approx(0)
    france = (100 / 7 - 25) * (4 / 10 + 7 / 11) / 2
    assert found["France"]["rate"] == pytest.approx(france)
    assert "ASR fell by 12.7 points, from 40.0 % to 27.3 %" in words(at)
    bars = drawn(at, 2)
    assert bars["value"].sum() == pytest.approx(change)


@pytest.mark.usefixtures("weeks")
def test_the_calls_behind_a_change_are_told_by_whatever_calls_have(app: Open) -> None:
    at = app("compare", **DAY, split="Hangup cause")
    assert "Why did it move, by hangup cause" in [heading.value for heading in at.subheader]
    assert sum(row["effect"] for row in table(at, 2)) == 1


@pytest.mark.usefixtures("weeks")
def test_what_has_no_reason_is_told_and_the_rest_stays(app: Open) -> None:
    at = app("compare", **DAY, metric="MCD")
    assert not at.exception
    assert "does not add up over parts of the traffic" in words(at)
    assert len(table(at, 1)) > 5
    at = app("compare", **DAY, metric="ASR", against="A year before")
    assert "ASR cannot be compared: the period before has none." in words(at)
    at = app("compare", **DAY, metric="PDD, 95 %", against="Nonsense", day="soon", unit="x")
    told = words(at)
    assert not at.exception
    assert "There is no against 'Nonsense'. There is no unit 'x'." in told
    assert "'soon' is not a time" in told


@pytest.mark.usefixtures("weeks")
def test_own_dates_are_compared_with(app: Open) -> None:
    link = {"against": "Own dates", "then_from": "2026-03-03T00:00", "grain": "Hour"}
    at = app("compare", **DAY, **link)
    assert "Compared with 3 Mar 2026" in words(at)
    assert table(at, 0)[12]["then"] == 2
    at = app("compare", **DAY, **link, then_to="2026-03-03T06:00")
    assert len(table(at, 0)) == 24
    assert pd.isna(table(at, 0)[12]["then"])


@pytest.mark.usefixtures("weeks")
def test_days_lie_over_each_other(app: Open) -> None:
    at = app("compare", **DAY, days="2")
    found = noon(drawn(at, 3)).set_index("name")["y"].to_dict()
    assert found == {"Tue 10 Mar": 10, "Mon 9 Mar": 10, "Sun 8 Mar": 0}
    at = app("compare", **DAY, days="6", day="2026-03-09")
    data = drawn(at, 3)
    assert data["name"].nunique() == 7
    third = data[(data["name"] == "Tue 3 Mar") & (data["y"] > 0)]
    assert third["start"].tolist() == [pd.Timestamp("2026-03-09T12:00Z")]
    assert "Tue 3 Mar 12:00" in third["when"].iloc[0]


@pytest.mark.usefixtures("weeks")
def test_nothing_found_is_said_once(app: Open) -> None:
    at = app("compare", **DAY, country="Italy")
    assert "No calls match these filters." in words(at)
    assert not at.get("vega_lite_chart")


def test_clocks_that_change_between_the_windows_are_no_trouble(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        # Noon in Madrid, before and after the change of 29 March.
        for hour, day in ((11, 22), (10, 29), (10, 30)):
            add_call(conn, starting_date=datetime(2026, 3, day, hour, tzinfo=UTC))
        count(conn)
    link = {"period": "Custom", "from": "2026-03-29T00:00", "to": "2026-03-30T00:00"}
    link |= {"zone": "Europe/Madrid", "against": "Same days last week", "grain": "Hour"}
    [row] = [row for row in table(app("compare", **link), 0) if row["now"] == 1]
    assert (row["time"].hour, row["other"].hour, row["then"]) == (12, 12, 1)
