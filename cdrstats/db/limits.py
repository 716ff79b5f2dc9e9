"""Statements that may not take for ever."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from cdrstats.errors import CdrStatsError

_SET = text("SELECT set_config('statement_timeout', :value, true)")
_READ = text("SELECT current_setting('statement_timeout')")
CANCELLED = "57014"

PATIENCE_S = 30
"""Seconds that a person waits for one answer, on a page as at the command line."""


class TookTooLong(CdrStatsError):
    """A statement was stopped at its time limit; the message says what to ask instead."""


@contextmanager
def time_limit(conn: Connection, seconds: float, advice: str) -> Iterator[None]:
    """Stop any statement within the block that runs longer than `seconds`.

    The transaction outside the block stays usable.

    Raises:
        TookTooLong: with `advice`; also when somebody cancelled the statement.
    """
    before = conn.execute(_READ).scalar_one()
    try:
        with conn.begin_nested():
            conn.execute(_SET, {"value": str(int(seconds * 1000))})
            yield
            conn.execute(_SET, {"value": before})
    except DBAPIError as exc:
        if getattr(exc.orig, "pgcode", None) != CANCELLED:
            raise
        raise TookTooLong(f"This took longer than {seconds:g} seconds. {advice}") from exc
