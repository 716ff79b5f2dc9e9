"""Seeing numbers in full for a while: with a reason, told in the audit."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from cdrstats import downloads
from cdrstats.accounts import (
    Viewer,
    audit,
    unmasking,
)
from cdrstats.errors import BadRequest
from cdrstats.settings import read_settings
from cdrstats.web.cookies import NAME

from .factories import NOON
from .masking import (
    CALLER,
    KEPT_BACK,
    MASKED,
    fill,
    looking,
    masked_person,
    nobody,
    word_of,
)
from .pages import DAY, Open, words
from .test_web_routes import client
from .told import everything


@pytest.fixture
def one(fresh_engine: Engine) -> Engine:
    fill(fresh_engine)
    return fresh_engine


def test_numbers_are_seen_for_a_while_with_a_reason(one: Engine) -> None:
    token, now = masked_person(one), datetime.now(UTC)
    viewer = looking(one, token)
    assert (viewer.scope.masked, viewer.unmasked_until) == (4, None)
    with one.begin() as conn:
        note = partial(audit.note, conn, viewer.name)
        for reason in ("", "because", "  a        b  "):
            with pytest.raises(BadRequest, match="at least 10 characters"):
                unmasking.unmask(conn, viewer, reason, now, note)
        until = unmasking.unmask(conn, viewer, "complaint 4711", now, note)
    assert until == now + timedelta(minutes=60)
    seeing = looking(one, token)
    assert (seeing.scope.masked, seeing.unmasked_until) == (0, until)
    assert seeing.scope.shows("channel")
    assert looking(one, token, until).scope.masked == 4
    with one.begin() as conn:
        line = audit.search(conn, limit=1)[0]
        assert (line.action, line.object) == ("unmask numbers", "fin")
        assert line.detail == {"reason": "complaint 4711", "until": until.isoformat()}
        unmasking.mask(conn, seeing, note=partial(audit.note, conn, "fin"))
        unmasking.mask(conn, seeing, note=partial(audit.note, conn, "fin"))
    assert looking(one, token).scope.masked == 4
    with one.connect() as conn:
        assert [line.action for line in audit.search(conn)] == [
            "mask numbers",
            "unmask numbers",
        ]


def test_whoever_loses_the_permission_is_masked_at_once(one: Engine) -> None:
    token = masked_person(one)
    with one.begin() as conn:
        unmasking.unmask(conn, looking(one, token), "complaint 4711", datetime.now(UTC), nobody)
        conn.execute(text("UPDATE person SET role = 'none'; DELETE FROM person_group"))
    assert looking(one, token).scope.masked == 4


def test_who_may_not_cannot(one: Engine) -> None:
    viewer = Viewer("x", frozenset({"calls"}), MASKED, 1, "s")
    with one.begin() as conn, pytest.raises(BadRequest, match="You may not"):
        unmasking.unmask(conn, viewer, "complaint 4711", NOON, nobody)


def test_it_is_told_beside_the_pages_and_asked_for_under_the_account(
    app: Open, one: Engine
) -> None:
    word = word_of(masked_person(one))
    assert "Numbers without last 4 digits" in words(app("dashboard", word, **DAY))
    at = app("account", word)
    at.text_input(key="unmask_reason").set_value("complaint 4711")
    at.button(key="unmask").click().run()
    assert "You see them in full in this browser until" in words(at)
    assert "Numbers in full until" in words(app("dashboard", word, **DAY))
    assert CALLER in everything(app("calls", word, **DAY))
    at = app("account", word)
    at.button(key="mask").click().run()
    assert "without their last 4 digits" in words(at)
    assert KEPT_BACK.search(everything(app("calls", word, **DAY))) is None
    with one.connect() as conn:
        found = [(line.action, line.who) for line in audit.search(conn)]
    assert found == [("mask numbers", "fin"), ("unmask numbers", "fin")]


def test_a_reason_that_is_none_is_refused(app: Open, one: Engine) -> None:
    at = app("account", word_of(masked_person(one)))
    at.text_input(key="unmask_reason").set_value("short")
    at.button(key="unmask").click().run()
    assert "Give a reason of at least 10 characters." in words(at)
    assert "Where you are signed in" in everything(at)  # the cards below it are still there


def test_whoever_masks_again_beside_the_pages_is_masked_at_once(app: Open, one: Engine) -> None:
    token = masked_person(one)
    with one.begin() as conn:
        now = datetime.now(UTC)
        unmasking.unmask(conn, looking(one, token), "ticket 4711", now, nobody)
    assert CALLER in everything(app("calls", word_of(token), **DAY))
    at = app("dashboard", word_of(token), **DAY)
    at.button(key="mask_beside").click().run()
    assert KEPT_BACK.search(everything(app("calls", word_of(token), **DAY))) is None
    assert looking(one, token).scope.masked == 4


def test_the_audit_tells_what_numbers_a_file_had(one: Engine, tmp_path: Path) -> None:
    token = masked_person(one)
    site = client(read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)}), one)
    site.cookies.set(NAME, token)
    assert site.get("/export/calls.csv", params=DAY).status_code == 200
    with one.begin() as conn:
        now = datetime.now(UTC)
        unmasking.unmask(conn, looking(one, token), "ticket 4711", now, nobody)
    assert site.get("/export/calls.csv", params=DAY).status_code == 200
    with one.connect() as conn:
        lines = [line for line in audit.search(conn) if line.action == "export calls"]
    assert [line.detail["numbers"] for line in lines] == [
        "in full, unmasked for a while",
        "masked",
    ]


def test_a_download_keeps_what_it_was_made_with(one: Engine) -> None:
    token = masked_person(one)
    now = datetime.now(UTC)
    with one.begin() as conn:
        made = downloads.ask(conn, looking(one, token), "csv", "", "UTC")
        assert (made.masked, made.scope.masked) == (4, 4)
        unmasking.unmask(conn, looking(one, token), "ticket 4711", now, nobody)
    with one.begin() as conn:
        in_full = downloads.ask(conn, looking(one, token), "csv", "", "UTC")
        assert in_full.masked == 0
        assert len(downloads.list_downloads(conn, looking(one, token))) == 2
        unmasking.mask(conn, looking(one, token), nobody)
    with one.begin() as conn:  # who sees numbers no more, has the file of them no more
        assert [d.id for d in downloads.list_downloads(conn, looking(one, token))] == [made.id]
        assert downloads.find(conn, looking(one, token), in_full.id) is None
