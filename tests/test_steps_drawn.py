"""Steps as they are drawn and clicked, on the days on which the clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from cdrstats import aggregates, format
from cdrstats.choices import instant, midnight, period_of, read, written
from cdrstats.cli.calls import moment
from cdrstats.clock import Window, month_of
from cdrstats.db.partitions import make_months
from cdrstats.errors import BadRequest
from cdrstats.traffic import Step
from cdrstats.ui import figures

from .factories import add_call
from .pages import DAY, Open, clicked, drawn_at, led_to, metrics

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

MADRID = ZoneInfo("Europe/Madrid")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
ZONES = [MADRID, LORD_HOWE, ZoneInfo("America/Havana"), ZoneInfo("Asia/Kathmandu")]
CHANGES = [
    (MADRID, date(2026, 3, 29), 23),
    (MADRID, date(2026, 10, 25), 25),
    (LORD_HOWE, date(2026, 10, 4), 23.5),
    (LORD_HOWE, date(2026, 4, 5), 24.5),
]
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def day_in(zone: ZoneInfo, day: date) -> Window:
    return Window(midnight(day, zone), midnight(day + timedelta(days=1), zone))


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_the_hours_of_a_day_follow_each_other_without_gap_or_overlap(
    zone: ZoneInfo, day: date, hours: float
) -> None:
    window = day_in(zone, day)
    assert window.length == hours * HOUR
    spans = figures.spans(window, "hour", zone)
    cuts = [window.start, *(span.window.end for span in spans)]
    assert [span.window for span in spans] == [Window(*pair) for pair in pairwise(cuts)]
    assert cuts[-1] == window.end
    ends = [end.replace(tzinfo=None) for end in figures.drawn_ends(spans, 1)]
    drawn = list(zip((span.start for span in spans), ends, strict=True))
    assert all(start < end for start, end in drawn)
    assert all(end <= later for (_, end), (later, _) in pairwise(drawn))


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
@pytest.mark.parametrize("step", ["quarter", "hour", "day", "week", "month"])
def test_a_step_that_is_clicked_is_the_one_that_was_drawn(
    zone: ZoneInfo, day: date, hours: float, step: Step
) -> None:
    for span in figures.spans(day_in(zone, day), step, zone):
        assert figures.span_at(span.start, step, zone) == span


def told(zone: ZoneInfo, day: date, step: Step = "hour") -> list[str]:
    spans = figures.spans(day_in(zone, day), step, zone)
    return [figures.when(span, step).replace(f" {format.NOTHING} ", "-") for span in spans]


def test_the_words_of_an_hour_are_what_the_clocks_showed() -> None:
    assert told(MADRID, date(2026, 3, 29))[1:3] == [
        *("Sun 29 Mar 01:00-02:00", "Sun 29 Mar 03:00-04:00"),
    ]
    assert told(MADRID, date(2026, 10, 25))[1:4] == [
        "Sun 25 Oct 01:00-02:00",
        "Sun 25 Oct 02:00-03:00, both times",
        "Sun 25 Oct 03:00-04:00",
    ]
    assert told(LORD_HOWE, date(2026, 10, 4))[1:4] == [
        *("Sun 4 Oct 01:00-02:00", "Sun 4 Oct 02:30-03:00", "Sun 4 Oct 03:00-04:00"),
    ]
    assert told(LORD_HOWE, date(2026, 4, 5))[1:4] == [
        *("Sun 5 Apr 01:00-02:00", "Sun 5 Apr 01:30-02:00", "Sun 5 Apr 02:00-03:00"),
    ]


def test_a_quarter_hour_that_comes_twice_goes_from_its_first_start_to_its_second_end() -> None:
    start = datetime(2026, 10, 25, 2, 45)  # noqa: DTZ001
    span = figures.span_at(start, "quarter", MADRID)
    assert span.window == Window(
        datetime(2026, 10, 25, 0, 45, tzinfo=UTC), datetime(2026, 10, 25, 2, tzinfo=UTC)
    )


# Times in links

SECOND = datetime(2026, 10, 25, 1, 20, tzinfo=UTC)  # 02:20 in Madrid, the second time
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001
    lambda found: found.replace(tzinfo=UTC)
)


@given(instants, st.sampled_from(ZONES))
def test_what_a_link_says_is_read_as_what_was_meant(found: datetime, zone: ZoneInfo) -> None:
    assert instant(read(written(found, zone), zone), zone) == found


def test_only_a_time_that_comes_twice_has_its_offset() -> None:
    assert written(SECOND, MADRID) == "2026-10-25T02:20+01:00"
    assert written(SECOND - HOUR, MADRID) == "2026-10-25T02:20+02:00"
    assert written(SECOND + HOUR, MADRID) == "2026-10-25T03:20"
    skipped = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert written(skipped, MADRID) == "2026-03-29T03:00"
    first = datetime(2026, 4, 4, 14, 45, tzinfo=UTC)
    assert written(first, LORD_HOWE) == "2026-04-05T01:45+11:00"
    assert written(first + HOUR / 2, LORD_HOWE) == "2026-04-05T01:45+10:30"


def test_a_time_may_have_any_offset_and_must_be_near() -> None:
    params = {
        "period": ["Custom"],
        "from": ["2026-10-25T02:20+01:00"],
        "to": ["2026-10-25T01:30Z"],
    }
    found = period_of(params, MADRID, SECOND).window
    assert found == Window(SECOND, SECOND + 10 * MINUTE)
    assert moment("2026-10-25T02:20+01:00", MADRID) == SECOND
    assert moment("2026-10-25T02:20", MADRID) == SECOND - HOUR
    for given_ in ("soon", "1999-12-31T23:00", "2101-01-01T00:00+01:00"):
        with pytest.raises(BadRequest, match="is not a time"):
            read(given_, MADRID)


# Pages


@pytest.fixture
def night(fresh_engine: Engine) -> None:
    """A call at 01:30, two at 02:20, three at 02:20 again, and four at 03:05."""
    first = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    make_months(fresh_engine, [month_of(first)])
    starts = [first, SECOND - HOUR, SECOND, SECOND + 45 * MINUTE]
    with fresh_engine.begin() as conn:
        for number, start in enumerate(starts, 1):
            for second in range(number):
                add_call(conn, starting_date=start + timedelta(seconds=second))
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


NIGHT = {"period": "Custom", "from": "2026-10-25T00:00", "to": "2026-10-26T00:00"}


@pytest.mark.usefixtures("night")
def test_a_bar_of_the_doubled_hour_leads_to_the_calls_of_both(app: Open) -> None:
    at = app("dashboard", **NIGHT, zone=MADRID.key)
    at = clicked(at, "chart_minutes", start=drawn_at("2026-10-25T02:00"))
    page, link = led_to(at)
    assert page == "calls"
    assert (link["from"], link["to"]) == (["2026-10-25T02:00+02:00"], ["2026-10-25T03:00"])
    at = app("calls", **link)
    at.session_state["zone"] = MADRID.key  # app.py, which chooses it, does not run here
    assert len(at.run().dataframe[0].value) == 5


def first(at: "AppTest") -> str:
    """Where the period begins, as the URL says it."""
    found = at.query_params["from"]
    return found if isinstance(found, str) else found[0]


@pytest.mark.usefixtures("night")
def test_a_link_from_the_second_of_two_hours_shows_no_call_of_the_first(app: Open) -> None:
    link = NIGHT | {"from": written(SECOND, MADRID), "zone": MADRID.key}
    at = app("dashboard", **link)
    assert metrics(at)["Calls"] == "7"
    assert first(at) == "2026-10-25T02:20+01:00"
    assert at.datetime_input[0].value == datetime(2026, 10, 25, 2, 20)  # noqa: DTZ001
    assert metrics(at.run())["Calls"] == "7"
    at.datetime_input[0].set_value(datetime(2026, 10, 25, 2, 10)).run()  # noqa: DTZ001
    assert first(at) == "2026-10-25T02:10+02:00"
    assert metrics(at)["Calls"] == "9"
    at.datetime_input[0].set_value(None).run()
    assert "from" not in at.query_params
    assert not at.exception


@pytest.mark.usefixtures("calls")
def test_the_first_bar_leads_to_no_more_than_its_own_calls(app: Open) -> None:
    at = app("dashboard", **DAY | {"from": "2026-03-10T11:30", "to": "2026-03-11T04:15"})
    page, link = led_to(clicked(at, "chart_minutes", start=drawn_at("2026-03-10T11:00")))
    assert page == "calls"
    assert (link["from"], link["to"]) == (["2026-03-10T11:30"], ["2026-03-10T12:00"])
    at = app("dashboard", **DAY | {"from": "2026-03-10T11:30", "to": "2026-03-11T04:15"})
    at = clicked(at, "chart_calls", start=drawn_at("2026-03-11T04:00"), name="Busy")
    _, link = led_to(at)
    assert (link["from"], link["to"]) == (["2026-03-11T04:00"], ["2026-03-11T04:15"])
    assert link["result"] == ["Busy"]


@pytest.mark.usefixtures("calls")
def test_the_first_bar_of_a_view_leads_to_no_call_before_the_period(
    app: Open, fresh_engine: Engine
) -> None:
    with fresh_engine.begin() as conn:
        conn.exec_driver_sql("REFRESH MATERIALIZED VIEW matv_voip_cdr_aggr_hour")
    at = app("views", **DAY | {"from": "2026-03-10T11:30"})
    mark = {"start": drawn_at("2026-03-10T11:00"), "name": "Spain"}
    at = clicked(at, "chart_view", **mark)
    # app.py, which sends the browser there, does not run here
    page, _, query = at.session_state["leave_for"].partition("?")
    link = parse_qs(query)
    assert (page, link["country"]) == ("/calls", ["Spain"])
    assert (link["from"], link["to"]) == (["2026-03-10T11:30"], ["2026-03-10T12:00"])
