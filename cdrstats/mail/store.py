"""The table `outbox`: mails, and messages to channels, are queued, begun, marked, forgotten."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, func, null, select, text, update

from cdrstats import channels
from cdrstats.addresses import checked
from cdrstats.channels import Channel, Message
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
_DUE = sql(__package__, "find_due_channels")
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
    message_id: str


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
    conn: Connection, smtp: Smtp | None, occasion: str, to: str, letter: Letter, now: datetime
) -> bool:
    """Have somebody told, once this transaction is committed; false if that is so already.

    While mail is off, no mail is queued, and while a channel is, no message.

    Args:
        occasion: what it is about, and nothing else is: each recipient is told of it once.
        to: one address, or `#` and the name of a channel.

    Raises:
        BadRequest: that is no address and no channel, or the mail is too large.
    """
    if to.startswith("#"):
        channel, subject = channels.find(conn, to), subject_of(letter)
        told = Message(subject, letter.text, letter.link)
        body = channels.as_message(channel.kind, told, now)
        return _queue_to(conn, channel, occasion, subject, body)
    recipient, id = checked(to), str(uuid4())
    if smtp is None:
        return False
    message = written(letter, smtp.sender, smtp.sender_name, recipient, id, now)
    return _queue(conn, occasion, recipient, subject_of(letter), id, message)


def queue_event(
    conn: Connection, occasion: str, kind: str, data: Mapping[str, Any], now: datetime
) -> int:
    """Have the webhooks of fraud told of what happened, as programs read it; how many are.

    Args:
        kind: such as `fraud.case.opened`.
        data: what JSON can hold.
    """
    body = channels.as_event(kind, data, now)
    acting = (each for each in channels.list_channels(conn) if each.fraud_actions)
    return sum(_queue_to(conn, each, occasion, kind, body) for each in acting)


def _queue_to(
    conn: Connection, channel: Channel, occasion: str, subject: str, body: bytes
) -> bool:
    if not channel.active:
        return False
    id = f"msg_{uuid4().hex}"
    return _queue(conn, occasion, channel.recipient, subject, id, body, channel.id)


def _queue(
    conn: Connection,
    occasion: str,
    recipient: str,
    subject: str,
    id: str,
    message: bytes,
    channel_id: int | None = None,
) -> bool:
    row = {
        "occasion": occasion,
        "recipient": recipient,
        "subject": subject,
        "message_id": id,
        "message": message,
        "channel_id": channel_id,
    }
    queued = conn.execute(_QUEUE, row).rowcount == 1
    if queued:
        _wake(conn, channel_id)
    return queued


def due_channels(conn: Connection) -> list[int]:
    """The channels for which something is due, by their ids, the removed ones among them."""
    return list(conn.execute(_DUE, {"longest": max(WAITS)}).scalars())


def begin(conn: Connection, most: int | None, channel: int | None = None) -> list[Begun]:
    """What is due, the first first, which is being tried from now on.

    Args:
        most: None: all.
        channel: whose messages; None: mails.
    """
    asked = {"longest": max(WAITS), "most": most, "channel": channel}
    return [Begun(row.id, row.attempts) for row in conn.execute(_BEGIN, asked)]


def hold(conn: Connection, begun: Begun) -> Held | None:
    """Lock a mail until the transaction ends; None if another process has it, or had it."""
    conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # while it goes
    row = conn.execute(_HOLD, {"id": begun.id, "attempts": begun.attempts}).one_or_none()
    return None if row is None else Held(row.recipient, bytes(row.message), row.message_id)


def confirm(conn: Connection, id: int, answer: str) -> None:
    """The server has taken it: its words, which may be secret, are not needed any more."""
    sent = {"state": "sent", "sent_at": func.now(), "answer": answer, "message": null()}
    conn.execute(update(outbox).where(outbox.c.id == id).values(**sent, error=null()))


def fail(conn: Connection, id: int, why: str) -> None:
    """The server will never take it."""
    conn.execute(update(outbox).where(outbox.c.id == id).values(state="failed", error=why))


def put_off(
    conn: Connection, ids: Sequence[int], why: str, asked: timedelta = timedelta()
) -> None:
    """Let mails that were tried wait for the next try, each for as long as its tries say.

    Args:
        asked: but not shorter than that.
    """
    conn.execute(_PUT_OFF, {"ids": list(ids), "waits": list(WAITS), "why": why, "asked": asked})


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
    held = (outbox.c.recipient, outbox.c.channel_id)
    row = conn.execute(change.values(again).returning(*held)).one_or_none()
    if row is None:
        raise BadRequest("This mail cannot be sent again: it was sent, or its words are gone.")
    note("send mail again", row.recipient)
    _wake(conn, row.channel_id)
    return str(row.recipient)


def forget_old(conn: Connection, now: datetime) -> int:
    """Forget mails that are old, and the words of others sooner; return how many."""
    days = value_of(conn, "mail_log_days")
    bodies = conn.execute(_FORGET_BODIES, {"before": now - BODIES_KEPT}).rowcount
    before = {"before": now - timedelta(days=days)}
    return bodies + conn.execute(_FORGET_MAILS, before).rowcount


def _wake(conn: Connection, channel_id: int | None) -> None:
    job = "mail" if channel_id is None else "channels"
    conn.execute(text(f"NOTIFY cdrstats, '{job}'"))
