"""`accountcode`: whose calls carry which account code."""

from zoneinfo import ZoneInfo

import click

from cdrstats import customers, sheets
from cdrstats.accounts import EVERYONE
from cdrstats.aggregates.draining import drain
from cdrstats.cli.calls import moment
from cdrstats.cli.common import database, json_option, noting, progress, report, say
from cdrstats.cli.customers import FROM_NOW_ON
from cdrstats.customers import CUSTOMERS
from cdrstats.errors import BadRequest
from cdrstats.spreadsheet import joined


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
@click.option("--move-history", is_flag=True, help="Give the calls that are in as well.")
@click.option("--since", metavar="DATE", help="Of these, only from that day on, in UTC.")
@json_option
def assign(
    name: str, codes: tuple[str, ...], move_history: bool, since: str | None, as_json: bool
) -> None:
    """Let calls with the account CODES be CUSTOMER's; with `Unassigned`, nobody's.

    Calls that are in keep their owner, unless their history is moved. May be interrupted, and
    run again.
    """
    if since is not None and not move_history:
        raise BadRequest("--since tells how much of the history to move: add --move-history.")
    first = moment(since, ZoneInfo("UTC")) if since is not None else None
    with database("accountcode") as engine:
        with engine.begin() as conn:
            owner = customers.find(conn, name)
            if owner.id == 0 and move_history:
                raise BadRequest(
                    "Calls whose account code is nobody's go by their numbers and their trunk:"
                    " assign it without --move-history, then `start-over`."
                )
            cells = {"account_codes": joined(codes)}
            with sheets.telling(conn, CUSTOMERS, owner.name, noting(conn), cells=cells):
                owner = customers.assign(conn, name, codes)
        moved = 0
        if move_history:
            with progress(None, "Moving calls") as bar:
                moved = customers.give_history(
                    *(engine, owner.name, codes, noting, first), progress=bar
                )
            with progress(None, "Bringing figures up to date") as bar:
                drain(engine, progress=bar)
        with engine.connect() as conn:
            left = customers.calls_left_behind(conn, codes)
    if left:
        say(_told(left, owner.name, since))
    elif owner.id == 0:
        say(FROM_NOW_ON)
    row = {
        "customer": owner.name,
        "account_codes": list(owner.account_codes)
        if as_json
        else ", ".join(owner.account_codes),
        "moved": moved,
        "left_behind": sum(left.values()),
    }
    report([row], as_json)


def _told(left: dict[str, int], name: str, since: str | None) -> str:
    whose = ", ".join(f"{owner} {calls:,}" for owner, calls in left.items())
    keep = f"Of the calls before {since or 'now'}, these keep their owner: {whose}."
    if since is not None:
        return keep
    return f"{keep} The same command with --move-history gives them to {name}."
