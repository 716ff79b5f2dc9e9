"""What is said of how a call came about agrees with what mediation does, then and today."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from cdrstats import customers, intake, mediation, switches
from cdrstats.accounts import EVERYONE
from cdrstats.calls import detail, explain
from cdrstats.db.schema import carrier, dialcode, hangup_cause, voip_cdr

from .asterisk import master_csv, master_line
from .factories import add_staged

SAMPLES = Path(__file__).parent / "samples"
RULED = (
    "switch_id",
    "starting_date",
    "user_id",
    "destination_e164",
    "call_type",
    "dialcode_id",
    "country_id",
    "answered",
    "hangup_cause_id",
)
"""The columns that today's rules may give another value."""


def calls(conn: Connection) -> dict[uuid.UUID, dict[str, Any]]:
    return {row["dedup_key"]: dict(row) for row in conn.execute(select(voip_cdr)).mappings()}


def outdated(conn: Connection) -> set[tuple[uuid.UUID, str]]:
    """Each field of each call that would be something else today, by the explanations."""
    told = set()
    for key, call in calls(conn).items():
        found = detail(conn, EVERYONE, call["starting_date"], key)
        assert found is not None
        told |= {(key, field.field) for field in explain(conn, EVERYONE, found).outdated}
    return told


def mediate_anew(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(text("UPDATE cdr_import SET imported = false"))
    mediation.mediate(engine)


@pytest.fixture
def store(fresh_engine: Engine, tmp_path: Path) -> Engine:
    """Calls of every kind of file, in several zones, and pushed ones."""
    loads: tuple[tuple[str, str | None, str | None], ...] = (
        ("master18.csv", "pbx", "Europe/Madrid"),
        ("custom.csv", "pbx", "America/New_York"),  # the file's zone, not the switch's
        ("gui.csv", "gui", None),
        ("fs.json", None, None),
        ("fs_legs.csv", "fs", "Europe/London"),
        ("fs_pusher14.csv", "fs", None),
        ("cdrstats.csv", None, "Asia/Kathmandu"),
    )
    for name, switch, zone in loads:
        intake.load_file(fresh_engine, SAMPLES / name, switch=switch, timezone=zone)
    doubtful = tmp_path / "doubtful.csv"
    doubtful.write_text(
        master_csv(
            *(master_line(n, f"2026-10-25 0{n}:30:00", accountcode="A7") for n in range(1, 5)),
            *(master_line(n, f"2026-03-29 0{n}:30:00", dst="0034650123456") for n in range(4)),
        )
    )
    intake.load_file(fresh_engine, doubtful, switch="pbx")
    with fresh_engine.begin() as conn:
        numbers = (
            "34650123456",
            "1001",
            "020 7946 0000",
            "+911",
            "",
            "\\N",
            "9*67",
            "012345678",
        )
        for number in numbers:
            add_staged(conn, destination_number=number, switch="10.0.0.5", accountcode="A8")
        add_staged(conn, switch=None, hangup_cause_id=None, hangup_cause="USER_BUSY", billsec=0)
        add_staged(conn, hangup_cause_id=16, hangup_cause="ORIGINATOR_CANCEL", billsec=0)
        add_staged(conn, hangup_cause_id=None, hangup_cause="NOBODY_KNOWS", billsec=None)
        add_staged(conn, extradata=["not", "an", "object"], cdr_source_type=None)
    mediation.mediate(fresh_engine)
    return fresh_engine


def test_of_a_call_just_mediated_nothing_would_be_different_today(store: Engine) -> None:
    with store.connect() as conn:
        assert len(calls(conn)) > 25
        assert outdated(conn) == set()


def move_address(conn: Connection) -> None:
    switches.change(conn, "10.0.0.5", new_name="old")
    conn.execute(text("DELETE FROM switch_address WHERE address = '10.0.0.5'"))
    switches.add_address(conn, "pbx", "10.0.0.5")


def own_accounts(conn: Connection) -> None:
    for name, code in (("Acme", "acme"), ("Beta", "A7")):
        customers.add(conn, name)
        customers.assign(conn, name, [code])


def own_numbers(conn: Connection) -> None:
    customers.add(conn, "Acme")
    customers.add_numbers(conn, "Acme", ["34650123000-34650123999", "44"])


def own_trunks(conn: Connection) -> None:
    customers.add(conn, "Acme")
    named = conn.execute(select(carrier.c.name).where(carrier.c.id != 0)).scalars().all()
    customers.add_trunks(conn, "Acme", named)


def renumber(conn: Connection) -> None:
    """Dial codes that somebody edited: one more, and one without its country."""
    conn.execute(insert(dialcode).values(id=3465012, country_id=20, name="Odd"))
    conn.execute(update(dialcode).where(dialcode.c.id == 447911).values(country_id=0))
    conn.execute(delete(dialcode).where(dialcode.c.id == 1868))


def rename_causes(conn: Connection) -> None:
    conn.execute(insert(hangup_cause).values(id=900, enumeration="NOBODY_KNOWS", cause="x"))
    causes = update(hangup_cause)
    conn.execute(causes.where(hangup_cause.c.id == 17).values(enumeration="ENGAGED"))
    conn.execute(causes.where(hangup_cause.c.id == 487).values(enumeration="GAVE_UP"))


CHANGES: dict[str, Callable[[Connection], object]] = {
    "zone": lambda conn: switches.change(conn, "pbx", timezone="America/New_York"),
    "zone half an hour off": lambda conn: switches.change(
        conn, "pbx", timezone="Australia/Lord_Howe"
    ),
    "country": lambda conn: switches.change(conn, "pbx", country="ES"),
    "country of a pusher": lambda conn: switches.change(conn, "10.0.0.5", country="GB"),
    "prefix to strip": lambda conn: switches.change(
        conn, "10.0.0.5", strip_prefixes=["34", "9*"]
    ),
    "name": lambda conn: switches.change(conn, "pbx", new_name="madrid"),
    "address": move_address,
    "owners": own_accounts,
    "owners of numbers": own_numbers,
    "owners of trunks": own_trunks,
    "dial codes": renumber,
    "causes": rename_causes,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_would_be_different_today_is_what_mediating_anew_changes(
    store: Engine, change: Callable[[Connection], object]
) -> None:
    with store.begin() as conn:
        change(conn)
        before, told = calls(conn), outdated(conn)
    mediate_anew(store)
    with store.connect() as conn:
        after = calls(conn)
        assert after.keys() == before.keys()
        changed = {
            (key, field)
            for key, call in before.items()
            for field in RULED
            if call[field] != after[key][field]
        }
        assert told == changed
        assert outdated(conn) == set()
    assert bool(changed) == (change is not CHANGES["name"])
