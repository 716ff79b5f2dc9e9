"""What is marked on charts over time, as rows of the chart "time". Pure.

Steps that lie far off the weeks before, stretches without calls, and notes.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from cdrstats import analysis, format, notes
from cdrstats.clock import Window, as_local
from cdrstats.metrics import Metric
from cdrstats.traffic import Step
from cdrstats.ui import courses, figures
from cdrstats.ui.figures import Span

KINDS = {
    "note": ("Note", "#cc79a7"),
    "incident": ("Incident", "#d55e00"),
    "rule change": ("Rule changed", "#009e73"),
    "owner change": ("Owner changed", "#009e73"),
    "start over": ("Started over", "#009e73"),
    "file undone": ("File undone", "#009e73"),
    "import": ("Import", "#8a95a3"),
}
"""What each kind of mark is called, and its colour."""

OTHER_KINDS = "#8a95a3"

PERIODS = {"quarter": "quarter-hours", "hour": "hours", "day": "days"}


def silent(judged: Iterable[analysis.Mark], zone: ZoneInfo) -> set[datetime]:
    """The local starts of steps without calls where the weeks before have many."""
    return {as_local(mark.at, zone) for mark in judged if mark.verdict == "missing"}


def missing(judged: Sequence[analysis.Mark], step: Step, zone: ZoneInfo) -> pd.DataFrame:
    """The data set "missing": silent steps that follow each other are one stretch."""
    found: list[Span] = []
    for start in sorted(silent(judged, zone)):
        span = figures.span_at(start, step, zone)
        follows = found and found[-1].window.end == span.window.start
        found.append(found.pop().to(span) if follows else span)
    return pd.DataFrame(
        {
            "at": _times(span.start for span in found),
            "until": _times(span.end for span in found),
            "when": [_between(span) for span in found],
            "words": ["No calls, where the weeks before have many" for _ in found],
        }
    )


def unusual(
    judged: Iterable[analysis.Mark], metric: Metric, step: Step, zone: ZoneInfo
) -> pd.DataFrame:
    """The data set "unusual": what is high or low, with what would be usual."""
    found = [
        (figures.span_at(start, step, zone), mark)
        for mark in judged
        if mark.verdict in ("high", "low") and mark.value is not None
        for start in [as_local(mark.at, zone)]
    ]
    heights = [courses.drawn_at(metric, mark.value or 0) for _, mark in found]
    return pd.DataFrame(
        {
            "mid": _times(span.start + (span.end - span.start) / 2 for span, _ in found),
            "y": pd.Series(heights, dtype=float),
            "when": [figures.when(span, step) for span, _ in found],
            "words": [
                f"{mark.verdict.capitalize()}: {metric.written(mark.value)},"
                f" usually about {metric.written(mark.usual)}"
                for _, mark in found
            ],
        }
    )


def told(judged: Sequence[analysis.Mark], step: Step) -> str:
    """What was found, in words; '' where nothing was compared."""
    counted = [mark.verdict for mark in judged]
    if not any(verdict in ("usual", "high", "low", "missing") for verdict in counted):
        return ""
    striking = counted.count("high") + counted.count("low")
    lacking = counted.count("missing")
    found = [f"{striking} unusual (diamonds)"] if striking else []
    found += [f"{lacking} without calls (grey)"] if lacking else []
    return (
        f"Of the {PERIODS[step]}, beside the same of the eight weeks before:"
        f" {', '.join(found) or 'none is unusual'}."
    )


def noted(marks: Sequence[notes.Mark], window: Window, zone: ZoneInfo) -> pd.DataFrame:
    """The data set "notes": a mark that began before the window stands at its start."""
    starts = [as_local(max(mark.at, window.start), zone) for mark in marks]
    ends = [
        None if mark.until is None else as_local(min(mark.until, window.end), zone)
        for mark in marks
    ]
    return pd.DataFrame(
        {
            "at": _times(starts),
            "until": pd.to_datetime(pd.Series(ends, dtype=object), utc=True),
            "colour": [_kind(mark)[1] for mark in marks],
            "when": [_moments(mark, zone) for mark in marks],
            "words": [
                f"{_kind(mark)[0]}: {mark.words}" + (f" ({mark.author})" if mark.author else "")
                for mark in marks
            ],
        }
    )


def _kind(mark: notes.Mark) -> tuple[str, str]:
    return KINDS.get(mark.kind, (mark.kind.capitalize(), OTHER_KINDS))


def _times(local: Iterable[datetime]) -> pd.Series:
    """Local times stamped UTC, with their type also where there are none."""
    return pd.Series([moment.replace(tzinfo=UTC) for moment in local], dtype=_TIME)


_TIME = "datetime64[ns, UTC]"


def _between(span: Span) -> str:
    first, last = (f"{one:%a} {one.day} {one:%b %H:%M}" for one in (span.start, span.end))
    return f"{first} {format.NOTHING} {last}"


def _moments(mark: notes.Mark, zone: ZoneInfo) -> str:
    if mark.until is None:
        return format.moment(mark.at, zone)
    return f"{format.moment(mark.at, zone)} {format.NOTHING} {format.moment(mark.until, zone)}"
