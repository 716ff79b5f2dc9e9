"""Links that nobody would write, and the way back from any: a sentence, and a working page."""

import pytest

from .pages import DAY, Open, metrics, words

COUNTED = (
    *("dashboard", "overview", "compare", "countries", "map"),
    *("quality", "routes", "concurrent", "callers"),
)
"""The pages of figures."""


@pytest.mark.usefixtures("calls")
def test_all_filters_are_reset_at_once(app: Open) -> None:
    """Also what counts as a call, which is no filter that a chip could take off."""
    chosen = {"country": "Spain", "result": "Answered", "where": "duration >= 70"}
    at = app("dashboard", **DAY, count="Retries and legs as one", **chosen)
    assert metrics(at)["Calls"] == "2"
    at.button(key="reset").click().run()
    assert not at.exception
    assert metrics(at)["Calls"] == "3"
    assert at.session_state["count"] == "Each attempt"
    assert "counted as one" not in words(at)
    assert not any(chip.key.startswith("chip_") for chip in at.button if chip.key)
    assert at.session_state["period"] == "Custom"  # the period is no filter


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("name", [*COUNTED, "calls"])
def test_an_unknown_customer_of_a_link_shows_nothing(app: Open, name: str) -> None:
    at = app(name, **DAY, customer="Nobody Ltd")
    assert not at.exception
    assert "There is no customer called 'Nobody Ltd'" in words(at)
    assert not at.metric
    assert not at.dataframe


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("name", [*COUNTED, "calls"])
def test_an_end_before_its_start_is_turned_round_and_told(app: Open, name: str) -> None:
    at = app(name, **DAY | {"from": DAY["to"], "to": DAY["from"]})
    assert not at.exception
    assert "the two are taken the other way round" in words(at)
    assert "10 Mar 2026" in words(at)
    assert "No calls in this period." not in words(at)


@pytest.mark.usefixtures("calls")
def test_nonsense_on_the_views_page_is_told(app: Open) -> None:
    at = app("views", **DAY, by="Fun", sum_="Calls")
    assert not at.exception
    assert "There is no by 'Fun'. The rest of the link is shown." in words(at)


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("name", COUNTED)
def test_ten_years_are_told_as_any_period(app: Open, name: str) -> None:
    at = app(name, **DAY | {"from": "2016-03-11T00:00"})
    assert not at.exception
    assert "went wrong" not in words(at)
    assert "took too long" not in words(at)
    assert at.metric or at.dataframe or at.get("vega_lite_chart") or "31 days" in words(at)


@pytest.mark.usefixtures("calls")
def test_what_a_call_does_not_have_is_empty(app: Open) -> None:
    at = app("calls", **DAY)
    at.selectbox(key="new_field").set_value("call id").run()
    at.selectbox(key="new_operator_5").set_value("is empty").run()
    assert at.text_input(key="new_value").disabled
    at.button(key="add_condition").click().run()
    assert at.session_state["where"] == ["call id is empty"]
    assert len(at.dataframe[0].value) == 2
