"""Looking at how the installation fares, and telling its administrators what is wrong."""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from cdrstats import channels, notices
from cdrstats.accounts.permissions import ADMINISTRATOR
from cdrstats.db.schema import person
from cdrstats.errors import BadRequest
from cdrstats.mail import Letter, queue
from cdrstats.mail.paper import Link, Listing, compose
from cdrstats.notices import Notice
from cdrstats.settings import Settings
from cdrstats.watch import store
from cdrstats.watch.reading import read
from cdrstats.watch.rules import troubles
from cdrstats.watch.store import Standing

log = logging.getLogger(__name__)


def evaluate(engine: Engine, settings: Settings, now: datetime) -> int:
    """Note what is wrong at `now`, and mail what is new or over; return how many were told.

    Each administrator with an address gets one mail of all, and so do channels of troubles.
    """
    with engine.begin() as conn:
        found = troubles(read(conn, settings.var_dir, now))
        over = store.keep(conn, found, now)
        told = store.to_be_told(conn, now)
        for each in told:
            log.warning("trouble=%s object=%r %s", each.what, each.object, each.sentence)
        _notify(conn, told, over, now)
        if told or over:
            letter = letter_of(told, over, settings.links_begin)
            occasion = f"troubles {now.isoformat(timespec='minutes')}"
            for address in [*administrators(conn), *_channels(conn)]:
                try:
                    queue(conn, settings.smtp, occasion, address, letter, now)
                except BadRequest as exc:  # an address of before they were checked
                    log.warning("to=%r %s", address, exc)
    return len(told) + len(over)


def _channels(conn: Connection) -> list[str]:
    """The channels that are told what is wrong with the installation."""
    return [each.recipient for each in channels.list_channels(conn) if each.troubles]


def _notify(
    conn: Connection, told: Sequence[Standing], over: Sequence[Standing], now: datetime
) -> None:
    """Tell administrators of each trouble once, and of its end."""
    for state, words, some in (("begun", "", told), ("over", "Over: ", over)):
        for each in some:
            occasion = f"trouble {each.what} {each.object} {each.since.isoformat()} {state}"
            notice = Notice("watch", f"{words}{each.sentence}", link="/diagnostic")
            notices.tell(conn, notices.administrators(conn), occasion, notice, now)


def administrators(conn: Connection) -> list[str]:
    """The addresses of the administrators who may sign in."""
    query = (
        select(person.c.email)
        .where(person.c.role == ADMINISTRATOR, person.c.disabled_at.is_(None))
        .where(person.c.email != "")
        .distinct()
        .order_by(person.c.email)
    )
    return list(conn.execute(query).scalars())


def letter_of(told: Sequence[Standing], over: Sequence[Standing], begin: str) -> Letter:
    """What is wrong, and what is over."""
    if told:
        more = f", and {len(told) - 1} more" if len(told) > 1 else ""
        subject = f"CDR-Stats: {told[0].sentence.rstrip('.')}{more}"
    else:
        subject = f"CDR-Stats: over: {over[0].sentence.rstrip('.')}"
    lists = (("What is wrong", told), ("What is over", over))
    blocks: list[Listing | Link] = [
        Listing(title, ("", "Since (UTC)"), [_row(each) for each in some])
        for title, some in lists
        if some
    ]
    return compose(subject, [*blocks, Link("Open Diagnostic", f"{begin}/diagnostic")])


def _row(standing: Standing) -> tuple[str, str]:
    return standing.sentence, f"{standing.since:%Y-%m-%d %H:%M}"
