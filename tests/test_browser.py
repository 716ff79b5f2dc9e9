"""The application in Chromium: what only a browser shows."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from cdrstats.clock import month_of
from cdrstats.db.partitions import make_months

from .browser import SEEN, Site, Watched, chromium, jobs_running, landed, served, settle
from .pages import PAGES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
DAY = "period=Custom&from=2026-03-10T00:00&to=2026-03-11T00:00&zone=UTC"
HEADER = "callid,destination_number,starting_date,duration,billsec,hangup_cause_id\n"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 1000}, timezone_id="Europe/Madrid"
    )
    context.add_init_script(SEEN)
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def url(fresh_engine: Engine) -> str:
    return fresh_engine.url.render_as_string(hide_password=False)


def metric(page: Page, label: str) -> str:
    card = page.get_by_test_id("stMetric").filter(has_text=label).first
    return card.get_by_test_id("stMetricValue").inner_text()


def test_a_file_is_uploaded_and_its_calls_stand_on_the_dashboard(
    page: Page, url: str, fresh_engine: Engine, tmp_path: Path
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    make_months(fresh_engine, [month_of(now), month_of(now - timedelta(days=2))])
    rows = [
        f"call{number},3465012{number:04d},{now - timedelta(minutes=number)},70,60,16"
        for number in range(1, 8)
    ]
    file = tmp_path / "today.csv"
    file.write_text(HEADER + "\n".join([*rows, "broken,line,never,x,y,z"]) + "\n")
    with served(url, tmp_path / "var") as address, jobs_running(url, tmp_path / "var"):
        watched = Watched(page, address)
        watched.open("/imports")
        page.locator("input[type=file]").set_input_files(file)
        expect(
            page.locator(".st-key-uploader, [data-testid=stBidiComponent]").first
        ).to_contain_text("7 imported, 1 bad")
        page.goto(f"{address}/")
        settle(page)
        for _ in range(20):
            if page.get_by_test_id("stMetric").count() and metric(page, "Calls") == "7":
                break
            page.wait_for_timeout(1000)
            page.reload()
            settle(page)
        assert metric(page, "Calls") == "7"
        assert metric(page, "ASR") == "100.0 %"
        assert (watched.errors, watched.elsewhere) == ([], [])


def test_clicks_lead_to_the_calls_behind_a_figure(opened: Watched) -> None:
    page = opened.open(f"/?{DAY}")
    expect(page.get_by_test_id("stVegaLiteChart").first.locator("svg")).to_be_visible()
    page.locator(".st-key-chart_country svg .mark-rect path").nth(1).click()
    landed(page, "/calls")
    assert "country=France" in page.evaluate("location.href")
    assert "from=2026-03-10T00%3A00" in page.evaluate("location.href")
    expect(page.get_by_text("1 call", exact=True)).to_be_visible()
    page.go_back()
    landed(page, "/")
    noon = "path[aria-label*='Mar 12:00'][aria-label*='Answered']"
    page.locator(f".st-key-chart_calls svg {noon}").click()
    landed(page, "/calls")
    assert "result=Answered" in page.evaluate("location.href")
    assert "from=2026-03-10T12%3A00" in page.evaluate("location.href")
    expect(page.get_by_text("6 calls", exact=True)).to_be_visible()


def test_tables_have_no_way_to_a_file_but_that_of_the_house(opened: Watched) -> None:
    page = opened.open(f"/calls?{DAY}")
    page.get_by_test_id("stDataFrame").first.hover()
    tools = page.get_by_test_id("stElementToolbar").first
    expect(tools.get_by_label("Search:")).to_be_visible()
    expect(tools.get_by_label("Download as CSV:")).to_have_count(1)
    expect(tools.get_by_label("Download as CSV:")).to_be_hidden()


def test_a_fresh_server_runs_no_page_past_the_gate(
    page: Page, url: str, tmp_path: Path
) -> None:
    """Streamlit would run pages/ by their URLs until app.py has run once."""
    with served(url, tmp_path / "var") as address:
        port = address.rpartition(":")[2]
        stream = f"ws://127.0.0.1:{port}/_stcore/stream"
        for origin in ("https://evil.example", "null"):
            with pytest.raises(InvalidStatus), connect(stream, origin=origin):
                pass
        page.goto(f"{address}/diagnostic?zone=Europe/Paris")
        assert page.url == f"{address}/login?next=%2Fdiagnostic%3Fzone%3DEurope%2FParis"
        with pytest.raises(InvalidStatus), connect(stream, origin=str(address)):
            pass
        watched = Watched(page, address)
        watched.open("/diagnostic")
        # app.py ran: its navigation stands beside the page.
        expect(page.get_by_role("link", name="Dashboard")).to_be_visible()
        names = page.get_by_test_id("stSidebarNavLink").all_inner_texts()
        listed = [name.strip().split("\n")[-1] for name in names]
        assert [*listed, "Notifications", "Your account"] == [*PAGES.values()]


def test_choices_live_in_the_url(opened: Watched) -> None:
    page = opened.open("/")
    assert "zone=Europe%2FMadrid" in page.evaluate("location.href")
    page.get_by_text("30d", exact=True).click()
    settle(page)
    assert "period=30d" in page.evaluate("location.href")
    opened.open(f"/calls?{DAY}&where=destination+begins+00&country=Spain")
    expect(page.get_by_text("Country: Spain").first).to_be_visible()
    expect(page.get_by_text("destination begins 00").first).to_be_visible()
    page.get_by_text("Export", exact=True).click()
    link = page.locator("a[href^='/export/calls.csv']").get_attribute("href")
    assert link is not None
    assert "country=Spain" in link
    assert "where=destination+begins+00" in link


def test_the_tour_comes_once_and_can_be_taken_again(
    browser: Browser, two_countries: Site
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    watched = Watched(page, two_countries)
    watched.open(f"/?{DAY}")
    tour = page.get_by_role("dialog")
    expect(tour).to_contain_text("Which calls")
    for step in range(2, 6):
        # A click is lost while the step before is drawn.
        expect(tour).to_contain_text(f"{step - 1} of 5")
        settle(page)
        tour.get_by_role("button", name="Next").click()
        expect(tour).to_contain_text(f"{step} of 5")
    tour.get_by_role("button", name="Done").click()
    expect(tour).to_have_count(0)
    watched.open(f"/calls?{DAY}")
    expect(tour).to_have_count(0)
    page.get_by_role("button", name="Take the tour").click()
    expect(tour).to_contain_text("1 of 5")
    page.keyboard.press("Escape")
    expect(tour).to_have_count(0)
    assert (watched.errors, watched.elsewhere) == ([], [])
    context.close()
