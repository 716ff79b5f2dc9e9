"""What is wrong with an installation, by how it fares. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cdrstats import format

LASTS = timedelta(minutes=2)
"""What is over by then is told to nobody."""

AGAIN = timedelta(days=1)
"""What goes on is told again after so long."""

JOB_LATE = timedelta(minutes=5)
JOB_LONG = timedelta(minutes=30)
"""A run that takes longer may hang; only a very large import has reason to."""

FIGURES_LATE = timedelta(minutes=10)
MAIL_LATE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class JobFacts:
    """Since when a job is due, why its last run failed, and since when one is under way."""

    due_at: datetime | None
    error: str | None = None
    running_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """How an installation fares at one moment.

    Attributes:
        last_calls: when the newest call of each switch began, by its name.
        jobs: by their names; none where they are paused.
        uncounted_since, unsent_since: since when changed calls are not in the figures, mails
            are not sent; None: there are none.
        given_up: mails of the last day that were given up or refused.
        disk_free: of the folder var, as a share of its disk from 0 to 1.
        silent_after: a switch without a call for so long is silent; zero: none is.
        disk_least: the share of the disk that is to be free.
    """

    now: datetime
    last_calls: Mapping[str, datetime]
    jobs: Mapping[str, JobFacts]
    uncounted_since: datetime | None
    unsent_since: datetime | None
    given_up: int
    disk_free: float
    silent_after: timedelta
    disk_least: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong: `what` it is, of which `object`, and a sentence."""

    what: str  # source, job, figures, mail, disk
    object: str
    sentence: str


def troubles(facts: Facts) -> list[Trouble]:
    """All that is wrong, the most basic first."""
    return [*_disk(facts), *_jobs(facts), *_late(facts), *_mail(facts), *_sources(facts)]


def _disk(facts: Facts) -> Iterator[Trouble]:
    if facts.disk_free < facts.disk_least:
        yield Trouble(
            "disk",
            "",
            f"Only {format.percent(facts.disk_free)} of the disk of the data folder is free."
            " When it is full, nothing more is brought in.",
        )


def _jobs(facts: Facts) -> Iterator[Trouble]:
    for name, job in facts.jobs.items():
        if job.error is not None:
            yield Trouble("job", name, f"The job {name} failed: {job.error}")
        elif _longer(facts, job.running_since, JOB_LONG):
            since = format.ago(job.running_since, facts.now)
            yield Trouble("job", name, f"The job {name} began {since}, and has not ended.")
        elif job.due_at is not None and facts.now - job.due_at > JOB_LATE:
            late = format.length(facts.now - job.due_at)
            yield Trouble("job", name, f"The job {name} was to run {late} ago.")


def _late(facts: Facts) -> Iterator[Trouble]:
    if _longer(facts, facts.uncounted_since, FIGURES_LATE):
        since = format.ago(facts.uncounted_since, facts.now)
        yield Trouble(
            "figures", "", f"Calls are not in the figures yet; the oldest changed {since}."
        )


def _mail(facts: Facts) -> Iterator[Trouble]:
    if _longer(facts, facts.unsent_since, MAIL_LATE):
        since = format.ago(facts.unsent_since, facts.now)
        said = f"Mails or messages to channels are not sent; the oldest was queued {since}."
        yield Trouble("mail", "waiting", said)
    if facts.given_up:
        yield Trouble(
            "mail",
            "given up",
            f"{format.count(facts.given_up)} of the mails and messages to channels of the last"
            " day were refused or given up.",
        )


def _sources(facts: Facts) -> Iterator[Trouble]:
    for name, last in facts.last_calls.items():
        if facts.silent_after and facts.now - last > facts.silent_after:
            yield Trouble(
                "source",
                name,
                f"The switch {name} is silent: its newest call began"
                f" {format.ago(last, facts.now)}.",
            )


def _longer(facts: Facts, since: datetime | None, bound: timedelta) -> bool:
    return since is not None and facts.now - since > bound
