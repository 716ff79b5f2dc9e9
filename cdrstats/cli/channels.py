"""`channel`: where programs and rooms of chat are told."""

import sys
from datetime import UTC, datetime
from typing import TextIO

import click

from cdrstats import channels
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.channels import KINDS, Change, Channel
from cdrstats.cli.common import database, json_option, noting, report, say
from cdrstats.settings import read_settings

SHOWN_ONCE = "The secret is shown once: whoever has it can sign as we do."


@click.group()
def channel() -> None:
    """Where programs and rooms of chat are told."""


@channel.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the channels. Of their addresses the host is shown."""
    with database("channel") as engine, engine.connect() as conn:
        report([_row(each) for each in channels.list_channels(conn)], as_json)


@channel.command()
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What listens there.")
@click.option(
    "--address-from",
    "file",
    type=click.File("r"),
    help="The file with the address in its first line; else it is read from stdin.",
)
@json_option
def add(name: str, kind: str, file: TextIO | None, as_json: bool) -> None:
    """Set up the channel NAME, which is told wherever #NAME stands among the addresses.

    Of a webhook the secret is printed by which its messages are signed.
    """
    address, box = _address(file), SecretBox(read_settings().secret_key_file)
    with database("channel") as engine, engine.begin() as conn:
        added, secret = channels.add(conn, box, name, kind, address, noting(conn))
    if secret:
        say(SHOWN_ONCE)
    report([_row(added) | ({"secret": secret} if secret else {})], as_json)


@channel.command("set")
@click.argument("name")
@click.option("--on/--off", "active", default=None, help="Whether it is told anything.")
@click.option(
    "--troubles/--no-troubles",
    default=None,
    help="Whether it is told what is wrong with the installation.",
)
@click.option(
    "--fraud-actions/--no-fraud-actions",
    default=None,
    help="Whether a webhook is told of each case of fraud, so that a program can act.",
)
@json_option
def set_(
    name: str,
    active: bool | None,
    troubles: bool | None,
    fraud_actions: bool | None,
    as_json: bool,
) -> None:
    """Change what the channel NAME is told."""
    wanted = Change(active, troubles, fraud_actions)
    with database("channel") as engine, engine.begin() as conn:
        report([_row(channels.change(conn, name, wanted, noting(conn)))], as_json)


@channel.command()
@click.argument("name")
@json_option
def remove(name: str, as_json: bool) -> None:
    """Forget the channel NAME, and its address."""
    with database("channel") as engine, engine.begin() as conn:
        report([_row(channels.remove(conn, name, noting(conn)))], as_json)


@channel.command()
@click.argument("name")
@json_option
def test(name: str, as_json: bool) -> None:
    """Send the channel NAME a test message now, step by step. Exit status 1: a step failed."""
    from cdrstats.mail.channelling import try_out  # slow to import

    box = SecretBox(read_settings().secret_key_file)
    with database("channel") as engine:
        with engine.begin() as conn:
            to = channels.destination(conn, box, channels.find(conn, name).id)
            noting(conn)("try channel", channels.named(name))
        taken = try_out(to, datetime.now(UTC))
    rows = [
        {"step": each.step, "done": each.done, "detail": each.detail, "advice": each.advice}
        for each in taken
    ]
    report(rows, as_json)
    if not all(each.done for each in taken):
        raise SystemExit(1)


def _address(file: TextIO | None) -> str:
    """The address, which is a secret: no list of processes shows it, and no history."""
    if file is None and sys.stdin.isatty():
        return str(click.prompt("Address", hide_input=True, err=True))
    return (file or sys.stdin).readline()


def _row(found: Channel) -> dict[str, object]:
    return {
        "name": found.name,
        "kind": found.kind,
        "host": found.host,
        "on": found.active,
        "troubles": found.troubles,
        "fraud_actions": found.fraud_actions,
    }
