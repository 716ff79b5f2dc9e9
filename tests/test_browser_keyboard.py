"""The application by keys, and what its tables offer, in Chromium."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from .browser import Watched, chromium, landed, settle
from .test_browser import DAY

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
MOST_KEYS = 120
FOCUSED = """async () => {
    const one = document.activeElement
    const label = one.getAttribute('aria-label') || one.innerText || one.placeholder || ''
    const looks = () => {
        const found = []
        for (let node = one, up = 0; node && up < 7; node = node.parentElement, up++) {
            const {outline, boxShadow, backgroundColor, borderColor} = getComputedStyle(node)
            found.push(outline, boxShadow, backgroundColor, borderColor)
        }
        return found.join()
    }
    const drawn = () => new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))
    await drawn()
    const focused = looks()
    one.blur()
    await drawn()
    const blurred = looks()
    one.focus()
    const name = label.length < 60 ? label.trim().replaceAll('\\n', ' ') : ''
    return {name, tag: one.tagName, seen: focused !== blurred}
}"""
"""What is focused, and whether it looks otherwise than it would without."""

REGIONS = ("MAIN", "DIV", "CANVAS", "TD", "TH")
"""What is focused to be scrolled, and tables, which draw their own mark."""


def tabbed(page: Page) -> Iterator[dict[str, object]]:
    """What is focused after each press of Tab, from the top of the page."""
    for _ in range(MOST_KEYS):
        page.keyboard.press("Tab")
        yield page.evaluate(FOCUSED)


def go_to(page: Page, name: str) -> None:
    """Press Tab until what is called so is focused."""
    met = []
    for focused in tabbed(page):
        met.append(focused["name"])
        if name in str(focused["name"]):
            return
    raise AssertionError(f"{name!r} is not reached; there are {met}")


@pytest.mark.parametrize("path", ["overview", "countries"])
def test_every_control_is_reached_and_seen_to_be(opened: Watched, path: str) -> None:
    page = opened.open(f"/{path}?{DAY}")
    page.add_style_tag(content="* {transition: none !important}")
    met = []
    for focused in tabbed(page):
        if focused["tag"] == "BODY":
            break
        assert focused["seen"] or focused["tag"] in REGIONS, focused
        met.append(str(focused["name"]))
    else:
        raise AssertionError(f"Tab never leaves the page: {met}")
    wanted = ("Dashboard", "Calls", "Filters", "Saved", "Share")
    assert [name for name in wanted if not any(name in one for one in met)] == []


def test_a_filter_is_set_and_a_figure_explained_by_keys(opened: Watched) -> None:
    page = opened.open(f"/dashboard?{DAY}")
    go_to(page, "Filters")
    page.keyboard.press("Enter")
    box = page.get_by_role("combobox", name="Country")
    expect(box).to_be_visible()
    for focused in tabbed(page):
        if "Country" in str(focused["name"]):
            break
    page.keyboard.type("Fran")
    page.keyboard.press("Enter")
    settle(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Country: France")).to_be_visible()
    page.locator("h1").click()
    go_to(page, "Explain")
    page.keyboard.press("Enter")
    settle(page)
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("How this number came about")
    go_to(page, "All calls")
    page.keyboard.press("Enter")
    landed(page, "/calls")
    assert "country=France" in page.evaluate("location.href")


def test_a_figure_of_a_table_can_be_explained(opened: Watched) -> None:
    page = opened.open(f"/dashboard?{DAY}&split=Country")
    table = page.get_by_test_id("stDataFrame").last
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 230, box["y"] + 55)  # a figure of the first row
    settle(page)
    chosen = page.locator(".st-key-chosen_table_quality")
    expect(chosen).to_contain_text("ASR, Country: Spain")
    chosen.get_by_role("button", name="Explain").click()
    settle(page)
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("ASR, Country: Spain")
    expect(drawer.get_by_test_id("stMetricValue")).to_have_text("100.0 %")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    after = table.bounding_box()
    assert after is not None
    assert after["height"] == box["height"], "the table stays as it was"
