"""What every page stands in: who looks, reading for them, what is said when it fails."""

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import streamlit as st
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE, Scope, Viewer, sessions
from cdrstats.accounts.gate import session_in
from cdrstats.accounts.isolation import confine
from cdrstats.db.limits import CANCELLED, PATIENCE_S, TookTooLong
from cdrstats.errors import CdrStatsError, ServerTrouble
from cdrstats.format import unlinked
from cdrstats.readers.answering import answer
from cdrstats.ui.process import begin, engine, settings

__all__ = [
    "ahead",
    "changing",
    "engine",
    "explain",
    "forget",
    "now",
    "offered",
    "read",
    "read_calls",
    "read_now",
    "read_of_house",
    "require",
    "settings",
    "shown",
    "tell",
    "trouble_told",
    "viewer",
    "whoever",
]

log = logging.getLogger("cdrstats.web")

P = ParamSpec("P")
R = TypeVar("R")
Name = TypeVar("Name", bound=str)

SIGNED_OUT = """
<p>You are not signed in. <a href="/login" target="_self">Sign in</a></p>
<script>
location.assign("/login?next=" + encodeURIComponent(location.pathname + location.search))
</script>
"""

OWNER = frozenset({"user_id", "customer"})
"""Fields of a call that tell whose it is."""

VIEWER = "viewer"
"""Where a run keeps who it is for."""

FRESH_S = 10
"""Nothing that a page shows is older than so many seconds."""


def require(permission: str) -> Viewer:
    """The first statement of every page: who is looking; a stranger sees nothing.

    Streamlit can run a page without running app.py, so each page asks for itself.
    """
    found = whoever()
    if not found.may(permission):
        st.error("You may not see this page.")
        st.stop()
    return found


def whoever() -> Viewer:
    """Who is looking, whatever they may do; a stranger is led to the sign-in.

    The database is asked each time: whoever signed out, or lost a right, has none from then on.
    """
    st.session_state.pop(VIEWER, None)
    session_id, found = session_in(st.user.get("session")), None
    if session_id is not None:
        with trouble_told(), engine().connect() as conn:
            found = sessions.viewer_of(conn, session_id, now())
    if found is None:
        st.html(SIGNED_OUT, unsafe_allow_javascript=True)
        st.stop()
    st.session_state[VIEWER] = found
    return found


def viewer() -> Viewer:
    """Who this run is for; `whoever` found out."""
    found: Viewer = st.session_state[VIEWER]
    return found


def shown(names: Iterable[str]) -> tuple[str, ...]:
    """Those of the fields of a call, or of the figures, that the viewer may see."""
    return tuple(filter(viewer().scope.shows, names))


def offered(choices: Mapping[str, Name]) -> dict[str, Name]:
    """Those of the choices, fields of a call or figures by their labels, that the viewer has.

    Whose a call is, is no choice for who sees the calls of one customer.
    """
    scope = viewer().scope
    is_one = scope.user_ids is not None and len(scope.user_ids) < 2
    return {
        label: name
        for label, name in choices.items()
        if scope.shows(name) and not (is_one and name in OWNER)
    }


def now() -> datetime:
    return datetime.now(UTC)


def read(
    query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """What `query` answers for the viewer; at most FRESH_S seconds old.

    Its connection cannot write, and reads what the viewer may: `cdrstats.accounts.isolation`.
    Trouble with the database is told in a sentence, and ends the page.
    """
    found: R = _told(viewer().scope, query, args, kwargs)
    return found


def read_of_house(
    query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Like `read`, for what concerns the installation and is of no customer: no call, no name.

    A customer may know that imports are late, and may not read what waits.
    """
    found: R = _told(EVERYONE, query, args, kwargs)
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
        return answer(engine(), viewer().scope, query, *args, **kwargs)
    except (CdrStatsError, DBAPIError) as exc:
        tell(exc)


def _key(scope: Scope, query: Any, args: Any, kwargs: Any) -> str:
    """Holds the scope with all arguments: one viewer never sees another's rows."""
    return repr((query.__module__, query.__qualname__, scope, args, sorted(kwargs.items())))


def _asked_of_calls(query: Any, args: Any, kwargs: Any) -> Future[Any]:
    scope, version = viewer().scope, read_of_house(aggregates.version)
    key = repr((version, _key(scope, query, args, kwargs)))
    asked = _begun(key, scope, query, args, kwargs)
    if asked.done() and asked.exception() is not None:  # told to whoever waited for it
        _begun.clear(key, scope, query, args, kwargs)
        asked = _begun(key, scope, query, args, kwargs)
    return asked


def _told(scope: Scope, query: Any, args: Any, kwargs: Any) -> Any:
    try:
        return _briefly(_key(scope, query, args, kwargs), scope, query, args, kwargs)
    except (CdrStatsError, DBAPIError) as exc:
        tell(exc)


# Answers are kept as they are, for all to read and nobody to change: a copy for each run would
# cost more than what is drawn from it.
@st.cache_resource(ttl=FRESH_S, max_entries=500, show_spinner=False)
def _briefly(key: str, _scope: Scope, _query: Any, _args: Any, _kwargs: Any) -> Any:
    return answer(engine(), _scope, _query, *_args, **_kwargs)


@st.cache_resource(ttl=timedelta(minutes=15), max_entries=500, show_spinner=False)
def _begun(key: str, _scope: Scope, _query: Any, _args: Any, _kwargs: Any) -> Future[Any]:
    return begin(_scope, _query, _args, _kwargs)


def forget() -> None:
    """Read everything anew: the viewer has just changed something."""
    _briefly.clear()
    _begun.clear()


def forget_answer(query: Any, *args: Any, **kwargs: Any) -> None:
    """Let `read` ask this anew: the viewer has just changed it, and nothing else."""
    scope = viewer().scope
    _briefly.clear(_key(scope, query, args, kwargs), scope, query, args, kwargs)


@contextmanager
def changing() -> Iterator[Connection]:
    """A transaction of the viewer's, with the viewer's rights: for what people keep here.

    Trouble is told in a sentence, and ends the page there.
    """
    with trouble_told(), engine().begin() as conn:
        confine(conn, viewer().scope)
        yield conn


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
