"""The command line: `python -m cdrstats <noun> <verb>`.

Exit status: 0 done, 1 done with bad or rejected rows, 2 wrong use or something to mend.
"""

import importlib
import sys
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from cdrstats import __version__
from cdrstats.cli.common import say
from cdrstats.errors import CdrStatsError, ServerTrouble
from cdrstats.settings import unknown_variables

NOUNS = {
    "accountcode": "cdrstats.cli.accountcodes:accountcode",
    "alarm": "cdrstats.cli.alarms:alarm",
    "audit": "cdrstats.cli.audit:audit",
    "backup": "cdrstats.cli.backup:backup",
    "calls": "cdrstats.cli.mediate:calls",
    "channel": "cdrstats.cli.channels:channel",
    "customer": "cdrstats.cli.customers:customer",
    "db": "cdrstats.cli.db:db",
    "demo": "cdrstats.cli.demo:demo",
    "digest": "cdrstats.cli.digests:digest",
    "doctor": "cdrstats.cli.doctor:doctor",
    "figures": "cdrstats.cli.figures:figures",
    "file": "cdrstats.cli.files:file",
    "fraud": "cdrstats.cli.fraud:fraud",
    "job": "cdrstats.cli.jobs:job",
    "jobs": "cdrstats.cli.jobs:jobs",
    "list": "cdrstats.cli.lists:list_",
    "mail": "cdrstats.cli.mail:mail",
    "restore": "cdrstats.cli.backup:restore",
    "rollup": "cdrstats.cli.rollup:rollup",
    "setting": "cdrstats.cli.settings:setting",
    "start-over": "cdrstats.cli.start_over:start_over",
    "switch": "cdrstats.cli.switches:switch",
    "token": "cdrstats.cli.tokens:token",
    "up": "cdrstats.cli.up:up",
    "user": "cdrstats.cli.users:user",
}
"""Every noun and where its command is. Read only when asked for: `up` needs no pandas."""


class Nouns(click.Group):
    """The group of all nouns; prints the errors that are meant for people."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(NOUNS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in NOUNS:
            return None
        module, _, attribute = NOUNS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CdrStatsError as exc:
            say(str(exc))
            sys.exit(exc.exit_status)
        except DBAPIError as exc:
            say(f"The database says: {str(exc.orig).strip()}")
            sys.exit(ServerTrouble.exit_status)


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="CDR-Stats %(version)s")
def main() -> None:
    """CDR-Stats: call detail records in, figures out."""
    for name in unknown_variables():
        say(f"Warning: {name} is not a setting of CDR-Stats; see docs/settings.md")
