"""Downloads: what may be asked for, and who may have which, how long."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from select import select as ready
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, text, update
from starlette.applications import Starlette
from starlette.testclient import TestClient

from cdrstats import downloads, web
from cdrstats.accounts import Scope
from cdrstats.accounts.permissions import PERMISSIONS, hidden
from cdrstats.db.schema import download
from cdrstats.errors import BadRequest
from cdrstats.settings import Settings, read_settings
from cdrstats.web.cookies import NAME
from jobs.housekeeping import keep_house

from .downloads import (
    ANA,
    BEN,
    BOB,
    DAY,
    add_five_calls,
    as_it_stands,
    asked,
    exported,
    files_in,
    never,
)
from .people import LOCAL_VIEWER, signed_in_as

KEPT = timedelta(days=7)
"""As long as nobody sets it otherwise."""


@pytest.fixture
def calls(fresh_engine: Engine) -> Engine:
    add_five_calls(fresh_engine)
    return fresh_engine


# Asking


def test_what_is_asked_for_waits_with_all_that_it_takes(conn: Connection) -> None:
    before = datetime.now(UTC)
    one = downloads.ask(conn, BOB, "xlsx", "?zone=Asia/Kathmandu&period=7d", "Europe/Madrid")
    assert before <= one.asked_at <= datetime.now(UTC)
    assert (one.state, one.rows_done, one.rows_expected, one.bytes) == ("waiting", 0, None, 0)
    assert (one.asked_by, one.page, one.format) == ("bob", "calls", "xlsx")
    assert (one.query, one.timezone) == ("period=7d&zone=Asia%2FKathmandu", "Europe/Madrid")
    assert one.scope == BOB.scope
    local = one.asked_at.astimezone(ZoneInfo("Asia/Kathmandu"))
    assert one.file_name == f"calls-{local:%Y-%m-%d-%H%M}.xlsx"
    assert downloads.list_downloads(conn, BOB) == [one]


@pytest.mark.parametrize(
    ("kind", "query", "words"),
    [
        ("exe", DAY, "no export as 'exe'"),
        ("csv", "country=Atlantis", "no country called 'Atlantis'"),
        ("csv", "where=duration+long", "is not a condition"),
        ("csv", "period=ever", "no period"),
        ("csv", "zone=Mars", "no time zone"),
        ("csv", "http://evil.example/calls?period=7d", "behind the question mark"),
        ("csv", "a=" + "x" * 5000, "too long"),
    ],
)
def test_what_makes_no_sense_is_told_at_once(
    conn: Connection, kind: Any, query: str, words: str
) -> None:
    with pytest.raises(BadRequest, match=words):
        downloads.ask(conn, ANA, kind, query, "UTC")
    assert downloads.list_downloads(conn, ANA) == []


def test_who_may_not_export_may_not_download(conn: Connection) -> None:
    with pytest.raises(BadRequest, match="may not export"):
        downloads.ask(conn, replace(ANA, permissions=frozenset()), "csv", DAY, "UTC")


def test_a_viewer_has_so_many_under_way_and_no_more(conn: Connection) -> None:
    asked = [downloads.ask(conn, ANA, "csv", DAY, "UTC") for _ in range(downloads.MOST_OPEN)]
    with pytest.raises(BadRequest, match="You have 5 downloads under way"):
        downloads.ask(conn, ANA, "csv", DAY, "UTC")
    downloads.ask(conn, BEN, "csv", DAY, "UTC")
    downloads.cancel(conn, ANA, asked[0].id)
    last = downloads.ask(conn, ANA, "csv", DAY, "UTC")
    assert downloads.list_downloads(conn, ANA)[0] == last


def test_asking_wakes_the_job_process(fresh_engine: Engine) -> None:
    with fresh_engine.connect() as listener:
        conn = listener.execution_options(isolation_level="AUTOCOMMIT")
        conn.execute(text("LISTEN cdrstats"))
        asked(fresh_engine)
        raw: Any = conn.connection.driver_connection
        ready([raw], [], [], 5)
        raw.poll()
        assert [news.payload for news in raw.notifies] == ["download"]


def test_everyone_sees_and_ends_their_own_alone(conn: Connection) -> None:
    one = downloads.ask(conn, ANA, "csv", DAY, "UTC")
    assert downloads.list_downloads(conn, BEN) == []
    assert downloads.find(conn, BEN, one.id) is None
    assert downloads.find(conn, ANA, uuid.uuid4()) is None
    with pytest.raises(BadRequest, match="not under way"):
        downloads.cancel(conn, BEN, one.id)
    with pytest.raises(BadRequest, match="no such download of yours"):
        downloads.forget(conn, BEN, one.id)
    assert downloads.find(conn, ANA, one.id) == one


def test_what_one_may_not_see_any_more_is_gone_with_it(conn: Connection) -> None:
    one = downloads.ask(conn, ANA, "csv", DAY, "UTC")
    two = downloads.ask(conn, replace(ANA, scope=BOB.scope), "csv", DAY, "UTC")
    assert downloads.list_downloads(conn, ANA) == [two, one]
    for user_ids, seen in ({2}, [two]), ({1, 2}, [two]), ({1}, []), (set(), []):
        ana = replace(ANA, scope=Scope(frozenset(user_ids)))
        assert downloads.list_downloads(conn, ana) == seen


@pytest.mark.parametrize("columns", ["", "&columns=Nonsense", "&columns=Cost&columns=Nonsense"])
def test_a_file_whose_columns_one_may_not_see_any_more_is_gone(
    conn: Connection, columns: str
) -> None:
    """Where no name makes sense, the file holds what a search shows by itself."""
    one = downloads.ask(conn, ANA, "csv", DAY + columns, "UTC")
    assert downloads.find(conn, ANA, one.id) == one
    without = replace(ANA, scope=Scope(None, hidden(PERMISSIONS.keys() - {"costs"})))
    assert downloads.find(conn, without, one.id) is None


# Forgotten


def test_after_seven_days_row_and_file_are_forgotten(calls: Engine, tmp_path: Path) -> None:
    settings = read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})
    done, failed, waiting = asked(calls), asked(calls), asked(calls)
    downloads.write_waiting(calls, tmp_path, never)
    with calls.begin() as conn:
        of = download.c.id
        conn.execute(update(download).where(of == failed.id).values(state="failed"))
        conn.execute(update(download).where(of == waiting.id).values(state="waiting"))
    end = as_it_stands(calls, done).finished_at + KEPT
    keep_house(calls, settings, end, never)
    assert as_it_stands(calls, done) is not None
    assert files_in(tmp_path) == [f"{done.id}.csv"]
    keep_house(calls, settings, end + timedelta(seconds=60), never)
    assert [as_it_stands(calls, one) is None for one in (done, failed, waiting)] == [
        True,
        True,
        False,
    ]
    assert files_in(tmp_path) == []


def test_a_forgotten_downloads_file_goes_with_the_next_run(
    calls: Engine, tmp_path: Path
) -> None:
    one, two = asked(calls), asked(calls)
    downloads.write_waiting(calls, tmp_path, never)
    with calls.begin() as conn:
        downloads.forget(conn, ANA, one.id)
    downloads.write_waiting(calls, tmp_path, never)
    assert files_in(tmp_path) == [f"{two.id}.csv"]


# By the route


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})


@pytest.fixture
def site(settings: Settings, calls: Engine) -> Iterator[TestClient]:
    app = Starlette(
        routes=web.routes(lambda: settings, lambda: calls),
        middleware=web.middleware(settings, lambda: calls),
    )
    with calls.begin() as conn:
        token = signed_in_as(conn, "local", "administrator")
    with TestClient(app, base_url="http://localhost:8501", cookies={NAME: token}) as found:
        yield found


def test_a_finished_file_goes_to_whoever_asked(
    site: TestClient, calls: Engine, tmp_path: Path
) -> None:
    mine, theirs = asked(calls, LOCAL_VIEWER), asked(calls, ANA)
    downloads.write_waiting(calls, tmp_path, never)
    answer = site.get(f"/downloads/{mine.id}")
    assert (answer.status_code, answer.content) == (200, exported(calls, "csv"))
    disposition = f'attachment; filename="{mine.file_name}"'
    assert answer.headers["content-disposition"] == disposition
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    assert site.get(f"/downloads/{theirs.id}").status_code == 404
    foreign = site.get(f"/downloads/{mine.id}", headers={"host": "evil.example"})
    assert foreign.status_code == 403


@pytest.mark.parametrize("state", ["waiting", "running", "failed", "cancelled"])
def test_what_is_not_whole_is_not_served(site: TestClient, calls: Engine, state: str) -> None:
    one = asked(calls, LOCAL_VIEWER)
    with calls.begin() as conn:
        conn.execute(update(download).values(state=state))
    answer = site.get(f"/downloads/{one.id}")
    assert (answer.status_code, answer.json()["error"][:5]) == (409, "This ")


def test_a_file_that_somebody_deleted_is_told(
    site: TestClient, calls: Engine, tmp_path: Path
) -> None:
    one = asked(calls, LOCAL_VIEWER)
    downloads.write_waiting(calls, tmp_path, never)
    downloads.path_of(tmp_path, one.id, "csv").unlink()
    answer = site.get(f"/downloads/{one.id}")
    assert (answer.status_code, "ask for it again" in answer.json()["error"]) == (410, True)


@pytest.mark.parametrize(
    "id", ["x", "..%2F..%2Fetc%2Fpasswd", "%00", str(uuid.UUID(int=7)), "1"]
)
def test_an_id_leads_nowhere_but_to_a_row(site: TestClient, id: str) -> None:
    assert site.get(f"/downloads/{id}").status_code == 404
