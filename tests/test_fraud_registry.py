"""What is known of the rules beside their statements."""

from datetime import timedelta
from importlib.resources import files as files_of
from typing import Any

import pytest
from sqlalchemy import Connection

from cdrstats.clock import Window
from cdrstats.errors import BadRequest, NotFound
from cdrstats.fraud import RULES, checked, figures_in_words, rule_named, score
from cdrstats.fraud.measure import Measure
from cdrstats.fraud.rules import reach, spans

from .factories import NOON
from .fraud import asked

HOUR = timedelta(hours=1)


def keys(cases: list[Any]) -> list[str]:
    return [case.key for case in cases]


def numbers(count: int, distinct: int) -> list[str]:
    """So many numbers, of which so many differ; none is the next of another."""
    return [f"00346501{(n % distinct) * 7:05}" for n in range(count)]


# The registry


def test_figures_in_words() -> None:
    given = {"window_s": 3600, "fast_ms": 1000, "open_from": 8, "cost": None}
    assert figures_in_words(given) == "window 3600 s, fast 1000 ms, open from 8"


def test_what_no_call_tells_says_why(conn: Connection) -> None:
    assert {rule.id for rule in RULES.values() if rule.not_judged} == {"F13", "F17"}
    assert list(RULES) == [f"F{n}" for n in range(1, 21)]


def test_who_adds_up_all_customers_says_so() -> None:
    told = {rule.id for rule in RULES.values() if rule.of_all}
    files = (files_of("cdrstats.fraud") / "sql").iterdir()
    adding = {file.name for file in files if "0 AS user_id" in file.read_text("utf-8")}
    assert adding == {f"f{id[1:]:0>2}.sql" for id in told}


def test_a_score_is_of_its_reasons_and_at_most_a_hundred() -> None:
    rule = rule_named("f1")
    assert score(rule, ["off_hours", "calls"]) == 60
    assert score(rule, rule.weights) == 100
    for each in RULES.values():
        assert each.not_judged or min(each.weights.values()) > 0


@pytest.mark.parametrize(
    ("rule", "name", "given", "said"),
    [
        ("F4", "calls", "-1", "0 or more"),
        ("F4", "calls", "nan", "0 or more"),
        ("F4", "calls", "1.5", "whole"),
        ("F4", "window_s", "0", "window"),
        ("F9", "invalid_share", "20", "share"),
        ("F4", "ring_s", "1", "no threshold"),
        ("F13", "calls", "1", "mobile network"),
        ("F19", "numbers", "*97\n", "one line"),
    ],
)
def test_a_threshold_that_cannot_be_is_told_where_it_is_entered(
    rule: str, name: str, given: str, said: str
) -> None:
    with pytest.raises(BadRequest, match=said):
        checked(rule_named(rule), name, given)


def test_a_threshold_that_can_be() -> None:
    assert checked(rule_named("F4"), "calls", "12") == 12
    assert checked(rule_named("F2"), "dear", "0.25") == 0.25
    assert checked(rule_named("F19"), "numbers", " *97  vm ") == "*97 vm"
    with pytest.raises(NotFound):
        rule_named("F21")


def test_what_is_looked_at_is_looked_at_once() -> None:
    minute = timedelta(minutes=1)
    hours = [Window(NOON + HOUR * n, NOON + HOUR * n + minute) for n in (5, 0, 1)]
    looked = spans(hours, HOUR)
    assert [(each.start, each.end - minute) for each in looked] == [
        (NOON - HOUR, NOON + HOUR * 2 + timedelta(microseconds=1)),
        (NOON + HOUR * 4, NOON + HOUR * 6 + timedelta(microseconds=1)),
    ]
    assert reach([]) == HOUR
    assert reach([(asked("F14").rule, asked("F14").thresholds)]) == HOUR * 6


def test_precision_and_recall() -> None:
    assert (Measure(19, 1, 1).recall, Measure(19, 1, 1).precision) == (0.95, 0.95)
    assert (Measure(0, 0, 0).recall, Measure(0, 0, 0).precision) == (None, None)
