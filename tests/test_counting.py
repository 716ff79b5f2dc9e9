"""What is counted, and the calls behind each figure: as many as it says."""

import random
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, update

from cdrstats import aggregates, counting
from cdrstats.accounts import EVERYONE
from cdrstats.calls import Search, page
from cdrstats.clock import Window
from cdrstats.db.schema import hangup_cause
from cdrstats.filters import Filters
from cdrstats.metrics import METRICS, Metric
from cdrstats.traffic import Answer, Question, measure

from .factories import NOON, add_call

DAY = Window(NOON, NOON + timedelta(days=1))
CALLS = 400
ADDED = {
    "minutes": "billsec",
    "acd": "billsec",
    "billed_minutes": "billed_s",
    "pdd": "pdd_ms",
    "mos": "mos",
    "buy_cost": "buy_cost",
    "sell_cost": "sell_cost",
}
"""The figures with something added up above the line, and the column that is."""
MARGINS = ("margin", "margin_percent")


def mark(conn: Connection, cause: int, **marks: bool) -> None:
    """Mark a hangup cause as an operator may."""
    conn.execute(update(hangup_cause).where(hangup_cause.c.id == cause).values(**marks))


def refreshed(conn: Connection) -> None:
    aggregates.rebuild(conn)
    while aggregates.refresh(conn, limit=10_000):
        pass


@pytest.fixture
def filled(conn: Connection) -> Connection:
    """Calls of every kind, and causes that are marked in every way."""
    mark(conn, 16, delivered=True)
    mark(conn, 487, blocked=True)
    mark(conn, 47, blocked=True)
    mark(conn, 21, delivered=True, blocked=True)
    chance = random.Random(3)
    for _ in range(CALLS):
        billsec = chance.choice([0, 0, 0, 1, 6, 7, 600])
        add_call(
            conn,
            starting_date=NOON + timedelta(seconds=chance.randrange(86_400)),
            billsec=billsec,
            duration=billsec + 9,
            answered=billsec > 0 or chance.random() < 0.1,
            hangup_cause_id=chance.choice([1, 16, 17, 21, 47, 487]),
            pdd_ms=chance.choice([None, 0, 1500, 4200]),
            progresssec=chance.choice([None, 2]),
            billed_s=chance.choice([None, 0, 60]),
            mos=chance.choice([None, Decimal("4.41"), Decimal("2.75")]),
            sip_status=chance.choice([None, 200, 302, 401, 480, 487, 503]),
            buy_cost=Decimal(chance.randrange(9)),
            sell_cost=Decimal(chance.randrange(9)),
        )
    refreshed(conn)
    return conn


def figure(conn: Connection, metric: Metric) -> Answer:
    (answer,) = measure(conn, EVERYONE, Question(DAY), [metric.name])
    return answer


def listed(conn: Connection, part: str) -> Sequence[Any]:
    """The calls that the Calls page lists for a part of a figure."""
    return page(conn, EVERYONE, Search(DAY, Filters(counted=part or None)), size=1000).rows


def worth(name: str, call: Any) -> Any:
    """The oracle: what a call adds above the line."""
    if name in MARGINS:
        return call["sell_cost"] - call["buy_cost"]
    return call[ADDED[name]] or 0 if name in ADDED else 1


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_the_calls_listed_behind_a_figure_are_those_it_counts(
    filled: Connection, metric: Metric
) -> None:
    answer = figure(filled, metric)
    above = listed(filled, metric.above_calls)
    assert above
    if metric.percentile is not None:
        assert answer.spread is not None
        assert len(above) == answer.spread.calls
    elif metric.name == "mcd":
        assert max(call["billsec"] for call in above) == metric.top(answer.parts)
    else:
        assert sum(worth(metric.name, call) for call in above) == metric.top(answer.parts)
    if metric.is_ratio and metric.bottom is not None:
        below = listed(filled, metric.below_calls)
        sums = sum(call["sell_cost"] for call in below), len(below)
        assert metric.bottom(answer.parts) == sums[metric.name != "margin_percent"]


def test_no_share_of_calls_is_above_100_percent(filled: Connection) -> None:
    for metric in METRICS.values():
        if metric.is_share and (value := figure(filled, metric).of(metric)) is not None:
            assert 0 <= value <= 100, metric.name


@pytest.mark.parametrize("marks", [{"delivered": True}, {"blocked": True}], ids=str)
def test_a_call_given_up_counts_once_however_its_cause_is_marked(
    conn: Connection, marks: dict[str, bool]
) -> None:
    mark(conn, 16, **marks)
    add_call(conn)
    add_call(conn, billsec=0, pdd_ms=2000)
    refreshed(conn)
    (answer,) = measure(conn, EVERYONE, Question(DAY), ["ner_extended"])
    assert answer.of(METRICS["ner_extended"]) == 100.0


def test_each_list_of_calls_has_words() -> None:
    assert counting.WORDS.keys() == counting.CONDITIONS.keys()
    for metric in METRICS.values():
        for part in (metric.above_calls, metric.below_calls):
            assert not part or part in counting.WORDS
