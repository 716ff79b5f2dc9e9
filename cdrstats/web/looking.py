"""Who is signed in, asked of the database at each request."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Engine

from cdrstats.accounts import Viewer, sessions
from cdrstats.accounts.rules import TOUCHED_EVERY


class Looker:
    """Finds the viewer of a session, and notes now and then that the session is used."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._touched: dict[str, float] = {}

    def __call__(self, session_id: str) -> Viewer | None:
        """Who is signed in by the session; None if nobody is.

        Raises:
            ServerTrouble: the database cannot be reached.
        """
        now = datetime.now(UTC)
        with self._engine().connect() as conn:
            viewer = sessions.viewer_of(conn, session_id, now)
            if viewer is not None and self._is_due(session_id):
                sessions.touch(conn, session_id, now)
                conn.commit()
        return viewer

    def _is_due(self, session_id: str) -> bool:
        """Whether this process has not noted it for a minute."""
        now, every = time.monotonic(), TOUCHED_EVERY.total_seconds()
        if now - self._touched.get(session_id, -every) < every:
            return False
        self._touched = {id_: at for id_, at in self._touched.items() if now - at < every}
        self._touched[session_id] = now
        return True
