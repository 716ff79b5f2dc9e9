"""Every page in Chromium, in both themes, on a phone, a laptop and a wall.

No error, no request to elsewhere, nothing wider than the screen, no word that is a
programmer's, nobody shut out: axe-core (tests/vendor, Mozilla Public License 2.0) finds no
serious violation. Screenshots are kept below CDRSTATS_TEST_SCREENS, if that names a folder.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Engine

from cdrstats import demo
from cdrstats.settings import read_settings

from .browser import SEEN, Site, Watched, chromium, served, settle
from .conftest import copied
from .pages import PAGES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
WIDTHS = (390, 1280, 2560)
EXAMINED = (("light", 390), ("light", 1280), ("dark", 1280))
"""Where axe-core looks. Colours are alike at every width, all else in both themes; and the wall
has the laptop's elements, further apart."""

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

PROGRAMMERS_WORDS = re.compile(r"\b(None|nan|NaN|NaT|undefined|null|Traceback)\b")

# Streamlit's own doing on every page, and not ours to change: its list of pages has section
# headings between its items, and the sparkline of a figure has marks without a name. Nor has
# the brush that Vega draws, which is for the pointer; a custom period does as much.
WHERE = {
    "exclude": [
        ["[data-testid=stSidebarNavItems]"],
        ["[data-testid=stMetricChart]"],
        [".brush_brush"],
        [".brush_brush_bg"],
    ]
}


@pytest.fixture(scope="module")
def database(server: str, template_database: str, tmp_path_factory: Any) -> Iterator[Engine]:
    """A week and a half of demo calls."""
    with copied(server, template_database) as engine:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CDRSTATS_VAR_DIR", str(tmp_path_factory.mktemp("demo")))
            settings = read_settings()
        demo.load(engine, settings, calls=3000, days=10)
        yield engine


@pytest.fixture(scope="module")
def address(database: Engine, tmp_path_factory: Any) -> Iterator[Site]:
    url = database.url.render_as_string(hide_password=False)
    with served(url, tmp_path_factory.mktemp("var")) as found:
        yield found


@pytest.fixture(scope="module")
def windows(browser: Browser) -> dict[str, BrowserContext]:
    """One for each theme: what one page has fetched, the next need not."""
    found = {}
    for theme in THEMES:
        context = browser.new_context(timezone_id="Europe/Madrid", color_scheme=theme)
        context.add_init_script(SEEN)
        context.set_default_timeout(60_000)
        found[theme] = context
    return found


def violations(page: Page) -> list[str]:
    """What axe-core calls serious or critical, with the element."""
    page.evaluate(AXE)
    # Naming also what is well done would take twenty times as long.
    found = page.evaluate("where => axe.run(where, {resultTypes: ['violations']})", WHERE)
    return [
        f"{one['id']}: {node['target']} {node['failureSummary'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"][:3]
    ]


def keep(page: Page, name: str) -> None:
    """A screenshot for whoever asked for them; an empty one is a failure for everybody."""
    picture = page.screenshot()
    assert len(picture) > 10_000, "the page is blank"
    if folder := os.environ.get("CDRSTATS_TEST_SCREENS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(picture)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_fit_for_every_screen(
    windows: dict[str, BrowserContext], address: Site, name: str, theme: str
) -> None:
    page = windows[theme].new_page()
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    watched = Watched(page, address)
    watched.open(f"/{name}?period=7d")
    expect(page.locator("h1").first).to_have_text(PAGES[name])
    for width in WIDTHS if theme == "light" else WIDTHS[:2]:
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        page.wait_for_timeout(300)
        keep(page, f"{name}-{theme}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.get_by_text("went wrong").count() == 0
        if (theme, width) in EXAMINED:
            assert violations(page) == []
    text = page.locator("[data-testid=stMain]").inner_text()
    assert PROGRAMMERS_WORDS.findall(text) == []
    assert (watched.errors, watched.elsewhere) == ([], [])
    page.close()
