"""The largest values of a column, over time, and all others together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE
from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters
from cdrstats.metrics import METRICS
from cdrstats.traffic import (
    OTHER,
    Answer,
    Question,
    Ranking,
    by_key,
    leaders_of,
    measure,
    read_from,
    top,
)

from .factories import NOON, add_call

TWO_HOURS = Window(NOON, NOON + timedelta(hours=2))


@pytest.fixture
def countries(conn: Connection) -> Connection:
    """Country n has n calls in each of two hours, the longest n minutes long."""
    for country in (1, 2, 3, 4):
        for hour in (0, 1):
            for number in range(country):
                add_call(
                    conn,
                    starting_date=NOON + timedelta(hours=hour, minutes=number),
                    country_id=country,
                    billsec=60 * country,
                    pdd_ms=100 * country,
                    accountcode="ab"[country % 2],
                )
    aggregates.rebuild(conn)
    while aggregates.refresh(conn, 1000):
        pass
    return conn


def split(
    conn: Connection, question: Question, count: int, metric: str
) -> tuple[Ranking, list[Answer]]:
    """The `count` largest values and all others, ranked over the window, then by step."""
    ranking = top(
        measure(conn, EVERYONE, replace(question, step=None), [metric]), count, metric
    )
    return ranking, measure(conn, EVERYONE, leaders_of(ranking, question), [metric])


def test_the_others_are_one_line_with_all_that_is_left(countries: Connection) -> None:
    found = split(countries, Question(TWO_HOURS, ("country_id",), "hour"), 2, "calls")
    assert [leader.key for leader in found[0].leaders] == [(4,), (3,)]
    assert {(a.at, a.key): a.parts.calls for a in found[1]} == {
        (NOON + timedelta(hours=hour), key): calls
        for hour in (0, 1)
        for key, calls in {(4,): 4, (3,): 3, OTHER: 3}.items()
    }
    assert by_key(found[1])[OTHER].billsec == 600
    longest = split(countries, Question(TWO_HOURS, ("country_id",), "hour"), 2, "mcd")
    assert by_key(longest[1])[OTHER].longest == 120


def test_without_others_nothing_is_folded(countries: Connection) -> None:
    found = split(countries, Question(TWO_HOURS, ("country_id",)), 9, "calls")
    assert len(found[1]) == 4
    assert found[0].rest_keys == 0


def test_percentiles_of_the_others_are_percentiles_of_their_calls(
    countries: Connection,
) -> None:
    question = Question(TWO_HOURS, ("country_id",))
    found = split(countries, question, 2, "pdd_p50")
    assert [leader.key for leader in found[0].leaders] == [(4,), (3,)]
    others = next(answer for answer in found[1] if answer.key == OTHER)
    assert others.of(METRICS["pdd_p50"]) == 0.2  # of 100, 100, 200, 200, 200, 200 ms


def test_texts_can_be_kept_too(countries: Connection) -> None:
    found = split(countries, Question(TWO_HOURS, ("accountcode",)), 1, "minutes")
    assert [(a.key, a.parts.calls) for a in found[1]] == [(OTHER, 8), (("a",), 12)]


def test_a_split_keeps_to_its_filters(countries: Connection) -> None:
    question = Question(TWO_HOURS, ("country_id",), filters=Filters(accountcodes=("b",)))
    found = split(countries, question, 1, "calls")
    assert {a.key: a.parts.calls for a in found[1]} == {(3,): 6, OTHER: 2}


def test_what_cannot_be_asked_is_told(conn: Connection) -> None:
    with pytest.raises(BadRequest, match="no figure 'xyz'"):
        measure(conn, EVERYONE, Question(TWO_HOURS), ["xyz"])
    with pytest.raises(BadRequest, match="one column"):
        Question(TWO_HOURS, kept=(1,))
    year = Window(NOON - timedelta(days=300), NOON)
    with pytest.raises(BadRequest, match="31 days"):
        measure(conn, EVERYONE, Question(year, ("country_id",)), ["pdd_p95"])


@pytest.mark.parametrize(
    ("length", "by", "exact"),
    [
        (timedelta(days=7), "switch_id", True),
        (timedelta(days=7, hours=1), "switch_id", True),  # the clocks went back
        (timedelta(days=8), "switch_id", False),
        (timedelta(days=8), "country_id", True),
        (timedelta(days=31), "country_id", True),
    ],
)
def test_percentiles_are_exact_of_a_week_and_where_no_histogram_tells_them(
    countries: Connection, length: timedelta, by: str, exact: bool
) -> None:
    window = Window(TWO_HOURS.end - length, TWO_HOURS.end)
    answers = measure(countries, EVERYONE, Question(window, (by,)), ["pdd_p50"])
    spreads = [answer.spread for answer in answers if answer.spread]
    assert spreads
    assert all((spread.error == 0) is exact for spread in spreads)


def test_a_figure_tells_the_tables_that_it_is_read_from(countries: Connection) -> None:
    year = Question(Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)))
    assert read_from(countries, EVERYONE, year, "asr") == ("rollup_country_month",)
    assert read_from(countries, EVERYONE, year, "mcd") == ("rollup_carrier_day",)
