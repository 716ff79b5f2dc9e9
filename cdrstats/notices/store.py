"""The table `notification`: people are told, read, and mark as read; old ones are forgotten."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, Update, select, update

from cdrstats.db.engine import sql
from cdrstats.db.schema import notification
from cdrstats.notices.rules import READ_KEPT, UNREAD_KEPT, Kind, Notice, kept

MOST_COUNTED = 100
"""Whether more are unread, nobody wants to know."""

_TELL = sql(__package__, "tell_people")
_COUNT_UNREAD = sql(__package__, "count_unread")
_FORGET = sql(__package__, "forget_notifications")


@dataclass(frozen=True, slots=True)
class Notification:
    """A row of `notification`, for whom it is for."""

    id: int
    kind: Kind
    subject: str
    text: str
    link: str
    at: datetime
    read_at: datetime | None


_COLUMNS = [notification.c[name] for name in Notification.__dataclass_fields__]


def tell(
    conn: Connection,
    people: Collection[int],
    occasion: str,
    notice: Notice,
    now: datetime,
    user_ids: Collection[int] | None = None,
) -> int:
    """Tell people, once this transaction is committed; return how many of them are new to it.

    Args:
        people: ids; who may not sign in any more is left out.
        occasion: what it is about, and nothing else is: each is told of it once.
        user_ids: the customers whose calls it tells of, without whom nobody sees it; None:
            it is for staff.
    """
    if not people:
        return 0
    about = {"occasion": occasion, "people": sorted(people), "at": now}
    whose = {"user_ids": None if user_ids is None else sorted(user_ids)}
    return conn.execute(_TELL, asdict(kept(notice)) | about | whose).rowcount


def list_notifications(
    conn: Connection,
    person_id: int,
    kind: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Notification]:
    """What a person was told, newest first.

    Args:
        kind: None: any.
        before: the id of the last of the page before.
    """
    query = select(*_COLUMNS).where(notification.c.person_id == person_id)
    if kind is not None:
        query = query.where(notification.c.kind == kind)
    if before is not None:
        query = query.where(notification.c.id < before)
    found = conn.execute(query.order_by(notification.c.id.desc()).limit(limit))
    return [Notification(**row._asdict()) for row in found]


def find(conn: Connection, person_id: int, id: int) -> Notification | None:
    """The one of an id, if it is the person's."""
    mine = (notification.c.person_id == person_id) & (notification.c.id == id)
    row = conn.execute(select(*_COLUMNS).where(mine)).one_or_none()
    return None if row is None else Notification(**row._asdict())


def count_unread(conn: Connection, person_id: int) -> int:
    """How many a person has not read; MOST_COUNTED: so many, or more."""
    asked = {"person_id": person_id, "most": MOST_COUNTED}
    return int(conn.execute(_COUNT_UNREAD, asked).scalar_one())


def mark_read(conn: Connection, person_id: int, id: int, now: datetime) -> None:
    """A person has read one of theirs."""
    conn.execute(_unread(person_id, now).where(notification.c.id == id))


def mark_all_read(
    conn: Connection, person_id: int, newest: int, now: datetime, kind: str | None = None
) -> int:
    """A person wants to know no more of all there was, or of a kind; return of how many.

    Args:
        newest: the id of the last that they have seen: what came meanwhile stays unread.
    """
    change = _unread(person_id, now).where(notification.c.id <= newest)
    if kind is not None:
        change = change.where(notification.c.kind == kind)
    return conn.execute(change).rowcount


def _unread(person_id: int, now: datetime) -> Update:
    mine = (notification.c.person_id == person_id) & notification.c.read_at.is_(None)
    return update(notification).where(mine).values(read_at=now)


def forget_old(conn: Connection, now: datetime) -> int:
    """Forget what is old, and what was read sooner; return how many."""
    bounds = {"read_before": now - READ_KEPT, "told_before": now - UNREAD_KEPT}
    return conn.execute(_FORGET, bounds).rowcount
