"""How people are told of refused calls, in the transaction that makes the calls."""

import logging
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection, func, select, union

from cdrstats import mail, notices
from cdrstats.addresses import listed
from cdrstats.db.engine import sql
from cdrstats.db.schema import customer, notification, outbox
from cdrstats.errors import BadRequest
from cdrstats.lists.letters import Refused, letter_of
from cdrstats.lists.store import find_told
from cdrstats.notices import Notice
from cdrstats.options import value_of
from cdrstats.settings import Smtp

NEWS = timedelta(days=2)
"""A call that began longer ago is no news: files of last year are loaded as well."""

MOST = 20
"""Calls that a mail tells one by one."""

log = logging.getLogger(__name__)

_FIND = sql(__package__, "find_news")
_REFUSED = sql(__package__, "list_refused")


def tell_refused(conn: Connection, smtp: Smtp | None, now: datetime) -> int:
    """Tell of the calls that this transaction of mediation made; return how many mails go.

    Once for each entry, customer and hour of the clock: what is refused later in the hour is
    counted with that of the next. An entry mails its addresses; in the app the people who have
    one of these are told, and where there are none, administrators.
    """
    since = now - NEWS
    found = conn.execute(_FIND, {"since": since}).all()
    hour = f"{now:%Y-%m-%dT%H}"
    occasions = {f"refused {entry} {owner} {hour}": (entry, owner) for entry, owner in found}
    columns = (outbox.c.occasion, notification.c.occasion)
    known = union(*(select(each).where(each.in_(occasions)) for each in columns))
    for told in conn.execute(known).scalars() if occasions else ():
        occasions.pop(told, None)
    return sum(
        _tell(conn, smtp, occasion, *occasions[occasion], since, now)
        for occasion in sorted(occasions)
    )


def _tell(
    conn: Connection,
    smtp: Smtp | None,
    occasion: str,
    entry_id: int,
    customer_id: int,
    since: datetime,
    now: datetime,
) -> int:
    entry = find_told(conn, entry_id)
    # What somebody wrote into the table by hand may be no address: the others get theirs.
    recipients, _ = listed(entry.mail_to) if entry else ([], [])
    if not entry:
        return 0
    digits = value_of(conn, "digits_masked")
    conn.execute(select(func.set_config("cdrstats.digits_masked", str(digits), True)))
    asked = {"entry_id": entry_id, "customer_id": customer_id, "since": since, "most": MOST}
    rows = conn.execute(_REFUSED, asked).all()
    calls = [Refused(*row[:-1]) for row in rows]
    owner = select(customer.c.name).where(customer.c.id == customer_id, customer.c.id != 0)
    letter = letter_of(entry, conn.scalar(owner) or "", calls, rows[0].calls)
    theirs = notices.addressed(conn, recipients, customer_id)
    first, last = calls[-1].starting_date, calls[0].starting_date + timedelta(minutes=1)
    times = {"zone": "UTC", "period": "Custom", "from": _written(first), "to": _written(last)}
    link = f"/calls?{urlencode(times | {'where': 'authorized equals no'})}"
    notice = Notice("list", letter.subject, entry.reason, link)
    people = theirs or notices.administrators(conn)
    notices.tell(conn, people, occasion, notice, now, [customer_id])
    queued = 0
    for to in recipients:
        try:
            queued += mail.queue(conn, smtp, occasion, to, letter, now)
        except BadRequest as exc:  # a channel that was removed; the others are told
            log.warning("list entry=%d to=%r %s", entry_id, to, exc)
    return queued


def _written(instant: datetime) -> str:
    """As the address of a page has a time; to the minute."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M}"
