"""The entries as rows of an administrator's list, and what they say of a number."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection

from cdrstats import channels, customers, switches
from cdrstats.errors import BadRequest
from cdrstats.lists import risk, store
from cdrstats.lists.risk import HighRisk
from cdrstats.lists.rules import (
    EVERYBODY,
    checked_decision,
    checked_mail_to,
    checked_reason,
    checked_until,
    decision_told,
    until_told,
)
from cdrstats.lists.store import Told, Wanted
from cdrstats.numbers import analyse, load_dialcodes
from cdrstats.sheets import Row, Sheet

COLUMNS = ("entry", "decision", "reason", "valid_until", "mail_to")


def entries_of(who: str) -> Sheet:
    """The entries, changed by whom."""
    return Sheet(
        noun="list entry",
        columns=COLUMNS,
        needed=COLUMNS[:2],
        rows=_rows,
        find=_find,
        add=partial(_add, who),
        change=partial(_change, who),
        remove=partial(_remove, who),
    )


def row_of(told: Told) -> Row:
    """An entry as its cells."""
    return {
        "entry": told.key,
        "decision": decision_told(told.allowed),
        "reason": told.reason,
        "valid_until": until_told(told.valid_until),
        "mail_to": told.mail_to,
    }


def _rows(conn: Connection) -> list[Row]:
    return [row_of(each) for each in store.list_standing(conn)]


def _standing(conn: Connection, key: str) -> Told | None:
    try:
        return store.find_standing(conn, key)
    except BadRequest:
        return None


def _find(conn: Connection, key: str) -> Row | None:
    found = _standing(conn, key)
    return None if found is None else row_of(found)


def _add(who: str, conn: Connection, cells: Row) -> str:
    (prefix, country_id), customer_id = store.place_of(conn, cells["entry"])
    wanted = Wanted(
        customer_id=customer_id,
        prefix=prefix,
        country_id=country_id,
        allowed=checked_decision(cells["decision"]),
        reason=checked_reason(cells.get("reason", "")),
        mail_to=_mail_to(conn, cells.get("mail_to", "")),
        valid_until=checked_until(cells.get("valid_until", ""), datetime.now(UTC)),
    )
    return _key_of(conn, store.add(conn, wanted, who))


def _change(who: str, conn: Connection, key: str, cells: Row) -> str:
    """End the entry, and add one that says what is given, and else the same."""
    if cells.get("entry", key) != key:
        raise BadRequest("An entry keeps its destination and customer: add another one.")
    held = _needed(conn, key)
    wanted = Wanted(**{name: getattr(held, name) for name in Wanted.__dataclass_fields__})
    if "decision" in cells:
        wanted = replace(wanted, allowed=checked_decision(cells["decision"]))
    if "reason" in cells:
        wanted = replace(wanted, reason=checked_reason(cells["reason"]))
    if "mail_to" in cells:
        wanted = replace(wanted, mail_to=_mail_to(conn, cells["mail_to"]))
    if cells.get("valid_until", until_told(held.valid_until)) != until_told(held.valid_until):
        until = checked_until(cells["valid_until"], datetime.now(UTC))
        wanted = replace(wanted, valid_until=until)
    store.end(conn, held.id, who)
    return _key_of(conn, store.add(conn, wanted, who))


def _mail_to(conn: Connection, told: str) -> str:
    found = checked_mail_to(told)
    channels.known(conn, found.split(", "))
    return found


def _remove(who: str, conn: Connection, key: str) -> None:
    store.end(conn, _needed(conn, key).id, who)


def _needed(conn: Connection, key: str) -> Told:
    found = _standing(conn, key)
    if found is None:
        raise BadRequest(f"There is no list entry {key!r} any more.")
    return found


def _key_of(conn: Connection, id: int) -> str:
    made = store.find_told(conn, id)
    assert made is not None
    return made.key


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the lists say of a number today."""

    e164: str
    """The international number; '' if it is none, and lists do not judge it."""
    country_id: int
    allowed: bool
    by: Told | None
    """None: no entry is about it, so that it is allowed."""
    risk: HighRisk | None
    """The longest high-risk prefix that it begins with."""


def check(conn: Connection, number: str, customer: str = "", switch: str = "") -> Verdict:
    """How a call to a number would be judged that came now.

    Args:
        number: in international form, with +, 00 or neither; or as it is dialled at `switch`.
        customer: whose call it is; '': nobody's.

    Raises:
        BadRequest: there is no such customer or switch, or that is no number.
    """
    codes = load_dialcodes(conn)
    if switch:
        found = switches.find(conn, switch)
        if found is None:
            raise BadRequest(f"There is no switch {switch!r}: `switch list` names them.")
        facts = analyse(number, found.rules, codes)
        e164, country_id = facts.e164, facts.country_id
    else:
        e164 = _digits(number)
        country_id = codes.find(e164)[1]
    owner = customers.find(conn, customer).id if customer.strip() else EVERYBODY
    entry = store.load_lists(conn).judge(owner, e164, country_id) if e164 else None
    return Verdict(
        e164,
        country_id,
        entry is None or entry.allowed,
        store.find_told(conn, entry.id) if entry else None,
        risk.risk_of(conn, e164),
    )


def _digits(number: str) -> str:
    """An international number without what is written around its digits."""
    text = number.strip().removeprefix("+").translate(str.maketrans("", "", " -./()"))
    digits = text.removeprefix("00")
    if not (digits.isascii() and digits.isdigit()) or digits[0] == "0":
        raise BadRequest(
            f"{number!r} is no number in international form, such as +34 900 123 456."
        )
    return digits
