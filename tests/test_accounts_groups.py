"""Groups of people: what they give, who belongs to them, and that they go at once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection

from cdrstats.accounts import groups, people, sessions
from cdrstats.accounts.tokens import id_of
from cdrstats.errors import BadRequest

from .people import add_group, add_person


def test_a_group_has_permissions_and_members(conn: Connection) -> None:
    add_person(conn, "ben")
    add_person(conn, "Ana")
    made = groups.add(conn, "  Night   shift ", ["load", "jobs", "jobs"], ["ben", "ana"], "noc")
    assert (made.name, made.permissions) == ("Night shift", ("jobs", "load"))
    assert (made.members, made.oidc_group) == (("Ana", "ben"), "noc")
    assert groups.list_groups(conn) == [made]
    assert people.find(conn, "ana").groups == ("Night shift",)


def test_groups_are_listed_by_name_whatever_they_hold(conn: Connection) -> None:
    add_group(conn, "night", "of a later version")
    groups.add(conn, "Books", [])
    assert [(each.name, each.permissions) for each in groups.list_groups(conn)] == [
        ("Books", ()),
        ("night", ("of a later version",)),
    ]


def test_a_group_becomes_what_it_is_said_to_be(conn: Connection) -> None:
    add_person(conn, "ana")
    add_person(conn, "ben")
    held = groups.add(conn, "night", ["jobs"], ["ana"], "noc")
    after = groups.change(conn, held.id, "NIGHT", ["load"], ["ben"], "")
    assert after == groups.get(conn, held.id)
    assert (after.name, after.permissions, after.members) == ("NIGHT", ("load",), ("ben",))
    assert after.oidc_group == ""
    assert people.find(conn, "ana").groups == ()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": " "}, "needs a name"),
        ({"name": "a" * 101}, "at most 100 characters"),
        ({"name": "a\0b"}, "cannot be shown"),
        ({"name": "NIGHT"}, "already a group 'NIGHT'"),
        ({"permissions": ["fly"]}, "no permission 'fly'"),
        ({"members": ["nobody"]}, "no person 'nobody'"),
        ({"oidc_group": "\ud800"}, "cannot be shown"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused(
    conn: Connection, given: dict[str, object], sentence: str
) -> None:
    groups.add(conn, "night", [])
    held = groups.add(conn, "day", [])
    wanted = {"name": "new", "permissions": [], "members": [], "oidc_group": "", **given}
    with pytest.raises(BadRequest, match=sentence):
        groups.add(conn, **wanted)  # type: ignore[arg-type]
    with pytest.raises(BadRequest, match=sentence):
        groups.change(conn, held.id, **wanted)  # type: ignore[arg-type]


def test_members_of_a_deleted_group_lose_it_at_once(conn: Connection) -> None:
    ana = add_person(conn, "ana", "finance")
    held = groups.add(conn, "night", ["jobs"], ["ana"])
    now = datetime.now(UTC)
    session_id = id_of(sessions.open_session(conn, ana.id, "password", "", "", now))

    def may() -> bool:
        viewer = sessions.viewer_of(conn, session_id, now)
        return viewer is not None and viewer.may("jobs")

    assert may()
    assert groups.remove(conn, held.id) == held
    assert not may()
    for gone in (
        lambda: groups.get(conn, held.id),
        lambda: groups.remove(conn, held.id),
        lambda: groups.change(conn, held.id, "a", [], [], ""),
    ):
        with pytest.raises(BadRequest, match="deleted meanwhile"):
            gone()
