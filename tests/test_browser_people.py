"""Administering people in Chromium: boxes run by themselves there, and files are fetched."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Download, Page, expect
from sqlalchemy import Engine, func, select

from cdrstats.accounts import administration, audit, groups, people, sessions
from cdrstats.accounts.administration import Facts
from cdrstats.db import schema

from .browser import SEEN, Site, Watched, chromium, served, settle
from .people import add_customer, add_person
from .test_screens import THEMES, keep, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def site(module_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The application over some people, a group, and some lines of the audit."""
    now = datetime.now(UTC)

    def note(action: str, object: str = "", **given: Any) -> None:
        audit.note(conn, "root", action, object, address="10.0.0.7", **given)

    with module_engine.begin() as conn:
        add_customer(conn, "Acme Telecom")
        add_person(conn, "root", "administrator")
        group = groups.add(conn, "Night shift", ["jobs", "load"])
        facts = Facts("analyst", "Ana Ruiz", "ana@cdr.example", (), (group.name,))
        ana, _ = administration.add(conn, "ana", facts, now, note)
        sessions.open_session(conn, ana.id, "link", "10.0.0.7", "Firefox on Linux", now)
        facts = Facts("customer", "Carla Diaz", "c@acme.example", ("Acme Telecom",))
        administration.add(conn, "carla", facts, now, note)
        administration.change(conn, "carla", Facts("finance"), note)
        administration.add(conn, "ben", Facts("analyst", "Ben Ito"), now, note)
        administration.disable(conn, "ben", now, note)
        (night,) = groups.list_groups(conn)
        assert night.members == ("ana",)
    url = module_engine.url.render_as_string(hide_password=False)
    with served(url, tmp_path_factory.mktemp("var")) as found:
        yield found


def cells(file: Download) -> list[list[str]]:
    """The rows of a CSV file that the browser has fetched."""
    return list(csv.reader(file.path().read_text("utf-8").splitlines()))


def push(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).last.click()
    settle(page)


def test_a_person_is_added_in_a_box_and_their_link_works_where_the_page_is_open(
    browser: Browser, site: Site, module_engine: Engine
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.add_init_script(SEEN)
    context.set_default_timeout(60_000)
    page = context.new_page()
    watched = Watched(page, site)
    watched.open("/people")
    push(page, "Add a person")
    box = page.get_by_role("dialog")
    box.get_by_label("Name", exact=True).fill("dan")
    box.get_by_label("Name", exact=True).press("Tab")
    settle(page)
    keep(page, "people-box-add")
    assert violations(page) == []
    push(page, "Add")
    expect(box).to_contain_text("Send this to dan:", timeout=30_000)
    expect(box).to_contain_text("Good once, until")
    keep(page, "people-box-link")
    assert violations(page) == []
    link = box.locator("code").inner_text()
    assert link.startswith(f"{site}/link/")
    page.keyboard.press("Escape")
    expect(box).to_be_visible()
    push(page, "Done")
    expect(box).to_have_count(0, timeout=30_000)
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Export").click()
    assert [row[0] for row in cells(fetched.value)[1:4]] == ["ana", "ben", "carla"]
    watched.open("/audit")
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Export").click()
    # Its own line may be of the minute after those that the page shows.
    actions = [row[2] for row in cells(fetched.value) if row[2] != "export audit"]
    assert actions[:3] == ["action", "export people", "add person"]
    assert (watched.errors, watched.elsewhere) == ([], [])
    page.goto(link)
    expect(page.get_by_role("heading").first).to_be_visible()
    assert "dan" in page.inner_text("body")
    context.close()
    with module_engine.connect() as conn:
        assert people.find(conn, "dan").state == "invited"
        query = select(func.count()).where(schema.audit.c.action == "export audit")
        assert conn.execute(query).scalar_one() == 1


@pytest.mark.parametrize("theme", THEMES)
def test_cards_are_fit_for_every_screen(browser: Browser, site: Site, theme: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 1600}, color_scheme=theme)
    context.add_init_script(SEEN)
    context.set_default_timeout(60_000)
    page = context.new_page()
    watched = Watched(page, site)
    for name, query in (("people", "person=ana"), ("groups", "group=1"), ("audit", "")):
        page.set_viewport_size({"width": 390, "height": 1600})
        watched.open(f"/{name}?{query}")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 1600})
            settle(page)
            page.wait_for_timeout(300)
            keep(page, f"{name}-card-{theme}-{width}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert page.get_by_text("went wrong").count() == 0
            assert violations(page) == []
    assert (watched.errors, watched.elsewhere) == ([], [])
    context.close()
