"""The tables of fraud: what is set of rules, cases, their evidence and labels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from cdrstats import channels
from cdrstats.addresses import recipient
from cdrstats.db.engine import sql
from cdrstats.db.schema import (
    customer,
    fraud_case,
    fraud_position,
    fraud_rule,
    fraud_telling,
)
from cdrstats.errors import BadRequest, NotFound
from cdrstats.fraud.looking import Asked, Found
from cdrstats.fraud.rules import (
    LABELS,
    PAUSE,
    RULES,
    SANDBOX,
    Rule,
    Value,
    checked,
    rule_named,
    score,
)

LONGEST_REASON = 1000

_FIND_CASE = sql(__package__, "find_case")
_ADD_EVIDENCE = sql(__package__, "add_evidence")
_SUM_UP = sql(__package__, "sum_up_case").bindparams(bindparam("facts", type_=JSONB))
_EVIDENCE = sql(__package__, "list_evidence")
_TIMELINE = sql(__package__, "draw_timeline")
_RULES = sql(__package__, "sum_up_rules")
_WAITING = sql(__package__, "find_waiting")


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule as it is set here, and how its cases were judged."""

    rule: Rule
    thresholds: dict[str, Value]
    active: bool = True
    mail_to: tuple[str, ...] = ()
    trouble: str | None = None
    cases: int = 0
    confirmed: int = 0
    false_positive: int = 0

    @property
    def asked(self) -> Asked | None:
        """What to ask; None if the rule is off, or no call tells."""
        judged = self.active and not self.rule.not_judged
        return Asked(self.rule, self.thresholds) if judged else None


@dataclass(frozen=True, slots=True)
class Case:
    """A row of `fraud_case`."""

    id: int
    rule: str
    user_id: int
    key: str
    first_call: datetime
    last_call: datetime
    calls: int
    billsec: int
    cost: Decimal
    cost_per_hour: Decimal
    score: int
    reasons: list[str]
    facts: dict[str, Any]
    thresholds: dict[str, Any]
    opened_at: datetime
    label: str
    label_reason: str
    labelled_by: str
    labelled_at: datetime | None
    ignored_until: datetime | None


_COLUMNS = [fraud_case.c[name] for name in Case.__dataclass_fields__]


def list_rules(conn: Connection) -> list[RuleSet]:
    """Every rule, also those that no call tells, in order."""
    kept = {row.id: row._asdict() for row in conn.execute(select(fraud_rule))}
    judged = {row.rule: row for row in conn.execute(_RULES, {"sandbox": SANDBOX})}
    return [_rule_set(rule, kept.get(rule.id), judged.get(rule.id)) for rule in RULES.values()]


def _rule_set(rule: Rule, kept: Mapping[str, Any] | None, judged: Any) -> RuleSet:
    counts = {}
    if judged is not None:
        names = ("cases", "confirmed", "false_positive")
        counts = {name: getattr(judged, name) for name in names}
    if kept is None:
        return RuleSet(rule, rule.thresholds({}), **counts)
    return RuleSet(
        rule,
        rule.thresholds(kept["thresholds"]),
        kept["active"],
        tuple(kept["mail_to"]),
        kept["trouble"],
        **counts,
    )


def change_rule(
    conn: Connection,
    id: str,
    thresholds: Mapping[str, str] | None = None,
    active: bool | None = None,
    mail_to: Sequence[str] | None = None,
) -> RuleSet:
    """Set what is given of a rule, and leave the rest; an empty threshold is the default again.

    Raises:
        NotFound: there is no such rule.
        BadRequest: it has no such threshold, or an address is none.
    """
    rule = rule_named(id)
    find = select(fraud_rule).where(fraud_rule.c.id == rule.id).with_for_update()
    row = conn.execute(find).one_or_none()
    values: dict[str, Any] = {} if row is None else row._asdict()
    chosen = dict(values.get("thresholds", {}))
    for name, given in (thresholds or {}).items():
        value = checked(rule, name, given) if given else rule.defaults.get(name)
        chosen[name] = value
        if value == rule.defaults.get(name):
            del chosen[name]
    values |= {"id": rule.id, "thresholds": chosen, "trouble": None}
    if active is not None:
        values["active"] = active
    if mail_to is not None:
        values["mail_to"] = list(dict.fromkeys(recipient(each) for each in mail_to))
        channels.known(conn, values["mail_to"])
    put = upsert(fraud_rule).values(values)
    conn.execute(put.on_conflict_do_update(index_elements=["id"], set_=values))
    return next(each for each in list_rules(conn) if each.rule is rule)


def note_troubles(conn: Connection, troubles: Mapping[str, str]) -> None:
    """Say why rules could not be judged; of the others, that they could."""
    fine = fraud_rule.c.id.not_in(list(troubles)) & fraud_rule.c.trouble.is_not(None)
    conn.execute(update(fraud_rule).where(fine).values(trouble=None))
    for id, sentence in troubles.items():
        put = upsert(fraud_rule).values(id=id, trouble=sentence)
        conn.execute(
            put.on_conflict_do_update(index_elements=["id"], set_={"trouble": sentence})
        )


def position(conn: Connection) -> int:
    """The last call that was looked at."""
    return int(conn.execute(select(fraud_position.c.call_id)).scalar_one())


def move_to(conn: Connection, call_id: int) -> None:
    """Calls up to this one were looked at."""
    conn.execute(update(fraud_position).values(call_id=call_id))


def keep(conn: Connection, found: Found, asked: Asked, now: datetime) -> tuple[Case, bool]:
    """Add what was found to the case that is going on, or open one; whether it was opened."""
    values = {name: getattr(found, name) for name in Found.__dataclass_fields__}
    where = values | {"quiet": asked.quiet, "now": now}
    case_id: Any = conn.execute(_FIND_CASE, where).scalar_one_or_none()
    opened = case_id is None
    if opened:
        new = {name: values[name] for name in ("rule", "user_id", "key")}
        new |= {name: values[name] for name in ("first_call", "last_call")}
        new |= {"thresholds": asked.thresholds, "opened_at": now}
        made = insert(fraud_case).values(new).returning(fraud_case.c.id)
        case_id = conn.execute(made).scalar_one()
    conn.execute(_ADD_EVIDENCE, values | {"case_id": case_id})
    reasons = conn.execute(_SUM_UP, values | {"case_id": case_id}).scalar_one()
    sets = update(fraud_case).where(fraud_case.c.id == case_id)
    conn.execute(sets.values(score=score(asked.rule, reasons)))
    return find(conn, int(case_id)), opened


def have_told(conn: Connection, case: Case, recipients: Sequence[str]) -> None:
    """Have a case told to each of these, by the next mail that goes to them."""
    rows = [{"case_id": case.id, "recipient": each} for each in recipients]
    if rows:
        conn.execute(insert(fraud_telling), rows)


def waiting(conn: Connection, now: datetime) -> list[tuple[str, tuple[int, ...]]]:
    """To whom a mail may go now, and the cases that it is to tell, the oldest first."""
    asked = {"since": now - PAUSE, "now": now, "sandbox": SANDBOX}
    return [(row.recipient, tuple(row.cases)) for row in conn.execute(_WAITING, asked)]


def note_told(
    conn: Connection, recipient: str, ids: Sequence[int], occasion: str, now: datetime
) -> None:
    """Cases were told to somebody, by the mail of that occasion."""
    change = update(fraud_telling).where(*_of(recipient, ids))
    conn.execute(change.values(occasion=occasion, told_at=now))


def give_up_telling(conn: Connection, recipient: str, ids: Sequence[int]) -> None:
    """Nobody is there to be told: mail is off, or that is no address any more."""
    conn.execute(delete(fraud_telling).where(*_of(recipient, ids)))


def _of(recipient: str, ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return fraud_telling.c.recipient == recipient, fraud_telling.c.case_id.in_(ids)


def list_cases(
    conn: Connection,
    label: str | None = None,
    rule: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
) -> list[Case]:
    """The cases whose last call is the newest, newest first."""
    query = select(*_COLUMNS).order_by(fraud_case.c.last_call.desc(), fraud_case.c.id.desc())
    if label is not None:
        query = query.where(fraud_case.c.label == label)
    if rule is not None:
        query = query.where(fraud_case.c.rule == rule_named(rule).id)
    if since is not None:
        query = query.where(fraud_case.c.last_call >= since)
    return [Case(**row._asdict()) for row in conn.execute(query.limit(limit))]


def find_all(conn: Connection, ids: Sequence[int]) -> list[Case]:
    """The cases of these ids, the oldest first."""
    query = select(*_COLUMNS).where(fraud_case.c.id.in_(ids)).order_by(fraud_case.c.id)
    return [Case(**row._asdict()) for row in conn.execute(query)]


def find(conn: Connection, case_id: int) -> Case:
    """The case of an id. Raises NotFound."""
    query = select(*_COLUMNS).where(fraud_case.c.id == case_id)
    row = conn.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no case {case_id}: `fraud list` shows them.")
    return Case(**row._asdict())


def label(
    conn: Connection,
    case_id: int,
    given: str,
    by: str,
    why: str,
    now: datetime,
    until: datetime | None = None,
) -> Case:
    """Say what a case is; who ignores one says until when it is to open no other.

    Raises:
        NotFound: there is none.
        BadRequest: that is no label, or the end is missing, or one too many.
    """
    if given not in LABELS:
        raise BadRequest(f"There is no label {given!r}; there are {', '.join(LABELS)}.")
    if (given == "ignored") != (until is not None):
        raise BadRequest("A case is ignored until a moment: say which; no other label has one.")
    if until is not None and until <= now:
        raise BadRequest("Until when a case is ignored lies ahead.")
    if len(why) > LONGEST_REASON:
        raise BadRequest(f"A reason has at most {LONGEST_REASON} characters.")
    values = {"label": given, "label_reason": why, "labelled_by": by, "labelled_at": now}
    change = update(fraud_case).where(fraud_case.c.id == case_id)
    conn.execute(change.values(values | {"ignored_until": until}))
    return find(conn, case_id)


def forget(conn: Connection, before: datetime) -> int:
    """Forget cases whose last call lies before, and what they rest on; say how many."""
    gone = delete(fraud_case).where(fraud_case.c.last_call < before)
    return conn.execute(gone).rowcount


def evidence(conn: Connection, case_id: int, limit: int = 1000) -> list[dict[str, Any]]:
    """The calls that a case rests on, oldest first."""
    found = conn.execute(_EVIDENCE, {"case_id": case_id, "limit": limit})
    return [dict(row) for row in found.mappings()]


def timeline(conn: Connection, case_id: int) -> list[dict[str, Any]]:
    """How the calls and the cost of a case came together, ten minutes by ten minutes."""
    return [dict(row) for row in conn.execute(_TIMELINE, {"case_id": case_id}).mappings()]


def customer_name(conn: Connection, user_id: int) -> str:
    """The name of a customer; '' if it is nobody's, or gone."""
    query = select(customer.c.name).where(customer.c.id == user_id, customer.c.id != 0)
    return conn.execute(query).scalar_one_or_none() or ""


def masked(conn: Connection, case: Case, digits: int) -> str:
    """The key of a case as whoever sees no number in full is shown it; with 0 digits as it is.

    Prefixes, ranges and codes are told: what of a rule's key is a number, migration 0028 says.
    """
    if digits == 0:
        return case.key
    setting = text("SELECT set_config('cdrstats.digits_masked', :digits, true)")
    conn.execute(setting, {"digits": str(digits)})
    shown = select(func.cdrstats_masked.shown_key(case.rule, case.key))
    return str(conn.execute(shown).scalar_one())
