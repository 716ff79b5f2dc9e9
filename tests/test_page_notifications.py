"""The Notifications page: what one was told, read one by one or all at once."""

import re

from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from cdrstats import notices
from cdrstats.accounts.people import find
from cdrstats.notices import Kind, Notice
from cdrstats.ui.notifications import SIZE

from .factories import NOON
from .pages import Open, chosen, signed_in, words


def tell(
    engine: Engine, subject: str, kind: Kind = "alarm", link: str = "", to: str = "local"
) -> None:
    with engine.begin() as conn:
        notice = Notice(kind, subject, "All that is known of it.", link)
        notices.tell(conn, [find(conn, to).id], subject, notice, NOON)


def beside(app: Open) -> str:
    """How the page is called beside the way out; a test draws that on the first page alone."""
    [label] = [
        one.proto.label
        for one in app("dashboard").get("page_link")
        if one.proto.label.startswith("Notifications")
    ]
    return label


def links(at: AppTest) -> list[str]:
    return [
        address
        for one in at.get("html")
        for address in re.findall(r'^<a href="([^"]+)"', one.proto.body)
    ]


def test_nothing_was_told(app: Open) -> None:
    at = app("notifications")
    assert "You were told nothing yet." in words(at)
    assert beside(app) == "Notifications"
    assert not [one for one in at.button if one.label == "Mark all as read"]


def test_one_is_read_by_choosing_it_and_leads_to_what_it_is_about(
    app: Open, fresh_engine: Engine
) -> None:
    tell(fresh_engine, "ASR: <b>31 %</b>", link="/alarms?rule=4&x=a+b")
    tell(fresh_engine, "A newer one", "watch", "/nowhere")
    at = app("notifications")
    assert beside(app) == "Notifications (2)"
    table = at.dataframe[0].value
    assert list(table["subject"]) == ["A newer one", "ASR: <b>31 %</b>"]
    assert [state for [state] in table["state"]] == ["New", "New"]
    assert list(table["kind"]) == ["Installation", "Alarm"]
    chosen(at, 0, 1)
    assert beside(app) == "Notifications (1)"
    assert [state for [state] in at.dataframe[0].value["state"]] == ["New", "Read"]
    assert "All that is known of it" in words(at)
    assert links(at) == ["/alarms?rule=4&amp;x=a+b"]
    chosen(at, 0, 0)
    assert links(at) == []


def test_what_one_may_not_open_is_told_all_the_same(app: Open, fresh_engine: Engine) -> None:
    ana = signed_in(fresh_engine, "ana", "finance")
    tell(fresh_engine, "A case", "fraud", "/fraud?case=1", to="ana")
    at = app("notifications", ana)
    chosen(at, 0, 0)
    assert "All that is known of it" in words(at)
    assert links(at) == []


def test_all_are_read_at_once_and_what_comes_later_is_new(
    app: Open, fresh_engine: Engine
) -> None:
    for number in range(3):
        tell(fresh_engine, str(number))
    at = app("notifications")
    next(one for one in at.button if one.label == "Mark all as read").click().run()
    assert beside(app) == "Notifications"
    assert not [one for one in at.button if one.label == "Mark all as read"]
    tell(fresh_engine, "later")
    at = app("notifications")
    assert [state for [state] in at.dataframe[0].value["state"]][:2] == ["New", "Read"]


def test_they_are_turned_page_by_page_and_told_apart_by_kind(
    app: Open, fresh_engine: Engine
) -> None:
    for number in range(SIZE + 2):
        tell(fresh_engine, f"n{number}", "fraud" if number == 1 else "alarm")
    at = app("notifications")
    assert len(at.dataframe[0].value) == SIZE
    at.button(key="go_Older").click().run()
    assert list(at.dataframe[0].value["subject"]) == ["n1", "n0"]
    at.button(key="go_Newest").click().run()
    assert at.dataframe[0].value["subject"][0] == f"n{SIZE + 1}"
    at = app("notifications", kind="Fraud")
    assert list(at.dataframe[0].value["subject"]) == ["n1"]
    at = app("notifications", kind="Download")
    assert "You were told nothing of this kind." in words(at)


def test_anothers_is_not_shown(app: Open, fresh_engine: Engine) -> None:
    signed_in(fresh_engine, "ana", "analyst")
    tell(fresh_engine, "For ana", to="ana")
    for given in ("1", "0", "x", "9" * 30):
        at = app("notifications", notification=given)
        assert "There is no notification" in words(at)
        assert "For ana" not in words(at)
    assert beside(app) == "Notifications"
