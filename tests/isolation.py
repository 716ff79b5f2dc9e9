"""Looking with the rights of a viewer, for tests."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from cdrstats.accounts import Scope
from cdrstats.accounts.isolation import confine


@contextmanager
def seen_by(conn: Connection, scope: Scope) -> Iterator[Connection]:
    """The rights of `scope`, and the old ones afterwards; what was written is undone."""
    with conn.begin_nested() as part:
        confine(conn, scope)
        yield conn
        part.rollback()
    conn.execute(text("RESET ROLE"))
