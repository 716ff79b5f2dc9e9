"""The front door: who is let in, what is refused, and what each answer carries."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from cdrstats.accounts import Viewer
from cdrstats.accounts.gate import HEADER, session_in, vouched
from cdrstats.accounts.tokens import id_of
from cdrstats.errors import BadSetting, ServerTrouble
from cdrstats.web import gate
from cdrstats.web.cookies import NAME
from cdrstats.web.gate import Gate
from cdrstats.web.life import refuse_other_addresses

from .people import LOCAL_VIEWER

HERE = "http://localhost:8501"


TOKEN = "what the browser holds"
HIS = id_of(TOKEN)
PAGE = {"accept": "text/html,*/*"}


async def word(request: Request) -> PlainTextResponse:
    """Whose session our header vouches for, and whom our own routes are told."""
    vouched_for = [session_in(value) for value in request.headers.getlist(HEADER)]
    viewer = getattr(request.state, "viewer", None)
    return PlainTextResponse(f"{vouched_for} {viewer.name if viewer else None}")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(f"{session_in(socket.headers[HEADER])} {text}")


def nobodys(token_id: str) -> Viewer | None:
    """Whose token that is; tests/test_api.py has some that are somebody's."""
    return None


def untold(token_id: str | None, address: str) -> None:
    """Tests of what the audit is told have a database: tests/test_web_refusals.py."""


def gated(look: Callable[[str], Viewer | None], hosts: tuple[str, ...]) -> Middleware:
    given = {"look": look, "look_by_token": nobodys, "tell_refused": untold}
    return Middleware(Gate, **given, allowed_hosts=hosts)


class Sessions:
    """Who is signed in; one of them, until it is over."""

    def __init__(self) -> None:
        self.open = {HIS}
        self.away = False

    def __call__(self, session_id: str) -> Viewer | None:
        if self.away:
            raise ServerTrouble("The database does not answer.")
        if session_id not in self.open:
            return None
        return replace(LOCAL_VIEWER, name="ana", session_id=session_id)


def client(
    base: str = HERE,
    hosts: tuple[str, ...] = (),
    look: Sessions | None = None,
    token: str | None = TOKEN,
) -> TestClient:
    app = Starlette(
        routes=[
            Route("/", word, methods=["GET", "POST"]),
            Route("/login", word),
            Route("/static/app.js", word),
            WebSocketRoute("/ws", talk),
        ],
        middleware=[gated(look or Sessions(), hosts)],
    )
    cookies = {NAME: token} if token else None
    return TestClient(app, base_url=base, cookies=cookies, follow_redirects=False)


@pytest.fixture
def home() -> Iterator[TestClient]:
    with client() as found:
        yield found


def test_whoever_is_signed_in_is_vouched_for(home: TestClient) -> None:
    assert home.get("/").text == f"['{HIS}'] ana"


FORGED = ["", "local", HIS, f".{HIS}", f"x.{HIS}", vouched(HIS)[1:], None, 7]


@pytest.mark.parametrize("forged", FORGED, ids=range(len(FORGED)))
def test_a_forged_word_vouches_for_nobody(forged: object) -> None:
    assert session_in(forged) is None


def test_the_word_of_a_client_never_gets_through(home: TestClient) -> None:
    assert home.get("/", headers={HEADER: "forged"}).text == f"['{HIS}'] ana"
    stranger = client(token=None)
    assert stranger.get("/login", headers={HEADER: vouched(HIS)}).text == "[] None"


def test_a_program_without_a_token_is_told_how_to_show_one() -> None:
    answer = client(token=None).get("/api/v1/calls")
    assert answer.status_code == 401
    assert "Authorization: Bearer TOKEN" in answer.json()["error"]
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("token", [None, "", "forged", HIS, TOKEN[:-1], TOKEN + "x"])
def test_a_stranger_is_led_to_the_sign_in_and_back(token: str | None) -> None:
    stranger = client(token=token)
    answer = stranger.get("/calls?switch=a&at=1", headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?next=%2Fcalls%3Fswitch%3Da%26at%3D1"
    for answer in (stranger.get("/"), stranger.post("/", headers=PAGE | {"origin": HERE})):
        assert (answer.status_code, answer.json()) == (401, {"error": "Sign in first."})
    with (
        pytest.raises(WebSocketDisconnect),
        stranger.websocket_connect("ws://localhost:8501/ws"),
    ):
        pass


@pytest.mark.parametrize("path", ["/login", "/static/app.js"])
def test_what_is_the_same_for_everybody_needs_no_session(path: str) -> None:
    look = Sessions()
    look.away = True
    assert client(look=look, token=None).get(path).text == "[] None"


def test_a_path_beside_the_public_ones_is_not_public() -> None:
    for path in ("/loginx", "/login/", "/staticx", "/x/static/app.js", "//login", "/%2e/login"):
        assert client(token=None).get(path).status_code in (401, 404, 403), path


def test_without_its_database_nobody_is_let_in() -> None:
    look = Sessions()
    look.away = True
    answer = client(look=look).get("/", headers=PAGE)
    assert (answer.status_code, answer.text) == (
        503,
        "The database does not answer; try again soon.\n",
    )


def test_a_websocket_ends_with_its_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page may tell once that it is over; a part that does not ask is cut off."""
    monkeypatch.setattr(gate, "LOOK_AGAIN_S", 0)
    look = Sessions()
    with (
        client(look=look) as home,
        home.websocket_connect("ws://localhost:8501/ws", headers={"origin": HERE}) as socket,
    ):
        for text in ("one", "two"):
            socket.send_text(text)
            assert socket.receive_text() == f"{HIS} {text}"
        look.away = True  # which says nothing of the session
        socket.send_text("three")
        assert socket.receive_text() == f"{HIS} three"
        look.away = False
        look.open.clear()
        socket.send_text("four")
        assert socket.receive_text() == f"{HIS} four"
        socket.send_text("five")
        with pytest.raises(WebSocketDisconnect) as ended:
            socket.receive_text()
        assert (ended.value.code, ended.value.reason) == (1008, "signed out")


def test_a_websocket_is_not_asked_for_at_each_message() -> None:
    look = Sessions()
    with (
        client(look=look) as home,
        home.websocket_connect("ws://localhost:8501/ws", headers={"origin": HERE}) as socket,
    ):
        look.open.clear()
        for text in ("one", "two", "three"):
            socket.send_text(text)
            assert socket.receive_text() == f"{HIS} {text}"


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
        socket.send_text("hello")
        assert socket.receive_text() == f"{HIS} hello"
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
def test_the_server_starts_beyond_loopback_only_if_told_to(address: str | None) -> None:
    with pytest.raises(BadSetting, match="without TLS"):
        refuse_other_addresses(address, plain_http=False)
    refuse_other_addresses(address, plain_http=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.0.0.2"])
def test_loopback_addresses_are_fine(address: str) -> None:
    refuse_other_addresses(address, plain_http=False)
