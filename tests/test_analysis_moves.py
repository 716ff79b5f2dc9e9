"""Why a figure moved: the effects add up to the change exactly, whatever came and went."""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.analysis import Effect, Move, move_of, sentence
from cdrstats.errors import BadRequest
from cdrstats.metrics import METRICS, Metric, Parts
from cdrstats.traffic import Key

A, B, C, D = ("A",), ("B",), ("C",), ("D",)
ASR, ACD, CALLS = METRICS["asr"], METRICS["acd"], METRICS["calls"]


def named(key: Key) -> str:
    return str(key[0])


def asr_move() -> Move:
    """d.1.5: A 60 % -> 30 % of the attempts at 50 %, B 40 % -> 70 % at 20 %."""
    before = {A: Parts(calls=600, answered=300), B: Parts(calls=400, answered=80)}
    now = {A: Parts(calls=30, answered=15), B: Parts(calls=70, answered=14)}
    return move_of(ASR, now, before)


def effects(move: Move) -> dict[Key, tuple[Fraction | None, Fraction | None]]:
    return {effect.key: (effect.mix, effect.rate) for effect in move.effects}


def test_the_worked_example_is_all_mix() -> None:
    """d.1.5"""
    move = asr_move()
    assert (move.before, move.now, move.change) == (38, 29, -9)
    assert (move.mix, move.rate) == (-9, 0)
    assert effects(move) == {A: (Fraction("-4.95"), 0), B: (Fraction("-4.05"), 0)}
    assert move.effects[0] == Effect(
        key=A,
        effect=Fraction("-4.95"),
        mix=Fraction("-4.95"),
        rate=Fraction(0),
        before=Fraction(50),
        now=Fraction(50),
        share_before=Fraction(6, 10),
        share_now=Fraction(3, 10),
    )


def test_the_sentence_of_the_worked_example() -> None:
    assert sentence(asr_move(), named) == (
        "ASR fell by 9.0 points, from 38.0 % to 29.0 %: -9.0 by the mix, 0.0 by the rates;"
        " most of it A (-5.0)."
    )


def test_a_rate_that_falls_at_the_same_mix_is_all_rate() -> None:
    before = {A: Parts(calls=100, answered=50), B: Parts(calls=100, answered=50)}
    now = {A: Parts(calls=10, answered=5), B: Parts(calls=10, answered=3)}
    move = move_of(ASR, now, before)
    assert effects(move) == {A: (0, 0), B: (0, -10)}
    assert sentence(move, named) == (
        "ASR fell by 10.0 points, from 50.0 % to 40.0 %: 0.0 by the mix, -10.0 by the rates;"
        " all of it B (-10.0)."
    )


def test_a_key_that_comes_is_all_mix() -> None:
    before = {A: Parts(calls=100, answered=60)}
    now = {A: Parts(calls=100, answered=60), B: Parts(calls=100, answered=20)}
    move = move_of(ASR, now, before)
    assert (move.change, move.rate) == (-20, 0)
    # The share of B went from 0 to 1/2, its rate is 20, the middle of 60 and 40 is 50.
    assert effects(move) == {A: (-5, 0), B: (-15, 0)}
    (b,) = (effect for effect in move.effects if effect.key == B)
    assert (b.before, b.now, b.share_before, b.share_now) == (None, 20, 0, Fraction(1, 2))


def test_a_key_that_goes_is_all_mix() -> None:
    before = {A: Parts(calls=100, answered=60), B: Parts(calls=100, answered=20)}
    now = {A: Parts(calls=100, answered=60)}
    assert effects(move_of(ASR, now, before)) == {A: (5, 0), B: (15, 0)}


def test_the_weights_are_shares_of_what_the_metric_divides_by() -> None:
    """For ACD the answered calls: unanswered attempts weigh nothing."""
    before = {A: Parts(1000, answered=10, billsec=600), B: Parts(10, answered=10, billsec=1200)}
    now = {A: Parts(10, answered=10, billsec=600), B: Parts(500, answered=10, billsec=1000)}
    move = move_of(ACD, now, before)
    assert [effect.share_now for effect in move.effects] == [Fraction(1, 2)] * 2
    assert effects(move) == {A: (0, 0), B: (0, -10)}


def test_a_key_without_answers_weighs_nothing_in_acd() -> None:
    before = {A: Parts(calls=10, answered=5, billsec=300), B: Parts(calls=10)}
    now = {A: Parts(calls=10, answered=5, billsec=350), B: Parts(calls=10)}
    move = move_of(ACD, now, before)
    assert effects(move) == {A: (0, 10), B: (0, 0)}
    assert move.effects[-1].before is None


def test_a_cost_without_a_sale_is_a_rate_effect() -> None:
    before = {A: Parts(buy_cost=Decimal(50), sell_cost=Decimal(100))}
    now = {
        A: Parts(buy_cost=Decimal(50), sell_cost=Decimal(100)),
        B: Parts(buy_cost=Decimal("0.3")),
    }
    move = move_of(METRICS["margin_percent"], now, before)
    assert move.change == Fraction("-0.3")
    assert effects(move) == {A: (0, 0), B: (0, Fraction("-0.3"))}


def test_a_sum_is_split_by_difference() -> None:
    before = {A: Parts(calls=100), B: Parts(calls=40)}
    now = {A: Parts(calls=90), C: Parts(calls=70)}
    move = move_of(CALLS, now, before)
    assert [(one.key, one.effect, one.before, one.now) for one in move.effects] == [
        (C, 70, 0, 70),
        (B, -40, 40, 0),
        (A, -10, 100, 90),
    ]
    assert (move.change, move.mix, move.rate) == (20, None, None)
    assert sentence(move, named) == "Calls rose by 20, from 140 to 160: most of it C (+70)."


def test_minutes_are_a_sum_although_60_divides_them() -> None:
    move = move_of(METRICS["minutes"], {A: Parts(billsec=90), B: Parts(billsec=60)}, {})
    assert [(one.key, one.effect, one.mix) for one in move.effects] == [
        (A, Fraction(3, 2), None),
        (B, 1, None),
    ]
    assert move.change == Fraction(5, 2)


def test_a_ratio_that_was_not_there_before_has_no_change() -> None:
    some = {A: Parts(calls=10, answered=5)}
    came, went, never = move_of(ASR, some, {}), move_of(ASR, {}, some), move_of(ASR, {}, {})
    for move in (came, went, never):
        assert (move.change, move.mix, move.rate, move.effects) == (None, None, None, ())
    assert came.now == went.before == 50
    assert sentence(came, named) == "ASR cannot be compared: the period before has none."
    assert sentence(went, named) == "ASR cannot be compared: this period has none."
    assert sentence(never, named) == "ASR cannot be compared: neither period has any."


def test_a_sum_of_nothing_moves_from_0() -> None:
    assert sentence(move_of(CALLS, {}, {}), named) == "Calls did not move."
    assert move_of(CALLS, {A: Parts(calls=3)}, {}).change == 3


def test_effects_that_cancel_are_told() -> None:
    before = {A: Parts(calls=100, answered=50), B: Parts(calls=100, answered=50)}
    now = {A: Parts(calls=100, answered=56), B: Parts(calls=100, answered=44)}
    assert sentence(move_of(ASR, now, before), named) == (
        "ASR did not move: 0.0 by the mix, 0.0 by the rates; the largest effect is A (+3.0)."
    )


def test_a_change_without_one_main_cause_names_the_largest_part() -> None:
    keys = (A, B, C, D)
    before = {key: Parts(calls=100) for key in keys}
    now = {key: Parts(calls=110 + (key == C)) for key in keys}
    assert sentence(move_of(CALLS, now, before), named) == (
        "Calls rose by 41, from 400 to 441: the largest part C (+11)."
    )


def test_a_small_change_is_shown_with_more_decimals() -> None:
    before = {A: Parts(calls=100_000, answered=50_000)}
    now = {A: Parts(calls=100_000, answered=50_012)}
    assert sentence(move_of(ASR, now, before), named).startswith(
        "ASR rose by 0.01 points, from 50.00 % to 50.01 %:"
    )


def test_money_and_seconds_in_words() -> None:
    cost = {A: Parts(buy_cost=Decimal("1234.5"))}
    assert sentence(move_of(METRICS["buy_cost"], cost, {}), named) == (
        "Buy cost rose by 1,234.50, from 0.00 to 1,234.50: all of it A (+1,234.50)."
    )
    slow, quick = {A: Parts(pdd_ms=9000, pdd_calls=2)}, {A: Parts(pdd_ms=3000, pdd_calls=2)}
    assert sentence(move_of(METRICS["pdd"], slow, quick), named) == (
        "PDD rose by 3.0 seconds, from 1.5 to 4.5: 0.0 by the mix, +3.0 by the rates;"
        " all of it A (+3.0)."
    )


def test_equal_effects_are_in_the_order_of_their_keys() -> None:
    now = {key: Parts(calls=5) for key in (C, A, B)}
    assert [one.key for one in move_of(CALLS, now, {}).effects] == [A, B, C]


def test_a_sum_that_is_not_there_over_nothing_is_still_a_sum() -> None:
    charged = Metric(
        "charged",
        "Charged minutes",
        "Minutes of the calls that are charged for.",
        "minutes",
        "up",
        lambda parts: parts.billsec,
        lambda parts: 60 if parts.answered else 0,
    )
    before = {A: Parts(calls=3), B: Parts(answered=1, billsec=60)}
    now = {A: Parts(answered=1, billsec=30), B: Parts(answered=2, billsec=120)}
    move = move_of(charged, now, before)
    assert [(one.key, one.effect, one.mix) for one in move.effects] == [
        (B, 1, None),
        (A, Fraction(1, 2), None),
    ]
    assert move_of(charged, now, {A: Parts(calls=3)}).before is None


def test_a_percentile_is_refused_in_a_sentence() -> None:
    median = METRICS["pdd_p50"]
    with pytest.raises(BadRequest, match=f"{median.label} does not add up"):
        move_of(median, {A: Parts(calls=5)}, {A: Parts(calls=4)})


def test_what_does_not_add_up_is_refused_in_a_sentence() -> None:
    longest = Metric(
        "longest",
        "Longest call",
        "The longest of all calls.",
        "seconds",
        "neutral",
        lambda parts: min(parts.duration, 3600),
        adds_up=False,
    )
    window = {A: Parts(duration=3600), B: Parts(duration=1200)}
    with pytest.raises(BadRequest, match="Longest call does not add up"):
        move_of(longest, window, {})
    with pytest.raises(BadRequest, match="Choose a sum or a ratio"):
        move_of(longest, {}, window)


NOT_OF_KEYS = {"mcd", "pdd_p50", "pdd_p95"}
"""Figures that do not add up over keys."""

amounts = st.decimals(-100, 1000, places=6)
calls = st.fixed_dictionaries(
    {
        "calls": st.integers(0, 50),
        "answered": st.integers(0, 20),
        "billsec": st.integers(0, 9000),
        "pdd_ms": st.integers(0, 90_000),
        "pdd_calls": st.integers(0, 50),
        "buy_cost": amounts,
        "sell_cost": amounts,
    }
).map(lambda given: Parts(**given))
windows = st.dictionaries(st.sampled_from([A, B, C, D]), calls)


@given(st.sampled_from(list(METRICS.values())), windows, windows)
def test_the_effects_add_up_to_the_change_exactly(
    metric: Metric, now: Mapping[Key, Parts], before: Mapping[Key, Parts]
) -> None:
    try:
        move = move_of(metric, now, before)
    except BadRequest:
        assert metric.name in NOT_OF_KEYS
        return
    figures = [metric.of(sum(side.values(), Parts())) for side in (before, now)]
    if None in figures:
        assert move.change is None
        return
    assert {effect.key for effect in move.effects} == {*now, *before}
    assert sum(effect.effect for effect in move.effects) == move.change
    assert [float(move.before or 0), float(move.now or 0)] == pytest.approx(
        [float(figure or 0) for figure in figures]
    )
    if move.effects and move.effects[0].mix is not None:
        assert (move.mix or 0) + (move.rate or 0) == move.change
        for one in move.effects:
            assert (one.mix or 0) + (one.rate or 0) == one.effect
    assert sentence(move, named)


@given(windows, windows)
def test_mix_and_rate_are_those_of_the_formula(
    now: Mapping[Key, Parts], before: Mapping[Key, Parts]
) -> None:
    """d.1.5, written anew for keys that are in both windows."""
    for effect in move_of(ACD, now, before).effects:
        one, other = now.get(effect.key), before.get(effect.key)
        if one and other and one.answered and other.answered:
            n1 = sum(parts.answered for parts in now.values())
            n0 = sum(parts.answered for parts in before.values())
            s1 = sum(parts.billsec for parts in now.values())
            s0 = sum(parts.billsec for parts in before.values())
            w1, w0 = Fraction(one.answered, n1), Fraction(other.answered, n0)
            r1 = Fraction(one.billsec, one.answered)
            r0 = Fraction(other.billsec, other.answered)
            both = (Fraction(s1, n1) + Fraction(s0, n0)) / 2
            last_digit = Fraction(1, 10**18)
            assert abs((effect.mix or 0) - (w1 - w0) * ((r0 + r1) / 2 - both)) < last_digit
            assert abs((effect.rate or 0) - (r1 - r0) * (w0 + w1) / 2) < last_digit
