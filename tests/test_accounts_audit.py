"""Who did what: written, and found page by page."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert

from cdrstats.accounts import audit
from cdrstats.db.schema import audit as table

from .factories import NOON
from .people import add_person


def at(conn: Connection, hours: float, who: str = "ana", action: str = "load") -> None:
    moment = NOON + timedelta(hours=hours)
    conn.execute(insert(table).values(at=moment, who=who, action=action))


def test_a_line_says_who_did_what_to_what(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    audit.note(
        *(conn, "ana", "undo file", "12"),
        person_id=ana.id,
        address="::1",
        detail={"calls": 7, "é": [None]},
    )
    audit.note(conn, "cli:root", "add person")
    old, new = sorted(audit.search(conn), key=lambda line: line.id)
    assert (old.who, old.action, old.object, old.address) == ("ana", "undo file", "12", "::1")
    assert (old.person_id, old.detail) == (ana.id, {"calls": 7, "é": [None]})
    assert (new.who, new.person_id, new.object, new.detail) == ("cli:root", None, "", {})
    assert new.at.tzinfo is not None


def test_what_was_sent_cannot_break_a_line(conn: Connection) -> None:
    audit.note(conn, "a\0b" * 200, "load", "\ud800", address="\0")
    (line,) = audit.search(conn)
    assert (len(line.who), line.object, line.address) == (133, "?", "")


def test_lines_are_found_by_time_start_in_end_out(conn: Connection) -> None:
    for hours in (0, 1, 2, 3):
        at(conn, hours)
    hour = timedelta(hours=1)
    found = audit.search(conn, since=NOON + hour, until=NOON + 3 * hour)
    assert [line.at for line in found] == [NOON + 2 * hour, NOON + hour]


@pytest.mark.parametrize("who", ["ana", "ANA"])
def test_lines_are_found_by_who_and_action(conn: Connection, who: str) -> None:
    at(conn, 0)
    at(conn, 1, who="Ana", action="undo file")
    at(conn, 2, who="anabel")
    assert len(audit.search(conn, who=who)) == 2
    assert [line.who for line in audit.search(conn, action="load")] == ["anabel", "ana"]
    assert [line.who for line in audit.search(conn, who=who, action="load")] == ["ana"]
    assert audit.search(conn, who="a%") == audit.search(conn, action="\0\ud800") == []


def test_lines_are_found_by_a_part_of_the_object_and_the_begin_of_the_address(
    conn: Connection,
) -> None:
    audit.note(conn, "ana", "load", "Night_shift", address="10.0.0.7")
    audit.note(conn, "ben", "load", "nights", address="110.0.0.7")
    assert len(audit.search(conn, object="NIGHT")) == 2
    assert [line.who for line in audit.search(conn, object="t_s")] == ["ana"]
    assert [line.who for line in audit.search(conn, address="10.0")] == ["ana"]
    assert audit.search(conn, object="%") == audit.search(conn, address="\0\ud800") == []


def test_who_and_what_of_a_period_can_be_named(conn: Connection) -> None:
    at(conn, 0)
    at(conn, 1, who="Ben", action="undo file")
    at(conn, 1, who="ana", action="undo file")
    at(conn, 2, who="carl")
    found = audit.told(conn, NOON, NOON + timedelta(hours=2))
    assert found == (["ana", "Ben"], ["load", "undo file"])


def test_pages_follow_each_other_without_gap_or_double(conn: Connection) -> None:
    for hours in (0, 1, 1, 1, 1, 2, 0.5):
        at(conn, hours)
    whole = audit.search(conn)
    assert len(whole) == 7
    assert [line.at for line in whole] == sorted((line.at for line in whole), reverse=True)
    pages: list[audit.Line] = []
    while page := audit.search(conn, before=pages[-1] if pages else None, limit=2):
        assert len(page) <= 2
        pages += page
    assert pages == whole
