"""Records that switches push: every encoding, keys, repeats, and what cannot be taken."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from sqlalchemy import Engine, func, select, text
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cdrstats import mediation, switches, web
from cdrstats.accounts import audit
from cdrstats.db.engine import make_engine
from cdrstats.db.schema import cdr_import, switch_key, voip_cdr
from cdrstats.settings import read_settings
from cdrstats.sources import Options, Record, read
from cdrstats.switches import keys
from cdrstats.web import push

from .factories import noting
from .test_web_routes import HERE, client

SAMPLES = Path(__file__).parent / "samples"
FORM = "application/x-www-form-urlencoded"
BASE64 = "application/x-www-form-base64-encoded"
CALL = {"callid": "p1", "starting_date": "2026-03-10 12:00:00", "duration": 70, "billsec": 60}


def documents(kind: str) -> list[bytes]:
    """The documents of a sample that can be read, one by one."""
    if kind == "json":
        lines = (SAMPLES / "fs.json").read_bytes().splitlines()
        return [line for line in lines if line.startswith(b"{") and line.endswith(b"}")][:2]
    whole = (SAMPLES / "fs.xml").read_bytes()
    return [whole[: whole.index(b"</cdr>") + 6]]


@pytest.fixture
def key(fresh_engine: Engine) -> str:
    with fresh_engine.begin() as conn:
        switches.add(conn, "pbx1", "Europe/Madrid", "ES")
        return keys.make(conn, "pbx1", "main", datetime.now(UTC), noting(conn))


@pytest.fixture
def site(fresh_engine: Engine, tmp_path: Path) -> Iterator[TestClient]:
    settings = read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})
    with client(settings, fresh_engine) as found:
        yield found


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def calls(engine: Engine) -> int:
    mediation.mediate(engine)
    with engine.connect() as conn:
        return conn.execute(select(func.count()).select_from(voip_cdr)).scalar_one()


def raw(body: bytes) -> tuple[bytes, str]:
    return body, "application/json" if body.startswith(b"{") else "text/xml"


def as_freeswitch(body: bytes) -> tuple[bytes, str]:
    return b"cdr=" + quote(body, safe="").encode(), FORM


def as_a_form(body: bytes) -> tuple[bytes, str]:
    return b"cdr=" + quote_plus(body).encode(), FORM


def as_base64(body: bytes) -> tuple[bytes, str]:
    return b"cdr=" + base64.b64encode(body), BASE64


def as_quoted_base64(body: bytes) -> tuple[bytes, str]:
    return b"cdr=" + quote(base64.b64encode(body), safe="").encode(), FORM


@pytest.mark.parametrize("kind", ["json", "xml"])
@pytest.mark.parametrize(
    "encoded", [raw, as_freeswitch, as_a_form, as_base64, as_quoted_base64]
)
def test_every_encoding_of_freeswitch_makes_the_call_that_its_file_makes(
    site: TestClient,
    fresh_engine: Engine,
    key: str,
    kind: str,
    encoded: Callable[[bytes], tuple[bytes, str]],
) -> None:
    document = documents(kind)[0]
    body, content_type = encoded(document)
    headers = bearer(key) | {"content-type": content_type}
    answer = site.post("/cdr?uuid=a_x", content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {"staged": 1, "bad": 0})
    (record,) = read(f"freeswitch_{kind}", io.BytesIO(document), Options())
    assert isinstance(record, Record)
    with fresh_engine.connect() as conn:
        row = conn.execute(select(cdr_import)).one()
    assert (row.callid, row.switch, row.feed) == (record.callid, "pbx1", "freeswitch")
    assert (row.caller_id_number, row.duration) == (record.caller_id_number, record.duration)
    assert row.extradata == json.loads(json.dumps(record.extra, default=str))


def test_the_key_is_shown_in_three_ways(site: TestClient, key: str) -> None:
    body = json.dumps(CALL)
    for path, headers in (
        ("/cdr", bearer(key)),
        ("/cdr", {"authorization": "Basic " + base64.b64encode(f"x:{key}".encode()).decode()}),
        (f"/cdr/{key}", {}),
        ("/api/v1/cdrs", bearer(key)),
    ):
        assert site.post(path, content=body, headers=headers).status_code == 200


def test_the_same_record_twice_is_one_call(
    site: TestClient, fresh_engine: Engine, key: str
) -> None:
    for _ in range(3):
        site.post("/cdr", content=documents("json")[0], headers=bearer(key))
        site.post("/api/v1/cdrs", json=[CALL], headers=bearer(key))
    assert calls(fresh_engine) == 2


def test_an_array_is_taken_and_what_is_wrong_in_it_is_a_rejection(
    site: TestClient, fresh_engine: Engine, key: str
) -> None:
    wrong = [
        {**CALL, "callid": "p2", "duration": "x"},
        {**CALL, "starting_date": "0001-01-01 00:00:00"},
    ]
    answer = site.post("/api/v1/cdrs", json=[CALL, *wrong], headers=bearer(key))
    assert (answer.status_code, answer.json()) == (200, {"staged": 1, "bad": 2})
    assert calls(fresh_engine) == 1
    with fresh_engine.connect() as conn:
        row = conn.execute(select(voip_cdr.c.starting_date)).scalar_one()
        reasons = (
            conn.execute(text("SELECT reason FROM rejection ORDER BY import_id"))
            .scalars()
            .all()
        )
    assert row == datetime(2026, 3, 10, 11, tzinfo=UTC)  # noon in Madrid
    assert 'the duration "x"' in reasons[0]
    assert "0001-01-01" in reasons[1]


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"", 400, "the file is empty"),
        (b"<html></html>", 400, "not <cdr>"),
        (b'{"a": 1}', 400, "no record of a known format"),
        (b"cdr=%%%", 400, "neither a document nor base64"),
        (b"\0\1\2\3" * 100, 400, "not text"),
        (b"[" + b" " * (8 << 20), 413, "8 MiB"),
    ],
)
def test_what_is_no_record_is_refused(
    site: TestClient, key: str, body: bytes, status: int, told: str
) -> None:
    answer = site.post("/cdr", content=body, headers=bearer(key))
    assert answer.status_code == status
    assert told in answer.json()["error"]


def test_a_wrong_key_is_refused_told_to_the_audit_and_slowed(
    site: TestClient, fresh_engine: Engine, key: str
) -> None:
    statuses = [
        site.post("/cdr", json=CALL, headers=bearer("cdrsw_wrong")).status_code
        for _ in range(60)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    assert set(statuses) == {401, 429}
    with fresh_engine.connect() as conn:
        [line] = audit.search(conn, action=push.WRONG)
        assert "cdrsw_wrong" not in str(line)
    assert site.post("/cdr", json=CALL, headers=bearer(key)).status_code == 200
    assert site.post("/cdr", json=CALL).status_code == 401


def test_a_key_that_was_revoked_lets_nobody_in(
    site: TestClient, fresh_engine: Engine, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdrstats.web.batching.KNOWN_FOR", datetime.resolution)
    assert site.post("/cdr", json=CALL, headers=bearer(key)).status_code == 200
    with fresh_engine.begin() as conn:
        assert conn.execute(select(switch_key.c.last_used_at)).scalar_one() is not None
        keys.revoke(conn, "pbx1", "main", noting(conn))
    assert site.post("/cdr", json=CALL, headers=bearer(key)).status_code == 401


def test_a_key_is_kept_nowhere(fresh_engine: Engine, key: str) -> None:
    with fresh_engine.connect() as conn:
        for table in (switch_key, audit.audit):
            assert key not in str(conn.execute(select(table)).all())


def test_many_at_once_are_each_answered_once_they_are_safe(
    site: TestClient, fresh_engine: Engine, key: str
) -> None:
    def send(number: int) -> tuple[int, int]:
        call = {**CALL, "callid": f"many-{number}"}
        answer = site.post("/cdr", json=call, headers=bearer(key))
        with fresh_engine.connect() as conn:
            mine = select(func.count()).where(cdr_import.c.callid == call["callid"])
            return answer.status_code, conn.execute(mine).scalar_one()

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(send, range(200))) == {(200, 1)}
    assert calls(fresh_engine) == 200


def test_a_database_that_is_away_is_told_and_the_record_taken_once_it_is_back(
    tmp_path: Path, fresh_engine: Engine, key: str
) -> None:
    away = make_engine("postgresql://nobody@127.0.0.1:1/none", "tests")
    using = [fresh_engine]
    settings = read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})
    app = Starlette(
        routes=web.routes(lambda: settings, lambda: using[0]),
        middleware=web.middleware(settings, lambda: using[0]),
    )
    site = TestClient(app, base_url=HERE)
    statuses = []
    for number, engine in enumerate([fresh_engine, away, fresh_engine]):
        using[0] = engine
        call = {**CALL, "callid": f"p{min(number, 1)}"}
        answer = site.post("/cdr", json=call, headers=bearer(key))
        statuses.append((answer.status_code, answer.headers.get("retry-after")))
    assert statuses == [(200, None), (503, "5"), (200, None)]
    assert calls(fresh_engine) == 2
