"""Who is signed in, or whose token a program shows, asked of the database at each request."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType

from sqlalchemy import Engine

from cdrstats.accounts import Viewer, api_tokens, refusals, sessions
from cdrstats.accounts.rules import TOUCHED_EVERY


class Looker:
    """Finds the viewer of a session or a token, and notes now and then that it is used."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._touched: dict[str, float] = {}

    def __call__(self, session_id: str) -> Viewer | None:
        """Who is signed in by the session; None if nobody is.

        Raises:
            ServerTrouble: the database cannot be reached.
        """
        return self._viewer(sessions, session_id)

    def by_token(self, token_id: str) -> Viewer | None:
        """Whose token it is; None if it is nobody's. Raises as for a session."""
        return self._viewer(api_tokens, token_id)

    def tell_refused(self, token_id: str | None, address: str) -> None:
        """Tell the audit of a token that is nobody's; None: of a forged session."""
        now = datetime.now(UTC)
        with self._engine().begin() as conn:
            if token_id is None:
                refusals.tell(conn, refusals.FORGED, "not a session's", address, now)
            else:
                api_tokens.tell_refused(conn, token_id, address, now)

    def _viewer(self, kept: ModuleType, id_: str) -> Viewer | None:
        now = datetime.now(UTC)
        with self._engine().connect() as conn:
            viewer: Viewer | None = kept.viewer_of(conn, id_, now)
            if viewer is not None and self._is_due(id_):
                kept.touch(conn, id_, now)
                conn.commit()
        return viewer

    def _is_due(self, id_: str) -> bool:
        """Whether this process has not noted it for a minute."""
        now, every = time.monotonic(), TOUCHED_EVERY.total_seconds()
        if now - self._touched.get(id_, -every) < every:
            return False
        self._touched = {each: at for each, at in self._touched.items() if now - at < every}
        self._touched[id_] = now
        return True
