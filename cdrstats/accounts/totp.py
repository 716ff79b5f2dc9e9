"""Codes of six digits that change every 30 s, of a secret that a telephone keeps: RFC 6238."""

import hmac
from datetime import datetime

import pyotp
from sqlalchemy import Connection, or_, select, update

from cdrstats.accounts.secretbox import SecretBox
from cdrstats.db.schema import person
from cdrstats.errors import BadRequest

STEP_S = 30

ISSUER = "CDR-Stats"
"""What the telephone calls the account, beside the login name."""


def new_secret() -> str:
    """A secret that nobody has yet. It counts once `confirm` has seen a code of it."""
    return pyotp.random_base32()


def address_of(secret: str, name: str) -> str:
    """The `otpauth://` address that a telephone reads as a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def confirm(
    conn: Connection, box: SecretBox, person_id: int, secret: str, code: str, now: datetime
) -> None:
    """Ask the person for codes of `secret` from now on.

    Raises:
        BadRequest: `code` is not one that the telephone would show.
    """
    steps = _steps_of(secret, code, now)
    if not steps:
        raise BadRequest(
            "This is not the code of this minute: look whether the telephone's clock is right."
        )
    conn.execute(
        update(person)
        .where(person.c.id == person_id)
        .values(totp_secret=box.seal(secret), totp_last_step=max(steps))
    )


def remove(conn: Connection, person_id: int) -> None:
    """Ask the person for no more codes."""
    conn.execute(
        update(person)
        .where(person.c.id == person_id)
        .values(totp_secret=None, totp_last_step=None)
    )


def accept(conn: Connection, box: SecretBox, person_id: int, code: str, now: datetime) -> bool:
    """Whether the person may pass with `code`: a code is accepted once, and none before it.

    Without a secret no code is asked for. Raises BadSetting if the key to the secret is lost.
    """
    sealed = conn.execute(
        select(person.c.totp_secret).where(person.c.id == person_id)
    ).scalar_one()
    if sealed is None:
        return True
    steps = _steps_of(box.open(sealed), code, now)
    if not steps:
        return False
    last = person.c.totp_last_step
    taken = (
        update(person)
        .where(person.c.id == person_id, or_(last.is_(None), last < max(steps)))
        .values(totp_last_step=max(steps))
    )
    return conn.execute(taken).rowcount == 1


def _steps_of(secret: str, code: str, now: datetime) -> list[int]:
    """Those of the last step, this one and the next that have the code: clocks are off."""
    step = int(now.timestamp()) // STEP_S
    given = "".join(code.split()).encode("utf-8", "surrogatepass")
    codes = pyotp.TOTP(secret)
    return [
        each
        for each in (step - 1, step, step + 1)
        if hmac.compare_digest(codes.generate_otp(each).encode(), given)
    ]
