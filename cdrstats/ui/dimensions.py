"""What a page's figures can be: which metric, split by what; and the way to a value's calls."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cdrstats import format
from cdrstats.choices import NAMED, dial_codes, where
from cdrstats.metrics import METRICS
from cdrstats.traffic import Step
from cdrstats.ui import bar, figures, filters, frame
from cdrstats.ui.bar import Asked
from cdrstats.ui.destinations import Value

DIMENSIONS = {
    "Switch": "switch_id",
    "Customer": "user_id",
    "Country": "country_id",
    "Carrier": "carrier_id",
    "Hangup cause": "hangup_cause_id",
    "Direction": "direction",
    "Call type": "call_type",
    "Source": "cdr_source_type",
    "Account code": "accountcode",
    "Dial code": "dialcode_id",
}
"""What figures can be split by, and the column of a call that it is."""

BY_LABEL = {metric.label: metric.name for metric in METRICS.values()}

_TEXTS = {
    "accountcode": "account code",
    "caller_id_number": "caller number",
    "destination_number": "destination",
}
"""The columns whose values are told by a condition, and what that calls them."""

_LABELS = {
    **{column: label for label, column in DIMENSIONS.items()},
    "caller_id_number": "Caller",
    "destination_number": "Called number",
}
_PARAMETERS = {column: parameter for parameter, column in NAMED.items()}
_DIAL_CODE = "dial code = "

Link = dict[str, str | list[str]]

Of = tuple[tuple[str, Value], ...]
"""What a figure is of: columns of a call, each with its value.

Its table is split by the last one, and narrowed by the others.
"""


def metric() -> str:
    """The select box of metrics, shared by all pages that show one; the metric's name."""
    offered = frame.offered(BY_LABEL)
    return offered[filters.choose("Metric", list(offered), "metric", box=True)]


def metric_ahead() -> str:
    """What `metric` will return further down the page."""
    return BY_LABEL[filters.stands_at(list(frame.offered(BY_LABEL)), "metric")]


def label_of(column: str) -> str:
    """What the pages call a column of calls: 'Country'."""
    return _LABELS[column]


def names_of(asked: Asked, column: str, values: Iterable[Value]) -> dict[Value, str]:
    """What people call the `values` of a column of calls, unknown ones too."""
    given = tuple(dict.fromkeys(values))
    if column == "dialcode_id":
        codes = frame.read(dial_codes, tuple(sorted(int(value) for value in given)))
        return {value: codes[int(value)] for value in given}
    if column in _TEXTS:
        nothing = "No account code" if column == "accountcode" else "Unknown"
        return {value: str(value) or nothing for value in given}
    known = asked.names.of(column)
    return {value: known.get(int(value), str(value)) for value in given}


def name_of(asked: Asked, column: str, value: Value) -> str:
    """What people call one value of a column of calls."""
    return names_of(asked, column, [value])[value]


def said(asked: Asked, column: str, value: Value) -> str:
    """What a figure is of, for Markdown: 'Country: Spain'."""
    return format.literal(f"{label_of(column)}: {name_of(asked, column, value)}")


def link(
    asked: Asked, column: str, value: Value, kept: Sequence[str] | None = None
) -> Link | None:
    """The parameters of a URL that narrow what a page shows to one value of a column.

    None if no filter can.

    Args:
        kept: the conditions that stand beside it; None: those of the page.
    """
    if parameter := _PARAMETERS.get(column):
        name = asked.names.of(column).get(int(value))
        return {parameter: [name]} if name else None
    if column == "dialcode_id":
        return _where(_DIAL_CODE, f"{_DIAL_CODE}{value}", kept)
    if (field := _TEXTS.get(column)) and (condition := where.equal(field, str(value))):
        return _where(f"{field} ", condition, kept)
    return None


def link_of(asked: Asked, of: Of) -> Link | None:
    """Like `link`, to several columns."""
    found: Link = {}
    for column, value in of:
        one = link(asked, column, value, found.get("where"))
        if one is None:
            return None
        found |= one
    return found


def of_each(column: str, values: Iterable[Value]) -> list[Of]:
    """What the rows are of in a table with a row for each value of a column."""
    return [((column, value),) for value in values]


def _where(like: str, condition: str, kept: Sequence[str] | None) -> Link:
    """The conditions that are set, with this one for others like it: those would be or-ed."""
    given = filters.values_of("where") if kept is None else kept
    return {"where": [*(one for one in given if not one.startswith(like)), condition]}


def to_calls(
    asked: Asked,
    column: str,
    value: Value,
    at: tuple[datetime, Step] | None = None,
    **more: str | list[str],
) -> None:
    """Lead to the calls of one value of a column; nowhere if no filter can tell them.

    Args:
        at: only of the step that begins at this local time.
        more: further parameters of the URL.
    """
    found = link(asked, column, value)
    if found is None:
        return
    if at is None:
        bar.to_calls(asked, **found, **more)
    else:
        start, step = at
        to_step(asked, start, step, **found, **more)


def to_step(asked: Asked, start: datetime, step: Step, **more: str | list[str]) -> None:
    """Lead to the calls of the step that begins at a local time, within the period."""
    span = figures.span_at(start, step, asked.zone)
    bar.to_calls_of(asked, span.within(asked.period.window), **more)
