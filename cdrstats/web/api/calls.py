"""GET /api/v1/calls: the calls of a search, by keyset."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from cdrstats.calls import Cursor, page
from cdrstats.choices import ORDERS, SORTS, names, search_of
from cdrstats.web.api.filtering import FILTERS, PERIOD, check_order
from cdrstats.web.api.operations import Asked, Operation, Parameter, whole

MOST = 1000

FIELDS: dict[str, dict[str, Any]] = {
    "starting_date": {"type": "string", "format": "date-time"},
    "dedup_key": {"type": "string", "format": "uuid"},
    "callid": {"type": "string"},
    "caller_id_number": {"type": "string"},
    "caller_id_name": {"type": "string"},
    "destination_number": {"type": "string"},
    "destination_e164": {"type": "string"},
    "country_id": {"type": "integer"},
    "country": {"type": ["string", "null"]},
    "dialcode_id": {"type": "integer"},
    "dialcode": {"type": ["string", "null"]},
    "switch_id": {"type": "integer"},
    "switch": {"type": ["string", "null"]},
    "user_id": {"type": "integer"},
    "customer": {"type": ["string", "null"]},
    "carrier_id": {"type": "integer"},
    "carrier": {"type": ["string", "null"]},
    "accountcode": {"type": "string"},
    "direction": {"type": "integer"},
    "call_type": {"type": "integer"},
    "answered": {"type": "boolean"},
    "answered_at": {"type": ["string", "null"], "format": "date-time"},
    "hangup_cause_id": {"type": "integer"},
    "hangup_cause": {"type": ["string", "null"]},
    "sip_status": {"type": ["integer", "null"]},
    "duration": {"type": "integer"},
    "billsec": {"type": "integer"},
    "billed_s": {"type": ["integer", "null"]},
    "pdd_ms": {"type": ["integer", "null"]},
    "mos": {"type": ["string", "null"]},
    "buy_rate": {"type": "string"},
    "buy_cost": {"type": "string"},
    "sell_rate": {"type": "string"},
    "sell_cost": {"type": "string"},
    "channel": {"type": "string"},
}
"""What is told of a call; those that one may not see are not there."""


def _calls(conn: Connection, asked: Asked) -> dict[str, Any]:
    scope = asked.viewer.scope
    named = names(conn, scope)
    check_order(asked)
    search = search_of(scope, asked.params, named, asked.now, asked.default_zone)
    shown = tuple(field for field in FIELDS if scope.shows(field))
    after = next(iter(asked.params.get("after", ())), None)
    found = page(
        conn,
        scope,
        replace(search, columns=shown),
        whole(asked, "limit", 100, 1, MOST),
        Cursor.parse(after) if after else None,
    )
    return {
        "calls": [{field: row[field] for field in shown} for row in found.rows],
        "next": found.next.text() if found.next else None,
    }


CALLS = Operation(
    "/calls",
    "calls",
    "The calls of a period, the newest first, a page at a time: give `next` as `after`.",
    _calls,
    {
        "type": "object",
        "required": ["calls", "next"],
        "properties": {
            "calls": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["starting_date", "dedup_key"],
                    "properties": FIELDS,
                },
            },
            "next": {"type": ["string", "null"]},
        },
    },
    (
        *PERIOD,
        *FILTERS,
        Parameter("sort", "", {"type": "string", "enum": list(SORTS), "default": "Start"}),
        Parameter("order", "", {"type": "string", "enum": list(ORDERS)}),
        Parameter(
            "limit",
            "Calls of a page.",
            {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100},
        ),
        Parameter("after", "The `next` of the page before."),
    ),
)
