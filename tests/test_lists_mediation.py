"""Calls are judged as they are made, from files and pushed; people hear of refused ones."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select, text, update

from cdrstats import customers, intake, lists, mediation, sheets, switches
from cdrstats.accounts import Scope
from cdrstats.db.schema import cdr_import, list_entry, outbox, voip_cdr
from cdrstats.settings import Smtp

from .asterisk import master_csv, master_line
from .conftest import copied
from .factories import NOON, add_staged, noting
from .isolation import seen_by

SMTP = Smtp("127.0.0.1", 9, "none", None, None, "cdr@example.com", "Calls")
SPAIN, KENYA, PREMIUM = "34650123456", "254712345678", "34806123456"
OURS = "34911234567"  # a number of Acme's

ENTRIES = {
    "34806": "refuse",
    "34806 Acme": "allow",
    "KE": "refuse",
    "25471 Acme": "allow",
    "254712 Bronco": "refuse",
    "34911": "refuse",
    "* Bronco": "refuse",
    "ES Bronco": "allow",
}

RECORDS: list[tuple[str, int, str, str]] = [
    # account code, direction, dialled: the entry that decides
    ("", 2, SPAIN, ""),
    ("", 2, PREMIUM, "34806"),
    ("", 2, KENYA, "KE"),
    ("acme", 2, SPAIN, ""),
    ("acme", 2, PREMIUM, "34806 Acme"),
    ("acme", 2, KENYA, "25471 Acme"),
    ("acme", 2, "254733345678", "KE"),
    ("bronco", 2, SPAIN, "ES Bronco"),
    ("bronco", 2, PREMIUM, "34806"),
    ("bronco", 2, KENYA, "254712 Bronco"),
    ("bronco", 2, "254733345678", "KE"),
    ("bronco", 2, "4915112345678", "* Bronco"),
    ("bronco", 0, "00254712345678", "254712 Bronco"),  # as it is dialled
    ("bronco", 0, "650123456", "ES Bronco"),
    # Calls that come in, stay in the house, or go to no telephone number are not judged.
    ("bronco", 1, KENYA, ""),
    ("bronco", 2, "1001", ""),
    ("bronco", 2, "112", ""),
    ("bronco", 2, "*98", ""),
    ("bronco", 2, "", ""),
    # Where the switch tells no direction, a call for a customer's own number comes in.
    ("", 0, OURS, ""),
    ("", 1, OURS, ""),
    ("", 2, OURS, "34911"),
    ("", 0, "34911999999", "34911"),
]


def add_entries(conn: Connection, entries: dict[str, str], **more: str) -> None:
    for entry, decision in entries.items():
        cells = {"entry": entry, "decision": decision, **more}
        sheets.save(conn, lists.entries_of("ana"), None, cells, noting(conn))


def judged(engine: Engine) -> dict[str, tuple[bool, str]]:
    """Whether each call was authorized, and by which entry, by its call id."""
    with engine.connect() as conn:
        rows = conn.execute(
            select(voip_cdr.c.callid, voip_cdr.c.authorized, voip_cdr.c.list_entry_id)
        ).all()
        found = {}
        for callid, authorized, id in rows:
            told = lists.find_told(conn, id)
            found[callid] = (authorized, told.key if told else "")
    return found


EXPECTED = {
    f"call {place}": (ENTRIES.get(entry) != "refuse", entry)
    for place, (*_, entry) in enumerate(RECORDS)
}


@pytest.fixture(scope="module")
def controlled(server: str, template_database: str) -> Iterator[Engine]:
    with copied(server, template_database) as engine:
        with engine.begin() as conn:
            switches.add(conn, "pbx", "Europe/Madrid", "ES")
            for name in ("Acme", "Bronco"):
                customers.add(conn, name)
                customers.assign(conn, name, [name.lower()])
            customers.add_numbers(conn, "Acme", ["34911234"])
            add_entries(conn, ENTRIES)
            for place, (code, direction, dialled, _) in enumerate(RECORDS):
                add_staged(
                    conn,
                    switch="pbx",
                    callid=f"call {place}",
                    accountcode=code,
                    direction=direction,
                    destination_number=dialled,
                )
        mediation.mediate(engine)
        yield engine


def test_each_call_has_what_was_decided_and_by_which_entry(controlled: Engine) -> None:
    assert judged(controlled) == EXPECTED


def test_a_customer_sees_its_own_entries_and_everybodys(controlled: Engine) -> None:
    with controlled.connect() as conn:
        ids = {name: customers.find(conn, name).id for name in ("Acme", "Bronco")}
        for name, other in (("Acme", "Bronco"), ("Bronco", "Acme")):
            columns = list_entry.c.customer_id, list_entry.c.prefix, list_entry.c.country_id
            with seen_by(conn, Scope(frozenset({ids[name]}))):
                owners = {row.customer_id for row in conn.execute(select(*columns))}
            assert owners == {0, ids[name]}
            assert ids[other] not in owners


def test_changed_lists_judge_calls_that_come_and_those_mediated_anew(
    server: str, template_database: str
) -> None:
    def staged(conn: Connection, callid: str) -> None:
        add_staged(conn, callid=callid, direction=2, destination_number=f"+{KENYA}")

    with copied(server, template_database) as engine:
        with engine.begin() as conn:
            staged(conn, "before")
        mediation.mediate(engine)
        with engine.begin() as conn:
            add_entries(conn, {"KE": "refuse"})
            staged(conn, "between")
        mediation.mediate(engine)
        with engine.begin() as conn:
            sheet, note = lists.entries_of("ben"), noting(conn)
            sheets.save(conn, sheet, "KE", {"entry": "KE", "decision": "allow"}, note)
            staged(conn, "after")
        mediation.mediate(engine)
        # The entry that refused has ended, and tells still by whom and until when it held.
        expected = {"before": (True, ""), "between": (False, "KE"), "after": (True, "KE")}
        assert judged(engine) == expected
        with engine.begin() as conn:
            first, second = lists.list_history(conn, "KE")[::-1]
            assert (first.allowed, first.added_by, first.ended_by) == (False, "ana", "ben")
            assert (second.allowed, second.added_by, second.ended_at) == (True, "ben", None)
            sheets.remove(conn, sheet, "KE", noting(conn))
            conn.execute(update(cdr_import).values(imported=False))
        mediation.mediate(engine)
        assert judged(engine) == dict.fromkeys(expected, (True, ""))


def test_an_entry_holds_until_its_day(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_entries(conn, {"KE": "refuse"}, valid_until="2999-12-31")
        add_staged(conn, callid="held", direction=2, destination_number=f"+{KENYA}")
    mediation.mediate(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(update(list_entry).values(valid_until=text("now() - interval '1 s'")))
        add_staged(conn, callid="over", direction=2, destination_number=f"+{KENYA}")
    mediation.mediate(fresh_engine)
    assert judged(fresh_engine) == {"held": (False, "KE"), "over": (True, "")}


def test_a_file_is_judged_as_what_is_pushed(fresh_engine: Engine, tmp_path: Path) -> None:
    """In batches that are at work together; each entry is told once."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)
    chance = random.Random(3)
    with fresh_engine.begin() as conn:
        switches.add(conn, "pbx", "UTC", "ES")
        add_entries(conn, {"KE": "refuse", "34806": "refuse"}, mail_to="noc@example.com")
    dialled = [chance.choice([SPAIN, KENYA, PREMIUM]) for _ in range(25_000)]
    rows = [
        master_line(
            place,
            (start + timedelta(seconds=place % 3600)).strftime("%Y-%m-%d %H:%M:%S"),
            dst=f"00{number}",
        )
        for place, number in enumerate(dialled)
    ]
    path = tmp_path / "Master.csv"
    path.write_text(master_csv(*rows))
    intake.load_file(fresh_engine, path, switch="pbx", smtp=SMTP)
    with fresh_engine.connect() as conn:
        refused = select(voip_cdr.c.destination_number).where(~voip_cdr.c.authorized)
        found = sorted(conn.execute(refused).scalars())
        subjects = sorted(conn.execute(select(outbox.c.subject)).scalars())
    assert found == sorted(f"00{number}" for number in dialled if number != SPAIN)
    assert len(subjects) in (2, 4)  # an hour may have ended meanwhile


@pytest.fixture
def watched(fresh_engine: Engine) -> Engine:
    with fresh_engine.begin() as conn:
        customers.add(conn, "Acme & <Sons>")
        customers.assign(conn, "Acme & <Sons>", ["acme"])
        more = {"mail_to": "noc@example.com, ana@example.com", "reason": "Fraud <2025>"}
        add_entries(conn, {"KE": "refuse"}, **more)
        add_entries(conn, {"34806": "refuse"})
    return fresh_engine


def push(engine: Engine, callid: str, start: datetime, to: str = KENYA, **more: object) -> None:
    with engine.begin() as conn:
        given = {"direction": 2, "destination_number": f"+{to}", "starting_date": start, **more}
        add_staged(conn, callid=callid, **given)
    mediation.mediate(engine, smtp=SMTP)


def mails(engine: Engine) -> list[EmailMessage]:
    with engine.connect() as conn:
        rows = conn.execute(select(outbox.c.message).order_by(outbox.c.id)).scalars()
        return [message_from_bytes(bytes(row), policy=policy.default) for row in rows]  # type: ignore[misc]


def told(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_people_are_told_with_the_facts_and_no_whole_number(watched: Engine) -> None:
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    push(watched, "a", start, accountcode="acme", caller_id_number="34911<b>555")
    first, second = mails(watched)
    assert [first["To"], second["To"]] == ["noc@example.com", "ana@example.com"]
    assert first["Subject"] == "Refused destination Kenya: 1 call of Acme & <Sons>"
    words, html = told(first, "plain"), told(first, "html")
    for fact in ("Entry: Kenya, for everybody: refused", "Why: Fraud <2025>", "by ana"):
        assert fact in words
    assert "Whose calls: Acme & <Sons>" in words
    assert f"{start:%Y-%m-%d %H:%M:%S}" in words
    assert "Fraud &lt;2025&gt;" in html
    assert "Acme &amp; &lt;Sons&gt;" in html
    for text_ in (words, html):
        assert "25471234xxxx" in text_
        assert "5678" not in text_
        assert "555" not in text_
    assert "<b>555" not in html
    assert "<Sons>" not in html


def test_an_entry_and_customer_are_told_once_an_hour(
    watched: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    clock = {"now": now}

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return clock["now"]

    monkeypatch.setattr("cdrstats.mediation.batch.datetime", Clock)
    start = now - timedelta(hours=3)
    for place in range(3):
        push(watched, f"acme {place}", start + timedelta(minutes=place), accountcode="acme")
    push(watched, "nobody's", start)
    assert [mail["Subject"].split(": ")[1] for mail in mails(watched)[::2]] == [
        "1 call of Acme & <Sons>",
        "1 call of nobody",
    ]
    push(watched, "in no mail", start, PREMIUM)  # its entry names nobody
    clock["now"] = now + timedelta(hours=1)
    push(watched, "acme 3", start, accountcode="acme")
    found = mails(watched)
    assert len(found) == 6
    assert found[-1]["Subject"].endswith("4 calls of Acme & <Sons>")


def test_what_is_no_news_is_told_to_nobody(watched: Engine) -> None:
    push(watched, "old", NOON)
    assert mails(watched) == []
    push(watched, "new", datetime.now(UTC))
    assert len(mails(watched)) == 2
    with watched.begin() as conn:
        conn.execute(text("DELETE FROM outbox"))
        conn.execute(update(cdr_import).values(imported=False))
    mediation.mediate(watched, smtp=SMTP)
    assert mails(watched) == []


def test_without_a_mail_server_calls_are_judged_all_the_same(watched: Engine) -> None:
    with watched.begin() as conn:
        now = datetime.now(UTC)
        add_staged(conn, callid="a", destination_number=f"+{KENYA}", starting_date=now)
    mediation.mediate(watched)
    assert judged(watched) == {"a": (False, "KE")}
    assert mails(watched) == []


def test_an_address_spoilt_by_hand_keeps_nobody_else_from_being_told(watched: Engine) -> None:
    with watched.begin() as conn:
        conn.execute(update(list_entry).values(mail_to="junk, noc@example.com"))
    push(watched, "a", datetime.now(UTC))
    assert [mail["To"] for mail in mails(watched)] == ["noc@example.com"]
