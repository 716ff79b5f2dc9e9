"""How calls are counted into parts: one definition for roll-ups, figures and lists of calls.

The parts are those of `cdrstats.metrics.Parts`; definitions: docs/definitions.md.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, func, not_, or_, select

from cdrstats.db.schema import hangup_cause

Condition = ColumnElement[bool]

SHORT_S = (1, 6)
"""An answered call of so many seconds is a short one (SDR)."""

GIVEN_UP = (16, 487)
"""Causes of a call that the caller gives up: Q.850 16, and FreeSWITCH's ORIGINATOR_CANCEL."""

CHALLENGED = (401, 402, 407)
EFFECTIVE = (200, 480, 486, 600, 603)
FAILED = (408, 500, 503, 504)
"""SIP statuses as RFC 6076 counts them."""

DELIVERING = select(hangup_cause.c.id).where(hangup_cause.c.delivered)
BLOCKING = select(hangup_cause.c.id).where(
    hangup_cause.c.blocked, hangup_cause.c.delivered.is_(False)
)
"""A call that was delivered has had a circuit, whatever is marked."""
MARKED = select(hangup_cause.c.id).where(or_(hangup_cause.c.delivered, hangup_cause.c.blocked))

CONDITIONS: dict[str, Callable[[Any], Condition]] = {
    "answered": lambda call: call.answered,
    "delivered": lambda call: or_(call.answered, call.hangup_cause_id.in_(DELIVERING)),
    "cancelled": lambda call: and_(
        not_(call.answered),
        call.hangup_cause_id.in_(GIVEN_UP),
        or_(call.pdd_ms.is_not(None), call.progresssec.is_not(None)),
        call.hangup_cause_id.not_in(MARKED),  # else it was delivered, or had no circuit
    ),
    "delivered_extended": lambda call: or_(
        CONDITIONS["delivered"](call), CONDITIONS["cancelled"](call)
    ),
    "short": lambda call: and_(call.answered, call.billsec.between(*SHORT_S)),
    "blocked": lambda call: and_(not_(call.answered), call.hangup_cause_id.in_(BLOCKING)),
    "seized": lambda call: or_(call.answered, call.hangup_cause_id.not_in(BLOCKING)),
    "billed_calls": lambda call: call.billed_s.is_not(None),
    "pdd_calls": lambda call: call.pdd_ms.is_not(None),
    "mos_calls": lambda call: call.mos.is_not(None),
    "invites": lambda call: call.sip_status.is_not(None),
    "sip_ok": lambda call: call.sip_status == 200,
    "sip_redirected": lambda call: call.sip_status.between(300, 399),
    "sip_direct": lambda call: not_(call.sip_status.between(300, 399)),
    "sip_challenged": lambda call: call.sip_status.in_(CHALLENGED),
    "sip_unchallenged": lambda call: and_(
        CONDITIONS["sip_direct"](call), call.sip_status.not_in(CHALLENGED)
    ),
    "sip_effective": lambda call: call.sip_status.in_(EFFECTIVE),
    "sip_failed": lambda call: call.sip_status.in_(FAILED),
}
"""Which calls are meant by a name, given the columns of a call; the part `calls` counts all."""

WORDS = {
    "answered": "answered",
    "delivered": "answered, or ended by the called side",
    "cancelled": "given up while it rang",
    "delivered_extended": "answered, ended by the called side, or given up while it rang",
    "short": "answered for 1 to 6 seconds",
    "blocked": "obtained no circuit",
    "seized": "obtained a circuit",
    "billed_calls": "with billable seconds",
    "pdd_calls": "with a post-dial delay",
    "mos_calls": "with a quality score",
    "invites": "with a SIP status",
    "sip_ok": "with SIP status 200",
    "sip_redirected": "with SIP status 3xx",
    "sip_direct": "with a SIP status other than 3xx",
    "sip_challenged": "with SIP status 401, 402 or 407",
    "sip_unchallenged": "with a SIP status other than 3xx, 401, 402 and 407",
    "sip_effective": "with SIP status 200, 480, 486, 600 or 603",
    "sip_failed": "with SIP status 408, 500, 503 or 504",
}
"""What people call such calls: 'calls that are ...', or 'calls ...'."""

SUMS = {
    "duration": "duration",
    "billsec": "billsec",
    "billed": "billed_s",
    "pdd_ms": "pdd_ms",
    "mos": "mos",
    "buy_cost": "buy_cost",
    "sell_cost": "sell_cost",
}
"""The parts that add up a column of the calls."""


def part(name: str, calls: FromClause) -> ColumnElement[Any]:
    """The part `name` of the rows of `calls`, an aggregate; NULL or 0 of no rows."""
    call = calls.c
    if name == "calls":
        return func.count()
    if name == "attempts":  # as many as the call was collapsed from, if it was
        return func.sum(call.attempts) if "attempts" in call else func.count()
    if name == "longest":
        return func.max(call.billsec)
    if name in SUMS:
        return func.sum(call[SUMS[name]])
    return func.count().filter(CONDITIONS[name](call))
