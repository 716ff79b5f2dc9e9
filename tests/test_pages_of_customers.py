"""What each page tells somebody who may not see all: nothing of others, and no costs."""

import re
from typing import Any
from urllib.parse import quote_plus

import pytest
from sqlalchemy import Engine, insert
from streamlit.testing.v1 import AppTest

from cdrstats import aggregates, format
from cdrstats.accounts import permissions
from cdrstats.db.schema import (
    account_code,
    carrier,
    customer,
    download,
    note,
    saved_view,
    switch,
)
from cdrstats.ui import bar, shell

from .factories import NOON, add_call
from .pages import DAY, ROOT, Open, signed_in, words
from .told import everything

Params = dict[str, Any]

VIEWS: dict[str, list[Params]] = {
    "dashboard": [{}],
    "overview": [{"table": "Steps"}, {"shape": "Bars", "split": "Account code", "top": "20"}],
    "compare": [{"unit": "Per cent"}, {"against": "Same days last week"}],
    "countries": [{"level": "Country"}, {"level": "Dial code"}],
    "map": [{"region": "Europe"}],
    "quality": [{"shown": "Share"}],
    "routes": [{"route": "Switch"}, {"level": "Dial code"}],
    "concurrent": [{"held": "Talk from answer"}, {"channels": "3"}],
    "callers": [
        *(
            {"show": "Who talks most", "role": role}
            for role in ("Called numbers", "Extensions")
        ),
        {"show": "Who talks most", "role": "Account codes", "ranked": "Sell cost"},
        {"show": "Calls that stand out", "dearest": "By sell cost"},
        *({"show": "First seen", "met": met} for met in ("Countries", "Dial codes")),
        *({"show": "First seen", "met": met} for met in ("Callers", "Called numbers")),
    ],
    "calls": [{"order": "Ascending"}, {"sort": "Sell cost", "rows": "25"}],
    "downloads": [{}],
    "alarms": [{"rule": "new"}],
    "digests": [{"digest": "new"}],
    "fraud": [{"part": "Rules"}],
    "views": [{"view": "Minute", "by": "Customer"}, {"sum": "Sell cost", "by": "Hangup cause"}],
    "lists": [{"list_entry": "44 Quiet Ltd"}, {"show": "High-risk prefixes"}],
    "imports": [{"tab": "Bad lines"}, {"tab": "Rejections"}, {"tab": "Incomplete calls"}],
    "switches": [{"switch": "shared pbx"}],
    "customers": [{"customer": "Quiet Ltd"}],
    "carriers": [{"carrier": "Quiet Carrier"}],
    "causes": [{"hangup_cause": "17"}],
    "dialcodes": [{"dial_code": "1"}],
    "diagnostic": [{"log": "web.log"}],
    "mail": [{}],
    "people": [{}],
    "groups": [{}],
    "settings": [{}],
    "audit": [{}],
}
"""Every page, and what it shows beside what it shows first."""

OWN = [page for page in VIEWS if page in permissions.ROLES["customer"]]
"""The pages that a customer may see."""

ZEBRA, QUIET = 7, 8
CALL = f"{NOON.isoformat()}~{'7' * 32}"
OF_ZEBRA = (
    *("Zebra", "zebra", "34699000", "699000"),
    *("7777.7", "7,777.7", "8888.8", "8,888.8", "6666.6", "5555.5"),
)
"""What only Zebra's people, or staff, know."""

COSTS = ("7777.7", "7,777.7", "4321.3", "4,321.3", "12099.1", "12,099.1", "6666.6")
MARGINS = ("1111.1", "1,111.1", "679.1", "1790.2", "1,790.2")
KEPT_BACK = (*COSTS, *MARGINS, "Quiet Carrier", "quiet trunk", "quiet data")
"""What no customer knows of its own calls."""

LABELS = (r"\b[Bb]uy (?:cost|rate)", r"\bMargin", r"\b[Cc]arriers?\b", r"\bChannel\b(?! \w)")
"""How the fields and figures are called that no customer has."""

REFUSED = r"You may not see this of calls: [a-z ]+\."

ASKS_FOR_ALL = {
    "metric": "Margin",
    "split": "Carrier",
    "sort": "Buy cost",
    "dearest": "By buy cost",
    "ranked": "Buy cost",
    "held_by": "Carrier",
    "sum": "Buy cost",
    "route": "Carrier",
    "columns": ["Buy cost", "Carrier", "Channel", "Buy rate"],
    "call": CALL,
    "destination": "Zebraland",
    "top": "20",
    "by": "Customer",
    "level": "Dial code",
}
HOSTILE: list[Params] = [
    ASKS_FOR_ALL,
    ASKS_FOR_ALL | {"metric": "Buy cost", "split": "Customer", "show": "Calls that stand out"},
    {"customer": "Zebra Secret"},
    {"switch": "zebra switch"},
    {"carrier": "Zebra Carrier"},
    {"carrier": "Quiet Carrier"},
    {"where": "buy cost > 1"},
    {"where": "channel contains zebra trunk"},
    {"where": "account code equals zebra code"},
    {"where": "caller number begins 34699000111", "columns": "Caller number"},
    {"asof": f"999~{NOON.isoformat()}", "customer": "Zebra Secret"},
]


@pytest.fixture
def two(fresh_engine: Engine) -> Engine:
    """Two customers with a call each, and with what their people keep here."""
    with fresh_engine.begin() as conn:
        named = [{"id": ZEBRA, "name": "Zebra Secret"}, {"id": QUIET, "name": "Quiet Ltd"}]
        conn.execute(insert(customer), named)
        codes = {"zebra code": ZEBRA, "quiet code": QUIET}
        conn.execute(
            insert(account_code),
            [{"accountcode": code, "customer_id": id_} for code, id_ in codes.items()],
        )
        for table, names in (
            (switch, ("zebra switch", "shared pbx")),
            (carrier, ("Zebra Carrier", "Quiet Carrier")),
        ):
            conn.execute(
                insert(table), [{"id": id_, "name": name} for id_, name in enumerate(names, 51)]
            )
        common = {"billsec": 61, "direction": 2, "buy_rate": "6666.66"}
        add_call(
            conn,
            **common,
            dedup_key="7" * 32,
            user_id=ZEBRA,
            switch_id=51,
            carrier_id=51,
            caller_id_number="34699000111",
            destination_number="34699000222",
            destination_e164="34699000222",
            caller_id_name="Zebra Boss",
            callid="zebra id",
            accountcode="zebra code",
            channel="zebra trunk",
            data={"key": "zebra data"},
            country_id=250,
            dialcode_id=33,
            buy_cost="7777.77",
            sell_cost="8888.88",
            sell_rate="5555.55",
        )
        add_call(
            conn,
            **common,
            dedup_key="8" * 32,
            user_id=QUIET,
            switch_id=52,
            carrier_id=52,
            caller_id_number="4930111",
            destination_number="442071838750",
            destination_e164="442071838750",
            accountcode="quiet code",
            callid="quiet id",
            channel="quiet trunk",
            data={"key": "quiet data"},
            country_id=826,
            dialcode_id=44,
            buy_cost="4321.37",
            sell_cost="5000.55",
        )
        for user_id, author in ((ZEBRA, "zebra person"), (None, "zebra staff")):
            kept = {"owner": author, "user_id": user_id, "shared": True, "page": "overview"}
            conn.execute(insert(saved_view).values(**kept, name=f"view of {author}", query=""))
            told = {"at": NOON, "text": f"note of {author}", "author": author}
            conn.execute(insert(note).values(**told, user_id=user_id))
            asked = {"asked_by": author, "user_ids": None if user_id is None else [user_id]}
            conn.execute(
                insert(download).values(
                    **asked,
                    id=f"{7 if user_id else 6}" * 32,
                    page="calls",
                    format="csv",
                    file_name=f"file of {author}",
                    expires_at=NOON,
                )
            )
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass
    return fresh_engine


@pytest.fixture
def quiet(two: Engine) -> str:
    return signed_in(two, "quiet person", "customer", QUIET)


def shows_its_page(at: AppTest) -> AppTest:
    """No error, and no sentence that stands for one."""
    assert not at.exception
    assert "went wrong" not in words(at)
    return at


def told_by(at: AppTest, asked: Params) -> str:
    """All that a page tells, but what it only repeats of its link."""
    told = re.sub(REFUSED, "", everything(shows_its_page(at)))
    for key, value in asked.items():
        for one in [value] if isinstance(value, str) else value:
            told = told.replace(f"{key}={quote_plus(one)}", "").replace(repr(one), "")
            if key in bar.CHIPS:
                told = told.replace(one, "").replace(format.literal(one), "")
    return told


def keeps_to_itself(at: AppTest, asked: Params) -> str:
    """All that a customer's page tells, and none of it is others' or staff's alone."""
    told = told_by(at, asked)
    assert found_in(told, *map(re.escape, (*OF_ZEBRA, *KEPT_BACK))) == []
    if "carrier" not in asked:  # whose box is there to be emptied
        assert found_in(told, *LABELS) == []
    return told


def found_in(told: str, *patterns: str) -> list[str]:
    """What of a text is one of these, with what stands around it."""
    met = re.finditer("|".join(patterns), told)
    return [told[max(0, one.start() - 60) : one.end() + 60] for one in met]


def test_every_page_is_looked_at() -> None:
    """One that is new tells here what it shows, and is held to it below."""
    assert set(VIEWS) == set(shell.TITLES)
    everywhere = {path.stem for path in ROOT.glob("pages/*.py")}
    assert everywhere == {*VIEWS, *shell.OWN}  # whose rows are those of the session


@pytest.mark.parametrize("page", VIEWS)
def test_a_customer_sees_its_own_and_nothing_else(app: Open, quiet: str, page: str) -> None:
    may = page in OWN
    for view in [{}, *VIEWS[page]] if may else [{}]:
        at = app(page, quiet, **DAY, **view)
        told = keeps_to_itself(at, view)
        assert ("5000.5" in told or "5,000.5" in told or page not in MONEY) or not may
        assert ([one.value for one in at.title] == [shell.TITLES[page]]) is may


MONEY = ("overview",)
"""Pages that tell what the calls were sold at, whatever is chosen."""


@pytest.mark.parametrize("page", OWN)
def test_no_link_makes_a_page_tell_more(app: Open, quiet: str, page: str) -> None:
    for asked in HOSTILE:
        keeps_to_itself(app(page, quiet, **DAY | asked), asked)


@pytest.mark.parametrize("page", [page for page in VIEWS if page not in OWN])
def test_a_page_asks_for_itself_who_may_see_it(app: Open, quiet: str, page: str) -> None:
    app("dashboard", quiet)  # so that the settings are those of the test
    at = AppTest.from_file(str(ROOT / f"pages/{page}.py"), default_timeout=60)
    at.user = {"session": quiet}
    at.session_state["zone"] = "UTC"
    assert "You may not see this page." in keeps_to_itself(at.run(), {})


@pytest.mark.parametrize("page", OWN)
def test_each_choice_that_a_page_offers_can_be_made(app: Open, quiet: str, page: str) -> None:
    """One after the other, each from the page as it is first seen; what all share, once."""
    first = app(page, quiet, **DAY)
    for key, options in choices(first).items():
        if key in SHARED and page != SHARED[key]:
            options = options[-1:]
        for option in options:
            asked = {key: option}
            at = app(page, quiet, **DAY | asked)
            keeps_to_itself(at, {})
            assert "There is no" not in words(at), asked


SHARED = {"metric": "overview", "split": "quality", "period": "dashboard", "grain": "overview"}
"""Choices of several pages, and the page on which all of them are made."""

LEFT_OUT = {"zone", "new_field", "period", "rows"}


def choices(at: AppTest) -> dict[str, list[str]]:
    found = [*at.get("selectbox"), *at.get("button_group")]
    named = {one.key: list(one.options) for one in found if one.key}
    return {key: options for key, options in named.items() if key not in LEFT_OUT}


@pytest.mark.parametrize("name", ["Zebra Secret", "zebra switch"])
def test_what_others_have_is_as_unknown_as_what_nobody_has(
    app: Open, quiet: str, name: str
) -> None:
    key = "customer" if name == "Zebra Secret" else "switch"
    told = [
        told_by(app("calls", quiet, **DAY, **{key: one}), {key: one})
        for one in (name, "Nobody at all")
    ]
    alike = [re.sub(r"\$\$ID-\S+|\b[0-9a-f-]{32,}\S*", "", one) for one in told]
    assert alike[0] == alike[1]


def test_the_menus_hold_what_is_the_customers_own(app: Open, quiet: str) -> None:
    at = app("overview", quiet, **DAY)
    for key in ("saved", "notes_menu"):
        at.session_state[key] = True
        at.session_state["zone"] = "UTC"
        told = keeps_to_itself(at.run(), {})
        assert {"saved": "Keep this view as", "notes_menu": "Add note"}[key] in told


def test_a_customers_own_call_is_shown_without_what_the_switch_wrote(
    app: Open, quiet: str
) -> None:
    at = app("calls", quiet, **DAY, call=CALL.replace("7" * 32, "8" * 32))
    told = keeps_to_itself(at, {})
    assert "quiet id" in told
    assert [tab.label for tab in at.tabs] == ["Call", "How it came about"]


def test_figures_are_explained_to_a_customer(app: Open, quiet: str) -> None:
    at = app("overview", quiet, **DAY, metric="Sell cost")
    at.button(key="overview_sell_cost").click().run()
    assert "How this number came about" in keeps_to_itself(at, {})


def test_whoever_has_several_customers_tells_them_apart(app: Open, two: Engine) -> None:
    both = signed_in(two, "of both", "customer", ZEBRA, QUIET)
    at = app("overview", both, **DAY, split="Customer")
    told = everything(shows_its_page(at))
    assert "Zebra Secret" in told
    assert not [mark for mark in (*COSTS, "Zebra Carrier", "zebra trunk") if mark in told]


@pytest.mark.parametrize("page", VIEWS)
def test_a_customer_without_any_customer_sees_no_calls(
    app: Open, two: Engine, page: str
) -> None:
    nobodys = signed_in(two, "nobody's person", "customer")
    told = keeps_to_itself(app(page, nobodys, **DAY), {})
    assert "Quiet" not in told
    assert "Load a file" not in told


def test_whoever_belongs_to_no_customer_any_more_is_told_so(app: Open, two: Engine) -> None:
    nobodys = signed_in(two, "nobody's person", "customer")
    assert "You belong to no customer" in told_by(app("calls", nobodys, **DAY), {})
