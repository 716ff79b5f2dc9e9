"""Overview and Compare in Chromium: what is clicked and brushed in their charts."""

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from cdrstats.accounts import audit

from .browser import Watched, chromium, landed, settle
from .test_browser import DAY

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
CHART = "[class*=st-key-timechart_] [data-testid=stVegaLiteChart] svg.marks"


def href(page: Page) -> str:
    return str(page.evaluate("location.href"))


def test_a_click_filters_and_stays_or_opens_the_calls(opened: Watched) -> None:
    path = f"/overview?{DAY}&split=Country&shape=Bars&grain=Hour"
    page = opened.open(path)
    france = page.locator(f"{CHART} path[aria-label*='France'][aria-label*='12:00']")
    france.first.click()
    settle(page)
    row = page.locator(".st-key-picked_chart_overview")
    expect(row).to_contain_text("France · Tue 10 Mar 12:00")
    row.get_by_role("button", name="Only France").click()
    settle(page)
    expect(page.get_by_role("button", name="Country: France")).to_be_visible()
    assert "country=France" in href(page)
    assert "/overview" in href(page)
    expect(row).to_have_count(0)
    page.locator(f"{CHART} path[aria-label*='12:00']").first.click()
    settle(page)
    row.get_by_role("button", name="Open the calls").click()
    landed(page, "/calls")
    assert "country=France" in href(page)
    assert "from=2026-03-10T12%3A00" in href(page)
    expect(page.get_by_text("1 call", exact=True)).to_be_visible()


def test_a_name_of_the_legend_leads_to_its_calls(opened: Watched) -> None:
    page = opened.open(f"/overview?{DAY}&split=Country")
    page.locator(f"{CHART} .role-legend-label text", has_text="Spain").click()
    settle(page)
    row = page.locator(".st-key-picked_chart_overview")
    row.get_by_role("button", name="Open the calls").click()
    landed(page, "/calls")
    assert "country=Spain" in href(page)
    expect(page.get_by_text("6 calls", exact=True)).to_be_visible()


def test_figures_that_are_saved_leave_a_line(opened: Watched, module_engine: Engine) -> None:
    page = opened.open(f"/overview?{DAY}&split=Country")
    page.get_by_role("button", name="Save Total", exact=True).click()
    box = page.get_by_role("dialog")
    expect(box).to_be_visible()
    with page.expect_download() as fetched:
        box.get_by_role("button", name="CSV").first.click()
    assert "Calls" in fetched.value.path().read_text("utf-8")
    with module_engine.connect() as conn:
        [line] = [each for each in audit.search(conn) if each.action == "save figures"]
    assert line.object == fetched.value.suggested_filename
    assert "split=Country" in line.detail["query"]


def test_what_is_brushed_becomes_the_period(opened: Watched) -> None:
    page = opened.open(f"/overview?{DAY}&grain=Hour")
    strip = page.locator(f"{CHART} .strip_group > g > path.background").bounding_box()
    assert strip is not None
    height = strip["y"] + strip["height"] / 2
    # From 06:30 to 17:30 of a strip of 24 hours.
    page.mouse.move(strip["x"] + strip["width"] * 6.5 / 24, height)
    page.mouse.down()
    page.mouse.move(strip["x"] + strip["width"] * 12 / 24, height, steps=4)
    page.mouse.move(strip["x"] + strip["width"] * 17.5 / 24, height, steps=4)
    page.mouse.up()
    row = page.locator(".st-key-brushed_chart_overview")
    expect(row).to_contain_text("Zoomed to Tue 10 Mar 06:00")
    row.get_by_role("button", name="Make it the period").click()
    page.wait_for_function("location.href.includes('from=2026-03-10T06%3A00')")
    assert "to=2026-03-10T18%3A00" in href(page)
    settle(page)
    expect(row).to_have_count(0)


def test_the_reason_for_a_change_leads_to_its_calls(opened: Watched) -> None:
    page = opened.open(f"/overview?{DAY}&split=Country&grain=Hour")
    page.get_by_role("button", name="Why did it move").click()
    landed(page, "/compare")
    assert "split=Country" in href(page)
    assert "grain=Hour" in href(page)
    expect(page.get_by_text("Calls rose by 7, from 0 to 7")).to_be_visible()
    page.locator(".st-key-chart_effects svg .mark-rect path").first.click()
    landed(page, "/calls")
    assert "country=Spain" in href(page)
    expect(page.get_by_text("6 calls", exact=True)).to_be_visible()


def test_the_other_window_leads_to_calls_of_its_own(opened: Watched) -> None:
    page = opened.open(f"/compare?{DAY}&grain=Hour")
    page.locator(f"{CHART} .role-legend-label text", has_text="Compared with").click()
    settle(page)
    row = page.locator(".st-key-picked_chart_compare")
    expect(row).to_contain_text("Compared with · Mon 9 Mar 00:00")
    row.get_by_role("button", name="Open the calls").click()
    landed(page, "/calls")
    assert "from=2026-03-09T00%3A00&to=2026-03-10T00%3A00" in href(page)


def test_a_time_that_comes_twice_stays_in_the_address(opened: Watched) -> None:
    night = "zone=Europe%2FMadrid&period=Custom&to=2026-10-26T00%3A00"
    page = opened.open(f"/dashboard?{night}&from=2026-10-25T02%3A20%2B01%3A00")
    expect(page.get_by_text("25 Oct 2026 02:20")).to_be_visible()
    assert "from=2026-10-25T02%3A20%2B01%3A00" in href(page)
    page.get_by_role("button", name="30d", exact=True).or_(
        page.get_by_role("radio", name="30d", exact=True)
    ).click()
    page.wait_for_function("!location.href.includes('from=')")
    settle(page)
    assert "period=30d" in href(page)
    expect(page.get_by_label("From (Europe/Madrid)")).to_have_count(0)
