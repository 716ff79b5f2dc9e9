"""Bring the roll-ups up to date, batch after batch, each a transaction of its own."""

from collections.abc import Callable

from sqlalchemy import Engine

from cdrstats.aggregates import refresh


def drain(
    engine: Engine,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Count changed quarter-hours again until none is left; return how many were.

    Args:
        stop: asked between batches; true ends the work early.
        progress: told the number of quarter-hours done so far.
    """
    done = 0
    while not stop():
        with engine.begin() as conn:
            batch = refresh(conn)
        if not batch:
            break
        done += batch
        if progress:
            progress(done)
    return done
