"""What becomes of rows in cdr_import, told as an operator would see it."""

import random
import string
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, delete, func, insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from cdrstats import mediation, switches
from cdrstats.db.schema import (
    account_code,
    cdr_import,
    customer,
    hangup_cause,
    rollup_log,
    voip_cdr,
)
from cdrstats.mediation import NewSwitches

from .factories import NOON, add_staged

NOISE = "".join(random.Random(1).choices(string.printable.strip(), k=20_000))
YEAR_1970 = datetime(1970, 1, 1, tzinfo=UTC)
YEAR_2100 = datetime(2100, 1, 1, tzinfo=UTC)


def stage(engine: Engine, **given: object) -> int:
    with engine.begin() as conn:
        return add_staged(conn, **given)


def calls(engine: Engine) -> list[dict[str, object]]:
    with engine.connect() as conn:
        rows = conn.execute(select(voip_cdr).order_by(voip_cdr.c.import_id))
        return [dict(row._mapping) for row in rows]


def outcomes(engine: Engine) -> list[str | None]:
    with engine.connect() as conn:
        query = select(cdr_import.c.outcome).order_by(cdr_import.c.id)
        return list(conn.execute(query).scalars())


def flag_anew(engine: Engine) -> None:
    """What an operator types."""
    with engine.begin() as conn:
        conn.execute(text("UPDATE cdr_import SET imported=FALSE"))


def noted(engine: Engine) -> set[datetime]:
    with engine.begin() as conn:
        slots = set(conn.execute(select(rollup_log.c.slot)).scalars())
        conn.execute(delete(rollup_log))
        return slots


def test_a_pushed_row_becomes_a_call(fresh_engine: Engine) -> None:
    key = uuid.uuid4()
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer), {"id": 7, "name": "Acme"})
        conn.execute(insert(account_code), {"accountcode": "A7", "customer_id": 7})
    id_ = stage(
        fresh_engine,
        callid=str(key),
        accountcode="A7",
        extradata={"codec": "PCMA"},
        sell_cost=Decimal("0.12"),
    )

    assert mediation.mediate(fresh_engine).outcomes == {"call": 1}

    (call,) = calls(fresh_engine)
    assert call["dedup_key"] == key
    assert call["import_id"] == id_
    assert (call["starting_date"], call["answered_at"]) == (NOON, NOON + timedelta(seconds=5))
    assert (call["duration"], call["billsec"], call["answered"]) == (55, 50, True)
    assert (call["user_id"], call["hangup_cause_id"], call["cdr_source_type"]) == (7, 16, 3)
    assert (call["country_id"], call["call_type"], call["destination_e164"]) == (
        724, 0, "34650123456",
    )  # fmt: skip
    assert (call["sell_cost"], call["buy_cost"], call["data"]) == (
        Decimal("0.12"), 0, {"codec": "PCMA"},
    )  # fmt: skip
    assert noted(fresh_engine) == {NOON}


def test_an_unknown_account_code_belongs_to_nobody(fresh_engine: Engine) -> None:
    stage(fresh_engine, accountcode="nobody knows")
    mediation.mediate(fresh_engine)
    assert [call["user_id"] for call in calls(fresh_engine)] == [0]


def test_a_freeswitch_call_pushed_twice_is_one_call(fresh_engine: Engine) -> None:
    for _ in range(2):
        stage(fresh_engine, callid="0b0c7b2e-7bd1-11e5-a230-5c514f6a0f72")
    mediation.mediate(fresh_engine)
    assert outcomes(fresh_engine) == ["call", "duplicate"]
    assert len(calls(fresh_engine)) == 1


def test_equal_asterisk_rows_of_one_feed_stay_as_many_calls(fresh_engine: Engine) -> None:
    for _ in range(3):
        stage(fresh_engine, cdr_source_type=4, callid="1773144000.7")
    mediation.mediate(fresh_engine)
    assert outcomes(fresh_engine) == ["call"] * 3


def test_what_cdr_pusher_inserts_is_taken_as_it_is(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        conn.execute(text("SET LOCAL search_path = pusher"))
        conn.execute(text("SET LOCAL timezone = 'Europe/Madrid'"))
        conn.exec_driver_sql("CREATE TABLE IF NOT EXISTS cdr_import (id serial PRIMARY KEY)")
        conn.exec_driver_sql(
            "INSERT INTO cdr_import (switch, cdr_source_type, callid, caller_id_name,"
            " caller_id_number, destination_number, hangup_cause_id, duration, billsec,"
            " starting_date, accountcode, extradata) VALUES"
            " ('10.0.0.5', 3, 'a1', 'Bob', '1001', '34650123456', '16', '55', '50',"
            " '2026-03-10 13:00:00', '\\N', '{\"codec\":\"PCMU\"}'),"
            " ('10.0.0.5', 3, 'a2', '\\N', '1001', '34650123456', '\\N', '55', '\\N',"
            " '2026-03-10 13:00:01', '\\N', 'no json'),"
            " ('10.0.0.5', 3, 'a3', 'Bob', '1001', '34650123456', '16', '\\N', '\\N',"
            " '2026-03-10 13:00:02', '\\N', '\\N')"
        )
    mediation.mediate(fresh_engine)

    first, second = calls(fresh_engine)
    assert (first["starting_date"], first["accountcode"]) == (NOON, "")
    assert (second["caller_id_name"], second["hangup_cause_id"], second["billsec"]) == (
        "", 0, 0,
    )  # fmt: skip
    assert second["data"] == {"text": "no json"}
    with fresh_engine.connect() as conn:
        rejections = conn.execute(text("SELECT callid, reason FROM rejection"))
        assert [tuple(row) for row in rejections] == [("a3", "no duration")]


def test_what_cdr_pusher_sends_and_nobody_can_read_is_kept_and_rejected(
    fresh_engine: Engine,
) -> None:
    with fresh_engine.begin() as conn:
        conn.exec_driver_sql(
            "INSERT INTO pusher.cdr_import (switch, callid, destination_number, duration,"
            " billsec, starting_date) VALUES"
            " ('a', 'a1', '1', '99999999999', '50', '2026-03-10 13:00:00'),"
            " ('a', 'a2', '1', '55', '50', 'garbage')"
        )
    mediation.mediate(fresh_engine)
    with fresh_engine.connect() as conn:
        reasons = conn.execute(
            text("SELECT reason FROM rejection ORDER BY import_id")
        ).scalars()
        assert list(reasons) == [
            'unreadable: {"duration": "99999999999"}',
            'unreadable: {"starting_date": "garbage"}',
        ]


def test_a_pusher_may_insert_and_nothing_else(fresh_engine: Engine) -> None:
    role = f"pusher_{uuid.uuid4().hex[:8]}"
    trap = (
        "CREATE FUNCTION pusher.jsonb_build_object(a text, b text) RETURNS jsonb"
        " LANGUAGE plpgsql AS $$ BEGIN"
        f" EXECUTE 'ALTER ROLE {role} SUPERUSER'; RETURN '{{}}'; END $$"
    )
    with fresh_engine.connect() as conn:
        for statement in (
            f"CREATE ROLE {role}",
            f"GRANT USAGE, CREATE ON SCHEMA pusher TO {role}",
            f"GRANT INSERT ON pusher.cdr_import TO {role}",
            f"SET LOCAL ROLE {role}",
            "SET LOCAL search_path = pusher",
            trap,
            "INSERT INTO cdr_import (switch, callid, extradata) VALUES ('a', 'b', 'no json')",
        ):
            conn.exec_driver_sql(statement)
        conn.exec_driver_sql("RESET ROLE")
        query = text("SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = :role")
        assert conn.execute(query, {"role": role}).scalar_one() is False
        staged = conn.execute(text("SELECT extradata FROM public.cdr_import")).scalar_one()
        assert staged == {"text": "no json"}
        conn.exec_driver_sql(f"SET LOCAL ROLE {role}")
        with pytest.raises(ProgrammingError, match="permission denied"):
            conn.exec_driver_sql("SELECT * FROM pusher.cdr_import")
        conn.rollback()


def test_a_row_with_nothing_in_it_is_a_rejection(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        conn.execute(text("INSERT INTO cdr_import DEFAULT VALUES"))
    mediation.mediate(fresh_engine)
    assert outcomes(fresh_engine) == ["rejected"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"starting_date": None}, "no start time"),
        ({"starting_date": datetime(1970, 1, 1, tzinfo=UTC)}, "implausible start: before 2000"),
        (
            {"starting_date": datetime(2100, 1, 1, tzinfo=UTC)},
            "implausible start: in the future",
        ),
        ({"duration": -1}, "implausible duration: negative"),
        ({"billsec": 2**31 - 1}, "implausible duration: longer than 31 days"),
        ({"buy_cost": Decimal("NaN")}, "implausible rate or cost"),
        ({"sell_rate": Decimal("-Infinity")}, "implausible rate or cost"),
        ({"sell_rate": Decimal("1e131000")}, "implausible rate or cost"),
        ({"callid": NOISE}, "a number, name, call id or account code is far too long"),
        ({"accountcode": NOISE}, "a number, name, call id or account code is far too long"),
    ],
)
def test_one_poison_row_never_blocks_another(
    fresh_engine: Engine, given: dict[str, object], reason: str
) -> None:
    stage(fresh_engine)
    poison = stage(fresh_engine, **given)
    stage(fresh_engine)

    mediation.mediate(fresh_engine)

    assert outcomes(fresh_engine) == ["call", "rejected", "call"]
    with fresh_engine.connect() as conn:
        query = select(cdr_import.c.reason).where(cdr_import.c.id == poison)
        assert conn.execute(query).scalar_one() == reason


def test_a_value_that_postgresql_refuses_is_rejected_alone(fresh_engine: Engine) -> None:
    ids = [stage(fresh_engine) for _ in range(5)]
    with fresh_engine.begin() as conn:
        conn.execute(
            update(cdr_import)
            .where(cdr_import.c.id == ids[2])
            .values(start_text="2026-13-45 00:00:00")
        )
    mediation.mediate(fresh_engine)
    assert outcomes(fresh_engine) == ["call", "call", "rejected", "call", "call"]


def test_a_rejection_can_be_retried_once_it_is_mended(fresh_engine: Engine) -> None:
    id_ = stage(fresh_engine, duration=-5)
    mediation.mediate(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(update(cdr_import).values(duration=55))
        assert mediation.retry(conn, [id_]) == 1
    mediation.mediate(fresh_engine)
    assert outcomes(fresh_engine) == ["call"]
    assert len(calls(fresh_engine)) == 1


def test_a_cause_of_the_switchs_own_wins_over_the_q850_code(fresh_engine: Engine) -> None:
    stage(fresh_engine, hangup_cause="ORIGINATOR_CANCEL", hangup_cause_id=16)
    stage(fresh_engine, hangup_cause="NORMAL_CLEARING", hangup_cause_id=16)
    stage(fresh_engine, hangup_cause="USER_BUSY", hangup_cause_id=None)
    stage(fresh_engine, hangup_cause_id=120)
    mediation.mediate(fresh_engine)
    assert [call["hangup_cause_id"] for call in calls(fresh_engine)] == [487, 16, 17, 120]
    with fresh_engine.connect() as conn:
        name = select(hangup_cause.c.enumeration).where(hangup_cause.c.id == 120)
        assert conn.execute(name).scalar_one() == "CAUSE_120"


def test_a_month_that_is_missing_is_made(fresh_engine: Engine) -> None:
    stage(fresh_engine, starting_date=datetime(2003, 5, 31, 23, 59, 59, tzinfo=UTC))
    stage(fresh_engine, starting_date=datetime(2003, 6, 1, tzinfo=UTC))
    assert mediation.mediate(fresh_engine).calls == 2


def test_a_switch_may_have_several_addresses(fresh_engine: Engine) -> None:
    stage(fresh_engine, switch="10.0.0.5")
    mediation.mediate(fresh_engine, new=NewSwitches("Europe/Madrid", "ES"))
    with fresh_engine.begin() as conn:
        switches.add_address(conn, "10.0.0.5", "pbx.example.org")
    stage(fresh_engine, switch="pbx.example.org")
    mediation.mediate(fresh_engine)
    assert len({call["switch_id"] for call in calls(fresh_engine)}) == 1
    with fresh_engine.connect() as conn:
        (switch,) = switches.list_switches(conn)
    assert (switch.name, switch.timezone) == ("10.0.0.5", "Europe/Madrid")


def test_all_flagged_anew_changes_nothing_when_nothing_changed(fresh_engine: Engine) -> None:
    for second in range(3):
        stage(fresh_engine, starting_date=NOON + timedelta(seconds=second))
    stage(fresh_engine, duration=-1)
    mediation.mediate(fresh_engine)

    def without_id() -> list[dict[str, object]]:
        return [call | {"id": 0} for call in calls(fresh_engine)]

    before, decided = without_id(), outcomes(fresh_engine)
    flag_anew(fresh_engine)
    mediation.mediate(fresh_engine)
    assert without_id() == before
    assert outcomes(fresh_engine) == decided


def test_mediated_anew_a_call_is_re_owned_and_a_deleted_one_comes_back(
    fresh_engine: Engine,
) -> None:
    stage(fresh_engine, accountcode="A7")
    stage(fresh_engine, accountcode="A8", starting_date=NOON + timedelta(hours=1))
    mediation.mediate(fresh_engine)
    noted(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer), {"id": 7, "name": "Acme"})
        conn.execute(insert(account_code), {"accountcode": "A7", "customer_id": 7})
        conn.execute(delete(voip_cdr).where(voip_cdr.c.accountcode == "A8"))

    flag_anew(fresh_engine)
    mediation.mediate(fresh_engine)

    assert [(call["accountcode"], call["user_id"]) for call in calls(fresh_engine)] == [
        ("A7", 7), ("A8", 0),
    ]  # fmt: skip
    assert noted(fresh_engine) == {NOON, NOON + timedelta(hours=1)}


def test_a_call_without_its_staging_row_is_left_alone(fresh_engine: Engine) -> None:
    stage(fresh_engine)
    stage(fresh_engine)
    mediation.mediate(fresh_engine)
    with fresh_engine.begin() as conn:
        first = select(func.min(cdr_import.c.id)).scalar_subquery()
        conn.execute(delete(cdr_import).where(cdr_import.c.id == first))
    flag_anew(fresh_engine)
    mediation.mediate(fresh_engine)
    assert len(calls(fresh_engine)) == 2


def test_the_same_record_after_its_staging_row_was_purged_is_a_duplicate(
    fresh_engine: Engine,
) -> None:
    key = "0b0c7b2e-7bd1-11e5-a230-5c514f6a0f72"
    stage(fresh_engine, callid=key)
    mediation.mediate(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(delete(cdr_import))
    stage(fresh_engine, callid=key)
    mediation.mediate(fresh_engine)
    assert outcomes(fresh_engine) == ["duplicate"]
    assert len(calls(fresh_engine)) == 1


def test_two_mediators_at_once_make_each_call_once(fresh_engine: Engine) -> None:
    import threading

    with fresh_engine.begin() as conn:
        for second in range(200):
            add_staged(conn, starting_date=NOON + timedelta(seconds=second))
    threads = [
        threading.Thread(target=mediation.mediate, args=(fresh_engine,)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes(fresh_engine) == ["call"] * 200
    assert len(calls(fresh_engine)) == 200


def test_rows_that_somebody_is_changing_are_left_for_later(fresh_engine: Engine) -> None:
    id_ = stage(fresh_engine)
    with fresh_engine.connect() as other:
        other.execute(text("SELECT 1 FROM cdr_import FOR UPDATE"))
        assert mediation.mediate(fresh_engine).rows == 0
    assert mediation.mediate(fresh_engine).rows == 1
    assert [call["import_id"] for call in calls(fresh_engine)] == [id_]
