"""The World map page: what it draws, what it cannot, and how it is zoomed."""

import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from cdrstats import aggregates
from cdrstats.metrics import METRICS, Parts
from cdrstats.traffic import Answer
from cdrstats.ui import atlas, charts, charts_map, files

from .browser import SEEN, Watched, browsing, chromium, served, settle
from .factories import add_call
from .pages import DAY, Open, words

CALLS, ASR, SDR, MARGIN = (METRICS[name] for name in ("calls", "asr", "sdr", "margin"))
NAMES = {0: "Unknown", 724: "Spain", 826: "United Kingdom", 1383: "Kosovo", 18816: "Iridium"}
DRAWN = frozenset({724, 826, 1383})


def answer(country: int, calls: int, answered: int = 0) -> Answer:
    parts = Parts(calls=calls, answered=answered, billsec=90 * answered, sell_cost=Decimal(2))
    return Answer(None, (country,), parts)


def test_the_map_has_shapes_of_countries_and_of_kosovo_but_of_no_network() -> None:
    shapes = charts_map.shapes_of()
    assert {724, 826, 840, 1383} <= shapes
    assert not {0, 10, 18816, 1870} & shapes
    assert 702 not in shapes  # Singapore is too small for this map


def test_what_the_map_cannot_draw_is_named_with_its_share() -> None:
    found = [answer(724, 90), answer(0, 8), answer(18816, 2)]
    assert list(atlas.rows(found, CALLS, NAMES, DRAWN)["name"]) == ["Spain"]
    assert list(atlas.listed(found, CALLS, NAMES)["name"]) == ["Spain", "Unknown", "Iridium"]
    assert list(atlas.listed(found, ASR, NAMES)["share"]) == [90, 8, 2]
    assert atlas.beside(found, NAMES, DRAWN) == (
        "In the list only, having no shape on the map: Unknown, Iridium (10.0 % of calls)."
    )
    assert atlas.beside(found[:1], NAMES, DRAWN) == ""
    many = [answer(number, 1) for number in range(2000, 2007)]
    assert "2000, 2001, 2002, 2003, 2004, 2 more" in atlas.beside(many, NAMES, DRAWN)


def test_a_country_without_a_figure_stays_empty() -> None:
    silent = Answer(None, (826,), Parts(calls=3, blocked=3))
    data = atlas.rows([answer(724, 4, 1), silent], ASR, NAMES, DRAWN)
    assert list(data["id"]) == ["724"]
    assert data.iloc[0].to_dict() == {
        "id": "724",
        "name": "Spain",
        "value": 25.0,
        "shown": "25.0 %",
        "few": True,
        "calls": "4",
        "minutes": "1.5",
        "asr": "25.0 %",
        "acd": "1:30",
        "buy_cost": "0.00",
        "sell_cost": "2.00",
    }
    assert atlas.rows([answer(724, 400, 1)], ASR, NAMES, DRAWN)["few"].tolist() == [False]
    assert atlas.rows([answer(724, 4)], CALLS, NAMES, DRAWN)["few"].tolist() == [False]


def test_sums_grow_from_pale_and_ratios_part_at_the_figure_of_all() -> None:
    sums = atlas.look_of(CALLS, [3, 2500], None)
    assert (sums.kind, sums.middle, sums.ticks) == ("symlog", None, (1, 10, 100, 1000))
    losses = atlas.look_of(MARGIN, [-20, 300], 280)
    assert (losses.middle, losses.ticks) == (0, (-10, -1, 0, 10, 100))
    good, bad = atlas.look_of(ASR, [10], 68.4321), atlas.look_of(SDR, [10], 5)
    assert (good.kind, good.middle) == ("linear", 68.4)
    assert good.colours == bad.colours[::-1]
    assert atlas.look_of(ASR, [], None).middle is None
    assert atlas.look_of(CALLS, [0], None).ticks == ()


def test_the_legend_names_the_unit() -> None:
    assert atlas.title(CALLS) == "Calls"
    assert atlas.title(ASR) == "ASR, %"
    assert atlas.title(METRICS["pdd_p95"]) == "PDD, 95 %, seconds"
    assert atlas.title(METRICS["margin_percent"]) == "Margin %"


def test_the_projection_is_that_of_the_map() -> None:
    # Equal Earth: Savric et al. (2018), as d3.geoEqualEarthRaw gives it.
    assert charts_map.equal_earth(180, 0) == pytest.approx((2.70663, 0), abs=1e-5)
    assert charts_map.equal_earth(0, 90)[1] == pytest.approx(1.317363, abs=1e-5)


@pytest.mark.parametrize("region", charts_map.REGIONS)
def test_every_region_can_be_saved_as_a_picture(region: str) -> None:
    told = atlas.TOLD
    spec = charts.spec("atlas", "ASR, %", region, "linear", 50.0, atlas.GOOD_UP, (), told)
    data = atlas.rows([answer(724, 4, 1), answer(1383, 2, 2)], ASR, NAMES, DRAWN)
    drawn = files.picture(spec, {"d": data}, "ASR", "svg").decode()
    assert drawn.count('aria-roledescription="geoshape"') == 2
    assert "NaN" not in drawn


@pytest.fixture
def calls_abroad(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        for _ in range(3):
            add_call(conn, country_id=724, billsec=120, sell_cost=2, buy_cost=1)
        add_call(conn, country_id=826, billsec=0, hangup_cause_id=17, sell_cost=0, buy_cost=1)
        add_call(conn, country_id=18816)
        add_call(conn)
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


@pytest.mark.usefixtures("calls_abroad")
def test_the_list_has_every_country_also_those_without_a_shape(app: Open) -> None:
    at = app("map", **DAY)
    assert not at.exception
    data: pd.DataFrame = at.dataframe[0].value
    assert list(data["name"]) == ["Spain", "Unknown", "United Kingdom", "Iridium"]
    assert list(data["calls"]) == [3, 1, 1, 1]
    assert data["share"].sum() == pytest.approx(100)
    assert "having no shape on the map: Unknown, Iridium (33.3 % of calls)" in words(at)


@pytest.mark.usefixtures("calls_abroad")
def test_every_metric_and_region_can_be_chosen(app: Open) -> None:
    at = app("map", **DAY, region="Europe")
    for metric in METRICS.values():
        at.selectbox(key="metric").set_value(metric.label).run()
        assert not at.exception
        drawn = at.get("vega_lite_chart")
        told = f"{metric.label}: no figure." in words(at)
        assert len(drawn) == (0 if told else 1)
        assert told == (
            metric.name
            in ("billed_minutes", "pdd", "pdd_p50", "pdd_p95", "mos", "ser", "seer", "isa")
        )
    at.selectbox(key="metric").set_value("Margin").run()
    spec = json.loads(at.get("vega_lite_chart")[0].proto.spec)
    scale = spec["layer"][2]["encoding"]["color"]["scale"]
    assert (scale["domainMid"], scale["type"]) == (0, "symlog")


@pytest.mark.usefixtures("calls_abroad")
def test_nonsense_of_a_link_is_told_and_ten_years_are_shown(app: Open) -> None:
    years = DAY | {"from": "2016-01-01T00:00"}
    at = app("map", **years, region="Atlantis")
    assert not at.exception
    assert any("There is no region 'Atlantis'." in warning.value for warning in at.warning)
    assert at.dataframe


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")
@pytest.mark.usefixtures("calls_abroad")
def test_the_map_is_zoomed_moved_and_clicked(fresh_engine: Engine, tmp_path: Path) -> None:
    url = fresh_engine.url.render_as_string(hide_password=False)
    with served(url, tmp_path / "var") as address, browsing() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.add_init_script(SEEN)
        watched = Watched(page, address)
        watched.open(f"/map?{'&'.join(f'{key}={value}' for key, value in DAY.items())}")
        spain = page.locator(".st-key-worldmap svg path[aria-label*='Spain']")
        expect(spain).to_be_visible(timeout=30_000)
        before = width(page)
        x, y = middle(page)
        page.mouse.move(x, y)
        page.mouse.wheel(0, -300)  # moves the page, not the map
        page.wait_for_timeout(300)
        assert width(page) == pytest.approx(before)
        page.mouse.move(*middle(page))
        page.keyboard.down("Control")
        page.mouse.wheel(0, -300)
        page.keyboard.up("Control")
        page.wait_for_timeout(300)
        assert width(page) > 1.2 * before
        x, y = middle(page)
        page.mouse.move(x + 150, y)
        page.mouse.down()
        page.mouse.move(x + 110, y + 20, steps=5)
        page.mouse.up()
        page.wait_for_timeout(300)
        moved_x, moved_y = middle(page)
        assert (moved_x - x, moved_y - y) == pytest.approx((-40, 20), abs=2)
        page.mouse.click(moved_x, moved_y)
        settle(page)
        expect(page.locator(".st-key-map_picked")).to_contain_text("Spain · 3 calls")
        page.get_by_role("button", name="Open the calls").click()
        page.wait_for_function("location.pathname === '/calls'")
        assert "country=Spain" in page.evaluate("location.href")
        assert (watched.errors, watched.elsewhere) == ([], [])


def width(page: Page) -> float:
    found = page.locator(".st-key-worldmap svg path[aria-label*='Spain']").bounding_box()
    assert found is not None
    return found["width"]


def middle(page: Page) -> tuple[float, float]:
    found = page.locator(".st-key-worldmap svg path[aria-label*='Spain']").bounding_box()
    assert found is not None
    return found["x"] + found["width"] / 2, found["y"] + found["height"] / 2
