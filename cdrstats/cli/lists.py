"""`list`: where calls may go, and how a number would be judged."""

from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path
from typing import Any

import click

from cdrstats import lists, sheets
from cdrstats.cli.common import database, json_option, noting, report, say
from cdrstats.errors import BadRequest
from cdrstats.lists import HIGH_RISK, Told
from cdrstats.sheets import Sheet

FROM_NOW_ON = (
    "This holds for calls that come from now on; those that are in keep what was decided until"
    " `python -m cdrstats start-over`."
)
CUSTOMER = click.option("--customer", metavar="NAME", help="Of this customer; else everybody.")
RISK = click.option("--high-risk", is_flag=True, help="The high-risk prefixes instead.")


@click.group("list")
def list_() -> None:
    """Where calls may go: prefixes and countries that are allowed or refused."""


@list_.command()
@click.option("--history", metavar="DESTINATION", help="All there were of it, anybody's.")
@RISK
@json_option
def show(history: str | None, high_risk: bool, as_json: bool) -> None:
    """Show the entries that stand, or the prefixes known for fraud."""
    with database("list") as engine, engine.connect() as conn:
        if high_risk:
            rows = [dict(row) for row in HIGH_RISK.rows(conn)]
        elif history is not None:
            rows = [_row(each) for each in lists.list_history(conn, history)]
        else:
            rows = [_row(each) for each in lists.list_standing(conn)]
    report(rows, as_json)


@list_.command()
@click.argument("destination")
@CUSTOMER
@click.option("--allow", is_flag=True, help="Calls there are authorized.")
@click.option("--refuse", is_flag=True, help="They are not.")
@click.option("--reason", default="", metavar="TEXT", help="Why.")
@click.option("--until", default="", metavar="DATE", help="The last day it holds, in UTC.")
@click.option("--mail-to", default="", metavar="ADDRESSES", help="Who hears of refused calls.")
@json_option
def add(
    destination: str,
    customer: str | None,
    allow: bool,
    refuse: bool,
    reason: str,
    until: str,
    mail_to: str,
    as_json: bool,
) -> None:
    """Allow or refuse calls to DESTINATION: a prefix, a country such as ES, or `*` for all.

    An entry of this destination and customer that there is makes way.
    """
    if allow == refuse:
        raise BadRequest("Say either --allow or --refuse.")
    cells = {
        "entry": f"{destination.strip()} {customer or ''}".strip(),
        "decision": "allow" if allow else "refuse",
        "reason": reason,
        "valid_until": until,
        "mail_to": mail_to,
    }
    with database("list") as engine, engine.begin() as conn:
        held = lists.find_standing(conn, cells["entry"])
        old = held.key if held else None
        cells["entry"] = old or cells["entry"]
        key = sheets.save(conn, _entries(), old, cells, noting(conn))
        made = lists.find_standing(conn, key)
    say(FROM_NOW_ON)
    report([_row(made)] if made else [], as_json)


@list_.command()
@click.argument("destination")
@CUSTOMER
@json_option
def remove(destination: str, customer: str | None, as_json: bool) -> None:
    """Let an entry hold no more; the calls that it decided keep it."""
    key = f"{destination.strip()} {customer or ''}".strip()
    with database("list") as engine, engine.begin() as conn:
        held = lists.find_standing(conn, key)
        if held is None:
            raise BadRequest(f"There is no list entry {key!r}: `list show` names them.")
        sheets.remove(conn, _entries(), held.key, noting(conn))
    say(FROM_NOW_ON)
    report([_row(held)], as_json)


@list_.command()
@click.argument("number")
@CUSTOMER
@click.option("--switch", default="", metavar="NAME", help="It is dialled there as given.")
@json_option
def check(number: str, customer: str | None, switch: str, as_json: bool) -> None:
    """Tell how a call to NUMBER would be judged now, and by which entry.

    NUMBER is in international form, unless a switch is named. Exit status 1: refused.
    """
    with database("list") as engine, engine.connect() as conn:
        found = lists.check(conn, number, customer or "", switch)
    row = {
        "number": found.e164,
        "decision": "allowed" if found.allowed else "refused",
        "entry": found.by.key if found.by else None,
        "reason": found.by.reason if found.by else None,
        "high_risk": found.risk.name if found.risk else None,
    }
    report([row], as_json)
    if not found.e164:
        say("This goes to no telephone number outside, so that no list is about it.")
    if not found.allowed:
        raise SystemExit(1)


@list_.command()
@RISK
def export(high_risk: bool) -> None:
    """Print all as CSV, which `list import` takes."""
    with database("list") as engine, engine.begin() as conn:
        noting(conn)("export high-risk prefixes" if high_risk else "export list entries")
        click.echo(sheets.export(conn, _sheet(high_risk)), nl=False)


@list_.command("import")
@click.argument("path", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@RISK
@json_option
def import_(path: Path, high_risk: bool, as_json: bool) -> None:
    """Take a CSV file in: what is new is added, what is known becomes what the file says.

    If one line cannot be, nothing is imported.
    """
    with database("list") as engine, engine.begin() as conn:
        done = sheets.take_in(conn, _sheet(high_risk), path.read_bytes(), noting(conn))
    say(FROM_NOW_ON)
    report([{"added": done.added, "changed": done.changed, "same": done.same}], as_json)


def _entries() -> Sheet:
    return lists.entries_of(f"cli:{getuser()}")


def _sheet(high_risk: bool) -> Sheet:
    return HIGH_RISK if high_risk else _entries()


def _row(told: Told) -> dict[str, Any]:
    return {
        "destination": told.destination,
        "customer": told.customer or None,
        "decision": lists.decision_told(told.allowed),
        "stands": told.stands(datetime.now(UTC)),
        "reason": told.reason,
        "valid_until": told.valid_until,
        "mail_to": told.mail_to,
        "added_by": told.added_by,
        "added_at": told.added_at,
        "ended_by": told.ended_by,
        "ended_at": told.ended_at,
    }
