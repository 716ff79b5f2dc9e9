"""The Routes page, and how scores become its chart, table and matrix."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, insert

from cdrstats import aggregates, format
from cdrstats.analysis import Answering, scorecard
from cdrstats.db.schema import switch
from cdrstats.metrics import METRICS, Parts, total
from cdrstats.statistics import wilson
from cdrstats.traffic import Answer, Spread
from cdrstats.ui import charts, files, scores, suspects
from cdrstats.ui.destinations import Value

from .factories import NOON, add_call
from .pages import DAY, Open, words

ASR, SDR = METRICS["asr"], METRICS["sdr"]
SPAIN, BRITAIN = 724, 826
NAMES: dict[Value, str] = {1: "One", 2: "Two", 3: "Three", SPAIN: "Spain", BRITAIN: "Britain"}


def some(calls: int, answered: int, **more: Any) -> Parts:
    return Parts(calls=calls, answered=answered, billsec=60 * answered, **more)


FOUND: scores.Found = {
    (SPAIN, 1): some(1000, 500),
    (SPAIN, 2): some(600, 240),
    (SPAIN, 3): some(20, 2),
    (BRITAIN, 1): some(400, 100),
}


def test_destinations_and_routes_come_by_their_calls() -> None:
    assert scores.destinations(FOUND) == [SPAIN, BRITAIN]
    assert scores.routes(FOUND) == [1, 2, 3]
    assert scores.routes({(SPAIN, 2): some(1, 1), (SPAIN, 1): some(1, 1)}) == [1, 2]


def test_a_route_is_told_for_one_destination_or_for_all() -> None:
    assert scores.by_route(FOUND, BRITAIN) == {(1,): some(400, 100)}
    assert scores.by_route(FOUND, None)[1,] == some(1400, 600)
    assert scores.by_route(FOUND, 0) == {}


def drawn(found: scores.Found, destination: Value | None = SPAIN) -> pd.DataFrame:
    routes = scores.by_route(found, destination)
    listed = scorecard(routes)
    whole = total(routes.values())
    return scores.points(listed, ASR, NAMES, whole, len(listed) - 1).set_index("name")


def test_a_point_lies_within_its_bounds_beside_the_overall_share() -> None:
    data = drawn(FOUND)
    assert list(data.index) == ["One", "Two", "Three"]
    assert list(data["value"]) == [50, 40, 10]
    low, high = wilson(240, 600) or (0, 0)
    assert (data.loc["Two", "low"], data.loc["Two", "high"]) == (100 * low, 100 * high)
    assert list(data["overall"]) == pytest.approx([100 * 742 / 1620] * 3)
    assert set(data["whole"]) == {"45.8 %"}
    assert list(data["standing"]) == ["better", "worse", "no telling: too few calls"]
    assert data["colour"].nunique() == 3


def test_over_nothing_a_point_is_missing() -> None:
    data = drawn({(SPAIN, 1): some(5, 5), (SPAIN, 2): Parts(calls=3, blocked=3)})
    assert data["value"].isna().tolist() == [False, True]
    assert list(data["shown"]) == ["100.0 %", format.NOTHING]
    assert list(data["bounds"]) == ["56.6 to 100.0 %", format.NOTHING]


def test_a_route_alone_is_compared_with_none() -> None:
    assert list(drawn(FOUND, BRITAIN)["standing"]) == [scores.ALONE]
    listed = scorecard(scores.by_route(FOUND, BRITAIN))
    assert scores.sentence(listed, ASR, NAMES) == (
        "All these calls took one route, One: there is none to compare it with."
    )


def test_a_sentence_says_who_differs() -> None:
    listed = scorecard(scores.by_route(FOUND, SPAIN))
    assert scores.sentence(listed, ASR, NAMES) == (
        "By more than chance, better than the others: One; worse than the others: Two."
    )
    alike = scorecard({(1,): some(100, 50), (2,): some(100, 51)})
    assert scores.sentence(alike, ASR, NAMES) == (
        "No route differs from the others in ASR by more than chance."
    )
    few = scorecard({(1,): some(20, 2), (2,): some(1000, 700)})
    assert scores.sentence(few, ASR, NAMES) == (
        "There are too few calls to tell the routes apart by their ASR."
    )


def test_a_row_has_all_figures_and_how_they_moved() -> None:
    parts = some(
        100, 20, short=2, delivered=60, buy_cost=Decimal("0.9"), pdd_ms=90_000, pdd_calls=30
    )
    delays = {(1,): Answer(None, (1,), parts, Spread(2.0, 7.5, 30))}
    listed = scorecard({(1,): parts, (2,): some(50, 0)})
    data = scores.table(listed, ASR, NAMES, {(1,): some(80, 20)}, delays, 1)
    first = data.iloc[0].to_dict()
    assert (first["name"], first["calls"], first["change"]) == ("One", 100, 25)
    assert (first["asr"], first["ner"], first["sdr"]) == (20, 60, 10)
    assert (first["bounds"], first["standing"]) == ("13.3 to 28.9 %", "better")
    assert first["moved"] == -5
    assert (first["minutes"], first["acd"]) == (20, timedelta(seconds=60))
    assert (first["pdd"], first["late"], first["cost"]) == (3, 7.5, pytest.approx(0.045))
    nothing = data.iloc[1][["change", "sdr", "moved", "acd", "pdd", "late", "cost"]]
    assert nothing.isna().all()


def cells(metric: Any = ASR) -> pd.DataFrame:
    rows = {where: NAMES[where] for where in (SPAIN, BRITAIN)}
    data = scores.matrix(FOUND, metric, rows, {1: "One", 2: "Two", 3: "Three"})
    return data.set_index(["row", "column"]) if len(data) else data


def test_a_cell_stands_for_each_pair_that_has_calls() -> None:
    data = cells()
    assert list(data["value"]) == [50, 40, 10, 25]
    assert list(data["few"]) == [False, False, True, False]
    assert list(data["standing"]) == [
        "better",
        "worse",
        "no telling: too few calls",
        "no other route",
    ]
    framed = data["outline"] != "transparent"
    assert framed.tolist() == [True, True, False, False]
    assert data["ink"].tolist() == ["white", "white", "#7b8794", "#10202e"]
    assert (data.iloc[3]["destination"], data.iloc[3]["route"]) == (str(BRITAIN), "1")


def test_routes_that_are_not_drawn_count_among_the_others() -> None:
    data = scores.matrix(FOUND, ASR, {SPAIN: "Spain"}, {2: "Two"})
    assert list(data["standing"]) == ["worse"]


def test_a_matrix_of_nothing_is_empty() -> None:
    nothing = {(SPAIN, 1): some(5, 0)}
    assert scores.matrix(nothing, SDR, {SPAIN: "Spain"}, {1: "One"}).empty


def test_signs_come_first_and_say_what_they_are() -> None:
    found = {
        (SPAIN, 1): Answering(900, 900, 10, 20),
        (SPAIN, 2): Answering(100, 100, 60, 50),
        (BRITAIN, 1): Answering(12, 12, 0, 0),
        (BRITAIN, 2): Answering(70, 0, 0, 7),
    }
    ranked = suspects.ranked(found)
    data = suspects.table(ranked, NAMES, NAMES)
    assert [(where, row.key) for where, row in ranked] == [
        (SPAIN, (2,)),
        (SPAIN, (1,)),
        (BRITAIN, (2,)),
        (BRITAIN, (1,)),
    ]
    assert list(data["signs"]) == [
        "answered too soon, short calls",
        "no sign",
        "no telling: too few calls",
        "no telling: too few calls",
    ]
    assert (data["quick"][0], data["brief_others"][0]) == (60, pytest.approx(100 * 20 / 900))
    assert data["quick"].isna().tolist() == [False, False, True, False]


def test_the_charts_can_be_clicked_and_drawn() -> None:
    points = drawn(FOUND).reset_index()
    matrix = cells().reset_index()
    for kind, data, figure in (
        ("route_shares", points, "Two"),
        ("route_matrix", matrix, "25.0"),
    ):
        spec = charts.spec(kind, "ASR", 3)
        assert charts.PICK in json.dumps(spec["params"])
        assert figure in files.picture(spec, {"d": data}, "ASR", "svg").decode()
        assert len(charts.saved(kind, data)) == len(data)


@pytest.fixture
def routed(fresh_engine: Engine) -> None:
    """Carriers 1 and 2 to Spain, one to Britain; carrier 2 seems to answer by itself."""
    with fresh_engine.begin() as conn:
        conn.execute(insert(switch), [{"id": 1, "name": "north"}, {"id": 2, "name": "south"}])
        for number in range(40):
            talks = {"billsec": 120 if number < 30 else 0, "pdd_ms": 4000, "buy_cost": 1}
            add_call(conn, country_id=SPAIN, dialcode_id=34, carrier_id=1, switch_id=1, **talks)
        for number in range(40):
            talks = {"billsec": 5 if number < 35 else 0, "pdd_ms": 500 if number < 20 else 3000}
            add_call(
                conn, country_id=SPAIN, dialcode_id=346, carrier_id=2, switch_id=2, **talks
            )
        add_call(conn, country_id=BRITAIN, dialcode_id=44, carrier_id=1, switch_id=1)
        for number in range(20):
            at = NOON - timedelta(days=1)
            given = {"starting_date": at, "billsec": 60 if number < 5 else 0}
            add_call(conn, country_id=SPAIN, carrier_id=1, switch_id=1, **given)
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


@pytest.mark.usefixtures("routed")
def test_the_page_lays_carriers_side_by_side(app: Open) -> None:
    at = app("routes", **DAY, destination="Spain")
    assert not at.exception
    data = at.dataframe[0].value
    assert [name[-1] for name in data["name"]] == ["1", "2"]
    assert list(data["calls"]) == [40, 40]
    assert list(data["asr"]) == [75, 87.5]
    assert list(data["sdr"]) == [0, 100]
    assert list(data["standing"]) == ["no difference beyond chance"] * 2
    first = data.iloc[0]
    assert (first["change"], first["moved"]) == (100, 50)
    assert (first["pdd"], first["late"]) == (4.0, 4.0)
    assert first["cost"] == pytest.approx(40 / 60)
    assert data["moved"].isna().tolist() == [False, True]
    assert "No route differs from the others in ASR" in words(at)
    assert len(at.get("vega_lite_chart")) == 2


@pytest.mark.usefixtures("routed")
def test_tables_are_saved_as_they_are_shown_with_lengths_in_seconds(
    app: Open, saved: dict[str, list[pd.DataFrame]]
) -> None:
    app("routes", **DAY, destination="Spain")
    [routes] = saved["All carriers to Spain"]
    assert list(routes["ACD, s"]) == [120, 5]
    assert "Change of calls" in routes
    assert not len(routes.select_dtypes("timedelta").columns)
    [signs] = saved["Signs of false answers"]
    assert {"Destination", "Carrier", "PDD ≤ 1 s, others"} <= set(signs)


@pytest.mark.usefixtures("routed")
def test_another_share_is_judged_and_named(app: Open) -> None:
    at = app("routes", **DAY, destination="Spain", route="Switch", route_metric="SDR")
    data = at.dataframe[0].value
    assert list(data["standing"]) == ["better", "worse"]
    assert "better than the others: north; worse than the others: south." in words(at)


@pytest.mark.usefixtures("routed")
def test_signs_of_false_answers_are_a_hint(app: Open) -> None:
    at = app("routes", **DAY, route="Switch")
    data = at.dataframe[1].value
    assert list(data["destination"]) == ["Spain", "Spain", "United Kingdom"]
    assert list(data["route"]) == ["south", "north", "north"]
    assert list(data["signs"]) == [
        "answered too soon, short calls",
        "no sign",
        "no telling: too few calls",
    ]
    assert data["quick"][0] == pytest.approx(100 * 20 / 35)
    assert list(data["brief"]) == [100, 0, 0]
    assert "A hint, no proof" in words(at)


@pytest.mark.usefixtures("routed")
def test_all_destinations_together_are_told_to_differ(app: Open) -> None:
    at = app("routes", **DAY)
    assert list(at.dataframe[0].value["calls"]) == [41, 40]
    assert "Destinations differ" in words(at)


@pytest.mark.usefixtures("routed")
def test_switches_are_compared_by_their_names_and_dial_codes_alike(app: Open) -> None:
    at = app("routes", **DAY, route="Switch", level="Dial code", destination="346 Spain mobile")
    assert not at.exception
    data = at.dataframe[0].value
    assert list(data["name"]) == ["south"]
    assert list(data["standing"]) == ["no other route"]
    assert "All these calls took one route, south" in words(at)
    offered = at.selectbox(key="destination").options
    assert offered == ["All destinations", "34 Spain", "346 Spain mobile", "44 United Kingdom"]


@pytest.mark.usefixtures("routed")
def test_a_destination_without_calls_is_not_everything(app: Open) -> None:
    at = app("routes", **DAY, destination="Atlantis")
    assert not at.exception
    assert "No calls to Atlantis." in words(at)
    assert not at.dataframe
    assert at.selectbox(key="destination").value == "Atlantis"


@pytest.mark.usefixtures("routed")
def test_a_filter_narrows_what_is_compared(app: Open) -> None:
    at = app("routes", **DAY, country="United Kingdom")
    assert list(at.dataframe[0].value["calls"]) == [1]
    assert list(at.dataframe[1].value["destination"]) == ["United Kingdom"]
    nobody = app("routes", **DAY, result="Busy")
    assert "No calls match these filters." in words(nobody)


@pytest.mark.usefixtures("routed")
def test_of_unanswered_calls_no_signs_are_told(app: Open) -> None:
    at = app("routes", **DAY, result="No answer")
    assert not at.exception
    assert "No answered calls." in words(at)


@pytest.mark.usefixtures("routed")
def test_a_long_period_has_no_percentile_and_no_signs(app: Open) -> None:
    year = DAY | {"from": "2025-06-01T00:00"}
    at = app("routes", **year)
    assert not at.exception
    data = at.dataframe[0].value
    assert list(data["calls"]) == [61, 40]
    assert data["late"].isna().all()
    assert "PDD, 95 %: of up to 7 days, or 31 days and a chosen destination." in words(at)
    assert "No telling for so long a period." in words(at)


@pytest.mark.usefixtures("routed")
def test_a_month_of_one_destination_has_its_percentile(app: Open) -> None:
    month = DAY | {"from": "2026-02-10T00:00"}
    assert app("routes", **month).dataframe[0].value["late"].isna().all()
    at = app("routes", **month, destination="Spain")
    assert list(at.dataframe[0].value["late"]) == [4.0, 3.0]
    assert "PDD, 95 %: " not in words(at)
