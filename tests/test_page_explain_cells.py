"""Explain this number, of one cell: of a step, of another period, of a number."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from cdrstats import format
from cdrstats.ui import compare_rows

from .factories import NOON
from .pages import DAY, Open, chosen_cell, led_to, metrics, selected, words
from .test_page_explain import counted, explained, facts

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

SPAIN, FRANCE = {"country_id": 724}, {"country_id": 250}
FAILED = {"billsec": 0, "hangup_cause_id": 17}
LATER = {"starting_date": NOON + timedelta(hours=2)}
DAY_BEFORE = {"starting_date": NOON - timedelta(days=1)}


def at_noon(day: int) -> str:
    """The hour from noon, as the drawer tells it."""
    first, last = (f"{day} Mar 2026 {hour}:00" for hour in (12, 13))
    return f"{first} {format.NOTHING} {last} (UTC)"


def explained_step(at: "AppTest") -> "AppTest":
    """Ask for the explanation of what is chosen in a chart over time, or in its table."""
    [button] = [one for one in at.button if str(one.key).startswith("told_chart")]
    return button.click().run()


@pytest.fixture
def two_days(fresh_engine: Engine) -> None:
    """Spain: at noon 1 of 2 answered, two hours later 1 of 1, the day before 0 of 1."""
    counted(
        fresh_engine,
        SPAIN,
        SPAIN | FAILED,
        SPAIN | LATER,
        FRANCE,
        FRANCE | FAILED | LATER,
        SPAIN | FAILED | DAY_BEFORE,
        FRANCE | DAY_BEFORE,
    )


def of_step(at: "AppTest", column: str, hour: int, name: str) -> "AppTest":
    table = at.dataframe[0].value
    [row] = [row for row, time in enumerate(table["time"]) if time.hour == hour]
    at = explained_step(chosen_cell(at, 0, row, column))
    assert list(metrics(at)) == [name]
    return at


@pytest.mark.usefixtures("two_days")
def test_a_step_of_a_line_is_explained_and_leads_to_its_calls(app: Open) -> None:
    steps = DAY | {"split": "Country", "grain": "Hour", "table": "Steps", "metric": "ASR"}
    at = of_step(app("overview", **steps), "line0", 12, r"ASR, Country\: Spain")
    said = facts(at)
    assert (said["ASR"], said["Period"]) == ("50.0 %", at_noon(10))
    assert said["Answered calls"] == "1"
    at.button(key="behind_answered").click().run()
    page, query = led_to(at)
    assert (page, query["country"], query["counted"]) == ("calls", ["Spain"], ["answered"])
    assert (query["from"], query["to"]) == (["2026-03-10T12:00"], ["2026-03-10T13:00"])


@pytest.mark.usefixtures("two_days")
def test_a_step_of_all_lines_is_explained_as_one_figure(app: Open) -> None:
    steps = DAY | {"split": "Country", "grain": "Hour", "table": "Steps", "metric": "ASR"}
    at = of_step(app("overview", **steps), "all", 14, "ASR")
    assert facts(at)["ASR"] == "50.0 %"


@pytest.mark.usefixtures("two_days")
def test_a_line_of_the_table_of_groups_is_explained(app: Open) -> None:
    at = app("overview", **DAY, split="Country", metric="ASR")
    at = explained_step(chosen_cell(at, 0, 0, "value"))
    assert metrics(at) == {r"ASR, Country\: Spain": "66.7 %"}


@pytest.mark.usefixtures("two_days")
def test_a_step_of_the_other_period_is_explained_by_its_own_calls(app: Open) -> None:
    at = app("compare", **DAY, metric="ASR", grain="Hour")
    table = at.dataframe[0].value
    [row] = [row for row, time in enumerate(table["other"]) if time.hour == 12]
    for column, day, share in (("then", 9, "50.0 %"), ("now", 10, "66.7 %")):
        said = facts(explained_step(chosen_cell(at, 0, row, column)))
        assert said["Period"] == at_noon(day)
        assert said["ASR"] == share


@pytest.mark.usefixtures("two_days")
def test_a_group_is_explained_in_both_periods(app: Open) -> None:
    at = app("compare", **DAY, metric="ASR", split="Country")
    [table] = [at for at, one in enumerate(at.dataframe) if "calls_before" in one.value]
    [row] = [at for at, name in enumerate(at.dataframe[table].value["name"]) if name == "Spain"]
    for column, day, share in (("before", 9, "0.0 %"), ("now", 10, "66.7 %")):
        at = explained(chosen_cell(at, table, row, column))
        said = facts(at)
        assert (said["Of"], said["ASR"]) == (r"Country\: Spain", share)
        assert said["Period"] == f"{day} Mar 2026 (UTC)"
    at.button(key="behind_answered").click().run()
    assert led_to(at)[1]["country"] == ["Spain"]


CALLER = {"caller_id_number": "4930"}


@pytest.mark.parametrize(
    ("role", "of", "condition"),
    [
        ("Callers", r"Caller\: 4930", "caller number equals 4930"),
        ("Called numbers", r"Called number\: 34", "destination equals 34"),
        ("Account codes", r"Account code\: A1", "account code equals A1"),
    ],
)
def test_a_figure_of_a_number_is_explained(
    app: Open, fresh_engine: Engine, role: str, of: str, condition: str
) -> None:
    ours = CALLER | {"destination_number": "34", "accountcode": "A1"}
    counted(fresh_engine, ours, ours | FAILED, ours, {"caller_id_number": "4931"})
    at = explained(chosen_cell(app("callers", **DAY, role=role), 0, 0, "asr"))
    said = facts(at)
    assert (said["Of"], said["ASR"], said["Answered calls"]) == (of, "66.7 %", "2")
    at.button(key="behind_answered").click().run()
    assert led_to(at)[1]["where"] == [condition]


def test_a_figure_of_a_first_destination_is_explained(app: Open, fresh_engine: Engine) -> None:
    ours = {"accountcode": "A1", "country_id": 724}
    counted(fresh_engine, ours, ours | FAILED, {"accountcode": "A2", "country_id": 724})
    at = app("callers", **DAY, show="First seen")
    [row] = [at for at, code in enumerate(at.dataframe[0].value["number"]) if code == "A1"]
    said = facts(explained(chosen_cell(at, 0, row, "asr")))
    assert said["Of"] == r"Account code\: A1, Country\: Spain"
    assert (said["ASR"], said["Answered calls"]) == ("50.0 %", "1")


def test_a_step_that_the_period_cuts_is_explained_as_it_was_counted(
    app: Open, fresh_engine: Engine
) -> None:
    """The period ends within the hour: so does the week before, which it is compared with."""
    week, minute = {"starting_date": NOON - timedelta(weeks=1)}, timedelta(minutes=1)
    counted(
        fresh_engine,
        *({}, {}, {"starting_date": NOON + minute}),
        *(week, week, {"starting_date": NOON - timedelta(weeks=1) + minute}),
    )
    cut = DAY | {"to": "2026-03-10T12:00:01", "metric": "Calls", "grain": "Hour"}
    at = app("compare", **cut, against=compare_rows.LAST_WEEK)
    table = at.dataframe[0].value
    [row] = [row for row, time in enumerate(table["other"]) if time.hour == 12]
    for column in ("then", "now"):
        at = chosen_cell(at, 0, row, column)
        assert int(facts(explained_step(at))["Calls"]) == table[column].iloc[row] == 2


def test_a_step_that_begins_before_the_period_is_explained_too(
    app: Open, fresh_engine: Engine
) -> None:
    calls = [{"starting_date": NOON + timedelta(seconds=at)} for at in (0, 40, 50, 3700)]
    counted(fresh_engine, *calls)
    steps = DAY | {"from": "2026-03-10T12:00:30", "grain": "Hour", "table": "Steps"}
    at = app("overview", **steps)
    for row, calls_in in ((0, 2), (1, 1)):
        assert at.dataframe[0].value["line0"].iloc[row] == calls_in
        at = explained_step(chosen_cell(at, 0, row, "line0"))
        assert facts(at)["Calls"] == str(calls_in)
    assert facts(at)["Period"].startswith("10 Mar 2026 13:00")


RETRY = {"caller_id_number": "4930", "destination_number": "44", "country_id": 724}


def test_a_step_of_calls_put_together_is_explained_as_it_was_counted(
    app: Open, fresh_engine: Engine
) -> None:
    """Tried every 25 seconds, thrice: one call of the first minute, answered in the last."""
    trials = [{"starting_date": NOON + timedelta(seconds=25 * at)} for at in range(3)]
    counted(fresh_engine, *(RETRY | FAILED | trial for trial in trials[:2]), RETRY | trials[2])
    steps = DAY | {"grain": "Minute", "table": "Steps", "metric": "ASR"}
    at = app("overview", **steps, count="Retries and legs as one")
    known = at.dataframe[0].value["line0"].dropna()
    assert list(known) == [100.0]
    said = facts(explained_step(chosen_cell(at, 0, int(known.index[0]), "line0")))
    assert said["ASR"] == "100.0 %"


def test_a_percentile_of_a_step_is_explained_as_it_was_read(
    app: Open, fresh_engine: Engine
) -> None:
    counted(fresh_engine, {"pdd_ms": 1000}, {"pdd_ms": 3000}, LATER | {"pdd_ms": 9000})
    steps = DAY | {"grain": "Hour", "table": "Steps", "metric": "PDD, 95 %"}
    at = app("overview", **steps)
    assert not at.exception
    known = at.dataframe[0].value["line0"].dropna()
    assert list(known) == [3.0, 9.0]
    at = explained_step(chosen_cell(at, 0, int(known.index[0]), "line0"))
    assert list(metrics(at).values()) == ["3.0 s"]


@pytest.mark.usefixtures("two_days")
def test_what_is_no_figure_of_a_metric_has_no_explanation(app: Open) -> None:
    for page, table, column in (("overview", 0, "least"), ("compare", 0, "by")):
        at = app(page, **DAY, metric="Calls", split="Country", grain="Hour")
        assert column in at.dataframe[table].value
        at = chosen_cell(at, table, 0, column)
        assert not [one for one in at.button if str(one.key).startswith("told_chart")]
        assert [one for one in at.button if str(one.key).startswith("calls_chart")]


@pytest.mark.usefixtures("two_days")
def test_nothing_is_told_as_the_table_has_it(app: Open) -> None:
    at = app("compare", **DAY, metric="Calls", grain="Hour")
    table = at.dataframe[0].value
    [row] = [row for row, time in enumerate(table["time"]) if time.hour == 13]
    assert table["now"].iloc[row] == 0
    assert facts(explained_step(chosen_cell(at, 0, row, "now")))["Calls"] == "0"


@pytest.mark.usefixtures("two_days")
def test_a_row_can_be_chosen_beside_a_chosen_cell(app: Open) -> None:
    """Streamlit keeps the cell: what was chosen last counts."""
    at = app("overview", **DAY, split="Country", metric="ASR")
    at = chosen_cell(at, 0, 0, "value")
    assert "**Spain**" in words(at)
    at = selected(at, 0, rows=[1], cells=[(0, "value")])
    assert "**France**" in words(at)
    at = app("dashboard", **DAY, split="Country")
    at = chosen_cell(at, -1, 0, "asr")
    at = selected(at, -1, rows=[1], cells=[(0, "asr")])
    assert led_to(at)[1]["country"] == ["France"]
