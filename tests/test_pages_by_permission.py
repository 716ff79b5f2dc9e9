"""What each page tells and offers staff who may not see, or do, everything."""

import re

import pytest
from sqlalchemy import Engine

from cdrstats.accounts import permissions
from cdrstats.ui import shell

from .pages import DAY, Open, signed_in, words
from .test_pages_of_customers import (
    ASKS_FOR_ALL,
    CALL,
    COSTS,
    LABELS,
    MARGINS,
    VIEWS,
    found_in,
    shows_its_page,
    told_by,
    two,
)
from .told import everything

__all__ = ["two"]  # a fixture


OF_ANALYSTS = [page for page in VIEWS if page in permissions.ROLES["analyst"]]


@pytest.mark.parametrize("page", OF_ANALYSTS)
def test_staff_without_costs_see_none(
    app: Open, two: Engine, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = permissions.ROLES["analyst"] - {"costs", "margins"}
    monkeypatch.setitem(permissions.ROLES, "analyst", fewer)  # type: ignore[arg-type]
    word = signed_in(two, "analyst", "analyst")
    for view in [*VIEWS[page], ASKS_FOR_ALL, {"where": "buy cost > 1"}, {"call": CALL}]:
        told = told_by(app(page, word, **DAY | view), view)
        marks = map(re.escape, (*COSTS, *MARGINS, "zebra data"))
        assert found_in(told, *marks, *LABELS[:2]) == [], view
    at = app(page, word, **DAY)
    assert at.title[0].value == shell.TITLES[page]


def test_who_may_see_costs_and_no_margins(
    app: Open, two: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewer = permissions.ROLES["analyst"] - {"margins"}
    monkeypatch.setitem(permissions.ROLES, "analyst", fewer)  # type: ignore[arg-type]
    word = signed_in(two, "analyst", "analyst")
    told = [everything(shows_its_page(app(page, word, **DAY))) for page in ("dashboard", "map")]
    told.append(everything(shows_its_page(app("calls", word, **DAY, call=CALL))))
    assert "7,777.7" in told[2]
    assert "12,099.1" in told[0]
    assert not [mark for mark in MARGINS for one in told if mark in one]


@pytest.mark.parametrize("page", OF_ANALYSTS)
def test_there_are_no_dead_ends(
    app: Open, two: Engine, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of somebody who may see this page alone, and do nothing there."""
    monkeypatch.setitem(permissions.ROLES, "analyst", frozenset({page}))  # type: ignore[arg-type]
    word = signed_in(two, "looks on", "analyst")
    for view in VIEWS[page]:
        at = shows_its_page(app(page, word, **DAY | view | {"call": CALL}))
        labels = {button.label for button in at.button} | {
            one.proto.popover.label for one in at.get("popover")
        }
        assert at.title[0].value == shell.TITLES[page]
        assert not at.main.get("page_link")
        assert not {label for label in labels if re.match(LEADS, label)}
        assert "/downloads/" not in everything(at)
        assert "The box of a row opens its calls" not in words(at)


LEADS = "Open|Why|Its dial|Save |Export|Add note|Ask again|Remove demo"


def test_whoever_may_see_no_page_is_told(app: Open, two: Engine) -> None:
    word = signed_in(two, "stranger", "of a later version")
    at = app("dashboard", word)
    assert "You may see no other page yet." in at.info[0].value
    assert [one.value for one in at.title] == ["Your account"]


def test_a_view_is_shared_by_whoever_may(
    app: Open, two: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for share in (True, False):
        role = permissions.ROLES["analyst"] - ({"share"} if not share else set())
        monkeypatch.setitem(permissions.ROLES, "analyst", role)  # type: ignore[arg-type]
        at = app("overview", signed_in(two, f"may {share}", "analyst"), **DAY)
        at.session_state["saved"], at.session_state["zone"] = True, "UTC"
        boxes = [one.label for one in shows_its_page(at.run()).checkbox]
        assert ("Shared with colleagues" in boxes) is share
