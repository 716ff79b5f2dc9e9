"""`audit`: who did what."""

import json
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

import click

from cdrstats.accounts.audit import Line, search
from cdrstats.cli.calls import moment
from cdrstats.cli.common import database, json_option, report


@click.group()
def audit() -> None:
    """Who did what."""


@audit.command("list")
@click.option("--since", metavar="DATE", help="The first day, or moment, of UTC.")
@click.option("--who", metavar="NAME", help="A login name, or cli:<user of the system>.")
@click.option("--action", metavar="WORDS", help="What was done, such as 'disable person'.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True)
@json_option
def list_(
    since: str | None, who: str | None, action: str | None, limit: int, as_json: bool
) -> None:
    """List what people did, newest first."""
    start = moment(since, ZoneInfo("UTC")) if since else None
    with database("audit") as engine, engine.connect() as conn:
        found = search(conn, since=start, who=who, action=action, limit=limit)
    report([_row(line, as_json) for line in found], as_json)


def _row(line: Line, as_json: bool) -> dict[str, Any]:
    row = asdict(line)
    if not as_json:
        del row["id"], row["person_id"]
        row["detail"] = json.dumps(line.detail, ensure_ascii=False) if line.detail else ""
    return row
