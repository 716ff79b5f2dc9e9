"""What a digest tells of its period: few questions, each of the same calls. Read-only."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import parse_qs

from sqlalchemy import Connection

from cdrstats import alarms
from cdrstats.accounts import Scope, Viewer
from cdrstats.alarms import Event
from cdrstats.analysis import Mark, unusual
from cdrstats.choices import Names, country_codes, filters_of, names
from cdrstats.clock import Window, previous
from cdrstats.db.limits import TookTooLong
from cdrstats.digests.rules import PARTS, Digest
from cdrstats.filters import Filters
from cdrstats.metrics import METRICS, NOTHING, Metric, Parts, parts_for, total
from cdrstats.talkers import Talker
from cdrstats.talkers import top as top_talkers
from cdrstats.traffic import Answer, Question, Ranking, Step, ask, fitting_step, series, top

FIGURES = ("calls", "answered", "minutes", "asr", "acd", "ner")
MONEY = ("sell_cost", "buy_cost", "margin", "margin_percent")
TOP = 5
MOST_STEPS = 48
"""A day is drawn by its hours, a week and a month by their days."""

JUDGED: tuple[Step, ...] = ("quarter", "hour", "day")
"""Steps of which it is known what is usual."""

ALLOWED = {"countries": "countries", "talkers": "callers", "alarms": "alarms"}
"""The page that a part is of: who may not open it is not told of it by mail either."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What there is to tell. A part that is not wanted, or not allowed, is empty."""

    period: Window
    metrics: tuple[Metric, ...]
    now: Parts
    before: Parts
    step: Step
    line: Sequence[Answer]
    line_before: Sequence[Answer]
    names: Names
    codes: dict[int, str]  # of ISO 3166-1, of the countries that have one
    marks: Sequence[Mark] | None = None
    causes: Ranking | None = None
    countries: Ranking | None = None
    countries_before: dict[int, Parts] = field(default_factory=dict)
    talkers: Sequence[Talker] | None = None
    too_long: bool = False  # to know who called most
    events: Sequence[Event] = ()

    @property
    def codes_by_name(self) -> dict[str, str]:
        """The codes of countries by our names."""
        return {self.names.countries[each]: code for each, code in self.codes.items()}

    @property
    def is_news(self) -> bool:
        """Whether anything is not as in the period before."""
        struck = any(mark.verdict in ("high", "low", "missing") for mark in self.marks or ())
        return self.now != self.before or struck or bool(self.events)


def parts_of(digest: Digest, owner: Viewer | None) -> list[str]:
    """The parts that a digest has, of what its owner may see."""
    return [
        part
        for part in PARTS
        if part in digest.parts
        and (owner is None or part not in ALLOWED or owner.may(ALLOWED[part]))
    ]


def calls_of(conn: Connection, scope: Scope, digest: Digest, known: Names) -> Filters:
    """Which calls a digest is about.

    Raises:
        BadRequest: its view names what does not exist any more, or what may not be seen.
    """
    return filters_of(scope, parse_qs(digest.query, keep_blank_values=True), known)


def read(
    conn: Connection,
    scope: Scope,
    owner: Viewer | None,
    digest: Digest,
    period: Window,
    now: datetime,
) -> Contents:
    """What a digest tells of `period`, of what `scope` may see.

    Raises:
        BadRequest: as `calls_of`.
        TookTooLong: where calls are read one by one.
    """
    known = names(conn, scope)
    filters = calls_of(conn, scope, digest, known)
    wanted = parts_of(digest, owner)
    shown = tuple(METRICS[name] for name in (*FIGURES, *MONEY) if scope.shows(name))
    parts = parts_for(*(metric.name for metric in shown))
    step = fitting_step(period, MOST_STEPS)
    whole = Question(period, zone=digest.zone, filters=filters, parts=parts)
    before = replace(whole, window=previous(period, digest.zone))
    line, line_before = (
        series(ask(conn, scope, asked), asked)[()]
        for asked in (replace(each, step=step) for each in (whole, before))
    )
    found = Contents(
        period,
        shown,
        total(each.parts for each in line),
        total(each.parts for each in line_before),
        step,
        line,
        line_before,
        known,
        country_codes(conn),
    )
    if "unusual" in wanted and step in JUDGED:
        asked = replace(whole, step=step)
        found = replace(found, marks=unusual(conn, scope, "calls", asked, now)[()])
    if "causes" in wanted:
        asked = replace(whole, by=("hangup_cause_id",), parts=parts_for("calls"))
        found = replace(found, causes=top(ask(conn, scope, asked), TOP))
    if "countries" in wanted:
        asked = replace(whole, by=("country_id",))
        leading = top(ask(conn, scope, asked), TOP)
        earlier = replace(before, by=("country_id",), parts=parts_for("calls"))
        then = {int(each.key[0]): each.parts for each in ask(conn, scope, earlier)}
        found = replace(found, countries=leading, countries_before=then)
    if "talkers" in wanted and found.now.calls:
        found = _with_talkers(conn, scope, found, filters)
    if "alarms" in wanted:
        found = replace(found, events=_events(conn, owner, period))
    return found


def _with_talkers(
    conn: Connection, scope: Scope, found: Contents, filters: Filters
) -> Contents:
    try:
        leading = top_talkers(conn, scope, found.period, filters, "caller", count=TOP)
    except TookTooLong:  # all else is told
        return replace(found, too_long=True)
    return replace(found, talkers=leading.leaders)


def _events(conn: Connection, owner: Viewer | None, period: Window) -> list[Event]:
    """What people were to be told of alarms whose window ended in the period."""
    rules = alarms.list_rules(conn, owner)
    told = alarms.events(conn, rules, period.start)
    return [each for each in told if period.start < each.window.end <= period.end]


def nothing_in(parts: Parts) -> bool:
    """Whether there is no call."""
    return parts.calls == NOTHING.calls
