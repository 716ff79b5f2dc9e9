"""GET /api/v1/metrics and /api/v1/metrics/{name}: the figures that the pages show."""

from typing import Any

from sqlalchemy import Connection

from cdrstats.accounts import Scope
from cdrstats.choices import NAMED, filters_of, names, period_of, zone_of
from cdrstats.errors import BadRequest, NotFound
from cdrstats.metrics import METRICS, Metric
from cdrstats.traffic import STEPS, Question, measure
from cdrstats.web.api.filtering import FILTERS, PERIOD, check_order
from cdrstats.web.api.operations import Asked, Operation, Parameter

MOST = 20_000
"""Rows of an answer."""

BY = {**NAMED, "dialcode": "dialcode_id", "accountcode": "accountcode"}
"""What figures can be split by, and the column of a call that it is."""

TOLD = {
    "name": {"type": "string"},
    "label": {"type": "string"},
    "unit": {"type": "string"},
    "definition": {"type": "string"},
}
VALUE = {"type": ["integer", "number", "string", "null"]}


def _listed(conn: Connection, asked: Asked) -> dict[str, Any]:
    scope = asked.viewer.scope
    return {"metrics": [_told(each) for each in METRICS.values() if scope.shows(each.name)]}


def _told(metric: Metric) -> dict[str, Any]:
    return {field: getattr(metric, field) for field in TOLD}


def _figure(conn: Connection, asked: Asked) -> dict[str, Any]:
    scope, params = asked.viewer.scope, asked.params
    metric = _metric(scope, params["name"][0])
    check_order(asked)
    zone = zone_of(params, asked.default_zone)
    named = names(conn, scope)
    keys = list(dict.fromkeys(params.get("by", ())))
    question = Question(
        period_of(params, zone, asked.now).window,
        tuple(BY[key] for key in keys),
        next(iter(params.get("step", ())), None),  # type: ignore[arg-type]
        zone,
        filters_of(scope, params, named),
        collapsed=params.get("collapsed", ["no"])[0] == "yes",
    )
    answers = measure(conn, scope, question, [metric.name])
    if len(answers) > MOST:
        raise BadRequest(f"This has more than {MOST:,} rows: ask for longer steps, or less.")
    rows = []
    for one in answers:
        row: dict[str, Any] = {} if one.at is None else {"start": one.at.astimezone(zone)}
        for key, value in zip(keys, one.key, strict=True):
            known = named.of(BY[key]) if named.has(BY[key]) else {}
            row[key] = known.get(int(value), value) if known else value
        rows.append({**row, "value": one.of(metric)})
    return {
        "metric": _told(metric),
        "from": question.window.start,
        "to": question.window.end,
        "zone": zone.key,
        "rows": rows,
    }


def _metric(scope: Scope, name: str) -> Metric:
    """The figure. One that may not be seen is told as if there were none of that name."""
    if name not in METRICS or not scope.shows(name):
        raise NotFound(f"There is no figure {name!r}; /api/v1/metrics lists them.")
    return METRICS[name]


METRIC_LIST = Operation(
    "/metrics",
    "metrics",
    "Every figure, with its unit and its definition.",
    _listed,
    {
        "type": "object",
        "required": ["metrics"],
        "properties": {
            "metrics": {"type": "array", "items": {"type": "object", "properties": TOLD}}
        },
    },
)

METRIC = Operation(
    "/metrics/{name}",
    "metric",
    "A figure of the calls that started in a period, split and cut into steps if asked for. A"
    " figure over nothing is null; where there are no calls, there is no row.",
    _figure,
    {
        "type": "object",
        "required": ["metric", "from", "to", "zone", "rows"],
        "properties": {
            "metric": {"type": "object", "properties": TOLD},
            "from": {"type": "string", "format": "date-time"},
            "to": {"type": "string", "format": "date-time"},
            "zone": {"type": "string"},
            "rows": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["value"],
                    "properties": {
                        "start": {"type": "string", "format": "date-time"},
                        **{key: {"type": ["integer", "string"]} for key in BY},
                        "value": VALUE,
                    },
                },
            },
        },
    },
    (
        *PERIOD,
        *FILTERS,
        Parameter("by", "Split by.", {"type": "string", "enum": list(BY)}, several=True),
        Parameter(
            "step",
            "Cut into steps of the clocks of `zone`.",
            {"type": "string", "enum": list(STEPS)},
        ),
        Parameter(
            "collapsed",
            "Whether retries and legs are one call.",
            {"type": "string", "enum": ["yes", "no"], "default": "no"},
        ),
    ),
    (Parameter("name", "Its name.", {"type": "string", "enum": list(METRICS)}),),
)
