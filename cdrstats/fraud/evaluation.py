"""Looking at the calls that have come in: each once, in the order in which they came."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select, text

from cdrstats import format, notices
from cdrstats.clock import Window
from cdrstats.db.engine import lock, try_lock
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.fraud import store
from cdrstats.fraud.acting import tell_opened
from cdrstats.fraud.letter import letter_of
from cdrstats.fraud.looking import Arrived, look
from cdrstats.fraud.store import Case, RuleSet
from cdrstats.mail import queue
from cdrstats.notices import Notice
from cdrstats.options import value_of
from cdrstats.settings import Settings

log = logging.getLogger(__name__)

CHUNK = 20_000
"""Calls that are looked at in one transaction."""

JUDGED = timedelta(days=7)
"""Calls that started longer ago are history, for which nobody need be woken."""

AHEAD = timedelta(days=1)
"""Clocks of switches are wrong by less."""


def evaluate(
    engine: Engine, settings: Settings, now: datetime, stop: Callable[[], bool] = lambda: False
) -> list[Case]:
    """Lay the rules beside what has come in since; return the cases that were opened.

    Mails are queued in the transaction that opens a case. Two who evaluate at once do not meet:
    the second finds nothing to do.

    Args:
        stop: asked between transactions; true: leave the rest for another time.
    """
    until = _last_arrived(engine)
    opened: list[Case] = []
    while not stop():
        with engine.begin() as conn:
            if not try_lock(conn, "fraud"):
                break
            after = store.position(conn)
            if after >= until:
                break
            end = _end_of_chunk(conn, after, until)
            opened += _judge(conn, Arrived(after, end, _judged(now)), settings, now)
            store.move_to(conn, end)
    return opened


def _last_arrived(engine: Engine) -> int:
    """The last call of which all that came before are committed.

    A batch that began before another may be committed after it. Whoever holds this lock waits
    for all of them.
    """
    with engine.begin() as conn:
        lock(conn, "mediation")
        last = text(
            "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM voip_cdr_id_seq"
        )
        return int(conn.execute(last).scalar_one())


def _end_of_chunk(conn: Connection, after: int, until: int) -> int:
    call = voip_cdr.c.id
    query = select(call).where(call > after, call <= until).order_by(call)
    last = conn.execute(query.limit(1).offset(CHUNK - 1)).scalar_one_or_none()
    return until if last is None else int(last)


def _judged(now: datetime) -> Window:
    return Window(now - JUDGED, now + AHEAD)


def _judge(conn: Connection, arrived: Arrived, settings: Settings, now: datetime) -> list[Case]:
    sets = {each.rule.id: each for each in store.list_rules(conn)}
    asked = {id: each.asked for id, each in sets.items() if each.asked is not None}
    found, troubles = look(conn, list(asked.values()), arrived, settings.timezone)
    store.note_troubles(conn, troubles)
    opened = []
    for each in found:
        case, is_new = store.keep(conn, each, asked[each.rule], now)
        if is_new:
            log.info("fraud case=%d rule=%s calls=%d", case.id, case.rule, case.calls)
            opened.append(case)
            _tell(conn, case, sets[case.rule], settings, now)
            tell_opened(conn, case, settings.links_begin, now)
    return opened


def _tell(
    conn: Connection, case: Case, rule: RuleSet, settings: Settings, now: datetime
) -> None:
    _notify(conn, case, rule, now)
    if not rule.mail_to:
        return
    key = store.masked(conn, case, value_of(conn, "mail_digits_masked"))
    customer = store.customer_name(conn, case.user_id)
    letter = letter_of(case, rule.rule, key, customer, settings.timezone, settings.links_begin)
    for recipient in rule.mail_to:
        try:
            queue(conn, settings.smtp, f"fraud {case.id}", recipient, letter, now)
        except BadRequest as exc:  # the others are told all the same
            log.warning("fraud case=%d to=%r %s", case.id, recipient, exc)


def _notify(conn: Connection, case: Case, rule: RuleSet, now: datetime) -> None:
    """Tell all who may open the case; some see no number in full, so nobody does here."""
    key = store.masked(conn, case, value_of(conn, "digits_masked"))
    customer = store.customer_name(conn, case.user_id)
    whose = f" of {customer}" if customer else ""
    subject = f"{rule.rule.title}: {key}, {format.calls(case.calls)}{whose}"
    said = f"{rule.rule.about} Score {case.score} of 100."
    notice = Notice("fraud", subject, said, f"/fraud?case={case.id}")
    people = notices.who_may(conn, "fraud", case.user_id)
    notices.tell(conn, people, f"fraud {case.id}", notice, now, [case.user_id])
