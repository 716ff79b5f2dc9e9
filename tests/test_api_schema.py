"""The OpenAPI document and the answers agree, whatever is asked: Schemathesis asks."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as asking
from schemathesis import Case, GenerationMode
from schemathesis.auths import AuthStorage
from schemathesis.openapi import from_asgi
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import Engine

from cdrstats.settings import Settings, read_settings

from .test_api import made
from .test_api import two as two
from .test_web_routes import client

pytestmark = pytest.mark.slow

HOST = "testserver"
"""The name that Schemathesis calls an application by."""

EXAMPLES = 25
"""Requests of each operation."""

NOT_HELD_TO = [positive_data_acceptance]
"""Whether a name, a zone or a condition makes sense, only the data and the grammar tell; where
it does not, the answer is a 400 with a sentence, which is in the document."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path), "CDRSTATS_ALLOWED_HOSTS": HOST})


class Shown:
    """The token of a request; Schemathesis also asks without it, and with a wrong one."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get(self, *_: Any) -> str:
        return self.token

    def set(self, case: Case, data: str, *_: Any) -> None:
        case.headers["Authorization"] = f"Bearer {data}"


@pytest.mark.parametrize("who", ["boss", "carla"])
@pytest.mark.parametrize("way", list(GenerationMode))
def test_every_answer_is_as_the_document_says(
    settings: Settings, two: Engine, who: str, way: GenerationMode
) -> None:
    with two.begin() as conn:
        token = made(conn, who)
    schema = from_asgi(
        "/api/v1/openapi.json",
        client(settings, two).app,
        headers={"Authorization": f"Bearer {token}"},
    )
    auth = AuthStorage[str](providers=[Shown(token)])
    asked = set()
    for operation in schema.get_all_operations():
        strategy = operation.ok().as_strategy(generation_mode=way, auth_storage=auth)

        @given(case=strategy)
        @asking(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Case) -> None:
            asked.add(case.path)
            case.call_and_validate(excluded_checks=NOT_HELD_TO)

        ask()
    assert asked == {"/calls", "/metrics", "/metrics/{name}", "/customers", "/switches"}
