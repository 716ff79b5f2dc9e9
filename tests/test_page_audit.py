"""The Audit log page: what is found, page by page, told in words, and taken out as a file."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, insert
from streamlit.testing.v1 import AppTest

from cdrstats.accounts.gate import session_in
from cdrstats.db.schema import audit as table
from cdrstats.ui import audit
from cdrstats.ui.audit import SIZE, Wanted, in_words

from .factories import NOON
from .pages import DAY, ROOT, Open, chosen, signed_in, words


def add(conn: Connection, minutes: float = 0, **given: Any) -> None:
    row = {"who": "ana", "action": "load", "at": NOON + timedelta(minutes=minutes)}
    conn.execute(insert(table).values(row | given))


def who(at: AppTest) -> list[str]:
    return list(at.dataframe[0].value["who"])


@pytest.fixture
def five(fresh_engine: Engine) -> None:
    """Five lines of a day."""
    with fresh_engine.begin() as conn:
        add(conn, 0, address="10.0.0.7", object="12")
        add(conn, 1, who="ben", action="undo file", object="cdr.csv")
        add(conn, 2, who="ben", action="load", object="Master.csv", address="110.0.0.1")
        add(conn, 3, who="cli:root", action="add person", object="ana", detail={"role": "x"})
        add(conn, -24 * 60, who="dan", action="fly")


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, ["cli:root", "ben", "ben", "ana"]),
        ({"who": "ben"}, ["ben", "ben"]),
        ({"action": "load"}, ["ben", "ana"]),
        ({"object": "CSV"}, ["ben", "ben"]),
        ({"address": "10."}, ["ana"]),
        ({"who": "ben", "object": "master"}, ["ben"]),
        ({"from": "2026-03-09T00:00"}, ["cli:root", "ben", "ben", "ana", "dan"]),
    ],
)
def test_lines_are_found_newest_first(app: Open, given: dict[str, str], found: str) -> None:
    at = app("audit", **DAY | given)
    assert not at.exception
    assert who(at) == found


@pytest.mark.usefixtures("five")
def test_who_and_what_of_the_period_are_offered(app: Open) -> None:
    at = app("audit", **DAY, who="nobody")
    boxes = {box.label: box for box in at.selectbox}
    assert boxes["Who"].options == ["ana", "ben", "cli:root", "nobody"]
    assert boxes["Action"].options == ["add person", "load", "undo file"]
    assert "No line matches." in words(at)
    at.button(key="empty_Clear filters").click().run()
    assert len(who(at)) == 4


def test_an_empty_period_leads_to_a_longer_one(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add(conn, at=datetime.now(ZoneInfo("UTC")) - timedelta(days=20))
    at = app("audit")
    assert "Nothing was done in this period." in words(at)
    at.button(key="empty_Show the last 365 days").click().run()
    assert who(at) == ["ana"]


def test_pages_go_on_and_back_and_begin_anew_with_other_filters(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        for minute in range(2 * SIZE + 5):
            add(conn, minute, object=str(minute), who="ben" if minute % 2 else "ana")
    at = app("audit", **DAY)

    def objects() -> list[str]:
        return list(at.dataframe[0].value["object"])

    first = objects()
    assert (len(first), first[0]) == (SIZE, str(2 * SIZE + 4))
    at.button(key="go_Older").click().run()
    second = objects()
    assert second[0] == str(SIZE + 4)
    at.button(key="go_Older").click().run()
    assert objects() == ["4", "3", "2", "1", "0"]
    assert at.button(key="go_Older").disabled
    at.button(key="go_Newer").click().run()
    assert objects() == second
    at.selectbox(key="who").set_value("ben").run()
    assert objects()[0] == str(2 * SIZE + 3)
    at.selectbox(key="who").set_value(None).run()
    at.button(key="go_Older").click().run()
    at.button(key="go_Newest").click().run()
    assert objects() == first
    assert at.button(key="go_Newer").disabled


def test_a_line_is_told_in_full_and_what_people_wrote_stays_text(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        detail = {"role": {"was": "analyst", "is": "![x](http://evil.example)"}}
        add(conn, detail=detail, object="[x](http://evil.example)", address="10.0.0.7")
    at = chosen(app("audit", **DAY), 0, 0)
    told = words(at)
    assert "10 Mar 2026 12:00:00, from 10" in told
    assert r"role\: analyst\, now \!\[x\]" in told
    assert "](" not in told


def test_details_are_read_as_people_say_it() -> None:
    assert in_words({}) == ""
    assert (
        in_words({"role": {"was": "analyst", "is": "finance"}}) == "role: analyst, now finance"
    )
    assert in_words({"full_name": {"was": "", "is": "Ana"}}) == "full name: none, now Ana"
    assert in_words({"customers": ["Acme", "Brick"], "groups": []}) == (
        "customers: Acme, Brick; groups: none"
    )
    assert in_words({"a": {"b": 1, "c": None}, "d": True}) == "a: (b: 1; c: none); d: yes"


def test_the_file_holds_what_is_asked_for_and_runs_nothing(fresh_engine: Engine) -> None:
    nasty = '=HYPERLINK("http://evil.example","x")'
    with fresh_engine.begin() as conn:
        for minute, text in enumerate((nasty, "@x", "-1", "+x", "\tx", "+34650", 'a,\n"b')):
            add(conn, minute, object=text, address=text, action=text, who=text)
        add(conn, 9, who="dan", object="x", detail={"=1": "=2"})
        add(conn, -24 * 60, object="x")
    day = timedelta(days=1)
    which = Wanted(NOON - day / 2, NOON + day / 2, None, None, None, None)
    with fresh_engine.connect() as conn:
        text = audit._file(conn, which, ZoneInfo("Europe/Madrid"))
    header, *rows = csv.reader(io.StringIO(text))
    assert header == list(audit.COLUMNS)
    assert len(rows) == 8
    assert rows[0] == ["2026-03-10T13:09:00+01:00", "dan", "load", "x", "", "'=1: =2"]
    for row in rows[1:]:
        assert set(row[1:5]) in ({"+34650"}, {'a,\n"b'}) or row[3][0] == "'"
    assert rows[-1][3] == f"'{nasty}"


def test_whoever_has_not_the_right_sees_nothing(app: Open, fresh_engine: Engine) -> None:
    for role in ("analyst", "finance", "customer"):
        word = signed_in(fresh_engine, f"a-{role}", role)
        assert session_in(word) is not None
        page = AppTest.from_file(str(ROOT / "pages/audit.py"), default_timeout=60)
        page.user = {"session": word}
        page.run()
        assert [one.value for one in page.error] == ["You may not see this page."]
        assert not any((page.title, page.dataframe, page.button, page.selectbox))
