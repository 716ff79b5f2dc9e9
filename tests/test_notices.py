"""Who is told in the app: once, in the transaction that decides, and of their calls alone."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from cdrstats import notices
from cdrstats.accounts import EVERYONE, Scope, people
from cdrstats.db.schema import notification
from cdrstats.notices import Notice

from .factories import NOON
from .isolation import seen_by
from .people import add_customer, add_person

DAY = timedelta(days=1)
NEWS = Notice("alarm", "ASR of pbx1: 31 %", "in an hour", "/alarms?rule=4")


def subjects(conn: Connection, person_id: int) -> list[str]:
    return [each.subject for each in notices.list_notifications(conn, person_id)]


def test_each_is_told_once_of_an_occasion(conn: Connection) -> None:
    ana, ben = (add_person(conn, name).id for name in ("ana", "ben"))
    assert notices.tell(conn, [ana], "alarm 4", NEWS, NOON) == 1
    assert notices.tell(conn, [ana, ben], "alarm 4", NEWS, NOON) == 1
    assert notices.tell(conn, [], "alarm 5", NEWS, NOON) == 0
    [mine] = notices.list_notifications(conn, ana)
    assert (mine.subject, mine.text, mine.at) == (NEWS.subject, NEWS.text, NOON)
    assert mine.read_at is None
    assert notices.page_of(mine.link) == "alarms"


def test_who_is_disabled_is_not_told(conn: Connection) -> None:
    ana = add_person(conn, "ana").id
    people.disable(conn, "ana", NOON)
    assert notices.tell(conn, [ana], "alarm 4", NEWS, NOON) == 0


def test_what_others_wrote_is_kept_on_a_line(conn: Connection) -> None:
    ana = add_person(conn, "ana").id
    notices.tell(conn, [ana], "x", Notice("list", "a\nb\0c" + "d" * 300, "e\r\nf"), NOON)
    [mine] = notices.list_notifications(conn, ana)
    assert mine.subject == "a b c" + "d" * 194 + "…"
    assert mine.text == "e f"


def test_reading_paging_and_counting(conn: Connection) -> None:
    ana, ben = (add_person(conn, name).id for name in ("ana", "ben"))
    for number in range(5):
        kind = "fraud" if number == 2 else "alarm"
        notices.tell(conn, [ana, ben], str(number), Notice(kind, str(number)), NOON)
    first = notices.list_notifications(conn, ana, limit=2)
    assert [each.subject for each in first] == ["4", "3"]
    after = notices.list_notifications(conn, ana, before=first[-1].id, limit=2)
    assert [each.subject for each in after] == ["2", "1"]
    assert [each.subject for each in notices.list_notifications(conn, ana, "fraud")] == ["2"]
    notices.mark_read(conn, ben, first[0].id, NOON)  # another's
    assert notices.count_unread(conn, ana) == 5
    notices.mark_read(conn, ana, first[0].id, NOON)
    assert notices.count_unread(conn, ana) == 4
    assert notices.mark_all_read(conn, ana, first[1].id, NOON, "fraud") == 1
    assert notices.mark_all_read(conn, ana, after[0].id, NOON) == 2
    read = [each.read_at for each in notices.list_notifications(conn, ana)]
    assert read == [NOON, None, NOON, NOON, NOON]
    assert notices.count_unread(conn, ben) == 5


def test_old_ones_are_forgotten_and_read_ones_sooner(conn: Connection) -> None:
    ana = add_person(conn, "ana").id
    for days in (10, 50, 91):
        notices.tell(conn, [ana], str(days), Notice("watch", str(days)), NOON - days * DAY)
    _, middle, newest = notices.list_notifications(conn, ana)
    notices.mark_read(conn, ana, middle.id, NOON - 31 * DAY)
    notices.mark_read(conn, ana, newest.id, NOON - 29 * DAY)
    assert notices.forget_old(conn, NOON) == 2
    assert subjects(conn, ana) == ["10"]
    assert notices.forget_old(conn, NOON + 2 * DAY) == 1


def test_who_may_be_told(conn: Connection) -> None:
    acme = add_customer(conn, "Acme")
    ids = {
        "root": add_person(conn, "root", "administrator").id,
        "ana": add_person(conn, "ana", "analyst").id,
        "fin": add_person(conn, "fin", "finance").id,
        "cus": add_person(conn, "cus", "customer", ("Acme",)).id,
    }
    for name in ids:
        people.describe(conn, name, "", f"{name}@example.com")
    assert notices.administrators(conn) == [ids["root"]]
    assert notices.owner(conn, None) == [ids["root"]]
    assert notices.owner(conn, ids["ana"]) == [ids["ana"]]
    assert notices.named(conn, "ANA") == [ids["ana"]]
    assert {*notices.who_may(conn, "fraud", acme)} == {ids["root"], ids["ana"]}
    assert {*notices.who_may(conn, "alarms", acme)} == {*ids.values()}
    assert ids["cus"] not in notices.who_may(conn, "alarms", acme + 1)
    addresses = ["CUS@example.com", "fin@example.com", "stranger@example.com"]
    assert {*notices.addressed(conn, addresses, acme)} == {ids["cus"], ids["fin"]}
    assert notices.addressed(conn, addresses, 0) == [ids["fin"]]


def test_customers_see_what_tells_of_their_calls(conn: Connection) -> None:
    ana = add_person(conn, "ana").id
    for whose in ([7], [8], [7, 8], None):
        notices.tell(conn, [ana], str(whose), Notice("alarm", str(whose)), NOON, whose)
    everything = ["None", "[7, 8]", "[8]", "[7]"]
    for scope, expected in (
        (Scope(frozenset({7})), ["[7]"]),
        (Scope(frozenset({7, 8})), everything[1:]),
        (Scope(frozenset()), []),
        (EVERYONE, everything),
    ):
        with seen_by(conn, scope):
            assert subjects(conn, ana) == expected
            assert notices.mark_all_read(conn, ana, 1 << 40, NOON) == len(expected)


@pytest.mark.parametrize(
    "what", ["DELETE FROM notification", "UPDATE notification SET text = ''"]
)
def test_who_looks_changes_nothing_else(conn: Connection, what: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), seen_by(conn, EVERYONE):
        conn.execute(text(what))


def test_nothing_is_told_of_what_is_undone(conn: Connection) -> None:
    ana = add_person(conn, "ana").id
    with conn.begin_nested() as part:
        notices.tell(conn, [ana], "alarm 4", NEWS, NOON)
        part.rollback()
    assert conn.execute(select(notification.c.id)).all() == []
