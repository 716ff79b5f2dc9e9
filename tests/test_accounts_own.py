"""What people change of their own account, and how they show first that it is them."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection, update

from cdrstats.accounts import Viewer, audit, own, sessions
from cdrstats.accounts.audit import Note
from cdrstats.accounts.own import FRESH_FOR, TOO_LONG_AGO, WRONG
from cdrstats.accounts.tokens import id_of
from cdrstats.db.schema import person

from .people import PASSWORD, add_person

NOW = datetime.now(UTC)


@pytest.fixture
def ana(conn: Connection) -> Viewer:
    made = add_person(conn, "Ana")
    token = sessions.open_session(conn, made.id, "password", "", "", NOW)
    found = sessions.viewer_of(conn, id_of(token), NOW)
    assert found is not None
    return found


def asked(conn: Connection, ana: Viewer, password: str, after: float = 0) -> str:
    note: Note = partial(audit.note, conn, ana.name, person_id=ana.person_id)
    now = NOW + timedelta(seconds=after)
    return own.confirm(conn, ana, password, now, note, "make token")


def lines(conn: Connection) -> list[tuple[str, str]]:
    return [(each.who, each.action) for each in audit.search(conn)]


def test_the_password_says_that_it_is_them(conn: Connection, ana: Viewer) -> None:
    assert asked(conn, ana, PASSWORD, after=86_400) == ""
    assert lines(conn) == []


def test_a_wrong_one_is_told_to_the_audit(conn: Connection, ana: Viewer) -> None:
    for wrong in ("", "wrong", "x" * 200):
        assert asked(conn, ana, wrong) == WRONG
    assert lines(conn) == [("Ana", "fail to make token")] * 3
    assert "wrong" not in str([each.detail for each in audit.search(conn)])


def test_whoever_guesses_waits(conn: Connection, ana: Viewer) -> None:
    for _ in range(5):
        assert asked(conn, ana, "wrong") == WRONG
    for given in ("wrong", PASSWORD):
        assert asked(conn, ana, given, after=1) == "Too many tries failed: try again in 1 s."
    assert len(lines(conn)) == 5
    assert asked(conn, ana, PASSWORD, after=2) == ""
    for _ in range(5):  # those before are forgiven
        assert asked(conn, ana, "wrong", after=3) == WRONG


def test_without_a_password_a_sign_in_of_just_now_does(conn: Connection, ana: Viewer) -> None:
    conn.execute(update(person).values(password_hash=None))
    just = FRESH_FOR.total_seconds()
    assert asked(conn, ana, "", after=just - 1) == ""
    assert asked(conn, ana, PASSWORD, after=just) == TOO_LONG_AGO
    sessions.end(conn, ana.session_id)
    assert asked(conn, ana, "") == TOO_LONG_AGO


def test_without_a_password_none_is_set_by_a_session(conn: Connection, ana: Viewer) -> None:
    """The provider lets them in; a password would let them in after it has ceased to."""
    conn.execute(update(person).values(password_hash=None))
    note: Note = partial(audit.note, conn, ana.name)
    told = own.change_password(conn, ana, "", "a new and better one", NOW, note)
    assert told == WRONG
