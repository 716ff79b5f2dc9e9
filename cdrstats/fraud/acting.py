"""What webhooks are told of a case, so that a switch can block: all of it, for programs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from cdrstats import mail
from cdrstats.fraud import store
from cdrstats.fraud.rules import rule_named
from cdrstats.fraud.store import Case


def tell_opened(conn: Connection, case: Case, links_begin: str, now: datetime) -> int:
    """Tell of a case that was opened, once; return how many webhooks are told."""
    occasion = f"fraud {case.id} opened"
    told = _data(conn, case) | {"link": f"{links_begin}/fraud?case={case.id}"}
    return mail.queue_event(conn, occasion, "fraud.case.opened", told, now)


def label(
    conn: Connection,
    case_id: int,
    given: str,
    by: str,
    why: str,
    now: datetime,
    until: datetime | None = None,
) -> Case:
    """Say what a case is, as `store.label`; webhooks are told, which may unblock by it."""
    case = store.label(conn, case_id, given, by, why, now, until)
    _tell_labelled(conn, case, now)
    return case


def _tell_labelled(conn: Connection, case: Case, now: datetime) -> int:
    occasion = f"fraud {case.id} {case.label} {now.isoformat()}"
    until = case.ignored_until
    told = _data(conn, case) | {
        "label": case.label,
        "reason": case.label_reason,
        "by": case.labelled_by,
        "ignored_until": None if until is None else until.isoformat(),
    }
    return mail.queue_event(conn, occasion, "fraud.case.labelled", told, now)


def _data(conn: Connection, case: Case) -> dict[str, Any]:
    """What is known of a case; numbers in full, for what is to be blocked must be known."""
    return {
        "case": case.id,
        "rule": case.rule,
        "title": rule_named(case.rule).title,
        "score": case.score,
        "customer": store.customer_name(conn, case.user_id),
        "customer_id": case.user_id or None,
        "key": case.key,
        "first_call": case.first_call.isoformat(),
        "last_call": case.last_call.isoformat(),
        "calls": case.calls,
        "talk_s": case.billsec,
        "cost": str(case.cost),
        "cost_per_hour": str(case.cost_per_hour),
        "reasons": case.reasons,
        "facts": case.facts,
    }
