"""`rollup`: bring the roll-ups up to date, and check them against the calls."""

import sys

import click
from sqlalchemy import Engine

from cdrstats import aggregates
from cdrstats.aggregates.draining import drain
from cdrstats.cli.common import database, json_option, progress, report, say


@click.group()
def rollup() -> None:
    """The counts of calls by quarter-hour and day."""


@rollup.command()
@json_option
@click.option("--all", "all_", is_flag=True, help="Count everything again, changed or not.")
def refresh(as_json: bool, all_: bool) -> None:
    """Count what has changed."""
    with database("rollup") as engine:
        if all_:
            with engine.begin() as conn:
                aggregates.rebuild(conn)
        with progress(None, "Counting quarter-hours") as bar:
            done = drain(engine, progress=bar)
    if as_json:
        report([{"slots": done}], as_json)
    else:
        say(f"{done:,} quarter-hours were counted.")


@rollup.command()
@json_option
@click.option("--repair", is_flag=True, help="Count the days with differences again.")
def verify(as_json: bool, repair: bool) -> None:
    """Count everything from the calls, and print every difference.

    Changes that wait to be counted are no differences. Exit status 1 if there are any that
    were not repaired.
    """
    with database("rollup") as engine:
        differences = _differences(engine)
        report([difference.as_row() for difference in differences], as_json)
        if differences and repair:
            with engine.begin() as conn:
                days = aggregates.repair(conn, differences)
            say(f"{len(differences):,} differences; {days:,} days were counted again.")
            differences = _differences(engine)
    if differences:
        say(f"{len(differences):,} differences between the roll-ups and the calls.")
        sys.exit(1)
    say("The roll-ups are what the calls add up to.")


def _differences(engine: Engine) -> list[aggregates.Difference]:
    with (
        progress(None, "Comparing days") as bar,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as conn,
    ):
        return aggregates.verify(conn, bar)
