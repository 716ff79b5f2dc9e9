"""What one web process holds: its settings and its database."""

import gc
from contextlib import ExitStack

import streamlit as st
from sqlalchemy import Engine

from cdrstats.db.database import open_database
from cdrstats.settings import Settings, read_settings

GARBAGE = (20_000, 20, 50)
"""How much is made until Python looks for garbage. A page makes as many objects as that, and
drops them by itself: with Python's own 700 one click in ten waited a tenth of a second."""

CONNECTIONS = 20
"""So many pages ask at once; another one has to connect, which takes longer than to ask."""


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


def close() -> None:
    """Let go of the database; the next use opens it again."""
    _held.clear()


def warm() -> None:
    """Import what the first visitor would wait for."""
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
