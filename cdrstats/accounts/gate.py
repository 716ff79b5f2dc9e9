"""How the web process tells its pages by which session a request came in.

The gate (`cdrstats.web.gate`) takes `HEADER` off whatever a client sends and sets it anew;
Streamlit hands it to the pages. It begins with a word that is made anew at each start and never
leaves this process, so that a page which runs without the gate knows nobody, and shows nothing.
"""

import hmac
import secrets

HEADER = "X-Cdrstats-Session"

_WORD = secrets.token_urlsafe(24)


def vouched(session_id: str) -> str:
    """What the gate puts into `HEADER` for a session that it has found open."""
    return f"{_WORD}.{session_id}"


def session_in(value: object) -> str | None:
    """The session that `value`, of `HEADER`, vouches for; None for a stranger."""
    if not isinstance(value, str):
        return None
    word, _, session_id = value.partition(".")
    return session_id if hmac.compare_digest(word.encode(), _WORD.encode()) else None
