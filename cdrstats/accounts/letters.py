"""The mails by which people get the links that set their passwords."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from cdrstats.accounts.links import Link
from cdrstats.accounts.people import Person
from cdrstats.accounts.tokens import id_of
from cdrstats.errors import BadRequest
from cdrstats.mail import Letter, queue
from cdrstats.mail.paper import Link as LinkTo
from cdrstats.mail.paper import Words, compose
from cdrstats.settings import Settings

SUBJECTS = {
    "invite": "Your account of CDR-Stats",
    "reset": "Your password of CDR-Stats",
}
REASONS = {
    "invite": "An account of CDR-Stats was made for you. Your name there is {name}.",
    "reset": "By the link below you set a new password of CDR-Stats, for the name {name}. The"
    " old one is good until then.",
}


def mail_links(
    conn: Connection, settings: Settings, made: Iterable[tuple[Person, Link]], now: datetime
) -> dict[str, str]:
    """Mail links to those whose address is known, once this transaction is committed.

    Returns:
        To which address, by the person's name. Whoever is not there gets none.
    """
    mailed: dict[str, str] = {}
    if settings.smtp is None:
        return mailed
    for person, link in made:
        if not person.email:
            continue
        occasion = f"{link.kind} {id_of(link.token)[:16]}"
        letter = letter_of(person, link, settings.links_begin)
        try:
            queue(conn, settings.smtp, occasion, person.email, letter, now)
        except BadRequest:  # an address of before they were checked; the link is shown anyway
            continue
        mailed[person.name] = person.email
    return mailed


def letter_of(person: Person, link: Link, links_begin: str) -> Letter:
    """What the person is told, as text and as HTML."""
    hello = f"Hello {person.full_name or person.name},"
    until = (
        f"It is good once, until {link.expires_at:%Y-%m-%d %H:%M} UTC. Whoever has it can set"
        " your password: pass it on to nobody."
    )
    return compose(
        SUBJECTS[link.kind],
        [
            Words(hello),
            Words(REASONS[link.kind].format(name=person.name)),
            LinkTo("Choose your password", f"{links_begin}/link/{link.token}"),
            Words(until),
        ],
    )
