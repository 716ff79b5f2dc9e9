"""Looking at the calls that have come in: each once, in the order in which they came."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select, text

from cdrstats.clock import Window
from cdrstats.db.engine import lock, try_lock
from cdrstats.db.schema import voip_cdr
from cdrstats.fraud import store, telling
from cdrstats.fraud.acting import tell_opened
from cdrstats.fraud.looking import Arrived, look
from cdrstats.fraud.store import Case
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

    Whom a case is told is kept in the transaction that opens it, and the mail is queued there
    too, unless one went just now: then the next look does. Two who evaluate at once do not
    meet: the second finds nothing to do.

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
            if after < until:
                end = _end_of_chunk(conn, after, until)
                opened += _judge(conn, Arrived(after, end, _judged(now)), settings, now)
                store.move_to(conn, end)
            telling.mail_waiting(conn, settings, now)
            if after >= until:
                break
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
            store.have_told(conn, case, sets[case.rule].mail_to)
            tell_opened(conn, case, settings.links_begin, now)
    telling.notify(conn, opened, now)
    return opened
