"""How the web process tells its pages that a request came in by the front door.

The gate (`cdrstats.web.gate`) takes `HEADER` off whatever a client sends and sets it anew;
Streamlit hands it to the pages. Its value is made anew at each start and never leaves this
process, so that a page which runs without the gate knows nobody, and shows nothing.
"""

import hmac
import secrets

from cdrstats.accounts import LOCAL_VIEWER, Viewer

HEADER = "X-Cdrstats-Viewer"

PASS = secrets.token_urlsafe(24)
"""What the gate puts into `HEADER` for the one local viewer."""


def viewer_by(word: object) -> Viewer | None:
    """Who `word`, the value of `HEADER`, stands for; None for a stranger."""
    if isinstance(word, str) and hmac.compare_digest(word.encode(), PASS.encode()):
        return LOCAL_VIEWER
    return None
