"""The parameters by which calls are chosen: those that the pages have in their addresses."""

from cdrstats.choices import NAMED, PRESETS, RESULTS, instant, read, zone_of
from cdrstats.errors import BadRequest
from cdrstats.web.api.operations import Asked, Parameter

PERIOD = (
    Parameter(
        "period",
        "A period up to now, or `Custom` with `from` and `to`.",
        {"type": "string", "enum": list(PRESETS), "default": "24h"},
    ),
    Parameter(
        "from",
        "The first moment of a custom period, on the clocks of `zone`: 2026-03-10T00:00.",
    ),
    Parameter("to", "Its end, which is not in it."),
    Parameter("zone", "An IANA time zone; the installation's if it is not given."),
)
FILTERS = (
    *(Parameter(name, f"The name of a {name}.", several=True) for name in NAMED),
    Parameter("result", "How calls ended.", {"type": "string", "enum": list(RESULTS)}),
    Parameter(
        "where",
        "A condition, as the pages write it: `caller number begins 34` or `talk time > 60`.",
        several=True,
    ),
    Parameter("asof", "A data cut-off, from a link of the pages."),
)


def check_order(asked: Asked) -> None:
    """Raise BadRequest for a period that ends before it starts, which pages turn round."""
    zone = zone_of(asked.params, asked.default_zone)
    given = [next(iter(asked.params.get(key, ())), None) for key in ("from", "to")]
    start, end = (instant(read(each, zone), zone) if each else None for each in given)
    if start and end and end < start:
        raise BadRequest(f"to, {given[1]}, lies before from, {given[0]}.")
