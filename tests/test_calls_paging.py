"""Pages of calls: which calls, in which order, and the way from one page to the next."""

import random
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.calls import Cursor, Search, count, page, walking
from cdrstats.clock import Window
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.filters import NUMBERS, Comparison, Filters, TextTest

from .factories import NOON

ALICE = EVERYONE
BOB = Scope(frozenset({2}))
CHARLIE = Scope(frozenset())
MARCH = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
Call = dict[str, Any]


@pytest.fixture(scope="module")
def invented() -> list[Call]:
    """Calls of two months, many at one instant, with texts that look like patterns."""
    chance = random.Random(3)
    numbers = [
        "",
        "34",
        "349",
        "34910",
        "34%",
        "3_9",
        "0034910",
        "Zoë",
        "zoë",
        "3\\4",
        "\U0010ffff",
        "34\U0010ffff9",
    ]
    calls = []
    for i in range(400):
        billsec = chance.choice([0, 0, 1, 60, 3600])
        calls.append(
            {
                "starting_date": NOON + timedelta(hours=chance.randrange(0, 30 * 24, 7)),
                "dedup_key": uuid.UUID(int=chance.getrandbits(128)),
                "callid": f"call-{i}",
                "caller_id_number": chance.choice(numbers),
                "caller_id_name": chance.choice(numbers),
                "destination_number": chance.choice(numbers),
                "channel": chance.choice(numbers),
                "accountcode": chance.choice(["", "a", "ab", "A"]),
                "billsec": billsec,
                "duration": billsec + chance.randrange(3),
                "answered": billsec > 0,
                "pdd_ms": chance.choice([None, 0, 1500]),
                "sell_cost": Decimal(chance.randrange(4)) / 1000,
                "country_id": chance.choice([0, 724, 826]),
                "switch_id": chance.choice([0, 1]),
                "user_id": chance.choice([0, 1, 2]),
                "direction": chance.choice([0, 1, 2]),
                "authorized": chance.random() < 0.9,
            }
        )
    return calls


@pytest.fixture
def filled(conn: Connection, invented: list[Call]) -> Connection:
    conn.execute(insert(voip_cdr), invented)
    return conn


def passes(test: TextTest, call: Call) -> bool:
    """The oracle of text tests: case counts only where an index is used."""
    have, want = call[test.field], test.value
    if not test.indexed:
        have, want = have.lower(), want.lower()
    match test.operator:
        case "equals":
            return bool(have == want)
        case "begins":
            return bool(have.startswith(want))
        case "ends":
            return bool(have.endswith(want))
    return want in have


def shape_of(rare: int, near: int) -> Callable[[pytest.MonkeyPatch], None]:
    def force(monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(walking, "RARE", rare)
        monkeypatch.setattr(walking, "NEAR", near)

    return force


@pytest.mark.parametrize(
    "force",
    [shape_of(10_000, 10_000), shape_of(1, 10_000), shape_of(1, 5)],
    ids=["by the index", "next to the cursor", "month by month"],
)
@pytest.mark.parametrize("descending", [True, False])
def test_every_text_test_finds_what_python_finds(
    filled: Connection,
    invented: list[Call],
    force: Callable[[pytest.MonkeyPatch], None],
    descending: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    force(monkeypatch)
    fields = (
        "caller_id_number",
        "destination_number",
        "accountcode",
        "caller_id_name",
        "callid",
    )
    values = ("34", "%", "_", "3\\4", "zoë", "34\U0010ffff", "A", "", "--'")
    window = Window(MARCH.start, MARCH.end + timedelta(days=30))
    for field in fields:
        for operator in ("equals", "begins", "contains", "ends"):
            for value in values:
                test = TextTest(field, operator, value)  # type: ignore[arg-type]
                search = Search(window, filters=Filters(texts=(test,)), descending=descending)
                expected = sorted(
                    (call["starting_date"], call["dedup_key"])
                    for call in invented
                    if passes(test, call)
                )
                if descending:
                    expected.reverse()
                rows = page(filled, ALICE, search, size=1000).rows
                found = [(row["starting_date"], row["dedup_key"]) for row in rows]
                assert found == expected, test


SORTED = ("duration", "pdd_ms", "sell_cost", "destination_number")
SEARCHES = [
    Search(),
    Search(MARCH),
    Search(descending=False),
    Search(filters=Filters(texts=(TextTest("destination_number", "begins", "34"),))),
    Search(
        filters=Filters(texts=(TextTest("caller_id_number", "ends", "9"),)), descending=False
    ),
    Search(filters=Filters(country_ids=(724, 0), switch_ids=(1,))),
    Search(MARCH, filters=Filters(comparisons=(Comparison("billsec", ">", Decimal(0)),))),
    *(
        Search(MARCH, order=order, descending=down)
        for order in SORTED
        for down in (True, False)
    ),
]


@pytest.mark.parametrize("near", [20_000, 5])
@pytest.mark.parametrize("scope", [ALICE, BOB])
def test_pages_are_the_whole_list_forwards_and_backwards(
    filled: Connection, scope: Scope, near: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shape_of(1 if near == 5 else 500, near)(monkeypatch)
    for search in SEARCHES:
        everything = list(page(filled, scope, search, size=1000).rows)
        assert everything
        pages = [page(filled, scope, search, size=37)]
        assert pages[0].previous is None
        while after := pages[-1].next:
            pages.append(page(filled, scope, search, 37, Cursor.parse(after.text())))
        assert [row for part in pages for row in part.rows] == everything, search

        back = [pages[-1]]
        while before := back[-1].previous:
            back.append(page(filled, scope, search, 37, before, backwards=True))
        back.reverse()
        assert [row for part in back for row in part.rows] == everything, search
        if len(back) > 1:
            assert back[0].next is not None


def test_the_order_is_that_of_the_column_then_of_time(
    filled: Connection, invented: list[Call]
) -> None:
    window = Window(MARCH.start, MARCH.end + timedelta(days=30))
    for order in ("duration", "sell_cost", "pdd_ms", "destination_number"):
        rows = page(filled, ALICE, Search(window, order=order), size=1000).rows

        def key(call: Any, order: str = order) -> tuple[Any, ...]:
            value = call[order]
            if order not in NUMBERS:
                value = value.encode()
            return (
                -1 if value is None else value,
                call["starting_date"],
                call["dedup_key"].bytes,
            )

        assert [key(row) for row in rows] == sorted(map(key, invented), reverse=True)


@pytest.mark.parametrize("scope", [BOB, CHARLIE])
def test_bob_sees_only_his_calls_and_charlie_none(
    filled: Connection, invented: list[Call], scope: Scope
) -> None:
    mine = sum(call["user_id"] in (scope.user_ids or ()) for call in invented)
    for search in (Search(), Search(MARCH, order="duration"), SEARCHES[3]):
        rows = page(filled, scope, search, size=1000).rows
        assert {row["user_id"] for row in rows} <= (scope.user_ids or set())
    assert len(page(filled, scope, Search(), size=1000).rows) == mine
    assert count(filled, scope, Search()) is not None
    assert count(filled, scope, Search()).calls == mine  # type: ignore[union-attr]
    hers = Search(filters=Filters(user_ids=(1,)))
    assert page(filled, scope, hers).rows == ()


def test_reading_a_page_leaves_the_settings_as_they_were(filled: Connection) -> None:
    settings = text("SELECT name, setting FROM pg_settings ORDER BY name")
    before = filled.execute(settings).all()
    page(filled, ALICE, Search())
    assert filled.execute(settings).all() == before


def test_a_cursor_of_another_sort_does_not_break_the_page(filled: Connection) -> None:
    for value in (None, "1", "abc"):
        cursor = Cursor(NOON + timedelta(days=9), uuid.UUID(int=5), value)
        for order in ("starting_date", "duration", "callid"):
            try:
                page(filled, ALICE, Search(MARCH, order=order), after=cursor)
            except BadRequest:
                assert (order, value) == ("duration", "abc")
