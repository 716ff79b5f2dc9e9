"""`token`: what programs show instead of a password."""

from datetime import UTC, datetime, timedelta

import click

from cdrstats.accounts import api_tokens, people
from cdrstats.accounts.api_tokens import ApiToken
from cdrstats.cli.common import database, json_option, noting, report, say

SHOWN_ONCE = "It is shown once: whoever has it sees what the person sees."


@click.group()
def token() -> None:
    """What programs show instead of a password."""


@token.command()
@click.argument("person")
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 3650), help="Until then; else until revoked.")
@json_option
def create(person: str, name: str, days: int | None, as_json: bool) -> None:
    """Make a token called NAME by which a program may what PERSON may, and print it."""
    now = datetime.now(UTC)
    until = now + timedelta(days=days) if days else None
    with database("token") as engine, engine.begin() as conn:
        whose = people.find(conn, person)
        made = api_tokens.make(conn, whose, name, until, now, noting(conn))
    say(SHOWN_ONCE)
    row = {"person": whose.name, "name": name.strip(), "expires_at": until, "token": made}
    report([row], as_json)


@token.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the tokens there are, and when each was last used."""
    with database("token") as engine, engine.connect() as conn:
        report([_row(each) for each in api_tokens.tokens_of(conn)], as_json)


@token.command()
@click.argument("person")
@click.argument("name")
@json_option
def revoke(person: str, name: str, as_json: bool) -> None:
    """Let whoever shows the token NAME of PERSON in no more."""
    with database("token") as engine, engine.begin() as conn:
        whose = people.find(conn, person)
        api_tokens.revoke(conn, whose, name, noting(conn))
    report([{"person": whose.name, "name": name.strip()}], as_json)


def _row(found: ApiToken) -> dict[str, object]:
    return {
        "person": found.who,
        "name": found.name,
        "created_at": found.created_at,
        "expires_at": found.expires_at,
        "last_used_at": found.last_used_at,
    }
