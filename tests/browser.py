"""A server of our own for tests, and Chromium to look at it: a plugin, named in pyproject.toml.

A server takes seconds to start: tests that only look share one with the others of their module.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import Engine

from cdrstats import aggregates
from cdrstats.db.engine import make_engine
from cdrstats.web.cookies import NAME

from .factories import NOON, add_call
from .people import signed_in_as

ROOT = Path(__file__).parent.parent
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
expect.set_options(timeout=30_000)  # what is expected comes late on a busy machine
SETTLED = """() => {
    const app = document.querySelector('[data-testid=stApp]')
    return app && !['running', 'initial'].includes(app.dataset.testScriptState)
        && app.dataset.testConnectionState === 'CONNECTED'
        && !document.querySelector('[data-testid=stSkeleton]')
}"""
PROBES = re.compile(r"/_stcore/(health|host-config)$")
"""Streamlit asks for these below the page's own path first; each 404 is its own doing."""


def chromium() -> str | None:
    """The system's Chromium, if it has one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site(str):
    """The address of a server, with the token of an administrator who is signed in there."""

    token: str


def let_in(page: Page, site: Site) -> None:
    """Sign the browser of `page` in."""
    page.context.add_cookies([{"name": NAME, "value": site.token, "url": str(site)}])


@contextmanager
def served(database_url: str, var_dir: Path, **settings: str) -> Iterator[Site]:
    """The application on a free port of loopback, as `up` starts it; yields its address."""
    port = free_port()
    site = Site(f"http://127.0.0.1:{port}")
    engine = make_engine(database_url, "tests")
    with engine.begin() as conn:
        site.token = signed_in_as(conn, f"local-{port}", "administrator")
    engine.dispose()
    with web_process(port, database_url, var_dir, **settings):
        yield site


@contextmanager
def web_process(
    port: int, database_url: str, var_dir: Path, **settings: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """The application at `port` of loopback, once it answers; `settings` are CDRSTATS_..."""
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    flags = [f"--server.port={port}", "--server.address=127.0.0.1"]
    given = {"CDRSTATS_DATABASE_URL": database_url, "CDRSTATS_VAR_DIR": str(var_dir)}
    given |= {f"CDRSTATS_{name}": value for name, value in settings.items()}
    var_dir.mkdir(parents=True, exist_ok=True)
    printed = var_dir / f"server-{port}.txt"
    with (
        printed.open("wb") as output,
        subprocess.Popen(
            [*command, *flags], cwd=ROOT, env=os.environ | given, stdout=output, stderr=output
        ) as process,
    ):
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process, printed)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)


def wait_for(url: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
    """Wait until the process answers there; tell what it printed if it does not."""
    for _ in range(240):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.25)
        else:
            return
    raise AssertionError(f"the server did not start: {output.read_text()}")


@contextmanager
def browsing(*arguments: str) -> Iterator[Browser]:
    """Chromium, told `arguments` besides."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(), args=[*ARGUMENTS, *arguments]
        )
        try:
            yield browser
        finally:
            browser.close()


def settle(page: Page) -> None:
    """Wait until the page's script has run to its end, and all of it is drawn."""
    page.wait_for_selector("[data-testid=stApp]", timeout=60_000)
    page.wait_for_timeout(300)
    page.wait_for_function(SETTLED, timeout=60_000)


SEEN = "localStorage.setItem('cdrstats.tour', 'seen')"
"""What a browser remembers that has had the tour."""


class Watched:
    """A page of somebody who is signed in, and what it asked for and complained of."""

    def __init__(self, page: Page, address: Site) -> None:
        self.page, self.address = page, address
        let_in(page, address)
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self._requested(request.url))
        page.on(
            "console", lambda message: self._said(message.type, message.text, message.location)
        )
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _requested(self, url: str) -> None:
        ours = (self.address, self.address.replace("http", "ws", 1), "data:", "blob:")
        if not url.startswith(ours):
            self.elsewhere.append(url)

    def _said(self, kind: str, text: str, location: object) -> None:
        url = str(location["url"]) if isinstance(location, dict) else ""
        if kind == "error" and not PROBES.search(url):
            self.errors.append(f"{text} {url}")

    def open(self, path: str) -> Page:
        self.page.goto(self.address + path)
        settle(self.page)
        return self.page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as found:
        yield found


@pytest.fixture(scope="module")
def two_countries(
    module_engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The application over six calls to Spain and one, unanswered, to France at noon."""
    with module_engine.begin() as conn:
        for minute in range(6):
            add_call(conn, starting_date=NOON + timedelta(minutes=minute), country_id=724)
        add_call(conn, country_id=250, billsec=0, hangup_cause_id=17)
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass
    url = module_engine.url.render_as_string(hide_password=False)
    with served(url, tmp_path_factory.mktemp("var")) as site:
        yield site


@pytest.fixture
def opened(browser: Browser, two_countries: Site) -> Iterator[Watched]:
    """A window on `two_countries` that has had the tour; it may not complain."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 1000}, timezone_id="Europe/Madrid"
    )
    context.add_init_script(SEEN)
    context.set_default_timeout(30_000)
    watched = Watched(context.new_page(), two_countries)
    yield watched
    assert (watched.errors, watched.elsewhere) == ([], [])
    context.close()


def landed(page: Page, path: str) -> None:
    """Wait for the page at `path`; Playwright's own url lags behind Streamlit's."""
    page.wait_for_function("path => location.pathname === path", arg=path)
    settle(page)


@contextmanager
def jobs_running(database_url: str, var_dir: Path) -> Iterator[None]:
    """The job process, as `up` starts it."""
    given = {"CDRSTATS_DATABASE_URL": database_url, "CDRSTATS_VAR_DIR": str(var_dir)}
    with (
        (var_dir / "jobs.txt").open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "jobs"],
            cwd=ROOT,
            env=os.environ | given,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)
