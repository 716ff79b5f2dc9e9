"""Login names, passwords, how long to wait: each rule at its edges."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.accounts import passwords
from cdrstats.accounts.rules import (
    COUNTED_FOR,
    FREE_OF_ACCOUNT,
    LONGEST_WAIT,
    account_of,
    checked_name,
    checked_password,
    normalised,
    plain,
    wait_until,
)
from cdrstats.errors import BadRequest

from .factories import NOON

ODD_TEXT = st.text(st.characters(exclude_categories=[]))  # lone surrogates and NUL as well


@pytest.mark.parametrize("name", ["a", "Ana", " ana\n", "ana.b+c@example.com", "7", "a" * 100])
def test_a_login_name_is_kept_as_it_is_written(name: str) -> None:
    assert checked_name(name) == name.strip()


@pytest.mark.parametrize(
    "name",
    [
        *("", " ", "a" * 101, "ana b", ".ana", "an\0a", "an\na", "cli:root", "\ud800"),
        *("\u0430na", "an\u212a"),  # a Cyrillic a, and the sign for Kelvin
    ],
)
def test_a_name_that_could_be_taken_for_another_is_refused(name: str) -> None:
    with pytest.raises(BadRequest, match="login name has 1 to 100 letters"):
        checked_name(name)


def test_the_name_of_who_looked_before_is_not_given_away() -> None:
    with pytest.raises(BadRequest, match="own"):
        checked_name("Local")


@given(ODD_TEXT)
def test_whatever_is_typed_as_a_name_can_be_kept(text: str) -> None:
    account = account_of(text)
    assert "\0" not in account
    account.encode()
    assert account == account_of(f" {account_of(text)} ".upper()) or not account.isascii()


@pytest.mark.parametrize(
    "password",
    [
        "horse battery",
        "x" * 11 + "y",
        "ab" * 64,
        "cdrstats is my tool",
        "\xfc\xf6 stra\xdfe \xe9\xe8",
    ],
)
def test_a_long_password_will_do_whatever_it_is_made_of(password: str) -> None:
    assert checked_password(password, "ana") == password


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "at least 12"),
        ("horse batte", "at least 12"),
        ("ab" * 64 + "a", "at most 128"),
        ("a" * 10_000_000, "at most 128"),
        ("u\u0308" * 11, "at least 12"),  # eleven letters, whatever keyboard typed them
        ("aAaAaAaAaAaA", "again and again"),
        (" " * 12, "again and again"),
        ("cdrstats2026", "the name of the account or of CDR-Stats"),
        ("CDR-Stats!!!", "the name of the account or of CDR-Stats"),
        ("Boss-Boss-12", "the name of the account or of CDR-Stats"),
        ("bosscdrstats", "the name of the account or of CDR-Stats"),
    ],
)
def test_a_password_that_is_guessed_first_is_refused(password: str, sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        checked_password(password, "boss")


def test_a_name_of_one_letter_forbids_no_words() -> None:
    assert checked_password("banana banana", "a")
    assert checked_password("111222333444", "a")


def test_one_password_on_two_keyboards_is_one() -> None:
    assert normalised("sch\xf6ne Gr\xfc\xdfe") == normalised("scho\u0308ne Gru\u0308\xdfe")
    assert normalised("a\u0308" * 128) == "\xe4" * 128
    assert normalised("a\u0308" * 129) is None
    assert normalised("\ufdfa" * 8) is None  # 18 characters each


@given(ODD_TEXT)
def test_a_password_can_be_normalised_twice(text: str) -> None:
    once = normalised(text)
    if once is not None:
        assert normalised(once) == once
        assert len(once) <= 128


@pytest.mark.parametrize(
    "password", ["pass\0word word", "\ud800 a lone surrogate", "", "\xfc" * 128]
)
def test_any_password_is_hashed_and_told_from_another(password: str) -> None:
    kept = passwords.hashed(password)
    assert kept.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert passwords.is_right(password, kept)
    assert not passwords.is_right(password + "x", kept)
    assert not passwords.is_outdated(kept)


def test_no_hash_and_a_broken_one_are_wrong() -> None:
    assert not passwords.is_right("a password", None)
    assert not passwords.is_right("a password", "")
    assert not passwords.is_right("a password", "!")


def wait_s(*seconds_ago: float, free: int = FREE_OF_ACCOUNT) -> float:
    failures = [NOON - timedelta(seconds=each) for each in seconds_ago]
    return (wait_until(failures, free, NOON) - NOON).total_seconds()


@pytest.mark.parametrize(
    ("failures", "waits"),
    [(0, 0), (4, 0), (5, 2), (6, 4), (7, 8), (13, 512), (14, 900), (500, 900)],
)
def test_the_wait_doubles_beyond_the_free_failures(failures: int, waits: int) -> None:
    assert wait_s(*[0] * failures) == waits


def test_the_wait_ends_by_itself() -> None:
    assert wait_s(*[1.999] * 5) == pytest.approx(0.001)
    assert wait_s(*[2] * 5) == 0


def test_failures_of_a_quarter_of_an_hour_count() -> None:
    assert wait_s(0, 0, 0, 0, 899.999) == 2
    assert wait_s(0, 0, 0, 0, 900) == 0


def test_failures_ahead_of_the_clock_do_not_count() -> None:
    assert wait_s(0, 0, 0, 0, 0, -3600) == 2


@given(
    st.lists(st.timedeltas(timedelta(hours=-1), timedelta(hours=1)), max_size=300),
    st.integers(1, 50),
)
def test_the_wait_is_never_for_good(offsets: list[timedelta], free: int) -> None:
    failures = [NOON + offset for offset in offsets]
    assert NOON <= wait_until(failures, free, NOON) <= NOON + LONGEST_WAIT
    later = max([NOON, *failures]) + COUNTED_FOR
    assert wait_until(failures, free, later) == later


def test_who_goes_on_guessing_has_few_guesses() -> None:
    """Tried as soon as let through, for a day."""
    tries, now = [], NOON
    while now < NOON + timedelta(days=1):
        now = wait_until(tries[-50:], FREE_OF_ACCOUNT, now)
        tries.append(now)
    assert len(tries) < 1000


@given(ODD_TEXT, st.integers(0, 20))
def test_plain_text_is_what_postgresql_can_keep(text: str, most: int) -> None:
    kept = plain(text, most)
    assert len(kept) <= most
    assert "\0" not in kept
    assert kept.encode().decode() == kept
    assert plain(kept, most) == kept
