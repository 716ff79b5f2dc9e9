"""The Groups page: each action, what it notes, and who may not do it."""

from typing import Any

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from cdrstats.accounts import audit, groups, people
from cdrstats.accounts.groups import Group
from cdrstats.accounts.permissions import PERMISSIONS

from .pages import ROOT, Open, chosen, signed_in, words
from .people import add_group, add_person


def listed(engine: Engine) -> list[Group]:
    with engine.connect() as conn:
        return groups.list_groups(conn)


def noted(engine: Engine) -> list[audit.Line]:
    with engine.connect() as conn:
        return audit.search(conn)


def pressed(at: AppTest, label: str) -> AppTest:
    next(one for one in at.button if one.label == label).click().run()
    assert not at.exception
    return at


def named(at: AppTest, label: str) -> Any:
    kinds = (*at.text_input, *at.multiselect, *at.checkbox)
    return next(one for one in kinds if one.label == label)


@pytest.fixture
def night(fresh_engine: Engine) -> Group:
    with fresh_engine.begin() as conn:
        add_person(conn, "ana")
        add_person(conn, "ben")
        return groups.add(conn, "night", ["jobs"], ["ana"])


def test_where_there_is_no_group_the_page_says_what_one_is_for(app: Open) -> None:
    at = app("groups")
    assert "No groups yet." in words(at)
    assert len(pressed(at, "Add a group").checkbox) == len(PERMISSIONS)


def test_a_group_is_added(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "ana")
    at = pressed(app("groups"), "Add a group")
    named(at, "Name").set_value("night")
    named(at, "Provider's group").set_value("noc")
    named(at, "Members").set_value(["ana"])
    named(at, "Start and pause jobs").check()
    named(at, "Imports").check()
    pressed(at, "Save")
    (made,) = listed(fresh_engine)
    assert (made.name, made.permissions) == ("night", ("imports", "jobs"))
    assert (made.members, made.oidc_group) == (("ana",), "noc")
    (line,) = noted(fresh_engine)
    assert (line.who, line.action, line.object) == ("local", "add group", "night")
    assert line.detail == {
        "permissions": ["imports", "jobs"],
        "members": ["ana"],
        "oidc_group": "noc",
    }
    assert list(at.dataframe[0].value["name"]) == ["night"]
    assert named(at, "Name").value == "night", "it stays open"


def test_a_group_is_chosen_and_changed(app: Open, fresh_engine: Engine, night: Group) -> None:
    at = chosen(app("groups"), 0, 0)
    assert named(at, "Start and pause jobs").value
    named(at, "Name").set_value("Night shift")
    named(at, "Start and pause jobs").uncheck()
    named(at, "Load files and undo them").check()
    named(at, "Members").set_value(["ben"])
    pressed(at, "Save")
    (after,) = listed(fresh_engine)
    assert (after.id, after.name, after.permissions) == (night.id, "Night shift", ("load",))
    assert after.members == ("ben",)
    (line,) = noted(fresh_engine)
    assert (line.action, line.object) == ("change group", "Night shift")
    assert line.detail == {
        "name": {"was": "night", "is": "Night shift"},
        "permissions": {"was": ["jobs"], "is": ["load"]},
        "members": {"was": ["ana"], "is": ["ben"]},
    }


def test_what_makes_no_sense_is_told(app: Open, fresh_engine: Engine, night: Group) -> None:
    at = app("groups", group="new")
    named(at, "Name").set_value("NIGHT")
    pressed(at, "Save")
    assert "already a group 'NIGHT'" in at.warning[0].value
    assert listed(fresh_engine) == [night]
    assert noted(fresh_engine) == []
    assert "There is no group '0'." in app("groups", group="0").warning[0].value


def test_a_group_is_deleted_once_that_was_asked(
    app: Open, fresh_engine: Engine, night: Group
) -> None:
    at = pressed(app("groups", group=str(night.id)), "Delete")
    assert "Delete “night”? One person loses what it gives, at once." in words(at)
    assert listed(fresh_engine) == [night]
    pressed(at, "Delete it")
    assert listed(fresh_engine) == []
    assert [(line.action, line.object) for line in noted(fresh_engine)] == [
        ("delete group", "night")
    ]
    assert "No groups yet." in words(at)


def test_whoever_has_not_the_right_sees_nothing(
    app: Open, fresh_engine: Engine, night: Group
) -> None:
    with fresh_engine.begin() as conn:
        add_group(conn, "log", "audit")
    word = signed_in(fresh_engine, "eve", "analyst")
    with fresh_engine.begin() as conn:
        people.set_groups(conn, "eve", ["log"])
    page = AppTest.from_file(str(ROOT / "pages/groups.py"), default_timeout=60)
    page.user = {"session": word}
    page.query_params["group"] = str(night.id)
    page.run()
    assert [one.value for one in page.error] == ["You may not see this page."]
    assert not any((page.title, page.dataframe, page.button, page.checkbox))


def test_whoever_loses_the_right_while_the_page_is_open_changes_nothing(
    app: Open, fresh_engine: Engine, night: Group
) -> None:
    at = app("groups", group=str(night.id))
    named(at, "Start and pause jobs").uncheck()
    with fresh_engine.begin() as conn:
        add_person(conn, "boss", "administrator")
        people.set_role(conn, "local", "analyst")
    pressed(at, "Save")
    assert at.error[0].value == "You may not see this page."
    assert listed(fresh_engine) == [night]
    assert noted(fresh_engine) == []
