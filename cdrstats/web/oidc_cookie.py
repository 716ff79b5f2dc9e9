"""The cookie of a browser that is at the provider's: what must be known when it comes back.

Sealed, and gone after ten minutes. It is the browser's and not a process's, so that another one
behind the same address can go on; and nobody else's browser can bring the answer (login CSRF).
"""

import json
from dataclasses import asdict
from datetime import datetime, timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response

from cdrstats.accounts.provider import Begun
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.errors import BadSetting
from cdrstats.web.cookies import is_encrypted

NAME = "cdrstats_oidc"
PATH = "/oidc/"
LASTS = timedelta(minutes=10)
"""Time for a password, a telephone and a slow network."""


def give(
    response: Response,
    connection: HTTPConnection,
    box: SecretBox,
    begun: Begun,
    there: str,
    now: datetime,
) -> None:
    """Have the browser keep what has begun, and where its person wanted to go."""
    until = (now + LASTS).timestamp()
    kept = {"begun": asdict(begun), "next": there, "until": until}
    response.set_cookie(
        NAME,
        box.seal(json.dumps(kept)).decode(),
        max_age=int(LASTS.total_seconds()),
        path=PATH,
        secure=is_encrypted(connection),
        httponly=True,
        samesite="lax",
    )


def found(
    connection: HTTPConnection, box: SecretBox, now: datetime
) -> tuple[Begun, str] | None:
    """What the browser began, and where to go then; None if nothing, or too long ago."""
    sealed = connection.cookies.get(NAME)
    if not sealed:
        return None
    try:
        kept = json.loads(box.open(sealed.encode()))
        begun, there, until = Begun(**kept["begun"]), kept["next"], kept["until"]
    except (BadSetting, ValueError, KeyError, TypeError):
        return None  # not sealed by us
    return (begun, there) if now.timestamp() < until else None


def take(response: Response, connection: HTTPConnection) -> None:
    """Have the browser forget it: an answer is good once."""
    response.delete_cookie(
        NAME, path=PATH, secure=is_encrypted(connection), httponly=True, samesite="lax"
    )
