"""What the windows of a rule held: few questions for many windows, in the owner's scope."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import Connection

from cdrstats.accounts import Scope
from cdrstats.alarms.checking import check
from cdrstats.alarms.rules import CHANGES, CONCURRENCY, USUAL, Rule, Seen, is_ratio
from cdrstats.alarms.windows import Calendar, compared, reach, step_of, windows_of
from cdrstats.analysis import WEEKS, Mark, clock_of, marks, with_history
from cdrstats.choices import NAMED, Names, filters_of, names
from cdrstats.clock import Window
from cdrstats.concurrency import held_at, peaks
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters
from cdrstats.filters import check as check_seen
from cdrstats.metrics import METRICS, Number, Parts, total
from cdrstats.saved import normalised
from cdrstats.statistics import deviation, wilson
from cdrstats.traffic import Answer, Key, Question, ask, measure, series

FILTERS = frozenset({*NAMED, "where", "counted", "result"})
PERIODS = frozenset({"period", "from", "to", "zone", "asof"})
"""Of a page's address a rule keeps the filters; when, is its own affair."""

AT_ONCE = timedelta(days=7)
"""So much is read in one question where calls are read one by one."""

MOST_CONTRIBUTORS = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked rule, whose calls it may see, and which calls it is about."""

    rule: Rule
    scope: Scope
    filters: Filters
    part: Filters | None  # of a share
    names: Names


@dataclass(frozen=True, slots=True)
class Contributor:
    """One of those that have most to do with what a window held."""

    name: str
    calls: int
    value: float | None


def filter_query(query: str) -> str:
    """What a rule keeps of a page's address behind the ?: its filters, in one form.

    Raises:
        BadRequest: it is no such thing, or has something that is no filter: left out, the rule
            would watch other calls than whoever wrote it meant.
    """
    given = normalised(query)
    params = parse_qs(given, keep_blank_values=True)
    for name in params.keys() - FILTERS - PERIODS:
        raise BadRequest(
            f"A rule cannot filter by {name!r}; it can by {', '.join(sorted(FILTERS))}."
        )
    kept = [pair for pair in given.split("&") if pair.partition("=")[0] in FILTERS]
    return "&".join(kept)


def understood(conn: Connection, scope: Scope, rule: Rule) -> Asked:
    """What `rule` asks about, of what `scope` may see.

    Raises:
        BadRequest: it makes no sense, names what does not exist, or what may not be seen.
    """
    check(rule)
    known = names(conn, scope)
    check_seen(scope, [rule.metric, *rule.figure.parts, rule.split])
    filters, part = (_filters(scope, query, known) for query in (rule.query, rule.part))
    return Asked(rule, scope, filters, part if rule.part else None, known)


def _filters(scope: Scope, query: str, known: Names) -> Filters:
    params = parse_qs(filter_query(query), keep_blank_values=True)
    return filters_of(scope, params, known)


def seen_in(
    conn: Connection, asked: Asked, windows: Sequence[Window], calendar: Calendar
) -> list[Seen]:
    """What each of `windows` held, which follow each other without a gap.

    Raises:
        BadRequest: percentiles that nothing can give.
        TookTooLong: where calls are read one by one.
    """
    if not windows:
        return []
    if asked.rule.condition in USUAL:
        return _beside_the_usual(conn, asked, windows, calendar)
    rule = asked.rule
    first = windows_of(rule, Window(windows[0].start - reach(rule), windows[-1].end))
    line = list(zip(first, _answers(conn, asked, first), strict=True))
    before = compared(rule, line) if rule.condition in CHANGES else {}
    found = {}
    for window, answer in line:
        seen = _seen(asked, window, answer)
        other = before.get(window.start)
        if other is not None and calendar.is_ordinary(rule, other[0]):
            figure = _float(answer_of(asked, other[1]))
            seen = replace(seen, previous=figure, previous_calls=other[1].parts.calls)
        found[window.start] = seen
    return [found[window.start] for window in windows]


def _seen(asked: Asked, window: Window, answer: Answer) -> Seen:
    rule, parts = asked.rule, answer.parts
    bounds = None
    if rule.by_chance and rule.figure.bottom is not None:
        found = wilson(int(rule.figure.top(parts)), int(rule.figure.bottom(parts)))
        bounds = None if found is None else (found[0] * 100, found[1] * 100)
    return Seen(window, _float(answer_of(asked, answer)), parts.calls, bounds=bounds)


def answer_of(asked: Asked, answer: Answer) -> Number | None:
    """The rule's figure."""
    return answer.of(asked.rule.figure)


def _float(value: Number | None) -> float | None:
    return None if value is None else float(value)


def _answers(conn: Connection, asked: Asked, windows: Sequence[Window]) -> list[Answer]:
    """One answer for each of `windows`, which follow each other without a gap."""
    step = step_of(asked.rule.length)
    by_call = step == "minute" or asked.rule.figure.percentile is not None
    found: list[Answer] = []
    for some in _at_once(windows) if by_call else [list(windows)]:
        span = Window(some[0].start, some[-1].end)
        question = Question(span, step=step, zone=asked.rule.zone)
        line = series(_ask(conn, asked, question), question)[()]
        found += _in_fives(some, line) if step == "minute" else line
    return _with_peaks(conn, asked, found, [windows])


def _at_once(windows: Iterable[Window]) -> list[list[Window]]:
    """Windows in a row, parted so that each part is read in one question."""
    given = list(windows)
    first = given[0].start
    return [
        list(some)
        for _, some in groupby(given, lambda window: (window.start - first) // AT_ONCE)
    ]


def _in_fives(windows: Sequence[Window], minutes: Sequence[Answer]) -> list[Answer]:
    return [
        Answer(window.start, (), total(each.parts for each in minutes[5 * n : 5 * n + 5]))
        for n, window in enumerate(windows)
    ]


def _ask(conn: Connection, asked: Asked, question: Question) -> list[Answer]:
    """The answers to `question`, of the rule's calls.

    Of a share, what the part lets through counts as the answered calls of all. Of the calls at
    once these are only how many began.
    """
    rule = asked.rule
    question = replace(question, filters=asked.filters)
    if rule.metric in METRICS:
        return measure(
            conn, asked.scope, replace(question, parts=rule.figure.parts), [rule.metric]
        )
    asked_of_all = replace(question, parts=frozenset({"calls"}))
    if asked.part is None:
        return ask(conn, asked.scope, asked_of_all)
    part = replace(asked_of_all, filters=_both(asked.filters, asked.part))
    chosen = {(each.at, each.key): each.parts.calls for each in ask(conn, asked.scope, part)}
    return [
        each._replace(
            parts=Parts(calls=each.parts.calls, answered=chosen.get((each.at, each.key), 0))
        )
        for each in ask(conn, asked.scope, asked_of_all)
    ]


def _both(filters: Filters, part: Filters) -> Filters:
    """What both let through. Raises BadRequest where that cannot be said as one."""
    mine, theirs = filters.values(), part.values()
    one = {
        "counted": filters.counted or part.counted,
        "answered": filters.answered if part.answered is None else part.answered,
        "texts": (*filters.texts, *part.texts),
        "comparisons": (*filters.comparisons, *part.comparisons),
    }
    twice = {name for name in ("counted", "answered") if getattr(filters, name) is not None}
    if any(getattr(part, name) is not None for name in twice) or mine.keys() & theirs.keys():
        raise BadRequest("The part of a share filters by something else than its calls.")
    return replace(Filters.by_column(mine | theirs), **one)  # type: ignore[arg-type]


def _beside_the_usual(
    conn: Connection, asked: Asked, windows: Sequence[Window], calendar: Calendar
) -> list[Seen]:
    rule = asked.rule
    span = Window(windows[0].start, windows[-1].end)
    question = Question(span, step=step_of(rule.length), zone=rule.zone)
    longer = with_history(question)
    line = series(_ask(conn, asked, longer), longer)[()]
    line = _with_peaks(conn, asked, line, _same_times(rule, windows, longer.window))
    known = {answer.at: answer for answer in line}
    found = marks(rule.figure, question, line, span.end, calendar.holidays)
    seen = [_seen(asked, window, known[window.start]) for window in windows]
    return [
        replace(each, usual=mark.usual, z=_z(asked, mark, each.value))
        for each, mark in zip(seen, found, strict=True)
    ]


def _same_times(
    rule: Rule, windows: Sequence[Window], longer: Window
) -> Iterator[list[Window]]:
    """The windows within `longer` that `windows` are compared with, and these, as runs."""
    step = step_of(rule.length)
    clocks = [clock_of(each.start, step, rule.zone) for each in windows]
    wanted = {clock - timedelta(weeks=n) for clock in clocks for n in range(WEEKS + 1)}
    for is_wanted, run in groupby(
        windows_of(rule, longer),
        lambda each: clock_of(each.start, step, rule.zone) in wanted,
    ):
        if is_wanted:
            yield list(run)


def _with_peaks(
    conn: Connection, asked: Asked, answers: list[Answer], runs: Iterable[Sequence[Window]]
) -> list[Answer]:
    """The answers of a rule on calls at once with the peaks of `runs` of windows; any others
    as they are.
    """
    if asked.rule.metric != CONCURRENCY.name:
        return answers
    most: dict[datetime | None, int] = {
        window.start: peak.most
        for run in runs
        for window, peak in zip(run, peaks(conn, asked.scope, run, asked.filters), strict=True)
    }
    return [
        each._replace(parts=Parts(calls=each.parts.calls, longest=most.get(each.at, 0)))
        for each in answers
    ]


def _z(asked: Asked, mark: Mark, value: float | None) -> float | None:
    """How far off a window is; None if that cannot be said, or is of too few calls."""
    if mark.verdict == "few calls":
        return None
    silent = mark.verdict == "missing" and not is_ratio(asked.rule.figure)
    if silent and mark.usual is not None and mark.spread is not None:
        # A sum over no calls is 0; but calls that began before may be there at once.
        return deviation(value or 0.0, mark.usual, mark.spread)
    return mark.z


def contributors(conn: Connection, asked: Asked, window: Window) -> list[Contributor]:
    """Who has most to do with what a window held: by the figure, or by calls of a ratio."""
    rule = asked.rule
    answers = _ask(conn, asked, Question(window, by=(rule.split,)))
    if rule.metric == CONCURRENCY.name:
        answers = _at_the_peak(conn, asked, window, answers)
    ratio = is_ratio(rule.figure)

    def weight(answer: Answer) -> tuple[float, Key]:
        figure = answer.parts.calls if ratio else answer_of(asked, answer)
        return -float(figure or 0), answer.key

    return [
        Contributor(
            _name(asked, answer.key[0]),
            answer.parts.calls,
            _float(answer_of(asked, answer)),
        )
        for answer in sorted(answers, key=weight)[:MOST_CONTRIBUTORS]
    ]


def _at_the_peak(
    conn: Connection, asked: Asked, window: Window, answers: Iterable[Answer]
) -> list[Answer]:
    """Who held how many of the calls of a window's peak."""
    began = {each.key: each.parts.calls for each in answers}
    (peak,) = peaks(conn, asked.scope, [window], asked.filters)
    if peak.at is None:
        return []
    held = held_at(conn, asked.scope, peak.at, asked.rule.split, asked.filters)
    return [
        Answer(None, key, Parts(calls=began.get(key, 0), longest=calls))
        for key, calls in held.items()
    ]


def _name(asked: Asked, value: Any) -> str:
    column = asked.rule.split
    if not asked.names.has(column):
        return str(value)
    return str(asked.names.of(column).get(int(value), value))
