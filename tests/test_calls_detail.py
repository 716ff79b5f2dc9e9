"""One call in full: its columns and names, its raw record, and what else belongs to it."""

import uuid
from datetime import timedelta

from sqlalchemy import Connection, insert

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.calls import COLUMNS, CallDetail, detail
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
    file_id = conn.execute(insert(import_file).returning(import_file.c.id), [file]).scalar_one()
    staged = add_staged(conn, file_id=file_id, callid="raw")
    add_call(conn, dedup_key=KEY, import_id=staged)
    found = shown(conn)
    assert found.staged is not None
    assert found.staged["callid"] == "raw"
    assert found.file == "Master.csv"


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
