"""The job that tells channels, each on a line of its own: one that hangs keeps none waiting.

As with mails (cdrstats.mail.sending), a try is committed before it is made, and its row is
locked meanwhile.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from uuid import uuid4

from sqlalchemy import Engine

from cdrstats import channels
from cdrstats.channels import Box, Destination
from cdrstats.channels.line import Trouble, deliver
from cdrstats.errors import BadSetting
from cdrstats.mail import store
from cdrstats.mail.debugging import Step
from cdrstats.mail.store import Begun

log = logging.getLogger(__name__)

TEST = channels.Message(
    "Test message of CDR-Stats",
    "This message was sent to try whether what CDR-Stats tells this channel arrives. It does.",
)

LONGEST_S = 5.0
"""After that a channel begins nothing more, so that what came in for others is looked at."""

AT_ONCE = 4
"""Lines; each takes two connections of the database at most."""


def tell_channels(engine: Engine, box: Box, stop: Callable[[], bool]) -> int:
    """Send channels what is due; return how many messages were taken.

    Args:
        stop: asked between two messages.
    """
    with engine.begin() as conn:
        due = store.due_channels(conn)
    if not due:
        return 0
    with ThreadPoolExecutor(AT_ONCE, "channel") as lines:
        return sum(lines.map(partial(_tell, engine, box, stop), due))


def _tell(engine: Engine, box: Box, stop: Callable[[], bool], channel: int) -> int:
    """Send one channel what is due, until it does not answer, or for so long."""
    taken, began = 0, monotonic()
    while not stop() and monotonic() - began < LONGEST_S:
        with engine.begin() as conn:
            begun = store.begin(conn, 1, channel)
        if not begun:
            break
        try:
            taken += _send(engine, box, channel, begun[0])
        except Trouble as exc:
            log.warning(
                "channel=%d message=%d step=%s trouble=%r",
                *(channel, begun[0].id, exc.step, str(exc)),
            )
            if exc.away:
                _put_off_all(engine, channel, str(exc), exc.after)
            if exc.away or exc.broken:
                break
    return taken


def _send(engine: Engine, box: Box, channel: int, begun: Begun) -> bool:
    """Whether it was ours to send, and was taken. Raises Trouble, which is kept."""
    trouble = None
    with engine.begin() as conn:
        held = store.hold(conn, begun)
        if held is None:
            return False
        known = channels.get(conn, channel)
        if known is None or not known.active:
            store.fail(conn, begun.id, f"The channel {'is off' if known else 'was removed'}.")
            return False
        try:
            to: Destination = channels.destination(conn, box, channel)
        except BadSetting as exc:  # no key opens it; when there is one, it goes
            store.put_off(conn, [begun.id], str(exc))
            return False
        try:
            answer = deliver(to, held.message_id, held.message)
        except Trouble as exc:
            trouble = exc
            if exc.final:
                store.fail(conn, begun.id, str(exc))
            else:
                store.put_off(conn, [begun.id], str(exc), exc.after)
        else:
            store.confirm(conn, begun.id, answer)
    if trouble:
        raise trouble
    log.info("channel=%d message=%d sent attempts=%d", channel, begun.id, begun.attempts)
    return True


def _put_off_all(engine: Engine, channel: int, why: str, asked: timedelta) -> None:
    """What keeps one message from a channel keeps all that are due."""
    with engine.begin() as conn:
        due = store.begin(conn, None, channel)
        store.put_off(conn, [each.id for each in due], why, asked)


def try_out(to: Destination, now: datetime) -> list[Step]:
    """Send a test message now; each step that was taken, of which the last may have failed."""
    taken: list[Step] = []

    def told(step: str, detail: str) -> None:
        taken.append(Step(step, True, detail))

    try:
        deliver(to, f"msg_{uuid4().hex}", channels.as_message(to.kind, TEST, now), told)
    except Trouble as exc:
        taken.append(Step(exc.step, False, str(exc), exc.advice))
    return taken
