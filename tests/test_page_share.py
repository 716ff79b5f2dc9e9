"""The Share menu: what its links show when they are opened later."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine

from cdrstats import mediation
from cdrstats.aggregates.draining import drain
from cdrstats.ui import frame

from .factories import add_staged
from .pages import Open, metrics


def stage(engine: Engine, callid: str, ago: timedelta) -> None:
    """A row as cdr-pusher would insert it, of a call that started so long ago."""
    with engine.begin() as conn:
        add_staged(conn, callid=callid, starting_date=datetime.now(UTC) - ago)


def count(engine: Engine) -> None:
    mediation.mediate(engine)
    drain(engine)


def query_of(address: str) -> dict[str, Any]:
    found = parse_qs(urlsplit(address).query)
    return {f"{key}_": values for key, values in found.items()}


@pytest.mark.parametrize("waiting", [False, True])
def test_a_pinned_link_shows_the_same_figures_whatever_comes_in(
    app: Open, fresh_engine: Engine, waiting: bool
) -> None:
    hours = timedelta(hours=1)
    stage(fresh_engine, "first", 2 * hours)
    count(fresh_engine)
    if waiting:
        stage(fresh_engine, "waits", 2 * hours)
    at = app("dashboard", zone="UTC")
    assert metrics(at)["Calls"] == "1"
    at.button(key="pin").click().run()
    pinned = query_of(at.code[-1].value)
    stage(fresh_engine, "later", 2 * hours)
    count(fresh_engine)
    frame.forget()
    assert metrics(app("dashboard", **pinned))["Calls"] == "1"
    assert metrics(app("dashboard", zone="UTC"))["Calls"] == ("3" if waiting else "2")
