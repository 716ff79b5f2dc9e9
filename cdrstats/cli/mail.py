"""`mail`: whether mails can be sent, and if not, why."""

from dataclasses import asdict
from datetime import UTC, datetime

import click

from cdrstats import mail as mails
from cdrstats.addresses import checked
from cdrstats.cli.common import json_option, report
from cdrstats.errors import BadRequest
from cdrstats.settings import read_settings


@click.group()
def mail() -> None:
    """Whether mails can be sent."""


@mail.command()
@click.option("--to", metavar="ADDRESS", help="Send a test mail there besides.")
@json_option
def debug(to: str | None, as_json: bool) -> None:
    """Walk the way to the mail server step by step. Exit status 1: a step failed.

    The steps are name resolution, connection, TLS, login and, with --to, delivery; the first
    that fails says why, and what to look at.
    """
    recipient = checked(to) if to is not None else None
    smtp = read_settings().smtp
    if smtp is None:
        raise BadRequest(mails.OFF)
    taken = list(mails.steps(smtp, recipient, datetime.now(UTC)))
    report([asdict(step) for step in taken], as_json)
    if not all(step.done for step in taken):
        raise SystemExit(1)
