"""`customer`: who owns calls, and by which account codes, numbers and trunks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import Connection

from cdrstats import customers, sheets
from cdrstats.accounts import EVERYONE
from cdrstats.cli.common import Command, database, json_option, noting, report, say
from cdrstats.customers import CUSTOMERS

FROM_NOW_ON = (
    "This holds for calls that come from now on; those that are in keep their owner until"
    " `python -m cdrstats start-over`."
)

SHOWN = ("id", "name", "account_codes", "numbers", "trunks", "currency", "timezone")


def field_options(command: Command) -> Command:
    """Add an option for each field of a customer; None where it is not given."""
    options: list[Callable[[Command], Command]] = [
        click.option("--address", metavar="TEXT", help="Postal address, of any lines."),
        click.option("--tax-id", metavar="TEXT", help="VAT number or the like."),
        click.option("--currency", metavar="CODE", help="ISO 4217: EUR, USD, ..."),
        click.option("--timezone", metavar="ZONE", help="IANA name: Europe/Madrid, ..."),
        click.option("--language", metavar="TAG", help="en, pt-BR, ..."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def customer() -> None:
    """Who owns calls, and by which account codes, numbers and trunks."""


@customer.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the customers and what they own."""
    with database("customer") as engine, engine.connect() as conn:
        _report(customers.list_customers(conn, EVERYONE), as_json)


@customer.command()
@click.argument("name")
@field_options
@json_option
def add(name: str, as_json: bool, **fields: str | None) -> None:
    """Add the customer NAME. What is not given is as in the whole installation."""
    given = {field: value for field, value in fields.items() if value is not None}
    with _changing(name) as conn:
        added = customers.add(conn, name, **given)
    _report([added], as_json)


@customer.command()
@click.argument("name")
@click.option("--name", "new_name", metavar="NEW", help="What it is called from now on.")
@field_options
@json_option
def edit(name: str, new_name: str | None, as_json: bool, **fields: str | None) -> None:
    """Change what is given of the customer NAME; '' takes a field away."""
    with _changing(name, new_name) as conn:
        changed = customers.change(conn, name, new_name=new_name, **fields)
    _report([changed], as_json)


@customer.command()
@click.argument("name")
@json_option
def remove(name: str, as_json: bool) -> None:
    """Remove the customer NAME with all it owns; one who has calls stays."""
    with _changing(name) as conn:
        gone = customers.find(conn, name)
        customers.remove(conn, name)
    _report([gone], as_json)


@customer.command()
@click.argument("name")
@click.option("--add", "new", metavar="FIRST[-LAST]", multiple=True, help="Give them.")
@click.option("--remove", "old", metavar="FIRST[-LAST]", multiple=True, help="Take them.")
@json_option
def numbers(name: str, new: tuple[str, ...], old: tuple[str, ...], as_json: bool) -> None:
    """Show, give or take the number ranges of the customer NAME.

    Numbers are in international form, without 00. FIRST alone stands for all that begins with
    it; FIRST and LAST have as many digits.
    """
    with _changing(name) as conn:
        customers.remove_numbers(conn, name, old)
        changed = customers.add_numbers(conn, name, new)
    if new or old:
        say(FROM_NOW_ON)
    _report([changed], as_json)


@customer.command()
@click.argument("name")
@click.option("--add", "new", metavar="TRUNK", multiple=True, help="Give it.")
@click.option("--remove", "old", metavar="TRUNK", multiple=True, help="Take it.")
@json_option
def trunks(name: str, new: tuple[str, ...], old: tuple[str, ...], as_json: bool) -> None:
    """Show, give or take the trunks of the customer NAME: carriers, as calls name them."""
    with _changing(name) as conn:
        customers.remove_trunks(conn, name, old)
        changed = customers.add_trunks(conn, name, new)
    if new or old:
        say(FROM_NOW_ON)
    _report([changed], as_json)


@contextmanager
def _changing(name: str, new_name: str | None = None) -> Iterator[Connection]:
    """A transaction that tells the audit what becomes of a customer."""
    with (
        database("customer") as engine,
        engine.begin() as conn,
        sheets.telling(conn, CUSTOMERS, name.strip(), noting(conn), new_name),
    ):
        yield conn


def _report(found: list[customers.Customer], as_json: bool) -> None:
    report([_row(each, as_json) for each in found], as_json, SHOWN)


def _row(found: customers.Customer, as_json: bool) -> dict[str, Any]:
    lists = {
        "account_codes": list(found.account_codes),
        "numbers": [str(each) for each in found.numbers],
        "trunks": list(found.trunks),
    }
    shown = lists if as_json else {what: ", ".join(each) for what, each in lists.items()}
    return {**asdict(found), **shown}
