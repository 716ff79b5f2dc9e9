"""The Quality page, and how answers become its bars, cells and rows."""

import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, update

from cdrstats import aggregates
from cdrstats.accounts import EVERYONE
from cdrstats.analysis import hours_of_week
from cdrstats.analysis.week import of_week
from cdrstats.choices import Cause, causes
from cdrstats.clock import Window, month_of
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import hangup_cause, switch
from cdrstats.metrics import METRICS, Parts
from cdrstats.traffic import Answer, Key, Question
from cdrstats.ui import charts, figures, hours, outcomes

from .factories import NOON, add_call
from .pages import DAY, Open, metrics, words

CALLS, ASR = METRICS["calls"], METRICS["asr"]
KINDS = {16: "no_answer", 17: "busy", 19: "no_answer", 34: "failed"}
CAUSES = {
    16: Cause("One of the two hung up", "no_answer", False, False),
    17: Cause("Called party is busy", "busy", True, False),
    19: Cause("Rang without an answer", "no_answer", True, False),
    34: Cause("No circuit is free", "failed", False, True),
}
NAMES = {
    16: "Normal clearing (16)",
    17: "User busy (17)",
    19: "No answer (19)",
    34: "None (34)",
}


def counted(engine: Engine) -> None:
    with engine.begin() as conn:
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 10_000):
            pass


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Madrid", date(2026, 3, 29)),
        ("Europe/Madrid", date(2026, 10, 25)),
        ("Australia/Lord_Howe", date(2026, 4, 5)),
        ("Asia/Kathmandu", date(2026, 3, 29)),
    ],
)
def test_hours_of_the_week_are_those_of_the_viewers_clocks(
    fresh_engine: Engine, zone: str, change: date
) -> None:
    viewers = ZoneInfo(zone)
    chance = random.Random(5)
    start = datetime(change.year, change.month, change.day, tzinfo=UTC) - timedelta(days=3)
    window = Window(start + timedelta(minutes=20), start + timedelta(days=9, minutes=50))
    starts = [start + timedelta(seconds=chance.randrange(10 * 86400)) for _ in range(300)]
    make_months(fresh_engine, {month_of(moment) for moment in starts})
    with fresh_engine.begin() as conn:
        for moment in starts:
            add_call(conn, starting_date=moment)
    counted(fresh_engine)
    within = [moment for moment in starts if window.start <= moment < window.end]
    local = [moment.astimezone(viewers) for moment in within]
    with fresh_engine.connect() as conn:
        question = Question(window, step="hour", zone=viewers)
        found = hours_of_week(conn, EVERYONE, question)
    assert {(some.weekday, some.hour): some.parts.calls for some in found} == Counter(
        (moment.weekday(), moment.hour) for moment in local
    )
    minutes = Counter(
        (moment.weekday(), moment.hour)
        for number in range(int(window.length.total_seconds()) // 60)
        for moment in [(window.start + timedelta(minutes=number)).astimezone(viewers)]
    )
    assert {(some.weekday, some.hour): some.covered for some in found} == {
        (some.weekday, some.hour): timedelta(minutes=minutes[some.weekday, some.hour])
        for some in found
    }
    for some in found:
        newest = max(m for m in local if (m.weekday(), m.hour) == (some.weekday, some.hour))
        assert (some.newest.date(), some.newest.hour) == (newest.date(), newest.hour)


def test_an_hour_that_comes_twice_is_averaged_over_two() -> None:
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)  # 02:00 in Madrid, and again an hour later
    answers = [
        Answer(first, (), Parts(calls=6, answered=3)),
        Answer(first + timedelta(hours=1), (), Parts(calls=2, answered=0)),
    ]
    window = Window(first, first + timedelta(hours=3))
    [some] = of_week(answers, window, ZoneInfo("Europe/Madrid"))
    assert (some.weekday, some.hour, some.covered) == (6, 2, timedelta(hours=2))
    assert (hours.figure(some, CALLS), hours.figure(some, ASR)) == (4.0, 37.5)
    data = hours.rows([some], CALLS)
    assert data.iloc[0].to_dict() == {
        "weekday": "Sun",
        "hour": 2,
        "value": 4.0,
        "when": "Sun 02:00 \N{EN DASH} 03:00",
        "shown": "4.0",
        "more": "8 in 2 such hours",
    }


def test_an_hour_without_a_figure_is_empty_not_zero() -> None:
    start = datetime(2026, 3, 9, tzinfo=UTC)
    found = of_week(
        [Answer(start, (), Parts(calls=2))],
        Window(start, start + timedelta(days=1)),
        ZoneInfo("UTC"),
    )
    assert len(hours.rows(found, CALLS)) == 1
    assert list(hours.rows(found, ASR)["value"]) == [0.0]
    assert hours.rows(found, METRICS["acd"]).empty


def test_a_cause_tells_its_share_and_how_that_moved() -> None:
    found: dict[Key, Parts] = {
        (16,): Parts(calls=6, answered=5),
        (17,): Parts(calls=2),
        (999,): Parts(calls=2),
    }
    before: dict[Key, Parts] = {(16,): Parts(calls=5, answered=5), (17,): Parts(calls=5)}
    data = outcomes.cause_rows(found, before, NAMES, CAUSES)
    assert list(data["id"]) == [16, 17, 999]
    assert list(data["name"]) == ["Normal clearing (16)", "User busy (17)", "999"]
    assert list(data["share"]) == [60.0, 20.0, 20.0]
    assert list(data["change"]) == [10.0, -30.0, 20.0]
    assert list(data["meaning"]) == ["One of the two hung up", "Called party is busy", ""]
    assert outcomes.cause_rows(found, {}, NAMES, CAUSES)["change"].isna().all()


def test_the_bars_of_causes_are_cut_by_result_and_end_with_all_others() -> None:
    found: dict[Key, Parts] = {(cause,): Parts(calls=1) for cause in range(100, 110)}
    found |= {(16,): Parts(calls=6, answered=5), (17,): Parts(calls=4)}
    data = outcomes.cause_bars(found, {}, NAMES, KINDS, CAUSES)
    parts = [tuple(row) for row in data[["key", "result", "x", "x2", "text"]].itertuples()]
    assert [part[1:] for part in parts[:3]] == [
        ("16", "Answered", 0, 5, "6 · 30.0 %"),
        ("16", "No answer", 5, 6, ""),
        ("17", "Busy", 0, 4, "4 · 20.0 %"),
    ]
    others = data[data["key"] == ""]
    assert list(others["name"]) == ["All others"]
    assert list(others["value"]) == [2]
    assert data["value"].sum() == 20
    assert data["name"].nunique() == 11


def test_shares_of_results_add_up_to_a_hundred_for_every_bar() -> None:
    answers = [
        Answer(None, (1, 16), Parts(calls=8, answered=6)),
        Answer(None, (1, 17), Parts(calls=2)),
        Answer(None, (2, 34), Parts(calls=300)),
    ]
    by_key = outcomes.results_by_key(answers, KINDS)
    assert by_key[1] == {"Answered": 6, "Busy": 2, "No answer": 2, "Failed": 0}
    everything = {"Answered": 7.0, "Busy": 3.0, "No answer": 2.0, "Failed": 300.0}
    data = outcomes.shares([1, 2], by_key, everything, {1: "pbx", 2: "sbc"})
    assert data.groupby("name")["value"].sum().to_dict() == {
        "pbx": pytest.approx(100),
        "sbc": pytest.approx(100),
        "All others": pytest.approx(100),
    }
    assert list(data[data["text"] != ""]["text"]) == ["10", "300", "2"]
    assert list(data["key"].unique()) == ["0", "1", ""]
    answered = data.iloc[0]
    assert answered["shown"] == (
        "60.0 %, 6 of 10 calls; a true share of 31.3 to 83.2 % may show as this"
    )
    assert (round(answered["low"], 1), round(answered["high"], 1)) == (31.3, 83.2)
    # So many calls need no bounds, and only the answered part has any.
    assert data[data["name"] == "sbc"]["low"].isna().all()
    assert data[data["result"] == "Busy"]["low"].isna().all()


def test_results_over_time_are_counts_or_shares() -> None:
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    window = Window(noon, noon + timedelta(hours=2))
    spans = figures.spans(window, "hour", ZoneInfo("UTC"))
    start = spans[0].start
    results = {start: {"Answered": 3.0, "Busy": 1.0, "No answer": 0.0, "Failed": 0.0}}
    names = tuple(charts.RESULTS)
    counts = outcomes.over_time(spans, results, names, "hour", share=False)
    assert list(counts["y"]) == [3, 4, 0]
    shares = outcomes.over_time(spans, results, names, "hour", share=True)
    assert list(shares["y"]) == [75, 100, 0]
    assert list(shares["shown"][:2]) == ["75.0 %, 3 of 4 calls", "25.0 %, 1 of 4 calls"]
    assert shares["shown"][2].startswith("\N{EN DASH}")


def test_what_no_switch_tells_is_said_in_one_sentence() -> None:
    assert outcomes.untold(Parts(calls=1)) == (
        "\N{EN DASH}: the switches do not tell a post-dial delay, a quality score or a SIP"
        " status of any of these calls."
    )
    told = Parts(calls=1, pdd_calls=1, mos_calls=1)
    assert outcomes.untold(told).endswith("do not tell a SIP status of any of these calls.")
    assert outcomes.untold(told._replace(invites=1)) == ""


def test_which_causes_count_into_ner_comes_from_the_table(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        found = causes(conn)
        assert {id_ for id_, cause in found.items() if cause.delivered and id_ < 128} == {
            17,
            18,
            19,
            20,
            21,
        }
        conn.execute(update(hangup_cause).values(delivered=False))
        conn.execute(update(hangup_cause).where(hangup_cause.c.id == 34).values(blocked=True))
        found = causes(conn)
    names = {id_: str(id_) for id_ in found}
    assert outcomes.delivering(found, names) == (
        "NER counts as delivered, beside the answered calls: no cause. Not counted as"
        " seizures: 34."
    )
    assert "User busy (17), No answer (19)." in outcomes.delivering(
        {id_: CAUSES[id_] for id_ in (16, 17, 19)}, NAMES
    )


@pytest.fixture
def twenty(fresh_engine: Engine) -> None:
    """The 20-call set of the definitions, on one switch, and a call on another."""
    talks = [(3, 5), (5, 6), (6, 4), (60, 3), (120, 8), (180, 7), (240, 5), (300, 4), (90, 6)]
    rang = [(17, 3)] * 3 + [(19, 5)] * 2 + [(16, 4), (21, 2), (1, 1)]
    with fresh_engine.begin() as conn:
        conn.execute(insert(switch), [{"id": 1, "name": "pbx"}, {"id": 2, "name": "sbc"}])
        for seconds, delay in [*talks, (196, 2)]:
            add_call(conn, switch_id=1, billsec=seconds, pdd_ms=1000 * delay)
        for cause, delay in rang:
            add_call(conn, switch_id=1, billsec=0, hangup_cause_id=cause, pdd_ms=1000 * delay)
        for cause in (34, 41):
            add_call(conn, switch_id=1, billsec=0, hangup_cause_id=cause)
        add_call(conn, switch_id=2, billsec=0, hangup_cause_id=17, mos=Decimal("4.1"))
    counted(fresh_engine)


@pytest.mark.usefixtures("twenty")
def test_the_worked_set_stands_in_the_table(app: Open) -> None:
    at = app("quality", **DAY)
    assert not at.exception
    row = at.dataframe[1].value.set_index("name").loc["pbx"]
    assert (row["calls"], row["asr"], row["ner"], row["ner_extended"]) == (20, 50, 80, 85)
    assert (row["abr"], row["sdr"], row["pdd_calls"], row["pdd_p50"]) == (50, 30, 18, 4)
    assert round(row["pdd"], 2) == 4.22
    assert row["asr_sure"] == "29.9 to 70.1 %"
    other = at.dataframe[1].value.set_index("name").loc["sbc"]
    assert (other["mos"], other["asr"], other["asr_sure"]) == (4.1, 0, "0.0 to 79.3 %")
    assert at.dataframe[1].value["ser"].isna().all()
    assert "the switches do not tell a SIP status of any of these calls" in words(at)
    assert "NER counts as delivered, beside the answered calls: User busy (17)" in words(at)
    assert metrics(at)["NER"] == "81.0 %"


@pytest.mark.usefixtures("twenty")
def test_causes_stand_with_share_change_and_meaning(app: Open) -> None:
    at = app("quality", **DAY)
    data = at.dataframe[0].value.set_index("name")
    assert data["calls"].sum() == 21
    assert data["share"].sum() == pytest.approx(100)
    assert data.loc["User busy (17)", "meaning"] == "Called party is busy"
    assert data["change"].isna().all()


@pytest.mark.usefixtures("twenty")
@pytest.mark.parametrize("split", ["Carrier", "Country", "Account code", "Hangup cause"])
def test_quality_is_split_by_whatever_calls_have(app: Open, split: str) -> None:
    at = app("quality", **DAY, split=split, shown="Share", metric="Margin")
    assert not at.exception
    assert at.dataframe[1].value["calls"].sum() == 21
    specs = [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]
    assert len(specs) == 4


@pytest.mark.usefixtures("twenty")
def test_a_long_period_leaves_out_only_what_cannot_be_told(app: Open) -> None:
    at = app("quality", **DAY | {"from": "2025-06-01T00:00"}, split="Carrier")
    assert not at.exception
    data: Any = at.dataframe[1].value
    assert list(data["calls"]) == [21]
    assert "pdd_p50" not in data
    assert "Results by carrier are read from the calls, of up to 31 days" in words(at)
    assert "Percentiles: of up to 31 days, or by switch without filters." in words(at)
    assert "weeks only" not in words(at)  # of one day there are calls
    by_switch = app("quality", **DAY | {"from": "2025-06-01T00:00"}).dataframe[1].value
    assert round(by_switch["pdd_p50"][0]) == 4


@pytest.mark.usefixtures("twenty")
def test_hours_of_the_week_are_those_of_the_last_weeks(app: Open, fresh_engine: Engine) -> None:
    first = NOON - timedelta(weeks=13, days=1)
    make_months(fresh_engine, [month_of(first)])
    with fresh_engine.begin() as conn:
        add_call(conn, switch_id=1, starting_date=first)
    counted(fresh_engine)
    at = app("quality", **DAY | {"from": "2025-06-01T00:00"})
    assert "Of the last 13 weeks only." in words(at)


@pytest.mark.usefixtures("twenty")
def test_a_percentile_has_no_hours_of_the_week(app: Open) -> None:
    at = app("quality", **DAY, metric="PDD, median")
    assert not at.exception
    assert "Percentiles of hours do not add up." in words(at)
    assert len(at.dataframe) == 2


@pytest.mark.usefixtures("twenty")
def test_nonsense_of_a_link_is_told_and_ten_years_are_shown(app: Open) -> None:
    years = DAY | {"from": "2016-01-01T00:00"}
    at = app("quality", **years, split="Village")
    assert not at.exception
    assert any("There is no split 'Village'." in warning.value for warning in at.warning)
    assert at.dataframe


def test_the_charts_are_built_without_data() -> None:
    for kind, given in (
        ("causes", (3,)),
        ("shares", (3,)),
        ("week", ("Calls", hours.WEEKDAYS, 0)),
        ("week", ("ASR", hours.WEEKDAYS, None)),
    ):
        spec = charts.spec(kind, *given)
        assert spec["data"] == {"name": "d"}
        assert charts.PICK in json.dumps(spec["params"])
