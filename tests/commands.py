"""Commands, run in this process on the database of the test."""

import json
from typing import Any

from click.testing import CliRunner, Result

from cdrstats.cli import main


def run(*arguments: str) -> Result:
    """What a command says and ends with; `named_database` says where it works."""
    return CliRunner().invoke(main, arguments)


def rows(*arguments: str) -> list[dict[str, Any]]:
    """The rows that a command prints with --json."""
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
