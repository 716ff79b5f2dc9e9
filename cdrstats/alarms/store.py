"""The table `alarm_rule`: who watches what; add, list, remove, mute, pause."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    func,
    insert,
    not_,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError

from cdrstats import channels
from cdrstats.accounts import EVERYONE, Scope, Viewer, owning
from cdrstats.addresses import recipient
from cdrstats.alarms.checking import zone_named
from cdrstats.alarms.reading import Asked, filter_query, understood
from cdrstats.alarms.rules import Rule, State
from cdrstats.db.schema import alarm_rule, person
from cdrstats.errors import BadRequest, NotFound
from cdrstats.saved import OF_NUMBERS

MOST_RULES = 200
"""Of one owner."""

MOST_TOLD = 20
"""Addresses."""

MINUTE = timedelta(minutes=1)
OPERATOR = None
"""Owns what the command line adds for nobody, and sees everyone's calls; administrators have
that on their page."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of `alarm_rule` as it is, also where it makes no sense (any more)."""

    id: int
    person_id: int | None
    user_ids: list[int] | None
    shared: bool
    mail_to: list[str]
    escalate_to: list[str]
    name: str
    metric: str
    part: str
    query: str
    split: str
    timezone: str
    length: Any
    condition: Any
    threshold: float
    clear_at: float
    clear_windows: int
    compare: Any
    min_calls: int
    by_chance: bool
    on_holidays: bool
    severity: Any
    lag_minutes: int
    cooldown_minutes: int
    renotify_minutes: int
    escalate_minutes: int
    quiet_from: time | None
    quiet_until: time | None
    muted_until: datetime | None
    active: bool
    created_at: datetime
    watched_since: datetime
    decided_until: datetime | None
    firing: bool
    calm: int
    since: datetime | None
    told: bool
    told_at: datetime | None
    escalated: bool
    acknowledged: bool
    trouble: str | None

    @property
    def rule(self) -> Rule:
        """What it says. Raises BadRequest where there is no such zone."""
        return Rule(
            zone=zone_named(self.timezone),
            **{name: getattr(self, name) for name in _AS_IT_IS},
            **{name: MINUTE * getattr(self, f"{name}_minutes") for name in _SPANS},
        )

    @property
    def state(self) -> State:
        return State(**{name: getattr(self, name) for name in State.__dataclass_fields__})


COLUMNS = [alarm_rule.c[name] for name in Stored.__dataclass_fields__]
_SPANS = ("lag", "cooldown", "renotify", "escalate")
_AS_IT_IS = tuple(name for name in Rule.__dataclass_fields__ if name not in ("zone", *_SPANS))
_JUDGING = (
    *("metric", "part", "query", "timezone", "length", "condition", "threshold", "clear_at"),
    *("clear_windows", "compare", "min_calls", "by_chance", "on_holidays", "lag_minutes"),
)
"""The columns by which windows are judged; the others are about who is told, and when."""


def add(
    conn: Connection,
    owner: Viewer | None,
    rule: Rule,
    now: datetime,
    shared: bool = False,
    mail_to: Sequence[str] = (),
    escalate_to: Sequence[str] = (),
) -> Stored:
    """Let a rule watch from `now` on, beginning with the window that is open.

    Args:
        owner: whose it is, and whose eyes it has; OPERATOR: it sees everything.
        mail_to: addresses that are told of it; a customer's rule tells the customer alone.
        escalate_to: who is told as well, from when it has fired for long.

    Raises:
        BadRequest: it makes no sense, or its owner has one of that name, or too many; or it
            may not tell one of these.
    """
    scope = EVERYONE if owner is None else owner.scope
    said = _said(conn, scope, rule) | _told(conn, owner, rule, mail_to, escalate_to)
    person_id = None if owner is None else owner.person_id
    mine = select(func.count()).where(alarm_rule.c.person_id.is_not_distinct_from(person_id))
    if conn.execute(mine).scalar_one() >= MOST_RULES:
        raise BadRequest(f"There are {MOST_RULES} rules of this owner: remove some first.")
    values = {
        "person_id": person_id,
        "user_ids": None if scope.user_ids is None else sorted(scope.user_ids),
        "shared": shared,
        "watched_since": now,
    }
    return _kept(conn, insert(alarm_rule).values(said | values), said["name"])


def change(
    conn: Connection,
    rule_id: int,
    owner: Viewer | None,
    rule: Rule,
    now: datetime,
    shared: bool = False,
    mail_to: Sequence[str] = (),
    escalate_to: Sequence[str] = (),
) -> Stored:
    """Let a rule of `owner` say something else from now on.

    What it has decided stands, and no window is decided again. Where it judges otherwise than
    before it begins anew, with the window that is open: what fired is not what it watches now.

    Raises:
        NotFound, BadRequest: as with `add`.
    """
    before = find(conn, rule_id, owner)
    eyes = OPERATOR if before.person_id is None else owner
    scope = EVERYONE if eyes is None else scope_of(eyes, before)
    said = _said(conn, scope, rule) | _told(conn, eyes, rule, mail_to, escalate_to)
    values = said | {"shared": shared, "muted_until": before.muted_until, "trouble": None}
    if any(getattr(before, name) != values[name] for name in _JUDGING):
        values |= asdict(State()) | {"watched_since": now}
    mine = update(alarm_rule).where(_own(owner), alarm_rule.c.id == rule_id)
    return _kept(conn, mine.values(values), said["name"], rule_id)


def _said(conn: Connection, scope: Scope, rule: Rule) -> dict[str, Any]:
    """The columns of what a rule says. Raises BadRequest if that makes no sense."""
    rule = replace(
        rule,
        name=" ".join(rule.name.split()),
        query=filter_query(rule.query),
        part=filter_query(rule.part),
    )
    understood(conn, scope, rule)
    return {
        "timezone": rule.zone.key,
        **{name: getattr(rule, name) for name in _AS_IT_IS},
        **{f"{name}_minutes": getattr(rule, name) // MINUTE for name in _SPANS},
    }


def _told(
    conn: Connection,
    owner: Viewer | None,
    rule: Rule,
    mail_to: Sequence[str],
    escalate_to: Sequence[str],
) -> dict[str, list[str]]:
    """The columns of whom a rule tells. Raises BadRequest if it may not, or never would."""
    if escalate_to and not rule.escalate:
        raise BadRequest("Say after how many minutes of firing these are to be told as well.")
    return {
        "mail_to": _addresses(conn, owner, mail_to),
        "escalate_to": _addresses(conn, owner, escalate_to),
    }


def _addresses(conn: Connection, owner: Viewer | None, given: Sequence[str]) -> list[str]:
    """The addresses and channels that a rule may tell, each once.

    Raises:
        BadRequest: one is none, or is not the customer's own: mails would carry what they see
            to anybody.
    """
    found = list(dict.fromkeys(recipient(each) for each in given))
    if len(found) > MOST_TOLD:
        raise BadRequest(f"A rule tells {MOST_TOLD} addresses at most.")
    if owner and (other := owning.stranger(conn, owner.person_id, owner.scope.user_ids, found)):
        raise BadRequest(f"Your rules can mail you alone, and not {other!r}.")
    channels.known(conn, found)
    return found


def _kept(conn: Connection, statement: Any, name: str, rule_id: int = 0) -> Stored:
    try:
        with conn.begin_nested():
            return _stored(conn.execute(statement.returning(*COLUMNS)), rule_id)
    except IntegrityError:
        raise BadRequest(f"There is a rule called {name!r} already.") from None


def list_rules(conn: Connection, viewer: Viewer | None = OPERATOR) -> list[Stored]:
    """All rules, or those of a viewer and what others share with them; by id.

    Staff share with staff, viewers of a customer with those of the same customers. What others
    find by numbers is not for who sees none in full.
    """
    query = select(*COLUMNS).where(_visible(viewer)).order_by(alarm_rule.c.id)
    return [Stored(**row._asdict()) for row in conn.execute(query)]


def owners(conn: Connection, rules: Iterable[Stored]) -> dict[int, str]:
    """Whose the rules are: the names of people by their ids."""
    ids = {rule.person_id for rule in rules} - {None}
    query = select(person.c.id, person.c.name).where(person.c.id.in_(ids))
    return {row.id: row.name for row in conn.execute(query)}


def find(conn: Connection, rule_id: int, viewer: Viewer | None = OPERATOR) -> Stored:
    """The rule of an id. Raises NotFound."""
    query = select(*COLUMNS).where(_visible(viewer), alarm_rule.c.id == rule_id)
    return _stored(conn.execute(query), rule_id)


def remove(conn: Connection, rule_id: int, viewer: Viewer | None = OPERATOR) -> Stored:
    """Forget a rule, and what was decided by it. Raises NotFound."""
    gone = delete(alarm_rule).where(_own(viewer), alarm_rule.c.id == rule_id)
    return _stored(conn.execute(gone.returning(*COLUMNS)), rule_id)


def mute(
    conn: Connection, rule_id: int, until: datetime | None, viewer: Viewer | None = OPERATOR
) -> Stored:
    """Tell nobody of a rule until then; None: tell again. It goes on being judged."""
    return _changed(conn, rule_id, viewer, muted_until=until)


def pause(conn: Connection, rule_id: int, viewer: Viewer | None = OPERATOR) -> Stored:
    """Judge no window until the rule is resumed."""
    return _changed(conn, rule_id, viewer, active=False)


def resume(
    conn: Connection, rule_id: int, now: datetime, viewer: Viewer | None = OPERATOR
) -> Stored:
    """Judge windows again, from the one that is open; those of the pause are left out."""
    return _changed(conn, rule_id, viewer, active=True, watched_since=now)


def asked_of(conn: Connection, owner: Viewer | None, stored: Stored) -> Asked:
    """What a rule asks about, of what its owner may see today.

    Raises:
        BadRequest: it makes no sense any more.
    """
    return understood(conn, scope_of(owner, stored), stored.rule)


def scope_of(owner: Viewer | None, stored: Stored) -> Scope:
    """Whose calls a rule sees, and what of them: those that it was made for, no others.

    Raises:
        BadRequest: its owner may not sign in any more, or does not see all of these any more.
    """
    return owning.scope_of(owner, stored.person_id, stored.user_ids)


def _visible(viewer: Viewer | None) -> ColumnElement[bool]:
    if viewer is None:
        return true()
    user_ids = viewer.scope.user_ids
    theirs = (
        alarm_rule.c.user_ids.is_(None)
        if user_ids is None
        else alarm_rule.c.user_ids.contained_by(sorted(user_ids))
    )
    shared = and_(alarm_rule.c.shared, theirs)
    if viewer.scope.masked:
        said = func.concat(alarm_rule.c.query, "&", alarm_rule.c.part)
        shared = and_(shared, not_(said.regexp_match(OF_NUMBERS, "i")))
    return or_(_own(viewer), shared)


def _own(viewer: Viewer | None) -> ColumnElement[bool]:
    return owning.own(alarm_rule.c.person_id, viewer)


def _changed(conn: Connection, rule_id: int, viewer: Viewer | None, **values: object) -> Stored:
    change = update(alarm_rule).where(_own(viewer), alarm_rule.c.id == rule_id)
    return _stored(conn.execute(change.values(**values).returning(*COLUMNS)), rule_id)


def _stored(found: Any, rule_id: int = 0) -> Stored:
    rows: Sequence[Any] = found.all()
    if not rows:
        raise NotFound(f"There is no rule {rule_id}: `alarm list` shows them.")
    return Stored(**rows[0]._asdict())
