"""What pages keep of what they have read, and how long."""

from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, func, select, text

from cdrstats import aggregates
from cdrstats.accounts import Scope, Viewer
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.ui import frame
from tests.factories import NOON, add_call

from .people import LOCAL_VIEWER

pytestmark = pytest.mark.usefixtures("app", "calls")

read: list[int] = []


def stored(conn: Connection) -> int:
    read.append(conn.execute(select(func.count()).select_from(voip_cdr)).scalar_one())
    return read[-1]


@pytest.fixture(autouse=True)
def viewers(monkeypatch: pytest.MonkeyPatch) -> list[Viewer]:
    """Who the run is for: the last of them."""
    looking = [LOCAL_VIEWER]
    monkeypatch.setattr(frame, "viewer", lambda: looking[-1])
    read.clear()
    return looking


def ten_seconds_later() -> None:
    frame._briefly.clear()


def test_what_comes_of_calls_is_read_once_while_these_stay_as_they_are() -> None:
    for _ in range(3):
        assert frame.read_calls(stored) == 4
        ten_seconds_later()
    assert read == [4]


def test_it_is_read_anew_when_a_call_has_come_in_and_when_it_has_been_counted(
    fresh_engine: Engine,
) -> None:
    assert frame.read_calls(stored) == 4
    with fresh_engine.begin() as conn:
        add_call(conn)
        aggregates.note_changed(conn, [NOON])
    assert frame.read_calls(stored) == 4, "not older than ten seconds"
    ten_seconds_later()
    assert frame.read_calls(stored) == 5
    with fresh_engine.begin() as conn:
        assert aggregates.refresh(conn)
    ten_seconds_later()
    assert frame.read_calls(stored) == 5
    assert read == [4, 5, 5]


def test_nobody_gets_what_another_viewer_may_see(viewers: list[Viewer]) -> None:
    """What is kept is kept for the scope, also where a query does not ask for it."""
    assert frame.read(stored) == frame.read_calls(stored) == 4
    for customer, calls in ((7, 1), (8, 0)):
        viewers.append(replace(LOCAL_VIEWER, scope=Scope(frozenset({customer}))))
        assert frame.read(stored) == frame.read_now(stored) == calls
        assert frame.read_calls(stored) == calls
        with frame.changing() as conn:
            assert stored(conn) == calls
        assert frame.read_of_house(stored) == 4


def test_other_things_are_read_anew_after_ten_seconds() -> None:
    for _ in range(2):
        assert frame.read(stored) == 4
        assert frame.read(stored) == 4
        ten_seconds_later()
    assert read == [4, 4]


def test_what_is_kept_is_forgotten_once_the_viewer_has_changed_something() -> None:
    frame.read_calls(stored)
    frame.forget()
    frame.read_calls(stored)
    assert read == [4, 4]


def test_a_version_moves_with_each_change_of_calls_and_counts(fresh_engine: Engine) -> None:
    seen = []
    with fresh_engine.begin() as conn:
        seen.append(aggregates.version(conn))
        aggregates.note_changed(conn, [NOON])
        seen.append(aggregates.version(conn))
        aggregates.note_changed(conn, [NOON])
        seen.append(aggregates.version(conn))
        aggregates.refresh(conn)
        seen.append(aggregates.version(conn))
        assert aggregates.refresh(conn) == 0
        assert aggregates.version(conn) == seen[-1], "nothing was left to count"
        for rule in (
            "UPDATE hangup_cause SET blocked = true WHERE id = 17",
            "UPDATE switch SET extension_digits = 9",
        ):
            conn.execute(text(rule))
            seen.append(aggregates.version(conn))
    assert len(set(seen)) == 6


refused: list[Exception] = []


def refuses(_: Connection) -> str:
    if refused:
        raise refused[0]
    return "answered"


def test_what_is_begun_ahead_is_read_once() -> None:
    frame.ahead(stored)
    assert read == [4], "nobody has asked for it yet"
    assert frame.read_calls(stored) == 4
    assert read == [4]


def a_page_that_asks_for_what_is_refused() -> None:
    import streamlit as st

    from cdrstats.ui import frame
    from tests.test_frame import refuses

    frame.ahead(refuses)
    st.write("before")
    st.write(frame.read_calls(refuses))


def test_what_is_refused_ahead_is_told_where_it_is_asked_for() -> None:
    from streamlit.testing.v1 import AppTest

    refused[:] = [BadRequest("There is no such figure.")]
    at = AppTest.from_function(a_page_that_asks_for_what_is_refused).run()
    assert [one.value for one in at.markdown] == ["before"]
    assert [one.value for one in at.warning] == ["There is no such figure."]
    refused.clear()
    assert [one.value for one in at.run().markdown] == ["before", "answered"]


def test_a_failure_is_not_kept() -> None:
    refused[:] = [BadRequest("There is no such figure.")]
    frame.ahead(refuses)
    refused.clear()
    assert frame.read_calls(refuses) == "answered"
