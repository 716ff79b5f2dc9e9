"""One-time links: good for a while, and once."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, select

from cdrstats.accounts import audit, links, passwords, people, sessions
from cdrstats.db.schema import one_time_link, person, sign_in_failure
from cdrstats.errors import BadRequest

from .factories import NOON
from .people import PASSWORD, add_person
from .test_accounts_people import waits_for_a_lock
from .waiting import eventually

MOMENT = timedelta(microseconds=1)
NEW = "a wholly new password"


def is_password(conn: Connection, name: str, password: str) -> bool:
    query = select(person.c.password_hash).where(person.c.name == name)
    return passwords.is_right(password, conn.execute(query).scalar_one())


def test_a_link_sets_the_password_once(conn: Connection) -> None:
    ana = people.add(conn, "ana", "analyst")
    link = links.make(conn, ana.id, "invite", NOON)
    assert links.name_of(conn, link.token, NOON) == "ana"
    assert links.name_of(conn, link.token, NOON) == "ana"
    assert links.use(conn, link.token, NEW, "10.0.0.7", NOON) == "ana"
    assert is_password(conn, "ana", NEW)
    assert people.get(conn, ana.id).has_password
    assert sessions.sessions_of(conn, ana.id, NOON) == []
    with pytest.raises(BadRequest, match="has been used"):
        links.use(conn, link.token, "yet another password", "", NOON)
    assert is_password(conn, "ana", NEW)
    (line,) = audit.search(conn)
    assert (line.who, line.action, line.object) == ("ana", "set password", "ana")
    assert (line.person_id, line.address) == (ana.id, "10.0.0.7")
    assert line.detail == {"link": "invite"}


@pytest.mark.parametrize(("kind", "days"), [("invite", 7), ("reset", 1)])
def test_a_link_is_good_for_a_while(conn: Connection, kind: str, days: int) -> None:
    link = links.make(conn, people.add(conn, "ana", "analyst").id, kind, NOON)
    end = NOON + timedelta(days=days)
    assert link.expires_at == end
    assert links.name_of(conn, link.token, end - MOMENT)
    for asked in (links.name_of, lambda *given: links.use(*given[:2], NEW, "", given[2])):
        with pytest.raises(BadRequest, match=f"was good until 2026-03-{10 + days} 12:00 UTC"):
            asked(conn, link.token, end)
    assert links.use(conn, link.token, NEW, "", end - MOMENT)


def test_the_token_is_not_kept(conn: Connection) -> None:
    link = links.make(conn, people.add(conn, "ana", "analyst").id, "invite", NOON)
    (kept,) = conn.execute(select(one_time_link.c.id)).scalars()
    assert len(link.token) == 43
    with pytest.raises(BadRequest, match="not known"):
        links.name_of(conn, kept, NOON)


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "a" * 100_000])
def test_a_forged_link_is_told_so(conn: Connection, token: str) -> None:
    links.make(conn, people.add(conn, "ana", "analyst").id, "invite", NOON)
    with pytest.raises(BadRequest, match="not known"):
        links.use(conn, token, NEW, "", NOON)


def test_a_new_link_takes_the_place_of_the_old(conn: Connection) -> None:
    ana, ben = add_person(conn, "ana"), add_person(conn, "ben")
    old = links.make(conn, ana.id, "invite", NOON)
    of_ben = links.make(conn, ben.id, "invite", NOON)
    new = links.make(conn, ana.id, "reset", NOON)
    with pytest.raises(BadRequest, match="newer one has taken its place"):
        links.use(conn, old.token, NEW, "", NOON)
    assert links.use(conn, new.token, NEW, "", NOON) == "ana"
    assert links.use(conn, of_ben.token, NEW, "", NOON) == "ben"


def test_a_password_that_will_not_do_leaves_the_link_good(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    link = links.make(conn, ana.id, "reset", NOON)
    for password in ("short", "x" * 129, "ana-12345678"):
        with pytest.raises(BadRequest, match="A password"):
            links.use(conn, link.token, password, "", NOON)
    assert is_password(conn, "ana", PASSWORD)
    assert links.use(conn, link.token, NEW, "", NOON)


def test_a_new_password_signs_out_everywhere_and_forgives(conn: Connection) -> None:
    ana, ben = add_person(conn, "Ana"), add_person(conn, "ben")
    for each in (ana, ben):
        sessions.open_session(conn, each.id, "password", "", "", NOON)
    failures = [{"account": name, "address": "", "at": NOON} for name in ("ana", "ben")]
    conn.execute(insert(sign_in_failure), failures)
    link = links.make(conn, ana.id, "reset", NOON)
    links.use(conn, link.token, NEW, "", NOON)
    assert sessions.sessions_of(conn, ana.id, NOON) == []
    assert len(sessions.sessions_of(conn, ben.id, NOON)) == 1
    assert conn.execute(select(sign_in_failure.c.account)).scalars().all() == ["ben"]


def test_a_link_of_somebody_disabled_is_no_good_meanwhile(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    link = links.make(conn, ana.id, "reset", NOON)
    people.disable(conn, "ana", NOON)
    with pytest.raises(BadRequest, match="disabled"):
        links.use(conn, link.token, NEW, "", NOON)
    people.enable(conn, "ana")
    assert links.use(conn, link.token, NEW, "", NOON)


def test_of_two_who_use_a_link_at_once_one_wins(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        ana = people.add(conn, "ana", "analyst")
        link = links.make(conn, ana.id, "invite", NOON)
    told: list[str] = []

    def second() -> None:
        with fresh_engine.begin() as conn:
            try:
                links.use(conn, link.token, "what the second says", "", NOON)
            except BadRequest as exc:
                told.append(str(exc))

    with fresh_engine.begin() as conn:
        links.use(conn, link.token, NEW, "", NOON)
        thread = threading.Thread(target=second)
        thread.start()
        eventually(lambda: waits_for_a_lock(fresh_engine))
    thread.join(60)
    assert told == [links.USED]
    with fresh_engine.connect() as conn:
        assert is_password(conn, "ana", NEW)


def test_the_first_administrator_is_made_once(conn: Connection) -> None:
    first = links.first_administrator(conn, NOON)
    assert first is not None
    admin = people.find(conn, "admin")
    assert admin.role == "administrator"
    again = links.first_administrator(conn, NOON)
    assert again is not None
    with pytest.raises(BadRequest, match="newer one"):
        links.use(conn, first.token, NEW, "", NOON)
    links.use(conn, again.token, NEW, "", NOON)
    assert links.first_administrator(conn, NOON) is None
    assert people.list_people(conn) == [people.find(conn, "admin")]


def test_where_somebody_was_added_nobody_else_is_made(conn: Connection) -> None:
    people.add(conn, "ana", "administrator")
    assert links.first_administrator(conn, NOON) is None
    assert [each.name for each in people.list_people(conn)] == ["ana"]


def test_people_who_are_no_administrators_do_not_stand_in_the_way(conn: Connection) -> None:
    people.add(conn, "ana", "analyst")
    assert links.first_administrator(conn, NOON) is not None
    assert links.first_administrator(conn, NOON) is not None
    assert people.find(conn, "admin").role == "administrator"


def test_the_name_of_somebody_else_is_not_taken(conn: Connection) -> None:
    people.add(conn, "Admin", "analyst")
    assert links.first_administrator(conn, NOON) is None


def test_a_disabled_first_administrator_is_not_let_in(conn: Connection) -> None:
    links.first_administrator(conn, NOON)
    people.add(conn, "ana", "administrator")
    people.disable(conn, "admin", NOON)
    assert links.first_administrator(conn, NOON) is None


def test_two_processes_make_one_first_administrator(fresh_engine: Engine) -> None:
    found: list[links.Link | None] = []

    def second() -> None:
        with fresh_engine.begin() as conn:
            found.append(links.first_administrator(conn, NOON))

    with fresh_engine.begin() as conn:
        links.first_administrator(conn, NOON)
        thread = threading.Thread(target=second)
        thread.start()
        eventually(lambda: waits_for_a_lock(fresh_engine))
    thread.join(60)
    with fresh_engine.connect() as conn:
        assert [each.name for each in people.list_people(conn)] == ["admin"]
        assert found[0] is not None
        assert links.name_of(conn, found[0].token, NOON) == "admin"
