"""The parameters of a URL as what queries take.

Pages gather the parameters from their controls, the export route from its query string.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from cdrstats.accounts import Scope
from cdrstats.calls import Search
from cdrstats.choices import where
from cdrstats.choices.names import Names
from cdrstats.choices.period import PRESETS, Period, period, read
from cdrstats.errors import BadRequest
from cdrstats.filters import CutOff, Filters, check, check_numbers

Params = Mapping[str, Sequence[str]]
"""Every parameter with all its values, as texts."""

NAMED = {
    "switch": "switch_id",
    "country": "country_id",
    "customer": "user_id",
    "carrier": "carrier_id",
    "cause": "hangup_cause_id",
    "direction": "direction",
    "type": "call_type",
    "source": "cdr_source_type",
}
"""Parameter -> the column of a call whose names it gives."""

KINDS = {"Busy": "busy", "No answer": "no_answer", "Failed": "failed"}
RESULTS = ("Answered", *KINDS)
SORTS = {
    "Start": "starting_date",
    "Duration": "duration",
    "Talk time": "billsec",
    "Post-dial delay": "pdd_ms",
    "Caller number": "caller_id_number",
    "Destination": "destination_number",
    "Account code": "accountcode",
    "Buy cost": "buy_cost",
    "Sell cost": "sell_cost",
}
ORDERS = ("Descending", "Ascending")
COLUMNS = {
    "Start": "starting_date",
    "Caller number": "caller_id_number",
    "Caller name": "caller_id_name",
    "Destination": "destination_number",
    "International number": "destination_e164",
    "Country": "country",
    "Switch": "switch",
    "Customer": "customer",
    "Carrier": "carrier",
    "Account code": "accountcode",
    "Direction": "direction",
    "Call type": "call_type",
    "Answered": "answered",
    "Hangup cause": "hangup_cause_id",
    "Duration": "duration",
    "Talk time": "billsec",
    "Post-dial delay": "pdd_ms",
    "Buy cost": "buy_cost",
    "Sell cost": "sell_cost",
    "Buy rate": "buy_rate",
    "Sell rate": "sell_rate",
    "Authorized": "authorized",
    "Source": "source_type",
    "Dial code": "dialcode",
    "Channel": "channel",
    "Call id": "callid",
}
"""What a table of calls can show, by its heading."""
NO_CAUSE = -1
"""An id that no cause has."""


def one(params: Params, key: str) -> str | None:
    """The first value of a parameter; None if it is not given."""
    return next(iter(params.get(key, ())), None)


def zone_of(params: Params, default: str) -> ZoneInfo:
    """The time zone; `default` is an IANA name."""
    name = one(params, "zone") or default
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as exc:
        raise BadRequest(f"There is no time zone {name!r}.") from exc


def period_of(params: Params, zone: ZoneInfo, now: datetime) -> Period:
    """The period; the last 24 hours if none is given."""
    preset = one(params, "period") or "24h"
    if preset not in PRESETS:
        raise BadRequest(f"There is no period {preset!r}.")
    return period(preset, now, zone, _local(params, "from", zone), _local(params, "to", zone))


def _local(params: Params, key: str, zone: ZoneInfo) -> datetime | None:
    given = one(params, key)
    return read(given, zone) if given else None


def filters_of(scope: Scope, params: Params, names: Names) -> Filters:
    """All that the parameters filter by.

    Raises:
        BadRequest: for a name that nothing has, and for what `scope` may not see: left out,
            everything would be shown.
    """
    chosen: dict[str, list[int | str]] = {}
    for key, column in NAMED.items():
        ids = {name: id_ for id_, name in names.of(column).items()}
        for name in params.get(key, ()):
            if name not in ids:
                raise BadRequest(f"There is no {key} called {name!r}.")
            chosen.setdefault(column, []).append(ids[name])
    conditions = where.parse(list(params.get("where", ())))
    filters = replace(
        Filters.by_column(chosen),
        dialcode_ids=tuple(conditions.dialcode_ids),
        texts=tuple(conditions.texts),
        comparisons=tuple(conditions.comparisons),
        authorized=conditions.authorized,
        counted=one(params, "counted"),
        cut_off=CutOff.parse(cut) if (cut := one(params, "asof")) else None,
    )
    check(scope, filters.columns())
    check_numbers(scope, filters.texts)
    result = one(params, "result")
    return _with_result(filters, result, names) if result else filters


def headings_of(scope: Scope, params: Params) -> list[str]:
    """The columns that are asked for, as far as `scope` may see them."""
    given = params.get("columns", ())
    return [name for name in given if name in COLUMNS and scope.shows(COLUMNS[name])]


def search_of(
    scope: Scope, params: Params, names: Names, now: datetime, default_zone: str
) -> Search:
    """The search for calls that the parameters describe.

    Columns that `scope` may not see are left out, and an order by one is that by time.

    Raises:
        BadRequest: a parameter makes no sense; the sentence says which.
    """
    zone = zone_of(params, default_zone)
    order = SORTS.get(one(params, "sort") or "Start", "starting_date")
    search = Search(
        window=period_of(params, zone, now).window,
        filters=filters_of(scope, params, names),
        order=order if scope.shows(order) else "starting_date",
        descending=one(params, "order") != "Ascending",
    )
    columns = tuple(COLUMNS[heading] for heading in headings_of(scope, params))
    return replace(search, columns=columns) if columns else search


def _with_result(filters: Filters, result: str, names: Names) -> Filters:
    """`filters` narrowed to the calls of this result; unanswered, it lies in the cause."""
    if result == "Answered":
        return replace(filters, answered=True)
    if result not in KINDS:
        raise BadRequest(f"There is no result {result!r}.")
    causes = {id_ for id_, kind in names.kinds.items() if kind == KINDS[result]}
    if filters.hangup_cause_ids:
        causes &= set(filters.hangup_cause_ids)
    return replace(
        filters, answered=False, hangup_cause_ids=tuple(sorted(causes)) or (NO_CAUSE,)
    )
