"""Rows for tests. Every column has a dull default; a test names what matters to it."""

import uuid
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, insert

from cdrstats.accounts import audit
from cdrstats.accounts.audit import Note
from cdrstats.db.schema import cdr_import, voip_cdr

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def noting(conn: Connection) -> Note:
    """What adds a line to the audit, of nobody in particular."""
    return partial(audit.note, conn, "tests")


def add_call(conn: Connection, **given: Any) -> dict[str, Any]:
    """Insert a call as mediation would, without noting its slot; return its columns."""
    call = {
        "starting_date": NOON,
        "dedup_key": uuid.uuid4(),
        "switch_id": 0,
        "user_id": 0,
        "country_id": 0,
        "hangup_cause_id": 16,
        "duration": 70,
        "billsec": 60,
        "answered": given.get("billsec", 60) > 0,
    } | given
    if call["answered"] and "answered_at" not in call:
        ring = timedelta(seconds=call["duration"] - call["billsec"])
        call["answered_at"] = call["starting_date"] + ring
    conn.execute(insert(voip_cdr), [call])
    return call


def add_staged(conn: Connection, **given: Any) -> int:
    """Insert a row into cdr_import as cdr-pusher would; return its id."""
    row = {
        "switch": "10.0.0.5",
        "cdr_source_type": 3,
        "callid": str(uuid.uuid4()),
        "caller_id_number": "1001",
        "caller_id_name": "Bob",
        "destination_number": "34650123456",
        "hangup_cause_id": 16,
        "duration": 55,
        "billsec": 50,
        "starting_date": NOON,
    } | given
    return int(conn.execute(insert(cdr_import).returning(cdr_import.c.id), [row]).scalar_one())
