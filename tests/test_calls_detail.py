"""One call in full: its columns and names, its raw record, and what else belongs to it."""

import uuid
from datetime import timedelta

from sqlalchemy import Connection, insert

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.calls import COLUMNS, CallDetail, detail
from cdrstats.calls.detail import SourceFile
from cdrstats.db.schema import import_file, switch

from .factories import NOON, add_call, add_staged

ALICE = EVERYONE
BOB = Scope(frozenset({2}))
CHARLIE = Scope(frozenset())
KEY = uuid.UUID(int=1)


def shown(conn: Connection, scope: Scope = ALICE) -> CallDetail:
    found = detail(conn, scope, NOON, KEY)
    assert found is not None
    return found


def test_every_column_and_the_names_of_its_ids(conn: Connection) -> None:
    conn.execute(insert(switch), [{"id": 7, "name": "Berlin"}])
    add_call(conn, dedup_key=KEY, switch_id=7, country_id=724, hangup_cause_id=17)
    found = shown(conn)
    assert tuple(found.call) == COLUMNS
    assert found.names["switch"] == "Berlin"
    assert found.names["country"] == "Spain"
    assert found.names["hangup_cause"] == "USER_BUSY"
    assert found.names["customer"] == "Unassigned"


def test_a_call_is_found_only_at_its_place(conn: Connection) -> None:
    add_call(conn, dedup_key=KEY)
    assert detail(conn, ALICE, NOON + timedelta(seconds=1), KEY) is None
    assert detail(conn, ALICE, NOON, uuid.UUID(int=2)) is None


def test_bob_sees_only_his_calls_and_no_raw_records(conn: Connection) -> None:
    staged = add_staged(conn, outcome="call", imported=True)
    add_call(conn, dedup_key=KEY, user_id=2, callid="x", import_id=staged)
    add_call(conn, user_id=1, callid="x")
    found = shown(conn, BOB)
    assert found.staged is None
    assert found.related == ()
    assert len(shown(conn).related) == 1
    assert detail(conn, CHARLIE, NOON, KEY) is None
    assert detail(conn, Scope(frozenset({1})), NOON, KEY) is None


def test_the_raw_record_and_its_file(conn: Connection) -> None:
    file = {"name": "Master.csv", "sha256": "x", "size_bytes": 1, "source": "s", "switch_id": 0}
    statement = insert(import_file).returning(import_file.c.id)
    file_id = conn.execute(statement, [file | {"timezone": "Asia/Tokyo"}]).scalar_one()
    staged = add_staged(conn, file_id=file_id, callid="raw")
    add_call(conn, dedup_key=KEY, import_id=staged)
    found = shown(conn)
    assert found.staged is not None
    assert found.staged["callid"] == "raw"
    assert found.file == SourceFile("Master.csv", "s", "Asia/Tokyo")


def test_a_record_that_was_purged_or_pushed(conn: Connection) -> None:
    add_call(conn, dedup_key=KEY, import_id=10**12)
    assert (shown(conn).staged, shown(conn).file) == (None, None)
    pushed = add_staged(conn)
    call = add_call(conn, import_id=pushed)
    found = detail(conn, ALICE, NOON, call["dedup_key"])
    assert found is not None
    assert found.staged is not None
    assert found.file is None


def test_what_else_belongs_to_the_call(conn: Connection) -> None:
    """Each way once, and next to it what only looks alike."""
    leg_key = uuid.UUID(int=9)
    staged = add_staged(conn, dedup_key=KEY, outcome="call", names_leg=leg_key, call_start=NOON)
    add_call(conn, dedup_key=KEY, import_id=staged, callid="a-leg", switch_id=1)

    again = add_staged(conn, dedup_key=KEY, outcome="duplicate")
    other_feed = add_staged(conn, matched_key=KEY, outcome="duplicate")
    named = add_staged(conn, dedup_key=leg_key, outcome="ignored")
    naming = add_staged(conn, leg_of="a-leg", outcome="ignored")
    both = add_staged(conn, dedup_key=leg_key, leg_of="a-leg", outcome="ignored")
    add_staged(conn, outcome="duplicate")
    add_staged(conn, leg_of="another", outcome="ignored")
    fork = add_call(
        conn, callid="a-leg", switch_id=1, starting_date=NOON + timedelta(seconds=5)
    )
    add_call(conn, callid="a-leg", switch_id=2)

    related = shown(conn).related
    found = [(r.kind, r.row["dedup_key"] if r.kind == "call" else r.row["id"]) for r in related]
    assert found == [
        ("duplicate", again),
        ("duplicate", other_feed),
        ("leg", named),
        ("leg", naming),
        ("leg", both),
        ("call", fork["dedup_key"]),
    ]


def test_calls_without_a_call_id_are_no_relatives(conn: Connection) -> None:
    add_call(conn, dedup_key=KEY, callid="")
    add_call(conn, callid="")
    assert shown(conn).related == ()


def starts(conn: Connection, scope: Scope = ALICE) -> list[timedelta]:
    """When the calls that go with the opened one began, counted from its start."""
    return [one.row["starting_date"] - NOON for one in shown(conn, scope).related]


def test_the_records_of_one_asterisk_channel_go_together(conn: Connection) -> None:
    """Forks have its uniqueid; what it was passed on to names it as linkedid."""
    first = {"switch_id": 1, "cdr_source_type": 4, "data": {"linkedid": "1773144000.1"}}
    add_call(conn, dedup_key=KEY, callid="1773144000.1", duration=60, **first)
    minute = timedelta(minutes=1)
    passed_on = {"callid": "1773144060.5", **first}
    add_call(conn, starting_date=NOON + minute, **passed_on)
    add_call(conn, starting_date=NOON + 2 * minute, **passed_on | {"user_id": 2})
    add_call(conn, starting_date=NOON + 3 * minute, **passed_on)  # too late to follow upon it
    add_call(conn, starting_date=NOON + minute, **passed_on | {"switch_id": 2})
    add_call(conn, starting_date=NOON + minute, **passed_on | {"data": {"linkedid": "1.1"}})
    assert starts(conn) == [minute, 2 * minute]
    assert starts(conn, Scope(frozenset({0}))) == [], "the record is for staff"


def test_the_first_record_is_found_from_the_last(conn: Connection) -> None:
    """As far back as the two uniqueids lie apart, at most an hour."""
    last = {"switch_id": 1, "cdr_source_type": 4, "data": {"linkedid": "1773142200.1"}}
    add_call(conn, dedup_key=KEY, callid="1773144000.9", **last)
    half_an_hour = timedelta(minutes=30)
    add_call(conn, starting_date=NOON - half_an_hour, callid="1773142200.1", **last)
    add_call(conn, starting_date=NOON - half_an_hour, callid="1773142200.4", **last)
    add_call(conn, starting_date=NOON - 2 * half_an_hour, callid="1773142200.5", **last)
    assert starts(conn) == [-half_an_hour, -half_an_hour]


def test_a_leg_that_freeswitch_bridged_to_goes_with_the_call(conn: Connection) -> None:
    other = {"callid": "other-leg", "switch_id": 1}
    add_call(conn, dedup_key=KEY, callid="", switch_id=1, data={"bridge_uuid": "other-leg"})
    add_call(conn, starting_date=NOON + timedelta(seconds=9), **other)
    assert starts(conn) == [timedelta(seconds=9)]


def test_a_leg_begins_in_the_zone_of_its_file_or_its_switch(conn: Connection) -> None:
    """Whatever zone held when it was staged: its call moved with the switch's zone."""
    conn.execute(insert(switch), [{"id": 7, "name": "Berlin", "timezone": "Europe/Berlin"}])
    file = {"name": "a", "sha256": "x", "size_bytes": 1, "source": "s", "switch_id": 7}
    statement = insert(import_file).returning(import_file.c.id)
    file_id = conn.execute(statement, [file | {"timezone": "Asia/Tokyo"}]).scalar_one()
    add_call(conn, dedup_key=KEY, callid="a", switch_id=7)
    leg = {"leg_of": "a", "outcome": "ignored", "starting_date": NOON + timedelta(hours=5)}
    add_staged(conn, start_text="2026-03-10 13:00:00", **leg)
    add_staged(conn, start_text="2026-03-10 21:00:00", file_id=file_id, **leg)
    add_staged(conn, **leg)
    add_staged(conn, **leg | {"starting_date": None})
    assert [one.start for one in shown(conn).related] == [
        NOON,
        NOON,
        NOON + timedelta(hours=5),
        None,
    ]


def test_data_that_is_no_object_is_nothing_to_go_by(conn: Connection) -> None:
    add_call(conn, dedup_key=KEY, callid="a", data=["linkedid", 1])
    assert shown(conn).data == {}
