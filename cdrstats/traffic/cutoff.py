"""What changed after the data cut-off of a link, so that its figures stay as they were.

Roll-ups show what is known now. Quarter-hours that were counted again since the cut-off, or
that wait for it, are read from the calls instead, without what came in later. What was taken
out since, was rejected then, or is read otherwise by rules changed since, cannot be brought
back as it was.
"""

from sqlalchemy import Connection, func, select, union

from cdrstats.accounts import Scope
from cdrstats.clock import SLOT, Window, slot_of
from cdrstats.db.schema import cdr_import, rollup_counted, rollup_log
from cdrstats.filters.cutoff import CutOff


def cut_off_now(conn: Connection) -> CutOff:
    """The cut-off that keeps the figures of this moment.

    Rows that wait for mediation come in later, and so do those after them. A file that is being
    loaded meanwhile counts with the batches that are in.
    """
    row = cdr_import.c
    waiting = select(func.min(row.id) - 1).where(~row.imported).scalar_subquery()
    newest = select(func.max(row.id)).scalar_subquery()
    # The clock that `counted_at` is of, as it stood before this statement saw any row.
    found = conn.execute(
        select(func.coalesce(waiting, newest, 0), func.statement_timestamp())
    ).one()
    return CutOff(*found)


def changed_since(conn: Connection, scope: Scope, window: Window, cut: CutOff) -> list[Window]:
    """The parts of `window` whose roll-ups changed after the cut-off, ascending.

    For customers all of it: when calls were counted is told of everybody's together.
    """
    if scope.user_ids is not None:
        return [window]
    first = slot_of(window.start)
    slots = conn.execute(
        union(
            select(rollup_counted.c.slot).where(
                rollup_counted.c.slot >= first,
                rollup_counted.c.slot < window.end,
                rollup_counted.c.counted_at > cut.at,
            ),
            select(rollup_log.c.slot).where(
                rollup_log.c.slot >= first, rollup_log.c.slot < window.end
            ),
        )
    ).scalars()
    found: list[Window] = []
    for slot in sorted(slots):
        start, end = max(slot, window.start), min(slot + SLOT, window.end)
        if found and found[-1].end == start:
            found[-1] = Window(found[-1].start, end)
        else:
            found.append(Window(start, end))
    return found
