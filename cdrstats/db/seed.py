"""Rows that every installation has: names of what calls are counted by, risks, and the zeros.

Only what is missing is added. Operators may edit these rows, and an upgrade keeps their edits.
"""

import csv
from importlib import resources
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert

from cdrstats.db.schema import (
    carrier,
    country,
    customer,
    dialcode,
    hangup_cause,
    high_risk_prefix,
    jobs_state,
    source_type,
    switch,
)

SOURCE_TYPES = {
    0: "Unknown",
    1: "CSV",
    2: "API",
    3: "FreeSWITCH",
    4: "Asterisk",
    5: "Yate",
    6: "Kamailio",
    7: "OpenSIPS",
    8: "Sipwise",
    9: "Veraz",
}


def seed(conn: Connection) -> None:
    """Add the dimension rows that are not there yet."""
    _add(conn, source_type, [{"id": id_, "name": name} for id_, name in SOURCE_TYPES.items()])
    _add(conn, switch, [{"id": 0, "name": "Unknown"}])
    _add(conn, carrier, [{"id": 0, "name": "Unknown"}])
    _add(conn, customer, [{"id": 0, "name": "Unassigned"}])
    _add(conn, jobs_state, [{"id": 1}])
    _add(conn, hangup_cause, shipped("hangup_causes"))
    _add(conn, country, shipped("countries"))
    _add(conn, dialcode, shipped("dialcodes"))
    _add(conn, high_risk_prefix, shipped("high_risk_prefixes"))


def _add(conn: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    conn.execute(insert(table).on_conflict_do_nothing(), rows)


def shipped(name: str) -> list[dict[str, Any]]:
    """The rows of `data/<name>.csv`, as every installation gets them."""
    path = resources.files("cdrstats.db").joinpath("data", f"{name}.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    flags = {"true": True, "false": False}
    return [{key: flags.get(value, value) for key, value in row.items()} for row in rows]
