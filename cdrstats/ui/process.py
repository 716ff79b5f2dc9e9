"""What one web process holds: its settings, its database and its readers."""

import gc
import os
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any

import streamlit as st
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from cdrstats.accounts import Scope
from cdrstats.db.database import open_database
from cdrstats.errors import CdrStatsError
from cdrstats.readers import Readers
from cdrstats.readers.answering import GARBAGE, answer
from cdrstats.settings import Settings, read_settings

CONNECTIONS = 10
"""So many pages ask at once, beside what readers ask for them; another one has to connect,
which takes longer than to ask."""

MOST_READERS = 4
"""More processors than that have enough to do with the database."""

_readers: list[Readers] = []
"""Those of the web process, once it has begun; a page that is run by itself has none."""


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The settings of this process, read once."""
    return read_settings()


def _let_go(held: tuple[Engine, ExitStack]) -> None:
    held[1].close()


@st.cache_resource(show_spinner=False, on_release=_let_go)
def _held() -> tuple[Engine, ExitStack]:
    stack = ExitStack()
    database = open_database(settings(), "cdrstats-web", connections=CONNECTIONS)
    return stack.enter_context(database), stack


def engine() -> Engine:
    """The database, found or started on first use and then kept.

    Raises:
        ServerTrouble: it cannot be reached; the next call tries again.
    """
    return _held()[0]


def begin(scope: Scope, query: Any, args: Any, kwargs: Any) -> Future[Any]:
    """What `query` will answer: asked of a reader, or asked here where there are none."""
    if _readers:
        return _readers[0].begin(engine(), scope, query, *args, **kwargs)
    asked: Future[Any] = Future()
    try:
        asked.set_result(answer(engine(), scope, query, *args, **kwargs))
    except (CdrStatsError, DBAPIError) as exc:
        asked.set_exception(exc)
    return asked


def close() -> None:
    """Let go of readers and database; the next use opens the database again."""
    while _readers:
        _readers.pop().close()
    _held.clear()


def warm() -> None:
    """Begin and import what the first visitor would wait for."""
    _readers.append(Readers(min(os.cpu_count() or 1, MOST_READERS)))

    import altair  # noqa: F401
    import pandas  # noqa: F401

    from cdrstats.ui import charts, frame  # noqa: F401

    # What has been imported stays: looking through it for garbage, again and again while a page
    # reads thousands of rows, took a fifth of the page's time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def explain(exc: BaseException) -> bool:
    """What Streamlit calls for an error that no page expected."""
    from cdrstats.ui import frame

    return frame.explain(exc)
