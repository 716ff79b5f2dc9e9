"""Figures from parts: the worked sets of the definitions, and what there is none of."""

from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

from cdrstats import money
from cdrstats.metrics import METRICS, NOTHING, Metric, Parts, change, total

# d.1.1: twenty calls; (billsec, PDD in s, cause).
ANSWERED = [
    (3, 5), (5, 6), (6, 4), (60, 3), (120, 8),
    (180, 7), (240, 5), (300, 4), (90, 6), (196, 2),
]  # fmt: skip
UNANSWERED = [(17, 3)] * 3 + [(19, 5)] * 2 + [(16, 4), (21, 2), (1, 1), (34, None), (41, None)]
DELIVERED = {17, 18, 19, 20, 21}


def answered_call(billsec: int, pdd: int) -> Parts:
    return Parts(1, 1, 1, int(1 <= billsec <= 6), billsec, billsec, pdd * 1000, 1)


def unanswered_call(cause: int, pdd: int | None) -> Parts:
    return Parts(
        1, 0, int(cause in DELIVERED), 0, 0, 0, (pdd or 0) * 1000, int(pdd is not None)
    )


TWENTY = total(
    [answered_call(*call) for call in ANSWERED]
    + [unanswered_call(*call) for call in UNANSWERED]
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("calls", 20),
        ("answered", 10),
        ("minutes", 20.0),
        ("asr", 50.0),
        ("acd", 120.0),
        ("ner", 80.0),
        ("sdr", 30.0),
        ("pdd", pytest.approx(76 / 18)),
    ],
)
def test_the_twenty_calls(name: str, value: object) -> None:
    assert METRICS[name].of(TWENTY) == value


def test_margin() -> None:
    parts = Parts(sell_cost=Decimal("0.020"), buy_cost=Decimal("0.015"))
    assert METRICS["margin"].of(parts) == Decimal("0.005")
    assert METRICS["margin_percent"].of(parts) == 25.0


@pytest.mark.parametrize("name", ["asr", "acd", "ner", "sdr", "pdd", "margin_percent"])
def test_a_ratio_over_nothing_is_none(name: str) -> None:
    assert METRICS[name].of(NOTHING) is None


@pytest.mark.parametrize("name", ["calls", "answered", "minutes", "buy_cost", "margin"])
def test_a_sum_over_nothing_is_zero(name: str) -> None:
    assert METRICS[name].of(NOTHING) == 0


def test_nobody_answered_is_zero_but_has_no_duration() -> None:
    parts = Parts(calls=5)
    assert METRICS["asr"].of(parts) == 0
    assert METRICS["acd"].of(parts) is None


def test_parts_add_up_field_by_field() -> None:
    one = Parts(1, 2, 3, 4, 5, 6, 7, 8, Decimal(9), Decimal(10))
    assert one + one == Parts(2, 4, 6, 8, 10, 12, 14, 16, Decimal(18), Decimal(20))
    assert one + NOTHING == one


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_every_metric_says_what_it_means(metric: Metric) -> None:
    assert metric.definition.endswith(".")
    assert len(metric.definition) > 20


def test_a_percentage_moves_by_points_and_a_count_by_per_cent() -> None:
    now, before = Parts(calls=150, answered=60), Parts(calls=100, answered=50)
    asr, calls = change(METRICS["asr"], now, before), change(METRICS["calls"], now, before)
    assert (asr.by, asr.unit, asr.news) == (pytest.approx(-10), "points", "bad")
    assert (calls.by, calls.unit, calls.news) == (pytest.approx(50), "percent", "good")


def test_more_cost_is_not_good_news() -> None:
    now, before = Parts(buy_cost=Decimal(12)), Parts(buy_cost=Decimal(10))
    moved = change(METRICS["buy_cost"], now, before)
    assert (moved.by, moved.news) == (pytest.approx(20), "bad")


def test_a_loss_that_shrinks_is_good_news() -> None:
    now, before = Parts(buy_cost=Decimal(5)), Parts(buy_cost=Decimal(10))
    moved = change(METRICS["margin"], now, before)
    assert (moved.by, moved.news) == (pytest.approx(50), "good")


def test_from_nothing_there_is_no_change() -> None:
    assert change(METRICS["calls"], Parts(calls=5), NOTHING).by is None
    assert change(METRICS["asr"], Parts(calls=5), NOTHING).by is None
    assert change(METRICS["calls"], Parts(calls=5), Parts(calls=5)).news == "neutral"


def test_money_is_never_a_float() -> None:
    assert money.amount("0.10") == Decimal("0.10")
    with pytest.raises(TypeError, match="never a float"):
        money.amount(0.1)  # type: ignore[arg-type]


def test_money_is_rounded_half_up_unless_told() -> None:
    value = Decimal("0.00125")
    assert money.rounded(value, 4) == Decimal("0.0013")
    assert money.rounded(value, 4, ROUND_HALF_EVEN) == Decimal("0.0012")


def test_the_definitions_page_lists_every_figure() -> None:
    page = (Path(__file__).parent.parent / "docs" / "definitions.md").read_text("utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if " | `" in line]
    listed = [(row[0].removeprefix("| "), row[1].strip("`"), row[2]) for row in rows]
    assert listed == [(metric.label, name, metric.unit) for name, metric in METRICS.items()]
