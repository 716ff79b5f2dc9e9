"""GET /api/v1/customers and /api/v1/switches: what calls are of, by keyset."""

from typing import Any

from sqlalchemy import Connection, Select, func, select

from cdrstats.db.schema import account_code, customer, source_type, switch
from cdrstats.web.api.operations import Asked, Operation, Parameter, whole

MOST = 1000
LARGEST_ID = 2_147_483_647

PAGE = (
    Parameter(
        "limit",
        "Rows of a page.",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100},
    ),
    Parameter(
        "after",
        "The `next` of the page before.",
        {"type": "integer", "minimum": 0, "maximum": LARGEST_ID},
    ),
)


def _page(conn: Connection, asked: Asked, query: Select[Any], kind: str) -> dict[str, Any]:
    """The rows whose id comes after the last of the page before."""
    size = whole(asked, "limit", 100, 1, MOST)
    after = whole(asked, "after", 0, 0, LARGEST_ID)
    id_ = query.selected_columns["id"]
    rows = conn.execute(query.where(id_ > after).order_by(id_).limit(size + 1)).mappings().all()
    found = [{str(key): row[key] for key in row} for row in rows[:size]]
    return {kind: found, "next": found[-1]["id"] if len(rows) > size else None}


def _customers(conn: Connection, asked: Asked) -> dict[str, Any]:
    codes = (
        select(func.array_agg(account_code.c.accountcode))
        .where(account_code.c.customer_id == customer.c.id)
        .scalar_subquery()
    )
    query = select(
        *(customer.c[each] for each in ("id", "name", "currency", "timezone", "language")),
        func.coalesce(codes, []).label("account_codes"),
    )
    covered = asked.viewer.scope.covers(customer.c.id)
    return _page(conn, asked, query.where(covered), "customers")


def _switches(conn: Connection, asked: Asked) -> dict[str, Any]:
    query = select(
        switch.c.id, switch.c.name, source_type.c.name.label("source"), switch.c.timezone
    ).outerjoin(source_type, source_type.c.id == switch.c.cdr_source_type)
    return _page(conn, asked, query, "switches")


def _schema(kind: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": [kind, "next"],
        "properties": {
            kind: {
                "type": "array",
                "items": {"type": "object", "required": list(fields), "properties": fields},
            },
            "next": {"type": ["integer", "null"]},
        },
    }


TEXT = {"type": "string"}
ID = {"type": "integer"}

CUSTOMERS = Operation(
    "/customers",
    "customers",
    "The customers whose calls one sees.",
    _customers,
    _schema(
        "customers",
        {
            "id": ID,
            "name": TEXT,
            "currency": TEXT,
            "timezone": TEXT,
            "language": TEXT,
            "account_codes": {"type": "array", "items": TEXT},
        },
    ),
    PAGE,
)
SWITCHES = Operation(
    "/switches",
    "switches",
    "The switches whose calls one sees.",
    _switches,
    _schema(
        "switches",
        {"id": ID, "name": TEXT, "source": {"type": ["string", "null"]}, "timezone": TEXT},
    ),
    PAGE,
)
