"""Somebody who is signed in, for parts of the bench that open pages."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from cdrstats.accounts import people, sessions


def token(engine: Engine, name: str) -> str:
    """What the browser of a new administrator of that name holds."""
    with engine.begin() as conn:
        made = people.add(conn, name, "administrator")
        now = datetime.now(UTC)
        return sessions.open_session(conn, made.id, "password", "", "bench", now)
