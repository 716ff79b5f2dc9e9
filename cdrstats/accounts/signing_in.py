"""Signing in by name, password and code; whoever guesses is told little, and slowed."""

from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, or_, select, update

from cdrstats.accounts import audit, passwords, people, sessions, totp
from cdrstats.accounts.people import Person
from cdrstats.accounts.refusals import NOBODY
from cdrstats.accounts.rules import (
    COUNTED_FOR,
    FREE_OF_ACCOUNT,
    FREE_OF_ADDRESS,
    KNOWN_FOR,
    account_of,
    normalised,
    plain,
    wait_until,
)
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.db.schema import audit as audit_table
from cdrstats.db.schema import person
from cdrstats.db.schema import sign_in_failure as failure

WRONG = "The name, the password or the code is not right."

SIGN_IN = "sign in"
FAIL = "fail to sign in"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session is open; `token` goes into the browser's cookie."""

    token: str
    person: Person


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody was signed in; `wait_s` seconds must pass before another try is let through."""

    sentence: str
    wait_s: int


def sign_in(
    conn: Connection,
    box: SecretBox,
    name: str,
    password: str,
    code: str,
    address: str,
    agent: str,
    now: datetime,
) -> SignedIn | Refused:
    """Let a person in, or not. Commit whatever comes back: only then is a failure counted.

    1. Wait for other tries at the account, so that many at once are not many free ones.
    2. If too many failed: refuse, and look at nothing. That is not counted as a failure.
    3. Look at the password, the code and whether the person is disabled, in that order.
    4. Note a failure, or open a session; either way, a line of the audit tells.

    Args:
        code: of the person's telephone; any, such as "", if none was set up.
        address: the browser's, as the server sees it.
    """
    account, address = account_of(name), plain(address, sessions.LONGEST)
    people.lock_account(conn, account)
    columns = [person.c.id, person.c.name, person.c.password_hash, person.c.disabled_at]
    query = select(*columns).where(func.lower(person.c.name) == account)
    found = conn.execute(query).one_or_none()
    person_id = found.id if found else None
    wait_s = _wait_s(conn, account, address, person_id, now)
    if wait_s:
        return Refused(f"Too many tries failed: try again in {wait_told(wait_s)}.", wait_s)

    wrong = _wrong(conn, box, found, password, code, now)
    if found and not wrong:
        forgiven = delete(failure).where(failure.c.account == account)
        conn.execute(forgiven.where(failure.c.address == address))
        token = sessions.open_session(conn, found.id, "password", address, agent, now)
        audit.note(conn, found.name, SIGN_IN, person_id=found.id, address=address)
        return SignedIn(token, people.get(conn, found.id))

    conn.execute(insert(failure).values(account=account, address=address, at=now))
    who = found.name if found else NOBODY
    audit.note(
        *(conn, who, FAIL), person_id=person_id, address=address, detail={"wrong": wrong}
    )
    wait_s = _wait_s(conn, account, address, person_id, now)
    return Refused(people.DISABLED if wrong == "disabled" else WRONG, wait_s)


def _wrong(
    conn: Connection,
    box: SecretBox,
    found: Row[Any] | None,
    password: str,
    code: str,
    now: datetime,
) -> str:
    """What keeps the person out; "" if nothing. Telling a name from none takes no less time."""
    given = normalised(password)
    kept = found.password_hash if found else None
    if given is None or not passwords.is_right(given, kept) or found is None:
        return "password" if found else "name"
    if passwords.is_outdated(found.password_hash):
        anew = {"password_hash": passwords.hashed(given)}
        conn.execute(update(person).where(person.c.id == found.id).values(anew))
    if not totp.accept(conn, box, found.id, code, now):
        return "code"
    return "disabled" if found.disabled_at else ""


def _wait_s(
    conn: Connection, account: str, address: str, person_id: int | None, now: datetime
) -> int:
    """Seconds until another try at the account from the address is let through; 0: at once.

    From an address that the account signed in from before, only what failed there counts
    against the account: somebody elsewhere who goes on guessing cannot keep the person out.
    """
    query = select(failure.c.account, failure.c.address, failure.c.at).where(
        or_(failure.c.account == account, failure.c.address == address),
        failure.c.at > now - COUNTED_FOR,
    )
    rows = [(each.account, each.address, each.at) for each in conn.execute(query)]
    there = [(name, at) for name, where, at in rows if where == address]
    own = [at for name, at in there if name == account]
    of_account = wait_until(
        [at for name, _, at in rows if name == account], FREE_OF_ACCOUNT, now
    )
    if of_account > now and _is_known(conn, person_id, address, now):
        of_account = wait_until(own, FREE_OF_ACCOUNT, now)
    of_address = wait_until([at for _, at in there], FREE_OF_ADDRESS, now)
    return ceil((max(of_account, of_address) - now).total_seconds())


def _is_known(conn: Connection, person_id: int | None, address: str, now: datetime) -> bool:
    if person_id is None:
        return False
    line = audit_table.c
    signed_in = exists().where(
        line.action == SIGN_IN,
        line.at > now - KNOWN_FOR,
        line.person_id == person_id,
        line.address == address,
    )
    return bool(conn.execute(select(signed_in)).scalar_one())


def wait_told(wait_s: int) -> str:
    """A wait in words."""
    return f"{wait_s} s" if wait_s < 120 else f"{ceil(wait_s / 60)} minutes"
