"""What stands on and below a chart over time: bounds, marks, its picture, its tables. Pure."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import altair as alt
import pandas as pd
import pytest

from cdrstats import analysis, format, notes
from cdrstats.clock import SLOT, Window
from cdrstats.metrics import METRICS, NOTHING, Parts
from cdrstats.traffic import Answer
from cdrstats.ui import (
    bounds,
    charts,
    charts_time,
    courses,
    figures,
    files,
    summaries,
    timemarks,
)
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


def rows(*lines: Course, metric: str = "calls", stacked: bool = False) -> pd.DataFrame:
    return courses.rows(lines, HOURS, METRICS[metric], "hour", stacked)


# Small samples (the bounds of definitions.md, d.6)


@pytest.mark.parametrize(
    ("answered", "calls", "within"),
    [(0, 2, "0.0 to 65.8 %"), (2, 10, "5.7 to 51.0 %"), (20, 100, ""), (0, 0, "")],
)
def test_a_share_of_few_calls_is_told_with_its_bounds(
    answered: int, calls: int, within: str
) -> None:
    assert bounds.sure_within(ASR, Parts(calls=calls, answered=answered)) == within


def test_bounds_are_of_shares_only() -> None:
    few = Parts(calls=3, answered=2, billsec=60)
    assert bounds.sure_within(CALLS, few) == ""
    assert bounds.sure_within(ACD, few) == ""
    assert bounds.sure_within(METRICS["margin_percent"], few) == ""
    assert bounds.told(["calls", "acd"], few) == ""


def test_the_bounds_stand_beside_the_figure() -> None:
    found = rows(Course("All", {at(0): answer(10, 2)}), metric="asr")
    assert found["shown"][0] == "20.0 %, sure within 5.7 to 51.0 %"


# Marks


def mark(hour: int, verdict: analysis.Verdict, value: float | None = None) -> analysis.Mark:
    start = DAY.start + timedelta(hours=hour)
    return analysis.Mark(start, value, verdict, usual=100.5)


def test_silence_is_a_stretch_however_many_hours_it_lasts() -> None:
    judged = [mark(1, "missing"), mark(2, "missing"), mark(3, "usual", 9), mark(5, "missing")]
    found = timemarks.missing(judged, "hour", ZoneInfo("UTC"))
    assert [moment.hour for moment in found["at"]] == [1, 5]
    assert [moment.hour for moment in found["until"]] == [3, 6]
    assert found["when"][0] == f"Tue 10 Mar 01:00 {format.NOTHING} Tue 10 Mar 03:00"
    assert timemarks.silent(judged, ZoneInfo("UTC")) == {at(1), at(2), at(5)}


def test_what_is_unusual_is_told_with_what_would_be_usual() -> None:
    judged = [mark(1, "high", 180), mark(2, "usual", 99), mark(3, "few calls", 0)]
    found = timemarks.unusual(judged, CALLS, "hour", MADRID)
    assert found["words"].tolist() == ["High: 180, usually about 100"]
    assert found["mid"].tolist() == [pd.Timestamp("2026-03-10T02:30Z")]
    assert found["y"].tolist() == [180]


def test_what_was_found_is_told_in_words() -> None:
    judged = [mark(1, "high", 180), mark(2, "missing"), mark(3, "usual", 99)]
    told = "Of the hours, beside the same of the eight weeks before: "
    assert (
        timemarks.told(judged, "hour") == f"{told}1 unusual (diamonds), 1 without calls (grey)."
    )
    assert timemarks.told(judged[2:], "hour") == f"{told}none is unusual."
    assert timemarks.told([mark(1, "no history", 4)], "hour") == ""


def test_a_note_that_began_earlier_stands_at_the_edge() -> None:
    hour = timedelta(hours=1)
    given = [
        notes.Mark(DAY.start - hour, DAY.start + hour, "incident", "Down", "alice"),
        notes.Mark(DAY.start + 2 * hour, None, "import", "Imported a.csv: 3 records"),
        notes.Mark(DAY.start + 3 * hour, None, "alarm", "ASR is low"),
    ]
    found = timemarks.noted(given, DAY, ZoneInfo("UTC"))
    assert [moment.hour for moment in found["at"]] == [0, 2, 3]
    assert found["until"].notna().tolist() == [True, False, False]
    assert found["words"].tolist() == [
        "Incident: Down (alice)",
        "Import: Imported a.csv: 3 records",
        "Alarm: ASR is low",
    ]
    assert "9 Mar 2026 23:00" in found["when"][0]


def test_marks_have_their_types_also_where_there_are_none() -> None:
    for found in (
        timemarks.missing([], "hour", MADRID),
        timemarks.unusual([], CALLS, "hour", MADRID),
        timemarks.noted([], DAY, MADRID),
    ):
        assert len(found) == 0


# The specification


def spec(names: tuple[str, ...], stacked: bool, *marked: str) -> charts.Spec:
    looks = ("#000000",) * len(names), ((1, 0),) * len(names)
    return charts.spec("time", "Calls", names, *looks, stacked, False, True, True, marked)


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("names", [("Calls",), ("Spain", "All others")])
def test_every_selection_is_made_in_a_view_that_is_there(
    names: tuple[str, ...], stacked: bool
) -> None:
    made = spec(names, stacked)
    main, strip = made["vconcat"]
    views = {layer.get("name") for layer in main["layer"]} | {strip["name"]}
    params = {param["name"]: param["views"] for param in made["params"]}
    assert {view for [view] in params.values()} <= views
    legend = {charts_time.LEGEND} if len(names) > 1 else set()
    assert {charts.PICK, charts_time.BRUSH} | legend <= params.keys()
    assert legend or charts_time.LEGEND not in json.dumps(made)


def test_only_marks_that_there_are_take_a_layer() -> None:
    every = ("missing", "unusual", "notes", "lasting")
    sets = [
        layer["data"]["name"] for layer in spec(("a",), False, *every)["vconcat"][0]["layer"]
    ]
    assert sets == ["edges", "notes", "d", "d", "missing", "notes", "notes", "unusual"]
    sets = [layer["data"]["name"] for layer in spec(("a",), False)["vconcat"][0]["layer"]]
    assert sets == ["edges", "d", "d"]


def test_names_stand_in_the_chart_as_they_are_written_whatever_they_are() -> None:
    names = ("Côte d'Ivoire", 'Acme "West"', "<name 0>", "back\\slash")
    made = spec(names, False)
    assert made == json.loads(json.dumps(_built_at_once(names)))
    assert 'Acme \\"West\\"' in json.dumps(made)


def _built_at_once(names: tuple[str, ...]) -> charts.Spec:
    looks = ("#000000",) * len(names), ((1, 0),) * len(names)
    with alt.theme.enable("none"):
        built: charts.Spec = charts_time.time(
            alt.NamedData(name="d"), "Calls", names, *looks, False, False, True, True, ()
        ).to_dict()
    return built


@pytest.mark.parametrize("stacked", [False, True])
def test_the_chart_is_saved_as_a_picture_with_its_marks(stacked: bool) -> None:
    made = spec(("Spain", "Chile"), stacked, "missing", "notes")
    data = rows(Course("Spain", {at(1): answer(3)}), Course("Chile", {}), stacked=stacked)
    given = [notes.Mark(DAY.start, None, "import", "Imported")]
    datasets = {
        "d": data,
        "edges": courses.ends(HOURS),
        "missing": timemarks.missing([mark(1, "missing")], "hour", MADRID),
        "notes": timemarks.noted(given, DAY, MADRID),
        "strip": courses.volume(HOURS, {at(1): 3}),
    }
    still = charts_time.still(made)
    assert "brush" not in json.dumps(still)
    assert "params" not in still
    drawn = files.picture(still, datasets, "Calls", "svg").decode()
    assert "Spain" in drawn
    assert "Imported" in drawn


# Tables


def test_groups_have_shares_averages_and_extremes() -> None:
    spain = Course("Spain", {at(0): answer(6), at(1): answer(0)})
    others = Course("All others", {at(0): answer(1), at(1): answer(1)})
    sums = {"Spain": answer(6), "All others": answer(2), "All": answer(8)}
    found = summaries.groups([spain, others], sums, CALLS, 4)
    assert found.to_dict("list") == {
        "name": ["Spain", "All others", "All"],
        "value": [6, 2, 8],
        "share": [75.0, 25.0, 100.0],
        "hourly": [1.5, 0.5, 2.0],
        "least": [0, 1, 1],
        "most": [6, 1, 7],
    }


def test_a_margin_of_which_a_part_is_a_loss_has_no_shares() -> None:
    margins = {"Spain": Decimal(10), "All others": Decimal(-8), "All": Decimal(2)}
    sums = {name: Answer(None, (), Parts(sell_cost=one)) for name, one in margins.items()}
    lines = [Course(name, {}) for name in ("Spain", "All others")]
    found = summaries.groups(lines, sums, METRICS["margin"], 4)
    assert [float(value) for value in found["value"]] == [10.0, -8.0, 2.0]
    assert found["share"].tolist() == [None, None, None]
    gains = sums | {"All others": Answer(None, (), Parts(sell_cost=Decimal(0)))}
    gains["All"] = gains["Spain"]
    whole = summaries.groups(lines, gains, METRICS["margin"], 4)
    assert whole["share"].tolist() == [100.0, 0.0, 100.0]


def test_ratios_have_no_share_and_no_hourly_average() -> None:
    line = Course("ASR", {at(0): answer(4, 1), at(1): answer(0)})
    found = summaries.groups([line], {"All": answer(4, 1)}, ASR, 4)
    assert found.to_dict("list") == {
        "name": ["ASR"],
        "value": [25.0],
        "least": [25.0],
        "most": [25.0],
        "calls": [4],
        "sure": ["4.6 to 69.9 %"],
    }


def test_steps_are_rows_as_far_as_there_are_data() -> None:
    lines = [
        Course(name, courses.filled({at(0): answer(n)}, HOURS, now(1)))
        for name, n in (("Spain", 6), ("All others", 1))
    ]
    found = summaries.steps(lines, HOURS, CALLS)
    assert found.to_dict("list") == {
        "time": [pd.Timestamp(at(0)), pd.Timestamp(at(1))],
        "line0": [6, 0],
        "line1": [1, 0],
        "all": [7, 0],
    }


def test_names_that_tables_use_themselves_are_no_trouble() -> None:
    lines = [Course(name, {at(0): answer(1)}) for name in ("time", "calls", "sure", "All")]
    assert list(summaries.steps(lines, HOURS, CALLS)["line2"]) == [1]


def test_averages_are_over_the_hours_that_have_data() -> None:
    noon = DAY.start + timedelta(hours=12)
    assert DAY.known(noon) == Window(DAY.start, noon + SLOT)
    assert DAY.known(noon - timedelta(seconds=1)) == Window(DAY.start, noon)
    assert DAY.known(DAY.end + timedelta(days=1)) == DAY
    assert DAY.known(None) == DAY
    assert DAY.known(DAY.start - timedelta(hours=1)).length == timedelta(0)


def test_the_totals_are_those_of_the_old_pages() -> None:
    parts = Parts(
        calls=3,
        answered=2,
        duration=3700,
        billsec=180,
        buy_cost=Decimal(1),
        sell_cost=Decimal(3),
    )
    assert summaries.facts(parts, 12) == {
        "Calls": "3",
        "Average calls an hour": "0.2",
        "Total duration": "1:01:40",
        "Talk time": "3:00",
        "Minutes": "3.0",
        "ACD": "1:30",
        "Buy cost": "1.00",
        "Sell cost": "3.00",
    }
    assert summaries.facts(NOTHING, 0)["Average calls an hour"] == format.NOTHING
