"""What PostgreSQL itself lets each role read, whatever a statement asks for."""

import subprocess
import sys

import pytest
from sqlalchemy import Connection, Engine, func, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE, STAFF_ONLY, Scope
from cdrstats.accounts.isolation import APP, CUSTOMER, confine
from cdrstats.aggregates.views import VIEWS
from cdrstats.db.engine import make_engine
from cdrstats.db.migrate import upgrade
from cdrstats.db.schema import (
    account_code,
    customer,
    download,
    metadata,
    note,
    saved_view,
    switch,
    voip_cdr,
)
from cdrstats.filters import seen

from .conftest import administer, database_url
from .factories import NOON, add_call
from .isolation import seen_by

OWN = {
    "voip_cdr": "user_id",
    "rollup_customer": "user_id",
    "rollup_customer_day": "user_id",
    "rollup_customer_country_day": "user_id",
    "rollup_customer_cause_day": "user_id",
    "rollup_account_day": "user_id",
    "customer": "id",
    "account_code": "customer_id",
    "saved_view": "user_id",
    "note": "user_id",
}
"""What customers may read their own rows of, and the column that says whose they are."""

HELD = {*OWN, "download", "switch", "alarm_rule", "alarm_window", "alarm_maintenance"}
HELD |= {"list_entry", "fraud_case", "fraud_evidence", "digest", "notification"}
COMMON = {"country", "dialcode", "hangup_cause", "source_type", "setting", "holiday"}
"""What is the same for everybody."""

KEPT = {"saved_view", "note", "download", "alarm_rule", "digest"}
"""What whoever looks may write and remove."""

ACME, BRONCO = Scope(frozenset({7})), Scope(frozenset({8}))
BOTH = Scope(frozenset({7, 8}))
NOBODY = Scope(frozenset())


@pytest.fixture
def two(conn: Connection) -> Connection:
    """Calls, counts and keepsakes of two customers, of staff, and of nobody."""
    conn.execute(insert(customer), [{"id": 7, "name": "Acme"}, {"id": 8, "name": "Bronco"}])
    conn.execute(
        insert(account_code),
        [{"accountcode": "a", "customer_id": 7}, {"accountcode": "b", "customer_id": 8}],
    )
    names = {1: "of Acme", 2: "of Bronco", 3: "of both", 4: "of nobody"}
    conn.execute(insert(switch), [{"id": id_, "name": name} for id_, name in names.items()])
    for user_id, switch_id in ((7, 1), (7, 3), (8, 2), (8, 3), (0, 4)):
        add_call(conn, user_id=user_id, switch_id=switch_id, accountcode="ab"[user_id == 8])
    for user_id in (7, 8, None):
        kept = {"owner": "x", "user_id": user_id, "page": "calls", "name": f"n{user_id}"}
        conn.execute(insert(saved_view).values(kept))
        written = {"at": NOON, "text": "t", "user_id": user_id}
        conn.execute(insert(note), [written | {"author": author} for author in ("x", "")])
        asked = {"id": func.gen_random_uuid(), "asked_by": "x", "page": "calls"}
        asked |= {"format": "csv", "file_name": "f", "expires_at": NOON}
        owners = None if user_id is None else [user_id]
        conn.execute(insert(download).values(**asked, user_ids=owners))
    conn.execute(insert(download).values(**asked, user_ids=[7, 8]))
    aggregates.rebuild(conn)
    while aggregates.refresh(conn, 500):
        pass
    return conn


def owners(conn: Connection, table: str) -> set[int | None]:
    column = metadata.tables[table].c[OWN[table]]
    return set(conn.execute(select(column)).scalars())


def allowed(conn: Connection, role: str, right: str) -> set[str]:
    """The tables and views, also those of other schemas, of which the role has the right."""
    return set(
        conn.execute(
            text(
                "SELECT relname"
                " FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace"
                " WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
                " AND relkind IN ('r', 'p', 'v', 'm', 'f')"
                " AND (has_table_privilege(:role, c.oid, :right)"
                "   OR :right <> 'DELETE' AND has_any_column_privilege(:role, c.oid, :right))"
            ),
            {"role": role, "right": right},
        ).scalars()
    )


def test_customers_may_read_what_is_held_to_them_and_what_is_common(conn: Connection) -> None:
    """A table that is new stands on neither list, and may not be read until it does."""
    assert allowed(conn, CUSTOMER, "SELECT") == HELD | COMMON
    for right in ("INSERT", "UPDATE", "DELETE"):
        read = {"notification"} if right == "UPDATE" else set()  # that they were read
        assert allowed(conn, CUSTOMER, right) == KEPT | read
        assert allowed(conn, APP, right) == KEPT | read


def test_nobody_reads_who_is_told_and_channels_but_the_owner(conn: Connection) -> None:
    for role in (APP, CUSTOMER):
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            assert not {"outbox", "channel", "fraud_telling"} & allowed(conn, role, right)


def test_what_is_held_has_a_policy_that_holds_customers(conn: Connection) -> None:
    found = conn.execute(
        text(
            "SELECT tablename FROM pg_policies JOIN pg_class ON relname = tablename"
            " WHERE permissive = 'RESTRICTIVE' AND roles = ARRAY[CAST(:role AS name)]"
            " AND relrowsecurity AND NOT relforcerowsecurity AND cmd = 'ALL'"
        ),
        {"role": CUSTOMER},
    )
    assert set(found.scalars()) == HELD


@pytest.mark.parametrize("table", OWN)
def test_without_any_condition_a_customer_gets_its_own_rows(
    two: Connection, table: str
) -> None:
    everybody = {7, 8} | {"saved_view": {None}, "note": {None}}.get(table, {0})
    if table == "account_code":
        everybody = {7, 8}
    assert owners(two, table) == everybody
    for scope, expected in ((ACME, {7}), (BRONCO, {8}), (BOTH, {7, 8}), (NOBODY, set())):
        with seen_by(two, scope):
            assert owners(two, table) == expected
    with seen_by(two, EVERYONE):
        assert owners(two, table) == everybody


def test_a_customer_sees_downloads_that_hold_its_rows_alone(two: Connection) -> None:
    held = select(download.c.user_ids)
    for scope, expected in ((ACME, [[7]]), (BRONCO, [[8]]), (NOBODY, [])):
        with seen_by(two, scope):
            assert two.execute(held).scalars().all() == expected
    with seen_by(two, BOTH):
        assert sorted(two.execute(held).scalars().all()) == [[7], [7, 8], [8]]


def test_a_customer_sees_the_switches_of_its_calls(two: Connection) -> None:
    named = select(switch.c.name).order_by(switch.c.name)
    for scope, expected in (
        (ACME, ["of Acme", "of both"]),
        (BRONCO, ["of Bronco", "of both"]),
        (NOBODY, []),
    ):
        with seen_by(two, scope):
            assert two.execute(named).scalars().all() == expected


def test_what_nobody_wrote_about_a_customer_is_for_staff(two: Connection) -> None:
    with seen_by(two, ACME):
        assert two.execute(select(note.c.author)).scalars().all() == ["x"]


def test_nobody_said_whose_rows_are_nobodys(two: Connection) -> None:
    with two.begin_nested() as part:
        two.execute(text(f"SET LOCAL ROLE {CUSTOMER}"))
        for table in OWN:
            assert owners(two, table) == set()
        part.rollback()


def refused(conn: Connection, scope: Scope, statement: str) -> str:
    with pytest.raises(DBAPIError) as found, seen_by(conn, scope):
        conn.execute(text(statement))
    return str(found.value.orig)


@pytest.mark.parametrize("column", sorted(STAFF_ONLY & {*voip_cdr.c.keys()}))
def test_what_staff_see_alone_is_refused(two: Connection, column: str) -> None:
    assert "permission denied" in refused(two, ACME, f"SELECT {column} FROM voip_cdr")
    with seen_by(two, EVERYONE):
        two.execute(text(f"SELECT {column} FROM voip_cdr"))


def test_what_is_shown_may_be_read(two: Connection) -> None:
    with seen_by(two, ACME):
        rows = two.execute(select(*seen(ACME))).all()
    assert len(rows) == 2
    assert {*voip_cdr.c.keys()} - {column.name for column in seen(ACME)} == STAFF_ONLY & {
        *voip_cdr.c.keys()
    }


@pytest.mark.parametrize(
    "source", ["cdr_import", "import_file", "carrier", "rollup_switch", "voip_cdr_2026_03"]
)
def test_there_is_no_way_around(two: Connection, source: str) -> None:
    assert "permission denied" in refused(two, ACME, f"SELECT count(*) FROM {source}")


@pytest.mark.parametrize("view", [view.name for view in VIEWS])
def test_the_two_views_are_for_staff_and_hold_everybodys_calls(
    two: Connection, view: str
) -> None:
    two.execute(text(f"REFRESH MATERIALIZED VIEW {view}"))
    assert "permission denied" in refused(two, ACME, f"SELECT count(*) FROM {view}")
    with seen_by(two, EVERYONE):
        shown = two.execute(text(f"SELECT DISTINCT user_id FROM {view}")).scalars().all()
    assert set(shown) == {0, 7, 8}


def test_a_customer_keeps_things_for_itself_alone(two: Connection) -> None:
    kept = "INSERT INTO saved_view (owner, user_id, page, name) VALUES ('y', {}, 'calls', 'm')"
    for other in ("8", "NULL", "0"):
        assert "row-level security" in refused(two, ACME, kept.format(other))
    with seen_by(two, ACME):
        two.execute(text(kept.format(7)))
        changed = two.execute(text("UPDATE saved_view SET name = 'new' WHERE page = 'calls'"))
        assert changed.rowcount == 2
        assert two.execute(text("DELETE FROM note")).rowcount == 1
    assert "row-level security" in refused(two, ACME, "UPDATE saved_view SET user_id = 8")


def test_nobody_who_looks_changes_a_call(two: Connection) -> None:
    for scope in (ACME, EVERYONE):
        assert "permission denied" in refused(two, scope, "DELETE FROM voip_cdr")
        assert "permission denied" in refused(two, scope, "UPDATE customer SET name = 'x'")


def test_the_rights_end_with_the_transaction(fresh_engine: Engine) -> None:
    with fresh_engine.connect() as conn:
        with conn.begin():
            whoever = conn.execute(text("SELECT current_user")).scalar_one()
            confine(conn, ACME)
            assert conn.execute(text("SELECT current_user")).scalar_one() == CUSTOMER
        with conn.begin():
            found = conn.execute(
                text("SELECT current_user, current_setting('cdrstats.user_ids', true)")
            ).one()
    assert tuple(found) == (whoever, "")


def test_an_index_finds_the_rows_of_a_customer(two: Connection) -> None:
    """The policy is worked out once, and looked up; it is no filter over everybody's calls."""
    two.execute(text("SET LOCAL enable_seqscan = off"))
    with seen_by(two, ACME):
        plan = two.execute(text("EXPLAIN SELECT count(*) FROM voip_cdr")).scalars().all()
    assert any("Index Cond: (user_id = ANY" in line for line in plan)


MIGRATES = "import sys; from cdrstats.db.migrate import upgrade; upgrade(sys.argv[1])"


def test_databases_of_one_server_share_the_roles(server: str) -> None:
    names = ["cdrstats_test_at_once_1", "cdrstats_test_at_once_2"]
    for name in names:
        administer(server, f"CREATE DATABASE {name}")
    try:
        migrating = [
            subprocess.Popen([sys.executable, "-c", MIGRATES, database_url(server, name)])
            for name in names
        ]
        assert [process.wait(60) for process in migrating] == [0, 0]
        for name in names:
            engine = make_engine(database_url(server, name), "tests")
            with engine.connect() as conn:
                assert "voip_cdr" in allowed(conn, CUSTOMER, "SELECT")
            engine.dispose()
    finally:
        for name in names:
            administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def test_an_owner_that_is_no_superuser(server: str, template_database: str) -> None:
    """It may become the roles where it was given them; and is told what to do where not."""
    name, owner = "cdrstats_test_owned", "cdrstats_test_owner"
    administer(server, f"CREATE ROLE {owner} LOGIN PASSWORD 'secret'")
    administer(server, f"CREATE DATABASE {name} OWNER {owner}")
    url = make_url(database_url(server, name)).set(username=owner, password="secret")
    try:
        with pytest.raises(DBAPIError, match=f"GRANT {APP}, {CUSTOMER} TO {owner};"):
            upgrade(url.render_as_string(hide_password=False))
        administer(server, f"GRANT {APP}, {CUSTOMER} TO {owner}")
        upgrade(url.render_as_string(hide_password=False))
        engine = make_engine(url.render_as_string(hide_password=False), "tests")
        with engine.begin() as conn:
            conn.execute(insert(customer).values(id=7, name="Acme"))
            conn.execute(insert(customer).values(id=8, name="Bronco"))
            with seen_by(conn, ACME):
                assert owners(conn, "customer") == {7}
        engine.dispose()
    finally:
        administer(server, f"DROP DATABASE {name} WITH (FORCE)")
        administer(server, f"DROP ROLE {owner}")
