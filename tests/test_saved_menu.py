"""The menu of saved views: what it lists, keeps, changes and deletes."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from cdrstats import saved
from cdrstats.accounts import EVERYONE, Scope, Viewer
from cdrstats.saved import View
from cdrstats.ui.saved import KEY, grouped

from .pages import DAY, Open, words
from .people import LOCAL_VIEWER

BEN = Viewer("ben", frozenset(), EVERYONE)
OF_ANOTHER_CUSTOMER = Viewer("bob", frozenset(), Scope(frozenset({2})))


def opened(at: AppTest) -> AppTest:
    at.session_state[KEY] = True
    return at.run()


def keep(engine: Engine, viewer: Viewer, page: str, name: str, query: str, **more: Any) -> int:
    with engine.begin() as conn:
        return saved.save(conn, viewer, page, name, query, **more).id


def kept(engine: Engine, viewer: Viewer = LOCAL_VIEWER) -> list[View]:
    with engine.connect() as conn:
        return saved.list_views(conn, viewer)


def links(at: AppTest) -> list[str]:
    """The links to views, in their order."""
    bodies = [element.proto.body for element in at.get("html")]
    others = ("/export/", ">Mail this view")
    return [
        body for body in bodies if body.startswith("<a") and not any(o in body for o in others)
    ]


def push(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return at.run()


def a_view(page: str, name: str) -> View:
    moment = datetime(2026, 3, 10, tzinfo=UTC)
    return View(1, "ana", page, name, "", False, moment, moment)


def test_views_of_this_page_come_first_and_the_others_as_pages_are_listed() -> None:
    views = [
        a_view("countries", "a"),
        a_view("dashboard", "b"),
        a_view("gone", "c"),
        a_view("calls", "d"),
        a_view("calls", "e"),
    ]
    found = {
        title: "".join(view.name for view in of_page)
        for title, of_page in grouped(views, "calls").items()
    }
    assert list(found.items()) == [
        ("Calls", "de"),
        ("Dashboard", "b"),
        ("Destinations", "a"),
        ("Gone", "c"),
    ]


def test_nothing_is_drawn_before_the_menu_is_opened(app: Open, fresh_engine: Engine) -> None:
    keep(fresh_engine, LOCAL_VIEWER, "calls", "Mine", "")
    at = app("calls", **DAY)
    assert links(at) == []
    assert "Mine" in links(opened(at))[0]


def test_what_is_shown_is_kept_but_not_which_call_is_open(
    app: Open, fresh_engine: Engine
) -> None:
    chosen = {"country": ["Spain", "France"]}
    at = opened(app("countries", **DAY, **chosen, call="x", at="y"))
    assert "No view is saved yet." in words(at)
    at.text_input(key="saved_name_0").set_value("  Both \t countries ")
    push(at, "Save")
    assert not at.exception
    (view,) = kept(fresh_engine)
    assert (view.page, view.name, view.shared) == ("countries", "Both countries", False)
    assert parse_qs(view.query) == {key: [value] for key, value in DAY.items()} | chosen
    assert "Both countries" in links(at)[0]
    assert at.text_input(key="saved_name_1").value == ""
    assert [toast.value for toast in at.toast] == ["“Both countries” is saved."]


def test_a_view_is_opened_by_a_link_to_its_page_with_its_choices(
    app: Open, fresh_engine: Engine
) -> None:
    keep(
        fresh_engine, BEN, "countries", "<b>![x](y)</b>", "period=7d&country=Spain", shared=True
    )
    keep(fresh_engine, BEN, "countries", "private", "")
    keep(fresh_engine, OF_ANOTHER_CUSTOMER, "countries", "theirs", "", shared=True)
    at = opened(app("calls", **DAY))
    (link,) = links(at)
    assert 'href="/countries?country=Spain&amp;period=7d"' in link
    assert "&lt;b&gt;![x](y)&lt;/b&gt;</a> <small>of ben</small>" in link
    assert "**Destinations**" in words(at)
    assert not any(button.label.startswith("Change") for button in at.button)


def test_views_and_what_is_shown_lead_to_a_digest(app: Open, fresh_engine: Engine) -> None:
    keep(fresh_engine, LOCAL_VIEWER, "countries", "Spain & more", "country=Spain&period=7d")
    at = opened(app("calls", country="Spain", zone="UTC", at="y"))
    found = [
        parse_qs(unescape(address))
        for element in at.get("html")
        for address in re.findall(r'href="/digests\?([^"]+)"', element.proto.body)
    ]
    assert found == [
        {
            "digest": ["new"],
            "name": ["Spain & more"],
            "of": ["countries?country=Spain&period=7d"],
        },
        {"digest": ["new"], "of": ["calls?country=Spain&zone=UTC"]},
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("   ", "A view needs a name."),
        ("x" * 101, "A view's name has at most 100 characters."),
        ("Mine", "You have a view called 'Mine' on this page"),
        ("a\N{ZERO WIDTH SPACE}b", "A view's name has characters that cannot be shown."),
    ],
)
def test_a_bad_name_is_told_and_can_be_mended(
    app: Open, fresh_engine: Engine, name: str, sentence: str
) -> None:
    keep(fresh_engine, LOCAL_VIEWER, "calls", "Mine", "")
    at = opened(app("calls", **DAY))
    at.text_input(key="saved_name_0").set_value(name)
    push(at, "Save")
    assert not at.exception
    assert at.warning[0].value.startswith(sentence)
    assert at.text_input(key="saved_name_0").value == name
    assert [view.name for view in kept(fresh_engine)] == ["Mine"]


def changing(app: Open, page: str, view_id: int) -> AppTest:
    at = opened(app(page, **DAY))
    return at.button(key=f"edit_view_{view_id}").click().run()


def test_a_view_is_renamed_and_shared(app: Open, fresh_engine: Engine) -> None:
    view_id = keep(fresh_engine, LOCAL_VIEWER, "calls", "*Old*", "period=7d")
    at = changing(app, "calls", view_id)
    next(box for box in at.text_input if box.label == "Name").set_value("New")
    next(box for box in at.checkbox if box.label.startswith("Shared")).check()
    push(at, "Save changes")
    assert not at.exception
    (view,) = kept(fresh_engine)
    assert (view.name, view.shared, view.query) == ("New", True, "period=7d")
    assert "New</a> <small>shared</small>" in links(at)[0]
    assert [found.name for found in kept(fresh_engine, BEN)] == ["New"]


def test_a_name_that_is_taken_changes_nothing(app: Open, fresh_engine: Engine) -> None:
    keep(fresh_engine, LOCAL_VIEWER, "calls", "Taken", "")
    view_id = keep(fresh_engine, LOCAL_VIEWER, "calls", "Mine", "")
    at = changing(app, "calls", view_id)
    next(box for box in at.text_input if box.label == "Name").set_value("Taken")
    next(box for box in at.checkbox if box.label.startswith("Shared")).check()
    push(at, "Save changes")
    assert at.warning[0].value.startswith("You have another view called 'Taken'")
    found = {view.name: view.shared for view in kept(fresh_engine)}
    assert found == {"Mine": False, "Taken": False}


def test_a_view_is_replaced_by_what_its_page_shows(app: Open, fresh_engine: Engine) -> None:
    view_id = keep(fresh_engine, LOCAL_VIEWER, "calls", "Mine", "period=7d")
    elsewhere = changing(app, "countries", view_id)
    assert not any(button.label.startswith("Replace") for button in elsewhere.button)
    push(changing(app, "calls", view_id), "Replace it with what the page shows")
    (view,) = kept(fresh_engine)
    assert parse_qs(view.query) == {key: [value] for key, value in DAY.items()}


def test_deleting_asks_first(app: Open, fresh_engine: Engine) -> None:
    view_id = keep(fresh_engine, LOCAL_VIEWER, "calls", "Mine", "", shared=True)
    at = push(changing(app, "calls", view_id), "Delete")
    assert "Delete “Mine”? It is gone for you and your colleagues." in words(at)
    push(at, "Keep it")
    assert len(kept(fresh_engine)) == 1
    push(push(at, "Delete"), "Delete it")
    assert not at.exception
    assert kept(fresh_engine) == []
    assert links(at) == []


def test_a_view_that_was_deleted_elsewhere_is_told(app: Open, fresh_engine: Engine) -> None:
    view_id = keep(fresh_engine, LOCAL_VIEWER, "calls", "Mine", "")
    at = changing(app, "calls", view_id)
    with fresh_engine.begin() as conn:
        saved.delete(conn, LOCAL_VIEWER, view_id)
    push(at, "Save changes")
    assert at.warning[0].value == "There is no such view of yours any more."
