"""What has not been yet is no silence: averages, and calls whose start lies ahead."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import Engine, insert

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.choices import between
from cdrstats.clock import Window, month_of, slot_of
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import customer
from cdrstats.filters import newest_start

from .factories import add_call
from .pages import DAY, Open, metrics, words

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

YEAR = DAY | {"from": "2026-03-01T00:00", "to": "2027-03-01T00:00"}


def rows(at: "AppTest", key: str) -> pd.DataFrame:
    """The main data set of the chart `key`."""
    [chart] = [one for one in at.get("vega_lite_chart") if one.proto.id.endswith(f"-{key}")]
    [data] = [one for one in chart.proto.datasets if one.name == "d"]
    return pa.ipc.open_stream(data.data.data).read_pandas()


@pytest.mark.usefixtures("calls")
def test_hours_of_the_week_that_have_not_been_lower_no_average(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        add_call(conn, starting_date=datetime(2026, 3, 1, tzinfo=UTC))
        aggregates.rebuild(conn)
        aggregates.refresh(conn, 500)
    at = app("quality", **YEAR, metric="Calls")
    cells = rows(at, "chart_week").set_index(["weekday", "hour"])
    # Tuesdays 3 March, and 10 March up to the quarter-hour of the newest call.
    assert cells.loc[("Tue", 12), "more"] == "3 in 1.25 such hours"
    assert cells.loc[("Tue", 12), "value"] == pytest.approx(3 / 1.25)


def test_calls_at_once_are_averaged_over_what_has_been(app: Open, fresh_engine: Engine) -> None:
    start = slot_of(datetime.now(UTC)) - timedelta(hours=3)
    make_months(fresh_engine, [month_of(start)])
    with fresh_engine.begin() as conn:
        add_call(conn, starting_date=start, duration=3600)
    period = between(Window(start, start + timedelta(days=1)), ZoneInfo("UTC"))
    # An hour of the three and a quarter that have been, not of a day.
    assert metrics(app("concurrent", **period, zone="UTC"))["Average"] == "0.3"


@pytest.mark.usefixtures("calls")
def test_a_period_that_is_not_over_is_told_where_it_is_compared(app: Open) -> None:
    told = "There are calls up to 10 Mar 2026 12:00"
    assert told in words(app("compare", **DAY))
    over = DAY | {"from": "2026-03-09T00:00", "to": "2026-03-10T00:00"}
    assert told not in words(app("compare", **over))


def test_a_call_whose_start_lies_ahead_is_not_the_newest(fresh_engine: Engine) -> None:
    now, hour = datetime.now(UTC).replace(microsecond=0), timedelta(hours=1)
    starts = {now - 2 * hour: 7, now - hour: 0, now + 24 * hour: 7}
    make_months(fresh_engine, map(month_of, starts))
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer).values(id=7, name="Acme"))
        for start, owner in starts.items():
            add_call(conn, starting_date=start, user_id=owner)
        scopes = EVERYONE, Scope(frozenset({7}))
        newest = [newest_start(conn, scope, begun=True) for scope in scopes]
    assert newest == [now - hour, now - 2 * hour]
