"""Who did what: lines are added and read, never changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, func, insert, select, tuple_

from cdrstats.accounts.rules import plain
from cdrstats.db.schema import audit

LONGEST = 200
"""Characters of each text of a line."""


Note = Callable[..., None]
"""`note` with who does it and from where, in a transaction; it takes the rest."""

Changes = dict[str, dict[str, Any]]
"""What `was` and what `is`, by field: the detail of a line that tells of a change."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that somebody did, or tried to do."""

    id: int
    at: datetime
    person_id: int | None
    who: str
    action: str
    object: str
    address: str
    detail: dict[str, Any]


_COLUMNS = [audit.c[name] for name in Line.__dataclass_fields__]


def note(
    conn: Connection,
    who: str,
    action: str,
    object: str = "",
    *,
    person_id: int | None = None,
    address: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Add a line, at the database's time; it stands if what it tells does.

    Args:
        who: a login name, or `cli:` and a user of the system.
        action: in words, such as 'disable person'.
        object: what it was done to.
        detail: what JSON can hold, without NUL and lone surrogates, and never a secret.
    """
    conn.execute(
        insert(audit).values(
            person_id=person_id,
            who=plain(who, LONGEST),
            action=action,
            object=plain(object, LONGEST),
            address=plain(address, LONGEST),
            detail=dict(detail or {}),
        )
    )


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    """What was and what is, of each of the fields of `after` that differs."""
    return {
        field: {"was": before[field], "is": now}
        for field, now in after.items()
        if before[field] != now
    }


def search(
    conn: Connection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    who: str | None = None,
    action: str | None = None,
    object: str | None = None,
    address: str | None = None,
    before: Line | None = None,
    limit: int = 100,
) -> list[Line]:
    """The newest lines that match, newest first.

    Args:
        since, until: at or after the one, before the other.
        who: as the line tells, in any case.
        object: a part of what the line tells, in any case.
        address: what the line's begins with.
        before: the last line of the page before.
    """
    query = select(*_COLUMNS).order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit)
    if since is not None:
        query = query.where(audit.c.at >= since)
    if until is not None:
        query = query.where(audit.c.at < until)
    if who is not None:
        query = query.where(func.lower(audit.c.who) == plain(who, LONGEST).lower())
    if action is not None:
        query = query.where(audit.c.action == plain(action, LONGEST))
    if object is not None:
        part = plain(object, LONGEST)
        query = query.where(audit.c.object.icontains(part, autoescape=True))
    if address is not None:
        begin = plain(address, LONGEST)
        query = query.where(audit.c.address.startswith(begin, autoescape=True))
    if before is not None:
        query = query.where(tuple_(audit.c.at, audit.c.id) < tuple_(before.at, before.id))
    return [Line(**row._asdict()) for row in conn.execute(query)]


def told(conn: Connection, since: datetime, until: datetime) -> tuple[list[str], list[str]]:
    """Who did something at or after the one and before the other, and what was done; sorted."""
    of_period = (audit.c.at >= since, audit.c.at < until)

    def each(column: Column[str]) -> list[str]:
        found = conn.execute(select(column).distinct().where(*of_period)).scalars()
        return sorted(found, key=str.lower)

    return each(audit.c.who), each(audit.c.action)
