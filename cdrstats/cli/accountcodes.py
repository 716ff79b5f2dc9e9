"""`accountcode`: whose calls carry which account code."""

import click

from cdrstats import customers
from cdrstats.accounts import EVERYONE
from cdrstats.cli.common import database, json_option, report, say
from cdrstats.cli.customers import FROM_NOW_ON


@click.group()
def accountcode() -> None:
    """Whose calls carry which account code."""


@accountcode.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the account codes that somebody owns."""
    with database("accountcode") as engine, engine.connect() as conn:
        found = customers.list_customers(conn, EVERYONE)
    rows = [
        {"accountcode": code, "customer": each.name}
        for each in found
        for code in each.account_codes
    ]
    report(sorted(rows, key=lambda row: row["accountcode"]), as_json)


@accountcode.command()
@click.argument("name", metavar="CUSTOMER")
@click.argument("codes", nargs=-1, required=True, metavar="CODE...")
@json_option
def assign(name: str, codes: tuple[str, ...], as_json: bool) -> None:
    """Let calls with the account CODES be CUSTOMER's; with `Unassigned`, nobody's."""
    with database("accountcode") as engine, engine.begin() as conn:
        owner = customers.assign(conn, name, codes)
    say(FROM_NOW_ON)
    row = {
        "customer": owner.name,
        "account_codes": list(owner.account_codes)
        if as_json
        else ", ".join(owner.account_codes),
    }
    report([row], as_json)
