"""Pages run as Streamlit runs them, for tests: a plugin, named in pyproject.toml.

Streamlit is imported by the fixtures only: most tests do without.
"""

import json
import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pandas as pd
import pytest
from sqlalchemy import Engine, insert

from cdrstats import aggregates
from cdrstats.accounts.gate import vouched
from cdrstats.accounts.tokens import id_of
from cdrstats.clock import month_of
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import customer, note

from .factories import NOON, add_call
from .people import signed_in_as

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent
DAY = {"period": "Custom", "from": "2026-03-10T00:00", "to": "2026-03-11T00:00", "zone": "UTC"}
Open = Callable[..., "AppTest"]
PAGES = {
    "dashboard": "Dashboard",
    "overview": "Overview",
    "compare": "Compare",
    "countries": "Destinations",
    "map": "World map",
    "quality": "Quality",
    "routes": "Routes",
    "concurrent": "Concurrent calls",
    "callers": "Callers",
    "calls": "Calls",
    "downloads": "Downloads",
    "views": "Views",
    "alarms": "Alarms",
    "digests": "Digests",
    "lists": "Destination control",
    "fraud": "Fraud cases",
    "imports": "Imports",
    "switches": "Switches",
    "customers": "Customers",
    "carriers": "Carriers",
    "causes": "Hangup causes",
    "dialcodes": "Dial codes",
    "diagnostic": "Diagnostic",
    "mail": "Mail log",
    "people": "People",
    "groups": "Groups",
    "settings": "Settings",
    "audit": "Audit log",
    "notifications": "Notifications",
    "account": "Your account",
}
"""Every page and its title."""


@pytest.fixture(scope="session")
def components() -> Callable[[], Any]:
    """What Streamlit finds of components in the packages that are installed, found once.

    It looks through all of them in each run of a test, which takes as long as the page.
    """
    from streamlit.components.v2 import manifest_scanner

    return cache(manifest_scanner.scan_component_manifests)


def signed_in(engine: Engine, name: str, role: str, *customer_ids: int) -> str:
    """The word by which the gate lets somebody pass, who is new and has just signed in."""
    with engine.begin() as conn:
        return vouched(id_of(signed_in_as(conn, name, role, *customer_ids)))


@pytest.fixture
def app(
    fresh_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    components: Callable[[], Any],
) -> Iterator[Open]:
    """Opens a page of the application over a database of its own."""
    from streamlit.components.v2 import manifest_scanner
    from streamlit.testing.v1 import AppTest

    from cdrstats.ui import charts, frame, process

    from .vega_lite import hold_against_schema

    build, begin = charts.spec, process.begin

    def valid(*given: Any, **more: Any) -> Any:
        made = build(*given, **more)
        hold_against_schema(made)
        return made

    def through_a_pipe(*question: Any) -> Any:
        answered = begin(*pickle.loads(pickle.dumps(question)))
        pickle.loads(pickle.dumps(answered.exception() or answered.result()))
        return answered

    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", components)
    monkeypatch.setattr(charts, "spec", valid)
    monkeypatch.setattr(frame, "begin", through_a_pipe)  # as a reader would be asked
    url = fresh_engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CDRSTATS_DATABASE_URL", url)
    monkeypatch.setenv("CDRSTATS_VAR_DIR", str(tmp_path))
    monkeypatch.chdir(ROOT)

    local = signed_in(fresh_engine, "local", "administrator")

    def open_page(name: str, word: str | None = local, **params: Any) -> AppTest:
        at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        at.user = {} if word is None else {"session": word}
        at.context = {"timezone": "Europe/Madrid"}
        for key, value in params.items():
            at.query_params[key.rstrip("_")] = value
        if name != "dashboard":
            at.switch_page(f"pages/{name}.py")
        return at.run()

    frame.forget()
    process.settings.clear()
    process.close()
    yield open_page
    process.close()
    process.settings.clear()


@pytest.fixture
def calls(fresh_engine: Engine) -> None:
    """Three calls of a day and one of the day before, counted."""
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer).values(id=7, name="Acme"))
        add_call(conn, billsec=120, country_id=724, user_id=7, sell_cost=3, buy_cost=1)
        add_call(conn, billsec=60, country_id=724, caller_id_number="4930", callid="abc")
        add_call(conn, billsec=0, country_id=826, hangup_cause_id=17)
        add_call(conn, starting_date=NOON - timedelta(days=1), billsec=60)
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


@pytest.fixture
def weeks(fresh_engine: Engine) -> None:
    """Nine Tuesdays: 30 calls at noon but today, 10 at 13:00 but 60 today, one at 14:00."""
    hour = timedelta(hours=1)
    first = NOON - timedelta(weeks=8)
    make_months(fresh_engine, [month_of(first), month_of(first + timedelta(weeks=4))])
    with fresh_engine.begin() as conn:
        for week in range(9):
            noon = first + timedelta(weeks=week)
            today = noon == NOON
            for later, number in ((0, 0 if today else 30), (1, 60 if today else 10), (2, 1)):
                for second in range(number):
                    add_call(
                        conn, starting_date=noon + later * hour + timedelta(seconds=second)
                    )
        kinds = {"kind": "incident", "author": "alice", "text": "Trunk down"}
        conn.execute(insert(note).values(at=NOON, until=NOON + hour, **kinds))
    with fresh_engine.begin() as conn:
        aggregates.rebuild(conn)
        while aggregates.refresh(conn, 500):
            pass


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[pd.DataFrame]]:
    """The tables that the cards of a page let whoever looks save, by title; once it has run."""
    from cdrstats.ui import saving

    found: dict[str, list[pd.DataFrame]] = {}
    button = saving.button

    def noted(title: str, offered: list[saving.Offer]) -> None:
        found[title] = [one.data() for one in offered]
        button(title, offered)

    monkeypatch.setattr(saving, "button", noted)
    return found


def metrics(at: "AppTest") -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def words(at: "AppTest") -> str:
    """All that is written on the page."""
    kinds = (at.title, at.markdown, at.caption, at.error, at.warning, at.info, at.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def clicked(at: "AppTest", key: str, **mark: Any) -> "AppTest":
    """Click the mark with these fields in the chart `key`."""
    ids = [one.proto.id for one in at.get("vega_lite_chart")]  # type: ignore[attr-defined]
    [chart] = [one for one in ids if one.endswith(f"-{key}")]
    return _selected(at, chart, pick=[mark])


def chosen(at: "AppTest", table: int, row: int) -> "AppTest":
    """Choose a row of the table that is the `table`-th of the page."""
    found = at.dataframe[table].proto.id
    return _selected(at, found, rows=[row], columns=[], cells=[])


def chosen_cell(at: "AppTest", table: int, row: int, column: str) -> "AppTest":
    """Click a cell of the table that is the `table`-th of the page."""
    found = at.dataframe[table].proto.id
    return _selected(at, found, rows=[], columns=[], cells=[(row, column)])


def selected(
    at: "AppTest", table: int, rows: list[int], cells: list[tuple[int, str]]
) -> "AppTest":
    """Let rows and cells be chosen at once, as they are when both were clicked."""
    found = at.dataframe[table].proto.id
    return _selected(at, found, rows=rows, columns=[], cells=cells)


def _selected(at: "AppTest", widget: str, **selection: Any) -> "AppTest":
    from streamlit.proto.WidgetStates_pb2 import WidgetState

    states = at._tree.get_widget_states()
    states.widgets.append(
        WidgetState(id=widget, string_value=json.dumps({"selection": selection}))
    )
    return at._run(states)


def drawn_at(stamp: str) -> float:
    """Where a chart draws a local time: as if it were UTC, in milliseconds."""
    return datetime.fromisoformat(stamp).replace(tzinfo=UTC).timestamp() * 1000


def led_to(at: "AppTest") -> tuple[str, dict[str, list[str]]]:
    """The page that the browser is sent to, and its parameters."""
    [script] = [one.proto.body for one in at.get("html") if "location.assign" in one.proto.body]
    address = json.loads(script.partition("assign(")[2].partition(")</script>")[0])
    path, _, query = address.partition("?")
    return path.removeprefix("/"), parse_qs(query)
