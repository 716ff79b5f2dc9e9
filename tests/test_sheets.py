"""Administrators' lists: there and back as CSV, told in the audit, all of a file or nothing."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, select, text

from cdrstats import customers, sheets, switches
from cdrstats.accounts import audit
from cdrstats.customers import CUSTOMERS
from cdrstats.db.schema import dialcode, hangup_cause, rollup_log
from cdrstats.errors import BadRequest
from cdrstats.numbers import load_dialcodes
from cdrstats.reference import CARRIERS, CAUSES, DIALCODES
from cdrstats.reference.dialcodes import own_codes
from cdrstats.sheets import Outcome, Row, Sheet
from cdrstats.spreadsheet import BadLines
from cdrstats.switches import SWITCHES

from .factories import add_call

ALL = [CUSTOMERS, SWITCHES, CARRIERS, CAUSES, DIALCODES]

NEW: dict[str, Row] = {
    "customer": {
        "name": "=Acme; Sons",
        "account_codes": "a;b",
        "numbers": "3491",
        "trunks": "",
    },
    "switch": {"name": "pbx", "timezone": "Europe/Madrid", "country": "ES"},
    "carrier": {"name": "Acme Telecom", "trunks": '"a;2";acme-1'},
    "hangup cause": {"code": "900", "cause": "Told nobody", "kind": "busy"},
    "dial code": {"dialcode": "3491999", "country": "ES", "name": "Our city"},
}
CHANGED: dict[str, Row] = {
    "customer": {"name": "=Acme; Sons", "account_codes": "b;c", "currency": "EUR"},
    "switch": {"name": "pbx", "strip_prefixes": "9", "addresses": "10.0.0.5"},
    "carrier": {"name": "Acme Telecom", "trunks": "acme-1"},
    "hangup cause": {"code": "900", "delivered": "yes"},
    "dial code": {"dialcode": "3491999", "country": ""},
}
WRONG: list[tuple[Sheet, str, str]] = [
    (CUSTOMERS, "name,currency\nx,ZZZ", "no currency 'ZZZ'"),
    (CUSTOMERS, "name,numbers\nx,12-1", "no range of numbers|as many digits"),
    (SWITCHES, "name,timezone\nx,Mars", "no time zone 'Mars'"),
    (SWITCHES, "name,extension_digits\nx,many", "'many' is no number of digits"),
    (SWITCHES, "name,country\nx,QQ", "QQ"),
    (CARRIERS, "name\n ", "cannot be empty|no line"),
    (CAUSES, "code\nabc", "1 to 6 digits"),
    (CAUSES, "code,kind\n17,odd", "counts as busy, no_answer, failed, not as 'odd'"),
    (CAUSES, "code,delivered\n17,maybe", "Delivered is yes or no, not 'maybe'"),
    (CAUSES, "code,enumeration\n17,NO_ANSWER", "Cause 19 is called NO_ANSWER already"),
    (DIALCODES, "dialcode,country,name\n0034,ES,x", "the first of them not 0"),
    (DIALCODES, "dialcode,country,name\n349,XX,x", "no country 'XX'"),
    (DIALCODES, "dialcode,country\n34919191,ES", "name cannot be empty"),
]


def noun(sheet: Sheet) -> str:
    return sheet.noun


def noting(conn: Connection) -> audit.Note:
    return partial(audit.note, conn, "root")


def taken(conn: Connection, sheet: Sheet, given: str) -> Outcome:
    return sheets.take_in(conn, sheet, given.encode(), noting(conn))


def saved(conn: Connection, sheet: Sheet, cells: Row, key: str | None = None) -> Row:
    found = sheet.find(conn, sheets.save(conn, sheet, key, cells, noting(conn)))
    assert found is not None
    return found


def told(conn: Connection) -> list[tuple[str, str, dict[str, Any]]]:
    return [(line.action, line.object, line.detail) for line in audit.search(conn)]


@pytest.mark.parametrize("sheet", ALL, ids=noun)
def test_what_is_written_is_read_again_and_changes_nothing(
    conn: Connection, sheet: Sheet
) -> None:
    saved(conn, sheet, NEW[sheet.noun])
    count = len(sheet.rows(conn))
    before = told(conn)
    written = sheets.export(conn, sheet)
    assert taken(conn, sheet, written) == Outcome(0, 0, count)
    assert told(conn) == before


@pytest.mark.parametrize("sheet", ALL, ids=noun)
def test_a_file_makes_again_what_was_removed(conn: Connection, sheet: Sheet) -> None:
    made = saved(conn, sheet, NEW[sheet.noun])
    written = sheets.export(conn, sheet)
    key = made[sheet.key]
    sheets.remove(conn, sheet, key, noting(conn))
    assert sheet.find(conn, key) is None
    assert taken(conn, sheet, written).added == 1
    assert sheet.find(conn, key) == made


@pytest.mark.parametrize("sheet", ALL, ids=noun)
def test_each_change_is_told_with_what_was_and_what_is(conn: Connection, sheet: Sheet) -> None:
    made = saved(conn, sheet, NEW[sheet.noun])
    key = made[sheet.key]
    for field, cell in NEW[sheet.noun].items():
        assert made[field] == cell
    now = saved(conn, sheet, CHANGED[sheet.noun], key)
    for field in sheet.columns:
        assert now[field] == CHANGED[sheet.noun].get(field, made[field]), field
    sheets.remove(conn, sheet, key, noting(conn))
    (action, name, was), (changed, _, detail), (added, _, first) = told(conn)
    assert (action, changed, added) == (
        f"remove {sheet.noun}",
        f"change {sheet.noun}",
        f"add {sheet.noun}",
    )
    assert name == key
    assert first == dict(made)
    assert was == {"was": dict(now)}
    assert detail == {
        field: {"was": made[field], "is": now[field]}
        for field in sheet.columns
        if made[field] != now[field]
    }
    assert detail


@pytest.mark.parametrize("sheet", ALL, ids=noun)
def test_what_is_the_same_leaves_no_line(conn: Connection, sheet: Sheet) -> None:
    made = saved(conn, sheet, NEW[sheet.noun])
    saved(conn, sheet, made, made[sheet.key])
    assert len(told(conn)) == 1


@pytest.mark.parametrize(("sheet", "given", "reason"), WRONG)
def test_a_wrong_line_takes_the_whole_file_back(
    conn: Connection, sheet: Sheet, given: str, reason: str
) -> None:
    before = sheets.export(conn, sheet)
    with pytest.raises(BadRequest, match=reason):
        taken(conn, sheet, given)
    assert sheets.export(conn, sheet) == before
    assert told(conn) == []


def test_good_lines_beside_a_bad_one_are_not_taken(conn: Connection) -> None:
    given = "name,currency\nOne,EUR\nTwo,ZZZ\nOne,USD\n"
    with pytest.raises(BadLines) as raised:
        taken(conn, CUSTOMERS, given)
    assert raised.value.reasons == {
        3: "There is no currency 'ZZZ': give its ISO 4217 code, such as EUR.",
        4: "'One' stands on line 2 as well.",
    }
    assert CUSTOMERS.rows(conn) == []
    assert told(conn) == []


@pytest.mark.parametrize("sheet", ALL, ids=noun)
def test_what_somebody_has_removed_meanwhile_is_told(conn: Connection, sheet: Sheet) -> None:
    with pytest.raises(BadRequest, match=f"no {sheet.noun} '4711' any more"):
        sheets.save(conn, sheet, "4711", NEW[sheet.noun], noting(conn))
    with pytest.raises(BadRequest, match=f"no {sheet.noun} '4711' any more"):
        sheets.remove(conn, sheet, "4711", noting(conn))


@pytest.mark.parametrize("sheet", ALL, ids=noun)
def test_nobody_and_the_unknown_are_in_no_list(conn: Connection, sheet: Sheet) -> None:
    for name in ("Unassigned", "Unknown", "0", "", "9" * 30, "\u0663"):
        if not (sheet is CAUSES and name == "0"):
            assert sheet.find(conn, name) is None
    assert "Unknown" not in [row.get("name") for row in sheet.rows(conn) if sheet != DIALCODES]


def test_what_calls_have_stays(conn: Connection) -> None:
    """A customer, a switch, a carrier, a cause and a dial code that a call is of."""
    owner = customers.add(conn, "Acme")
    pbx = switches.add(conn, "pbx", "UTC", "")
    saved(conn, CARRIERS, {"name": "acme"})
    carrier_id = conn.execute(text("SELECT id FROM carrier WHERE name = 'acme'")).scalar_one()
    saved(conn, CAUSES, NEW["hangup cause"])
    saved(conn, DIALCODES, NEW["dial code"])
    add_call(
        conn,
        user_id=owner.id,
        switch_id=pbx.id,
        carrier_id=carrier_id,
        hangup_cause_id=900,
        dialcode_id=3491999,
    )
    keys = ("Acme", "pbx", "acme", "900", "3491999")
    for sheet, key in zip(ALL, keys, strict=True):
        with pytest.raises(BadRequest, match=r"[Cc]alls"):
            sheets.remove(conn, sheet, key, noting(conn))
        assert sheet.find(conn, key) is not None


def test_what_a_cause_counts_as_is_counted_again(conn: Connection) -> None:
    conn.execute(
        text(
            "INSERT INTO rollup_cause (slot, switch_id, hangup_cause_id, calls)"
            " VALUES ('2026-03-10 12:00+00', 1, 41, 1), ('2026-03-10 12:00+00', 2, 41, 1),"
            " ('2026-03-10 12:15+00', 1, 17, 1)"
        )
    )
    saved(conn, CAUSES, {"cause": "No luck"}, "41")
    assert conn.execute(select(rollup_log.c.slot)).all() == []
    saved(conn, CAUSES, {"blocked": "yes"}, "41")
    slots = conn.execute(select(rollup_log.c.slot)).scalars().all()
    assert [slot.isoformat() for slot in slots] == ["2026-03-10T12:00:00+00:00"]


def test_causes_of_q850_stay(conn: Connection) -> None:
    with pytest.raises(BadRequest, match=r"The causes of Q\.850 stay"):
        sheets.remove(conn, CAUSES, "17", noting(conn))


def test_own_dial_codes_win_and_an_upgrade_keeps_them(conn: Connection) -> None:
    from cdrstats.db.seed import seed

    assert own_codes(conn) == set()
    before = load_dialcodes(conn)
    assert before.find("34919991234")[1] == 724
    saved(conn, DIALCODES, {"dialcode": "3491999", "country": "GB", "name": "Moved"})
    saved(conn, DIALCODES, {"name": "Spain, ours"}, "34")
    assert own_codes(conn) == {"3491999", "34"}
    seed(conn)
    assert load_dialcodes(conn).find("34919991234") == (3491999, 826)
    kept = conn.scalar(select(dialcode.c.name).where(dialcode.c.id == 34))
    assert kept == "Spain, ours"


def test_a_dial_code_without_a_country_is_passed_over(conn: Connection) -> None:
    assert load_dialcodes(conn).find("447911123456") == (4479111, 831)
    saved(conn, DIALCODES, {"country": ""}, "4479111")
    assert load_dialcodes(conn).find("447911123456")[1] == 826
    with pytest.raises(BadRequest, match="comes with CDR-Stats and stays"):
        sheets.remove(conn, DIALCODES, "4479111", noting(conn))


def test_a_renamed_cause_is_found_by_its_new_name(conn: Connection) -> None:
    saved(conn, CAUSES, {"enumeration": "ENGAGED"}, "17")
    query = select(hangup_cause.c.id).where(hangup_cause.c.enumeration == "ENGAGED")
    assert conn.scalar(query) == 17


def test_another_country_brings_its_rules_to_a_switch(conn: Connection) -> None:
    saved(conn, SWITCHES, {"name": "pbx", "country": "ES"})
    now = saved(conn, SWITCHES, {"country": "GB"}, "pbx")
    assert (now["country"], now["calling_code"], now["trunk_prefixes"]) == ("GB", "44", "0")


def test_a_switch_keeps_the_name_before_as_an_address(conn: Connection) -> None:
    saved(conn, SWITCHES, {"name": "pbx", "addresses": "10.0.0.5"})
    now = saved(conn, SWITCHES, {"name": "office", "addresses": "10.0.0.6"}, "pbx")
    assert now["addresses"] == "10.0.0.6;pbx"
    found = switches.find(conn, "pbx")
    assert found is not None
    assert found.name == "office"
    assert switches.find(conn, "10.0.0.5") is None


def test_a_trunk_is_of_one_carrier(conn: Connection) -> None:
    saved(conn, CARRIERS, {"name": "One", "trunks": "t1"})
    with pytest.raises(BadRequest, match="The trunk 't1' is One's"):
        saved(conn, CARRIERS, {"name": "Two", "trunks": "t1"})


@pytest.mark.parametrize("name", ["One", "t1", "Unknown", " "])
def test_a_carrier_needs_a_name_of_its_own(conn: Connection, name: str) -> None:
    saved(conn, CARRIERS, {"name": "One", "trunks": "t1"})
    with pytest.raises(BadRequest, match=r"already a carrier or a trunk|cannot be empty"):
        sheets.save(conn, CARRIERS, None, {"name": name}, noting(conn))


def test_a_customers_trunk_is_found_by_any_name_of_its_carrier(conn: Connection) -> None:
    saved(conn, CARRIERS, {"name": "One", "trunks": "t1"})
    acme = customers.add(conn, "Acme")
    assert customers.add_trunks(conn, "Acme", ["t1"]).trunks == ("One",)
    assert customers.find_owner(conn, "", (), "t1")[0] == acme.id
    with pytest.raises(BadRequest, match="take it from the customer first"):
        sheets.remove(conn, CARRIERS, "One", noting(conn))
