"""What can be an address, how a mail is written, and when it is tried again."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest

from cdrstats import addresses
from cdrstats.errors import BadRequest
from cdrstats.mail.rules import (
    LARGEST,
    WAITS,
    Letter,
    answer_of,
    is_final,
    subject_of,
    written,
)

from .factories import NOON


def test_a_list_with_junk_is_told_apart() -> None:
    good, junk = addresses.listed(
        "ana@example.com; Ben Ruiz <ben@example.com>,\n junk ,ANA@example.com\r\n"
        "root@office.local;a b@c.de, josé@example.com,x@münchen.de;;"
    )
    assert good == [
        *("ana@example.com", "ben@example.com", "root@office.local"),
        "x@xn--mnchen-3ya.de",
    ]
    assert [each.partition(" is no mail address. ")[0] for each in junk] == [
        *("'junk'", "'a b@c.de'", "'josé@example.com'")
    ]
    assert all(each.endswith(".") for each in junk)
    assert addresses.listed(" ,;\n") == ([], [])


@pytest.mark.parametrize(
    "given",
    ["", "ana", "@b.de", "a@", "a@b..de", "a@b.de\r\nBcc: x@y.de", "a@b.de, c@d.de", "\0@b.de"],
)
def test_what_is_no_address_is_refused_in_a_sentence(given: str) -> None:
    with pytest.raises(BadRequest, match=r"is no mail address\. [A-Z].*\.$"):
        addresses.checked(given)


def test_much_junk_is_not_repeated() -> None:
    with pytest.raises(BadRequest) as told:
        addresses.checked("x" * 100_000)
    assert len(str(told.value)) < 300


def mail_of(letter: Letter) -> bytes:
    return written(letter, "cdr@example.com", "Calls", "ana@example.com", "1-2", NOON)


def test_a_mail_says_what_it_is_given() -> None:
    made = mail_of(Letter("Grüße", "Zeile eins\nzwei €\n", "<p>zwei &amp; €</p>"))
    assert made.isascii()
    read = message_from_bytes(made, policy=policy.default)
    assert read["Subject"] == "Grüße"
    assert (read["From"], read["To"]) == ("Calls <cdr@example.com>", "ana@example.com")
    assert read["Message-ID"] == "<1-2@example.com>"
    assert read["Date"].datetime == NOON
    text, html = read.get_body(["plain"]), read.get_body(["html"])
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Zeile eins", "zwei €"]
    assert html.get_content().strip() == "<p>zwei &amp; €</p>"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\v", "\u2028", "\0"])
def test_a_subject_adds_no_header(end: str) -> None:
    letter = Letter(f"A{end}Bcc: eve@example.com{end}{end}body", "text")
    read = message_from_bytes(mail_of(letter), policy=policy.default)
    assert "Bcc" not in read
    assert read["Subject"] == subject_of(letter) == "A Bcc: eve@example.com body"


def test_a_mail_of_30_mb_is_refused_in_a_sentence() -> None:
    with pytest.raises(BadRequest, match=r"The mail “Figures” has 3\d MB, .* 25 MB at most"):
        mail_of(Letter("Figures", "30 million\n" * 3_000_000))
    assert len(mail_of(Letter("Figures", "20 million\n" * 1_700_000))) < LARGEST


def test_tries_end_within_two_days() -> None:
    assert [wait.total_seconds() / 60 for wait in WAITS[:6]] == [1, 2, 5, 15, 60, 60]
    assert timedelta(days=1, hours=23) < sum(WAITS, timedelta()) <= timedelta(days=2)


@pytest.mark.parametrize(
    ("asked", "code", "final"),
    [
        ("recipient", 550, True),
        ("recipient", 451, False),
        ("message", 554, True),
        ("message", 452, False),
        ("sender", 550, False),  # the settings can be mended
        ("sender", 552, True),  # too large
        ("message", 421, False),
        ("message", -1, False),
    ],
)
def test_a_refusal_of_the_recipient_or_the_mail_is_for_good(
    asked: str, code: int, final: bool
) -> None:
    assert is_final(asked, code) is final  # type: ignore[arg-type]


def test_an_answer_is_kept_on_one_line() -> None:
    assert answer_of(550, b"no\r\nsuch\0 \xff mailbox") == "550 no such � mailbox"
    assert len(answer_of(550, b"x" * 10_000)) <= 500
