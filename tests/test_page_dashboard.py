"""The Dashboard: its table of figures, and periods that stand the wrong way round."""

from datetime import timedelta

import pytest

from cdrstats.ui.dimensions import DIMENSIONS

from .pages import DAY, Open, chosen, led_to, metrics, words


@pytest.mark.usefixtures("calls")
def test_figures_stand_by_whatever_calls_have(app: Open) -> None:
    for label in DIMENSIONS:
        at = app("dashboard", **DAY, split=label)
        assert not at.exception
        assert sum(at.dataframe[0].value["calls"]) == 3, label
    at = app("dashboard", **DAY, split="Hangup cause")
    page, link = led_to(chosen(at, 0, 1))
    assert (page, link["cause"]) == ("calls", ["User busy (17)"])


@pytest.mark.usefixtures("calls")
def test_figures_sort_as_numbers_and_those_of_few_calls_have_bounds(app: Open) -> None:
    data = app("dashboard", **DAY, split="Country").dataframe[0].value.set_index("name")
    spain = data.loc["Spain"]
    assert (spain["calls"], spain["asr"], spain["margin"]) == (2, 100.0, 2.0)
    assert spain["acd"] == timedelta(seconds=90)
    assert data["acd"].isna()["United Kingdom"]
    assert spain["asr_sure"]


@pytest.mark.usefixtures("calls")
def test_a_split_that_does_not_exist_is_told(app: Open) -> None:
    assert "There is no split 'Colour'." in words(app("dashboard", **DAY, split="Colour"))


@pytest.mark.usefixtures("calls")
def test_an_end_before_its_start_is_taken_the_other_way_round(app: Open) -> None:
    swapped = DAY | {"from": DAY["to"], "to": DAY["from"]}
    at = app("dashboard", **swapped)
    assert "the two are taken the other way round" in words(at)
    assert metrics(at)["Calls"] == metrics(app("dashboard", **DAY))["Calls"] == "3"
    own = {"against": "Own dates", "then_from": DAY["from"], "then_to": "2026-03-09T00:00"}
    assert "the two are taken the other way round" in words(app("compare", **DAY, **own))
    assert "the other way round" not in words(app("compare", **DAY))
