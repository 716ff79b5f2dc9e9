"""Small samples, outliers and speech quality: the worked numbers, and the edges."""

from fractions import Fraction
from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.statistics import (
    G711_PLC,
    G729A,
    deviation,
    difference_p,
    ie_effective,
    mad,
    median,
    mos_of_r,
    r_of_loss,
    robust_z,
    spread,
    wilson,
)

HISTORY = [100, 104, 98, 97, 103, 101, 99, 102]


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 2, 0.0, 65.8), (2, 10, 5.7, 51.0), (20, 100, 13.3, 28.9), (200, 1000, 17.6, 22.6)],
)
def test_wilson_bounds(successes: int, trials: int, low: float, high: float) -> None:
    """d.6"""
    bounds = wilson(successes, trials)
    assert bounds is not None
    assert [round(100 * bound, 1) for bound in bounds] == [low, high]


def test_no_trials_have_no_bounds() -> None:
    assert wilson(0, 0) is None


def test_all_or_none_of_few_leave_much_open() -> None:
    none, everything = wilson(0, 7), wilson(7, 7)
    assert none is not None
    assert everything is not None
    assert none == (0.0, pytest.approx(1 - 0.6456695649333126))
    assert everything == (pytest.approx(0.6456695649333126), 1.0)


@pytest.mark.parametrize(("successes", "trials"), [(3, 2), (-1, 2), (0, -1)])
def test_more_successes_than_trials_are_no_share(successes: int, trials: int) -> None:
    assert wilson(successes, trials) is None
    assert difference_p(successes, trials, 5, 10) is None
    assert difference_p(5, 10, successes, trials) is None


counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_the_bounds_hold_the_share_and_narrow_with_more_trials(
    count: tuple[int, int],
) -> None:
    successes, trials = count
    few, many = wilson(successes, trials), wilson(100 * successes, 100 * trials)
    assert few is not None
    assert many is not None
    assert 0 <= few[0] <= successes / trials <= few[1] <= 1
    assert many[1] - many[0] < few[1] - few[0]


def test_the_bounds_solve_the_equation_of_the_score() -> None:
    """At each bound the observed share lies 1.96 standard errors off."""
    for bound in wilson(2, 10) or ():
        error = (bound * (1 - bound) / 10) ** 0.5
        assert abs(0.2 - bound) / error == pytest.approx(1.959963984540054)


def test_two_proportions_of_many() -> None:
    """z = -1.266; chi-square of the same table has this p."""
    assert difference_p(140, 200, 255, 340) == pytest.approx(0.20550777427448969)
    assert difference_p(400, 1000, 500, 1000) == pytest.approx(7.0e-6, rel=0.02)


@pytest.mark.parametrize(
    ("table", "p"),
    [
        ((3, 4, 1, 4), 0.4857142857),  # the lady tasting tea
        ((30, 40, 980, 1000), 3.7993209e-08),
        ((5, 3005, 1, 3001), 0.2185164052),
        ((0, 100, 50, 10_000), 1.0),
    ],
)
def test_two_proportions_of_few_are_tested_exactly(
    table: tuple[int, int, int, int], p: float
) -> None:
    assert difference_p(*table) == pytest.approx(p, rel=1e-6)


def test_the_exact_test_equals_counting_all_draws() -> None:
    for trials, of_others in product((1, 4, 9), (2, 6)):
        for successes, others in product(range(trials + 1), range(of_others + 1)):
            hits = successes + others
            drawn = [
                Fraction(comb(hits, k) * comb(trials + of_others - hits, trials - k))
                for k in range(trials + 1)
                if trials - k <= trials + of_others - hits
            ]
            seen = comb(hits, successes) * comb(trials + of_others - hits, trials - successes)
            p = sum(ways for ways in drawn if ways <= seen) / sum(drawn)
            found = difference_p(successes, trials, others, of_others)
            assert found == pytest.approx(float(p))


def test_equal_shares_do_not_differ_and_nothing_cannot_be_compared() -> None:
    assert difference_p(50, 100, 500, 1000) == pytest.approx(1)
    assert difference_p(0, 100, 0, 1000) == 1
    assert difference_p(100, 100, 1000, 1000) == 1
    assert difference_p(0, 0, 5, 10) is None
    assert difference_p(5, 10, 0, 0) is None


@given(counts, counts)
def test_neither_side_of_a_comparison_is_the_first(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    forth, back = difference_p(*one, *other), difference_p(*other, *one)
    assert forth == pytest.approx(back, rel=1e-6)
    assert forth is not None
    assert 0 <= forth <= 1


def test_the_robust_z_of_the_worked_history() -> None:
    """d.6"""
    assert (median(HISTORY), mad(HISTORY), spread(HISTORY)) == (100.5, 2.0, 5.025)
    unfloored = deviation(180, median(HISTORY), mad(HISTORY))
    assert unfloored == pytest.approx(26.811375, abs=1e-12)
    assert robust_z(180, HISTORY) == pytest.approx(0.6745 * 79.5 / 5.025, abs=1e-12)
    assert round(robust_z(180, HISTORY) or 0, 2) == 10.67


def test_one_absurd_value_in_the_history_does_not_hide_another() -> None:
    spoilt = [*HISTORY[:-1], 1_000_000]
    assert (median(spoilt), mad(spoilt)) == (100.5, 2.5)
    assert robust_z(180, spoilt) == robust_z(180, HISTORY)


def test_the_spread_is_at_least_1_and_at_least_5_percent_of_the_median() -> None:
    assert spread([5, 5, 5, 5]) == 1
    assert spread([1000, 1000, 1000]) == 50
    assert spread([-1000, -1000, -1000]) == 50
    assert spread([0, 100, 200]) == 100
    assert robust_z(6, [5, 5, 5, 5]) == 0.6745
    assert robust_z(4, [5, 5, 5, 5]) == -0.6745


def test_without_a_history_nothing_is_unusual() -> None:
    assert robust_z(5, []) is None


@pytest.mark.parametrize(
    ("r", "mos"),
    [(93.2, 4.41), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.575), (0, 1.0), (100, 4.5)],
)
def test_the_opinion_of_a_rating(r: float, mos: float) -> None:
    """d.1.6; 2.575 is printed there as 2.58."""
    assert mos_of_r(r) == pytest.approx(mos, abs=0.005)


def test_the_opinion_stays_on_its_scale() -> None:
    assert [mos_of_r(r) for r in (-1, -0.001, 3, 100.001, 500)] == [1, 1, 1, 4.5, 4.5]


def test_one_per_cent_of_loss() -> None:
    """d.1.6"""
    assert ie_effective(G711_PLC, 1) == pytest.approx(95 / 26.1)
    assert round(r_of_loss(G711_PLC, 1), 2) == 89.56
    assert round(mos_of_r(r_of_loss(G711_PLC, 1)), 2) == 4.33
    assert ie_effective(G729A, 1) == pytest.approx(15.2)
    assert round(mos_of_r(r_of_loss(G729A, 1)), 2) == 3.95


def test_without_loss_only_the_codec_costs() -> None:
    assert ie_effective(G711_PLC, 0) == 0
    assert ie_effective(G729A, 0) == 11
    assert r_of_loss(G711_PLC, 0) == 93.2


def test_loss_in_bursts_costs_more_than_loss_at_random() -> None:
    assert ie_effective(G711_PLC, 5, burst_ratio=2) == pytest.approx(95 * 5 / 27.6)
    assert ie_effective(G711_PLC, 5, burst_ratio=2) > ie_effective(G711_PLC, 5)


@pytest.mark.parametrize(("loss", "burst"), [(-1, 1), (101, 1), (1, 0)])
def test_a_loss_that_cannot_be_is_refused(loss: float, burst: float) -> None:
    with pytest.raises(ValueError, match="no loss"):
        ie_effective(G711_PLC, loss, burst)
