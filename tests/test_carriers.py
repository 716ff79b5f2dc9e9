"""Which carrier a call went by: as its record tells, made when new, explained."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, text

from cdrstats import intake, mediation, sheets, switches
from cdrstats.accounts import EVERYONE, Scope, audit
from cdrstats.calls import detail, explain
from cdrstats.db.schema import carrier, cdr_import, voip_cdr
from cdrstats.intake import stage
from cdrstats.reference import CARRIERS

from .asterisk import master_csv, master_line
from .conftest import copied
from .factories import NOON, add_call, add_staged

BOB = Scope(frozenset({2}))
ABROAD, INSIDE = "0034650123456", "1002"
CSV, FREESWITCH, ASTERISK = 1, 3, 4

RECORDS: list[tuple[int, str, Any, str]] = [
    # The channel that Asterisk dialled.
    (ASTERISK, ABROAD, {"dstchannel": "PJSIP/acme-0000001a"}, "acme"),
    (ASTERISK, ABROAD, {"dstchannel": "SIP/acme-00000012"}, "acme"),
    (ASTERISK, ABROAD, {"dstchannel": "SIP/acme-out-b7d01234<ZOMBIE>"}, "acme-out"),
    (ASTERISK, ABROAD, {"dstchannel": "IAX2/acme-123"}, "acme"),
    (ASTERISK, ABROAD, {"dstchannel": "SIP/192.0.2.7-00000012"}, "192.0.2.7"),
    (ASTERISK, ABROAD, {"dstchannel": "DAHDI/i1/5551234-5"}, "DAHDI/i1"),
    (ASTERISK, ABROAD, {"dstchannel": "DAHDI/4-1"}, "DAHDI/4"),
    (ASTERISK, ABROAD, {"dstchannel": "Dongle/gsm0-0100000001"}, "Dongle/gsm0"),
    (ASTERISK, ABROAD, {"dstchannel": "Local/0034@out-00000001;2"}, ""),
    (ASTERISK, ABROAD, {"dstchannel": "PJSIP/1001-0000001a"}, ""),
    (ASTERISK, ABROAD, {"dstchannel": "PJSIP/34910000000-0000001a"}, "34910000000"),
    (ASTERISK, ABROAD, {"dstchannel": "PJSIP/acme"}, ""),
    (ASTERISK, ABROAD, {"dstchannel": "nonsense"}, ""),
    (ASTERISK, ABROAD, {"dstchannel": "/"}, ""),
    (ASTERISK, ABROAD, {"dstchannel": 7}, ""),
    (ASTERISK, ABROAD, {"dstchannel": ""}, ""),
    (ASTERISK, ABROAD, {"dstchannel": "\\N"}, ""),
    (ASTERISK, INSIDE, {"dstchannel": "PJSIP/acme-0000001a"}, ""),
    (ASTERISK, ABROAD, {"last_arg": "sofia/gateway/acme/34650"}, ""),
    (ASTERISK, ABROAD, {}, ""),
    # What FreeSWITCH tells of its gateway.
    (FREESWITCH, ABROAD, {"sip_gateway_name": "acme"}, "acme"),
    (FREESWITCH, INSIDE, {"sip_gateway_name": "acme"}, "acme"),
    (FREESWITCH, ABROAD, {"last_arg": "sofia/gateway/acme/34650123456"}, "acme"),
    (FREESWITCH, ABROAD, {"last_arg": "{a=1}sofia/gateway/26/34650123456"}, "26"),
    (FREESWITCH, ABROAD, {"last_arg": "sofia/gateway/a/1|sofia/gateway/b/1"}, ""),
    (FREESWITCH, ABROAD, {"last_arg": "user/1002@10.0.0.1"}, ""),
    (FREESWITCH, INSIDE, {"last_arg": "sofia/gateway/acme/1002"}, ""),
    (
        FREESWITCH,
        ABROAD,
        {"sip_gateway_name": "one", "last_arg": "sofia/gateway/two/346"},
        "one",
    ),
    (FREESWITCH, ABROAD, {"dstchannel": "PJSIP/acme-0000001a"}, ""),
    # What any source may say.
    (CSV, ABROAD, {"carrier": "  Acme Ltd.\t"}, "Acme Ltd."),
    (CSV, ABROAD, {"trunk": "T1"}, "T1"),
    (CSV, INSIDE, {"trunk": "1001"}, "1001"),
    (CSV, ABROAD, {"trunk": 17}, "17"),
    (CSV, ABROAD, {"carrier": " ", "trunk": "T1"}, "T1"),
    (CSV, ABROAD, {"carrier": "\\N", "trunk": None}, ""),
    (CSV, ABROAD, {"carrier": "C", "trunk": "T", "sip_gateway_name": "G"}, "C"),
    (CSV, ABROAD, {"carrier": "x" * 199 + " yz"}, "x" * 199),
    (CSV, ABROAD, {"carrier": "ñ" * 300}, "ñ" * 200),
    (CSV, ABROAD, {"trunk": "'); DROP TABLE carrier;--"}, "'); DROP TABLE carrier;--"),
    (CSV, ABROAD, {"carrier": "unknown"}, "unknown"),
    (CSV, ABROAD, {"dstchannel": "PJSIP/acme-0000001a"}, ""),
    (CSV, ABROAD, ["carrier"], ""),
    (CSV, ABROAD, "carrier", ""),
    (CSV, ABROAD, None, ""),
    (ASTERISK, ABROAD, {"carrier": "Acme", "dstchannel": "PJSIP/t-0000001a"}, "Acme"),
]


@pytest.fixture(scope="module")
def mediated(server: str, template_database: str) -> Iterator[Engine]:
    """A database in which RECORDS are calls, each named by its place among them."""
    with copied(server, template_database) as engine:
        with engine.begin() as conn:
            switches.add(conn, "pbx", "Europe/Madrid", "ES")
            for place, (source, number, extra, _) in enumerate(RECORDS):
                add_staged(
                    conn,
                    switch="pbx",
                    cdr_source_type=source,
                    callid=f"record {place}",
                    destination_number=number,
                    extradata=extra,
                )
        assert mediation.mediate(engine).outcomes == {"call": len(RECORDS)}
        yield engine


def carriers_of(engine: Engine) -> dict[str, str]:
    """The name of each call's carrier, by call id; '' if it is not known."""
    with engine.connect() as conn:
        rows = conn.execute(
            select(voip_cdr.c.callid, voip_cdr.c.carrier_id, carrier.c.name).join(
                carrier, carrier.c.id == voip_cdr.c.carrier_id
            )
        ).all()
    return {row.callid: row.name if row.carrier_id else "" for row in rows}


def carrier_ids(engine: Engine) -> dict[str, int]:
    with engine.connect() as conn:
        rows = conn.execute(select(carrier.c.name, carrier.c.id)).all()
    return {row.name: row.id for row in rows}


def test_each_source_tells_its_carrier_in_its_own_way(mediated: Engine) -> None:
    found = carriers_of(mediated)
    told = [found[f"record {place}"] for place in range(len(RECORDS))]
    assert told == [name for *_, name in RECORDS]


def test_what_explains_a_carrier_reads_records_as_mediation_does(mediated: Engine) -> None:
    with mediated.connect() as conn:
        for call in conn.execute(select(voip_cdr)).all():
            found = detail(conn, EVERYONE, call.starting_date, call.dedup_key)
            assert found is not None
            told = {one.field: one for one in explain(conn, EVERYONE, found).fields}
            assert told["carrier_id"].today == "", call.callid


def explained(engine: Engine, place: int, scope: Scope = EVERYONE) -> Any:
    with engine.connect() as conn:
        query = select(voip_cdr).where(voip_cdr.c.callid == f"record {place}")
        call = conn.execute(query).one()
        found = detail(conn, scope, call.starting_date, call.dedup_key)
        assert found is not None
        fields = explain(conn, scope, found).fields
    return next((one for one in fields if one.field == "carrier_id"), None)


@pytest.mark.parametrize(
    ("extra", "how", "given"),
    [
        (
            {"dstchannel": "PJSIP/acme-0000001a"},
            "Asterisk sent the call out by the channel “PJSIP/acme-0000001a”: by acme.",
            (("dstchannel", "PJSIP/acme-0000001a"),),
        ),
        (
            {"dstchannel": "PJSIP/1001-0000001a"},
            "“PJSIP/1001-0000001a” is called like an extension, so it is a telephone, not a"
            " carrier.",
            (("dstchannel", "PJSIP/1001-0000001a"),),
        ),
        (
            {"last_arg": "sofia/gateway/acme/34650123456"},
            "FreeSWITCH sent the call to “sofia/gateway/acme/34650123456”: by the gateway"
            " acme.",
            (("last_arg", "sofia/gateway/acme/34650123456"),),
        ),
        ({"trunk": "T1"}, "The record names “T1”.", (("trunk", "T1"),)),
        (
            {"dstchannel": "Local/0034@out-00000001;2"},
            "The record names neither a trunk nor a gateway that the call went by.",
            (),
        ),
    ],
)
def test_a_carrier_is_explained(
    mediated: Engine, extra: dict[str, str], how: str, given: tuple[tuple[str, str], ...]
) -> None:
    place = next(at for at, record in enumerate(RECORDS) if record[2] == extra)
    told = explained(mediated, place)
    assert (told.how, told.given) == (how, given)


def test_a_customer_is_not_told_how_calls_are_routed(mediated: Engine) -> None:
    with mediated.begin() as conn:
        conn.execute(text("UPDATE voip_cdr SET user_id = 2 WHERE callid = 'record 0'"))
    assert explained(mediated, 0, BOB) is None


def test_a_call_whose_carrier_would_be_another_today_says_so(conn: Connection) -> None:
    conn.execute(insert(carrier), {"id": 7, "name": "old"})
    call = add_call(
        conn,
        carrier_id=7,
        cdr_source_type=ASTERISK,
        destination_number=ABROAD,
        data={"dstchannel": "PJSIP/acme-0000001a"},
    )
    found = detail(conn, EVERYONE, call["starting_date"], call["dedup_key"])
    assert found is not None
    told = {one.field: one for one in explain(conn, EVERYONE, found).fields}["carrier_id"]
    assert told.how == "The carrier was old when the call was mediated."
    assert told.today == "It would be acme."


def test_an_extension_is_as_long_as_its_switch_says(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        switches.add(conn, "pbx", "UTC", "ES")
        switches.change(conn, "pbx", extension_digits=3)
        for peer in ("100", "1001"):
            extra = {"dstchannel": f"SIP/{peer}-00000001"}
            add_staged(
                conn, switch="pbx", cdr_source_type=ASTERISK, callid=peer, extradata=extra
            )
    mediation.mediate(fresh_engine)
    assert carriers_of(fresh_engine) == {"100": "", "1001": "1001"}


def test_a_carrier_that_is_known_keeps_its_row(fresh_engine: Engine) -> None:
    for callid in ("a", "b"):
        with fresh_engine.begin() as conn:
            add_staged(conn, callid=callid, extradata={"trunk": "T1"})
        mediation.mediate(fresh_engine)
    assert carriers_of(fresh_engine) == {"a": "T1", "b": "T1"}
    assert set(carrier_ids(fresh_engine)) == {"Unknown", "T1"}


def test_a_carrier_has_the_calls_of_all_its_trunks(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_staged(conn, callid="before", extradata={"trunk": "T2"})
    mediation.mediate(fresh_engine)
    with fresh_engine.begin() as conn:
        note = partial(audit.note, conn, "root")
        row = {"name": "Acme", "trunks": "T1;T2"}
        sheets.save(conn, CARRIERS, None, row, note)
        for callid, trunk in (("a", "T1"), ("b", "T2"), ("c", "Acme"), ("d", "T3")):
            add_staged(conn, callid=callid, extradata={"trunk": trunk})
    mediation.mediate(fresh_engine)
    found = carriers_of(fresh_engine)
    assert found == {"before": "T2", "a": "Acme", "b": "Acme", "c": "Acme", "d": "T3"}
    assert set(carrier_ids(fresh_engine)) == {"Unknown", "Acme", "T2", "T3"}


def test_a_renamed_carrier_keeps_its_calls_and_its_trunk(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_staged(conn, callid="before", extradata={"trunk": "T1"})
    mediation.mediate(fresh_engine)
    with fresh_engine.begin() as conn:
        note = partial(audit.note, conn, "root")
        sheets.save(conn, CARRIERS, "T1", {"name": "Acme"}, note)
        add_staged(conn, callid="after", extradata={"trunk": "T1"})
    mediation.mediate(fresh_engine)
    assert carriers_of(fresh_engine) == {"before": "Acme", "after": "Acme"}
    with fresh_engine.connect() as conn:
        call = conn.execute(select(voip_cdr).where(voip_cdr.c.callid == "before")).one()
        found = detail(conn, EVERYONE, call.starting_date, call.dedup_key)
        assert found is not None
        told = {one.field: one for one in explain(conn, EVERYONE, found).fields}["carrier_id"]
    assert told.how == "The record names “T1”. That is a trunk of Acme."
    assert told.today == ""


def test_what_is_no_call_makes_no_carrier(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_staged(conn, duration=-1, extradata={"trunk": "T1"})
    assert mediation.mediate(fresh_engine).outcomes == {"rejected": 1}
    assert set(carrier_ids(fresh_engine)) == {"Unknown"}


def test_mediated_anew_a_call_goes_by_what_its_record_says_now(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_staged(conn, callid="a", extradata={"trunk": "T1"})
    mediation.mediate(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(
            text('UPDATE cdr_import SET imported = false, extradata = \'{"trunk": "T2"}\'')
        )
    mediation.mediate(fresh_engine)
    assert carriers_of(fresh_engine) == {"a": "T2"}


def test_batches_of_a_file_that_bring_the_same_new_names(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "BATCH", 2)
    path = tmp_path / "Master.csv"
    path.write_text(master_csv(*(master_line(number) for number in range(1, 12))), "utf-8")
    report = intake.load_file(fresh_engine, path, switch="pbx")
    assert (report.imported, report.waiting) == (11, 0)
    with fresh_engine.connect() as conn:
        ids = set(conn.execute(select(voip_cdr.c.carrier_id)).scalars())
    assert ids == {carrier_ids(fresh_engine)["trunk"]}


def test_a_batch_adds_names_only_after_the_batch_before_it(fresh_engine: Engine) -> None:
    """Else the one before might wait for a name of the one after it, which waits for it."""
    seen: list[list[str]] = []
    known = mediation.learn(fresh_engine)
    with fresh_engine.begin() as conn:
        given = {"imported": True, "outcome": "call", "call_start": NOON}
        first = add_staged(conn, callid="a", extradata={"trunk": "T1"}, **given)
        mediation.take_staged(conn, first)
        mediation.prepare(conn, known)
        mediation.make_calls(
            conn,
            known,
            lambda: seen.append(sorted(conn.execute(select(carrier.c.name)).scalars())),
        )
    assert seen == [["Unknown"], ["T1", "Unknown"]]
    assert carriers_of(fresh_engine) == {"a": "T1"}


def test_a_name_that_another_transaction_is_adding_is_waited_for(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_staged(conn, callid="a", extradata={"trunk": "T1"})
    with fresh_engine.connect() as other, other.begin() as adding:
        added = other.execute(
            insert(carrier).values(name="T1").returning(carrier.c.id)
        ).scalar_one()
        batch = threading.Thread(target=mediation.mediate, args=(fresh_engine,))
        batch.start()
        until(lambda: waits(fresh_engine))
        adding.commit()
    batch.join()
    with fresh_engine.connect() as conn:
        assert conn.execute(select(voip_cdr.c.carrier_id)).scalars().all() == [added]


def waits(engine: Engine) -> bool:
    """Whether a statement of this database waits for another transaction."""
    with engine.connect() as conn:
        found = conn.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event_type = 'Lock'"
            )
        )
        return bool(found.scalar_one())


def until(happened: Callable[[], bool]) -> None:
    for _ in range(600):
        if happened():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen")


def test_staged_rows_that_wait_and_those_staged_as_calls_are_read_alike(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    for name, waiting in (("waits", True), ("taken", False)):
        path = tmp_path / f"{name}.csv"
        path.write_text(master_csv(master_line(1, uniqueid=f"177314400{waiting:d}.1")), "utf-8")
        intake.load_file(fresh_engine, path, switch=name, stage_only=waiting)
    mediation.mediate(fresh_engine)
    with fresh_engine.connect() as conn:
        assert conn.execute(select(cdr_import.c.outcome)).scalars().all() == ["call", "call"]
    assert set(carriers_of(fresh_engine).values()) == {"trunk"}
