"""The front door: who is let in, what is refused, and what each answer carries."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from cdrstats.accounts import LOCAL_VIEWER
from cdrstats.accounts.gate import HEADER, PASS, viewer_by
from cdrstats.errors import BadSetting
from cdrstats.web.gate import Gate
from cdrstats.web.life import refuse_other_addresses

HERE = "http://localhost:8501"


async def word(request: Request) -> PlainTextResponse:
    return PlainTextResponse(",".join(request.headers.getlist(HEADER)))


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(socket.headers[HEADER])
    await socket.close()


def client(
    base: str = HERE, caller: str = "127.0.0.1", hosts: tuple[str, ...] = ()
) -> TestClient:
    app = Starlette(
        routes=[
            Route("/", word, methods=["GET", "POST"]),
            WebSocketRoute("/ws", talk),
        ],
        middleware=[Middleware(Gate, allowed_hosts=hosts)],
    )
    return TestClient(app, base_url=base, client=(caller, 50000))


@pytest.fixture
def home() -> Iterator[TestClient]:
    with client() as found:
        yield found


def test_whoever_comes_by_the_gate_is_the_local_viewer(home: TestClient) -> None:
    assert viewer_by(home.get("/").text) is LOCAL_VIEWER


@pytest.mark.parametrize("forged", ["", "local", PASS[:-1], "x" * 32, None, 7], ids=range(6))
def test_a_forged_word_is_nobody(forged: object) -> None:
    assert viewer_by(forged) is None


def test_the_word_of_a_client_never_gets_through(home: TestClient) -> None:
    assert home.get("/", headers={HEADER: "forged"}).text == PASS


@pytest.mark.parametrize(
    "base", [HERE, "http://127.0.0.1:8501", "http://[::1]:8501", "http://localhost"]
)
def test_names_of_loopback_are_ours_at_any_port(base: str) -> None:
    assert client(base).get("/").status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.nip.io:8501",
        "",
        "localhost@evil",
        "a:b",
    ],
)
def test_other_host_names_are_refused(home: TestClient, host: str) -> None:
    assert home.get("/", headers={"host": host}).status_code == 403


def test_a_host_name_can_be_allowed() -> None:
    allowed = client("http://cdr.example.com", hosts=("cdr.example.com",))
    assert allowed.get("/").status_code == 200


@pytest.mark.parametrize("caller", ["192.168.1.7", "2001:db8::1", "nobody"])
def test_only_this_machine_is_answered(caller: str) -> None:
    assert client(caller=caller).get("/").status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": HERE}, 200),
        ({}, 200),  # a program, not a browser
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "http://localhost:9999"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_writes_come_from_our_own_pages(
    home: TestClient, headers: dict[str, str], status: int
) -> None:
    assert home.post("/", headers=headers).status_code == status


def test_reading_from_another_site_is_let_in_but_kept_from_it(home: TestClient) -> None:
    answer = home.get("/", headers={"origin": "https://evil.example"})
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "access-control-allow-origin" not in answer.headers


def test_a_websocket_of_another_site_is_refused(home: TestClient) -> None:
    with home.websocket_connect(
        "ws://localhost:8501/ws", headers={"origin": HERE, HEADER: "forged"}
    ) as socket:
        assert socket.receive_text() == PASS
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}):
        with (
            pytest.raises(WebSocketDisconnect),
            home.websocket_connect("ws://localhost:8501/ws", headers=headers),
        ):
            pass


def test_every_answer_carries_the_security_headers(home: TestClient) -> None:
    for answer in (home.get("/"), home.get("/none"), home.get("/", headers={"host": "evil"})):
        assert "connect-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "::", None, "", "192.168.1.7", "cdr.example.com"]
)
def test_the_server_starts_on_loopback_only(address: str | None) -> None:
    with pytest.raises(BadSetting, match="no sign-in yet"):
        refuse_other_addresses(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_loopback_addresses_are_fine(address: str) -> None:
    refuse_other_addresses(address)
