"""Reading and changing who signs in: what no page's own rights in the database reach."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Concatenate, ParamSpec, TypeVar

import streamlit as st
from sqlalchemy import Connection

from cdrstats.accounts.audit import Note
from cdrstats.db.engine import snapshot
from cdrstats.spreadsheet import BadLines
from cdrstats.ui import auditing, frame, tables

P = ParamSpec("P")
R = TypeVar("R")


def read(
    query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """What `query` answers now. Only for pages that have asked for a permission to see it."""
    with frame.trouble_told(), snapshot(frame.engine()) as conn:
        return query(conn, *args, **kwargs)


@contextmanager
def changing(permission: str | None) -> Iterator[tuple[Connection, Note]]:
    """A transaction, and what adds a line to the audit within it.

    Whether the viewer has the permission is looked up anew: a box that is open runs by itself,
    and may be open for long. Trouble is told in a sentence, and ends the page there.

    Args:
        permission: None for what is the viewer's own account.
    """
    viewer = frame.require(permission) if permission else frame.whoever()
    with frame.trouble_told(), frame.engine().begin() as conn:
        yield conn, auditing.note_of(conn, viewer)


def csv_given() -> bytes | None:
    """The controls of a box that imports a file; what is in it once that is asked for."""
    given = st.file_uploader("File", type="csv", key="import_file", max_upload_size=1)
    asked = st.button("Import", type="primary", key="import_yes", disabled=given is None)
    return given.getvalue() if asked and given is not None else None


def bad_lines(exc: BadLines) -> None:
    """Tell which lines of a file cannot be imported, and why."""
    st.warning(
        "Nothing was imported. Mend these lines, and try again.", icon=":material/error:"
    )
    rows = [{"line": line, "reason": reason} for line, reason in exc.reasons.items()]
    st.dataframe(
        tables.frame_of(rows, ("line", "reason")),
        hide_index=True,
        alt="Lines that cannot be imported",
        column_config={
            "line": tables.number("Line", width=60),
            "reason": tables.text("Reason"),
        },
    )
