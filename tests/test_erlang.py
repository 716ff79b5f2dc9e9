"""Erlang-B against the worked numbers, and against its formula in logarithms."""

from itertools import pairwise
from math import exp, inf, lgamma, log, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.concurrency import blocking, channels_for
from cdrstats.errors import BadRequest

traffics = st.floats(0.01, 2000)
channel_counts = st.integers(1, 2000)
shares = st.sampled_from([0.0001, 0.001, 0.01, 0.1, 0.5, 0.9])


def by_the_formula(traffic_e: float, channels: int) -> float:
    """(A^N / N!) / sum of A^k / k!, each term as its logarithm relative to the last."""

    def term(k: int) -> float:
        return k * log(traffic_e) - lgamma(k + 1)

    return 1 / sum(exp(term(k) - term(channels)) for k in range(channels + 1))


@pytest.mark.parametrize(
    ("traffic_e", "channels", "expected"),
    [(8.108, 15, 0.0100), (28, 30, 0.0981), (5, 10, 0.01838)],
)
def test_blocking_of_the_worked_numbers(
    traffic_e: float, channels: int, expected: float
) -> None:
    digits = len(f"{expected}".partition(".")[2])
    assert round(blocking(traffic_e, channels), max(digits, 4)) == expected


def test_channels_of_the_worked_numbers() -> None:
    assert channels_for(560 * 180 / 3600, 0.10) == 30
    assert channels_for(20, 0.01) == 30


@pytest.mark.parametrize(
    ("traffic_e", "channels"),
    [(0.1, 1), (1, 5), (100, 100), (100, 80), (4900, 5000), (5000, 4500), (12_000, 12_000)],
)
def test_blocking_is_sound_for_few_and_for_thousands(traffic_e: float, channels: int) -> None:
    expected = by_the_formula(traffic_e, channels)
    assert blocking(traffic_e, channels) == pytest.approx(expected, rel=1e-6)


def test_without_channels_every_call_is_blocked_and_without_traffic_none_is() -> None:
    assert blocking(3, 0) == 1
    assert blocking(0, 1) == 0
    assert channels_for(0, 0.01) == 0


def test_far_too_many_channels_block_nothing_and_break_nothing() -> None:
    assert blocking(0.5, 5000) == 0


@given(traffics, channel_counts)
def test_one_more_channel_never_blocks_more(traffic_e: float, channels: int) -> None:
    assert blocking(traffic_e, channels) <= blocking(traffic_e, channels - 1)


@given(traffics, shares)
def test_one_channel_less_would_be_too_few(traffic_e: float, share: float) -> None:
    channels = channels_for(traffic_e, share)
    assert blocking(traffic_e, channels) <= share < blocking(traffic_e, channels - 1)


def test_more_traffic_needs_more_channels() -> None:
    needed = [channels_for(traffic_e, 0.01) for traffic_e in (1, 10, 100, 1000, 10_000)]
    assert all(less < more for less, more in pairwise(needed))


@pytest.mark.parametrize("traffic_e", [-1, nan, inf, 1e12])
def test_traffic_that_cannot_be_is_refused_in_a_sentence(traffic_e: float) -> None:
    with pytest.raises(BadRequest, match=r"Traffic must be from 0 to 100,000 erlangs\."):
        blocking(traffic_e, 10)
    with pytest.raises(BadRequest, match="Traffic must be"):
        channels_for(traffic_e, 0.01)


@pytest.mark.parametrize("channels", [-1, 100_001])
def test_channels_that_cannot_be_are_refused_in_a_sentence(channels: int) -> None:
    with pytest.raises(BadRequest, match="The number of channels must be from 0 to 100,000"):
        blocking(10, channels)


@pytest.mark.parametrize("share", [0, -0.1, 1, 1.5, nan])
def test_blocking_that_cannot_be_is_refused_in_a_sentence(share: float) -> None:
    with pytest.raises(BadRequest, match="above 0 % and below 100 % of calls"):
        channels_for(10, share)
