"""`digest`: what people are mailed of their calls, each day, week or month."""

import re
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import click

from cdrstats import digests
from cdrstats.accounts import EVERYONE, people
from cdrstats.accounts.isolation import confine
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.choices import names
from cdrstats.cli.calls import zone_named
from cdrstats.cli.common import database, json_option, noting, report, say
from cdrstats.db.engine import snapshot
from cdrstats.digests import Digest, Stored, words
from cdrstats.errors import BadRequest
from cdrstats.mail.paper import on_screen
from cdrstats.settings import read_settings

DIGEST = click.argument("digest_id", metavar="DIGEST", type=int)
SHOWN = (
    "id",
    "name",
    "owner",
    "every",
    "at",
    "zone",
    "view",
    "mail_to",
    "sent_until",
    "trouble",
)


@click.group()
def digest() -> None:
    """What people are mailed of their calls, each day, week or month."""


@digest.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the digests, up to when each was sent, and why one cannot be."""
    with database("digest") as engine, engine.connect() as conn:
        found = digests.list_digests(conn)
        owners = {person.id: person.name for person in people.list_people(conn)}
    report([_row(each, owners) for each in found], as_json, None if as_json else SHOWN)


@digest.command()
@click.argument("name")
@click.option("--mail-to", required=True, metavar="ADDRESSES", help="Who gets it, by commas.")
@click.option("--every", type=click.Choice(digests.EVERY), default="day", show_default=True)
@click.option("--at", default="07:00", show_default=True, help="By the clocks of --zone.")
@click.option("--cron", default="", metavar="LINE", help="With --every cron: '0 7 * * 1-5'.")
@click.option("--zone", "zone_name", default="", help="IANA; else CDRSTATS_TIMEZONE.")
@click.option("--page", default="dashboard", show_default=True, help="Which its link opens.")
@click.option("--filters", "query", default="", help="As behind the ? of a page's address.")
@click.option("--part", "parts", multiple=True, type=click.Choice(list(digests.PARTS)))
@click.option("--file", "files", multiple=True, type=click.Choice(list(digests.FILES)))
@click.option("--only-if-changed", is_flag=True, help="Not where all is as before.")
@click.option("--quiet", nargs=2, metavar="FROM UNTIL", help="Hours in which nothing is sent.")
@click.option(
    "--language",
    type=click.Choice(list(digests.LANGUAGES)),
    help="What it is written in; else its owner's customer's, or English.",
)
@click.option("--owner", metavar="PERSON", help="Whose calls it tells of; else everyone's.")
@json_option
def add(
    name: str,
    mail_to: str,
    zone_name: str,
    at: str,
    parts: tuple[str, ...],
    quiet: tuple[str, str] | None,
    language: str | None,
    owner: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Add a digest called NAME, of all parts unless some are named."""
    start, end = (_clock(each) for each in quiet) if quiet else (None, None)
    _check_filters(given["query"])
    said = Digest(
        name=name,
        zone=zone_named(zone_name or read_settings().timezone),
        at=_clock(at),
        parts=parts or tuple(digests.PARTS),
        quiet_from=start,
        quiet_until=end,
        **given,
    )
    with database("digest") as engine, engine.begin() as conn:
        viewer = None
        if owner is not None:
            viewer = viewer_of_person(conn, people.find(conn, owner).id)
            if viewer is None:
                raise BadRequest(f"The account {owner!r} is disabled.")
            with snapshot(engine) as looking:  # a name that they do not know is told at once
                confine(looking, viewer.scope)
                digests.calls_of(looking, viewer.scope, said, names(looking, viewer.scope))
        scope = EVERYONE if viewer is None else viewer.scope
        said = replace(said, language=language or digests.usual_language(conn, scope))
        added = digests.add(conn, viewer, said, mail_to, datetime.now(UTC))
        noting(conn)("add digest", added.name)
    owners = {} if viewer is None else {viewer.person_id: viewer.name}
    report([_row(added, owners)], as_json, None if as_json else SHOWN[:7])


@digest.command()
@DIGEST
@json_option
def remove(digest_id: int, as_json: bool) -> None:
    """Forget the digest DIGEST, by its number."""
    with database("digest") as engine, engine.begin() as conn:
        gone = digests.remove(conn, digest_id)
        noting(conn)("remove digest", gone.name)
    report([{"id": gone.id, "name": gone.name}], as_json)


@digest.command()
@DIGEST
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.")
def preview(digest_id: int, html: Path | None) -> None:
    """Print the digest DIGEST of the last period that is over; nothing is sent."""
    settings = read_settings()
    with database("digest") as engine:
        with engine.connect() as conn:
            stored = digests.find(conn, digest_id)
        letter = digests.preview(engine, settings, stored, datetime.now(UTC))
    if html is None:
        click.echo(letter.text)
    else:
        html.write_text(on_screen(letter), "utf-8")
        say(f"Written to {html}.")


@digest.command()
@DIGEST
@json_option
def send(digest_id: int, as_json: bool) -> None:
    """Send the digest DIGEST of the last period that is over, now; it is due all the same."""
    settings = read_settings()
    with database("digest") as engine:
        with engine.connect() as conn:
            stored = digests.find(conn, digest_id)
        mails = digests.send_now(engine, settings, stored, datetime.now(UTC))
        with engine.begin() as conn:
            noting(conn)("send digest", stored.name)
    report([{"id": stored.id, "name": stored.name, "mails": mails}], as_json)


def _clock(text: str) -> time:
    if not re.fullmatch(r"\d{1,2}:\d{2}", text):
        raise BadRequest(f"{text!r} is not a time of day; write it as 07:30.")
    try:
        return time.fromisoformat(text.zfill(5))
    except ValueError:
        raise BadRequest(f"{text!r} is not a time of day; write it as 07:30.") from None


def _check_filters(query: str) -> None:
    """Raise BadRequest for what filters nothing: left out, the digest would tell of other calls
    than whoever wrote it meant."""
    known = {*words.FILTERS, *digests.TIMES}
    for name in parse_qs(query, keep_blank_values=True).keys() - known:
        raise BadRequest(
            f"A digest cannot filter by {name!r}; it can by {', '.join(words.FILTERS)}."
        )


def _row(stored: Stored, owners: dict[int, str]) -> dict[str, Any]:
    return {
        "id": stored.id,
        "name": stored.name,
        "owner": owners.get(stored.person_id or 0, ""),
        "active": stored.active,
        "every": stored.cron or stored.every,
        "at": "" if stored.cron else f"{stored.at:%H:%M}",
        "zone": stored.timezone,
        "language": stored.language,
        "view": stored.page + (f"?{stored.query}" if stored.query else ""),
        "mail_to": stored.mail_to,
        "parts": stored.parts,
        "files": stored.files,
        "only_if_changed": stored.only_if_changed,
        "sent_until": stored.sent_until,
        "trouble": stored.trouble,
    }
