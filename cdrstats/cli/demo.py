"""`demo load` and `demo remove`: invented calls to look around with."""

from dataclasses import asdict

import click

from cdrstats import demo as the_demo
from cdrstats.cli.common import database, json_option, noting, progress, report
from cdrstats.settings import read_settings


@click.group()
def demo() -> None:
    """Invented calls of three switches, to look around with."""


@demo.command("load")
@click.option("--calls", default=the_demo.CALLS, show_default=True, help="How many.")
@click.option("--days", default=the_demo.DAYS, show_default=True, help="Until now.")
@click.option("--seed", default=the_demo.SEED, show_default=True, help="Another: other calls.")
@json_option
def load(calls: int, days: int, seed: int, as_json: bool) -> None:
    """Write files as switches do, and take them in."""
    with database("demo") as engine, progress(calls, "Loading demo calls") as bar:
        loaded = the_demo.load(engine, read_settings(), calls, days, seed, bar)
    report([asdict(loaded)], as_json)


@demo.command("remove")
@json_option
def remove(as_json: bool) -> None:
    """Take all demo calls out again; others stay."""
    with database("demo") as engine:
        removed = the_demo.remove(engine, noting)
        the_demo.catch_up(engine)
    report([asdict(removed)], as_json)
