"""Signing in: who gets in, what others are told, and how long they wait."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select, update

from cdrstats.accounts import audit, passwords, people, sessions, totp
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.accounts.signing_in import WRONG, Refused, SignedIn, sign_in
from cdrstats.accounts.tokens import id_of
from cdrstats.db.schema import person, sign_in_failure

from .people import PASSWORD, add_person, kept
from .test_accounts_people import waits_for_a_lock
from .waiting import eventually

NOW = datetime.now(UTC)
HOME, ELSEWHERE = "10.0.0.7", "192.0.2.1"
NO_BOX = SecretBox(Path("/nowhere/secret.key"))


def tried(
    conn: Connection,
    name: str = "ana",
    password: str = PASSWORD,
    *,
    code: str = "",
    address: str = HOME,
    after: float = 0,
    box: SecretBox = NO_BOX,
) -> SignedIn | Refused:
    """A try, `after` seconds from NOW."""
    now = NOW + timedelta(seconds=after)
    return sign_in(conn, box, name, password, code, address, "Firefox", now)


def wait_s(answer: SignedIn | Refused) -> int | None:
    return answer.wait_s if isinstance(answer, Refused) else None


def lines(conn: Connection) -> list[tuple[Any, ...]]:
    found = reversed(audit.search(conn))
    return [(each.who, each.action, each.address, each.detail) for each in found]


def test_the_right_password_opens_a_session(conn: Connection) -> None:
    ana = add_person(conn, "Ana")
    answer = tried(conn, " ANA ")
    assert isinstance(answer, SignedIn)
    assert (answer.person.id, answer.person.last_signed_in_at) == (ana.id, NOW)
    viewer = sessions.viewer_of(conn, id_of(answer.token), NOW)
    assert viewer is not None
    assert viewer.name == "Ana"
    (session,) = sessions.sessions_of(conn, ana.id, NOW)
    assert (session.how, session.address, session.agent) == ("password", HOME, "Firefox")
    assert lines(conn) == [("Ana", "sign in", HOME, {})]
    assert audit.search(conn)[0].person_id == ana.id


@pytest.mark.parametrize(
    ("name", "password", "who", "wrong"),
    [
        ("ana", "a wrong password", "ana", "password"),
        ("ana", "", "ana", "password"),
        ("ana", PASSWORD + " ", "ana", "password"),
        ("ana", PASSWORD.upper(), "ana", "password"),
        ("ana", "x" * 129, "ana", "password"),
        ("ana", "x" * 10_000_000, "ana", "password"),
        ("invited", PASSWORD, "invited", "password"),
        ("nobody", PASSWORD, "unknown", "name"),
        ("", "", "unknown", "name"),
        ("my secret password", "", "unknown", "name"),
    ],
)
def test_one_sentence_for_all_that_is_wrong(
    conn: Connection, name: str, password: str, who: str, wrong: str
) -> None:
    add_person(conn, "ana")
    people.add(conn, "invited", "analyst")
    assert tried(conn, name, password) == Refused(WRONG, 0)
    assert lines(conn) == [(who, "fail to sign in", HOME, {"wrong": wrong})]
    assert "secret" not in str(audit.search(conn))


def test_a_disabled_person_is_told_so_only_with_the_password(conn: Connection) -> None:
    add_person(conn, "ana")
    people.disable(conn, "ana", NOW)
    assert tried(conn, password="a wrong password") == Refused(WRONG, 0)
    assert tried(conn) == Refused(people.DISABLED, 0)
    assert lines(conn)[1] == ("ana", "fail to sign in", HOME, {"wrong": "disabled"})


def test_a_composed_password_is_the_decomposed_one(conn: Connection) -> None:
    add_person(conn, "ana")
    hash_ = passwords.hashed("sch\xf6ne Gr\xfc\xdfe!")
    conn.execute(update(person).values(password_hash=hash_))
    assert isinstance(tried(conn, password="scho\u0308ne Gru\u0308\xdfe!"), SignedIn)


def test_an_older_hash_is_made_anew(conn: Connection) -> None:
    add_person(conn, "ana")
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    conn.execute(update(person).values(password_hash=old))
    assert isinstance(tried(conn, password="a wrong password"), Refused)
    query = select(person.c.password_hash)
    assert conn.execute(query).scalar_one() == old
    assert isinstance(tried(conn), SignedIn)
    anew = conn.execute(query).scalar_one()
    assert not passwords.is_outdated(anew)
    assert isinstance(tried(conn), SignedIn)
    assert conn.execute(query).scalar_one() == anew


def test_five_failures_are_free_then_each_wait_doubles(conn: Connection) -> None:
    add_person(conn, "ana")
    waits = [wait_s(tried(conn, password="wrong")) for _ in range(5)]
    assert waits == [0, 0, 0, 0, 2]
    refused = tried(conn, after=1.5)  # the right one, too early
    assert refused == Refused("Too many tries failed: try again in 1 s.", 1)
    assert wait_s(tried(conn, password="wrong", after=2)) == 4
    assert wait_s(tried(conn, password="wrong", after=5.999)) == 1
    assert wait_s(tried(conn, password="wrong", after=6)) == 8
    assert isinstance(tried(conn, after=14), SignedIn)


def test_a_try_that_had_to_wait_is_not_counted_nor_told(conn: Connection) -> None:
    add_person(conn, "ana")
    for _ in range(5):
        tried(conn, password="wrong")
    for _ in range(20):
        assert wait_s(tried(conn, password="wrong", after=1)) == 1
    count = select(func.count()).select_from(sign_in_failure)
    assert conn.execute(count).scalar_one() == 5
    assert len(lines(conn)) == 5


def test_a_long_wait_is_told_in_minutes(conn: Connection) -> None:
    at = 0.0
    for _ in range(12):
        at += wait_s(tried(conn, password="wrong", after=at)) or 0
    refused = tried(conn, after=at - 150)
    assert refused == Refused("Too many tries failed: try again in 3 minutes.", 150)


def test_nobody_waits_as_everybody_does(conn: Connection) -> None:
    """Else waiting would tell who there is."""
    add_person(conn, "ana")
    for name in ("ana", "nobody"):
        waits = [wait_s(tried(conn, name.upper(), "wrong")) for _ in range(6)]
        assert waits == [0, 0, 0, 0, 2, 2]


def test_one_account_does_not_keep_another_waiting(conn: Connection) -> None:
    add_person(conn, "ana")
    for _ in range(6):
        tried(conn, "ben", "wrong")
    assert isinstance(tried(conn), SignedIn)


def test_an_address_may_fail_fifty_times(conn: Connection) -> None:
    add_person(conn, "ana")
    waits = [wait_s(tried(conn, f"n{i}", "x" * 1000)) for i in range(50)]
    assert waits == [0] * 49 + [2]
    assert wait_s(tried(conn)) == 2
    assert isinstance(tried(conn, address=ELSEWHERE), SignedIn)
    assert isinstance(tried(conn, after=2), SignedIn)


def test_a_guesser_elsewhere_does_not_keep_the_owner_out(conn: Connection) -> None:
    add_person(conn, "ana")
    assert isinstance(tried(conn), SignedIn)  # HOME is known from now on
    for _ in range(5):
        tried(conn, password="wrong", address=ELSEWHERE)
    assert wait_s(tried(conn, address=ELSEWHERE)) == 2
    assert wait_s(tried(conn, address="192.0.2.2")) == 2
    assert isinstance(tried(conn), SignedIn)


def test_who_fails_at_home_waits_at_home(conn: Connection) -> None:
    add_person(conn, "ana")
    tried(conn)
    assert [wait_s(tried(conn, password="wrong")) for _ in range(5)][-1] == 2
    assert wait_s(tried(conn)) == 2


def test_an_address_is_known_to_one_account_and_not_for_ever(conn: Connection) -> None:
    add_person(conn, "ana")
    add_person(conn, "ben")
    tried(conn, "ben")
    tried(conn, "ana", address="10.0.0.8")
    far = timedelta(days=91).total_seconds()
    for after in (0, far):
        for _ in range(5):
            tried(conn, password="wrong", address=ELSEWHERE, after=after)
    assert wait_s(tried(conn, "ana")) == 2  # ben's home
    assert isinstance(tried(conn, "ana", address="10.0.0.8"), SignedIn)
    assert wait_s(tried(conn, "ana", address="10.0.0.8", after=far)) == 2


def test_signing_in_forgives_what_failed_there_alone(conn: Connection) -> None:
    add_person(conn, "ana")
    for address in (HOME, ELSEWHERE):
        tried(conn, password="wrong", address=address)
    tried(conn, "ben", "wrong")
    tried(conn)
    left = conn.execute(select(sign_in_failure.c.account, sign_in_failure.c.address))
    assert sorted(map(tuple, left)) == [("ana", ELSEWHERE), ("ben", HOME)]


def test_many_tries_at_once_are_not_many_free_ones(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "ana")
    answers: list[SignedIn | Refused] = []

    def guess() -> None:
        with fresh_engine.begin() as conn:
            answers.append(tried(conn, password="wrong"))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(answer == Refused(WRONG, 0) for answer in answers) == 4
    with fresh_engine.connect() as conn:
        count = select(func.count()).select_from(sign_in_failure)
        assert conn.execute(count).scalar_one() == 5


def test_who_signs_in_while_being_disabled_is_out(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        ana = add_person(conn, "ana")

    def second() -> None:
        with fresh_engine.begin() as conn:
            people.disable(conn, "ana", NOW)

    with fresh_engine.begin() as conn:
        assert isinstance(tried(conn), SignedIn)
        thread = threading.Thread(target=second)
        thread.start()
        eventually(lambda: waits_for_a_lock(fresh_engine))
    thread.join(60)
    with fresh_engine.begin() as conn:
        people.enable(conn, "ana")
        assert sessions.sessions_of(conn, ana.id, NOW) == []


def test_a_code_is_asked_for_once_it_is_set_up(conn: Connection, tmp_path: Path) -> None:
    ana = add_person(conn, "ana")
    box = SecretBox(tmp_path / "secret.key")
    secret = totp.new_secret()
    codes = pyotp.TOTP(secret)
    totp.confirm(conn, box, ana.id, secret, codes.at(NOW), NOW)
    later = codes.at(NOW + timedelta(seconds=60))
    assert tried(conn, box=box) == Refused(WRONG, 0)
    assert tried(conn, box=box, code="12345") == Refused(WRONG, 0)
    assert tried(conn, "ana", "wrong", box=box, code=later, after=60) == Refused(WRONG, 0)
    assert isinstance(tried(conn, box=box, code=later, after=60), SignedIn)
    assert tried(conn, box=box, code=later, after=61) == Refused(WRONG, 0)
    assert [detail.get("wrong") for *_, detail in lines(conn)] == [
        *("code", "code", "password", None, "code")
    ]


ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=200)


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_whatever_is_sent_is_answered(
    conn: Connection, name: str, password: str, code: str, address: str
) -> None:
    with conn.begin_nested() as point:
        answer = tried(conn, f"{name}\0\ud800", password, code=code, address=address)
        assert isinstance(answer, Refused)
        point.rollback()


def test_the_hash_for_tests_is_of_todays_parameters() -> None:
    assert not passwords.is_outdated(kept())
