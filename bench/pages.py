"""How long each page takes on the server, from a changed filter to its last figure.

Over a year of calls. Each page is run as Streamlit runs it, in this process; after a first run
that warms it up, a filter is set to another country or switch each time, and all that was read
before is forgotten. The page's own periods are asked for in turn.
"""

import logging
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from bench import signed_in
from bench.results import Line, p95
from cdrstats.accounts.gate import vouched
from cdrstats.accounts.tokens import id_of

ROOT = Path(__file__).parents[1]
ROLLED_MS, READ_MS = 300, 1000
PERIODS = ("24h", "7d", "30d", "90d", "12m")
TIMES = 6

# Figures of these pages come from roll-ups when filtered by switch, and are promised so.
ROLLED = ("dashboard", "overview", "compare", "countries", "map", "quality")
READ = ("calls", "routes", "concurrent", "callers")

STATES = {
    "overview, by carrier": ("overview", {"split": "Carrier"}),
    "overview, by account code": ("overview", {"split": "Account code"}),
    "destinations, by dial code": ("countries", {"level": "Dial code"}),
    "callers, calls that stand out": ("callers", {"show": "Calls that stand out"}),
    "callers, first seen": ("callers", {"show": "First seen"}),
}
"""Other states of pages than the first, of which some calls must be read."""


def measure(
    engine: Engine, url: str, stored: int, folder: Path, say: Callable[[str], None]
) -> list[Line]:
    """A line a page and filter: the 95th percentile over its periods."""
    with engine.connect() as conn:
        countries = conn.execute(
            text(
                "SELECT country.name FROM country JOIN (SELECT country_id, sum(calls) AS calls"
                " FROM rollup_country_day GROUP BY 1) AS top ON top.country_id = country.id"
                " ORDER BY calls DESC LIMIT 40"
            )
        ).scalars()
        by_country = list(countries)
        by_switch = [f"switch-{number}" for number in range(1, 5)]
    # Streamlit warns whenever it is run without its server.
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").disabled = True
    lines = []
    word = vouched(id_of(signed_in.token(engine, "pages")))
    with _application(url, folder):
        for name in (*ROLLED, *READ):
            for field, values in (("switch", by_switch), ("country", by_country)):
                promised = ROLLED_MS if name in ROLLED and field == "switch" else READ_MS
                lines.append(_line(name, name, {}, field, values, stored, promised, word))
                say(f"  {lines[-1].what}: {lines[-1].ours:.0f} ms")
        for what, (name, state) in STATES.items():
            lines.append(_line(what, name, state, "switch", by_switch, stored, READ_MS, word))
            say(f"  {lines[-1].what}: {lines[-1].ours:.0f} ms")
    return lines


@contextmanager
def _application(url: str, folder: Path) -> Iterator[None]:
    """The settings of the application, for this process."""
    given = {"CDRSTATS_DATABASE_URL": url, "CDRSTATS_VAR_DIR": str(folder / "pages")}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    from cdrstats.ui import process

    process.warm()
    try:
        yield
    finally:
        process.close()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _line(
    what: str,
    page: str,
    state: dict[str, str],
    field: str,
    values: list[str],
    stored: int,
    promised_ms: int,
    word: str,
) -> Line:
    taken = [
        ms for period in PERIODS for ms in _times(page, state, period, field, values, word)
    ]
    ours = p95(taken)
    return Line(
        "pages",
        f"{what}, another {field}, p95 (median {statistics.median(taken):.0f} ms)",
        stored,
        ours,
        "ms",
        must=f"<= {promised_ms} ms",
        met=ours <= promised_ms,
    )


def _times(
    page: str,
    state: dict[str, str],
    period: str,
    field: str,
    values: list[str],
    word: str,
) -> list[float]:
    from cdrstats.ui import frame

    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    at.user = {"session": word}
    at.context = {"timezone": "Europe/Madrid"}
    for key, value in {"period": period, **state}.items():
        at.query_params[key] = value
    if page != "dashboard":
        at.switch_page(f"pages/{page}.py")
    at.run()
    taken = []
    for value in values[:TIMES]:
        frame.forget()
        box: Any = at.multiselect(key=field)
        box.set_value([value])
        began = time.perf_counter()
        at.run()
        taken.append((time.perf_counter() - began) * 1000)
        if at.exception:
            raise RuntimeError(f"{page} failed: {at.exception[0].message}")
    return taken
