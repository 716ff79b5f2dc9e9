"""The check that every chart of every test of a page goes through."""

import jsonschema_rs
import pytest

from .vega_lite import hold_against_schema

CHART = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a"}}}


def test_a_chart_is_let_through() -> None:
    hold_against_schema(CHART)


@pytest.mark.parametrize(
    "wrong", [{"mark": "nonsense"}, {"encoding": {"x": {"feld": "a"}}}, {"layer": "a"}]
)
def test_what_vega_lite_does_not_know_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(jsonschema_rs.ValidationError):
        hold_against_schema(CHART | wrong)
