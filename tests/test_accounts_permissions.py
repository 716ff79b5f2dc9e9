"""What roles and groups give, what a customer never gets, and what is said about it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.accounts import STAFF_ONLY
from cdrstats.accounts.permissions import (
    AREAS,
    CUSTOMERS_MOST,
    PERMISSIONS,
    ROLES,
    granted,
    hidden,
    why,
)

from .people import LOCAL_VIEWER

PAGES = {path.stem for path in (Path(__file__).parent.parent / "pages").glob("*.py")}
PAGES -= {"account", "notifications"}  # for whoever is signed in

SHARED = {"groups": "people"}
"""Pages that stand under the permission of another."""

OF_ADMINISTRATORS = {
    "mail",
    "people",
    "groups",
    "audit",
    "customers",
    "carriers",
    "causes",
    "dialcodes",
    "settings",
}
"""Pages of administrators."""

OF_STAFF_ALONE = {
    *("costs", "margins", "routes", "views", "imports", "switches", "diagnostic"),
    *("jobs", "load", "rules", "people", "customers", "carriers", "causes", "dialcodes"),
    *("rates", "settings", "audit", "unmask", "mail", "lists", "fraud"),
    *("fraud_rules", "allow"),
}

groups = st.dictionaries(
    st.text(min_size=1),
    st.lists(st.sampled_from([*PERMISSIONS, "of a later version", ""])),
)


def test_each_page_has_a_permission_of_its_name() -> None:
    assert set(PERMISSIONS) >= {SHARED.get(page, page) for page in PAGES}


def test_a_permission_is_told_in_a_sentence() -> None:
    assert len(PERMISSIONS) >= 24
    for sentence in PERMISSIONS.values():
        assert sentence[0].isupper()
        assert sentence.endswith(".")


def test_each_permission_is_of_one_area() -> None:
    assert sorted(each for area in AREAS.values() for each in area) == sorted(PERMISSIONS)


def test_an_administrator_may_do_everything() -> None:
    assert granted("administrator", {}) == set(PERMISSIONS)
    assert LOCAL_VIEWER.permissions == set(PERMISSIONS)


def test_an_analyst_looks_and_changes_nothing() -> None:
    may = granted("analyst", {})
    assert may >= PAGES - OF_ADMINISTRATORS
    assert {"call", "export", "costs", "margins", "notes", "share", "api", "numbers"} <= may
    assert not may & {"jobs", "load", "people", "customers", "rates", "settings", "audit"}


def test_finance_sees_money_and_nothing_of_the_works() -> None:
    may = granted("finance", {})
    assert {"costs", "margins", "customers", "rates", "calls", "call", "export"} <= may
    assert not may & {"imports", "switches", "diagnostic", "views", "jobs", "load"}
    assert "unmask" in may
    assert "numbers" not in may


def test_a_customer_sees_calls_and_figures() -> None:
    assert granted("customer", {}) == {
        *("dashboard", "overview", "compare", "countries", "map", "quality", "concurrent"),
        *("callers", "calls", "call", "downloads", "export", "notes", "share", "api"),
        *("alarms", "digests"),
        "numbers",
    }


def test_what_a_customer_can_have_holds_nothing_of_staff() -> None:
    assert set(PERMISSIONS) - OF_STAFF_ALONE == CUSTOMERS_MOST


@given(groups)
def test_no_group_gives_a_customer_more_than_that(given: dict[str, list[str]]) -> None:
    may = granted("customer", given)
    assert may <= CUSTOMERS_MOST
    assert may >= ROLES["customer"]


@given(st.sampled_from([*ROLES, "of a later version"]), groups)
def test_a_group_adds_what_is_known_and_takes_nothing(
    role: str, given: dict[str, list[str]]
) -> None:
    may = granted(role, given)
    assert granted(role, {}) <= may <= set(PERMISSIONS)


def test_what_it_takes_a_permission_to_see_is_hidden_without_it() -> None:
    assert hidden(PERMISSIONS) == hidden(ROLES["analyst"]) == frozenset()
    margins = {"margin", "margin_percent"}
    assert hidden(ROLES["analyst"] - {"costs"}) == {"buy_rate", "buy_cost", "data"} | margins
    assert hidden(ROLES["analyst"] - {"margins"}) == margins
    assert hidden(ROLES["customer"]) <= STAFF_ONLY, "customers do not see it in any case"


@given(
    st.sampled_from([*ROLES, "of a later version"]),
    groups,
    st.sampled_from([*PERMISSIONS, "of a later version"]),
)
def test_why_says_yes_to_just_what_is_granted(
    role: str, given: dict[str, list[str]], permission: str
) -> None:
    told = why(role, given, permission)
    assert told.startswith("Yes: by ") == (permission in granted(role, given))


NIGHT = {"night shift": ["jobs", "costs"], "books": ["costs"]}


@pytest.mark.parametrize(
    ("role", "given", "permission", "sentence"),
    [
        ("analyst", {}, "costs", "Yes: by the role analyst."),
        ("analyst", NIGHT, "jobs", "Yes: by the group night shift."),
        (
            "analyst",
            NIGHT,
            "costs",
            "Yes: by the role analyst and the group books and the group night shift.",
        ),
        ("analyst", {}, "load", "No: the role analyst does not give it, and there is no group"),
        ("analyst", NIGHT, "load", "No: neither the role analyst nor any of the groups"),
        ("customer", NIGHT, "costs", "No: nobody of role customer can have it, whatever"),
        ("customer", {"own": ["unmask"]}, "unmask", "No: nobody of role customer"),
        ("analyst", {}, "fly", "There is no permission 'fly'."),
    ],
)
def test_why_names_the_role_and_the_groups(
    role: str, given: dict[str, list[str]], permission: str, sentence: str
) -> None:
    assert why(role, given, permission).startswith(sentence)
