"""Telling people of cases that were opened: at once in the app, and by mails that are few.

case --> notice, one of all that one look has opened
     --> fraud_telling --> mail, one of all that wait, unless one went within PAUSE
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection

from cdrstats import format, notices
from cdrstats.errors import BadRequest
from cdrstats.fraud import store
from cdrstats.fraud.letter import MOST_LISTED, letter_of, letter_of_many
from cdrstats.fraud.rules import rule_named
from cdrstats.fraud.store import Case
from cdrstats.mail import Letter, queue
from cdrstats.notices import Notice
from cdrstats.options import value_of
from cdrstats.settings import Settings

log = logging.getLogger(__name__)

MOST_NAMED = 5
"""Cases that one notice names."""


def notify(conn: Connection, cases: Iterable[Case], now: datetime) -> None:
    """Tell all who may open the cases, each of all of theirs at once."""
    theirs: dict[int, list[Case]] = defaultdict(list)
    people: dict[int, list[int]] = {}
    for case in cases:
        if case.user_id not in people:
            people[case.user_id] = notices.who_may(conn, "fraud", case.user_id)
        for person in people[case.user_id]:
            theirs[person].append(case)
    told: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for person, some in theirs.items():
        told[tuple(case.id for case in some)].append(person)
    for same in told.values():
        some = theirs[same[0]]
        user_ids = {case.user_id for case in some}
        notice = _notice(conn, some)
        notices.tell(conn, same, f"fraud {some[0].id}", notice, now, user_ids)


def _notice(conn: Connection, cases: Sequence[Case]) -> Notice:
    """Some of whom it is for see no number in full, so nobody does here."""
    digits = value_of(conn, "digits_masked")
    named = []
    for case in _most_urgent(cases)[:MOST_NAMED]:
        customer = store.customer_name(conn, case.user_id)
        whose = f" of {customer}" if customer else ""
        key = store.masked(conn, case, digits)
        title = rule_named(case.rule).title
        named.append(f"{title}: {key}, {format.calls(case.calls)}{whose}")
    if len(cases) == 1:
        [case] = cases
        said = f"{rule_named(case.rule).about} Score {case.score} of 100."
        return Notice("fraud", named[0], said, f"/fraud?case={case.id}")
    rest = len(cases) - len(named)
    more = [f"{rest:,} more"] if rest else []
    return Notice("fraud", f"{len(cases):,} cases of fraud", "; ".join(named + more), "/fraud")


def mail_waiting(conn: Connection, settings: Settings, now: datetime) -> None:
    """Queue one mail for each recipient who had none just now, of all cases that wait."""
    letters: dict[tuple[int, ...], Letter] = {}
    for recipient, ids in store.waiting(conn, now):
        if ids not in letters:
            letters[ids] = _letter(conn, store.find_all(conn, ids), settings)
        occasion, queued = f"fraud {ids[0]}", False
        try:
            queued = queue(conn, settings.smtp, occasion, recipient, letters[ids], now)
        except BadRequest as exc:  # the others are told all the same
            log.warning("fraud cases=%s to=%r %s", ids, recipient, exc)
        if queued:
            store.note_told(conn, recipient, ids, occasion, now)
        else:
            store.give_up_telling(conn, recipient, ids)


def _letter(conn: Connection, cases: Sequence[Case], settings: Settings) -> Letter:
    digits, begin = value_of(conn, "mail_digits_masked"), settings.links_begin
    if len(cases) > 1:
        listed = _most_urgent(cases)[:MOST_LISTED]
        keyed = [(case, store.masked(conn, case, digits)) for case in listed]
        return letter_of_many(keyed, len(cases), begin)
    [case] = cases
    key, customer = store.masked(conn, case, digits), store.customer_name(conn, case.user_id)
    rule = rule_named(case.rule)
    return letter_of(case, rule, key, customer, settings.timezone, begin)


def _most_urgent(cases: Sequence[Case]) -> list[Case]:
    """Those that most speaks for first, and of these the dearest."""
    return sorted(cases, key=lambda case: (-case.score, -case.cost_per_hour))
