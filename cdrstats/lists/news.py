"""Mails about calls that were refused, queued in the transaction that makes the calls."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from cdrstats import mail
from cdrstats.addresses import listed
from cdrstats.db.engine import sql
from cdrstats.db.schema import customer, outbox
from cdrstats.lists.letters import Refused, letter_of
from cdrstats.lists.store import find_told
from cdrstats.options import value_of
from cdrstats.settings import Smtp

NEWS = timedelta(days=2)
"""A call that began longer ago is no news: files of last year are loaded as well."""

MOST = 20
"""Calls that a mail tells one by one."""

_FIND = sql(__package__, "find_news")
_REFUSED = sql(__package__, "list_refused")


def tell_refused(conn: Connection, smtp: Smtp, now: datetime) -> int:
    """Queue mails about the calls that this transaction of mediation made; return how many.

    One for each entry, customer and hour of the clock: what is refused later in the hour is
    counted in the mail of the next. An entry without addresses tells nobody.
    """
    since = now - NEWS
    found = conn.execute(_FIND, {"since": since}).all()
    hour = f"{now:%Y-%m-%dT%H}"
    occasions = {f"refused {entry} {owner} {hour}": (entry, owner) for entry, owner in found}
    queued = select(outbox.c.occasion).where(outbox.c.occasion.in_(occasions))
    for told in conn.execute(queued).scalars() if occasions else ():
        occasions.pop(told, None)
    return sum(
        _tell(conn, smtp, occasion, *occasions[occasion], since, now)
        for occasion in sorted(occasions)
    )


def _tell(
    conn: Connection,
    smtp: Smtp,
    occasion: str,
    entry_id: int,
    customer_id: int,
    since: datetime,
    now: datetime,
) -> int:
    entry = find_told(conn, entry_id)
    # What somebody wrote into the table by hand may be no address: the others get theirs.
    recipients, _ = listed(entry.mail_to) if entry else ([], [])
    if not entry or not recipients:
        return 0
    digits = value_of(conn, "digits_masked")
    conn.execute(select(func.set_config("cdrstats.digits_masked", str(digits), True)))
    asked = {"entry_id": entry_id, "customer_id": customer_id, "since": since, "most": MOST}
    rows = conn.execute(_REFUSED, asked).all()
    calls = [Refused(*row[:-1]) for row in rows]
    owner = select(customer.c.name).where(customer.c.id == customer_id, customer.c.id != 0)
    letter = letter_of(entry, conn.scalar(owner) or "", calls, rows[0].calls)
    return sum(mail.queue(conn, smtp, occasion, to, letter, now) for to in recipients)
