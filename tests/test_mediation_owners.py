"""Whose a call is: by its account code, else a number that counts, else its trunk."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from cdrstats import customers, intake, mediation, switches
from cdrstats.accounts import EVERYONE
from cdrstats.calls import detail, explain
from cdrstats.db.schema import customer, voip_cdr

from .asterisk import master_csv, master_line
from .conftest import copied
from .factories import add_staged

BLOCK = "34911234000-34911234999"
FIRST, LAST, INSIDE, BELOW, ABOVE = (
    "34911234000",
    "34911234999",
    "34911234567",
    "34911233999",
    "34911235000",
)
OUT = "0033144556677"  # of nobody

RECORDS: list[tuple[str, int, str, str, str, str]] = [
    # account code, direction, caller, dialled, trunk: owner
    ("code", 0, INSIDE, "34934000000", "pipe", "Code"),
    ("code", 1, OUT, INSIDE, "", "Code"),
    ("nobody's", 2, INSIDE, OUT, "pipe", "Block"),
    ("", 2, INSIDE, OUT, "pipe", "Block"),
    ("", 2, FIRST, OUT, "", "Block"),
    ("", 2, LAST, OUT, "", "Block"),
    ("", 2, BELOW, OUT, "", ""),
    ("", 2, ABOVE, OUT, "", ""),
    ("", 2, "+34 911 234 567", OUT, "", "Block"),
    ("", 2, "0034911234567", OUT, "", "Block"),
    ("", 2, "911234567", OUT, "", "Block"),  # national, on a Spanish switch
    ("", 2, "1001", OUT, "", ""),
    ("", 2, "anonymous", OUT, "", ""),
    ("", 2, "\\N", OUT, "", ""),
    ("", 2, "", OUT, "pipe", "Pipe"),
    ("", 2, OUT, INSIDE, "", ""),  # of an outbound call the called number is a stranger's
    ("", 1, OUT, INSIDE, "", "Block"),
    ("", 1, OUT, "9911234567", "", "Block"),  # 9 is dialled first on this switch,
    ("", 2, "934000000", OUT, "", "Prefix"),  # but is part of a caller's number
    ("", 1, INSIDE, OUT, "", ""),  # forged
    ("", 1, INSIDE, OUT, "pipe", "Pipe"),
    ("", 1, INSIDE, "34934000000", "", "Prefix"),
    ("", 0, INSIDE, OUT, "", "Block"),
    ("", 0, OUT, INSIDE, "", "Block"),
    ("", 0, INSIDE, "34934000000", "", "Block"),
    ("", 0, "34934000000", INSIDE, "", "Prefix"),
    ("", 7, "34934000000", INSIDE, "", "Prefix"),  # an odd direction is none
    ("", 0, OUT, "1001", "", ""),
    ("", 0, OUT, "1001", "pipe", "Pipe"),
    ("", 0, OUT, "1001", "other", ""),
    ("\\N", 0, OUT, "1001", "pipe", "Pipe"),
]


@pytest.fixture(scope="module")
def mediated(server: str, template_database: str) -> Iterator[Engine]:
    """A database in which RECORDS are calls, each named by its place among them."""
    with copied(server, template_database) as engine:
        with engine.begin() as conn:
            switches.add(conn, "pbx", "Europe/Madrid", "ES")
            switches.change(conn, "pbx", strip_prefixes=["9"], national_min_digits=8)
            for name in ("Code", "Block", "Prefix", "Pipe"):
                customers.add(conn, name)
            customers.assign(conn, "Code", ["code"])
            customers.add_numbers(conn, "Block", [BLOCK])
            customers.add_numbers(conn, "Prefix", ["34934"])
            customers.add_trunks(conn, "Pipe", ["pipe"])
            for place, (code, direction, caller, called, trunk, _) in enumerate(RECORDS):
                add_staged(
                    conn,
                    switch="pbx",
                    callid=f"record {place}",
                    accountcode=code,
                    direction=direction,
                    caller_id_number=caller,
                    destination_number=called,
                    extradata={"trunk": trunk},
                )
        assert mediation.mediate(engine).outcomes == {"call": len(RECORDS)}
        yield engine


def owners(engine: Engine) -> dict[str, str]:
    """The customer of each call by its call id; '' is nobody."""
    with engine.connect() as conn:
        rows = conn.execute(
            select(voip_cdr.c.callid, customer.c.id, customer.c.name).join(
                customer, customer.c.id == voip_cdr.c.user_id
            )
        ).all()
    return {row.callid: row.name if row.id else "" for row in rows}


def test_what_comes_first_decides(mediated: Engine) -> None:
    found = owners(mediated)
    told = [found[f"record {place}"] for place in range(len(RECORDS))]
    assert told == [owner for *_, owner in RECORDS]


def test_what_explains_an_owner_decides_as_mediation_does(mediated: Engine) -> None:
    said = set()
    with mediated.connect() as conn:
        for call in conn.execute(select(voip_cdr)).all():
            found = detail(conn, EVERYONE, call.starting_date, call.dedup_key)
            assert found is not None
            told = {one.field: one for one in explain(conn, EVERYONE, found).fields}["user_id"]
            assert told.today == "", call.callid
            said.add(told.how)
    assert "The account code “code” is Code's." in said
    nobodys = "The account code “nobody's” is nobody's"
    assert f"{nobodys}; the number +34911234567 is Block's." in said
    assert "The record has no account code; the trunk “pipe” is Pipe's." in said
    assert (
        "The record has no account code, and nobody owns a number of the call that counts, or"
        " its trunk." in said
    )


def test_mediating_anew_goes_by_the_owners_of_today(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_staged(conn, callid="1", caller_id_number=INSIDE)
        add_staged(conn, callid="2", caller_id_number="1", extradata={"trunk": "pipe"})
    mediation.mediate(fresh_engine)
    assert owners(fresh_engine) == {"1": "", "2": ""}
    with fresh_engine.begin() as conn:
        customers.add(conn, "Block")
        customers.add_numbers(conn, "Block", [BLOCK])
        customers.add_trunks(conn, "Block", ["pipe"])
    assert owners(fresh_engine) == {"1": "", "2": ""}
    for expected in ("Block", ""):
        mediation.flag_anew(fresh_engine)
        mediation.mediate(fresh_engine)
        assert owners(fresh_engine) == {"1": expected, "2": expected}
        with fresh_engine.begin() as conn:
            owned = customers.find(conn, "Block")
            customers.remove_numbers(conn, "Block", map(str, owned.numbers))
            customers.remove_trunks(conn, "Block", owned.trunks)


def test_calls_of_a_file_have_owners_as_pushed_ones_do(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    with fresh_engine.begin() as conn:
        customers.add(conn, "Block")
        customers.add_numbers(conn, "Block", [BLOCK])
    lines = [
        master_line(1, src=INSIDE, dst="0033144556677"),
        master_line(2, src="0033144556677", dst=LAST),
        master_line(3, src=BELOW, dst=ABOVE),
    ]
    (tmp_path / "Master.csv").write_text(master_csv(*lines))
    intake.load_file(fresh_engine, tmp_path / "Master.csv", switch="pbx")
    with fresh_engine.connect() as conn:
        rows = conn.execute(
            text(
                "SELECT c.name FROM voip_cdr AS v JOIN customer AS c ON c.id = v.user_id"
                " ORDER BY v.import_id"
            )
        )
        assert rows.scalars().all() == ["Block", "Block", "Unassigned"]


def test_owners_by_chance_are_those_that_plain_python_finds(fresh_engine: Engine) -> None:
    chance = random.Random(11)
    people = ["A", "B", "C", "D"]
    blocks = {n: chance.choice(people) for n in chance.sample(range(100, 200), 30)}
    codes = {f"code {n}": chance.choice(people) for n in range(6)}
    trunks = {f"trunk {n}": chance.choice(people) for n in range(3)}
    with fresh_engine.begin() as conn:
        for name in people:
            customers.add(conn, name)
            customers.assign(conn, name, [code for code in codes if codes[code] == name])
            customers.add_numbers(
                conn, name, [f"34911{n}" for n in blocks if blocks[n] == name]
            )
            customers.add_trunks(conn, name, [one for one in trunks if trunks[one] == name])
        right = {}
        for place in range(400):
            code = chance.choice([*codes, "other", "", ""])
            caller, called = (f"34911{chance.randrange(90, 210)}456" for _ in "12")
            trunk = chance.choice([*trunks, "other"])
            direction = chance.choice([0, 1, 2, None])
            add_staged(
                conn,
                callid=f"{place}",
                accountcode=code,
                direction=direction,
                caller_id_number=caller,
                destination_number=called,
                extradata={"trunk": trunk},
            )
            of_caller = blocks.get(int(caller[5:8])) if len(caller) == 11 else None
            of_called = blocks.get(int(called[5:8])) if len(called) == 11 else None
            if code in codes:
                right[f"{place}"] = codes[code]
            elif of_caller and direction != 1:
                right[f"{place}"] = of_caller
            elif of_called and direction != 2:
                right[f"{place}"] = of_called
            else:
                right[f"{place}"] = trunks.get(trunk, "")
    mediation.mediate(fresh_engine)
    assert owners(fresh_engine) == right
    assert {*right.values()} == {*people, ""}
