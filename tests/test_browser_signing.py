"""Signing in, in a real browser: the forms, the session, and how it ends."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from cdrstats.accounts import links, people, sessions

from .browser import SEEN, Site, chromium, served, settle
from .people import PASSWORD, add_person
from .test_screens import THEMES, WIDTHS, keep, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
NEW = "a new and better one"


@pytest.fixture(scope="module")
def site(module_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with module_engine.begin() as conn:
        add_person(conn, "ana")
        add_person(conn, "ben")
    url = module_engine.url.render_as_string(hide_password=False)
    with served(url, tmp_path_factory.mktemp("var")) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(SEEN)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        page.locator(f"input[name={name}]").fill(value)
    page.get_by_role("button").click()


def test_a_person_signs_in_stays_signed_in_and_signs_out(page: Page, site: Site) -> None:
    page.goto(f"{site}/calls?period=7d")
    fill(page, name="ana", password="wrong")
    expect(page.get_by_role("alert")).to_contain_text("is not right")
    fill(page, name="ana", password=PASSWORD)
    page.wait_for_url(re.compile("/calls"))
    settle(page)
    expect(page.locator("h1")).to_have_text("Calls")
    expect(page.get_by_text("7d", exact=True)).to_be_visible()
    page.reload()
    settle(page)
    expect(page.locator("h1")).to_have_text("Calls")
    other = page.context.new_page()
    other.goto(f"{site}/")
    settle(other)
    expect(other.get_by_role("link", name="ana")).to_be_visible()
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url(f"{site}/login")
    page.get_by_text("30d", exact=True).click()
    page.wait_for_url(re.compile("/login"))
    page.go_back()
    page.wait_for_url(re.compile("/login"))


def test_a_page_that_runs_by_itself_ends_with_the_session(
    page: Page, site: Site, module_engine: Engine
) -> None:
    page.goto(f"{site}/diagnostic")
    fill(page, name="ana", password=PASSWORD)
    settle(page)
    expect(page.locator("h1")).to_have_text("Diagnostic")
    with module_engine.begin() as conn:
        sessions.end_all(conn, people.find(conn, "ana").id)
    page.wait_for_url(re.compile("/login"), timeout=20_000)


def test_a_link_lets_a_person_choose_a_password(
    page: Page, site: Site, module_engine: Engine
) -> None:
    with module_engine.begin() as conn:
        ben = people.find(conn, "ben")
        link = links.make(conn, ben.id, "reset", datetime.now(UTC))
    page.goto(f"{site}/link/{link.token}")
    fill(page, password=NEW, again=NEW + "x")
    expect(page.get_by_role("alert")).to_contain_text("not the same")
    fill(page, password=NEW, again=NEW)
    expect(page.get_by_role("status")).to_contain_text("Your password is set")
    fill(page, name="ben", password=NEW)
    settle(page)
    expect(page.locator("h1")).to_have_text("Dashboard")


@pytest.mark.parametrize("theme", THEMES)
def test_the_forms_are_fit_for_every_screen(
    browser: Browser, site: Site, module_engine: Engine, theme: Any
) -> None:
    with module_engine.begin() as conn:
        ana = people.find(conn, "ana")
        link = links.make(conn, ana.id, "invite", datetime.now(UTC))
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    paths = {"sign-in": "/login", "link": f"/link/{link.token}", "no-link": "/link/x"}
    for name, path in paths.items():
        page.goto(site + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            keep(page, f"{name}-{theme}-{width}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert violations(page) == []
    context.close()
