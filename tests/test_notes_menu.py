"""The menu of notes: what it lists, and the notes that people add, change and delete."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from cdrstats import notes, switches
from cdrstats.accounts import EVERYONE, Scope, Viewer
from cdrstats.clock import Window
from cdrstats.db.marking import leave_mark
from cdrstats.filters import Filters
from cdrstats.notes import Mark, Note
from cdrstats.ui.notes import KEY, as_html

from .factories import NOON
from .pages import DAY, Open, words
from .people import LOCAL_VIEWER

MADRID = ZoneInfo("Europe/Madrid")
MADRIDS_DAY = DAY | {"zone": "Europe/Madrid"}
BEN = Viewer("ben", frozenset(), EVERYONE)
OF_A_CUSTOMER = Viewer("bob", frozenset(), Scope(frozenset({2})))
HOUR = timedelta(hours=1)


def opened(app: Open, **params: str) -> AppTest:
    at = app("overview", **params)
    at.session_state["zone"] = params.get("zone")  # app.py, which chooses it, does not run here
    at.session_state[KEY] = True
    at.run()
    assert not at.exception
    return at


def add(engine: Engine, viewer: Viewer, note: Note) -> int:
    with engine.begin() as conn:
        return notes.add(conn, viewer, note)


def held(engine: Engine, viewer: Viewer = LOCAL_VIEWER) -> list[Mark]:
    always = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
    with engine.connect() as conn:
        return notes.marks(conn, viewer.scope, always, Filters())


def listed(at: AppTest) -> list[str]:
    bodies = [element.proto.body for element in at.get("html")]
    return [body for body in bodies if body.startswith("<p")]


def push(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    at.run()
    assert not at.exception
    return at


def local(moment: str) -> datetime:
    return datetime.fromisoformat(moment)


def test_a_mark_is_told_by_the_clocks_of_the_viewer_and_as_it_was_written() -> None:
    mark = Mark(NOON, NOON + HOUR, "incident", "<b>down</b>", "ana", 1)
    assert as_html(mark, MADRID) == (
        '<p style="margin:0 0 .5rem"><small>'
        "10 Mar 2026 13:00 \N{EN DASH} 10 Mar 2026 14:00 · Incident · ana</small><br>"
        "&lt;b&gt;down&lt;/b&gt;</p>"
    )
    assert ">10 Mar 2026 12:00 · Odd</small>" in as_html(
        Mark(NOON, None, "odd", "x"), ZoneInfo("UTC")
    )


def test_notes_of_the_period_are_listed_and_what_happened_after_them(
    app: Open, fresh_engine: Engine
) -> None:
    add(fresh_engine, LOCAL_VIEWER, Note(NOON, "mine"))
    add(fresh_engine, BEN, Note(NOON + HOUR, "of Ben"))
    add(fresh_engine, BEN, Note(NOON + 24 * HOUR, "of another day"))
    add(fresh_engine, OF_A_CUSTOMER, Note(NOON, "of a customer"))
    with fresh_engine.begin() as conn:
        leave_mark(conn, "rule change", "not of this day")
    at = opened(app, **DAY)
    assert [body.partition("<br>")[2] for body in listed(at)] == ["of Ben</p>", "mine</p>"]
    assert [button.label for button in at.button if button.label.startswith("Change")] == [
        "Change this note"
    ]
    today = opened(app, period="24h", zone="UTC")
    assert ["not of this day" in body for body in listed(today)] == [True]
    assert "**What happened here**" in words(today)


def test_nothing_is_read_before_the_menu_is_opened(app: Open, fresh_engine: Engine) -> None:
    add(fresh_engine, LOCAL_VIEWER, Note(NOON, "mine"))
    at = app("overview", **DAY)
    assert listed(at) == []
    assert not any(button.label == "Add note" for button in at.button)


def test_a_note_is_added_at_a_moment_of_the_viewers_clocks(
    app: Open, fresh_engine: Engine
) -> None:
    at = opened(app, **MADRIDS_DAY)
    assert "Nothing is marked in this period." in words(at)
    assert at.datetime_input(key="note_0_at").value == local("2026-03-10T00:00")
    at.text_input(key="note_0_text").set_value("Carrier was down")
    at.datetime_input(key="note_0_at").set_value(local("2026-03-10T13:05"))
    push(at, "Add note")
    (mark,) = held(fresh_engine)
    assert (mark.words, mark.kind, mark.author) == ("Carrier was down", "note", "local")
    assert (mark.at, mark.until) == (NOON + timedelta(minutes=5), None)
    assert "10 Mar 2026 13:05 · Note · local" in listed(at)[0]
    assert at.text_input(key="note_1_text").value == ""


def test_an_incident_of_some_hours_is_about_the_switch_that_is_filtered_by(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        switch = switches.find_or_create(conn, "pbx", 4, "UTC", "")
        other = switches.find_or_create(conn, "sbc", 4, "UTC", "")
    at = opened(app, **DAY, switch="pbx")
    at.text_input(key="note_0_text").set_value("Down")
    at.segmented_control(key="note_0_kind").set_value("incident")
    at.datetime_input(key="note_0_at").set_value(local("2026-03-10T10:00"))
    at.datetime_input(key="note_0_until").set_value(local("2026-03-10T12:00"))
    push(at, "Add note")
    (mark,) = held(fresh_engine)
    assert (mark.kind, mark.at, mark.until) == ("incident", NOON - 2 * HOUR, NOON)
    with fresh_engine.connect() as conn:
        assert mark.id is not None
        assert notes.get(conn, LOCAL_VIEWER, mark.id).switch_id == switch.id != other.id
    assert listed(opened(app, **DAY, switch="sbc")) == []


@pytest.mark.parametrize(
    ("text", "until", "sentence"),
    [
        (" ", None, "A note needs a text."),
        ("x" * 501, None, "A note has at most 500 characters."),
        ("x", "2026-03-10T00:00", "A note ends after it begins."),
    ],
)
def test_what_makes_no_sense_is_told_and_kept_to_be_mended(
    app: Open, fresh_engine: Engine, text: str, until: str | None, sentence: str
) -> None:
    at = opened(app, **DAY)
    at.text_input(key="note_0_text").set_value(text)
    if until:
        at.datetime_input(key="note_0_until").set_value(local(until))
    push(at, "Add note")
    assert [warning.value for warning in at.warning] == [sentence]
    assert at.text_input(key="note_0_text").value == text
    assert held(fresh_engine) == []


def test_a_note_without_a_time_is_not_kept(app: Open, fresh_engine: Engine) -> None:
    at = opened(app, **DAY)
    at.text_input(key="note_0_text").set_value("x")
    at.datetime_input(key="note_0_at").set_value(None)
    push(at, "Add note")
    assert [warning.value for warning in at.warning] == ["A note needs a time."]
    assert held(fresh_engine) == []


def changing(app: Open, note_id: int, **params: str) -> AppTest:
    return opened(app, **params).button(key=f"edit_note_{note_id}").click().run()


def test_a_note_is_changed_by_its_author(app: Open, fresh_engine: Engine) -> None:
    note_id = add(fresh_engine, LOCAL_VIEWER, Note(NOON, "old", NOON + HOUR, "incident"))
    at = changing(app, note_id, **MADRIDS_DAY)
    key = f"note_of_{note_id}"
    assert at.datetime_input(key=f"{key}_until").value == local("2026-03-10T14:00")
    at.text_input(key=f"{key}_text").set_value("new")
    at.datetime_input(key=f"{key}_until").set_value(None)
    push(at, "Save changes")
    (mark,) = held(fresh_engine)
    assert (mark.words, mark.at, mark.until, mark.kind) == ("new", NOON, None, "incident")


def test_a_note_of_an_hour_that_comes_twice_stays_in_its_own(
    app: Open, fresh_engine: Engine
) -> None:
    second = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # 02:30 in Madrid for the second time
    note_id = add(fresh_engine, LOCAL_VIEWER, Note(second, "old"))
    night = {"period": "Custom", "from": "2026-10-25T00:00", "to": "2026-10-26T00:00"}
    at = changing(app, note_id, **night, zone="Europe/Madrid")
    at.text_input(key=f"note_of_{note_id}_text").set_value("new")
    push(at, "Save changes")
    assert [(mark.words, mark.at) for mark in held(fresh_engine)] == [("new", second)]


def test_deleting_asks_first(app: Open, fresh_engine: Engine) -> None:
    note_id = add(fresh_engine, LOCAL_VIEWER, Note(NOON, "mine"))
    at = push(changing(app, note_id, **DAY), "Delete")
    assert "Delete this note?" in words(at)
    push(at, "Keep it")
    assert len(held(fresh_engine)) == 1
    push(push(at, "Delete"), "Delete it")
    assert held(fresh_engine) == []
    assert listed(at) == []
