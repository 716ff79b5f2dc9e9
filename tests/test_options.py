"""Settings at run time: what they may be, that they count at once, and who changed them."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, select

from cdrstats import downloads, options
from cdrstats.accounts import audit, sessions
from cdrstats.accounts.tokens import id_of
from cdrstats.errors import BadRequest
from cdrstats.options import OPTIONS

from .commands import rows, run
from .factories import NOON
from .pages import Open, signed_in, words
from .people import LOCAL_VIEWER, add_person

PAGE = (Path(__file__).parent.parent / "docs" / "settings.md").read_text("utf-8")


def nobody(*_: object, **__: object) -> None:
    """A note that the test does not look at."""


@pytest.mark.parametrize("name", OPTIONS)
def test_a_default_lies_in_its_range_and_its_ends_can_be_set(name: str) -> None:
    one = OPTIONS[name]
    assert one.least <= one.default <= one.most
    for value in (one.least, one.most):
        assert options.checked(name, f" {value} ") == value
    for given in (one.least - 1, one.most + 1):
        with pytest.raises(BadRequest, match=name):
            options.checked(name, str(given))


@pytest.mark.parametrize("given", ["", "a", "1.5", "-1", "٣", "9" * 30])
def test_what_is_no_number_is_refused(given: str) -> None:
    with pytest.raises(BadRequest, match="is a whole number of hours"):
        options.checked("session_idle_hours", given)


def test_a_name_that_is_none_is_told_with_those_that_are() -> None:
    with pytest.raises(BadRequest, match="no setting 'speed'; there are: session_idle_hours"):
        options.checked("speed", "1")


def test_the_docs_tell_each_setting_as_it_is() -> None:
    told = re.findall(
        r"^\| `([a-z_]+)` \| (\d+) (\w+) \| (\d+) to (\d+) \| (.*) \|$", PAGE, re.M
    )
    assert told == [
        (one.name, str(one.default), one.unit, str(one.least), str(one.most), one.about)
        for one in OPTIONS.values()
    ]


def test_an_open_session_ends_by_the_new_hours(conn: Connection) -> None:
    ana = add_person(conn, "ana", role="analyst")
    token = sessions.open_session(conn, ana.id, "password", "", "", NOON)
    later = NOON + timedelta(hours=3)
    assert sessions.viewer_of(conn, id_of(token), later)
    options.change(conn, "session_idle_hours", 3, "x", nobody)
    assert sessions.viewer_of(conn, id_of(token), later) is None
    options.reset(conn, "session_idle_hours", nobody)
    assert sessions.viewer_of(conn, id_of(token), later)


def test_a_download_is_kept_by_the_new_days(conn: Connection) -> None:
    options.change(conn, "download_days", 30, "x", nobody)
    one = downloads.ask(conn, LOCAL_VIEWER, "csv", "", "UTC")
    assert one.expires_at - one.asked_at > timedelta(days=29, hours=23)


@pytest.mark.usefixtures("named_database")
def test_the_command_line_changes_and_tells(fresh_engine: Engine) -> None:
    assert [each["value"] for each in rows("setting", "list")] == [
        each.default for each in OPTIONS.values()
    ]
    [now] = rows("setting", "set", "download_days", "30")
    assert (now["value"], now["changed_by"].startswith("cli:")) == (30, True)
    run("setting", "set", "download_days", "30")  # nothing to tell
    [now] = rows("setting", "reset", "download_days")
    assert (now["value"], now["changed_by"]) == (7, None)
    with fresh_engine.connect() as conn:
        lines = [(line.action, line.object, line.detail) for line in audit.search(conn)]
    assert lines == [
        ("reset setting", "download_days", {"value": {"was": 30, "is": 7}}),
        ("change setting", "download_days", {"value": {"was": 7, "is": 30}}),
    ]
    refused = run("setting", "set", "download_days", "91")
    assert (refused.exit_code, "lies from 1 to 90 days" in refused.stderr) == (2, True)


def test_the_page_changes_and_resets(app: Open, fresh_engine: Engine) -> None:
    at = app("settings")
    next(one for one in at.number_input if one.label == "Days").set_value(14)
    saves = [one for one in at.button if one.label == "Save"]
    saves[list(OPTIONS).index("download_days")].click().run()
    assert not at.exception
    assert "Default: 7 days. Changed by local" in words(at)
    with fresh_engine.connect() as conn:
        assert options.value_of(conn, "download_days") == 14
    next(one for one in at.button if one.label == "Reset").click().run()
    assert "Changed by" not in words(at)
    with fresh_engine.connect() as conn:
        assert options.value_of(conn, "download_days") == 7
        assert [line.action for line in audit.search(conn)] == [
            "reset setting",
            "change setting",
        ]


def test_what_is_exported_and_edited_is_taken_in(conn: Connection) -> None:
    options.change(conn, "download_days", 9, "=ana", nobody)
    file = options.export(conn)
    assert "download_days,9,days,7,'=ana," in file
    told: list[str] = []

    def note(_: str, name: str, **__: object) -> None:
        told.append(name)

    edited = file.replace("download_days,9,", "download_days,14,").encode()
    assert options.take_in(conn, edited, "ben", note) == 1
    assert told == ["download_days"]
    assert options.value_of(conn, "download_days") == 14
    assert options.take_in(conn, edited, "ben", note) == 0


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("download_days,14\nspeed,1", "Line 3: There is no setting 'speed'"),
        ("download_days,14\nunmask_minutes,no", "Line 3: unmask_minutes is a whole number"),
        ("download_days,14\ndownload_days,15", "Line 3: download_days stands on a line before"),
        ("download_days,0", "Line 2: download_days lies from"),
    ],
)
def test_a_bad_line_keeps_the_whole_file_out(conn: Connection, lines: str, reason: str) -> None:
    with pytest.raises(BadRequest, match=reason):
        options.take_in(conn, f"name,value\n{lines}\n".encode(), "ben", nobody)
    assert options.value_of(conn, "download_days") == 7


def test_the_page_takes_a_file_in_or_says_why_not(app: Open, fresh_engine: Engine) -> None:
    at = app("settings")
    for text, told in (
        ("download_days,x", "Mend these lines"),
        ("download_days,14", "1 changed."),
    ):
        next(one for one in at.button if one.label == "Import").click().run()
        at.file_uploader[0].upload("settings.csv", f"name,value\n{text}".encode()).run()
        at.button(key="import_yes").click().run()
        assert not at.exception
        assert told in f"{words(at)} {[one.value for one in at.toast]}"
    with fresh_engine.connect() as conn:
        assert options.value_of(conn, "download_days") == 14


def test_whoever_may_not_sees_no_settings(app: Open, fresh_engine: Engine) -> None:
    at = app("settings", signed_in(fresh_engine, "ana", "analyst"))
    assert not at.number_input


def test_each_role_of_the_database_may_look_at_values(conn: Connection) -> None:
    from cdrstats.accounts import EVERYONE, Scope

    from .isolation import seen_by

    for scope in (EVERYONE, Scope(frozenset({7}))):
        with seen_by(conn, scope):
            assert conn.execute(select(options.value_now("download_days"))).scalar_one() == 7
