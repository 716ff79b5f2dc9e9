"""`customer`: who owns calls, by their account codes."""

import click

from cdrstats import customers
from cdrstats.accounts import EVERYONE
from cdrstats.cli.common import database, json_option, report, say


@click.group()
def customer() -> None:
    """Who owns calls, by the account codes in them."""


@customer.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the customers and their account codes."""
    with database("customer") as engine, engine.connect() as conn:
        _report(customers.list_customers(conn, EVERYONE), as_json)


@customer.command()
@click.argument("name")
@json_option
def add(name: str, as_json: bool) -> None:
    """Add the customer NAME."""
    with database("customer") as engine, engine.begin() as conn:
        added = customers.add(conn, name)
    _report([added], as_json)


@customer.command()
@click.argument("name")
@click.argument("codes", nargs=-1, required=True)
@json_option
def assign(name: str, codes: tuple[str, ...], as_json: bool) -> None:
    """Let calls with the account CODES be those of customer NAME."""
    with database("customer") as engine, engine.begin() as conn:
        changed = customers.assign(conn, name, codes)
    say("Calls already imported keep their owner until `python -m cdrstats start-over`.")
    _report([changed], as_json)


def _report(found: list[customers.Customer], as_json: bool) -> None:
    report(
        [
            {
                "id": each.id,
                "name": each.name,
                "account_codes": list(each.account_codes)
                if as_json
                else ", ".join(each.account_codes),
            }
            for each in found
        ],
        as_json,
    )
