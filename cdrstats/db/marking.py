"""The marks that the house itself leaves on charts, for `cdrstats.notes` to show.

It stands so far down because whoever changes how calls are read or whose they are leaves its
mark in the same transaction: both are there, or neither is.
"""

from typing import Literal

from sqlalchemy import Connection, func, insert

from cdrstats.db.schema import note

Kind = Literal["rule change", "owner change", "start over", "file undone"]

LONGEST_TEXT = 500
"""Characters."""


def leave_mark(
    conn: Connection,
    kind: Kind,
    words: str,
    *,
    switch_id: int | None = None,
    user_id: int | None = None,
) -> None:
    """Mark this moment on charts over time, for staff.

    Args:
        words: what happened, as a sentence; its end is cut off after LONGEST_TEXT.
        switch_id, user_id: the switch or customer it is about; None: all of them.
    """
    text = words if len(words) <= LONGEST_TEXT else words[: LONGEST_TEXT - 1] + "…"
    about = {"switch_id": switch_id, "user_id": user_id}
    conn.execute(insert(note).values(at=func.now(), kind=kind, text=text, **about))
