"""One address, nginx as it is shipped, and two web processes over one database behind it."""

import csv
import io
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import Engine, select

from cdrstats.db.schema import audit
from cdrstats.web.cookies import NAME as SESSION

from .browser import SEEN, browsing, chromium, free_port, settle, web_process
from .conftest import copied
from .factories import NOON
from .people import PASSWORD, add_person
from .proxy import NAME, Ports, configured, nginx, proxying

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(nginx() is None, reason="no nginx on this machine"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
PROCESS = "cdrstats_process"


class House:
    """nginx and the two processes, each of which can be ended and started again."""

    def __init__(self, engine: Engine, folder: Path, ports: Ports) -> None:
        self.engine, self.folder, self.ports = engine, folder, ports
        self.address = f"https://{NAME}:{ports.tls}"
        self.running: dict[int, tuple[ExitStack, subprocess.Popen[bytes]]] = {}

    def start(self, port: int) -> None:
        url = self.engine.url.render_as_string(hide_password=False)
        given = {"ALLOWED_HOSTS": NAME, "PORT": str(self.ports.first)}
        stack = ExitStack()
        process = stack.enter_context(web_process(port, url, self.folder / "var", **given))
        self.running[port] = stack, process

    def kill(self, port: int) -> None:
        stack, process = self.running.pop(port)
        process.send_signal(signal.SIGKILL)
        process.wait(15)
        stack.close()

    def other(self, port: int) -> int:
        return self.ports.second if port == self.ports.first else self.ports.first

    def logged(self) -> list[dict[str, str]]:
        """What nginx has written of each request, the last one last.

        It writes a line once the answer is out, so whoever has the answer waits for the line.
        """
        file = self.folder / "cdrstats.log"
        size = -1
        while size != file.stat().st_size:
            size = file.stat().st_size
            time.sleep(0.3)
        lines = file.read_text("utf-8").splitlines()
        return [
            {key: value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|\S+)', line)}
            for line in lines
        ]

    def asked(self) -> list[dict[str, str]]:
        """Likewise, without websockets: their lines come when they end, whoever asks then."""
        return [one for one in self.logged() if one["path"] != "/_stcore/stream"]

    def who(self, action: str) -> list[tuple[str, str]]:
        """Whom the audit names for what was done, and where from."""
        with self.engine.connect() as conn:
            query = select(audit.c.who, audit.c.address).where(audit.c.action == action)
            return [tuple(row) for row in conn.execute(query.order_by(audit.c.id))]


@pytest.fixture(scope="module")
def house(server: str, template_database: str, tmp_path_factory: Any) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("nginx")
    ports = Ports(*(free_port() for _ in range(4)))
    with copied(server, template_database) as engine:
        with engine.begin() as conn:
            for name in ("ana", "ben", "carl"):
                add_person(conn, name, "administrator")
        house = House(engine, folder, ports)
        with proxying(configured(folder, ports), ports):
            try:
                house.start(ports.first)
                house.start(ports.second)
                yield house
            finally:
                for stack, _ in house.running.values():
                    stack.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing(f"--host-resolver-rules=MAP {NAME} 127.0.0.1") as found:
        yield found


@contextmanager
def client(house: House, address: str = "127.0.0.1", **cookies: str) -> Iterator[httpx2.Client]:
    """A program at `address` that trusts the certificate, and follows nothing."""
    trusted = ssl.create_default_context(cafile=house.folder / "fullchain.pem")
    trusted.check_hostname = False  # it is asked for by address; `asked` names it
    transport = httpx2.HTTPTransport(verify=trusted, local_address=address)
    with httpx2.Client(
        transport=transport,
        base_url=f"https://127.0.0.1:{house.ports.tls}",
        headers={"host": f"{NAME}:{house.ports.tls}"},
        cookies=cookies,
        timeout=30,
    ) as found:
        yield found


def sign_in(house: House, program: httpx2.Client, name: str, **more: Any) -> httpx2.Response:
    fields = {"name": name, "password": PASSWORD, "next": "/"} | more.pop("data", {})
    headers = {"origin": house.address} | more.pop("headers", {})
    return program.post("/login", data=fields, headers=headers, **more)


def cookie_of(page: Page, name: str) -> dict[str, Any]:
    [found] = [dict(each) for each in page.context.cookies() if each["name"] == name]
    return found


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with windows(browser) as found:
        yield found


@contextmanager
def windows(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 1000}, ignore_https_errors=True
    )
    context.add_init_script(SEEN)
    context.set_default_timeout(30_000)
    yield context
    context.close()


def enter(page: Page, house: House, path: str = "/", name: str = "ana") -> None:
    """Sign in by the form, and be led to `path`."""
    page.goto(house.address + path)
    page.locator("input[name=name]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button").click()
    settle(page)


def stay_at(context: BrowserContext, house: House, port: int) -> None:
    """Let the browser of `context` be led to the process at `port`."""
    context.add_cookies([{"name": PROCESS, "value": str(port), "url": house.address}])


def test_from_plain_http_to_a_page_over_a_websocket_in_tls(
    house: House, context: BrowserContext
) -> None:
    page = context.new_page()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(f"http://{NAME}:{house.ports.plain}/calls?period=7d")
    assert page.url.startswith(f"{house.address}/login")
    page.locator("input[name=name]").fill("ana")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button").click()
    settle(page)
    assert page.url.startswith(f"{house.address}/calls")
    expect(page.locator("h1")).to_have_text("Calls")
    assert sockets == [f"wss://{NAME}:{house.ports.tls}/_stcore/stream"]
    session, process = cookie_of(page, SESSION), cookie_of(page, PROCESS)
    for cookie in (session, process):
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    assert int(process["value"]) in house.running
    of_ours = [each["to"] for each in house.logged() if each["path"].startswith("/_stcore/")]
    assert set(of_ours) == {f"127.0.0.1:{process['value']}"}


def test_a_session_of_one_process_is_one_of_the_other(house: House) -> None:
    first, second = house.ports.first, house.ports.second
    with client(house, **{PROCESS: str(first)}) as program:
        token = sign_in(house, program, "ben").cookies[SESSION]
    with client(house, **{PROCESS: str(second), SESSION: token}) as program:
        assert program.get("/", headers={"accept": "text/html"}).status_code == 200
        assert program.post("/logout", headers={"origin": house.address}).status_code == 303
    with client(house, **{PROCESS: str(first), SESSION: token}) as program:
        answer = program.get("/", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2F")
    last = [(each["path"], each["to"]) for each in house.asked()[-4:]]
    here, there = f"127.0.0.1:{first}", f"127.0.0.1:{second}"
    assert last == [("/login", here), ("/", there), ("/logout", there), ("/", here)]


def test_signing_out_everywhere_ends_pages_of_the_other_process(
    house: House, browser: Browser, context: BrowserContext
) -> None:
    with windows(browser) as elsewhere:
        stay_at(context, house, house.ports.first)
        stay_at(elsewhere, house, house.ports.second)
        there, here = elsewhere.new_page(), context.new_page()
        enter(there, house, "/calls?period=7d", "carl")
        enter(here, house, "/account", "carl")
        assert cookie_of(there, PROCESS)["value"] == str(house.ports.second)
        here.get_by_role("button", name="Sign out everywhere else").click()
        settle(here)
        there.get_by_text("30d", exact=True).click()
        there.wait_for_url(re.compile("/login"))
        here.reload()
        settle(here)
        expect(here.locator("h1")).to_be_visible()


def test_what_a_browser_says_of_itself_is_not_believed(house: House) -> None:
    forged = {
        "x-forwarded-for": "203.0.113.9",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "evil.example",
        "x-real-ip": "203.0.113.9",
        "forwarded": "for=203.0.113.9;proto=http;host=evil.example",
    }
    for address in (
        "127.0.0.7",
        "127.0.0.1",
    ):  # the latter is believed where nginx asks from it
        with client(house, address) as program:
            answer = sign_in(house, program, "ben", headers=forged)
            assert "; Secure" in answer.headers["set-cookie"]
            sign_in(house, program, "ben", headers=forged, data={"password": "wrong"})
        assert house.who("sign in")[-1] == ("ben", address)
        assert house.who("fail to sign in")[-1] == ("ben", address)


def test_other_names_and_broken_headers_lead_nowhere(house: House) -> None:
    with client(house) as program:
        for host in ("evil.example", "localhost", f"127.0.0.1:{house.ports.tls}", f"x.{NAME}"):
            answer = program.get("/login", headers={"host": host})
            assert (answer.status_code, host in answer.text) == (421, False)
        assert program.get("/login", headers={"host": f"{NAME}@evil"}).status_code in (400, 421)
        for there in ("//evil.example", "/%0d%0aset-cookie:x=y", "/\r\nset-cookie: x=y"):
            answer = sign_in(house, program, "ben", data={"next": there})
            assert answer.status_code == 303
            assert answer.headers["location"] in ("/", "/%0d%0aset-cookie:x=y")
            assert "x" not in answer.cookies
        foreign = sign_in(house, program, "ben", headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403
    plain = f"http://127.0.0.1:{house.ports.plain}"
    for host in (NAME, "evil.example"):
        answer = httpx2.get(f"{plain}/calls?period=7d&a=%0d%0ax:y", headers={"host": host})
        wanted = f"{house.address}/calls?period=7d&a=%0d%0ax:y"
        assert (answer.status_code, answer.headers["location"]) == (301, wanted)


def test_both_are_looked_after_from_outside(house: House) -> None:
    for port in house.running:
        with client(house, **{PROCESS: str(port)}) as program:
            for path in ("/healthz", "/readyz"):
                answer = program.get(path)
                assert (answer.status_code, answer.json()["status"]) == (200, "ok")
                assert house.asked()[-1]["to"] == f"127.0.0.1:{port}"
                transport = answer.headers.get_list("strict-transport-security")
                assert transport == ["max-age=31536000"]


def test_large_files_come_in_and_go_out(house: House) -> None:
    rows = [f"{'c' * 80}-{n},34650123456,{NOON:%F %T}+00,70,60,16" for n in range(20_000)]
    head = "callid,destination_number,starting_date,duration,billsec,hangup_cause_id"
    file = "\n".join([head, *rows])
    assert len(file) > 2_000_000  # more than nginx lets through by itself
    ways = {"switch": "pbx", "name": "big.csv"}
    with client(house) as program:
        sign_in(house, program, "ben")
        headers = {"origin": house.address, "accept": "application/x-ndjson"}
        told = program.post("/upload", params=ways, content=file, headers=headers, timeout=90)
        report = told.text.splitlines()[-1]
        assert '"imported": 20000' in report, report
        day = "period=Custom&from=2026-03-10T00:00&to=2026-03-11T00:00&zone=UTC"
        sent = program.get(f"/export/calls.csv?{day}&switch=pbx", timeout=90)
        assert len(list(csv.DictReader(io.StringIO(sent.text)))) == 20_000
        assert sent.headers["content-disposition"] == 'attachment; filename="calls.csv"'


def test_files_of_any_size_are_let_through_to_the_app(house: House) -> None:
    """It says what it thinks of the sender before it has read a word."""
    for path, said in (("/upload", b" 401 "), ("/login", b" 413 ")):
        head = f"POST {path} HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 9000000000\r\n\r\n"
        trusted = ssl.create_default_context(cafile=house.folder / "fullchain.pem")
        with (
            socket.create_connection(("127.0.0.1", house.ports.tls), 30) as plain,
            trusted.wrap_socket(plain, server_hostname=NAME) as line,
        ):
            line.sendall(head.encode())
            assert said in line.recv(1000).partition(b"\r\n")[0]


def test_pages_go_on_when_their_process_is_killed_and_when_it_is_back(
    house: House, context: BrowserContext
) -> None:
    page = context.new_page()
    enter(page, house, "/people")
    port = int(cookie_of(page, PROCESS)["value"])
    house.kill(port)
    expect(page.locator("[data-testid=stApp]")).to_have_attribute(
        "data-test-connection-state", "CONNECTED", timeout=30_000
    )
    page.get_by_role("link", name="Calls", exact=True).click()
    settle(page)
    expect(page.locator("h1")).to_have_text("Calls")
    assert cookie_of(page, PROCESS)["value"] == str(house.other(port))
    page.goto(f"{house.address}/people")
    settle(page)
    house.start(port)
    asked_before = len(house.logged())
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Export").click()
    file = fetched.value.path().read_bytes()
    rows = csv.DictReader(io.StringIO(file.decode()))
    assert [row["name"] for row in rows] == ["ana", "ben", "carl"]
    page.get_by_role("button", name="Import").click()
    settle(page)
    page.locator("input[type=file]").set_input_files(
        [{"name": "people.csv", "mimeType": "text/csv", "buffer": file}]
    )
    box = page.get_by_role("dialog")
    expect(box.get_by_text("people.csv")).to_be_visible()
    box.get_by_role("button", name="Import", exact=True).click()
    settle(page)
    since = house.logged()[asked_before:]
    from_memory = [one for one in since if re.search("/media/|/upload_file/", one["path"])]
    assert {one["method"] for one in from_memory} >= {"GET", "PUT"}
    assert {one["to"] for one in from_memory} == {f"127.0.0.1:{house.other(port)}"}
    assert {one["status"] for one in from_memory} <= {"200", "204"}


def test_logs_are_of_one_process_each_and_keep_secrets(house: House) -> None:
    with client(house) as program:
        program.get("/link/a-word-that-sets-a-password")
        program.get("/calls?caller=%2B34600123456")
    assert house.asked()[-1]["path"] == "/calls"
    logs = sorted((house.folder / "var" / "log").glob("web*.log"))
    assert [path.name for path in logs] == [f"web-{house.ports.second}.log", "web.log"]
    kept = "".join(path.read_text("utf-8") for path in (*house.folder.glob("*.log"), *logs))
    for secret in ("a-word-that", "34600123456", PASSWORD):
        assert secret not in kept
