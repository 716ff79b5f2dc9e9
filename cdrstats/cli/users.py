"""`user`: who may sign in."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import BinaryIO

import click
from sqlalchemy import Connection

from cdrstats.accounts import administration, people, roster
from cdrstats.accounts.administration import Facts
from cdrstats.accounts.letters import mail_links
from cdrstats.accounts.links import Link
from cdrstats.accounts.people import Person
from cdrstats.accounts.permissions import ROLES
from cdrstats.cli.common import database, json_option, noting, report, say
from cdrstats.errors import BadRequest
from cdrstats.settings import read_settings

Made = tuple[Person, Link]

SHOWN = ("name", "full_name", "email", "role", "customers", "groups", "state")


@click.group()
def user() -> None:
    """Who may sign in."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice(list(ROLES)), required=True)
@click.option(
    "--customer",
    "customers",
    metavar="NAME",
    multiple=True,
    help="Whose calls a customer's person sees; may be given several times.",
)
@click.option("--full-name", default="", help="What others call the person.")
@click.option("--email", default="", help="Where mails go.")
@json_option
def add(
    name: str, role: str, customers: tuple[str, ...], full_name: str, email: str, as_json: bool
) -> None:
    """Add the person NAME, and print the link by which they set a password."""
    with database("user") as engine, engine.begin() as conn:
        facts = Facts(role, full_name, email, customers)
        made = administration.add(conn, name, facts, datetime.now(UTC), noting(conn))
        mailed = _mail(conn, [made])
    _report_links([made], mailed, as_json)


@user.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List who may sign in, and who may no more."""
    with database("user") as engine, engine.connect() as conn:
        _report(people.list_people(conn), as_json)


@user.command()
@click.argument("name")
@json_option
def disable(name: str, as_json: bool) -> None:
    """Let the person NAME in no more, and sign them out everywhere."""
    with database("user") as engine, engine.begin() as conn:
        changed = administration.disable(conn, name, datetime.now(UTC), noting(conn))
    _report([changed], as_json)


@user.command()
@click.argument("name")
@json_option
def enable(name: str, as_json: bool) -> None:
    """Let the person NAME in again."""
    with database("user") as engine, engine.begin() as conn:
        changed = administration.enable(conn, name, noting(conn))
    _report([changed], as_json)


@user.command("reset-link")
@click.argument("name")
@json_option
def reset_link(name: str, as_json: bool) -> None:
    """Print a link by which the person NAME sets a new password.

    The old one is good until then.
    """
    with database("user") as engine, engine.begin() as conn:
        made = administration.make_reset_link(conn, name, datetime.now(UTC), noting(conn))
        mailed = _mail(conn, [made])
    _report_links([made], mailed, as_json)


@user.command("remove-two-factor")
@click.argument("name")
@json_option
def remove_two_factor(name: str, as_json: bool) -> None:
    """Let the person NAME in without the codes of a telephone, which may be lost.

    The password alone is asked for then, until they set it up again.
    """
    with database("user") as engine, engine.begin() as conn:
        changed = administration.remove_codes(conn, name, noting(conn))
    _report([changed], as_json)


@user.command("known-as")
@click.argument("name")
@click.argument("subject")
@json_option
def known_as(name: str, subject: str, as_json: bool) -> None:
    """Let the person NAME sign in as the provider's SUBJECT.

    The audit tells the subject of whoever was refused. "" takes the link away.
    """
    oidc = read_settings().oidc
    if oidc is None:
        raise BadRequest("There is no single sign-on: set CDRSTATS_OIDC_ISSUER first.")
    with database("user") as engine, engine.begin() as conn:
        linked = administration.know_as(conn, name, oidc.issuer, subject, noting(conn))
    _report([linked], as_json)


@user.command("export")
@click.argument("file", type=click.File("wb"))
def export_(file: BinaryIO) -> None:
    """Write everybody to FILE as CSV; - is stdout.

    The columns are name, full_name, email, role, customers and groups; names of the last two
    are separated by semicolons.
    """
    with database("user") as engine, engine.begin() as conn:
        found = people.list_people(conn)
        noting(conn)("export people", detail={"people": len(found)})
    file.write(roster.export(found).encode())


@user.command("import")
@click.argument("file", type=click.File("rb"))
@json_option
def import_(file: BinaryIO, as_json: bool) -> None:
    """Add and change people as the CSV in FILE says; - is stdin.

    Its columns are those of `user export`; only name and role must be there. Prints the
    links of those who are new. All or nothing: each line that cannot be is told.
    """
    with database("user") as engine, engine.begin() as conn:
        outcome = roster.take_in(
            conn, file.read(roster.LARGEST + 1), datetime.now(UTC), noting(conn)
        )
        mailed = _mail(conn, outcome.added)
    say(
        f"{len(outcome.added)} added, {len(outcome.changed)} changed,"
        f" {outcome.same} as they were."
    )
    _report_links(outcome.added, mailed, as_json)


def _mail(conn: Connection, made: Iterable[Made]) -> dict[str, str]:
    """Mail links to whom they are for, if mail is on; to which address, by name."""
    return mail_links(conn, read_settings(), made, datetime.now(UTC))


def _report_links(made: Iterable[Made], mailed: Mapping[str, str], as_json: bool) -> None:
    begin = read_settings().links_begin
    report(
        [
            {
                "name": found.name,
                "link": f"{begin}/link/{link.token}",
                "expires_at": link.expires_at,
                "mailed_to": mailed.get(found.name),
            }
            for found, link in made
        ],
        as_json,
    )


def _report(found: list[Person], as_json: bool) -> None:
    report(
        [
            {
                "id": each.id,
                "name": each.name,
                "full_name": each.full_name,
                "email": each.email,
                "role": each.role,
                "customers": list(each.customers) if as_json else ", ".join(each.customers),
                "groups": list(each.groups) if as_json else ", ".join(each.groups),
                "state": each.state,
                "codes": each.has_totp,
                "oidc_issuer": each.oidc_issuer,
                "oidc_subject": each.oidc_subject,
                "created_at": each.created_at,
                "last_signed_in_at": each.last_signed_in_at,
                "disabled_at": each.disabled_at,
            }
            for each in found
        ],
        as_json,
        SHOWN,
    )
