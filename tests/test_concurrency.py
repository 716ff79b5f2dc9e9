"""Calls at once, read from real calls, against counting them one by one in plain Python."""

import random
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text, update

from cdrstats import aggregates, concurrency, traffic
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.clock import Window
from cdrstats.concurrency import MOST_CALLS, Kind, Question, Sweep, store, sweep
from cdrstats.db.schema import metadata
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters
from cdrstats.mediation import LONGEST_S
from cdrstats.traffic import edges

from .factories import NOON, add_call

ALICE = EVERYONE
BOB = Scope(frozenset({2}))
CHARLIE = Scope(frozenset())
MADRID = ZoneInfo("Europe/Madrid")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
HOUR = timedelta(hours=1)
Call = dict[str, Any]


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]


def local_day(zone: tzinfo, year: int, month: int, day: int, days: int = 1) -> Window:
    start = datetime(year, month, day, tzinfo=zone)
    return Window(start.astimezone(UTC), (start + timedelta(days=days)).astimezone(UTC))


def counted(conn: Connection) -> None:
    """Bring the roll-ups, where the attempts are counted, up to date."""
    aggregates.rebuild(conn)
    while aggregates.refresh(conn, limit=10_000):
        pass


def held(call: Call, kind: Kind) -> tuple[datetime, datetime]:
    """When the call begins and ends to count."""
    if kind == "channels":
        begin = call["starting_date"]
        return begin, begin + timedelta(seconds=call["duration"])
    if not call["answered"]:
        return NOON, NOON
    return call["answered_at"], call["answered_at"] + timedelta(seconds=call["billsec"])


def level_at(moment: datetime, spans: list[tuple[datetime, datetime]]) -> int:
    return sum(begin <= moment < end for begin, end in spans)


def expected_peak(calls: list[Call], window: Window, kind: Kind) -> tuple[int, datetime | None]:
    """The oracle: the level can only rise where a call begins, or the window does."""
    spans = [
        (begin, end)
        for begin, end in (held(call, kind) for call in calls)
        if begin < end and begin < window.end and end > window.start
    ]
    moments = {window.start, *(begin for begin, _ in spans)}
    inside = sorted(moment for moment in moments if moment >= window.start)
    found = [(level_at(moment, spans), moment) for moment in inside]
    most = max(level for level, _ in found)
    return most, next(at for level, at in found if level == most) if most else None


def seconds_within(calls: list[Call], window: Window, kind: Kind) -> float:
    """The oracle: each call clipped to the window."""
    total = timedelta()
    for call in calls:
        begin, end = held(call, kind)
        total += max(min(end, window.end) - max(begin, window.start), timedelta())
    return total.total_seconds()


def check(found: Sweep, calls: list[Call], window: Window, kind: Kind, zone: tzinfo) -> None:
    """`found` is what the oracle counts over `calls`, hour by hour and day by day."""
    assert (found.peak, found.peak_at) == expected_peak(calls, window, kind)
    assert found.call_seconds == pytest.approx(seconds_within(calls, window, kind))
    hours, days = edges(window, "hour", zone), edges(window, "day", zone)
    assert [hour.at for hour in found.hours] == hours
    assert [day.at for day in found.days] == days
    for hour, until in zip(found.hours, [*hours[1:], window.end], strict=True):
        span = Window(max(hour.at, window.start), until)
        assert hour.span == span
        assert hour.traffic_e == pytest.approx(seconds_within(calls, span, kind) / 3600)
        assert hour.most == expected_peak(calls, span, kind)[0]
        starts = [call["starting_date"] for call in calls]
        assert hour.attempts == sum(span.start <= start < span.end for start in starts)
    for day, until in zip(found.days, [*days[1:], window.end], strict=True):
        span = Window(max(day.at, window.start), until)
        most, first = expected_peak(calls, span, kind)
        assert day.most == most
        assert day.most_at == first or not most
    for part in found.curve:
        assert part.most == expected_peak(calls, part.span, kind)[0]
        assert part.call_seconds == pytest.approx(seconds_within(calls, part.span, kind))


def invented(chance: random.Random, around: datetime, hours: int, count: int) -> list[Call]:
    """Calls of `hours` from `around` on; some with parts of a second, some very long."""
    calls = []
    for _ in range(count):
        start = around + timedelta(
            seconds=chance.randrange(hours * 3600),
            microseconds=chance.choice([0, 0, chance.randrange(1_000_000)]),
        )
        answered = chance.random() < 0.6
        billsec = chance.choice([0, 1, 60, 900, 5400, 7199, 9000]) if answered else 0
        ring = chance.choice([0, 5, 30])
        calls.append(
            {
                "starting_date": start,
                "answered": answered,
                "answered_at": start + timedelta(seconds=ring) if answered else None,
                "billsec": billsec,
                # Stamps cut to whole seconds: a second more or less than ringing and talk.
                "duration": max(billsec + ring + chance.choice([-1, 0, 0, 1]), 0),
                "user_id": chance.choice([1, 2]),
                "switch_id": chance.choice([1, 2]),
                "carrier_id": chance.choice([0, 7]),
                "accountcode": chance.choice(["", "a", "b"]),
            }
        )
    return calls


CASES = {
    "Madrid's clocks go forward": (MADRID, local_day(MADRID, 2026, 3, 29)),
    "Lord Howe's clocks go back": (LORD_HOWE, local_day(LORD_HOWE, 2026, 4, 5)),
    "over a midnight, from one odd moment to another": (
        MADRID,
        Window(utc(2026, 3, 10, 20, 7, 13), utc(2026, 3, 11, 3, 41, 59)),
    ),
}


@pytest.mark.parametrize("kind", ["channels", "talk"])
@pytest.mark.parametrize("case", CASES)
def test_what_is_read_is_what_one_counts_call_by_call(
    conn: Connection, case: str, kind: Kind
) -> None:
    zone, window = CASES[case]
    chance = random.Random(case)
    hours = window.length // HOUR + 6
    calls = invented(chance, window.start - 4 * HOUR, hours, 250)
    for call in calls:
        add_call(conn, **call)
    counted(conn)
    question = Question(window, kind, zone=zone)
    check(sweep(conn, ALICE, question), calls, window, kind, zone)
    bobs = [call for call in calls if call["user_id"] == 2]
    check(sweep(conn, BOB, question), bobs, window, kind, zone)
    chosen = Question(window, kind, zone=zone, filters=Filters(accountcodes=("a",)))
    ones = [call for call in calls if call["accountcode"] == "a"]
    check(sweep(conn, ALICE, chosen), ones, window, kind, zone)
    for by in concurrency.SPLITS:
        both = sweep(conn, ALICE, question, by)
        check(both, calls, window, kind, zone)
        parts = both.largest
        assert set(parts) == {call[by] for call in calls}
        for key, part in parts.items():
            check(part, [call for call in calls if call[by] == key], window, kind, zone)


def test_the_worked_calls_of_the_definitions(conn: Connection) -> None:
    for begin, end in ((0, 60), (10, 70), (20, 30), (30, 90), (60, 120), (60, 60)):
        start = NOON + timedelta(seconds=begin)
        add_call(conn, starting_date=start, duration=end - begin, billsec=0)
    found = sweep(conn, ALICE, Question(Window(NOON, NOON + HOUR)))
    assert (found.peak, found.peak_at) == (3, NOON + timedelta(seconds=20))
    assert found.call_seconds == 250


def test_a_call_over_the_hour_fills_both_and_is_attempted_in_the_first(
    conn: Connection,
) -> None:
    add_call(conn, starting_date=utc(2026, 3, 10, 9, 59, 30), duration=60, billsec=60)
    counted(conn)
    window = Window(utc(2026, 3, 10, 9), utc(2026, 3, 10, 11))
    found = sweep(conn, ALICE, Question(window))
    assert [(hour.call_seconds, hour.attempts) for hour in found.hours] == [(30, 1), (30, 0)]


def test_thirty_calls_of_five_minutes_carry_two_and_a_half_erlangs(conn: Connection) -> None:
    for number in range(30):
        start = NOON + timedelta(seconds=number * 100)
        add_call(conn, starting_date=start, duration=300, billsec=300)
    (hour,) = sweep(conn, ALICE, Question(Window(NOON, NOON + HOUR), "talk")).hours
    assert hour.traffic_e == 2.5


def test_talk_begins_with_the_answer_and_a_channel_with_the_call(conn: Connection) -> None:
    add_call(conn, duration=90, billsec=60)
    add_call(conn, duration=40, billsec=0)
    window = Window(NOON, NOON + HOUR)
    talk = sweep(conn, ALICE, Question(window, "talk"))
    assert (talk.peak, talk.peak_at) == (1, NOON + timedelta(seconds=30))
    assert talk.call_seconds == 60
    channels = sweep(conn, ALICE, Question(window, "channels"))
    assert (channels.peak, channels.peak_at) == (2, NOON)
    assert channels.call_seconds == 130


@pytest.mark.parametrize("kind", ["channels", "talk"])
@pytest.mark.parametrize(
    "length_s",
    [30, 7199, 7200, 7201, 7260, 7261, 7262, 86_400, LONGEST_S],
)
def test_a_call_that_reaches_into_the_window_counts_however_long_ago_it_began(
    conn: Connection, kind: Kind, length_s: int
) -> None:
    """One second of it is left at the window's start; of another call, none."""
    window = Window(utc(2026, 4, 20, 12), utc(2026, 4, 20, 13))
    for left_s in (0, 1):
        start = window.start + timedelta(seconds=left_s - length_s)
        add_call(conn, starting_date=start, duration=length_s, billsec=length_s)
    found = sweep(conn, ALICE, Question(window, kind))
    assert (found.peak, found.peak_at, found.call_seconds) == (1, window.start, 1)


def test_talk_that_ends_a_second_after_its_call_counts(conn: Connection) -> None:
    """Start, answer and end are each cut to whole seconds."""
    start = NOON - timedelta(seconds=store.LONG_S + 0.5)
    answered_at = start + timedelta(seconds=10)
    add_call(
        conn,
        starting_date=start,
        answered_at=answered_at,
        duration=store.LONG_S,
        billsec=store.LONG_S - 9,
    )
    found = sweep(conn, ALICE, Question(Window(NOON, NOON + HOUR), "talk"))
    assert (found.peak, found.call_seconds) == (1, 0.5)


def test_the_window_takes_its_first_moment_and_leaves_its_last(conn: Connection) -> None:
    window = Window(NOON, NOON + HOUR)
    add_call(conn, starting_date=window.start, duration=10, billsec=0)
    add_call(conn, starting_date=window.end, duration=10, billsec=0)
    add_call(conn, starting_date=window.start - timedelta(seconds=10), duration=10, billsec=0)
    found = sweep(conn, ALICE, Question(window))
    assert (found.peak, found.peak_at, found.call_seconds) == (1, window.start, 10)


def test_bob_sees_only_his_and_charlie_nothing(conn: Connection) -> None:
    for user_id in (1, 2, 2):
        add_call(conn, user_id=user_id, switch_id=user_id)
    counted(conn)
    question = Question(Window(NOON, NOON + HOUR))
    found = {name: sweep(conn, who, question) for name, who in PEOPLE.items()}
    assert {name: one.peak for name, one in found.items()} == {
        "Alice": 3,
        "Bob": 2,
        "Charlie": 0,
    }
    assert {name: one.hours[0].attempts for name, one in found.items()} == {
        "Alice": 3,
        "Bob": 2,
        "Charlie": 0,
    }
    assert list(sweep(conn, BOB, question, "switch_id").largest) == [2]
    assert sweep(conn, CHARLIE, question, "switch_id").largest == {}


PEOPLE = {"Alice": ALICE, "Bob": BOB, "Charlie": CHARLIE}


def test_a_filter_that_matches_nothing_shows_nothing(conn: Connection) -> None:
    add_call(conn)
    question = Question(Window(NOON, NOON + HOUR), filters=Filters(accountcodes=("nobody's",)))
    found = sweep(conn, ALICE, question)
    assert (found.peak, found.peak_at, found.call_seconds) == (0, None, 0)
    assert [hour.traffic_e for hour in found.hours] == [0]
    assert sweep(conn, ALICE, question, "accountcode").largest == {}


def test_an_empty_window_has_no_steps(conn: Connection) -> None:
    add_call(conn)
    found = sweep(conn, ALICE, Question(Window(NOON, NOON)))
    assert found == Sweep(0, None, 0.0, (), (), ())


def test_the_largest_of_a_split_are_those_that_held_most_time(conn: Connection) -> None:
    """Not those with most calls; and a value whose calls ended before is not there."""
    for code, number, duration in (("many", 5, 10), ("long", 1, 600), ("some", 2, 100)):
        for _ in range(number):
            add_call(conn, accountcode=code, duration=duration, billsec=0)
    add_call(conn, accountcode="past", starting_date=NOON - HOUR, duration=3600, billsec=0)
    counted(conn)
    question = Question(Window(NOON, NOON + HOUR))
    largest = sweep(conn, ALICE, question, "accountcode").largest
    assert list(largest) == ["long", "some", "many"]
    found = sweep(conn, ALICE, question, "accountcode", most=2).largest
    assert {code: (one.peak, one.hours[0].attempts) for code, one in found.items()} == {
        "long": (1, 1),
        "some": (2, 2),
    }


def test_a_split_keeps_within_the_filter_on_its_column(conn: Connection) -> None:
    for switch_id in (1, 2, 3):
        add_call(conn, switch_id=switch_id)
    question = Question(Window(NOON, NOON + HOUR), filters=Filters(switch_ids=(1, 3)))
    assert list(sweep(conn, ALICE, question, "switch_id").largest) == [1, 3]


def test_a_split_by_anything_else_is_refused_in_a_sentence(conn: Connection) -> None:
    with pytest.raises(BadRequest, match="cannot be split by 'callid'; use switch_id, car"):
        sweep(conn, ALICE, Question(Window(NOON, NOON + HOUR)), "callid")


@pytest.mark.parametrize("by", [(), ("switch_id",)])
def test_a_period_of_too_many_calls_is_refused_in_a_sentence(
    conn: Connection, by: tuple[str, ...]
) -> None:
    add_call(conn)
    counted(conn)
    window = Window(NOON, NOON + HOUR)
    (piece,) = traffic.plan(traffic.Question(window, step="hour"), ALICE)
    attempts = update(metadata.tables[piece.table])
    conn.execute(attempts.values(calls=MOST_CALLS))
    sweep(conn, ALICE, Question(window), *by)
    conn.execute(attempts.values(calls=MOST_CALLS + 1))
    with pytest.raises(BadRequest, match="has 1,000,001 calls, and at most 1,000,000 are"):
        sweep(conn, ALICE, Question(window), *by)


def test_long_calls_of_before_are_found_by_an_index_of_their_own(conn: Connection) -> None:
    add_call(conn)
    conn.execute(
        text(
            "CREATE INDEX IF NOT EXISTS voip_cdr_long_idx ON voip_cdr (starting_date)"
            " WHERE duration > 7200"
        )
    )
    query = store.calls_reaching_in(ALICE, Question(Window(NOON, NOON + HOUR)))
    compiled = query.compile(conn, compile_kwargs={"literal_binds": True})
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    plan = conn.execute(text(f"EXPLAIN {compiled}")).scalars().all()
    names = conn.execute(
        text(
            "SELECT inhrelid::regclass::text FROM pg_inherits"
            " WHERE inhparent = 'voip_cdr_long_idx'::regclass"
        )
    ).scalars()
    assert any(f" {name} " in line for name in names for line in plan)
