"""Marks stand on every chart over time: notes, silence, what is unusual."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from sqlalchemy import Engine

from cdrstats import aggregates, notes
from cdrstats.clock import Window
from cdrstats.ui import charts, files, timemarks

from .factories import NOON, add_call
from .pages import DAY, Open, words

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

HOUR = timedelta(hours=1)
AFTERNOON = Window(NOON, NOON + 6 * HOUR)
NAMES = (("Spain",), ("#000000",))
NOTED = timemarks.noted(
    [
        notes.Mark(NOON, None, "import", "Imported"),
        notes.Mark(NOON, NOON + HOUR, "incident", "Down"),
    ],
    AFTERNOON,
    NOON.tzinfo,  # type: ignore[arg-type]
)
ROW = {
    "start": [NOON],
    "mid": [NOON + HOUR / 2],
    "end": [NOON + HOUR],
    "name": ["Spain"],
    "y": [3],
    "y2": [0],
    "least": [1],
    "mean": [2.0],
    "most": [3],
    "peak": [3],
    "peak_at": [NOON],
    "peak_words": ["3"],
    "side": ["right"],
    "bounds": ["1 to 3"],
    "when": ["Tue"],
    "shown": ["3"],
}


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("stacked", ("Calls", *NAMES)),
        ("plain", ("Minutes", "#000000")),
        ("at_once", (30, 0.8)),
        ("at_once_lines", ("Most", *NAMES)),
    ],
)
def test_every_chart_over_time_draws_notes(kind: str, given: tuple[Any, ...]) -> None:
    datasets = {"d": pd.DataFrame(ROW), "notes": NOTED}
    spec = charts.spec(kind, *given, marked=charts.which_marks(datasets))
    drawn = files.picture(spec, datasets, "Calls", "svg").decode()
    assert "Imported" in drawn
    assert "Down" in drawn
    named = [layer.get("data", {}).get("name") for layer in spec["layer"]]
    assert named[0] == "notes"  # a span lies under the data, flags over it
    assert named[-2:] == ["notes", "notes"]
    assert "notes" not in str(charts.spec(kind, *given))


def test_the_legend_is_not_as_faint_as_a_span_that_was_noted() -> None:
    import vl_convert

    spec = charts.spec("stacked", "Calls", *NAMES, marked=("notes", "lasting"))
    made = vl_convert.vegalite_to_vega(spec | {"datasets": {"d": [], "notes": []}})
    [legend] = made["legends"]
    assert legend["encode"]["symbols"]["update"]["opacity"] == {"value": 1}


def drawn(at: "AppTest", number: int, name: str) -> pd.DataFrame:
    """A data set of a chart of the page; without rows if it has none of that name."""
    for one in at.get("vega_lite_chart")[number].proto.datasets:
        if one.name == name:
            return pa.ipc.open_stream(one.data.data).read_pandas()
    return pd.DataFrame()


@pytest.mark.usefixtures("weeks")
@pytest.mark.parametrize(
    ("page", "number", "more", "silent"),
    [
        ("dashboard", 0, {}, True),
        ("dashboard", 1, {}, True),
        ("quality", 0, {}, True),
        ("quality", 0, {"shown": "Share"}, True),
        ("overview", 0, {"split": "Country", "grain": "Hour"}, True),
        ("countries", 1, {}, True),
        ("concurrent", 0, {}, False),
        ("concurrent", 1, {}, False),
        ("views", 0, {}, False),
    ],
)
def test_notes_and_silence_stand_on_the_charts_of_every_page(
    app: Open, fresh_engine: Engine, page: str, number: int, more: dict[str, str], silent: bool
) -> None:
    with fresh_engine.begin() as conn:
        conn.exec_driver_sql("REFRESH MATERIALIZED VIEW matv_voip_cdr_aggr_hour")
    at = app(page, **DAY, **more)
    assert not at.exception
    noted = drawn(at, number, "notes")
    assert noted["words"].tolist() == ["Incident: Trunk down (alice)"]
    assert noted["until"].tolist() == [pd.Timestamp(NOON + HOUR)]
    missing = drawn(at, number, "missing")
    if silent:
        assert missing["at"].tolist() == [pd.Timestamp(NOON)]
        assert missing["until"].tolist() == [pd.Timestamp(NOON + HOUR)]
    else:
        assert not len(missing)


@pytest.mark.usefixtures("weeks")
def test_the_dashboard_marks_what_is_unusual_of_calls(app: Open) -> None:
    at = app("dashboard", **DAY)
    assert drawn(at, 0, "unusual")["words"].tolist() == ["High: 60, usually about 10"]
    assert "1 unusual (diamonds), 1 without calls (grey)" in words(at)
    assert not len(drawn(at, 1, "unusual"))


@pytest.mark.usefixtures("weeks")
def test_silence_is_that_of_the_calls_that_are_meant(app: Open, fresh_engine: Engine) -> None:
    """A switch that says nothing while others go on; and a carrier, by days."""
    with fresh_engine.begin() as conn:
        for week in range(9):
            later = NOON - timedelta(weeks=week) + HOUR
            for second in range(20 if week else 0):
                moment = later + timedelta(seconds=second)
                add_call(conn, starting_date=moment, switch_id=5, carrier_id=3)
            add_call(conn, starting_date=later + 3 * HOUR, switch_id=5)
            add_call(conn, starting_date=later + 24 * HOUR)
        conn.exec_driver_sql("INSERT INTO switch (id, name) VALUES (5, 'lisbon')")
        conn.exec_driver_sql("INSERT INTO carrier (id, name) VALUES (3, 'Iberia')")
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass
    assert drawn(app("dashboard", **DAY), 0, "missing")["at"].tolist() == [pd.Timestamp(NOON)]
    at = app("dashboard", **DAY, switch="lisbon")
    assert drawn(at, 0, "missing")["at"].tolist() == [pd.Timestamp(NOON + HOUR)]
    days = DAY | {"from": "2026-02-20T00:00", "to": "2026-03-12T00:00", "carrier": "Iberia"}
    for zone in ("UTC", "Europe/Madrid"):
        missing = drawn(app("dashboard", **days | {"zone": zone}), 0, "missing")
        assert missing["at"].tolist() == [pd.Timestamp("2026-03-10T00:00Z")]
