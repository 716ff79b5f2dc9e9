"""When a digest is due, and which period it is about. Pure.

A schedule is a cron line, by the clocks of a zone: cronsim reads it as Debian's cron does, so
that what is due within an hour that the clocks skip is due once they have, and what is due
within one that they show twice is due the first time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from cdrstats.choices import midnight
from cdrstats.clock import Window
from cdrstats.digests.language import ENGLISH, LANGUAGES
from cdrstats.errors import BadRequest

Every = Literal["day", "week", "month", "cron"]
EVERY: tuple[Every, ...] = get_args(Every)

PARTS = {
    "totals": "Totals, and how far they moved",
    "chart": "A chart of the calls",
    "unusual": "What was unusual",
    "causes": "Hangup causes",
    "countries": "Top countries",
    "talkers": "Top callers",
    "alarms": "Alarms of the period",
}
"""What a digest can have, in its order."""

FILES = {"csv": "CSV", "xlsx": "Excel (XLSX)"}
"""As what the calls of the period can come with it."""

LONGEST_NAME = 100
AN_EXAMPLE = "an example: 0 7 * * 1-5, at 7:00 from Monday to Friday"


@dataclass(frozen=True, slots=True)
class Digest:
    """What is told, and when. What it may be is said by `check`.

    Attributes:
        at: when it is sent, by the clocks of `zone`: each day, on Mondays, on the first.
        cron: instead, where `every` is cron; it tells of the time since it was due before.
        page, query: the view that it is about, as the address of a page has it.
        only_if_changed: not where all is as in the period before.
        quiet_from, quiet_until: by the clocks of `zone`; what is due waits for their end.
        language: what it is written in, as its tag.
    """

    name: str
    zone: ZoneInfo
    every: Every = "day"
    at: time = time(7)
    cron: str = ""
    page: str = "dashboard"
    query: str = ""
    parts: tuple[str, ...] = tuple(PARTS)
    files: tuple[str, ...] = ()
    only_if_changed: bool = False
    quiet_from: time | None = None
    quiet_until: time | None = None
    language: str = ENGLISH


def check(digest: Digest) -> None:
    """Raise BadRequest, with a sentence for whoever entered it, unless it makes sense."""
    if not digest.name or len(digest.name) > LONGEST_NAME or not digest.name.isprintable():
        raise BadRequest(f"A digest needs a name of at most {LONGEST_NAME} characters.")
    _known("schedule", [digest.every], EVERY)
    _known("part", digest.parts, PARTS)
    _known("file", digest.files, FILES)
    _known("language", [digest.language], LANGUAGES)
    if not digest.parts:
        raise BadRequest("A digest needs a part at least: it would say nothing.")
    if (digest.every == "cron") != bool(digest.cron):
        raise BadRequest(
            f"A cron line goes with the schedule cron, and with no other; {AN_EXAMPLE}."
        )
    if (digest.quiet_from is None) != (digest.quiet_until is None):
        raise BadRequest("Quiet hours need both when they begin and when they end.")
    if digest.quiet_from is not None and digest.quiet_from == digest.quiet_until:
        raise BadRequest("Quiet hours that end when they begin would never end.")
    if digest.every == "cron":
        _check_cron(digest.cron)


def _known(what: str, given: Any, known: Any) -> None:
    for each in given:
        if each not in known:
            raise BadRequest(f"There is no {what} {each!r}; there are {', '.join(known)}.")


def _check_cron(line: str) -> None:
    try:
        found = CronSim(line, datetime(2000, 1, 1))  # noqa: DTZ001
    except CronSimError as exc:
        raise BadRequest(f"{line!r} is no cron line: {exc}; {AN_EXAMPLE}.") from None
    if len(line.split()) != 5:
        raise BadRequest(f"A cron line has five fields: {AN_EXAMPLE}.")
    if len(found.minutes) != 1:
        raise BadRequest("A digest is sent once an hour at most: give one minute.")


def last_run(digest: Digest, now: datetime) -> datetime | None:
    """When it was due last, at `now` or before; None: never."""
    return next((run for run in _runs_back(digest, now)), None)


def next_run(digest: Digest, now: datetime) -> datetime | None:
    """When it is due next, after `now`; None: never."""
    local = now.astimezone(digest.zone)
    return next((run for run in CronSim(_line(digest), local) if run > now), None)


def due(
    digest: Digest, since: datetime, sent_until: datetime | None, now: datetime
) -> Window | None:
    """The period that is to be told of at `now`; None: nothing is.

    Of several that were missed, only the last. A clock that went back makes none due.

    Args:
        since: when the digest was made, or resumed: what was due before is not made up.
        sent_until: the end of the last period that was told of.
    """
    run = last_run(digest, now)
    if run is None or run < since or is_quiet(digest, now):
        return None
    period = period_of(digest, run)
    told = sent_until is not None and period.end <= sent_until
    return None if told or not period.length else period


def latest(digest: Digest, now: datetime) -> Window:
    """The last period that is over. Raises BadRequest if there was none yet."""
    run = last_run(digest, now) if digest.every == "cron" else now
    if run is None:
        raise BadRequest(f"{digest.cron!r} never was due.")
    return period_of(digest, run)


def period_of(digest: Digest, run: datetime) -> Window:
    """What a digest tells of that is due at `run`: the last day, week or month then over."""
    if digest.every == "cron":
        before = next(_runs_back(digest, run - timedelta(seconds=1)), run)
        return Window(before, run)
    today = run.astimezone(digest.zone).date()
    end = {
        "day": today,
        "week": today - timedelta(days=today.weekday()),
        "month": today.replace(day=1),
    }[digest.every]
    return Window(midnight(_before(digest.every, end), digest.zone), midnight(end, digest.zone))


def _before(every: Every, end: date) -> date:
    if every == "month":
        return (end - timedelta(days=1)).replace(day=1)
    return end - timedelta(days=7 if every == "week" else 1)


def is_quiet(digest: Digest, now: datetime) -> bool:
    """Whether nobody is to be disturbed at `now`."""
    start, end = digest.quiet_from, digest.quiet_until
    if start is None or end is None:
        return False
    shown = now.astimezone(digest.zone).time()
    return start <= shown < end if start < end else shown >= start or shown < end


def _runs_back(digest: Digest, now: datetime) -> Iterator[datetime]:
    """The moments at which it is due, from `now` back."""
    local = (now + timedelta(seconds=1)).astimezone(digest.zone)
    for run in CronSim(_line(digest), local, reverse=True):
        if run <= now:
            yield run


def _line(digest: Digest) -> str:
    clock = f"{digest.at.minute} {digest.at.hour}"
    return {
        "day": f"{clock} * * *",
        "week": f"{clock} * * 1",
        "month": f"{clock} 1 * *",
        "cron": digest.cron,
    }[digest.every]
