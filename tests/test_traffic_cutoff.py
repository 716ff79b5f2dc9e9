"""The data cut-off of a link: what comes in later leaves its figures as they were."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, func, select, text, update

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE
from cdrstats.aggregates.draining import drain
from cdrstats.clock import Window
from cdrstats.db.schema import cdr_import
from cdrstats.errors import BadRequest
from cdrstats.filters import CutOff, Filters
from cdrstats.traffic import Question, ask, changed_since, cut_off_now, measure

from .factories import NOON, add_call, add_staged

HOUR = Window(NOON, NOON + timedelta(hours=1))


def calls(conn: Connection, window: Window, cut: CutOff | None) -> int:
    answers = ask(conn, EVERYONE, Question(window, filters=Filters(cut_off=cut)))
    return sum(answer.parts.calls for answer in answers)


def add(conn: Connection, minute: int, import_id: int | None = None) -> None:
    """A call as an import would add it, of a row that waits or of one of its own."""
    start = NOON + timedelta(minutes=minute)
    if import_id is None:
        import_id = add_staged(conn)
    decided = update(cdr_import).where(cdr_import.c.id == import_id)
    conn.execute(decided.values(imported=True, outcome="call", call_start=start))
    call = add_call(conn, starting_date=start, import_id=import_id, pdd_ms=1000 * minute)
    aggregates.note_changed(conn, [call["starting_date"]])


def later(engine: Engine) -> datetime:
    with engine.connect() as conn:
        return conn.execute(select(func.clock_timestamp())).scalar_one()


def test_what_came_in_after_the_cut_off_is_left_out(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add(conn, 1)
        add(conn, 20)
    drain(fresh_engine)
    with fresh_engine.begin() as conn:
        cut = cut_off_now(conn)
        assert changed_since(conn, EVERYONE, HOUR, cut) == []
        add(conn, 2)
    with fresh_engine.connect() as conn:  # noted, not counted yet
        assert calls(conn, HOUR, cut) == 2
    drain(fresh_engine)
    with fresh_engine.connect() as conn:
        assert calls(conn, HOUR, None) == 3
        assert calls(conn, HOUR, cut) == 2
        changed = Window(NOON, NOON + timedelta(minutes=15))
        assert changed_since(conn, EVERYONE, HOUR, cut) == [changed]
        part = Window(NOON + timedelta(minutes=2), NOON + timedelta(minutes=3))
        assert changed_since(conn, EVERYONE, part, cut) == [part]
        assert calls(conn, part, cut) == 0
        question = Question(HOUR, filters=Filters(cut_off=cut))
        (answer,) = measure(conn, EVERYONE, question, ["pdd_p50"])
        assert answer.spread
        assert (answer.spread.calls, answer.spread.median) == (2, 1.0)


def test_a_row_that_waits_at_the_cut_off_comes_in_later(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add(conn, 1)
        waiting = add_staged(conn)
    drain(fresh_engine)
    with fresh_engine.connect() as conn:
        cut = cut_off_now(conn)
    with fresh_engine.begin() as conn:
        add(conn, 2, waiting)
        add(conn, 3)
    drain(fresh_engine)
    with fresh_engine.connect() as conn:
        assert calls(conn, HOUR, cut) == 1
        assert calls(conn, HOUR, cut_off_now(conn)) == 3


def test_neighbouring_changed_quarter_hours_are_one_stretch(fresh_engine: Engine) -> None:
    cut = CutOff(0, later(fresh_engine))
    with fresh_engine.begin() as conn:
        for minute in (1, 16, 46):
            add(conn, minute)
    with fresh_engine.connect() as conn:
        assert [span.length for span in changed_since(conn, EVERYONE, HOUR, cut)] == [
            timedelta(minutes=30),
            timedelta(minutes=15),
        ]
        assert calls(conn, HOUR, cut) == 0


def test_a_cut_off_survives_its_way_through_a_link() -> None:
    cut = CutOff(4711, datetime(2026, 3, 10, 12, 0, 0, 123, tzinfo=UTC))
    assert CutOff.parse(cut.text()) == cut


@pytest.mark.parametrize(
    "nonsense", ["", "~", "4711", "x~2026-03-10T12:00Z", "1~2026-03-10T12:00", "-1~2026-03-10Z"]
)
def test_nonsense_is_no_cut_off(nonsense: str) -> None:
    with pytest.raises(BadRequest, match="cut-off"):
        CutOff.parse(nonsense)


def test_an_empty_store_has_a_cut_off_too(conn: Connection) -> None:
    conn.execute(text("DELETE FROM cdr_import"))
    assert cut_off_now(conn).import_id == 0
