"""What every page stands in: who looks, reading for them, what is said when it fails."""

import logging
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import streamlit as st
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cdrstats import aggregates
from cdrstats.accounts import Viewer
from cdrstats.accounts.gate import viewer_by
from cdrstats.db.limits import CANCELLED, PATIENCE_S, TookTooLong
from cdrstats.errors import CdrStatsError, ServerTrouble
from cdrstats.readers.answering import answer
from cdrstats.ui.format import unlinked
from cdrstats.ui.process import begin, engine, settings

__all__ = [
    "ahead",
    "engine",
    "explain",
    "forget",
    "now",
    "read",
    "read_calls",
    "read_now",
    "require",
    "settings",
    "tell",
    "trouble_told",
]

log = logging.getLogger("cdrstats.web")

P = ParamSpec("P")
R = TypeVar("R")

FRESH_S = 10
"""Nothing that a page shows is older than so many seconds."""


def require(permission: str) -> Viewer:
    """The first statement of every page: who is looking; a stranger sees nothing.

    Streamlit can run a page without running app.py, so each page asks for itself.
    """
    viewer = viewer_by(st.user.get("viewer"))
    if viewer is None:
        st.error("This page was not opened through CDR-Stats. Go to its start page.")
        st.stop()
    if not viewer.may(permission):
        st.error("You may not see this page.")
        st.stop()
    return viewer


def now() -> datetime:
    return datetime.now(UTC)


def read(
    query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """What `query` answers, on a connection that cannot write; at most FRESH_S seconds old.

    Trouble with the database is told in a sentence, and ends the page.
    """
    found: R = _told(_briefly, _key(query, args, kwargs), query, args, kwargs)
    return found


def read_calls(
    query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Like `read`, for what comes of calls and roll-ups alone, without names.

    It is kept until these change: analysts who look at the same figures wait for them once.
    """
    try:
        asked: Future[R] = _asked_of_calls(query, args, kwargs)
        return asked.result(2 * PATIENCE_S)
    except TimeoutError:
        _begun.clear()  # the next visitor need not wait for the same
        tell(TookTooLong("This took too long. Choose a shorter period or more filters."))
    except (CdrStatsError, DBAPIError) as exc:
        tell(exc)


def ahead(
    query: Callable[Concatenate[Connection, P], object], *args: P.args, **kwargs: P.kwargs
) -> None:
    """Begin to read what `read_calls` will be asked for, and go on meanwhile."""
    _asked_of_calls(query, args, kwargs)


def read_now(
    query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Like `read`, never from what is kept: for what the viewer has just changed."""
    try:
        return answer(engine(), query, *args, **kwargs)
    except (CdrStatsError, DBAPIError) as exc:
        tell(exc)


def _key(query: Any, args: Any, kwargs: Any) -> str:
    """Holds the scope with all other arguments: one viewer never sees another's rows."""
    return repr((query.__module__, query.__qualname__, args, sorted(kwargs.items())))


def _asked_of_calls(query: Any, args: Any, kwargs: Any) -> Future[Any]:
    version = _told(_briefly, "version", aggregates.version, (), {})
    key = repr((version, _key(query, args, kwargs)))
    asked = _begun(key, query, args, kwargs)
    if asked.done() and asked.exception() is not None:  # told to whoever waited for it
        _begun.clear(key, query, args, kwargs)
        asked = _begun(key, query, args, kwargs)
    return asked


def _told(kept: Any, key: str, query: Any, args: Any, kwargs: Any) -> Any:
    try:
        return kept(key, query, args, kwargs)
    except (CdrStatsError, DBAPIError) as exc:
        tell(exc)


# Answers are kept as they are, for all to read and nobody to change: a copy for each run would
# cost more than what is drawn from it.
@st.cache_resource(ttl=FRESH_S, max_entries=500, show_spinner=False)
def _briefly(key: str, _query: Any, _args: Any, _kwargs: Any) -> Any:
    return answer(engine(), _query, *_args, **_kwargs)


@st.cache_resource(ttl=timedelta(minutes=15), max_entries=500, show_spinner=False)
def _begun(key: str, _query: Any, _args: Any, _kwargs: Any) -> Future[Any]:
    return begin(_query, _args, _kwargs)


def forget() -> None:
    """Read everything anew: the viewer has just changed something."""
    _briefly.clear()
    _begun.clear()


@contextmanager
def trouble_told() -> Iterator[None]:
    """Around what changes something: tell what stands in the way, and end the page there."""
    try:
        yield
    except (CdrStatsError, DBAPIError) as exc:
        tell(exc)


def tell(exc: CdrStatsError | DBAPIError) -> NoReturn:
    """Say in a sentence what stands in the way and what to do, and end the page there."""
    if isinstance(exc, CdrStatsError) and not isinstance(exc, ServerTrouble):
        st.warning(unlinked(str(exc)), icon=":material/error:")
        st.stop()
    code = getattr(getattr(exc, "orig", None), "pgcode", None)
    if isinstance(exc, ServerTrouble):
        sentence = str(exc)
    elif code == CANCELLED:
        sentence = "This took too long. Choose a shorter period or more filters."
    elif code is None or code.startswith(("57P", "08")):
        sentence = "The database does not answer. It may be starting; try again soon."
    else:
        raise exc
    reference = _noted(exc)
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f"**{sentence}**", text_alignment="center")
        st.caption(f"Reference {reference}, in the log of the web process.")
        st.button("Try again", icon=":material/refresh:")
    st.stop()


def _noted(exc: BaseException) -> str:
    """Write the error to the log under a reference that the page can show."""
    reference = secrets.token_hex(4)
    log.error("error=%s reference=%s", type(exc).__name__, reference, exc_info=exc)
    return reference


def explain(exc: BaseException) -> bool:
    """What no page expected is told as a sentence and a reference, without traceback."""
    reference = _noted(exc)
    st.error(
        "Something went wrong on this page."
        f" Reference {reference}, in the log of the web process.",
        icon=":material/error:",
    )
    return True
