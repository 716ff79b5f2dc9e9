"""Explain this number: what the drawer says of a figure, and where its buttons lead."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from sqlalchemy import Engine

from cdrstats import aggregates
from cdrstats.filters import CutOff
from cdrstats.ui.by_value import EXPLAINS

from .factories import NOON, add_call
from .pages import DAY, Open, chosen, chosen_cell, led_to, metrics, words

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

YEAR = DAY | {"from": "2026-01-01T00:00", "to": "2026-04-01T00:00"}


def counted(engine: Engine, *calls: dict[str, object]) -> None:
    """Make calls at noon and bring the roll-ups up to date."""
    with engine.begin() as conn:
        for call in calls:
            add_call(conn, **call)
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


def told(at: "AppTest", name: str, place: str = "explain") -> dict[str, str]:
    """All that the drawer says of a figure, by its heading."""
    at.button(key=f"{place}_{name}").click().run()
    return facts(at)


def explained(at: "AppTest") -> "AppTest":
    """Ask for the explanation of the figure that is chosen in a table."""
    [button] = [one for one in at.button if str(one.key).startswith("told_table")]
    return button.click().run()


def facts(at: "AppTest") -> dict[str, str]:
    """All that the drawer says, by its heading."""
    assert not at.exception
    tables = [one.value for one in at.table if list(one.value.columns) == ["value"]]
    return {row: value for one in tables for row, value in one["value"].items()}


@pytest.mark.usefixtures("calls")
def test_a_share_is_told_with_its_parts_its_bounds_and_its_calls(app: Open) -> None:
    at = app("dashboard", **DAY)
    said = told(at, "asr")
    assert said["Answered calls"] == "2"
    assert said["of calls that obtained a circuit"] == "3"
    assert said["ASR"] == "66.7 %"
    assert said["Period"] == "10 Mar 2026 (UTC)"
    assert said["Filters"] == "none: all calls count"
    assert said["Data cut-off"] == "none: whatever has come in counts"
    assert said["Newest call"] == "10 Mar 2026 12:00:00"
    assert said["Read from"].startswith("rollup_")
    assert "a true share of 20.8 % to 93.9 % may show as this (95 %, Wilson)" in words(at)
    at.button(key="behind_answered").click().run()
    [script] = [one.proto.body for one in at.get("html") if "location.assign" in one.proto.body]
    address = json.loads(script.partition("assign(")[2].partition(")</script>")[0])
    assert parse_qs(address.partition("?")[2])["counted"] == ["answered"]


def test_filters_and_the_cut_off_of_a_link_are_told(app: Open, fresh_engine: Engine) -> None:
    spain = {"country_id": 724, "import_id": 1}
    counted(fresh_engine, spain, spain | {"import_id": 2})
    where = {"result": "Answered", "country": "Spain", "where": "talk time > 6"}
    at = app("dashboard", **DAY, **where, asof=CutOff(1, NOON).text())
    said = told(at, "calls")
    assert said["Calls"] == "1"
    assert said["Filters"] == r"Country\: Spain, Result\: Answered, talk time \> 6"
    assert said["Data cut-off"] == "what was in on 10 Mar 2026 12:00:00"
    assert said["Read from"] == "the calls themselves"


def test_a_figure_of_all_is_read_from_rollups_unless_they_changed(
    app: Open, fresh_engine: Engine
) -> None:
    counted(fresh_engine, {"import_id": 1})
    said = told(app("dashboard", **DAY), "calls")
    assert said["Read from"].startswith("rollup_")
    said = told(app("dashboard", **DAY, asof=CutOff(1, NOON).text()), "calls")
    assert said["Read from"].startswith("rollup_")
    assert said["Read from"].endswith(", the calls themselves")


@pytest.mark.parametrize(
    ("period", "source", "sure"),
    [
        (DAY, "the calls themselves", "Over 2 calls; exact."),
        (YEAR, "rollup_pdd_day", "Over 2 calls; "),
    ],
    ids=["a day", "a quarter"],
)
def test_a_percentile_is_told_by_where_it_is_read(
    app: Open, fresh_engine: Engine, period: dict[str, str], source: str, sure: str
) -> None:
    counted(fresh_engine, {"pdd_ms": 1000}, {"pdd_ms": 2000}, {})
    at = app("overview", **period, metric="PDD, median")
    assert not at.exception
    assert "take filters and splits off" not in words(at)
    said = told(at, "pdd_p50", "overview")
    assert said["Read from"] == source
    assert sure in words(at)


def test_countries_of_a_long_period_have_no_percentile_and_nonsense_is_told(
    app: Open, fresh_engine: Engine
) -> None:
    counted(fresh_engine, {"pdd_ms": 1000})
    at = app("overview", **YEAR, metric="PDD, median", shape="Nonsense")
    assert "pdd_p50" not in at.dataframe[1].value
    assert list(at.dataframe[1].value["calls"]) == [1]
    at = app("overview", **DAY, metric="PDD, median")
    assert list(at.dataframe[1].value["pdd_p50"]) == [1.0]


@pytest.mark.parametrize("link", [{"counted": "blocked"}, {"asof": CutOff(0, NOON).text()}])
def test_a_link_that_leaves_no_calls_offers_to_take_its_filter_off(
    app: Open, fresh_engine: Engine, link: dict[str, str]
) -> None:
    counted(fresh_engine, {"import_id": 1})
    at = app("dashboard", **DAY, **link)
    assert "No calls match these filters." in words(at)
    clear = next(one for one in at.button if one.label == "Clear filters")
    assert "No calls" not in words(clear.click().run())
    assert not at.query_params.keys() & link.keys()


@pytest.mark.usefixtures("calls")
def test_a_figure_of_a_table_is_that_of_its_row(app: Open) -> None:
    at = app("countries", **DAY, result="Answered")
    [spain] = [row for row, name in enumerate(at.dataframe[0].value["name"]) if name == "Spain"]
    at = explained(chosen_cell(at, 0, spain, "minutes"))
    said = facts(at)
    assert metrics(at) == {r"Minutes, Country\: Spain": "3.0"}
    assert said["Seconds from answer to hang-up"] == "180"
    assert said["Of"] == r"Country\: Spain"
    assert said["Filters"] == r"Result\: Answered"
    at.button(key="behind_answered").click().run()
    page, query = led_to(at)
    assert page == "calls"
    assert query["country"] == ["Spain"]
    assert (query["result"], query["counted"]) == (["Answered"], ["answered"])


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("page", "column", "figure", "table"),
    [
        ("dashboard", "asr", "ASR", -1),
        ("overview", "calls", "Calls", -1),
        ("map", "value", "Calls", -1),
        ("quality", "calls", "Calls", -1),
    ],
)
def test_tables_of_each_page_explain_their_figures_and_lead_to_calls(
    app: Open, page: str, column: str, figure: str, table: int
) -> None:
    at = explained(chosen_cell(app(page, **DAY, split="Country"), table, 0, column))
    assert facts(at)["Of"].startswith("Country")
    assert any(label.startswith(f"{figure}, Country") for label in metrics(at))
    name = "country" if page == "overview" else "name"
    named = chosen_cell(app(page, **DAY, split="Country"), table, 0, name)
    assert not any(str(button.key).startswith("told_table") for button in named.button)
    [calls] = [one for one in named.button if str(one.key).startswith("calls_table")]
    for at in (calls.click().run(), chosen(app(page, **DAY, split="Country"), table, 0)):
        assert led_to(at)[1]["country"] == [at.dataframe[table].value[name][0]]


def test_a_route_is_told_with_its_destination(app: Open, fresh_engine: Engine) -> None:
    spain = {"country_id": 724}
    counted(fresh_engine, spain, spain | {"billsec": 0}, {"country_id": 826})
    at = app("routes", **DAY, route="Switch", destination="Spain")
    said = facts(explained(chosen_cell(at, 0, 0, "asr")))
    assert said["Of"] == r"Country\: Spain, Switch\: Unknown"
    assert said["ASR"] == "50.0 %"


def test_calls_without_account_code_have_their_figures_and_a_link(
    app: Open, fresh_engine: Engine
) -> None:
    counted(fresh_engine, {"accountcode": ""}, {"accountcode": "A1"}, {"accountcode": "A1"})
    at = app("dashboard", **DAY, split="Account code")
    [row] = [at for at, name in enumerate(at.dataframe[-1].value["name"]) if name[0] == "N"]
    at = explained(chosen_cell(at, -1, row, "calls"))
    said = facts(at)
    assert (said["Calls"], said["Of"]) == ("1", r"Account code\: No account code")
    at.button(key="behind_").click().run()
    _, query = led_to(at)
    assert query["where"] == ["account code is empty"]
    assert metrics(app("dashboard", **DAY, where=query["where"]))["Calls"] == "1"


RETRIED = {"caller_id_number": "4930", "destination_number": "44"}
BUSY = RETRIED | {"billsec": 0, "hangup_cause_id": 17, "country_id": 724}
LATER = RETRIED | {"starting_date": NOON + timedelta(seconds=20), "country_id": 826}
AS_ONE = {"count": "Retries and legs as one"}


def test_a_figure_is_that_of_its_table_also_where_retries_are_one(
    app: Open, fresh_engine: Engine
) -> None:
    """The call counts where it was tried first, and was answered there, at the second trial."""
    counted(fresh_engine, BUSY, LATER)
    at = app("dashboard", **DAY, **AS_ONE, split="Country")
    assert list(at.dataframe[-1].value["asr"]) == [100.0]
    said = facts(explained(chosen_cell(at, -1, 0, "asr")))
    assert (said["Of"], said["ASR"]) == (r"Country\: Spain", "100.0 %")


@pytest.mark.parametrize("page", ["countries", "map", "routes"])
def test_calls_put_together_are_there_though_no_attempt_is(
    app: Open, fresh_engine: Engine, page: str
) -> None:
    counted(fresh_engine, BUSY, LATER)
    first = DAY | {"from": "2026-03-10T12:00", "to": "2026-03-10T12:00:10"} | AS_ONE
    there = app(page, **first, result="Answered")
    assert "No calls match these filters." not in words(there)
    away = app(page, **DAY, **AS_ONE, result="Busy")
    assert "No calls match these filters." in words(away)
    assert not away.dataframe


@pytest.mark.usefixtures("calls")
def test_a_chosen_figure_stays_that_of_its_row_or_is_none(app: Open) -> None:
    at = app("dashboard", **DAY, split="Country")
    [row] = [at for at, name in enumerate(at.dataframe[-1].value["name"]) if name[0] == "U"]
    at = chosen_cell(at, -1, row, "asr")
    chosen = r"ASR, Country\: United Kingdom"
    assert chosen in words(at)
    at.multiselect(key="country").set_value(["United Kingdom"]).run()
    assert chosen in words(at)
    at.multiselect(key="country").set_value(["Spain"]).run()
    assert "ASR, Country" not in words(at)
    assert EXPLAINS in words(at)


@pytest.mark.usefixtures("calls")
def test_a_code_that_no_filter_can_name_has_its_figures_and_no_link(
    app: Open, fresh_engine: Engine
) -> None:
    counted(fresh_engine, {"accountcode": " A1"})
    at = app("dashboard", **DAY, split="Account code")
    [row] = [at for at, name in enumerate(at.dataframe[-1].value["name"]) if name == " A1"]
    at = chosen_cell(at, -1, row, "asr")
    assert not any(str(button.key).startswith("calls_table") for button in at.button)
    assert "Calls" not in facts(explained(at))
