"""Every job, how often it runs, and what wakes it early. `python -m jobs` runs them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from cdrstats import alarms, digests, fraud, watch
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.aggregates.draining import drain
from cdrstats.aggregates.refreshing import refresh_due
from cdrstats.downloads import write_waiting
from cdrstats.folders import private_folder
from cdrstats.intake import complete
from cdrstats.intake.inbox import Inbox
from cdrstats.mail import send_waiting
from cdrstats.mail.channelling import tell_channels
from cdrstats.mediation import NewSwitches, mediate
from cdrstats.settings import Settings, Smtp
from jobs.housekeeping import keep_house

Stop = Callable[[], bool]
"""Asked between the parts of a long work; true: leave the rest for another time."""

Work = Callable[[Stop], int]
"""Do all that is to do now, each part in a transaction of its own; return how many things."""


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    description: str
    every: timedelta
    work: Work
    wakes_on: str | None = None  # the payload of a NOTIFY cdrstats that runs it at once

    @property
    def schedule(self) -> str:
        """When it runs, in words."""
        seconds = round(self.every.total_seconds())
        words = "every hour" if seconds == 3600 else f"every {seconds} s"
        return f"{words}, and at once when told" if self.wakes_on else words


def _make_calls(
    engine: Engine, new: NewSwitches, smtp: Smtp | None, stop: Callable[[], bool]
) -> int:
    complete(engine)  # what a load that was killed has left
    return mediate(engine, new=new, smtp=smtp, stop=stop).rows


def make_jobs(engine: Engine, settings: Settings) -> list[Job]:
    """The jobs of this installation."""
    box = SecretBox(settings.secret_key_file)
    new = NewSwitches(settings.timezone, settings.country)
    inbox = Inbox(engine, private_folder(settings.var_dir, "inbox"), new)
    return [
        Job(
            "inbox",
            "Takes in the files that rest in the inbox folders.",
            timedelta(seconds=5),
            inbox.sweep,
        ),
        Job(
            "import",
            "Makes calls of the staged rows that wait.",
            timedelta(seconds=15),
            lambda stop: _make_calls(engine, new, settings.smtp, stop),
            wakes_on="import",
        ),
        Job(
            "rollup",
            "Counts the quarter-hours whose calls have changed.",
            timedelta(seconds=15),
            lambda stop: drain(engine, stop),
            wakes_on="rollup",
        ),
        Job(
            "views",
            "Refreshes the two materialized views when calls have changed.",
            timedelta(seconds=5),
            lambda stop: refresh_due(engine, datetime.now(UTC)),
        ),
        Job(
            "housekeeping",
            "Makes the coming months' partitions, and forgets what is old.",
            timedelta(hours=1),
            lambda stop: keep_house(engine, settings, datetime.now(UTC), stop),
        ),
        Job(
            "downloads",
            "Writes the files that were asked for under Downloads.",
            timedelta(seconds=15),
            lambda stop: write_waiting(engine, settings.var_dir, stop),
            wakes_on="download",
        ),
        Job(
            "mail",
            "Sends the mails that wait.",
            timedelta(seconds=10),
            lambda stop: send_waiting(engine, settings.smtp, stop),
            wakes_on="mail",
        ),
        Job(
            "channels",
            "Sends channels the messages that wait.",
            timedelta(seconds=10),
            lambda stop: tell_channels(engine, box, stop),
            wakes_on="channels",
        ),
        Job(
            "alarms",
            "Decides the windows of the alarm rules that have closed, and mails what fires.",
            timedelta(minutes=1),
            lambda stop: len(alarms.evaluate(engine, settings, datetime.now(UTC), stop)),
        ),
        Job(
            "watch",
            "Looks for what is wrong with the installation, and tells its administrators.",
            timedelta(minutes=1),
            lambda stop: watch.evaluate(engine, settings, datetime.now(UTC)),
        ),
        Job(
            "digests",
            "Mails the digests that are due.",
            timedelta(minutes=1),
            lambda stop: digests.send_due(engine, settings, datetime.now(UTC), stop),
        ),
        Job(
            "fraud",
            "Lays the fraud rules beside the calls that have come in.",
            timedelta(minutes=1),
            lambda stop: len(fraud.evaluate(engine, settings, datetime.now(UTC), stop)),
            wakes_on="rollup",  # mediation tells that calls have changed
        ),
    ]
