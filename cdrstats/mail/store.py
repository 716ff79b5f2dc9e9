"""The table `outbox`: mails are queued, begun, marked, listed and forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection, func, null, select, text, update

from cdrstats.addresses import checked
from cdrstats.db.engine import sql
from cdrstats.db.schema import outbox
from cdrstats.errors import BadRequest
from cdrstats.mail.rules import WAITS, Letter, subject_of, written
from cdrstats.options import value_of
from cdrstats.settings import Smtp

BODIES_KEPT = timedelta(days=7)
"""A mail that was not sent can be tried again for so long; then it is without its words."""

_QUEUE = sql(__package__, "queue_mail")
_BEGIN = sql(__package__, "begin_mails")
_HOLD = sql(__package__, "hold_mail")
_PUT_OFF = sql(__package__, "put_off_mails")
_FORGET_BODIES = sql(__package__, "forget_bodies")
_FORGET_MAILS = sql(__package__, "forget_mails")


@dataclass(frozen=True, slots=True)
class Begun:
    """A mail that is being tried, for the so many-th time."""

    id: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Held:
    """What is sent, and to whom, while its row is locked."""

    recipient: str
    message: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A line of the mail log."""

    id: int
    occasion: str
    recipient: str
    subject: str
    state: str  # waiting, sending, sent, failed, given_up
    attempts: int
    next_at: datetime  # when it is tried again, if it waits
    queued_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None
    error: str | None  # of the last try
    answer: str | None  # what the server confirmed it with
    message_id: str
    kept: bool  # its words are there still, so that it can be tried again


def queue(
    conn: Connection, smtp: Smtp, occasion: str, to: str, letter: Letter, now: datetime
) -> bool:
    """Have a mail sent, once this transaction is committed; false if it was queued before.

    Args:
        occasion: what it is about, and nothing else is: each recipient gets one mail of it.
        to: one address.

    Raises:
        BadRequest: that is no address, or the mail is too large.
    """
    recipient, id = checked(to), str(uuid4())
    message = written(letter, smtp.sender, smtp.sender_name, recipient, id, now)
    row = {
        "occasion": occasion,
        "recipient": recipient,
        "subject": subject_of(letter),
        "message_id": id,
        "message": message,
    }
    queued = conn.execute(_QUEUE, row).rowcount == 1
    if queued:
        _wake(conn)
    return queued


def begin(conn: Connection, most: int | None) -> list[Begun]:
    """Mails that are due, the first first, which are being tried from now on; None: all."""
    longest = {"longest": max(WAITS), "most": most}
    return [Begun(row.id, row.attempts) for row in conn.execute(_BEGIN, longest)]


def hold(conn: Connection, begun: Begun) -> Held | None:
    """Lock a mail until the transaction ends; None if another process has it, or had it."""
    conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # while it goes
    row = conn.execute(_HOLD, {"id": begun.id, "attempts": begun.attempts}).one_or_none()
    return None if row is None else Held(row.recipient, bytes(row.message))


def confirm(conn: Connection, id: int, answer: str) -> None:
    """The server has taken it: its words, which may be secret, are not needed any more."""
    sent = {"state": "sent", "sent_at": func.now(), "answer": answer, "message": null()}
    conn.execute(update(outbox).where(outbox.c.id == id).values(**sent, error=null()))


def fail(conn: Connection, id: int, why: str) -> None:
    """The server will never take it."""
    conn.execute(update(outbox).where(outbox.c.id == id).values(state="failed", error=why))


def put_off(conn: Connection, ids: Sequence[int], why: str) -> None:
    """Let mails that were tried wait for the next try, each for as long as its tries say."""
    conn.execute(_PUT_OFF, {"ids": list(ids), "waits": list(WAITS), "why": why})


def list_mails(
    conn: Connection, state: str | None = None, before: int | None = None, limit: int = 100
) -> list[Mail]:
    """The newest mails, newest first.

    Args:
        state: None: any.
        before: the id of the last mail of the page before.
    """
    columns = [outbox.c[name] for name in Mail.__dataclass_fields__ if name != "kept"]
    kept = outbox.c.message.is_not(None).label("kept")
    query = select(*columns, kept).order_by(outbox.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(outbox.c.state == state)
    if before is not None:
        query = query.where(outbox.c.id < before)
    return [Mail(**row._asdict()) for row in conn.execute(query)]


def try_again(conn: Connection, id: int, note: Callable[..., None]) -> str:
    """Have a mail that was not sent tried at once, as often as a new one; return for whom.

    Args:
        note: adds a line to the audit in the same transaction.

    Raises:
        BadRequest: it is sent or being sent, or its words are gone.
    """
    again = {"state": "waiting", "attempts": 0, "next_at": func.now()}
    change = update(outbox).where(
        outbox.c.id == id,
        outbox.c.state.in_(["waiting", "failed", "given_up"]),
        outbox.c.message.is_not(None),
    )
    recipient = conn.execute(change.values(again).returning(outbox.c.recipient)).scalar()
    if recipient is None:
        raise BadRequest("This mail cannot be sent again: it was sent, or its words are gone.")
    note("send mail again", recipient)
    _wake(conn)
    return str(recipient)


def forget_old(conn: Connection, now: datetime) -> int:
    """Forget mails that are old, and the words of others sooner; return how many."""
    days = value_of(conn, "mail_log_days")
    bodies = conn.execute(_FORGET_BODIES, {"before": now - BODIES_KEPT}).rowcount
    before = {"before": now - timedelta(days=days)}
    return bodies + conn.execute(_FORGET_MAILS, before).rowcount


def _wake(conn: Connection) -> None:
    conn.execute(text("NOTIFY cdrstats, 'mail'"))
