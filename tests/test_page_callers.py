"""The Callers page, and how numbers become its bars and rows."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from sqlalchemy import Engine

from cdrstats import aggregates, format
from cdrstats.accounts import EVERYONE
from cdrstats.choices import Names, period, where
from cdrstats.filters import Filters
from cdrstats.health import Freshness
from cdrstats.metrics import NOTHING, Parts
from cdrstats.numbers import INTERNAL
from cdrstats.talkers import Figures, Kind, Newcomer, Talker, Talkers
from cdrstats.ui import caller_rows, callers, charts, dimensions
from cdrstats.ui.bar import Asked
from cdrstats.ui.caller_rows import PARTIES

from .factories import NOON, add_call
from .pages import DAY, Open, led_to, words

LONDON = "447700900123"
STANDOUTS = {"show": "Calls that stand out"}
FIRST_SEEN = {"show": "First seen"}


def talker(number: str, calls: int, answered: int = 0, seconds: int = 0) -> Talker:
    parts = Parts(calls=calls, answered=answered, billsec=seconds, longest=seconds)
    return Talker(number, Figures(parts), 1)


def test_the_first_have_bars_and_what_is_unknown_is_called_so() -> None:
    many = tuple(talker(str(n), 20 - n) for n in range(12))
    found = Talkers((talker("", 30, 3, 90), *many), NOTHING, 0)
    data = caller_rows.bars(found, PARTIES["Callers"], "calls", "blue")
    assert len(data) == caller_rows.BARS
    assert data["name"].tolist()[:3] == ["Unknown", "0", "1"]
    assert data["shown"].tolist()[:2] == ["30", "20"]
    assert data["more"][0] == "30 calls, ASR 10.0 %, 1.5 minutes"
    named = caller_rows.bars(found, PARTIES["Account codes"], "minutes", "blue")
    assert (named["name"][0], named["shown"][0]) == ("No account code", "1.5")
    talk = caller_rows.bars(found, PARTIES["Callers"], "mcd", "blue")
    assert talk["shown"].tolist()[:2] == ["1:30", format.NOTHING]
    assert talk["value"].tolist()[:2] == [90, 0]
    cost = Talkers((Talker("1", Figures(Parts(1, sell_cost=Decimal("2.005"))), 0),), NOTHING, 0)
    assert caller_rows.bars(cost, PARTIES["Callers"], "sell_cost", "blue")["shown"][0] == "2.01"


def test_shares_add_up_to_all() -> None:
    leaders = tuple(talker(str(n), 10, 10, 600) for n in range(12))
    data = caller_rows.shares(Talkers(leaders, Parts(80, billsec=1800), 70))
    assert list(data.index) == ["First 10", "Next 2", "All others", "All"]
    assert list(data["Numbers"]) == ["10", "2", "70", "82"]
    assert list(data["Calls"]) == [
        "100 · 50.0 %",
        "20 · 10.0 %",
        "80 · 40.0 %",
        "200 · 100.0 %",
    ]
    assert list(data["Minutes"])[::3] == ["100 · 66.7 %", "150 · 100.0 %"]
    few = caller_rows.shares(Talkers((talker("1", 1),), NOTHING, 0))
    assert list(few.index) == ["First 1", "All"]
    assert list(few["Minutes"]) == [f"0 · {format.NOTHING}"] * 2


def test_a_number_that_no_condition_can_name_has_none() -> None:
    assert where.equal("caller number", "10 1") == "caller number equals 10 1"
    assert where.equal("account code", "") == "account code is empty"
    for odd in (" ", " 101", "101\t"):
        assert where.equal("caller number", odd) is None


def asked(**given: tuple[int, ...]) -> Asked:
    zone = ZoneInfo("UTC")
    names = Names(
        **{field: {} for field in Names.__dataclass_fields__}  # type: ignore[arg-type]
        | {"countries": {0: "Unknown", 724: "Spain"}}
    )
    return Asked(
        EVERYONE,
        period("24h", NOON, zone),
        zone,
        Filters(**given),  # type: ignore[arg-type]
        names,
        False,
        False,
        Freshness(None, False, None, False),
    )


def test_an_extension_has_calls_that_it_made_and_calls_in_the_house() -> None:
    links = callers.extension_links(asked(), "101")
    assert links == {
        "Calls made": {"where": ["caller number equals 101"]},
        "Calls received": {"where": ["destination equals 101"], "type": ["Internal"]},
    }
    assert list(callers.extension_links(asked(call_types=(1,)), "101")) == ["Calls made"]
    assert len(callers.extension_links(asked(call_types=(1, INTERNAL)), "101")) == 2
    assert callers.extension_links(asked(), " ") == {}


@pytest.mark.parametrize(
    ("number", "country", "code", "kind", "link"),
    [
        ("a", 724, None, "country", {"country": ["Spain"], "where": ["account code equals a"]}),
        ("a", 724, 346, "dialcode", {"where": ["account code equals a", "dial code = 346"]}),
        ("a", 0, 0, "dialcode", {"where": ["account code equals a", "dial code = 0"]}),
        ("49", None, None, "caller", {"where": ["caller number equals 49"]}),
        ("49", None, None, "callee", {"where": ["destination equals 49"]}),
        ("", 724, None, "country", {"country": ["Spain"], "where": ["account code is empty"]}),
        (" 49", None, None, "caller", None),
    ],
)
def test_a_newcomer_leads_to_its_calls(
    number: str, country: int | None, code: int | None, kind: Kind, link: object
) -> None:
    met = Newcomer(number, country, code, NOON, Figures())
    assert dimensions.link_of(asked(), callers.newcomer_of(met, kind)) == link


def test_numbers_are_drawn_in_figures_of_one_width() -> None:
    spec = charts.spec("number_bars", "Calls", 3)
    assert "Mono" in spec["config"]["axisY"]["labelFont"]
    assert charts.PICK in json.dumps(spec["params"])


@pytest.fixture
def talk(fresh_engine: Engine) -> list[dict[str, object]]:
    """Six calls of a day by a caller from London, by an extension and by somebody unknown."""
    madrid = {"destination_number": "34650000001", "country_id": 724}
    london = {"caller_id_number": LONDON, "accountcode": "a"}
    home = {"destination_number": "442071234567", "country_id": 826}
    house = {"caller_id_number": "101", "destination_number": "102", "call_type": INTERNAL}
    mobile = madrid | {"destination_number": "34650000002"}
    with fresh_engine.begin() as conn:
        add_call(conn, starting_date=NOON - timedelta(days=1), **london, **home)
        made = [
            add_call(conn, starting_date=NOON + timedelta(minutes=minute), **given)
            for minute, given in enumerate(
                [
                    london | madrid | {"billsec": 120, "sell_cost": 3, "buy_cost": 1},
                    london | mobile | {"billsec": 60, "sell_cost": 1},
                    london | madrid | {"billsec": 0, "hangup_cause_id": 17},
                    house | {"billsec": 600},
                    madrid | {"billsec": 30, "accountcode": "b", "buy_cost": 2},
                    london | home | {"billsec": 60},
                ]
            )
        ]
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass
    return made


@pytest.mark.usefixtures("talk")
def test_the_page_shows_who_talks_most(app: Open, saved: dict[str, list[pd.DataFrame]]) -> None:
    at = app("callers", **DAY)
    assert not at.exception
    data = at.dataframe[0].value.set_index("number")
    assert list(data.index) == [LONDON, "Unknown", "101"]
    first = data.iloc[0]
    assert (first["calls"], first["answered"], first["asr"]) == (4, 3, 75.0)
    assert first["asr_sure"] == "30.1 to 95.4 %"
    assert (first["minutes"], first["acd"]) == (4.0, timedelta(seconds=80))
    assert (first["sell_cost"], first["buy_cost"]) == (4.0, 1.0)
    assert (first["mcd"], first["counterparts"]) == (timedelta(minutes=2), 3)
    assert first["last_call"] == datetime(2026, 3, 10, 12, 5, tzinfo=UTC)
    together = at.table[0].value
    assert saved["Together"][0].iloc[-1].tolist() == ["All", *together.loc["All"]]
    assert list(together["Callers"]) == ["3", "3"]
    assert together.loc["All", "Calls"] == "6 · 100.0 %"
    assert len(at.get("vega_lite_chart")) == 1


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize(
    ("role", "ranked", "numbers"),
    [
        ("Callers", "Minutes", ["101", LONDON, "Unknown"]),
        ("Callers", "Buy cost", ["Unknown", LONDON, "101"]),
        ("Callers", "Longest call", ["101", LONDON, "Unknown"]),
        ("Called numbers", "Calls", ["34650000001", "102", "34650000002", "442071234567"]),
        ("Account codes", "Sell cost", ["a", "No account code", "b"]),
        ("Extensions", "Calls", ["101", "102"]),
    ],
)
def test_every_role_is_ranked(app: Open, role: str, ranked: str, numbers: list[str]) -> None:
    at = app("callers", **DAY, role=role, ranked=ranked)
    assert not at.exception
    assert list(at.dataframe[0].value["number"]) == numbers


@pytest.mark.usefixtures("talk")
def test_an_extension_that_was_clicked_leads_to_its_calls(app: Open) -> None:
    at = app("callers", **DAY, role="Extensions", where="talk time >= 1")
    assert "A call between two extensions counts for each." in words(at)
    at.session_state[callers.EXTENSION] = "102"
    at.run()
    button = next(one for one in at.button if one.label == "Calls received")
    page, led = led_to(button.click().run())
    assert page == "calls"
    assert led["where"] == ["talk time >= 1", "destination equals 102"]
    assert (led["type"], led["period"]) == (["Internal"], ["Custom"])
    at.session_state[callers.EXTENSION] = "999"
    assert "Calls made" not in [one.label for one in at.run().button]


@pytest.mark.usefixtures("talk")
def test_calls_that_stand_out_are_listed(app: Open) -> None:
    at = app("callers", **DAY, **STANDOUTS)
    longest, dearest = at.dataframe[0].value, at.dataframe[1].value
    assert [talk.total_seconds() for talk in longest["talk"]] == [600, 120, 60, 60, 30]
    assert list(longest["destination"])[:2] == ["102", "34650000001"]
    assert "cost" not in longest
    assert list(dearest["cost"]) == [3, 1]
    at = app("callers", **DAY, **STANDOUTS, dearest="By buy cost")
    assert list(at.dataframe[1].value["cost"]) == [2, 1]
    at = app("callers", **DAY, **STANDOUTS, result="Busy")
    assert "No call was answered." in words(at)
    assert "No call has such a cost." in words(at)


def test_a_link_opens_a_call_on_the_page(app: Open, talk: list[dict[str, object]]) -> None:
    made = talk[3]
    place = f"{made['starting_date'].isoformat()}~{made['dedup_key'].hex}"  # type: ignore[attr-defined]
    at = app("callers", **DAY, **STANDOUTS, call=place)
    assert not at.exception
    assert "`101` :material/arrow_forward: `102`" in words(at)


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize(
    ("met", "rows"),
    [
        ("Countries", [("Spain", "b"), ("Unknown", "No account code"), ("Spain", "a")]),
        ("Callers", [(None, "Unknown"), (None, "101")]),
        (
            "Called numbers",
            [(None, "102"), (None, "34650000002"), (None, "34650000001")],
        ),
    ],
)
def test_who_was_never_met_before_is_listed_newest_first(
    app: Open, met: str, rows: list[tuple[str | None, str]]
) -> None:
    at = app("callers", **DAY, **FIRST_SEEN, met=met)
    data = at.dataframe[0].value
    assert list(data["number"]) == [number for _, number in rows]
    if "place" in data:
        assert list(data["place"]) == [place for place, _ in rows]
    assert "Ever is since 9 Mar 2026 12:00, the oldest call." in words(at)
    assert "everything in it is new" not in words(at)


@pytest.mark.usefixtures("talk")
def test_a_period_that_holds_the_oldest_call_says_that_all_is_new(app: Open) -> None:
    at = app("callers", **DAY | FIRST_SEEN | {"from": "2026-03-09T00:00"})
    assert "everything in it is new" in words(at)
    before = app("callers", **DAY, **FIRST_SEEN, country="United Kingdom")
    assert "No new countries." in words(before)


@pytest.mark.usefixtures("talk")
def test_of_a_long_period_the_last_days_are_shown_unless_all_is_asked_for(app: Open) -> None:
    year = {"period": "Custom", "from": "2026-03-01T00:00", "to": "2027-03-01T00:00"}
    last = app("callers", zone="UTC", **year)
    assert not last.exception
    assert "More than 31 days take long to read." in words(last)
    assert "No calls in this period." in words(last)
    whole = app("callers", zone="UTC", part="Whole period", **year)
    assert not whole.exception
    assert "Callers by calls" in words(whole) + str([h.value for h in whole.subheader])
    assert "More than" not in words(app("callers", **DAY))


@pytest.mark.usefixtures("talk")
def test_filters_hold_and_one_that_matches_nothing_shows_nothing(app: Open) -> None:
    at = app("callers", **DAY, country="United Kingdom")
    assert list(at.dataframe[0].value["calls"]) == [1]
    at = app("callers", **DAY, where="account code equals nobody")
    assert "No calls match these filters." in words(at)
    assert not at.dataframe


@pytest.mark.usefixtures("talk")
@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("role", {}),
        ("ranked", {}),
        ("show", {}),
        ("dearest", STANDOUTS),
        ("met", FIRST_SEEN),
    ],
)
def test_nonsense_in_the_url_is_told_and_the_page_works(
    app: Open, key: str, shown: dict[str, str]
) -> None:
    at = app("callers", **DAY, **shown, **{key: "Nonsense"})
    assert not at.exception
    assert f"There is no {key} 'Nonsense'." in words(at)
    assert at.dataframe
