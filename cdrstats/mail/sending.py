"""The job that sends what waits: one line to the server, one mail after the other.

That a mail is being tried is committed before anything of it goes out, and that it was sent
after the server's word for it. A process that ends between the two leaves it `sending`, and the
next one tries it again: if the server had it already, it comes twice, with one Message-ID.
While it goes, its row is locked, so that no other process takes it for left behind.
"""

import logging
from collections.abc import Callable

from sqlalchemy import Engine

from cdrstats.mail import store
from cdrstats.mail.line import Line, Trouble
from cdrstats.mail.store import Begun
from cdrstats.settings import Smtp

log = logging.getLogger(__name__)


def send_waiting(engine: Engine, smtp: Smtp | None, stop: Callable[[], bool]) -> int:
    """Send the mails that are due; return how many the server took.

    Where the server cannot be reached, or the line breaks, the rest is left for another time.

    Args:
        smtp: None: mail is off, and what waits goes on waiting.
        stop: asked between two mails.
    """
    sent = 0
    if smtp is None:
        return sent
    with Line(smtp) as line:
        while not stop():
            with engine.begin() as conn:
                begun = store.begin(conn, 1)
            if not begun:
                break
            try:
                line.open()
                sent += _send(engine, line, begun[0])
            except Trouble as exc:
                log.warning("mail id=%d step=%s trouble=%r", begun[0].id, exc.step, str(exc))
                if exc.step != "delivery":
                    _put_off_all(engine, begun, str(exc))
                if exc.broken:
                    break
    return sent


def _send(engine: Engine, line: Line, begun: Begun) -> bool:
    """Whether it was ours to send, and the server took it. Raises Trouble, which is kept."""
    trouble = None
    with engine.begin() as conn:
        held = store.hold(conn, begun)
        if held is None:
            return False
        try:
            answer = line.deliver(held.recipient, held.message)
        except Trouble as exc:
            trouble = exc
            if exc.final:
                store.fail(conn, begun.id, str(exc))
            else:
                store.put_off(conn, [begun.id], str(exc))
        else:
            store.confirm(conn, begun.id, answer)
    if trouble:
        raise trouble
    log.info("mail id=%d sent attempts=%d", begun.id, begun.attempts)
    return True


def _put_off_all(engine: Engine, begun: list[Begun], why: str) -> None:
    """What keeps one mail from the server keeps all that are due."""
    with engine.begin() as conn:
        store.put_off(conn, [each.id for each in begun], why)
        store.put_off(conn, [each.id for each in store.begin(conn, None)], why)
