"""How people are told of alarms, where these are decided: by mail, and in the app."""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from cdrstats import format, notices
from cdrstats.accounts import owning
from cdrstats.alarms import words
from cdrstats.alarms.history import Event
from cdrstats.alarms.store import Stored
from cdrstats.errors import BadRequest
from cdrstats.mail import Letter, queue
from cdrstats.mail.paper import Facts, Link, Listing, compose
from cdrstats.notices import Notice
from cdrstats.settings import Settings

log = logging.getLogger(__name__)

MOST_BEFORE = 20
"""So much of what came before is told as well."""


def tell(conn: Connection, settings: Settings, events: Sequence[Event], now: datetime) -> None:
    """Tell of the last event of a rule, once this transaction is committed: whom that is for,
    and its owner in the app.

    Several at once are of windows that were missed while nobody decided them. Nobody is told
    five times of what is past: the mail about the last tells of those before it.

    Args:
        events: of one rule, oldest first.
    """
    _notify(conn, events, now)
    if not events:
        return
    *before, last = events
    letter = letter_of(last, before, settings.links_begin)
    occasion = f"alarm {last.rule.id} {last.window.start.isoformat()} {last.told}"
    rule = last.rule
    for address in owning.addressees(conn, rule.person_id, rule.user_ids, told(events)):
        try:
            queue(conn, settings.smtp, occasion, address, letter, now)
        except BadRequest as exc:  # the others are told all the same
            log.warning("alarm=%s to=%r %s", last.rule.id, address, exc)


def told(events: Sequence[Event]) -> list[str]:
    """Who is mailed of the last event of a rule; once it is escalated, `escalate_to` as well.

    Args:
        events: of one rule, oldest first; nobody has been told of them yet.
    """
    rule = events[-1].rule
    escalated = rule.escalated
    for each in events:
        if each.told in ("fired", "escalated"):
            escalated = each.told == "escalated"
    return list(dict.fromkeys([*rule.mail_to, *(rule.escalate_to if escalated else ())]))


def _notify(conn: Connection, events: Sequence[Event], now: datetime) -> None:
    """Tell the owner of the last event; that it goes on firing is told by mail alone."""
    news = [each for each in events if each.told != "again"]
    if not news:
        return
    last, rule = news[-1], news[-1].rule
    occasion = f"alarm {rule.id} {last.window.start.isoformat()} {last.told}"
    window = dict(words.facts(last))["Window"]
    said = f"{words.condition(rule.rule)}; {format.count(last.calls)} calls in {window}"
    notice = Notice("alarm", words.headline(last), said, f"/alarms?rule={rule.id}")
    notices.tell(
        conn, notices.owner(conn, rule.person_id), occasion, notice, now, rule.user_ids
    )


def rule_is_shown(rule: Stored) -> bool:
    """Whether others than administrators have the rule on their page."""
    return rule.person_id is not None or rule.shared


def letter_of(event: Event, before: Sequence[Event], links_begin: str) -> Letter:
    """What people are told of a window, and of the ones `before` that they were not told of."""
    rule = event.rule.rule
    blocks: list[Facts | Listing | Link] = [Facts(words.facts(event))]
    if event.contributors:
        columns = ("", "Calls", rule.figure.label)
        blocks.append(Listing("Who had most to do with it", columns, words.contributors(event)))
    if before:
        rows = words.course(before[-MOST_BEFORE:])
        blocks.append(Listing("Before that", ("", "Window", rule.figure.label), rows))
    blocks.append(Link("Open the calls of the window", links_begin + event.path))
    if rule_is_shown(event.rule):
        blocks.append(Link("Open the rule", f"{links_begin}/alarms?rule={event.rule.id}"))
    return compose(words.headline(event), blocks)
