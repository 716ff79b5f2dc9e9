"""Single sign-on in a real browser, by a provider that is a process of its own."""

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from cdrstats.accounts import audit, people

from .browser import SEEN, Site, chromium, free_port, served, settle, wait_for
from .people import PASSWORD, add_person
from .test_screens import THEMES, WIDTHS, keep, violations

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
PEOPLE = [
    {"sub": "7-ana", "preferred_username": "ana", "name": "Ana Ruiz", "groups": ["cdr"]},
    {"sub": "8-root", "preferred_username": "root", "groups": ["cdr-admins"]},
    {"sub": "9-hr", "preferred_username": "hr", "groups": ["hr"]},
]
PROVIDER = "Example"


class Provider(str):
    """The address of a provider, and its process."""

    process: "subprocess.Popen[bytes]"

    def settings(self) -> dict[str, str]:
        return {
            "OIDC_ISSUER": self,
            "OIDC_CLIENT_ID": "cdrstats",
            "OIDC_CLIENT_SECRET": "secret",
            "OIDC_NAME": PROVIDER,
            "OIDC_ROLES": "cdr-admins=administrator; cdr=analyst",
        }

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(15)


@contextmanager
def provided(folder: Path) -> Iterator[Provider]:
    port = free_port()
    found = Provider(f"http://127.0.0.1:{port}")
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    command += [word for each in PEOPLE for word in ("--user-claims", json.dumps(each))]
    output = folder / "provider.txt"
    with (
        output.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=out) as found.process,
    ):
        try:
            wait_for(f"{found}/.well-known/openid-configuration", found.process, output)
            yield found
        finally:
            found.end()


@contextmanager
def used_by(engine: Engine, provider: Provider, folder: Path) -> Iterator[Site]:
    """The application that takes people from `provider`."""
    url = engine.url.render_as_string(hide_password=False)
    with served(url, folder / "var", **provider.settings()) as found:
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("oidc")


@pytest.fixture(scope="module")
def site(module_engine: Engine, folder: Path) -> Iterator[Site]:
    with module_engine.begin() as conn:
        add_person(conn, "root", "administrator")
    with provided(folder) as provider, used_by(module_engine, provider, folder) as found:
        yield found


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(SEEN)
    context.set_default_timeout(30_000)
    context.route(re.compile("jsdelivr"), lambda route: route.abort())  # the provider's style
    yield context.new_page()
    context.close()


def go_as(page: Page, subject: str) -> None:
    """From the sign-in page to the provider, and back as somebody whom it knows."""
    page.get_by_role("link", name=f"Sign in with {PROVIDER}").click()
    page.get_by_role("button", name=subject).click()


def newest(engine: Engine) -> audit.Line:
    with engine.connect() as conn:
        return audit.search(conn, limit=1)[0]


def test_a_person_signs_in_by_the_provider_and_out_again(
    page: Page, site: Site, module_engine: Engine
) -> None:
    page.goto(f"{site}/calls?period=7d")
    go_as(page, "7-ana")
    page.wait_for_url(re.compile("/calls"))
    settle(page)
    expect(page.locator("h1")).to_have_text("Calls")
    expect(page.get_by_text("7d", exact=True)).to_be_visible()
    line = newest(module_engine)
    assert (line.who, line.action, line.address) == ("ana", "sign in", "127.0.0.1")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{site}/login")
    page.goto(f"{site}/calls")
    expect(page).to_have_url(re.compile("/login"))


def test_whoever_is_refused_reads_why_and_an_administrator_can_link_them(
    page: Page, site: Site, module_engine: Engine
) -> None:
    page.goto(f"{site}/login")
    go_as(page, "9-hr")
    expect(page.get_by_text("None of your groups at Example may use CDR-Stats")).to_be_visible()
    page.goto(f"{site}/login")
    go_as(page, "8-root")
    expect(page.get_by_text("There is an account 'root' here already")).to_be_visible()
    subject = newest(module_engine).detail["subject"]
    # Root comes in by the password, and says who root is at the provider.
    page.goto(f"{site}/login?next=/people%3Fperson=root")
    page.locator("input[name=name]").fill("root")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    settle(page)
    page.get_by_role("textbox", name=f"Subject at {PROVIDER}").fill(subject)
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_text("signs in by it from now on")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(f"{site}/login")
    go_as(page, "8-root")
    settle(page)
    expect(page.locator("h1")).to_have_text("Dashboard")
    assert newest(module_engine).who == "root"


def test_a_provider_that_goes_down_is_told(
    page: Page, fresh_engine: Engine, tmp_path: Path
) -> None:
    with provided(tmp_path) as provider, used_by(fresh_engine, provider, tmp_path) as site:
        page.goto(f"{site}/login")
        provider.end()
        page.get_by_role("link", name=f"Sign in with {PROVIDER}").click()
        expect(page.get_by_text("Example does not answer. Try again soon")).to_be_visible()
    line = newest(fresh_engine)
    assert (line.who, line.action, line.address) == ("unknown", "fail to sign in", "127.0.0.1")
    assert line.detail["wrong"].startswith("provider: it cannot be reached")


def test_a_proxy_with_tls_is_sent_back_to(site: Site, folder: Path) -> None:
    asking = http.client.HTTPConnection(site.removeprefix("http://"), timeout=10)
    asking.request("GET", "/oidc/start", headers={"x-forwarded-proto": "https"})
    answer = asking.getresponse()
    back = f"https%3A%2F%2F{site.removeprefix('http://').replace(':', '%3A')}%2Foidc%2Fcallback"
    assert f"redirect_uri={back}" in answer.headers["location"]
    assert "; Secure" in answer.headers["set-cookie"]
    asking.close()
    with_secret = [path for path in folder.rglob("*.log") if "secret" in path.read_text()]
    assert with_secret == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_button_and_the_refusal_are_fit_for_every_screen(
    browser: Browser, site: Site, theme: Any
) -> None:
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    for name, path in {"sign-in-oidc": "/login", "refused": "/oidc/callback?state=x"}.items():
        page.goto(site + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            keep(page, f"{name}-{theme}-{width}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert violations(page) == []
    context.close()


@pytest.mark.parametrize("theme", THEMES)
def test_the_card_of_a_person_has_room_for_the_subject(
    browser: Browser, site: Site, module_engine: Engine, theme: Any
) -> None:
    name = f"ben-{theme}"
    with module_engine.begin() as conn:
        add_person(conn, name)
        people.know_as(conn, name, "https://elsewhere.lan", f"f0e1d2c3-4567-89ab-{theme}")
    context = browser.new_context(color_scheme=theme)
    context.add_init_script(SEEN)
    page = context.new_page()
    page.context.add_cookies(
        [{"name": "cdrstats_session", "value": site.token, "url": str(site)}]
    )
    page.goto(f"{site}/people?person={name}")
    settle(page)
    # That of another provider is none here.
    expect(page.get_by_role("textbox", name=f"Subject at {PROVIDER}")).to_have_value("")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1400})
        settle(page)
        keep(page, f"person-oidc-{theme}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
