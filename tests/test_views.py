"""The two materialized views: their shape, and what the job process does about them."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, make_url, select, text, update

from cdrstats import aggregates
from cdrstats.aggregates import refreshing, views
from cdrstats.aggregates.draining import drain
from cdrstats.aggregates.views import VIEWS, ViewStatus, matv_hour, matv_min
from cdrstats.db.engine import make_engine
from cdrstats.db.schema import matview_state, voip_cdr

from .conftest import administer
from .factories import NOON, add_call

AS_IN_THE_CONTRACT = {
    name: f"""
CREATE MATERIALIZED VIEW {name} AS
    SELECT date_trunc('{step}', starting_date) as starting_date, country_id, switch_id, cdr_source_type,
           hangup_cause_id, user_id, count(*) AS nbcalls, sum(duration) AS duration, sum(billsec) AS billsec,
           sum(buy_cost) AS buy_cost, sum(sell_cost) AS sell_cost
    FROM voip_cdr
    GROUP BY date_trunc('{step}', starting_date), country_id, switch_id, cdr_source_type, hangup_cause_id, user_id;
"""  # noqa: E501
    for name, step in (
        ("matv_voip_cdr_aggr_hour", "hour"),
        ("matv_voip_cdr_aggr_min", "minute"),
    )
}
FAR = datetime(2100, 1, 1, tzinfo=UTC)
"""A time at which every view is due."""


def by_hand(engine: Engine, *statements: str) -> None:
    with engine.begin() as conn:
        for statement in statements:
            conn.exec_driver_sql(statement)


def drop_both(engine: Engine) -> None:
    by_hand(engine, *(f"DROP MATERIALIZED VIEW {view.name}" for view in VIEWS))


def add_counted(engine: Engine, **given: Any) -> None:
    with engine.begin() as conn:
        add_call(conn, **given)
        aggregates.note_changed(conn, [given.get("starting_date", NOON)])
    drain(engine)


def look(engine: Engine) -> list[ViewStatus]:
    with engine.connect() as conn:
        return views.status(conn)


def total(engine: Engine) -> list[int]:
    with engine.connect() as conn:
        return [
            conn.execute(select(func.coalesce(func.sum(view.c.nbcalls), 0))).scalar_one()
            for view in VIEWS
        ]


@pytest.fixture
def reader(fresh_engine: Engine, server: str) -> Iterator[str]:
    """A role that reads the views, as a BI tool would."""
    name = f"bi_{uuid.uuid4().hex[:8]}"
    administer(server, f"CREATE ROLE {name}")
    yield name
    by_hand(fresh_engine, f"DROP OWNED BY {name}")
    administer(server, f"DROP ROLE {name}")


def may_read(engine: Engine, role: str) -> list[bool]:
    with engine.connect() as conn:
        return [
            conn.execute(select(func.has_table_privilege(role, v.name, "SELECT"))).scalar_one()
            for v in VIEWS
        ]


@pytest.mark.parametrize("name", sorted(AS_IN_THE_CONTRACT))
def test_the_views_are_exactly_those_of_the_contract(conn: Connection, name: str) -> None:
    shape = text("SELECT pg_get_viewdef(CAST(:name AS regclass))")
    ours = conn.execute(shape, {"name": name}).scalar_one()
    conn.exec_driver_sql(f"DROP MATERIALIZED VIEW {name}")
    conn.exec_driver_sql(AS_IN_THE_CONTRACT[name])
    assert conn.execute(shape, {"name": name}).scalar_one() == ours


def test_both_are_there_from_the_start(conn: Connection) -> None:
    for view in views.status(conn):
        assert (view.exists, view.populated, view.ours, view.keyed) == (True, True, True, True)
        assert view.as_it_should_be
        assert not view.behind
    assert views.make_missing(conn) == []


def test_a_missing_view_is_made_with_its_index(conn: Connection) -> None:
    add_call(conn)
    conn.exec_driver_sql("DROP MATERIALIZED VIEW matv_voip_cdr_aggr_min")
    assert views.make_missing(conn) == ["matv_voip_cdr_aggr_min"]
    assert all(view.keyed and view.populated for view in views.status(conn))
    assert conn.execute(select(matv_min.c.nbcalls)).scalars().all() == [1]


def test_views_are_refreshed_when_calls_have_changed_and_only_then(
    fresh_engine: Engine,
) -> None:
    refreshing.refresh_due(fresh_engine, FAR)
    assert refreshing.refresh_due(fresh_engine, FAR) == 0

    add_counted(fresh_engine)
    assert all(view.behind and view.changed_at for view in look(fresh_engine))
    assert refreshing.refresh_due(fresh_engine, FAR) == 2
    assert total(fresh_engine) == [1, 1]
    for view in look(fresh_engine):
        assert (view.behind, view.changed_at, view.trouble) == (False, None, None)
        assert view.refreshed_at
        assert view.took_ms is not None
    assert refreshing.refresh_due(fresh_engine, FAR) == 0


def test_a_view_is_left_until_it_is_due(fresh_engine: Engine) -> None:
    refreshing.refresh_due(fresh_engine, FAR)
    add_counted(fresh_engine)
    (due_at,) = {view.next_due_at for view in look(fresh_engine)}
    assert due_at is not None
    assert refreshing.refresh_due(fresh_engine, due_at - timedelta(seconds=1)) == 0
    assert refreshing.refresh_due(fresh_engine, due_at) == 2


def test_on_a_small_store_a_round_is_due_ten_seconds_after_the_last(
    fresh_engine: Engine,
) -> None:
    refreshing.refresh_due(fresh_engine, FAR)
    for view in look(fresh_engine):
        assert view.next_due_at is not None
        assert view.refreshed_at is not None
        pause = view.next_due_at - view.refreshed_at
        assert timedelta(seconds=10) <= pause < timedelta(seconds=20)


def test_a_change_while_a_view_is_refreshed_is_not_lost(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    refreshing.refresh_due(fresh_engine, FAR)
    add_counted(fresh_engine)
    real = refreshing._attempt

    def attempt(conn: Connection, view: ViewStatus, statements: list[str]) -> str | None:
        trouble = real(conn, view, statements)
        if statements and view.name == matv_hour.name:
            add_counted(fresh_engine)
        return trouble

    monkeypatch.setattr(refreshing, "_attempt", attempt)
    refreshing.refresh_due(fresh_engine, FAR)
    monkeypatch.undo()
    hour, minute = look(fresh_engine)
    assert hour.behind
    assert hour.changed_at == hour.refreshed_at
    assert minute.behind  # read before the change; no harm in one refresh more
    assert refreshing.refresh_due(fresh_engine, FAR) == 2
    assert total(fresh_engine) == [2, 2]


def test_views_made_by_hand_get_their_index_and_are_refreshed_beside_readers(
    fresh_engine: Engine,
) -> None:
    drop_both(fresh_engine)
    by_hand(fresh_engine, *AS_IN_THE_CONTRACT.values())
    assert not any(view.keyed for view in look(fresh_engine))
    refreshing.refresh_due(fresh_engine, FAR)
    assert all(view.keyed for view in look(fresh_engine))

    add_counted(fresh_engine)
    with fresh_engine.connect() as reading:
        reading.execute(select(matv_hour)).all()  # holds its lock
        assert refreshing.refresh_due(fresh_engine, FAR) == 2
    assert total(fresh_engine) == [1, 1]


@pytest.mark.parametrize(
    "index",
    [
        "CREATE UNIQUE INDEX ON matv_voip_cdr_aggr_hour (starting_date, country_id, switch_id,"
        " cdr_source_type, hangup_cause_id, user_id) WHERE user_id > 0",
        "CREATE INDEX matv_voip_cdr_aggr_hour_key ON matv_voip_cdr_aggr_hour (starting_date,"
        " country_id, switch_id, cdr_source_type, hangup_cause_id, user_id)",
        "CREATE UNIQUE INDEX ON matv_voip_cdr_aggr_hour (starting_date, country_id, switch_id,"
        " cdr_source_type, hangup_cause_id, user_id, nbcalls)",
    ],
)
def test_an_index_that_will_not_do_is_not_taken_for_the_right_one(
    fresh_engine: Engine, index: str
) -> None:
    by_hand(fresh_engine, "DROP INDEX matv_voip_cdr_aggr_hour_key", index)
    assert not look(fresh_engine)[0].keyed
    refreshing.refresh_due(fresh_engine, FAR)
    assert look(fresh_engine)[0].keyed


def test_a_view_that_is_not_populated_is_filled(fresh_engine: Engine) -> None:
    add_counted(fresh_engine)
    refreshing.refresh_due(fresh_engine, FAR)
    by_hand(fresh_engine, "REFRESH MATERIALIZED VIEW matv_voip_cdr_aggr_min WITH NO DATA")
    assert refreshing.refresh_due(fresh_engine, FAR) == 1
    assert total(fresh_engine) == [1, 1]


def test_a_missing_view_is_reported_and_not_made_and_the_other_goes_on(
    fresh_engine: Engine,
) -> None:
    by_hand(fresh_engine, "DROP MATERIALIZED VIEW matv_voip_cdr_aggr_hour")
    add_counted(fresh_engine)
    assert refreshing.refresh_due(fresh_engine, FAR) == 1

    hour, minute = look(fresh_engine)
    assert not hour.exists
    assert "matv_voip_cdr_aggr_hour does not exist" in (hour.trouble or "")
    assert minute.trouble is None
    assert not minute.behind

    by_hand(fresh_engine, AS_IN_THE_CONTRACT["matv_voip_cdr_aggr_hour"])
    assert refreshing.refresh_due(fresh_engine, FAR) == 1
    assert look(fresh_engine)[0].trouble is None


def test_a_view_of_another_shape_is_reported(fresh_engine: Engine) -> None:
    by_hand(
        fresh_engine,
        "DROP MATERIALIZED VIEW matv_voip_cdr_aggr_hour",
        "CREATE MATERIALIZED VIEW matv_voip_cdr_aggr_hour AS SELECT 1 AS nbcalls",
    )
    add_counted(fresh_engine)
    assert refreshing.refresh_due(fresh_engine, FAR) == 1
    assert "other columns" in (look(fresh_engine)[0].trouble or "")


def test_a_view_of_another_role_is_reported_with_the_statement_that_mends_it(
    fresh_engine: Engine, server: str, reader: str
) -> None:
    role = f"cdr_{uuid.uuid4().hex[:8]}"
    administer(server, f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
    database = fresh_engine.url.database
    by_hand(
        fresh_engine,
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT CREATE ON SCHEMA public TO {role}",
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"GRANT CREATE ON DATABASE {database} TO {role}",
        f"ALTER MATERIALIZED VIEW matv_voip_cdr_aggr_min OWNER TO {role}",
        f"ALTER MATERIALIZED VIEW matv_voip_cdr_aggr_hour OWNER TO {reader}",
    )
    url = make_url(server).set(username=role, password="secret", database=database)
    theirs = make_engine(url.render_as_string(hide_password=False), "tests")
    try:
        add_counted(fresh_engine)
        assert refreshing.refresh_due(theirs, FAR) == 1
        hour, minute = look(theirs)
        mend = f"ALTER MATERIALIZED VIEW public.matv_voip_cdr_aggr_hour OWNER TO {role};"
        assert (hour.trouble or "").endswith(mend)
        assert reader in (hour.trouble or "")
        assert minute.trouble is None

        by_hand(fresh_engine, mend)
        assert refreshing.refresh_due(theirs, FAR) == 1
        assert look(theirs)[0].trouble is None
        assert total(theirs) == [1, 1]
    finally:
        theirs.dispose()
        by_hand(fresh_engine, f"DROP OWNED BY {role}")
        administer(server, f"DROP ROLE {role}")


def test_readers_keep_their_right_through_drop_and_create(
    fresh_engine: Engine, reader: str
) -> None:
    by_hand(
        fresh_engine,
        f"GRANT SELECT ON matv_voip_cdr_aggr_hour TO {reader}",
        "GRANT SELECT ON matv_voip_cdr_aggr_min TO PUBLIC",
    )
    refreshing.refresh_due(fresh_engine, FAR)
    drop_both(fresh_engine)
    refreshing.refresh_due(fresh_engine, FAR)
    by_hand(fresh_engine, *AS_IN_THE_CONTRACT.values())
    assert may_read(fresh_engine, reader) == [False, False]

    refreshing.refresh_due(fresh_engine, FAR)
    assert may_read(fresh_engine, reader) == [True, True]

    by_hand(fresh_engine, f"REVOKE SELECT ON matv_voip_cdr_aggr_hour FROM {reader}")
    refreshing.refresh_due(fresh_engine, FAR)
    assert may_read(fresh_engine, reader) == [False, True]  # what was taken stays taken


def test_only_one_process_refreshes(fresh_engine: Engine) -> None:
    add_counted(fresh_engine)
    with fresh_engine.connect() as other:
        other.execute(select(func.pg_advisory_lock(refreshing.LOCK)))
        assert refreshing.refresh_due(fresh_engine, FAR) == 0
        other.execute(select(func.pg_advisory_unlock(refreshing.LOCK)))
    assert refreshing.refresh_due(fresh_engine, FAR) == 2


def test_the_check_finds_what_the_views_show_and_the_rollups_do_not(
    fresh_engine: Engine,
) -> None:
    add_counted(fresh_engine, buy_cost="1.5")
    refreshing.refresh_due(fresh_engine, FAR)
    with fresh_engine.connect() as conn:
        assert views.check(conn) == []

    with fresh_engine.begin() as conn:  # nobody notes it: a fault
        conn.execute(update(voip_cdr).values(buy_cost="2.5"))
    by_hand(fresh_engine, "REFRESH MATERIALIZED VIEW matv_voip_cdr_aggr_hour")
    with fresh_engine.connect() as conn:
        (difference,) = views.check(conn)
    assert (difference.view, difference.column) == ("matv_voip_cdr_aggr_hour", "buy_cost")
    assert (difference.shown, difference.counted) == (2.5, 1.5)
    assert difference.day == NOON.replace(hour=0)
    assert not difference.behind


def test_the_check_knows_what_a_view_cannot_show_yet(fresh_engine: Engine) -> None:
    add_counted(fresh_engine)
    refreshing.refresh_due(fresh_engine, FAR)
    add_counted(fresh_engine)
    with fresh_engine.begin() as conn:
        found = views.check(conn)
        assert {difference.view for difference in found} == {view.name for view in VIEWS}
        assert all(difference.behind for difference in found)

    by_hand(fresh_engine, "REFRESH MATERIALIZED VIEW matv_voip_cdr_aggr_hour")
    with fresh_engine.begin() as conn:  # noted and not counted: the roll-ups are behind
        conn.execute(update(matview_state).values(refreshed_at=FAR))
        add_call(conn, starting_date=NOON + timedelta(minutes=1))
        aggregates.note_changed(conn, [NOON])
        assert all(difference.behind for difference in views.check(conn))


def test_the_check_leaves_out_a_view_that_is_missing(conn: Connection) -> None:
    add_call(conn)
    conn.exec_driver_sql("DROP MATERIALIZED VIEW matv_voip_cdr_aggr_hour")
    assert views.check(conn) == []
