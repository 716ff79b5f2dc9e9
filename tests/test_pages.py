"""Every page, run as Streamlit runs it: for the local viewer, and for a stranger."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import Engine, insert, select, text
from streamlit.testing.v1 import AppTest

from cdrstats import format, intake
from cdrstats.accounts import audit
from cdrstats.db.limits import PATIENCE_S
from cdrstats.db.schema import (
    account_code,
    cdr_import,
    job,
    job_run,
    jobs_state,
    rollup_log,
)
from cdrstats.ui import frame

from .factories import NOON, add_call, add_staged
from .pages import DAY, PAGES, ROOT, Open, metrics, words
from .people import LOCAL_VIEWER


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_anything_in_the_database_says_so(app: Open, name: str) -> None:
    at = app(name)
    assert not at.exception
    assert at.title[0].value == PAGES[name]
    assert "went wrong" not in words(at)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("word", [None, "", "local", "forged"])
def test_a_stranger_sees_nothing(app: Open, name: str, word: str | None) -> None:
    page = AppTest.from_file(str(ROOT / f"pages/{name}.py"), default_timeout=60)
    page.user = {} if word is None else {"session": word}
    for at in (app(name, word), page.run()):
        assert not at.exception
        assert frame.SIGNED_OUT.strip() in [html.proto.body for html in at.get("html")]
        shown = (at.title, at.metric, at.dataframe, at.button, at.subheader)
        assert not any(shown)


@pytest.mark.usefixtures("calls")
def test_the_dashboard_shows_the_figures_of_the_day(app: Open) -> None:
    at = app("dashboard", **DAY)
    shown = metrics(at)
    assert (shown["Calls"], shown["Minutes"], shown["ASR"]) == ("3", "3.0", "66.7 %")
    assert (shown["ACD"], shown["NER"]) == ("1:30", "100.0 %")
    assert (shown["Cost"], shown["Margin"]) == ("1.00", "2.00")
    assert at.metric[0].delta == "+200.0 %"
    told = "true shares lie within (95 %, Wilson): ASR 20.8 to 93.9 %, NER 43.9 to 100.0 %."
    assert told in words(at)
    assert "10 Mar 2026 · compared with the day before · UTC" in words(at)


@pytest.mark.usefixtures("calls")
def test_more_cost_is_not_drawn_as_good_news(app: Open) -> None:
    at = app("dashboard", **DAY)
    cost = next(metric for metric in at.metric if metric.label == "Cost")
    calls = next(metric for metric in at.metric if metric.label == "Calls")
    assert calls.proto.color == 1  # green
    assert cost.proto.color in (0, 2)  # red; grey, with nothing to compare with


@pytest.mark.usefixtures("calls")
def test_the_charts_are_drawn_from_specifications_with_the_data_beside(app: Open) -> None:
    at = app("dashboard", **DAY)
    found = [chart.proto for chart in at.get("vega_lite_chart")]
    specs = [json.loads(chart.spec) for chart in found]
    assert len(specs) == 5
    assert specs[0]["encoding"]["color"]["scale"]["domain"] == [
        "Answered",
        "Busy",
        "No answer",
        "Failed",
    ]
    assert all(chart.datasets for chart in found)


@pytest.mark.usefixtures("calls")
def test_filters_of_the_url_hold(app: Open) -> None:
    at = app("dashboard", **DAY, country="Spain")
    assert metrics(at)["Calls"] == "2"
    assert [chip.label for chip in at.button if "Country" in chip.label] == ["Country: Spain"]
    at.button(key="chip_country_Spain").click().run()
    assert metrics(at)["Calls"] == "3"


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize("name", ["dashboard", "routes", "calls", "callers", "concurrent"])
def test_a_page_says_whether_retries_are_one_call_there(app: Open, name: str) -> None:
    at = app(name, **DAY, count="Retries and legs as one")
    assert not at.exception
    each = name in ("calls", "callers", "concurrent")
    assert ("retries and legs count each" in words(at)) is each
    assert ("retries and legs are one call" in words(at)) is not each
    assert "retries and legs" not in words(app(name, **DAY))


@pytest.mark.usefixtures("calls")
def test_an_empty_period_leads_to_the_newest_call(app: Open) -> None:
    at = app("dashboard", **DAY | {"from": "2026-03-20T00:00", "to": "2026-03-21T00:00"})
    assert "No calls in this period." in words(at)
    at.button(key="empty_Show the day of the newest call").click().run()
    assert metrics(at)["Calls"] == "3"


@pytest.mark.usefixtures("calls")
def test_filters_that_match_nothing_can_be_cleared(app: Open) -> None:
    at = app("dashboard", **DAY, country="France")
    assert "No calls match these filters." in words(at)
    at.button(key="empty_Clear filters").click().run()
    assert metrics(at)["Calls"] == "3"


def test_the_viewers_zone_is_taken_and_written_into_the_url(app: Open) -> None:
    at = app("dashboard")
    assert at.query_params["zone"] == "Europe/Madrid"
    assert app("dashboard", zone="Asia/Tokyo").session_state["zone"] == "Asia/Tokyo"


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("where", "found"),
    [
        (["caller number begins 49"], 1),
        (["duration >= 70"], 3),
        (["talk time between 60 and 120"], 2),
        (["talk time between 60 and 120", "call id equals abc"], 1),
        (["dial code = 34"], 0),
    ],
)
def test_calls_are_found_by_conditions(app: Open, where: list[str], found: int) -> None:
    at = app("calls", **DAY, where=where)
    assert not at.exception
    assert sum(len(table.value) for table in at.dataframe) == found


@pytest.mark.usefixtures("calls")
def test_a_condition_is_built_from_field_comparison_and_value(app: Open) -> None:
    at = app("calls", **DAY)
    at.selectbox(key="new_field").set_value("call id").run()
    at.text_input(key="new_value").set_value("abc").run()
    assert at.session_state["where"] == ["call id begins abc"]
    assert len(at.dataframe[0].value) == 1
    assert at.text_input(key="new_value").value == ""


@pytest.mark.usefixtures("calls")
def test_a_condition_that_makes_no_sense_is_explained(app: Open) -> None:
    at = app("calls", **DAY, where="duration long")
    assert "is not a condition" in at.warning[0].value
    assert not at.dataframe


@pytest.mark.usefixtures("calls")
def test_pages_of_calls_go_on_and_back(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        for minute in range(40):
            add_call(conn, starting_date=NOON + timedelta(minutes=minute))
    at = app("calls", **DAY, rows="25")
    first = list(at.dataframe[0].value["Start"])
    at.button(key="go_Older").click().run()
    assert at.dataframe[0].value["Start"].iloc[0] <= first[-1]
    assert len(at.dataframe[0].value) == 18
    at.button(key="go_Newer").click().run()
    assert list(at.dataframe[0].value["Start"]) == first


@pytest.mark.usefixtures("calls")
def test_a_link_opens_one_call_in_full(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        made = add_call(conn, caller_id_number="4477", data={"userfield": "blue"}, call_type=2)
    at = app("calls", **DAY, call=place(made))
    assert "`4477`" in words(at)
    assert '"userfield": "blue"' in json.dumps(json.loads(at.json[0].value))
    assert "no longer kept" in drawn(at)
    assert not at.warning
    assert "This call is not there." in words(app("calls", **DAY, call="gone"))


@pytest.mark.usefixtures("calls")
def test_a_call_shows_the_score_the_status_and_the_seconds_that_count(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        good = {"mos": Decimal("4.405"), "sip_status": 486, "billed_s": 120}
        told = add_call(conn, **good, data={"mos": "4.405", "sip_term_status": "486"})
        untold = add_call(conn, data={"mos": "6"})
    seen = [drawn(app("calls", **DAY, call=place(call))) for call in (told, untold)]
    for label, value in (("SIP status", "486"), ("MOS", "4.40"), ("Billable time", "2:00")):
        assert f"<dt>{label}</dt><dd>{value}</dd>" in seen[0]
        assert f"<strong>{label}</strong><span>{value}</span>" in seen[0]
    assert "<dt>MOS</dt>" not in seen[1]
    assert "the call is left out of MOS" in seen[1]
    assert f"<dt>Billable time</dt><dd>{format.NOTHING}</dd>" in seen[1]


def place(call: dict[str, Any]) -> str:
    return f"{call['starting_date'].isoformat()}~{call['dedup_key'].hex}"


def drawn(at: AppTest) -> str:
    """All that is on the page as HTML."""
    return "\n".join(element.proto.body for element in at.get("html"))


@pytest.mark.usefixtures("calls")
def test_a_call_tells_how_it_came_about_and_what_its_switch_wrote_stays_text(
    app: Open, fresh_engine: Engine
) -> None:
    nasty = "![x](http://evil.example) <img src=x> `"
    with fresh_engine.begin() as conn:
        row = {"callid": "a-leg", "outcome": "call", "imported": True, "accountcode": "A7"}
        id_ = add_staged(conn, switch="Unknown", **row)
        made = add_call(
            conn,
            import_id=id_,
            callid="a-leg",
            accountcode="A7",
            caller_id_name=nasty,
            caller_id_number=nasty,
            destination_number="34650123456",
        )
        leg = {"leg_of": "a-leg", "outcome": "ignored", "imported": True}
        add_staged(conn, destination_number="2002", **leg)
        conn.execute(insert(account_code).values(accountcode="A7", customer_id=7))
    at = app("calls", **DAY, call=place(made))
    assert not at.exception
    assert "is longer than a national number, 9 digits" in drawn(at)
    assert "customer, international number, dial code, country would be" in words(at)
    assert "<strong>Today:</strong> The account code “A7” is Acme&#x27;s." in drawn(at)
    assert "2002" in drawn(at)
    chart = at.get("vega_lite_chart")[0].proto
    assert chart.datasets
    assert "this call" in drawn(at)
    assert "![" not in words(at).replace(f"`` {nasty} ``", "")
    assert "<img" not in drawn(at)


def test_the_ledger_shows_files_bad_lines_and_rejections(
    app: Open, fresh_engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "cdr.csv"
    path.write_text(
        "callid,destination_number,starting_date,duration,billsec,hangup_cause_id\n"
        "a,34650123456,2026-03-10 12:00:00+00,70,60,16\n"
        "b,34650123456,never,x,y,16\n"
        "c,34650123456,1970-03-10 12:00:00+00,70,60,16\n"
    )
    intake.load_file(fresh_engine, path)
    row = app("imports").dataframe[0].value.iloc[0]
    assert (row["name"], row["read"], row["imported"]) == ("cdr.csv", 3, 1)
    assert (row["bad"], row["rejected"], row["waiting"]) == (1, 1, 0)
    assert list(app("imports", tab="Bad lines").dataframe[0].value["line"]) == [3]
    at = app("imports", tab="Rejections")
    assert len(at.dataframe[0].value) == 1
    retry = next(button for button in at.button if button.label == "Try all shown again")
    retry.click().run()
    assert not at.exception
    with fresh_engine.connect() as conn:
        waiting = select(cdr_import.c.callid, cdr_import.c.id).where(~cdr_import.c.imported)
        [(callid, row_id)] = conn.execute(waiting).all()
        [line] = audit.search(conn, action="retry rejections")
    assert callid == "c"
    assert line.who == "local"
    assert line.detail == {"rows": 1, "first": row_id, "last": row_id}


@pytest.mark.usefixtures("calls")
def test_the_views_page_charts_a_view_and_compares_it(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        conn.exec_driver_sql("REFRESH MATERIALIZED VIEW matv_voip_cdr_aggr_hour")
        conn.exec_driver_sql("REFRESH MATERIALIZED VIEW matv_voip_cdr_aggr_min")
    for view in ("Hour", "Minute"):
        at = app("views", **DAY, view=view, by="Customer", sum_="Minutes")
        chart = json.loads(at.get("vega_lite_chart")[0].proto.spec)
        assert chart["encoding"]["color"]["scale"]["domain"] == ["Acme", "Unassigned"]
    compare = next(button for button in at.button if button.label == "Compare now")
    compare.click().run()
    assert "Both views agree with the roll-ups" in words(at)


@pytest.mark.usefixtures("calls")
def test_what_a_view_tells_otherwise_can_be_saved(
    app: Open, fresh_engine: Engine, saved: dict[str, list[pd.DataFrame]]
) -> None:
    with fresh_engine.begin() as conn:
        conn.exec_driver_sql("REFRESH MATERIALIZED VIEW matv_voip_cdr_aggr_hour")
        conn.exec_driver_sql("REFRESH MATERIALIZED VIEW matv_voip_cdr_aggr_min")
        conn.exec_driver_sql("UPDATE rollup_country SET calls = calls + 1")
        conn.exec_driver_sql("UPDATE rollup_switch SET calls = calls + 1")
    at = app("views", **DAY)
    next(button for button in at.button if button.label == "Compare now").click().run()
    [wrong] = saved["Check against the roll-ups"]
    assert len(wrong) == len(at.dataframe[0].value) > 0
    assert {"View", "Day (UTC)", "Changed since the refresh"} <= set(wrong)


def test_a_dropped_view_is_told_of(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        conn.exec_driver_sql("DROP MATERIALIZED VIEW matv_voip_cdr_aggr_min")
    at = app("views", **DAY, view="Minute")
    assert not at.exception
    assert "This view does not exist" in words(at)


def test_a_job_is_asked_for_once(fresh_engine: Engine) -> None:
    from cdrstats import health

    with fresh_engine.begin() as conn:
        assert health.request_run(conn, "import", "local")
        assert not health.request_run(conn, "import", "local")
        assert conn.execute(select(job_run.c.state)).scalars().all() == ["queued"]


def test_the_diagnostic_page_shows_jobs_and_counts(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_staged(conn)
        add_staged(conn, imported=True, outcome="rejected", reason="no")
        conn.execute(insert(job).values(name="import", description="Imports", schedule="15 s"))
        conn.execute(jobs_state.update().values(paused=True, paused_by="alice"))
        conn.execute(insert(rollup_log).values(slot=NOON))
    at = app("diagnostic")
    shown = metrics(at)
    assert (shown["Staged rows"], shown["Waiting"], shown["Rejected"]) == ("2", "1", "1")
    assert list(at.dataframe[0].value["name"]) == ["import"]
    assert "paused" in words(at)
    assert "alice" in words(at)


def test_new_calls_that_do_not_come_in_are_warned_of(app: Open, fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_staged(conn)
    assert "the job process" in app("dashboard").warning[0].value


def test_a_switchs_rules_are_changed(app: Open, fresh_engine: Engine) -> None:
    from cdrstats import switches

    with fresh_engine.begin() as conn:
        switches.find_or_create(conn, "pbx", 4, "UTC", "GB")
    at = app("switches", switch="pbx")
    boxes = {box.label: box for box in at.text_input}
    boxes["Stripped first"].set_value("9, 8")
    next(box for box in at.multiselect if box.label == "Also called").set_value(["10.0.0.5"])
    next(button for button in at.button if button.label == "Save").click().run()
    assert not at.exception
    with fresh_engine.connect() as conn:
        found = switches.find(conn, "10.0.0.5")
    assert found is not None
    assert (found.name, set(found.rules.strip_prefixes)) == ("pbx", {"8", "9"})
    assert found.rules.country_id == 826


@pytest.mark.usefixtures("app")
def test_a_page_waits_as_long_as_what_it_asks_for_may_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cdrstats.ui import frame

    monkeypatch.setattr(frame, "viewer", lambda: LOCAL_VIEWER)
    waits = text("SELECT current_setting('statement_timeout')")
    assert frame.read_now(lambda conn: conn.execute(waits).scalar_one()) == f"{PATIENCE_S}s"


def test_a_database_that_is_away_is_a_sentence(
    app: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CDRSTATS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    at = app("dashboard")
    assert not at.exception
    assert "database" in words(at).lower()
    assert "Reference" in words(at)
    assert [button.label for button in at.main.button] == ["Try again"]
