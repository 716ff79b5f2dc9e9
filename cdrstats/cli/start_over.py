"""`start-over`: every staged row is read anew, under today's rules, zones and owners."""

from datetime import UTC, datetime

import click

from cdrstats.aggregates.draining import drain
from cdrstats.aggregates.refreshing import refresh_due
from cdrstats.aggregates.views import make_missing
from cdrstats.cli.common import database, json_option, noting, progress, report, say
from cdrstats.mediation import NewSwitches, flag_anew, ids_of_staged, mediate, oldest_waiting
from cdrstats.settings import read_settings

WHENEVER_DUE = datetime.max.replace(tzinfo=UTC)


@click.command("start-over")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def start_over(yes: bool, as_json: bool) -> None:
    """Mediate all staged rows anew: today's number rules, zones and owners apply.

    Calls stay to be seen until their row is decided again. Undone files stay undone, and calls
    whose staging row is gone stay as they are. May be interrupted, and run again.
    """
    settings = read_settings()
    with database("start-over") as engine:
        with engine.begin() as conn:
            made = make_missing(conn)
            first, last = ids_of_staged(conn)
        for name in made:
            say(f"Made the missing view {name}.")
        if not yes:
            click.confirm(
                "All staged rows will be read again under today's rules. Go on?",
                abort=True,
                err=True,
            )
        with engine.begin() as conn:
            noting(conn)("start over")
        with progress(last - first + 1, "Flagging staged rows") as bar:
            flagged = flag_anew(engine, progress=bar)
        # The job process may help, so what tells how far it is, is the oldest row that waits.
        with progress(last - first + 1, "Reading them anew") as bar:

            def show(_done: int) -> None:
                with engine.connect() as conn:
                    waiting = oldest_waiting(conn)
                bar((waiting or last + 1) - first)

            new = NewSwitches(settings.timezone, settings.country)
            counts = mediate(engine, new=new, progress=show)
        with progress(None, "Bringing figures up to date") as bar:
            drain(engine, progress=bar)
        with progress(None, "Refreshing the two views") as bar:
            refresh_due(engine, WHENEVER_DUE)
    report([{"flagged": flagged, "decided_here": counts.rows, **counts.outcomes}], as_json)
