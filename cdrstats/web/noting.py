"""Lines of the audit about what leaves by our routes."""

from collections.abc import Callable, Mapping

from sqlalchemy import Engine
from starlette.requests import HTTPConnection

from cdrstats.accounts import Viewer, audit


def address_of(request: HTTPConnection) -> str:
    """The browser's address, as the server, or the proxy in front of it, tells."""
    return request.client.host if request.client else ""


def note_taken(
    engine: Callable[[], Engine],
    viewer: Viewer,
    address: str,
    action: str,
    object: str,
    detail: Mapping[str, str],
    masked: int,
) -> None:
    """Add a line before the first byte goes out, in a transaction of its own.

    Args:
        masked: how many last digits of numbers are kept back in it.
    """
    if masked or viewer.unmasked_until:
        detail = {**detail, "numbers": "masked" if masked else "in full, unmasked for a while"}
    with engine().begin() as conn:
        audit.note(
            *(conn, viewer.name, action, object),
            person_id=viewer.person_id,
            address=address,
            detail=detail,
        )
