"""Lines of the audit about what leaves by our routes."""

from collections.abc import Callable, Mapping

from sqlalchemy import Engine
from starlette.requests import Request

from cdrstats.accounts import Viewer, audit


def address_of(request: Request) -> str:
    """The browser's address, as the server, or the proxy in front of it, tells."""
    return request.client.host if request.client else ""


def note_taken(
    engine: Callable[[], Engine],
    viewer: Viewer,
    address: str,
    action: str,
    object: str,
    detail: Mapping[str, str],
) -> None:
    """Add a line before the first byte goes out, in a transaction of its own."""
    with engine().begin() as conn:
        audit.note(
            *(conn, viewer.name, action, object),
            person_id=viewer.person_id,
            address=address,
            detail=detail,
        )
