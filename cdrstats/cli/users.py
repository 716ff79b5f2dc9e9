"""`user`: who may sign in."""

from datetime import UTC, datetime
from getpass import getuser

import click

from cdrstats.accounts import audit, links, people
from cdrstats.accounts.people import Person
from cdrstats.accounts.permissions import ROLES
from cdrstats.cli.common import database, json_option, report
from cdrstats.settings import read_settings

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
        added = people.add(
            conn, name, role, full_name=full_name, email=email, customers=customers
        )
        detail = {"role": role, "customers": list(added.customers)}
        audit.note(conn, _who(), "add person", added.name, detail=detail)
        link = links.make(conn, added.id, "invite", datetime.now(UTC))
    _report_link(added, link, as_json)


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
        changed = people.disable(conn, name, datetime.now(UTC))
        audit.note(conn, _who(), "disable person", changed.name)
    _report([changed], as_json)


@user.command()
@click.argument("name")
@json_option
def enable(name: str, as_json: bool) -> None:
    """Let the person NAME in again."""
    with database("user") as engine, engine.begin() as conn:
        changed = people.enable(conn, name)
        audit.note(conn, _who(), "enable person", changed.name)
    _report([changed], as_json)


@user.command("reset-link")
@click.argument("name")
@json_option
def reset_link(name: str, as_json: bool) -> None:
    """Print a link by which the person NAME sets a new password.

    The old one is good until then.
    """
    with database("user") as engine, engine.begin() as conn:
        found = people.find(conn, name)
        link = links.make(conn, found.id, "reset", datetime.now(UTC))
        audit.note(conn, _who(), "make reset link", found.name)
    _report_link(found, link, as_json)


def _who() -> str:
    return f"cli:{getuser()}"


def _report_link(found: Person, link: links.Link, as_json: bool) -> None:
    address = f"{read_settings().origin}/link/{link.token}"
    report([{"name": found.name, "link": address, "expires_at": link.expires_at}], as_json)


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
                "state": _state(each),
                "codes": each.has_totp,
                "created_at": each.created_at,
                "last_signed_in_at": each.last_signed_in_at,
                "disabled_at": each.disabled_at,
            }
            for each in found
        ],
        as_json,
        SHOWN,
    )


def _state(each: Person) -> str:
    if each.disabled_at:
        return "disabled"
    return "active" if each.has_password or each.last_signed_in_at else "invited"
