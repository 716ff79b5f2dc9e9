"""The Downloads page, and the exports in the background that lead to it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, select, update
from streamlit.testing.v1 import AppTest

from cdrstats import downloads, format
from cdrstats.db.schema import download, jobs_state
from cdrstats.downloads import MOST_OPEN, Download
from cdrstats.health import JobsState
from cdrstats.ui import frame
from cdrstats.ui.downloads import MOST, described, facts, progress, stalled

from .downloads import DAY as DAY_QUERY
from .downloads import add_five_calls, as_it_stands, asked, never
from .pages import DAY, Open, words
from .people import LOCAL_VIEWER

KEPT = timedelta(days=7)
"""As long as nobody sets it otherwise."""
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ONE = Download(
    id=UUID(int=1),
    asked_by="local",
    user_ids=None,
    page="calls",
    query="period=7d",
    timezone="Europe/Madrid",
    format="csv",
    state="running",
    rows_done=1500,
    rows_expected=6000,
    bytes=2048,
    asked_at=NOW - timedelta(minutes=5),
    started_at=NOW,
    finished_at=None,
    error=None,
    file_name="calls.csv",
    expires_at=NOW + KEPT,
)


def mine(engine: Engine, **given: Any) -> Download:
    """A download of the local viewer's; `given` columns are set by hand."""
    one = asked(engine, LOCAL_VIEWER, given.pop("kind", "csv"), given.pop("query", DAY_QUERY))
    if given:
        with engine.begin() as conn:
            conn.execute(update(download).where(download.c.id == one.id).values(given))
    return one


def beat(engine: Engine, **given: Any) -> None:
    """The job process shows itself."""
    row = {"host": "here", "pid": 1, "started_at": datetime.now(UTC)} | given
    with engine.begin() as conn:
        conn.execute(update(jobs_state).values(heartbeat_at=datetime.now(UTC), **row))


def listed(engine: Engine) -> list[Download]:
    with engine.connect() as conn:
        return downloads.list_downloads(conn, LOCAL_VIEWER)


def links(at: AppTest) -> list[str]:
    bodies = [element.proto.body for element in at.get("html")]
    return [body for body in bodies if "/downloads/" in body]


def push(at: AppTest, key: str) -> AppTest:
    return at.button(key=key).click().run()


def test_progress_is_of_the_rows_that_are_expected() -> None:
    assert progress(ONE) == (0.25, "1,500 of 6,000 calls, 2.0 KB")
    assert progress(replace(ONE, rows_done=6001))[0] == 1.0
    assert progress(replace(ONE, rows_expected=None)) == (None, "1,500 calls, 2.0 KB")
    assert progress(replace(ONE, rows_done=0, rows_expected=0))[0] is None
    assert progress(replace(ONE, state="waiting"))[1] == "Waits for its turn"


def test_a_download_says_which_calls_it_holds() -> None:
    assert described(ONE) == "Calls of the last 7 days"
    assert described(replace(ONE, query="")) == "Calls of the last 24 hours"
    query = f"{DAY_QUERY}&country=Spain&country=France&where=destination+begins+00"
    assert described(replace(ONE, query=query)).replace("\\", "") == (
        f"Calls of 2026-03-10 00:00 {format.NOTHING} 2026-03-11 00:00 (UTC)"
        " · Country: Spain · Country: France · destination begins 00"
    )
    assert described(replace(ONE, query="country=![x](y)")).endswith(r"\!\[x\]\(y\)")


def test_facts_tell_size_age_and_end() -> None:
    done = replace(ONE, state="done")
    told = "asked 5 min ago · kept until 17 Mar 2026 13:00"
    zone = ZoneInfo("Europe/Madrid")
    assert facts(done, NOW, zone) == f"1,500 calls · 2.0 KB · {told}"
    assert facts(replace(ONE, state="failed"), NOW, zone) == told


def test_a_job_process_that_does_not_run_or_is_paused_is_told() -> None:
    state = JobsState("here", 1, NOW, NOW - timedelta(seconds=60), False, None, None)
    assert stalled(state, NOW) is None
    assert "No job process runs" in str(stalled(state, NOW + timedelta(seconds=1)))
    assert "No job process runs" in str(stalled(replace(state, heartbeat_at=None), NOW))
    assert "paused" in str(stalled(replace(state, paused=True), NOW))


def test_where_nothing_was_asked_for_the_page_says_how_to(app: Open) -> None:
    at = app("downloads")
    assert not at.exception
    assert "No downloads yet." in words(at)
    assert "choose Export and a format in the background" in words(at)


def test_what_waits_is_shown_and_that_nobody_writes_it(app: Open, fresh_engine: Engine) -> None:
    one = mine(fresh_engine)
    at = app("downloads")
    assert one.file_name in words(at).replace("\\", "")
    assert ":gray-badge[Waiting]" in words(at)
    assert at.warning[0].value.startswith("No job process runs, so no file is written")
    beat(fresh_engine)
    frame.forget()  # or so many seconds later
    assert not app("downloads").warning


def test_what_runs_shows_how_far_it_is_and_can_be_cancelled(
    app: Open, fresh_engine: Engine
) -> None:
    beat(fresh_engine)
    one = mine(fresh_engine, state="running", rows_done=10, rows_expected=40, bytes=100)
    at = app("downloads")
    (bar,) = at.get("progress")
    assert (bar.proto.value, bar.proto.text) == (25, "10 of 40 calls, 100 B")
    push(at, f"cancel_{one.id}")
    assert not at.exception
    assert ":gray-badge[Cancelled]" in words(at)
    assert as_it_stands(fresh_engine, one).state == "cancelled"
    assert links(at) == []


def test_what_is_done_can_be_fetched_asked_for_again_and_forgotten(
    app: Open, fresh_engine: Engine, tmp_path: Path
) -> None:
    add_five_calls(fresh_engine)
    one = mine(fresh_engine, query=f"{DAY_QUERY}&columns=Start")
    downloads.write_waiting(fresh_engine, tmp_path, never)
    at = app("downloads")
    assert ":green-badge[Ready]" in words(at)
    assert "5 calls ·" in words(at)
    assert links(at) == [
        f'<a href="/downloads/{one.id}" download style="color:inherit">Download</a>'
    ]
    push(at, f"again_{one.id}")
    assert not at.exception
    again, first = listed(fresh_engine)
    assert first.id == one.id
    assert (again.state, again.query, again.format) == ("waiting", one.query, "csv")
    push(at, f"forget_{one.id}")
    assert [each.id for each in listed(fresh_engine)] == [again.id]
    assert links(at) == []


def test_why_one_failed_is_told_and_asking_again_says_what_is_wrong(
    app: Open, fresh_engine: Engine
) -> None:
    one = mine(fresh_engine, state="failed", error="There is no '*x*'.")
    at = app("downloads")
    assert at.error[0].value == r"There is no \'\*x\*\'\."
    for _ in range(MOST_OPEN):
        mine(fresh_engine)
    push(at, f"again_{one.id}")
    assert not at.exception
    assert at.warning[-1].value.startswith(f"You have {MOST_OPEN} downloads under way")


def test_of_many_that_have_ended_the_newest_are_shown(app: Open, fresh_engine: Engine) -> None:
    one = mine(fresh_engine, state="done")
    with fresh_engine.begin() as conn:
        row = dict(conn.execute(select(download)).one()._mapping)
        copies = [
            row | {"id": UUID(int=n), "asked_at": one.asked_at - timedelta(minutes=n)}
            for n in range(1, MOST + 2)
        ]
        conn.execute(insert(download), copies)
    at = app("downloads")
    assert len(links(at)) == MOST
    assert f"The newest {MOST} of {MOST + 2} are shown." in words(at)
    assert str(one.id) in links(at)[0]


@pytest.mark.usefixtures("calls")
def test_an_export_in_the_background_holds_what_the_page_shows(
    app: Open, fresh_engine: Engine, tmp_path: Path
) -> None:
    at = app("calls", **DAY, country="Spain", columns=["Start", "Destination"])
    push(at, "background_csv")
    assert not at.exception
    (one,) = listed(fresh_engine)
    assert at.success[0].value.replace("\\", "") == f"{one.file_name} is asked for."
    assert any(warning.value.startswith("No job process runs") for warning in at.warning)
    assert at.get("page_link")[0].proto.page == "downloads"
    downloads.write_waiting(fresh_engine, tmp_path, never)
    text = downloads.path_of(tmp_path, one.id, "csv").read_text("utf-8-sig")
    rows = text.strip().splitlines()
    assert len(rows) == 3  # a header and the two calls to Spain
    # The table shows how each call ended; of that the file has whether it was answered.
    assert rows[0].split(",") == ["starting_date", "destination_number", "answered"]


def test_too_many_under_way_are_told_on_the_calls_page(app: Open, fresh_engine: Engine) -> None:
    for _ in range(MOST_OPEN):
        mine(fresh_engine)
    at = push(app("calls", **DAY), "background_xlsx")
    assert not at.exception
    told = [warning.value for warning in at.warning]
    assert any(each.startswith(f"You have {MOST_OPEN} downloads") for each in told)
    assert not at.success
