"""The Destinations page, and how answers become its bars, lines and rows."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import Engine

from cdrstats import aggregates, format
from cdrstats.analysis.sparklines import lined_up
from cdrstats.clock import Window
from cdrstats.metrics import METRICS, NOTHING, Parts, total
from cdrstats.traffic import OTHER, Answer, Question
from cdrstats.ui import cells, charts, destinations

from .factories import NOON, add_call
from .pages import DAY, Open, words

CALLS, ASR, MARGIN = METRICS["calls"], METRICS["asr"], METRICS["margin"]
MADRID = ZoneInfo("Europe/Madrid")


def answer(
    key: int | None, calls: int, answered: int = 0, at: datetime | None = None
) -> Answer:
    parts = Parts(calls=calls, answered=answered, billsec=60 * answered)
    return Answer(at, OTHER if key is None else (key,), parts)


def test_a_sum_ranks_by_itself_and_a_ratio_by_calls() -> None:
    many, one = answer(724, 100, 40), answer(826, 1, 1)
    for metric in (CALLS, ASR, METRICS["pdd_p95"], METRICS["mcd"]):
        assert [found.key for found in destinations.ordered([one, many], metric)] == [
            (724,),
            (826,),
        ]
    dear = Answer(None, (8,), Parts(calls=1, buy_cost=NOTHING.buy_cost + 5))
    ranking = destinations.ordered([many, dear], METRICS["buy_cost"])
    assert ranking[0].key == (8,)


def test_unknown_stands_among_the_bars_wherever_it_ranks() -> None:
    ranking = [answer(key, 100 - key) for key in range(1, 13)]
    assert destinations.leading(ranking, 10) == tuple(range(1, 11))
    assert destinations.leading([*ranking, answer(0, 1)], 10) == (*range(1, 11), 0)
    assert destinations.leading([answer(0, 500), *ranking], 3) == (0, 1, 2)
    assert destinations.leading([], 3) == ()


def bars(answers: list[Answer], metric: Any) -> pd.DataFrame:
    names: dict[int | str, str] = {724: "Spain", 826: "United Kingdom", 0: "Unknown"}
    keys = tuple(found.key[0] for found in answers if found.key != OTHER)
    whole = total(found.parts for found in answers)
    by_key = {found.key: found for found in answers}
    return destinations.bars(by_key, keys, metric, whole, names, ("blue", "grey"))


def test_shares_are_of_all_that_is_shown_and_add_up_to_a_hundred() -> None:
    data = bars([answer(724, 60), answer(0, 15), answer(None, 5)], CALLS)
    assert list(data["name"]) == ["Spain", "Unknown", "All others"]
    assert list(data["shown"]) == ["60 · 75.0 %", "15 · 18.8 %", "5 · 6.2 %"]
    assert list(data["key"]) == ["724", "0", ""]
    assert list(data["colour"]) == ["blue", "grey", "grey"]


def test_a_ratio_has_no_share_and_over_nothing_no_figure() -> None:
    blocked = Answer(None, (826,), Parts(calls=2, blocked=2))
    data = bars([answer(724, 4, 1), blocked], ASR)
    assert list(data["shown"]) == ["25.0 %", format.NOTHING]
    assert list(data["value"]) == [25.0, 0.0]


def test_a_loss_has_no_share_and_is_written_right_of_zero() -> None:
    gain = Answer(None, (724,), Parts(calls=1, sell_cost=NOTHING.sell_cost + 3))
    loss = Answer(None, (826,), Parts(calls=1, buy_cost=NOTHING.buy_cost + 1))
    data = bars([gain, loss], MARGIN)
    assert list(data["shown"]) == ["3.00", "-1.00"]
    assert (list(data["value"]), list(data["end"])) == ([3, -1], [3, 0])


def test_a_sparkline_leaves_out_steps_that_are_not_whole() -> None:
    start = datetime(2026, 3, 9, 23, tzinfo=UTC)
    window = Window(start + timedelta(minutes=15), start + timedelta(hours=3, minutes=30))
    found = [answer(724, 10 + at, 0, start + timedelta(hours=at)) for at in range(4)]
    question = Question(window, ("country_id",), "hour", MADRID)
    assert lined_up(found, question) == {(724,): [11, 12]}


def test_an_hour_that_the_clocks_show_twice_is_two_steps_of_a_sparkline() -> None:
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    day = Window(midnight, midnight + timedelta(hours=25))
    found = [answer(724, 1, 0, midnight + timedelta(hours=at)) for at in (2, 3, 24)]
    line = lined_up(found, Question(day, ("country_id",), "hour", MADRID))[(724,)]
    assert (len(line), [at for at, calls in enumerate(line) if calls]) == (25, [2, 3, 24])


def test_a_row_holds_numbers_and_lengths_so_that_columns_sort() -> None:
    ranking = [answer(724, 3, 2), answer(826, 1)]
    data = destinations.table(
        ranking,
        {(724,): Parts(calls=2)},
        {(724,): [1, 2]},
        {724: "Spain", 826: "United Kingdom"},
        ("asr", "acd", "pdd"),
    )
    assert list(data["share"]) == [75.0, 25.0]
    assert data["change"][0] == 50.0
    assert data["change"].isna().tolist() == [False, True]
    assert list(data["course"]) == [[1, 2], []]
    assert data["acd"][0] == timedelta(seconds=60)
    assert data["acd"].isna().tolist() == [False, True]
    assert data["pdd"].isna().all()
    assert (cells.cell("minutes", Parts(billsec=90)), cells.cell("asr", NOTHING)) == (1.5, None)


@pytest.fixture
def codes(fresh_engine: Engine) -> None:
    """Calls to mobiles of Spain, to the United Kingdom, and to nobody knows where."""
    with fresh_engine.begin() as conn:
        for _ in range(3):
            add_call(conn, country_id=724, dialcode_id=346, billsec=120)
        add_call(conn, country_id=724, dialcode_id=349, billsec=0, hangup_cause_id=17)
        add_call(conn, country_id=826, dialcode_id=44, sell_cost=2, buy_cost=1)
        add_call(conn, billsec=30)
        add_call(conn, country_id=724, starting_date=NOON - timedelta(days=1))
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


@pytest.mark.usefixtures("codes")
def test_the_page_shows_every_country_and_unknown(app: Open) -> None:
    at = app("countries", **DAY)
    assert not at.exception
    data = at.dataframe[0].value.set_index("name")
    assert list(data.index) == ["Spain", "Unknown", "United Kingdom"]
    assert list(data["calls"]) == [4, 1, 1]
    assert data["share"].sum() == pytest.approx(100)
    assert data.loc["Spain", "change"] == 300.0
    assert data.loc["Spain", "asr"] == 75.0
    assert data.loc["Spain", "asr_sure"] == "30.1 to 95.4 %"
    assert data.loc["Spain", "acd"] == timedelta(minutes=2)
    assert data.loc["United Kingdom", "margin"] == 1
    assert data["course"]["Spain"][12] == 4
    assert "3 countries" in words(at)
    assert len(at.get("vega_lite_chart")) == 2


@pytest.mark.usefixtures("codes")
def test_a_country_is_opened_into_its_dial_codes(app: Open) -> None:
    at = app("countries", **DAY, level="Dial code", country="Spain", metric="Minutes")
    data = at.dataframe[0].value
    assert list(data["name"]) == ["346 Spain mobile", "349 Spain fixed"]
    assert list(data["minutes"]) == [6.0, 0.0]
    spec = at.get("vega_lite_chart")[1].proto.spec
    assert '["346 Spain mobile", "349 Spain fixed"]' in spec


UNTOLD = {"billed_minutes", "pdd", "pdd_p50", "pdd_p95", "mos", "ser", "seer", "isa"}
"""The figures that no switch of `codes` tells."""


@pytest.mark.usefixtures("codes")
@pytest.mark.parametrize("level", ["Country", "Dial code"])
def test_every_metric_can_be_chosen(app: Open, level: str) -> None:
    at = app("countries", **DAY, level=level)
    for name, metric in METRICS.items():
        at.selectbox(key="metric").set_value(metric.label).run()
        assert not at.exception
        assert len(at.dataframe) == 1
        assert (f"{metric.label}: no figure." in words(at)) == (name in UNTOLD)


@pytest.mark.usefixtures("codes")
def test_a_percentile_that_nothing_can_give_is_told_in_a_sentence(app: Open) -> None:
    year = DAY | {"from": "2025-06-01T00:00"}
    at = app("countries", **year, metric="PDD, median")
    assert not at.exception
    assert "Percentiles of more than 31 days" in at.warning[0].value


@pytest.mark.usefixtures("codes")
def test_nonsense_of_a_link_is_told_and_ten_years_are_shown(app: Open) -> None:
    years = DAY | {"from": "2016-01-01T00:00"}
    at = app("countries", **years, level="Village")
    assert not at.exception
    assert any("There is no level 'Village'." in warning.value for warning in at.warning)
    assert at.dataframe


def test_the_chart_is_built_without_data() -> None:
    spec = charts.spec("destination_bars", "Calls", 3)
    assert spec["data"] == {"name": "d"}
    assert charts.PICK in json.dumps(spec["params"])
