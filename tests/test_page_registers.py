"""The pages of administrators' lists: each action as whoever uses it, and who may not."""

from typing import Any

import pytest
from sqlalchemy import Engine, select
from streamlit.testing.v1 import AppTest

from cdrstats import customers, switches
from cdrstats.accounts import audit
from cdrstats.db.schema import voip_cdr
from cdrstats.reference import CARRIERS, CAUSES, DIALCODES
from cdrstats.sheets import Sheet

from .factories import add_call
from .pages import Open, signed_in, words

PAGES = {
    "customers": customers.CUSTOMERS,
    "switches": switches.SWITCHES,
    "carriers": CARRIERS,
    "causes": CAUSES,
    "dialcodes": DIALCODES,
}


def pressed(at: AppTest, label: str) -> AppTest:
    next(one for one in at.button if one.label == label).click().run()
    assert not at.exception
    return at


def named(at: AppTest, label: str) -> Any:
    kinds = (*at.text_input, *at.multiselect, *at.checkbox, *at.selectbox, *at.text_area)
    return next(one for one in kinds if one.label == label)


def noted(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        return [(line.action, line.object) for line in audit.search(conn)]


@pytest.mark.parametrize(("page", "sheet"), PAGES.items(), ids=PAGES)
def test_one_is_added_changed_and_removed(
    app: Open, fresh_engine: Engine, page: str, sheet: Sheet
) -> None:
    first = {"causes": "901", "dialcodes": "3491999"}.get(page, "Acme & Sons")
    at = pressed(app(page), f"Add a {sheet.noun}")
    label = {"causes": "Code", "dialcodes": "Dial code"}.get(page, "Name")
    named(at, label).set_value(first)
    if page == "dialcodes":
        named(at, "Name").set_value("Our city")
    if page == "causes":
        named(at, "Name").set_value("OUT_OF_CREDIT")
        named(at, "What it says").set_value("Out of credit")
    pressed(at, "Save")
    with fresh_engine.connect() as conn:
        assert sheet.find(conn, first) is not None
    label = {"causes": "What it says", "dialcodes": "Kind"}.get(page, "Name")
    named(at, label).set_value("Another" if page != "dialcodes" else "mobile")
    pressed(at, "Save")
    now = first if page in ("causes", "dialcodes") else "Another"
    with fresh_engine.connect() as conn:
        found = sheet.find(conn, now)
    assert found is not None
    assert set(found.values()) & {"Another", "mobile"}
    pressed(pressed(at, "Remove"), "Remove it")
    with fresh_engine.connect() as conn:
        assert sheet.find(conn, now) is None
    what = [f"{did} {sheet.noun}" for did in ("remove", "change", "add")]
    assert noted(fresh_engine) == list(zip(what, (now, now, first), strict=True))


@pytest.mark.parametrize(("page", "sheet"), PAGES.items(), ids=PAGES)
def test_what_cannot_be_is_a_sentence(
    app: Open, fresh_engine: Engine, page: str, sheet: Sheet
) -> None:
    at = pressed(pressed(app(page), f"Add a {sheet.noun}"), "Save")
    assert any(text in words(at) for text in ("cannot be empty", "digits, the first of them"))
    assert noted(fresh_engine) == []
    at = app(page, **{sheet.noun.replace(" ", "_"): "no such thing"})
    assert f"There is no {sheet.noun} 'no such thing'" in words(at)


def test_calls_of_a_code_that_was_reassigned_are_offered_and_moved(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        old = customers.add(conn, "Old & Co")
        customers.add(conn, "New")
        customers.assign(conn, "New", ["4711"])
        for n in range(3):
            add_call(conn, user_id=old.id, accountcode="4711", callid=str(n))
    at = app("customers", customer="New")
    assert "still of others: Old & Co 3." in words(at).replace("\\", "")
    pressed(at, "Give New these calls")
    assert "Give New 3 calls that are others' now" in words(at)
    pressed(at, "Give them")
    assert "still of others" not in words(at)
    with fresh_engine.connect() as conn:
        new = customers.find(conn, "New")
        owners = conn.execute(select(voip_cdr.c.user_id)).scalars().all()
    assert owners == [new.id] * 3
    assert noted(fresh_engine) == [("move history", "New"), ("begin to move history", "New")]


def test_a_code_typed_anew_is_taken_from_who_had_it(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        for name in ("Old", "New"):
            customers.add(conn, name)
        customers.assign(conn, "Old", ["4711"])
    at = app("customers", customer="New")
    named(at, "Account codes").set_value(["4711"])
    pressed(at, "Save")
    with fresh_engine.connect() as conn:
        assert customers.find(conn, "New").account_codes == ("4711",)
        assert customers.find(conn, "Old").account_codes == ()
        [line] = audit.search(conn)
    assert line.detail == {
        "account_codes": {"was": "", "is": "4711"},
        "taken_from": {"4711": "Old"},
    }


def test_dial_codes_are_searched(app: Open) -> None:
    at = app("dialcodes")
    named(at, "Search").set_value("+447911123456").run()
    codes = at.dataframe[0].value["dialcode"].tolist()
    assert "4479111" in codes
    assert all("447911123456".startswith(code) for code in codes)
    named(at, "Search").set_value("nowhere at all").run()
    assert not at.dataframe
    assert "No dial code is like that." in words(at)


def test_the_newest_call_of_a_switch_is_told(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        heard = switches.add(conn, "heard", "UTC", "")
        switches.add(conn, "silent", "UTC", "")
        call = add_call(conn, switch_id=heard.id)
        newest = conn.scalar(select(voip_cdr.c.starting_date))
    assert call is not None
    rows = app("switches").dataframe[0].value.set_index("name")["last_call"]
    assert rows["heard"] == newest
    assert rows.isna()["silent"]


def test_who_may_only_look_at_switches_changes_none(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        switches.add(conn, "pbx", "UTC", "")
    word = signed_in(fresh_engine, "ana", "analyst")
    at = app("switches", word, switch="pbx")
    assert [one.label for one in at.main.button if not one.disabled] == ["Close"]
    assert next(one for one in at.button if one.label == "Save").disabled
