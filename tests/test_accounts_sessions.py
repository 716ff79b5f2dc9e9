"""Sessions: who looks at each request, and when a session ends."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection, delete, event, insert, select, update

from cdrstats.accounts import people, sessions
from cdrstats.accounts.permissions import PERMISSIONS, ROLES
from cdrstats.accounts.rules import LASTS
from cdrstats.accounts.tokens import id_of
from cdrstats.db.schema import customer, permission_group, person, session, sign_in_failure

from .factories import NOON
from .people import add_customer, add_group, add_person

IDLE = timedelta(hours=12)
"""As long as nobody sets it otherwise."""
MOMENT = timedelta(microseconds=1)


def opened(conn: Connection, person_id: int) -> str:
    """The id of a session opened at NOON."""
    token = sessions.open_session(conn, person_id, "password", "10.0.0.7", "Firefox", NOON)
    return id_of(token)


def test_a_viewer_is_the_person_with_role_and_session(conn: Connection) -> None:
    ana = add_person(conn, "Ana")
    session_id = opened(conn, ana.id)
    viewer = sessions.viewer_of(conn, session_id, NOON)
    assert viewer is not None
    assert (viewer.name, viewer.role, viewer.person_id) == ("Ana", "analyst", ana.id)
    assert viewer.session_id == session_id
    assert viewer.permissions == ROLES["analyst"]
    assert viewer.scope.user_ids is None
    assert hash(viewer) == hash(sessions.viewer_of(conn, session_id, NOON))
    assert people.get(conn, ana.id).last_signed_in_at == NOON


def test_the_token_is_kept_nowhere_and_is_no_session(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    token = sessions.open_session(conn, ana.id, "password", "", "", NOON)
    other = sessions.open_session(conn, ana.id, "password", "", "", NOON)
    assert len(token) == 43
    assert token != other
    assert conn.execute(select(session.c.id)).scalars().all() != [token]
    for stranger in (token, "", "x", id_of(""), id_of(token)[:-1], id_of(token).upper()):
        assert sessions.viewer_of(conn, stranger, NOON) is None


def test_a_viewer_is_found_in_one_statement(conn: Connection) -> None:
    add_group(conn, "night", "jobs")
    ana = add_person(conn, "ana")
    people.set_groups(conn, "ana", ["night"])
    session_id = opened(conn, ana.id)
    statements: list[str] = []
    event.listen(conn, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert sessions.viewer_of(conn, session_id, NOON)
    assert len(statements) == 1


@pytest.mark.parametrize("role", ["administrator", "analyst", "finance"])
def test_staff_see_everybodys_calls(conn: Connection, role: str) -> None:
    viewer = sessions.viewer_of(conn, opened(conn, add_person(conn, "ana", role).id), NOON)
    assert viewer is not None
    assert viewer.scope.user_ids is None
    assert viewer.permissions == ROLES[role]


def test_a_role_of_a_later_version_gives_nothing(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    conn.execute(update(person).values(role="auditor"))
    viewer = sessions.viewer_of(conn, opened(conn, ana.id), NOON)
    assert viewer is not None
    assert viewer.permissions == frozenset()


def test_a_customer_of_two_customers_sees_both_until_they_go(conn: Connection) -> None:
    acme, brick = add_customer(conn, "Acme"), add_customer(conn, "Brick")
    add_customer(conn, "Other")
    carla = add_person(conn, "carla", "customer", ("Acme", "Brick"))
    session_id = opened(conn, carla.id)

    def user_ids() -> frozenset[int] | None:
        viewer = sessions.viewer_of(conn, session_id, NOON)
        assert viewer is not None
        return viewer.scope.user_ids

    assert user_ids() == {acme, brick}
    conn.execute(delete(customer).where(customer.c.id == acme))
    assert user_ids() == {brick}
    conn.execute(delete(customer).where(customer.c.id == brick))
    assert user_ids() == set()


def test_a_changed_role_counts_at_the_next_look(conn: Connection) -> None:
    acme = add_customer(conn, "Acme")
    ana = add_person(conn, "ana")
    session_id = opened(conn, ana.id)
    people.set_role(conn, "ana", "customer")
    viewer = sessions.viewer_of(conn, session_id, NOON)
    assert viewer is not None
    assert (viewer.permissions, viewer.scope.user_ids) == (ROLES["customer"], frozenset())
    people.set_customers(conn, "ana", ["Acme"])
    viewer = sessions.viewer_of(conn, session_id, NOON)
    assert viewer is not None
    assert viewer.scope.user_ids == frozenset({acme})


def test_what_a_group_may_counts_at_the_next_look(conn: Connection) -> None:
    add_group(conn, "night", "jobs", "of a later version")
    add_group(conn, "empty")
    ana, ben = add_person(conn, "ana"), add_person(conn, "ben")
    people.set_groups(conn, "ana", ["night", "empty"])
    of_ana, of_ben = opened(conn, ana.id), opened(conn, ben.id)

    def may(session_id: str) -> frozenset[str]:
        viewer = sessions.viewer_of(conn, session_id, NOON)
        assert viewer is not None
        return viewer.permissions - ROLES["analyst"]

    assert (may(of_ana), may(of_ben)) == ({"jobs"}, frozenset())
    more = update(permission_group).where(permission_group.c.name == "night")
    conn.execute(more.values(permissions=["load", *PERMISSIONS]))
    assert may(of_ana) == set(PERMISSIONS) - ROLES["analyst"]
    conn.execute(delete(permission_group).where(permission_group.c.name == "night"))
    assert may(of_ana) == frozenset()


def test_a_group_of_staff_gives_a_customer_nothing_of_staff(conn: Connection) -> None:
    add_group(conn, "all", *PERMISSIONS)
    carla = add_person(conn, "carla", "customer")
    people.set_groups(conn, "carla", ["all"])
    viewer = sessions.viewer_of(conn, opened(conn, carla.id), NOON)
    assert viewer is not None
    assert viewer.permissions == ROLES["customer"]


def test_disabled_while_signed_in(conn: Connection) -> None:
    session_id = opened(conn, add_person(conn, "ana").id)
    conn.execute(update(person).values(disabled_at=NOON))
    assert sessions.viewer_of(conn, session_id, NOON) is None


def test_a_session_ends_when_nobody_uses_it(conn: Connection) -> None:
    session_id = opened(conn, add_person(conn, "ana").id)
    assert sessions.viewer_of(conn, session_id, NOON + IDLE - MOMENT)
    assert sessions.viewer_of(conn, session_id, NOON + IDLE) is None
    sessions.touch(conn, session_id, NOON + IDLE)  # too late
    assert sessions.viewer_of(conn, session_id, NOON + IDLE) is None


def test_a_session_ends_however_it_is_used(conn: Connection) -> None:
    session_id = opened(conn, add_person(conn, "ana").id)
    at = NOON
    while (at := at + timedelta(hours=11)) < NOON + LASTS:
        assert sessions.viewer_of(conn, session_id, at)
        sessions.touch(conn, session_id, at)
    assert sessions.viewer_of(conn, session_id, NOON + LASTS - MOMENT)
    assert sessions.viewer_of(conn, session_id, NOON + LASTS) is None


def test_the_last_use_is_written_once_a_minute(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    session_id = opened(conn, ana.id)

    def touched(seconds: float) -> float:
        sessions.touch(conn, session_id, NOON + timedelta(seconds=seconds))
        (found,) = sessions.sessions_of(conn, ana.id, NOON)
        return (found.last_seen_at - NOON).total_seconds()

    assert [touched(s) for s in (0, 59.999, 60, 119.999, 120)] == [0, 0, 60, 60, 120]


def test_signing_out_ends_one_or_all(conn: Connection) -> None:
    ana, ben = add_person(conn, "ana"), add_person(conn, "ben")
    first, second, third = opened(conn, ana.id), opened(conn, ana.id), opened(conn, ben.id)
    sessions.end(conn, first)
    assert sessions.viewer_of(conn, first, NOON) is None
    assert [each.id for each in sessions.sessions_of(conn, ana.id, NOON)] == [second]
    sessions.end_all(conn, ana.id)
    assert sessions.viewer_of(conn, second, NOON) is None
    assert sessions.viewer_of(conn, third, NOON)


def test_a_persons_sessions_say_from_where(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    later = NOON + timedelta(hours=1)
    sessions.open_session(conn, ana.id, "password", "10.0.0.7", "Fire\0fox" * 99, NOON)
    sessions.open_session(conn, ana.id, "oidc", "::1", "\ud800", later)
    new, old = sessions.sessions_of(conn, ana.id, later)
    assert (new.how, new.address, new.agent, new.created_at) == ("oidc", "::1", "?", later)
    assert old.agent.startswith("FirefoxFirefox")
    assert len(sessions.sessions_of(conn, ana.id, NOON + IDLE)) == 1


def test_browsers_are_counted_for_each_person_while_their_sessions_last(
    conn: Connection,
) -> None:
    ana, ben, carl = (add_person(conn, name) for name in ("ana", "ben", "carl"))
    for each in (ana, ana, ben):
        opened(conn, each.id)
    assert sessions.open_of_each(conn, NOON) == {ana.id: 2, ben.id: 1}
    assert carl.id not in sessions.open_of_each(conn, NOON)
    assert sessions.open_of_each(conn, NOON + IDLE) == {}


def test_a_session_tells_from_where_it_was_opened(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    assert sessions.address_of(conn, opened(conn, ana.id)) == "10.0.0.7"
    assert sessions.address_of(conn, "gone") == ""


def test_sweeping_takes_what_has_ended_and_counts_no_more(conn: Connection) -> None:
    ana = add_person(conn, "ana")
    opened(conn, ana.id)
    kept = sessions.open_session(conn, ana.id, "password", "", "", NOON + timedelta(hours=1))
    now = NOON + IDLE
    ages = [0.0, 899.999, 900.0, 3600.0]
    at = [now - timedelta(seconds=age) for age in ages]
    conn.execute(
        insert(sign_in_failure), [{"account": "ana", "address": "", "at": each} for each in at]
    )
    assert sessions.sweep(conn, now) == 3
    assert conn.execute(select(session.c.id)).scalars().all() == [id_of(kept)]
    left = conn.execute(select(sign_in_failure.c.at).order_by(sign_in_failure.c.at.desc()))
    assert left.scalars().all() == at[:2]
