"""What windows are judged to be: every sequence and number of d.6, and what always holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.alarms import Decision, Rule, State, judge, judge_all, verdict
from cdrstats.statistics import wilson

from .alarms import HOUR, MINUTE, a_rule, hour, judged, seen


def told(rule: Rule, *windows: tuple[float | None, int]) -> list[str]:
    return [each.told for each in judged(rule, *windows)]


def events(rule: Rule, *windows: tuple[float | None, int]) -> dict[int, str]:
    found = judged(rule, *windows)
    return {n: each.event for n, each in enumerate(found) if each.event}


def test_the_worked_sequence_of_hysteresis() -> None:
    """d.6: fire < 40, clear >= 45 for 2 windows, min 50."""
    rule = a_rule(threshold=40, clear_at=45, clear_windows=2, min_calls=50)
    sequence = [
        *((50, 100), (39, 100), (38, 100), (44, 100)),
        *((46, 100), (47, 100), (0, 2), (39, 100)),
    ]
    assert events(rule, *sequence) == {1: "fired", 5: "cleared", 7: "fired"}
    assert [each.verdict for each in judged(rule, *sequence)] == [
        *("calm", "fires", "fires", "between"),
        *("calm", "calm", "insufficient", "fires"),
    ]


def test_less_and_greater_are_strict() -> None:
    less = a_rule(threshold=40)
    assert [verdict(less, seen(0, value)) for value in (39.999, 40, 41)] == [
        *("fires", "calm", "calm")
    ]
    greater = a_rule(condition="greater", metric="pdd", threshold=3)
    assert [verdict(greater, seen(0, value)) for value in (3.001, 3, 2)] == [
        *("fires", "calm", "calm")
    ]


@pytest.mark.parametrize(
    ("condition", "previous", "value", "measured"),
    [
        ("decrease", 80, 40, 40),
        ("increase", 40, 80, 40),
        ("decrease_percent", 80, 40, 50),  # not the symmetric 66.67
        ("increase_percent", 40, 80, 100),
        ("decrease_percent", -10, -20, 100),  # a margin
        ("decrease", 40, 80, -40),
        ("increase_percent", 80, 40, -50),
    ],
)
def test_changes_are_signed_and_strict(
    condition: Any, previous: float, value: float, measured: float
) -> None:
    window = seen(0, value, previous=previous, previous_calls=100)
    for threshold, expected in ((measured, "calm"), (measured - 0.001, "fires")):
        rule = a_rule(condition=condition, threshold=threshold, compare="previous")
        assert verdict(rule, window) == expected


def test_a_percentage_of_nothing_is_insufficient() -> None:
    for condition in ("decrease_percent", "increase_percent"):
        rule = a_rule(condition=condition, threshold=10, compare="previous")
        assert verdict(rule, seen(0, 40, previous=0, previous_calls=9)) == "insufficient"
        assert verdict(rule, seen(0, 40)) == "insufficient"
        assert verdict(rule, seen(0, None, previous=3, previous_calls=9)) == "insufficient"


def test_a_minimum_of_calls_is_of_both_ratios_and_of_one_of_two_sums() -> None:
    ratio = a_rule(condition="decrease", threshold=5, compare="week", min_calls=50)
    assert verdict(ratio, seen(0, 20, 100, previous=60, previous_calls=49)) == "insufficient"
    assert verdict(ratio, seen(0, 20, 49, previous=60, previous_calls=100)) == "insufficient"
    assert verdict(ratio, seen(0, 20, 50, previous=60, previous_calls=50)) == "fires"
    total = replace(ratio, metric="calls", condition="decrease_percent", threshold=50)
    assert verdict(total, seen(0, 0, 0, previous=1000, previous_calls=1000)) == "fires"
    assert verdict(total, seen(0, 0, 0, previous=49, previous_calls=49)) == "insufficient"


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 2, 0.0, 65.8), (2, 10, 5.7, 51.0), (20, 100, 13.3, 28.9), (200, 1000, 17.6, 22.6)],
)
def test_by_chance_it_fires_only_below_the_upper_bound(
    successes: int, trials: int, low: float, high: float
) -> None:
    """d.6: the bounds, and a threshold on either side of each."""
    found = wilson(successes, trials)
    assert found is not None
    bounds = (found[0] * 100, found[1] * 100)
    assert [round(bound, 1) for bound in bounds] == [low, high]
    window = seen(0, 100 * successes / trials, trials, bounds=bounds)
    for threshold, fires in ((high + 0.1, True), (high - 0.1, False)):
        rule = a_rule(threshold=threshold, by_chance=True)
        assert (verdict(rule, window) == "fires") == fires
    for threshold, fires in ((low - 0.1, True), (low + 0.1, False)):
        rule = a_rule(condition="greater", threshold=threshold, by_chance=True)
        assert (verdict(rule, window) == "fires") == fires
    assert verdict(a_rule(by_chance=True), replace(window, bounds=None)) == "insufficient"


def test_the_robust_deviation_has_a_side() -> None:
    window = seen(0, 180, z=10.67)
    for condition, expected in (("high", "fires"), ("unusual", "fires"), ("low", "calm")):
        rule = a_rule(metric="calls", condition=condition, threshold=3.5)
        assert verdict(rule, window) == expected
        mirrored = {"high": "calm", "low": "fires", "unusual": "fires"}[condition]
        assert verdict(rule, replace(window, z=-10.67)) == mirrored
        assert verdict(rule, replace(window, z=None)) == "insufficient"


FIRES, CALM = (30.0, 100), (50.0, 100)


def test_what_is_insufficient_does_not_break_a_row_of_calm_windows() -> None:
    rule = a_rule(clear_windows=2, min_calls=50)
    assert events(rule, FIRES, CALM, (0.0, 2), CALM) == {0: "fired", 3: "cleared"}
    assert events(rule, FIRES, CALM, FIRES, CALM) == {0: "fired"}


def test_maintenance_says_nothing() -> None:
    rule = a_rule()
    state, decision = judge(rule, State(), seen(0, 1), "maintenance")
    assert (state, decision.verdict, decision.told) == (State(), "maintenance", "")
    state, _ = judge(rule, State(), seen(0, 1))
    assert judge(rule, state, seen(1, 99), "maintenance")[0] == state


def test_people_are_told_again_and_once_more() -> None:
    rule = a_rule(renotify=2 * HOUR, escalate=3 * HOUR)
    assert told(rule, *[FIRES] * 7, CALM) == [
        *("fired", "", "again", "escalated", "", "again", "", "cleared")
    ]


def test_after_a_cool_down_a_firing_that_goes_on_is_told() -> None:
    rule = a_rule(cooldown=4 * HOUR)
    short = told(rule, FIRES, CALM, FIRES, CALM, FIRES, FIRES)
    assert short == ["fired", "cleared", "", "", "fired", ""]
    assert told(rule, FIRES, CALM, FIRES, FIRES, FIRES) == ["fired", "cleared", "", "", "fired"]


def test_a_muted_rule_is_judged_and_told_of_when_it_speaks_again() -> None:
    rule = a_rule(muted_until=hour(2).end + 5 * MINUTE)
    assert told(rule, FIRES, FIRES, FIRES) == ["", "", "fired"]
    assert told(rule, FIRES, CALM, CALM) == ["", "", ""]  # nobody knew of it
    muted = replace(rule, muted_until=None)
    state, _ = judge_all(muted, State(), [(seen(0, 30), None)])
    _, later = judge_all(rule, state, [(seen(n, 50), None) for n in (1, 2)])
    assert [each.told for each in later] == ["", "cleared"]


def test_quiet_hours_are_those_of_the_rules_clocks_and_critical_ones_pass() -> None:
    """Hours end at 01:05, 02:05, ... in UTC; in Madrid an hour later."""
    night = {"quiet_from": time(22), "quiet_until": time(5), "zone": ZoneInfo("Europe/Madrid")}
    assert told(a_rule(**night), *[FIRES] * 5) == ["", "", "", "fired", ""]
    assert told(a_rule(**night, severity="critical"), FIRES, FIRES) == ["fired", ""]
    day = a_rule(quiet_from=time(2), quiet_until=time(4))
    assert told(day, CALM, FIRES, FIRES, FIRES) == ["", "", "", "fired"]


windows = st.lists(
    st.tuples(st.one_of(st.none(), st.floats(0, 100)), st.integers(0, 200)), max_size=40
)
rules = st.builds(
    a_rule,
    threshold=st.just(40),
    clear_at=st.sampled_from([40, 45, 60]),
    clear_windows=st.integers(1, 4),
    min_calls=st.sampled_from([0, 50]),
    cooldown=st.sampled_from([timedelta(), 3 * HOUR]),
    renotify=st.sampled_from([timedelta(), 2 * HOUR]),
    escalate=st.sampled_from([timedelta(), 4 * HOUR]),
    muted_until=st.sampled_from([None, hour(5).end]),
    severity=st.sampled_from(["warning", "critical"]),
    quiet_from=st.sampled_from([time(1), time(20)]),
    quiet_until=st.sampled_from([time(3), time(20)]),
)


@given(rules, windows)
def test_firing_and_clearing_alternate(
    rule: Rule, given_windows: Sequence[tuple[float | None, int]]
) -> None:
    found = judged(rule, *given_windows)
    happened = [each.event for each in found if each.event]
    assert happened[::2] == ["fired"] * len(happened[::2])
    assert happened[1::2] == ["cleared"] * len(happened[1::2])
    firing = False
    for each in found:
        firing = {"fired": True, "cleared": False, "": firing}[each.event]
        assert each.firing == firing
        assert each.event != "fired" or each.verdict == "fires"
        assert each.event != "cleared" or each.verdict == "calm"


@given(rules, windows)
def test_people_are_told_of_an_end_only_if_they_know_of_a_beginning(
    rule: Rule, given_windows: Sequence[tuple[float | None, int]]
) -> None:
    found = judged(rule, *given_windows)
    know = False
    for each in found:
        assert (each.told in ("again", "escalated", "cleared")) <= know
        assert each.told != "fired" or not know
        assert each.told in ("", "cleared") or each.firing
        know = {"": know, "cleared": False}.get(each.told, True)
    alarmed = [each for each in found if each.told == "fired"]
    for one, other in pairwise(alarmed):
        assert other.seen.window.end - one.seen.window.end >= rule.cooldown


@given(rules, windows, st.integers(0, 40))
def test_a_restart_between_any_two_windows_changes_nothing(
    rule: Rule, given_windows: Sequence[tuple[float | None, int]], cut: int
) -> None:
    line: list[Any] = [(seen(n, *window), None) for n, window in enumerate(given_windows)]
    state, first = judge_all(rule, State(), line[:cut])
    _, rest = judge_all(rule, state, line[cut:])
    whole: list[Decision] = judge_all(rule, State(), line)[1]
    assert [*first, *rest] == whole
