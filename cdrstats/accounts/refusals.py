"""Refusals that anybody can bring about: told to the audit, and no more often than is read."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, exists, select

from cdrstats.accounts import audit
from cdrstats.accounts.rules import plain
from cdrstats.db.engine import lock
from cdrstats.db.schema import audit as audit_table

NOBODY = "unknown"
"""Who a line of the audit says tried: what was typed as a name may be a password."""

FORGED = "show a forged session"
LINK = "fail to use link"
TOKEN = "fail to use token"

TOLD_AGAIN_AFTER = timedelta(minutes=1)
"""How often a line tells of the same refusal from the same address: anybody can make it."""

TOKEN_TOLD_AGAIN_AFTER = timedelta(hours=1)
"""Likewise of a token: a program whose token has ended asks on, day and night."""


def tell(
    conn: Connection,
    action: str,
    wrong: str,
    address: str,
    now: datetime,
    *,
    who: str = NOBODY,
    person_id: int | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Add a line, unless one of late tells the same of the same address.

    Args:
        wrong: why it was refused; never what was shown.
        who, person_id: whose it is, where that is known.
        more: of the detail; the same refusal may have another.
    """
    line, address = audit_table.c, plain(address, audit.LONGEST)
    wrong, who = plain(wrong, audit.LONGEST), plain(who, audit.LONGEST)
    again = TOKEN_TOLD_AGAIN_AFTER if action == TOKEN else TOLD_AGAIN_AFTER
    same = exists().where(
        *(line.action == action, line.at > now - again),
        *(line.address == address, line.who == who),
        line.detail["wrong"].astext == wrong,
    )
    if conn.execute(select(same)).scalar_one():
        return
    lock(conn, f"refusal {address}")  # of many at once one tells; the others see its line
    if not conn.execute(select(same)).scalar_one():
        detail = {**(more or {}), "wrong": wrong}
        audit.note(conn, who, action, person_id=person_id, address=address, detail=detail)
