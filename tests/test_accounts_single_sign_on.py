"""Who is let in for whom a provider vouches, and as what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from cdrstats.accounts import administration, audit, people, sessions, single_sign_on
from cdrstats.accounts.claims import Vouched, role_of, vouched
from cdrstats.accounts.signing_in import Refused, SignedIn
from cdrstats.accounts.tokens import id_of
from cdrstats.errors import BadRequest
from cdrstats.settings import Oidc

from .people import add_customer, add_group, add_person

NOW = datetime.now(UTC)
ISSUER = "https://login.lan"
TOLD = Oidc(
    ISSUER,
    "cdrstats",
    "s",
    (("admins", "administrator"), ("cdr", "analyst"), ("c", "customer")),
    "SSO",
)
ANA = Vouched(ISSUER, "7", "ana", "Ana", "ana@cdr.lan", frozenset({"cdr"}))


def tried(conn: Connection, who: Vouched = ANA) -> SignedIn | Refused:
    return single_sign_on.sign_in(conn, TOLD, who, "192.0.2.1", "Firefox", NOW)


def refused(conn: Connection, who: Vouched = ANA) -> str:
    answer = tried(conn, who)
    assert isinstance(answer, Refused)
    assert not audit.search(conn, action="sign in")
    return answer.sentence


def newest(conn: Connection) -> tuple[Any, ...]:
    line = audit.search(conn)[0]
    return line.who, line.action, line.object, line.address, line.detail


def groups(*names: str) -> Vouched:
    return replace(ANA, groups=frozenset(names))


def note_to(conn: Connection) -> Any:
    def note(action: str, object: str = "", **more: Any) -> None:
        audit.note(conn, "boss", action, object, **more)

    return note


def test_somebody_new_gets_an_account(conn: Connection) -> None:
    answer = tried(conn)
    assert isinstance(answer, SignedIn)
    ana = people.find(conn, "ana")
    assert (ana.role, ana.full_name, ana.email) == ("analyst", "Ana", "ana@cdr.lan")
    assert (ana.state, ana.has_password, ana.last_signed_in_at) == ("active", False, NOW)
    viewer = sessions.viewer_of(conn, id_of(answer.token), NOW)
    assert viewer is not None
    assert viewer.name == "ana"
    lines = [(line.who, line.action, line.detail) for line in audit.search(conn)]
    added = {"role": "analyst", "by": "SSO", "subject": "7"}
    assert lines == [("ana", "sign in", {"by": "SSO"}), ("ana", "add person", added)]


def test_whoever_is_known_stays_the_same_by_another_name(conn: Connection) -> None:
    tried(conn)
    answer = tried(conn, replace(ANA, name="ana.married", full_name="Ana B."))
    assert isinstance(answer, SignedIn)
    assert [each.name for each in people.list_people(conn)] == ["ana"]
    assert answer.person.full_name == "Ana"


def test_a_name_that_is_taken_is_not_taken_over(conn: Connection) -> None:
    add_person(conn, "Ana", "administrator")
    sentence = refused(conn)
    assert sentence.startswith("There is an account 'ana' here already")
    detail = {"by": "SSO", "wrong": "name is taken", "subject": "7", "name": "ana"}
    assert newest(conn) == ("unknown", "fail to sign in", "", "192.0.2.1", detail)
    assert people.find(conn, "ana").oidc_subject is None
    # Neither is one that the provider gives to somebody else later.
    people.know_as(conn, "ana", ISSUER, "6")
    assert refused(conn) == sentence


def test_an_administrator_links_the_two(conn: Connection) -> None:
    add_person(conn, "boss", "administrator")
    add_person(conn, "eva", "finance")
    administration.know_as(conn, "eva", ISSUER, " 7 ", note_to(conn))
    changed = {
        "oidc_issuer": {"was": None, "is": ISSUER},
        "oidc_subject": {"was": None, "is": "7"},
    }
    assert newest(conn) == ("boss", "link person", "eva", "", changed)
    answer = tried(conn)
    assert isinstance(answer, SignedIn)
    assert (answer.person.name, answer.person.role) == ("eva", "analyst")
    with pytest.raises(BadRequest, match="'7' is known as eva"):
        people.know_as(conn, "boss", ISSUER, "7")
    administration.know_as(conn, "eva", ISSUER, "", note_to(conn))
    assert people.find(conn, "eva").oidc_issuer is None


@pytest.mark.parametrize("subject", ["x" * 256, "a\0", "a\nb"])
def test_a_subject_makes_sense(conn: Connection, subject: str) -> None:
    add_person(conn, "ana")
    with pytest.raises(BadRequest, match="A subject has at most 255 characters"):
        people.know_as(conn, "ana", ISSUER, subject)


def test_another_provider_knows_nobody(conn: Connection) -> None:
    """Its subject 7 is somebody else."""
    tried(conn)
    other = single_sign_on.sign_in(
        conn, TOLD, replace(ANA, issuer="https://new.lan"), "192.0.2.1", "", NOW
    )
    assert isinstance(other, Refused)


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (frozenset({"hr"}), "None of your groups at SSO may use CDR-Stats"),
        (frozenset(), "None of your groups"),
        (None, "SSO does not tell which groups you are in"),
    ],
)
def test_no_group_no_way_in(
    conn: Connection, known: bool, told: frozenset[str] | None, sentence: str
) -> None:
    if known:
        people.add(conn, "eva", "analyst")
        people.know_as(conn, "eva", ISSUER, "7")
    assert refused(conn, replace(ANA, groups=told)).startswith(sentence)
    assert newest(conn)[:2] == ("eva" if known else "unknown", "fail to sign in")
    assert len(people.list_people(conn)) == known


@pytest.mark.parametrize("name", ["", "Jürgen", "a b", "local", "x" * 101])
def test_a_name_that_is_none_is_told(conn: Connection, name: str) -> None:
    assert refused(conn, replace(ANA, name=name)).startswith("Your name at SSO cannot be")


def test_a_mail_address_or_name_that_is_none_is_left_out(conn: Connection) -> None:
    answer = tried(conn, replace(ANA, email="not one", full_name="A\u202eB"))
    assert isinstance(answer, SignedIn)
    assert (answer.person.full_name, answer.person.email) == ("", "")


def test_the_role_follows_the_provider(conn: Connection) -> None:
    add_person(conn, "boss", "administrator")
    tried(conn)
    for groups_, role in ((("cdr", "admins"), "administrator"), (("c",), "customer")):
        answer = tried(conn, groups(*groups_))
        assert isinstance(answer, SignedIn)
        assert answer.person.role == role
    was = {"role": {"was": "administrator", "is": "customer"}}
    assert audit.search(conn, action="change person")[0].detail == was


def test_a_customers_customers_stay_and_go_with_the_role(conn: Connection) -> None:
    add_customer(conn, "Acme")
    tried(conn, groups("c"))
    people.set_customers(conn, "ana", ["Acme"])
    assert tried(conn, groups("c")).person.customers == ("Acme",)  # type: ignore[union-attr]
    assert tried(conn).person.customers == ()  # type: ignore[union-attr]


def test_groups_of_the_provider_come_and_go_and_others_stay(conn: Connection) -> None:
    note = note_to(conn)
    for name, mapped in (("Night", "night-shift"), ("Day", "day-shift"), ("Own", "")):
        administration.add_group(conn, name, ["load"], [], mapped, note)
    tried(conn)
    people.set_groups(conn, "ana", ["Own", "Day"])
    answer = tried(conn, groups("cdr", "night-shift", "Own"))
    assert isinstance(answer, SignedIn)
    assert answer.person.groups == ("Night", "Own")


def test_the_last_administrator_stays_one(conn: Connection) -> None:
    tried(conn, groups("admins"))
    answer = tried(conn, groups("cdr"))
    assert isinstance(answer, Refused)
    assert "you are the last" in answer.sentence
    assert people.find(conn, "ana").role == "administrator"
    assert newest(conn)[4]["wrong"] == "last administrator"


def test_whoever_is_disabled_stays_out(conn: Connection) -> None:
    add_person(conn, "boss", "administrator")
    people.add(conn, "ana", "analyst")
    people.know_as(conn, "ana", ISSUER, "7")
    people.disable(conn, "ana", NOW)
    assert refused(conn) == people.DISABLED
    assert newest(conn)[:2] == ("ana", "fail to sign in")


def test_trouble_that_anybody_can_make_is_told_once_a_minute(conn: Connection) -> None:
    for wrong, address, after in (
        ("down", "a", 0),
        ("down", "a", 30),
        ("down", "b", 30),
        ("late\0", "a", 30),
        ("down", "a", 90),
    ):
        now = datetime.now(UTC) + timedelta(seconds=after)
        single_sign_on.refuse(conn, TOLD, wrong, address, now)
    told = [(line.detail["wrong"], line.address) for line in reversed(audit.search(conn))]
    assert told == [("down", "a"), ("down", "b"), ("late", "a"), ("down", "a")]


def test_what_a_provider_tells_is_read_with_care() -> None:
    told: dict[str, Any] = {
        "sub": "7",
        "email": "ana@cdr.lan",
        "name": ["x"],
        "groups": ["a", 7],
    }
    who = vouched(told, ISSUER)
    assert who == Vouched(ISSUER, "7", "ana@cdr.lan", "", "ana@cdr.lan", frozenset({"a", "7"}))
    assert vouched({"sub": "7", "groups": {"a": 1}}, ISSUER).groups is None
    assert vouched({"sub": "7", "name": "a\0\ud800" + "x" * 900}, ISSUER).full_name[:3] == "a?x"


def test_the_first_pair_that_fits_decides() -> None:
    assert role_of({"cdr", "admins"}, TOLD.roles) == "administrator"
    assert role_of({"CDR"}, TOLD.roles) is None


def test_a_group_of_ours_is_no_group_of_the_provider(conn: Connection) -> None:
    add_group(conn, "cdr")
    answer = tried(conn)
    assert isinstance(answer, SignedIn)
    assert answer.person.groups == ()
