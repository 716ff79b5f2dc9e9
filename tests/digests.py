"""Digests for tests: settings with a mail server, one that is kept, and the mails of it."""

import email
import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from cdrstats import digests
from cdrstats.accounts import Viewer
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.db.schema import outbox, person
from cdrstats.digests import Digest, Stored
from cdrstats.settings import Settings, read_settings

from .alarms import MIDNIGHT
from .people import add_person

DAY = timedelta(days=1)
SEVEN = MIDNIGHT + DAY + timedelta(hours=7)
"""When the day of MIDNIGHT is told of."""


def settings_in(folder: Path) -> Settings:
    return read_settings(
        {
            "CDRSTATS_SMTP_HOST": "127.0.0.1",
            "CDRSTATS_MAIL_FROM": "cdr@example.com",
            "CDRSTATS_PUBLIC_URL": "https://cdr.example.com",
            "CDRSTATS_VAR_DIR": str(folder),
        }
    )


def a_digest(**given: Any) -> Digest:
    return Digest(**({"name": "Daily", "zone": ZoneInfo("UTC")} | given))


def kept(
    engine: Engine,
    owner: Viewer | None = None,
    to: str = "noc@example.com",
    since: datetime = MIDNIGHT,
    **given: Any,
) -> Stored:
    with engine.begin() as conn:
        return digests.add(conn, owner, a_digest(**given), to, since)


def found(engine: Engine, stored: Stored) -> Stored:
    with engine.connect() as conn:
        return digests.find(conn, stored.id)


def somebody(
    engine: Engine, name: str, role: str = "analyst", customers: tuple[str, ...] = ()
) -> Viewer:
    """A person with an address, as who is looking."""
    with engine.begin() as conn:
        made = add_person(conn, name, role, customers)
        address = {"email": f"{name}@example.com"}
        conn.execute(person.update().where(person.c.id == made.id).values(address))
        viewer = viewer_of_person(conn, made.id)
    assert viewer
    return viewer


def mails(engine: Engine) -> list[EmailMessage]:
    """What was queued, oldest first, as the program of who gets it reads it."""
    with engine.connect() as conn:
        made = conn.execute(select(outbox.c.message).order_by(outbox.c.id)).scalars().all()
    read = [email.message_from_bytes(bytes(each), policy=default) for each in made]
    assert all(isinstance(each, EmailMessage) for each in read)
    return read  # type: ignore[return-value]


def text_of(mail: EmailMessage) -> str:
    """Its words, with one blank wherever there are several."""
    body = mail.get_body(("plain",))
    assert body
    return re.sub("[ \\r]+", " ", str(body.get_content()))


def page_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html",))
    assert body
    return str(body.get_content())
