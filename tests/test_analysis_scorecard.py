"""Carriers side by side: the figures, their bounds, and who differs by more than chance."""

from decimal import Decimal

import pytest

from cdrstats.analysis import Score, scorecard
from cdrstats.metrics import METRICS, NOTHING, Parts
from cdrstats.statistics import difference_p
from cdrstats.traffic import Key

A, B, C = (1,), (2,), (3,)


def answering(calls: int, answered: int) -> Parts:
    return Parts(calls=calls, answered=answered, delivered=answered)


def scores(**found: Parts) -> dict[str, Score]:
    keys: dict[Key, Parts] = {(name,): parts for name, parts in found.items()}
    return {str(score.key[0]): score for score in scorecard(keys)}


def test_the_figures_of_a_carrier() -> None:
    parts = Parts(
        calls=100,
        answered=20,
        delivered=60,
        short=2,
        billsec=1800,
        pdd_ms=90_000,
        pdd_calls=30,
        buy_cost=Decimal("0.9"),
    )
    (score,) = scorecard({A: parts})
    assert (score.key, score.parts, score.calls) == (A, parts, 100)
    assert (score.asr.value, score.ner.value, score.sdr.value) == (20, 60, 10)
    assert (score.acd, score.pdd, score.cost_per_minute) == (90, 3, Decimal("0.03"))


def test_the_bounds_are_in_per_cent() -> None:
    """d.6: 20 of 100, and 2 of 10."""
    (score,) = scorecard({A: Parts(calls=100, answered=20), B: NOTHING})[:1]
    assert score.asr.bounds is not None
    assert [round(bound, 1) for bound in score.asr.bounds] == [13.3, 28.9]
    (score,) = scorecard({A: Parts(calls=10, answered=10, short=2)})
    assert score.sdr.bounds is not None
    assert [round(bound, 1) for bound in score.sdr.bounds] == [5.7, 51.0]


def test_a_carrier_without_calls_has_no_figures() -> None:
    score = scores(a=answering(100, 50), b=NOTHING)["b"]
    for share in (score.asr, score.ner, score.sdr):
        assert (share.value, share.bounds, share.standing, share.p) == (
            None,
            None,
            "too few calls",
            None,
        )
    assert (score.acd, score.pdd, score.cost_per_minute) == (None, None, None)


def test_each_is_compared_with_all_others_together() -> None:
    found = scores(a=answering(1000, 500), b=answering(600, 240), c=answering(400, 160))
    assert found["a"].asr.p == difference_p(500, 1000, 400, 1000)
    assert found["b"].asr.p == difference_p(240, 600, 660, 1400)
    assert {name: score.asr.standing for name, score in found.items()} == {
        "a": "better",
        "b": "worse",
        "c": "worse",
    }


def test_a_difference_that_chance_makes_is_none() -> None:
    """52 % and 50 % of 1,000 calls each: p = 0.37."""
    found = scores(a=answering(1000, 520), b=answering(1000, 500))
    assert {score.asr.standing for score in found.values()} == {"alike"}
    assert found["a"].asr.p == pytest.approx(0.371, abs=0.001)


def test_fewer_than_thirty_calls_on_either_side_tell_nothing() -> None:
    def standings(few: int) -> set[str]:
        found = scores(few=answering(few, 0), many=answering(1000, 900))
        return {score.asr.standing for score in found.values()}

    assert standings(29) == {"too few calls"}
    assert standings(30) == {"better", "worse"}


def test_a_carrier_alone_has_nobody_to_differ_from() -> None:
    assert scores(a=answering(1000, 500))["a"].asr.standing == "too few calls"


def test_more_short_calls_are_worse() -> None:
    found = scores(
        a=Parts(calls=1000, answered=500, short=100),
        b=Parts(calls=1000, answered=500, short=20),
    )
    assert (found["a"].sdr.standing, found["b"].sdr.standing) == ("worse", "better")


def test_short_calls_are_told_of_thirty_answered_ones() -> None:
    found = scores(
        a=Parts(calls=1000, answered=29, short=29), b=Parts(calls=1000, answered=500)
    )
    assert {score.sdr.standing for score in found.values()} == {"too few calls"}
    assert {score.asr.standing for score in found.values()} == {"better", "worse"}


def test_a_rare_case_is_tested_exactly() -> None:
    found = scores(a=answering(40, 30), b=answering(1000, 980))
    assert found["a"].asr.p == pytest.approx(3.7993209e-08, rel=1e-6)
    assert found["a"].asr.standing == "worse"


def test_the_busiest_come_first_and_equals_by_key() -> None:
    found = scorecard({B: answering(5, 1), C: answering(9, 1), A: answering(5, 1)})
    assert [score.key for score in found] == [C, A, B]


def test_no_carriers_have_no_scores() -> None:
    assert scorecard({}) == []


def test_the_figures_are_those_of_the_registry() -> None:
    parts = Parts(
        calls=70, answered=31, delivered=50, short=4, billsec=999, pdd_ms=7, pdd_calls=3
    )
    (score,) = scorecard({A: parts})
    found = {"asr": score.asr.value, "ner": score.ner.value, "sdr": score.sdr.value}
    found |= {"acd": score.acd, "pdd": score.pdd, "calls": score.calls}
    assert found == {name: METRICS[name].of(parts) for name in found}
