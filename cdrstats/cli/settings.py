"""`setting`: what is changed while CDR-Stats runs, and counts at once."""

from getpass import getuser
from typing import Any

import click

from cdrstats import options
from cdrstats.cli.common import database, json_option, noting, report
from cdrstats.options import Held

SHOWN = ("name", "value", "unit", "default", "least", "most", "changed_by", "changed_at")


@click.group()
def setting() -> None:
    """What is changed while CDR-Stats runs, and counts at once."""


@setting.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the settings, and who changed which."""
    with database("setting") as engine, engine.connect() as conn:
        found = options.held(conn)
    report([_row(each) for each in found], as_json, SHOWN)


@setting.command("set")
@click.argument("name")
@click.argument("value")
@json_option
def set_(name: str, value: str, as_json: bool) -> None:
    """Let the setting NAME be VALUE, from now on and in all processes."""
    wanted = options.checked(name, value)
    with database("setting") as engine, engine.begin() as conn:
        options.change(conn, name, wanted, f"cli:{getuser()}", noting(conn))
        found = options.held(conn)
    _report(found, name, as_json)


@setting.command()
@click.argument("name")
@json_option
def reset(name: str, as_json: bool) -> None:
    """Let the setting NAME be its default again."""
    options.option(name)
    with database("setting") as engine, engine.begin() as conn:
        options.reset(conn, name, noting(conn))
        found = options.held(conn)
    _report(found, name, as_json)


def _report(found: list[Held], name: str, as_json: bool) -> None:
    report([_row(each) for each in found if each.option.name == name], as_json, SHOWN)


def _row(held: Held) -> dict[str, Any]:
    one = held.option
    return {
        "name": one.name,
        "value": held.value,
        "unit": one.unit,
        "default": one.default,
        "least": one.least,
        "most": one.most,
        "changed_by": held.changed_by,
        "changed_at": held.changed_at,
        "about": one.about,
    }
