"""The demo comes in as files do, and leaves nothing behind."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, Table, func, insert, or_, select, text

from cdrstats import aggregates, customers, demo, intake, switches
from cdrstats.accounts import EVERYONE, audit
from cdrstats.db.engine import try_lock
from cdrstats.db.schema import (
    account_code,
    bad_line,
    carrier,
    cdr_import,
    country,
    customer,
    import_file,
    note,
    rollup_log,
    rollup_switch,
    switch,
    voip_cdr,
)
from cdrstats.demo import world
from cdrstats.demo.remove import LOCK
from cdrstats.errors import BadRequest
from cdrstats.settings import Settings, read_settings
from cdrstats.sources import READERS

from .asterisk import master_csv, master_line

CALLS, DAYS = 3_000, 20


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(read_settings({}), var_dir=tmp_path / "var")


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())


def test_the_demo_comes_in_as_files_and_is_charted(
    fresh_engine: Engine, settings: Settings
) -> None:
    told: list[int] = []
    loaded = demo.load(fresh_engine, settings, CALLS, DAYS, progress=told.append)

    assert (loaded.read, loaded.imported) == (CALLS, CALLS)
    assert told[-1] == CALLS
    assert count(fresh_engine, voip_cdr) == CALLS
    with fresh_engine.connect() as conn:
        files = conn.execute(select(import_file)).all()
        assert {file.source for file in files} <= set(READERS)
        assert all(file.is_demo and file.state == "staged" for file in files)
        assert conn.execute(select(func.sum(rollup_switch.c.calls))).scalar_one() == CALLS
        assert demo.is_loaded(conn)
    inbox = settings.var_dir / "inbox"
    left = [path for path in inbox.rglob("*") if path.is_file() and "done" not in path.parts]
    assert left == []
    assert len(list((inbox / "done").rglob("*.*"))) == loaded.files


def test_the_demo_is_understood(fresh_engine: Engine, settings: Settings) -> None:
    demo.load(fresh_engine, settings, CALLS, DAYS)
    with fresh_engine.connect() as conn:
        countries = conn.execute(
            select(func.count(voip_cdr.c.country_id.distinct())).where(
                voip_cdr.c.country_id > 0
            )
        ).scalar_one()
        assert countries >= 30
        unknown = conn.execute(
            select(func.count()).where(voip_cdr.c.country_id == 0, voip_cdr.c.call_type != 2)
        ).scalar_one()
        assert unknown == 0
        owners = conn.execute(select(func.count(voip_cdr.c.user_id.distinct()))).scalar_one()
        assert owners == len(world.CUSTOMERS) + 1
        unassigned = conn.execute(
            select(voip_cdr.c.accountcode).where(voip_cdr.c.user_id == 0).distinct()
        ).scalars()
        assert unassigned.all() == [world.STRAY_ACCOUNT]
        cuba = conn.execute(
            select(voip_cdr.c.accountcode, func.count())
            .join(country, country.c.id == voip_cdr.c.country_id)
            .where(country.c.iso2 == "CU")
            .group_by(voip_cdr.c.accountcode)
            .order_by(func.count().desc())
        ).first()
        assert cuba is not None
        assert cuba[0] == world.FRAUD_ACCOUNT
        bought, sold = conn.execute(
            select(func.sum(voip_cdr.c.buy_cost), func.sum(voip_cdr.c.sell_cost))
        ).one()
        assert 0 < bought < sold


def test_every_call_that_leaves_a_switch_tells_its_carrier(
    fresh_engine: Engine, settings: Settings
) -> None:
    demo.load(fresh_engine, settings, CALLS, DAYS)
    data = voip_cdr.c.data
    came_in = data["dcontext"].as_string() == "from-trunk"
    rings = data["last_arg"].as_string().startswith("user/")
    stays = func.coalesce(or_(voip_cdr.c.call_type == 2, came_in, rings), False)
    with fresh_engine.connect() as conn:
        rows = conn.execute(
            select(switch.c.name, carrier.c.name, func.bool_or(stays), func.bool_and(stays))
            .join(voip_cdr, voip_cdr.c.switch_id == switch.c.id)
            .join(carrier, carrier.c.id == voip_cdr.c.carrier_id)
            .group_by(switch.c.name, carrier.c.name)
        ).all()
    found = {(by, name): (some, every) for by, name, some, every in rows}
    assert found == {
        (place.name, one.name): (False, False)
        for place in world.SWITCHES
        for one, _ in place.carriers
    } | {("pbx-madrid", "Unknown"): (True, True), ("sbc-london", "Unknown"): (True, True)}


def test_a_carrier_that_other_calls_went_by_stays(
    fresh_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "own.csv"
    line = master_line(1).replace("SIP/trunk-", f"SIP/{world.EUROVOZ.name}-")
    own.write_text(master_csv(line), "utf-8")
    intake.load_file(fresh_engine, own, switch="mine")
    demo.load(fresh_engine, settings, 100, 2)
    demo.remove(fresh_engine)
    with fresh_engine.connect() as conn:
        left = conn.execute(select(carrier.c.name).order_by(carrier.c.id)).scalars().all()
    assert left == ["Unknown", world.EUROVOZ.name]


def test_stamps_are_read_in_the_zone_of_their_switch(
    fresh_engine: Engine, settings: Settings
) -> None:
    demo.load(fresh_engine, settings, 300, 2)
    with fresh_engine.connect() as conn:
        rows = conn.execute(
            select(voip_cdr.c.starting_date, voip_cdr.c.callid)
            .join(switch, switch.c.id == voip_cdr.c.switch_id)
            .where(switch.c.name == "pbx-madrid")
        ).all()
    assert rows
    for start, uniqueid in rows:
        assert start == datetime.fromtimestamp(int(uniqueid.split(".")[0]), UTC)


def test_removing_leaves_a_database_as_it_was(fresh_engine: Engine, settings: Settings) -> None:
    tables = (
        *(voip_cdr, cdr_import, import_file, bad_line),
        *(customer, account_code, switch, carrier),
    )
    before = {table.name: count(fresh_engine, table) for table in tables}
    demo.load(fresh_engine, settings, CALLS, DAYS)
    removed = demo.remove(fresh_engine)
    assert removed.calls == CALLS
    assert {table.name: count(fresh_engine, table) for table in tables} == before
    demo.catch_up(fresh_engine)
    assert count(fresh_engine, rollup_switch) == 0
    assert count(fresh_engine, rollup_log) == 0
    with fresh_engine.connect() as conn:
        assert not demo.is_loaded(conn)


def test_removing_leaves_other_calls_alone(
    fresh_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "own.csv"
    own.write_text(master_csv(*(master_line(number) for number in range(1, 6))), "utf-8")
    intake.load_file(fresh_engine, own, switch="pbx-madrid")
    demo.load(fresh_engine, settings, 500, 5)
    assert demo.remove(fresh_engine).calls == 500
    assert count(fresh_engine, voip_cdr) == 5
    assert count(fresh_engine, cdr_import) == 5
    with fresh_engine.connect() as conn:
        names = conn.execute(select(switch.c.name).where(switch.c.id > 0)).scalars().all()
    assert names == ["pbx-madrid"]
    demo.catch_up(fresh_engine)
    with fresh_engine.connect() as conn:
        assert aggregates.verify(conn) == []


def test_a_call_that_another_file_tells_of_too_stays(
    fresh_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    demo.load(fresh_engine, settings, 300, 2)
    done = settings.var_dir / "inbox" / "done" / "pbx-madrid"
    lines = next(done.glob("Master-*.csv")).read_text("utf-8").splitlines(keepends=True)
    copy = tmp_path / "copy.csv"
    copy.write_text("".join(lines[:7]), "utf-8")
    report = intake.load_file(fresh_engine, copy, switch="pbx-madrid")
    assert report.duplicates == 7
    demo.remove(fresh_engine)
    demo.catch_up(fresh_engine)
    assert count(fresh_engine, voip_cdr) == 7


def test_a_customer_who_got_a_code_of_ones_own_stays(
    fresh_engine: Engine, settings: Settings
) -> None:
    demo.load(fresh_engine, settings, 100, 2)
    with fresh_engine.begin() as conn:
        conn.execute(
            text(
                "INSERT INTO account_code (accountcode, customer_id)"
                " SELECT 'MINE', id FROM customer WHERE name = 'Acme Logistics'"
            )
        )
    demo.remove(fresh_engine)
    with fresh_engine.connect() as conn:
        names = conn.execute(select(customer.c.name).where(customer.c.id > 0)).scalars()
        assert names.all() == ["Acme Logistics"]


def test_customers_and_carriers_of_whom_something_was_set_up_stay(
    fresh_engine: Engine, settings: Settings
) -> None:
    demo.load(fresh_engine, settings, 100, 2)
    with fresh_engine.begin() as conn:
        known = select(carrier.c.name).where(carrier.c.id != 0).order_by(carrier.c.name)
        trunk = conn.execute(known.limit(1)).scalar_one()
        customers.add_trunks(conn, "Acme Logistics", [trunk])
        other = next(one.name for one in world.CUSTOMERS if one.name != "Acme Logistics")
        customers.add_numbers(conn, other, ["34911"])
    demo.remove(fresh_engine)
    with fresh_engine.connect() as conn:
        left = {each.name: each for each in customers.list_customers(conn, EVERYONE)}
    assert left.keys() == {"Acme Logistics", other}
    assert left["Acme Logistics"].trunks == (trunk,)
    assert [str(each) for each in left[other].numbers] == ["34911"]


def test_what_was_noted_of_its_switches_and_customers_goes_with_them(
    fresh_engine: Engine, settings: Settings
) -> None:
    demo.load(fresh_engine, settings, 100, 2)
    with fresh_engine.begin() as conn:
        theirs = conn.execute(select(switch.c.id).where(switch.c.name == "pbx-madrid")).scalar()
        owner = conn.execute(select(customer.c.id).where(customer.c.id > 0).limit(1)).scalar()
        mine = switches.find_or_create(conn, "mine", 4, "UTC", "").id
        about = [
            {"text": "their switch", "switch_id": theirs, "user_id": None},
            {"text": "their customer", "switch_id": None, "user_id": owner},
            {"text": "my switch", "switch_id": mine, "user_id": None},
            {"text": "everything", "switch_id": None, "user_id": None},
        ]
        moment = datetime(2026, 3, 10, tzinfo=UTC)
        conn.execute(insert(note), [{"at": moment, **one} for one in about])
    demo.remove(fresh_engine)
    with fresh_engine.connect() as conn:
        left = conn.execute(select(note.c.text).where(note.c.at == moment).order_by(note.c.id))
        assert left.scalars().all() == ["my switch", "everything"]
        of_nobody = select(func.count()).where(note.c.user_id.is_not(None))
        assert conn.execute(of_nobody).scalar_one() == 0


def test_the_demo_is_loaded_once(fresh_engine: Engine, settings: Settings) -> None:
    demo.load(fresh_engine, settings, 50, 1)
    with pytest.raises(BadRequest, match="loaded already"):
        demo.load(fresh_engine, settings, 50, 1)
    demo.remove(fresh_engine)
    demo.load(fresh_engine, settings, 50, 1)
    assert count(fresh_engine, voip_cdr) == 50


def test_a_load_that_was_ended_begins_anew(fresh_engine: Engine, settings: Settings) -> None:
    def end(read: int) -> None:
        if read > CALLS // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.load(fresh_engine, settings, CALLS, DAYS, progress=end)
    assert count(fresh_engine, import_file) > 0
    assert demo.is_unfinished(fresh_engine, settings)
    loaded = demo.load(fresh_engine, settings, CALLS, DAYS)
    assert loaded.imported == count(fresh_engine, voip_cdr) == CALLS
    assert count(fresh_engine, import_file) == loaded.files
    assert not demo.is_unfinished(fresh_engine, settings)


def test_what_was_loaded_in_part_and_removed_is_not_unfinished(
    fresh_engine: Engine, settings: Settings
) -> None:
    demo.load(fresh_engine, settings, 50, 1)
    (settings.var_dir / "demo").mkdir()
    assert demo.is_unfinished(fresh_engine, settings)
    demo.remove(fresh_engine)
    assert not demo.is_unfinished(fresh_engine, settings)


def test_loading_and_removing_keep_out_of_each_others_way(
    fresh_engine: Engine, settings: Settings
) -> None:
    with fresh_engine.begin() as conn:
        assert try_lock(conn, LOCK)
        with pytest.raises(BadRequest, match="at this moment"):
            demo.load(fresh_engine, settings, 50, 1)
        with pytest.raises(BadRequest, match="at this moment"):
            demo.remove(fresh_engine, lambda conn: partial(audit.note, conn, "root"))
    with fresh_engine.connect() as conn:
        assert audit.search(conn) == [], "what did not happen leaves no line"


def test_removing_what_is_not_there_does_nothing(fresh_engine: Engine) -> None:
    removed = demo.remove(fresh_engine, lambda conn: partial(audit.note, conn, "root"))
    assert (removed.files, removed.calls) == (0, 0)
    with fresh_engine.connect() as conn:
        [line] = audit.search(conn)
    assert (line.action, line.detail) == ("remove demo data", {"files": 0, "calls": 0})


@pytest.mark.parametrize(
    ("calls", "days", "seed"), [(0, 90, 1), (100, 0, 1), (100, 90, -1), (10**9, 90, 1)]
)
def test_impossible_wishes_are_refused(
    fresh_engine: Engine, settings: Settings, calls: int, days: int, seed: int
) -> None:
    with pytest.raises(BadRequest):
        demo.load(fresh_engine, settings, calls, days, seed)
