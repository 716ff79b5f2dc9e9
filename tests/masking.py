"""A call whose numbers are to be masked, and somebody who does not see them in full."""

import re
from datetime import UTC, datetime

from sqlalchemy import Engine, insert, select

from cdrstats import aggregates
from cdrstats.accounts import (
    Scope,
    Viewer,
    sessions,
)
from cdrstats.accounts.gate import vouched
from cdrstats.accounts.permissions import PERMISSIONS
from cdrstats.accounts.tokens import id_of
from cdrstats.db.schema import (
    bad_line,
    call_part,
    cdr_import,
    permission_group,
    person,
    person_group,
    saved_view,
)

from .factories import add_call
from .people import signed_in_as

CALLER, CALLED = "34699007391", "442071838264"
KEPT_BACK = re.compile("07391|38264")
SHOWN = ("3469900xxxx", "44207183xxxx")
MASKED = Scope(None, frozenset({"data", "channel"}), 4)


def nobody(*_: object, **__: object) -> None:
    """A note that the test does not look at."""


def fill(engine: Engine) -> None:
    """A call with its numbers wherever it can have them, and rows that did not get in."""
    with engine.begin() as conn:
        record = {"caller_id_number": CALLER, "destination_number": CALLED, "callid": "m"}
        conn.execute(
            insert(cdr_import).values(
                **record, id=1, extradata={"to": CALLED}, channel=CALLER, outcome="call"
            )
        )
        refused = {"id": 2, "outcome": "rejected", "reason": f"no start of {CALLED}"}
        conn.execute(insert(cdr_import).values(**record, **refused, imported=True))
        line = {"file_id": 1, "line": 1, "reason": f"cannot read {CALLER}", "text": CALLED}
        conn.execute(insert(bad_line).values(line))
        part = {"file_id": 1, "line": 2, "source": "kamailio_acc", "switch_id": 0}
        data = {"src_user": CALLER, "dst_user": CALLED}
        conn.execute(insert(call_part).values(**part, switch="p", key="m", data=data))
        add_call(
            conn,
            **record,
            dedup_key="7" * 32,
            caller_id_name=CALLER,
            destination_e164=CALLED,
            channel=f"SIP/{CALLER}-1",
            data={"to": CALLED},
            billsec=60,
            import_id=1,
            direction=2,
            country_id=826,
            dialcode_id=44,
            buy_cost=1,
            sell_cost=2,
        )
        kept = {"owner": "x", "shared": True, "page": "calls", "name": "theirs"}
        query = f"where=caller+number+equals+{CALLER}"
        conn.execute(insert(saved_view).values(**kept, query=query))
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


def masked_person(engine: Engine, *without: str) -> str:
    """The token of somebody who may do everything but see numbers in full."""
    with engine.begin() as conn:
        token = signed_in_as(conn, "fin", "finance")
        may = sorted({*PERMISSIONS} - {"numbers", *without})
        made = insert(permission_group).values(name="all but numbers", permissions=may)
        group = conn.execute(made.returning(permission_group.c.id)).scalar_one()
        id_ = conn.execute(select(person.c.id).where(person.c.name == "fin")).scalar_one()
        conn.execute(insert(person_group).values(person_id=id_, group_id=group))
    return token


def word_of(token: str) -> str:
    return vouched(id_of(token))


def looking(engine: Engine, token: str, now: datetime | None = None) -> Viewer:
    with engine.connect() as conn:
        found = sessions.viewer_of(conn, id_of(token), now or datetime.now(UTC))
    assert found is not None
    return found
