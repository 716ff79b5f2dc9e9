"""The programming interface: who is let in by a token, and what each route answers."""

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select, update
from starlette.testclient import TestClient

from cdrstats import aggregates
from cdrstats.accounts import api_tokens, audit, people, permissions
from cdrstats.accounts.tokens import id_of
from cdrstats.db.schema import account_code, api_token, customer, person, switch
from cdrstats.errors import BadRequest
from cdrstats.metrics import METRICS
from cdrstats.settings import Settings, read_settings

from .factories import NOON, add_call
from .people import add_person
from .test_web_routes import client, signed_in

DAY = {
    "period": "Custom",
    "from": "2026-03-10T00:00",
    "to": "2026-03-11T00:00",
    "zone": "UTC",
}
ROUTES = ("calls", "metrics", "metrics/calls", "customers", "switches")


def made(conn: Connection, who: str, **given: Any) -> str:
    now = datetime.now(UTC)
    values: dict[str, Any] = {"name": "nightly", "expires_at": None, **given}
    note = partial(audit.note, conn, "root")
    return api_tokens.make(conn, people.find(conn, who), now=now, note=note, **values)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})


@pytest.fixture
def two(fresh_engine: Engine) -> Engine:
    """Six calls of two customers on two switches, counted, and somebody of each kind."""
    with fresh_engine.begin() as conn:
        for id_, name in ((7, "Acme"), (8, "Brick")):
            conn.execute(insert(customer).values(id=id_, name=name))
            conn.execute(insert(account_code).values(accountcode=f"of {name}", customer_id=id_))
            conn.execute(insert(switch).values(id=id_, name=f"pbx {name}"))
            for n in range(3):
                add_call(
                    conn,
                    user_id=id_,
                    switch_id=id_,
                    callid=f"{name} {n}",
                    starting_date=NOON + timedelta(minutes=20 * n),
                    billsec=60 * n,
                    buy_cost="1.10",
                    sell_cost="2.50",
                    channel="trunk of ours",
                )
        aggregates.rebuild(conn)
        aggregates.refresh(conn)
        for name, role, customers in (
            ("ana", "analyst", ()),
            ("carla", "customer", ("Acme",)),
            ("boss", "administrator", ()),
        ):
            add_person(conn, name, role, customers)
    return fresh_engine


class Program:
    """What asks by a token."""

    def __init__(self, settings: Settings, engine: Engine, who: str) -> None:
        with engine.begin() as conn:
            self.token = made(conn, who)
        self.site = client(settings, engine)
        self.site.headers["authorization"] = f"Bearer {self.token}"

    def get(self, path: str, **params: Any) -> Any:
        answer = self.site.get(f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        return answer.json()

    def refused(self, path: str, **params: Any) -> tuple[int, str]:
        answer = self.site.get(f"/api/v1/{path}", params=params)
        return answer.status_code, answer.json()["error"]


@pytest.fixture
def ana(settings: Settings, two: Engine) -> Program:
    return Program(settings, two, "ana")


@pytest.fixture
def carla(settings: Settings, two: Engine) -> Program:
    return Program(settings, two, "carla")


@pytest.mark.parametrize("path", ROUTES)
def test_without_a_token_nothing_is_answered(
    settings: Settings, two: Engine, path: str
) -> None:
    site = client(settings, two)
    assert site.get(f"/api/v1/{path}").status_code == 401
    wrong = site.get(f"/api/v1/{path}", headers={"authorization": "Bearer cdr_wrong"})
    assert wrong.status_code == 401
    assert wrong.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert wrong.json() == {"error": "This token is not known, or has ended, or was revoked."}


@pytest.mark.parametrize("path", ROUTES)
def test_what_a_token_is_kept_as_is_none(settings: Settings, two: Engine, path: str) -> None:
    with two.begin() as conn:
        kept = id_of(made(conn, "boss"))
        assert conn.scalar(select(api_token.c.id)) == kept
    answer = client(settings, two).get(
        f"/api/v1/{path}", headers={"authorization": f"Bearer {kept}"}
    )
    assert answer.status_code == 401


def test_a_token_opens_no_page(ana: Program) -> None:
    for path in ("/", "/calls", "/people", "/_stcore/host-config", "/healthz/../people"):
        answer = ana.site.get(path, headers={"accept": "text/html"}, follow_redirects=False)
        assert answer.status_code in (303, 401), path
        assert "ana" not in answer.text


def test_a_wrong_token_is_not_helped_by_a_cookie(settings: Settings, two: Engine) -> None:
    site = signed_in(settings, two)
    assert site.get("/api/v1/switches").status_code == 200
    shown = {"authorization": "Bearer cdr_wrong"}
    assert site.get("/api/v1/switches", headers=shown).status_code == 401


def test_a_token_ends_with_its_time_its_revocation_and_its_person(
    settings: Settings, two: Engine
) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    with two.begin() as conn:
        tokens = [
            made(conn, "ana", name="a", expires_at=soon),
            made(conn, "ana", name="b"),
            made(conn, "boss"),
        ]
    site = client(settings, two)

    def answers() -> list[int]:
        shown = [{"authorization": f"Bearer {token}"} for token in tokens]
        return [site.get("/api/v1/switches", headers=each).status_code for each in shown]

    assert answers() == [200, 200, 200]
    with two.begin() as conn:
        ended = update(api_token).where(api_token.c.id == id_of(tokens[0]))
        conn.execute(ended.values(expires_at=datetime.now(UTC)))
        note = partial(audit.note, conn, "root")
        api_tokens.revoke(conn, people.find(conn, "ana"), "b", note)
        gone = update(person).where(person.c.name == "boss")
        conn.execute(gone.values(disabled_at=datetime.now(UTC)))
    assert answers() == [401, 401, 401]


def test_when_a_token_was_used_is_noted(ana: Program, two: Engine) -> None:
    with two.connect() as conn:
        [before] = api_tokens.tokens_of(conn)
    assert before.last_used_at is None
    ana.get("switches")
    with two.connect() as conn:
        [after] = api_tokens.tokens_of(conn)
    assert after.last_used_at is not None
    assert (after.who, after.name) == ("ana", "nightly")


def test_making_and_revoking_leave_lines_without_the_token(two: Engine) -> None:
    with two.begin() as conn:
        token = made(conn, "ana")
        note = partial(audit.note, conn, "root")
        api_tokens.revoke(conn, people.find(conn, "ana"), "nightly", note)
        lines = audit.search(conn, limit=2)
    assert [(line.action, line.object) for line in lines] == [
        ("revoke token", "ana"),
        ("make token", "ana"),
    ]
    assert token not in str(lines)
    assert id_of(token) not in str(lines)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"name": " "}, "has 1 to 100 characters"),
        ({"name": "x" * 101}, "has 1 to 100 characters"),
        ({"expires_at": datetime(2026, 1, 1, tzinfo=UTC)}, "ends in the future"),
        ({"name": " taken "}, "already a token 'taken' of ana"),
    ],
)
def test_a_token_that_cannot_be(two: Engine, given: dict[str, Any], reason: str) -> None:
    with two.begin() as conn:
        made(conn, "ana", name="taken")
        with pytest.raises(BadRequest, match=reason):
            made(conn, "ana", **given)


def test_whoever_may_not_use_it_is_told(ana: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = permissions.ROLES["analyst"] - {"api"}
    monkeypatch.setitem(permissions.ROLES, "analyst", fewer)  # type: ignore[arg-type]
    assert ana.refused("calls") == (403, "ana may not use the programming interface.")


def test_calls_come_a_page_at_a_time(ana: Program, two: Engine) -> None:
    found: list[str] = []
    after: dict[str, str] = {}
    for _ in range(4):
        page = ana.get("calls", **DAY, limit=2, **after)
        found += [call["callid"] for call in page["calls"]]
        with two.begin() as conn:  # newer calls move none of those that follow
            add_call(conn, starting_date=NOON + timedelta(hours=2), callid="newer")
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert sorted(found) == sorted(
        f"{name} {n}" for name in ("Acme", "Brick") for n in range(3)
    )


def test_a_call_is_told_with_its_names(ana: Program) -> None:
    [call] = ana.get("calls", **DAY, where="call id equals Acme 2")["calls"]
    assert call["starting_date"] == "2026-03-10T12:40:00Z"
    assert (call["customer"], call["switch"], call["user_id"]) == ("Acme", "pbx Acme", 7)
    assert (call["billsec"], call["sell_cost"], call["buy_cost"]) == (120, "2.50", "1.10")
    assert call["channel"] == "trunk of ours"


def test_a_customer_sees_its_own_and_no_costs(carla: Program) -> None:
    calls = carla.get("calls", **DAY)["calls"]
    assert {call["customer"] for call in calls} == {"Acme"}
    assert len(calls) == 3
    for call in calls:
        assert not call.keys() & {"buy_cost", "buy_rate", "carrier", "carrier_id", "channel"}
    assert [each["name"] for each in carla.get("customers")["customers"]] == ["Acme"]
    assert [each["name"] for each in carla.get("switches")["switches"]] == ["pbx Acme"]
    rows = carla.get("metrics/calls", **DAY, by="customer")["rows"]
    assert rows == [{"customer": "Acme", "value": 3}]
    listed = {each["name"] for each in carla.get("metrics")["metrics"]}
    assert listed == set(METRICS) - {"buy_cost", "margin", "margin_percent"}
    assert carla.refused("metrics/buy_cost", **DAY)[0] == 404
    assert carla.refused("metrics/calls", **DAY, by="carrier")[0] == 400
    assert carla.refused("calls", **DAY, customer="Brick") == (
        400,
        "There is no customer called 'Brick'.",
    )
    assert carla.refused("calls", **DAY, where="buy cost > 1")[0] == 400


def test_figures_are_those_of_the_calls(ana: Program) -> None:
    found = ana.get("metrics/answered", **DAY, by="switch", step="hour")
    assert found["rows"] == [
        {"start": "2026-03-10T12:00:00Z", "switch": "pbx Acme", "value": 2},
        {"start": "2026-03-10T12:00:00Z", "switch": "pbx Brick", "value": 2},
    ]
    assert (found["from"], found["to"]) == ("2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z")
    assert ana.get("metrics/minutes", **DAY)["rows"] == [{"value": 6.0}]
    assert ana.get("metrics/sell_cost", **DAY, switch="pbx Acme")["rows"] == [{"value": "7.50"}]
    assert ana.get("metrics/asr", **DAY, collapsed="yes")["rows"][0]["value"] is not None
    assert ana.get("metrics/mos", **DAY)["rows"] == [{"value": None}]


def test_lists_come_a_page_at_a_time(ana: Program) -> None:
    first = ana.get("customers", limit=1)
    assert first["customers"][0]["account_codes"] == ["of Acme"]
    assert first["next"] == 7
    second = ana.get("customers", limit=1, after=first["next"])
    assert [each["name"] for each in second["customers"]] == ["Brick"]
    assert second["next"] is None
    assert [each["name"] for each in ana.get("switches")["switches"]] == [
        "pbx Acme",
        "pbx Brick",
    ]


@pytest.mark.parametrize(
    ("path", "params", "sentence"),
    [
        ("calls", {"perod": "24h"}, "There is no parameter 'perod' here"),
        ("calls", {"limit": "0"}, "limit lies from 1 to 1000"),
        ("calls", {"limit": "many"}, "limit is a whole number, not 'many'"),
        ("calls", {"after": "nonsense"}, "This link to a page of calls is damaged."),
        ("calls", {"period": "yesterday"}, "period is one of "),
        ("calls", {"zone": "Mars"}, "There is no time zone 'Mars'"),
        ("calls", {"zone": "a\0b"}, "zone holds what is no text"),
        ("calls", {"sort": "Colour"}, "sort is one of Start"),
        ("calls", {"where": "talk time >> 3"}, ""),
        ("calls", {"sort": ["Start", "Duration"]}, "sort is given once at most"),
        ("calls", {"from": "2026-03-11T00:00", "to": "2026-03-10T00:00"}, "lies before from"),
        ("metrics/asr", {"from": "2026-03-11T00:00", "to": "2026-03-10T23:59"}, "lies before"),
        ("metrics/asr", {"by": "colour"}, "by is one of switch"),
        ("metrics/asr", {"step": "second"}, "step is one of minute"),
        ("customers", {"after": "99999999999"}, "after is a whole number"),
    ],
)
def test_nonsense_is_told_in_a_sentence(
    ana: Program, path: str, params: dict[str, Any], sentence: str
) -> None:
    status, told = ana.refused(path, **params)
    assert status == 400
    assert sentence in told


def test_what_is_not_there_is_told(ana: Program) -> None:
    assert ana.refused("nowhere")[0] == 404
    assert ana.refused("metrics/luck") == (
        404,
        "There is no figure 'luck'; /api/v1/metrics lists them.",
    )
    assert ana.site.post("/api/v1/calls").status_code == 405


def test_a_token_takes_files_out_and_in(settings: Settings, two: Engine) -> None:
    boss = Program(settings, two, "boss").site
    day = "&".join(f"{key}={value}" for key, value in DAY.items())
    exported = boss.get(f"/export/calls.csv?{day}")
    assert exported.status_code == 200
    assert len(exported.text.splitlines()) == 7
    file = (
        "callid,destination_number,starting_date,duration,billsec,hangup_cause_id\n"
        "a,34650123456,2026-03-10 12:00:00+00,70,60,16\n"
    )
    loaded = boss.post("/upload?name=a.csv", content=file.encode())
    assert loaded.status_code == 200, loaded.text
    assert Program(settings, two, "carla").site.post("/upload?name=a.csv").status_code == 403


def test_the_document_tells_every_route_and_parameter(ana: Program) -> None:
    found = ana.get("openapi.json")
    assert found["openapi"] == "3.1.0"
    assert set(found["paths"]) == {f"/{path}" for path in ROUTES} - {"/metrics/calls"} | {
        "/metrics/{name}"
    }
    names = {each["name"] for each in found["paths"]["/calls"]["get"]["parameters"]}
    assert {"period", "where", "after", "limit", "switch"} <= names


def test_answers_are_as_the_document_says(ana: Program) -> None:
    paths = ana.get("openapi.json")["paths"]
    for path, key in (("calls", "calls"), ("customers", "customers"), ("switches", "switches")):
        schema = paths[f"/{path}"]["get"]["responses"]["200"]["content"]["application/json"]
        [first, *_] = ana.get(path, **(DAY if path == "calls" else {}))[key]
        assert first.keys() == schema["schema"]["properties"][key]["items"]["properties"].keys()


def test_the_client_is_a_browsers_too(settings: Settings, two: Engine) -> None:
    """Whoever is signed in may look, so that a link to the interface opens."""
    site: TestClient = signed_in(settings, two, "analyst")
    assert site.get("/api/v1/metrics").status_code == 200


def test_the_page_tells_every_route_and_parameter(settings: Settings, two: Engine) -> None:
    site = signed_in(settings, two, "customer")
    answer = site.get("/api/v1/docs")
    assert answer.headers["content-type"].startswith("text/html")
    told = site.get("/api/v1/openapi.json").json()["paths"]
    for path, each in told.items():
        assert f"GET /api/v1{path}<" in answer.text
        for parameter in each["get"]["parameters"]:
            assert f"<code>{parameter['name']}</code>" in answer.text
    assert client(settings, two).get("/api/v1/docs").status_code == 401
