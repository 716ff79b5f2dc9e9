"""Every route, as a stranger and as a customer: a new one has to be placed here."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.routing import BaseRoute, Mount, Route
from starlette.testclient import TestClient

from cdrstats import web
from cdrstats.accounts import permissions
from cdrstats.settings import Oidc, Settings, read_settings

from .test_api import DAY, Program
from .test_api import two as two
from .test_web_routes import client

OF_ALL = {
    *("/healthz", "/readyz", "/login", "/logout", "/link/{token}", "/unsubscribe/{word}"),
    *("/oidc/start", "/oidc/callback"),
    *("/cdr", "/cdr/{key}", "/api/v1/cdrs"),  # of switches, which show their keys
}
"""Of those who are not signed in as well; nothing there is of calls."""

OF_STAFF = {"/metrics": "GET", "/upload": "POST"}
"""Refused to customers, who cannot have the permissions that these take."""

OF_CUSTOMERS = {
    "/dashboard": "/dashboard",
    "/export/calls.{kind}": "/export/calls.jsonl?{day}",
    "/downloads/{id}": "/downloads/01999999-0000-7000-8000-000000000000",
    "/api/v1/calls": "/api/v1/calls?{day}",
    "/api/v1/metrics": "/api/v1/metrics",
    "/api/v1/metrics/{name}": "/api/v1/metrics/calls?{day}&by=customer&by=switch",
    "/api/v1/customers": "/api/v1/customers",
    "/api/v1/switches": "/api/v1/switches",
    "/api/v1/openapi.json": "/api/v1/openapi.json",
    "/api/v1/docs": "/api/v1/docs",
    "/api/v1/{rest:path}": "/api/v1/else",
}
"""What customers may ask for, and a request that would tell of all calls."""

KEPT_BACK = ("Brick", "1.10", "trunk of ours")
"""Of another customer; and of one's own what it cost us and who carried it."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """With a provider, so that each route there can be is served."""
    return read_settings(
        {
            "CDRSTATS_VAR_DIR": str(tmp_path),
            "CDRSTATS_OIDC_ISSUER": "https://login.example.com",
            "CDRSTATS_OIDC_CLIENT_ID": "cdrstats",
            "CDRSTATS_OIDC_CLIENT_SECRET": "secret",
            "CDRSTATS_OIDC_ROLES": "cdr=analyst",
        }
    )


def placed(routes: list[BaseRoute], below: str = "") -> Iterator[str]:
    for each in routes:
        if isinstance(each, Mount):
            yield from placed(list(each.routes), below + each.path)
        else:
            assert isinstance(each, Route)
            yield below + each.path


def nowhere() -> Engine:
    raise AssertionError("no route asks for the database before it is used")


def test_every_route_has_its_place(settings: Settings) -> None:
    provider = Oidc("https://login.lan", "cdrstats", "s", (("cdr", "analyst"),), "Login")
    all_of_it = replace(settings, oidc=provider)
    served = set(placed(web.routes(lambda: all_of_it, nowhere)))
    assert served == {*OF_ALL, *OF_STAFF, *OF_CUSTOMERS}


@pytest.mark.parametrize("path", [*OF_STAFF, *OF_CUSTOMERS.values()])
def test_a_stranger_is_turned_away(settings: Settings, two: Engine, path: str) -> None:
    site = client(settings, two)
    answer = site.request(OF_STAFF.get(path, "GET"), path, follow_redirects=False)
    assert answer.status_code == 401
    assert answer.json()["error"].startswith("Sign in first")


@pytest.fixture
def carla(settings: Settings, two: Engine) -> TestClient:
    """Of Acme, whose calls are half of those there are."""
    return Program(settings, two, "carla").site


@pytest.mark.parametrize("path", OF_STAFF)
def test_customers_are_refused_what_is_of_staff(carla: TestClient, path: str) -> None:
    answer = carla.request(OF_STAFF[path], path)
    assert answer.status_code == 403
    assert answer.json()["error"].startswith("You may not ")


@pytest.mark.parametrize("path", OF_CUSTOMERS.values())
def test_customers_are_told_of_their_own_alone(carla: TestClient, path: str) -> None:
    day = "&".join(f"{key}={value}" for key, value in DAY.items())
    answer = carla.get(path.format(day=day), follow_redirects=False)
    assert answer.status_code in (200, 307, 401, 404), answer.text
    told = [each for each in KEPT_BACK if each in answer.text]
    assert not told, answer.text
    if "{day}" in path:
        assert "Acme" in answer.text


@pytest.mark.parametrize("path", OF_CUSTOMERS.values())
def test_the_same_tells_staff_of_everybody(settings: Settings, two: Engine, path: str) -> None:
    """Else the test above could not fail."""
    day = "&".join(f"{key}={value}" for key, value in DAY.items())
    boss = Program(settings, two, "boss").site
    if "{day}" in path or path.endswith(("customers", "switches")):
        assert "Brick" in boss.get(path.format(day=day)).text


def test_no_group_gives_customers_what_is_of_staff() -> None:
    assert not {"diagnostic", "load"} & permissions.CUSTOMERS_MOST
