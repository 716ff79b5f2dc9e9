"""`calls mediate`: decide what waits in `cdr_import` now."""

import sys

from cdrstats.aggregates.draining import drain
from cdrstats.cli.calls import calls
from cdrstats.cli.common import database, json_option, progress, report, say
from cdrstats.mediation import NewSwitches, mediate
from cdrstats.settings import read_settings

OUTCOMES = ("call", "duplicate", "ignored", "rejected", "undone")


@calls.command("mediate")
@json_option
def mediate_(as_json: bool) -> None:
    """Make calls of the staged rows that wait, oldest first.

    Exit status 1: some were rejected; the Imports page shows them with their reasons.
    """
    settings = read_settings()
    with database("mediate") as engine:
        with progress(None, "Mediating") as bar:
            new = NewSwitches(settings.timezone, settings.country)
            counts = mediate(engine, new=new, smtp=settings.smtp, progress=bar)
        drain(engine)
    report([{name: counts.outcomes[name] for name in OUTCOMES}], as_json)
    if counts.outcomes["rejected"]:
        say("Some rows were rejected: the Imports page shows each with its reason.")
        sys.exit(1)
