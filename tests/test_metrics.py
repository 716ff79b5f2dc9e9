"""Figures from parts: the worked sets of the definitions, and what there is none of."""

from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import pytest

from cdrstats import money
from cdrstats.metrics import METRICS, NOTHING, Metric, Parts, change, parts_for, total

# d.1.1: twenty calls; (billsec, PDD in s, cause).
ANSWERED = [
    (3, 5), (5, 6), (6, 4), (60, 3), (120, 8),
    (180, 7), (240, 5), (300, 4), (90, 6), (196, 2),
]  # fmt: skip
UNANSWERED = [(17, 3)] * 3 + [(19, 5)] * 2 + [(16, 4), (21, 2), (1, 1), (34, None), (41, None)]
DELIVERED = {17, 18, 19, 20, 21}


def answered_call(billsec: int, pdd: int) -> Parts:
    return Parts(
        calls=1,
        answered=1,
        delivered=1,
        short=int(1 <= billsec <= 6),
        duration=billsec,
        billsec=billsec,
        longest=billsec,
        pdd_ms=pdd * 1000,
        pdd_calls=1,
    )


def unanswered_call(cause: int, pdd: int | None) -> Parts:
    return Parts(
        calls=1,
        delivered=int(cause in DELIVERED),
        cancelled=int(cause == 16 and pdd is not None),
        pdd_ms=(pdd or 0) * 1000,
        pdd_calls=int(pdd is not None),
    )


TWENTY = total(
    [answered_call(*call) for call in ANSWERED]
    + [unanswered_call(*call) for call in UNANSWERED]
)
FIVE_WITHOUT_A_CIRCUIT = Parts(calls=5, blocked=5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("calls", 20),
        ("answered", 10),
        ("minutes", 20.0),
        ("asr", 50.0),
        ("acd", 120.0),
        ("ner", 80.0),
        ("ner_extended", 85.0),
        ("sdr", 30.0),
        ("mcd", 300.0),
        ("pdd", pytest.approx(76 / 18)),
    ],
)
def test_the_twenty_calls(name: str, value: object) -> None:
    assert METRICS[name].of(TWENTY) == value


def test_bids_that_found_no_circuit_count_in_abr_only() -> None:
    bids = TWENTY + FIVE_WITHOUT_A_CIRCUIT
    assert METRICS["abr"].of(bids) == 40.0
    assert METRICS["asr"].of(bids) == 50.0
    assert METRICS["ner"].of(bids) == 80.0


def test_the_hundred_invites_of_rfc_6076() -> None:
    """d.1.2: 200 45, 3xx 5, 401/402/407 10, 480 8, 486 12, 600 1, 603 4, 408 3, 500 2, ..."""
    hundred = Parts(
        calls=100,
        invites=100,
        sip_ok=45,
        sip_redirected=5,
        sip_challenged=10,
        sip_effective=45 + 8 + 12 + 1 + 4,
        sip_failed=3 + 2 + 5 + 1,
    )
    assert METRICS["ser"].of(hundred) == pytest.approx(4500 / 95)
    assert METRICS["seer"].of(hundred) == pytest.approx(7000 / 85)
    assert METRICS["isa"].of(hundred) == 11.0


def test_the_longest_of_two_sets_is_the_longer_one() -> None:
    both = Parts(answered=1, longest=50) + Parts(answered=2, longest=90)
    assert (both.longest, METRICS["mcd"].of(both)) == (90, 90.0)
    assert METRICS["mcd"].of(Parts(calls=3)) is None


def test_billed_minutes_of_calls_that_were_never_rated_are_missing_not_zero() -> None:
    assert METRICS["billed_minutes"].of(Parts(calls=3, billsec=60)) is None
    assert METRICS["billed_minutes"].of(Parts(calls=3, billed=0, billed_calls=1)) == 0
    assert METRICS["billed_minutes"].of(Parts(billed=90, billed_calls=2)) == 1.5


def test_a_score_is_averaged_over_the_calls_that_have_one() -> None:
    parts = Parts(calls=9, mos=Decimal("8.30"), mos_calls=2)
    assert METRICS["mos"].of(parts) == pytest.approx(4.15)


def test_margin() -> None:
    parts = Parts(sell_cost=Decimal("0.020"), buy_cost=Decimal("0.015"))
    assert METRICS["margin"].of(parts) == Decimal("0.005")
    assert METRICS["margin_percent"].of(parts) == 25.0


@pytest.mark.parametrize(
    "name",
    [
        "asr",
        "abr",
        "acd",
        "mcd",
        "ner",
        "ner_extended",
        "sdr",
        "pdd",
        "pdd_p50",
        "pdd_p95",
        "mos",
        "ser",
        "seer",
        "isa",
        "billed_minutes",
        "margin_percent",
    ],
)
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
    one = Parts(*range(1, len(Parts._fields) + 1))
    doubled = {name: value * 2 for name, value in one._asdict().items()}
    assert (one + one)._asdict() == doubled | {"longest": one.longest}
    assert one + NOTHING == one
    assert total([]) == NOTHING


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_every_metric_says_what_it_means(metric: Metric) -> None:
    assert metric.definition.endswith(".")
    assert len(metric.definition) > 20


def test_a_percentage_moves_by_points_and_a_count_by_per_cent() -> None:
    now, before = Parts(calls=150, answered=60), Parts(calls=100, answered=50)
    asr, calls = change(METRICS["asr"], now, before), change(METRICS["calls"], now, before)
    assert (asr.by, asr.unit) == (pytest.approx(-10), "points")
    assert (calls.by, calls.unit) == (pytest.approx(50), "percent")


def test_a_loss_that_shrinks_moves_up() -> None:
    now, before = Parts(buy_cost=Decimal(5)), Parts(buy_cost=Decimal(10))
    assert change(METRICS["margin"], now, before).by == pytest.approx(50)


def test_from_nothing_there_is_no_change() -> None:
    assert change(METRICS["calls"], Parts(calls=5), NOTHING).by is None
    assert change(METRICS["asr"], Parts(calls=5), NOTHING).by is None


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


def test_a_metric_knows_of_which_parts_it_is_made() -> None:
    assert METRICS["calls"].parts == {"calls"}
    assert METRICS["asr"].parts == {"calls", "answered", "blocked"}
    assert METRICS["mcd"].parts == {"calls", "answered", "longest"}
    assert parts_for("acd", "margin") == {
        "calls",
        "answered",
        "billsec",
        "buy_cost",
        "sell_cost",
    }
    for metric in METRICS.values():
        if metric.percentile is None:
            seven = dict.fromkeys(metric.parts, 7)
            asked = Parts(**(dict.fromkeys(Parts._fields) | seven))  # type: ignore[arg-type]
            assert metric.of(asked) == metric.of(Parts(**dict.fromkeys(Parts._fields, 7)))


def test_a_figure_that_nobody_asked_for_is_not_nothing() -> None:
    asked = Parts(calls=3)._replace(buy_cost=None, answered=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Buy cost was not asked for"):
        METRICS["buy_cost"].of(asked)
    assert (asked + asked).calls == 6
    assert (asked + asked).buy_cost is None
