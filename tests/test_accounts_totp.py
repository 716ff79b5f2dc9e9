"""Codes of a telephone: which are taken, and each once."""

import threading
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import Connection, Engine, select

from cdrstats.accounts import people, totp
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.db.schema import person
from cdrstats.errors import BadRequest, BadSetting

from .factories import NOON
from .people import add_person

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LONG_AGO = NOON - timedelta(hours=1)


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox(tmp_path / "secret.key")


def code(after: float = 0) -> str:
    """What the telephone shows `after` seconds from NOON, which begins a step."""
    return pyotp.TOTP(SECRET).at(NOON + timedelta(seconds=after))


def set_up(conn: Connection, box: SecretBox) -> int:
    ana = add_person(conn, "ana")
    totp.confirm(conn, box, ana.id, SECRET, pyotp.TOTP(SECRET).at(LONG_AGO), LONG_AGO)
    return ana.id


def test_without_a_secret_no_code_is_asked_for(conn: Connection, box: SecretBox) -> None:
    ana = add_person(conn, "ana")
    assert totp.accept(conn, box, ana.id, "", NOON)
    assert not box.key_file.exists()


def test_a_secret_is_kept_sealed_and_removed(conn: Connection, box: SecretBox) -> None:
    ana = set_up(conn, box)
    sealed = conn.execute(select(person.c.totp_secret)).scalar_one()
    assert SECRET.encode() not in bytes(sealed)
    assert people.get(conn, ana).has_totp
    assert not totp.accept(conn, box, ana, "", NOON)
    totp.remove(conn, ana)
    assert not people.get(conn, ana).has_totp
    assert totp.accept(conn, box, ana, "", NOON)


def test_a_wrong_code_sets_nothing_up(conn: Connection, box: SecretBox) -> None:
    ana = add_person(conn, "ana")
    for wrong in ("", "000000", code(90), code(-60), "\ud800", "\uff11" * 6):
        with pytest.raises(BadRequest, match="clock"):
            totp.confirm(conn, box, ana.id, SECRET, wrong, NOON)
    assert not people.get(conn, ana.id).has_totp


def test_the_code_that_set_it_up_is_used_up(conn: Connection, box: SecretBox) -> None:
    ana = add_person(conn, "ana")
    totp.confirm(conn, box, ana.id, SECRET, code(), NOON)
    assert not totp.accept(conn, box, ana.id, code(), NOON)
    assert totp.accept(conn, box, ana.id, code(30), NOON)


@pytest.mark.parametrize(
    ("after", "taken"), [(-31, False), (-30, True), (0, True), (59, True), (60, False)]
)
def test_a_clock_may_be_a_step_off(
    conn: Connection, box: SecretBox, after: float, taken: bool
) -> None:
    assert totp.accept(conn, box, set_up(conn, box), code(after), NOON) == taken


def test_a_code_is_taken_once_and_none_before_it(conn: Connection, box: SecretBox) -> None:
    ana = set_up(conn, box)
    assert totp.accept(conn, box, ana, f" {code()[:3]} {code()[3:]}", NOON)
    assert not totp.accept(conn, box, ana, code(), NOON + timedelta(seconds=30))
    assert not totp.accept(conn, box, ana, code(-30), NOON)
    assert totp.accept(conn, box, ana, code(30), NOON)


def test_of_two_with_one_code_at_once_one_passes(fresh_engine: Engine, box: SecretBox) -> None:
    with fresh_engine.begin() as conn:
        ana = set_up(conn, box)
    passed: list[bool] = []

    def second() -> None:
        with fresh_engine.begin() as conn:
            passed.append(totp.accept(conn, box, ana, code(), NOON))

    threads = [threading.Thread(target=second) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(passed) == [False, False, False, True]


def test_a_lost_key_is_told(conn: Connection, box: SecretBox) -> None:
    ana = set_up(conn, box)
    box.key_file.unlink()
    with pytest.raises(BadSetting, match="is gone"):
        totp.accept(conn, box, ana, code(), NOON)


def test_the_picture_says_whose_code_it_is() -> None:
    address = totp.address_of(SECRET, "ana@example.com")
    assert address == (
        f"otpauth://totp/CDR-Stats:ana%40example.com?secret={SECRET}&issuer=CDR-Stats"
    )
    assert totp.new_secret() != totp.new_secret()
    assert len(totp.new_secret()) == 32
