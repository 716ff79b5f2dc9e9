"""The cookie that holds the token of a session, and nothing else."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from cdrstats.accounts.rules import LASTS
from cdrstats.accounts.tokens import id_of, is_token

NAME = "cdrstats_session"


def session_of(connection: HTTPConnection) -> str | None:
    """The id of the session whose token the browser sent; None if it sent none."""
    token = connection.cookies.get(NAME)
    return id_of(token) if token else None


def is_forged(connection: HTTPConnection) -> bool:
    """Whether the browser sent what no session ever had.

    A session that has ended is deleted, so that its token is as unknown as a guess: only what
    does not even look like a token is told apart.
    """
    token = connection.cookies.get(NAME, "")
    return token != "" and not is_token(token)


def give(response: Response, connection: HTTPConnection, token: str) -> None:
    """Have the browser keep the token, out of reach of scripts and of other sites' forms.

    Over TLS it never goes out unencrypted.
    """
    response.set_cookie(
        NAME,
        token,
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=is_encrypted(connection),
        httponly=True,
        samesite="lax",
    )


def take(response: Response, connection: HTTPConnection) -> None:
    """Have the browser forget the token."""
    response.delete_cookie(
        NAME, path="/", secure=is_encrypted(connection), httponly=True, samesite="lax"
    )


def is_encrypted(connection: HTTPConnection) -> bool:
    """Whether the browser speaks TLS, to us or to the proxy in front."""
    return connection.url.scheme in ("https", "wss")
