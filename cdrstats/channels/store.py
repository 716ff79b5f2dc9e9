"""The table `channel`: what there is, and what an administrator changes; each with its line."""

import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Protocol

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from cdrstats.channels import address as addresses
from cdrstats.channels.rules import KINDS, as_recipient, named
from cdrstats.db.schema import channel
from cdrstats.errors import BadRequest, NotFound

MOST = 50
Note = Callable[..., None]
"""Adds a line to the audit in the same transaction."""


class Box(Protocol):
    """The installation's box of secrets, which stands on a higher floor."""

    def seal(self, secret: str) -> bytes: ...

    def open(self, sealed: bytes) -> str: ...


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel, as it may be shown."""

    id: int
    name: str
    kind: str  # of KINDS
    host: str  # of its address
    active: bool
    troubles: bool
    fraud_actions: bool

    @property
    def recipient(self) -> str:
        return as_recipient(self.name)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be otherwise; None: as it was."""

    active: bool | None = None
    troubles: bool | None = None
    fraud_actions: bool | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a channel's messages go. Secret."""

    kind: str
    address: str
    secret: str  # to sign by; '': nothing is signed


_SHOWN = [channel.c[name] for name in Channel.__dataclass_fields__]


def add(
    conn: Connection, box: Box, name: str, kind: str, address: str, note: Note
) -> tuple[Channel, str]:
    """A new channel, and the secret that its messages are signed by; '' if none are.

    Raises:
        BadRequest: there is one of that name, or nothing can be sent to such an address.
    """
    name, address = named(name), addresses.checked(address)
    if kind not in KINDS:
        raise BadRequest(f"A channel is one of {', '.join(KINDS)}, and no {kind!r}.")
    if len(list_channels(conn)) >= MOST:
        raise BadRequest(f"There are {MOST} channels: remove some first.")
    secret = ""
    if kind == "webhook":
        secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    values = {
        "name": name,
        "kind": kind,
        "host": addresses.host_of(address),
        "address": box.seal(address),
        "secret": box.seal(secret) if secret else None,
    }
    try:
        with conn.begin_nested():
            row = conn.execute(insert(channel).values(values).returning(*_SHOWN)).one()
    except IntegrityError:
        raise BadRequest(f"There is a channel {as_recipient(name)} already.") from None
    note("add channel", name, detail={"kind": kind, "host": row.host})
    return Channel(**row._asdict()), secret


def change(conn: Connection, name: str, wanted: Change, note: Note) -> Channel:
    """Set what is given. Raises NotFound, or BadRequest: only a webhook is told of fraud."""
    before = find(conn, name)
    values = {name: value for name, value in asdict(wanted).items() if value is not None}
    values = {name: value for name, value in values.items() if value != getattr(before, name)}
    if values.get("fraud_actions") and before.kind != "webhook":
        raise BadRequest("Only a webhook can be told of fraud in a form that programs read.")
    if not values:
        return before
    conn.execute(update(channel).where(channel.c.id == before.id).values(values))
    detail = {name: {"was": not value, "is": value} for name, value in values.items()}
    note("change channel", before.name, detail=detail)
    return find(conn, before.name)


def remove(conn: Connection, name: str, note: Note) -> Channel:
    """Forget a channel and its secrets; what waits for it fails. Raises NotFound."""
    gone = find(conn, name)
    conn.execute(delete(channel).where(channel.c.id == gone.id))
    note("remove channel", gone.name, detail={"was": {"kind": gone.kind, "host": gone.host}})
    return gone


def list_channels(conn: Connection) -> list[Channel]:
    """All of them, by name."""
    found = conn.execute(select(*_SHOWN).order_by(channel.c.name))
    return [Channel(**row._asdict()) for row in found]


def find(conn: Connection, name: str) -> Channel:
    """The channel of a name, with or without its `#`. Raises NotFound."""
    wanted = name.strip().removeprefix("#").lower()
    row = conn.execute(select(*_SHOWN).where(channel.c.name == wanted)).one_or_none()
    if row is None:
        raise NotFound(f"There is no channel {as_recipient(wanted)[:60]}.")
    return Channel(**row._asdict())


def known(conn: Connection, recipients: Iterable[str]) -> None:
    """Raise NotFound if one of them names a channel that is not there."""
    for each in recipients:
        if each.startswith("#"):
            find(conn, each)


def get(conn: Connection, id: int) -> Channel | None:
    """The channel of an id; None: it was removed."""
    row = conn.execute(select(*_SHOWN).where(channel.c.id == id)).one_or_none()
    return None if row is None else Channel(**row._asdict())


def destination(conn: Connection, box: Box, id: int) -> Destination:
    """Where the messages of a channel go. Raises NotFound; BadSetting: no key opens it."""
    columns = (channel.c.kind, channel.c.address, channel.c.secret)
    row = conn.execute(select(*columns).where(channel.c.id == id)).one_or_none()
    if row is None:
        raise NotFound("The channel was removed.")
    secret = box.open(bytes(row.secret)) if row.secret is not None else ""
    return Destination(row.kind, box.open(bytes(row.address)), secret)
