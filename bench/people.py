"""What it costs that people sign in, and that PostgreSQL holds each to what they may see."""

import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select

from bench.dashboard import PERIODS, ZONE, questions
from bench.results import Line, p95
from cdrstats import traffic
from cdrstats.accounts import EVERYONE, Scope, links, people
from cdrstats.accounts.isolation import confine
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.accounts.signing_in import SignedIn, sign_in
from cdrstats.clock import Window, slot_of
from cdrstats.db.engine import snapshot
from cdrstats.db.schema import voip_cdr
from cdrstats.readers import Readers
from cdrstats.ui import figures
from cdrstats.ui.dashboard import PARTS

ROUNDS = 15
SIGN_INS = 20
WARMING = 5
"""Rounds before those that count: each reader connects, and plans, several times."""
MOST_SIGN_IN_MS = 300
MOST_SHARE = 1.10
MOST_CUSTOMER_MS = 50
PASSWORD = "correct horse battery"

Asked = list[traffic.Question]


def measure(
    engine: Engine, stored: int, now: datetime, folder: Path, say: Callable[[str], None]
) -> list[Line]:
    """Signing in; the dashboard's questions with and without the roles; a customer's own."""
    lines = [_signing_in(engine, stored, folder)]
    end = slot_of(now)
    windows = {
        period: Window(end - timedelta(days=days), end) for period, days in PERIODS.items()
    }
    middle = Scope(frozenset({_middle_customer(engine)}))
    for who, scope in (("staff", EVERYONE), ("a customer", middle)):
        asked = [one for window in windows.values() for one in questions(window).values()]
        lines.append(_held(engine, stored, who, scope, asked))
        say(f"  {who}: {lines[-1].ratio:.3f} of what it takes without")
    return lines + _customers_dashboard(engine, stored, middle, windows)


def _middle_customer(engine: Engine) -> int:
    """The customer whose calls are as many as the average's, of those that have some."""
    with engine.connect() as conn:
        counted = select(voip_cdr.c.user_id, func.count().label("calls")).group_by(
            voip_cdr.c.user_id
        )
        rows = sorted(conn.execute(counted).all(), key=lambda row: row.calls)
    average = sum(row.calls for row in rows) / len(rows)
    return int(min(rows, key=lambda row: abs(row.calls - average)).user_id)


def _signing_in(engine: Engine, stored: int, folder: Path) -> Line:
    taken = []
    box = SecretBox(folder / "secret.key")
    with engine.connect() as conn, conn.begin() as all_of_it:
        now = datetime.now(UTC)
        ana = people.add(conn, "ana", "analyst")
        links.use(conn, links.make(conn, ana.id, "invite", now).token, PASSWORD, "", now)
        for _ in range(SIGN_INS):
            began = time.perf_counter()
            found = sign_in(conn, box, "ana", PASSWORD, "", "10.0.0.7", "bench", now)
            taken.append((time.perf_counter() - began) * 1000)
            assert isinstance(found, SignedIn)
        all_of_it.rollback()
    ours = p95(taken)
    must = f"<= {MOST_SIGN_IN_MS} ms"
    what = f"signing in, p95 (median {statistics.median(taken):.0f} ms)"
    return Line("people", what, stored, ours, "ms", must=must, met=ours <= MOST_SIGN_IN_MS)


def _held(engine: Engine, stored: int, who: str, scope: Scope, asked: Asked) -> Line:
    """All questions once, by turns with and without the role; the medians are compared."""
    with_role, without = [], []
    for _ in range(ROUNDS + 1):
        with_role.append(_seconds(engine, scope, asked, confine))
        without.append(_seconds(engine, scope, asked, lambda conn, scope: None))
    ours, theirs = (statistics.median(some[1:]) * 1000 for some in (with_role, without))
    return Line(
        "people",
        f"the dashboard's questions of {who}, held by PostgreSQL",
        stored,
        ours,
        "ms",
        "not held",
        theirs,
        ours / theirs,
        f"ratio <= {MOST_SHARE}",
        ours / theirs <= MOST_SHARE,
    )


def _seconds(
    engine: Engine,
    scope: Scope,
    asked: Asked,
    hold: Callable[[Connection, Scope], None],
) -> float:
    began = time.perf_counter()
    for question in asked:
        with snapshot(engine) as conn:
            hold(conn, scope)
            traffic.ask(conn, scope, question)
    return time.perf_counter() - began


def _page(window: Window) -> Asked:
    """What the page asks to draw its figures, its charts and its bars."""
    before = Window(window.start - window.length, window.start)
    step = figures.step_for(window)
    return [
        traffic.Question(before, parts=PARTS),
        traffic.Question(window, ("hangup_cause_id",), step, ZONE, parts=PARTS),
        traffic.Question(window, ("country_id",), zone=ZONE, parts=PARTS),
    ]


def _answered(readers: Readers, engine: Engine, scope: Scope, asked: Asked) -> float:
    began = time.perf_counter()
    for answer in [readers.begin(engine, scope, traffic.ask, scope, one) for one in asked]:
        answer.result()
    return time.perf_counter() - began


def _customers_dashboard(
    engine: Engine, stored: int, scope: Scope, windows: dict[str, Window]
) -> list[Line]:
    """All that the page asks for each period, as it asks: of the readers, all at once."""
    lines = []
    with closing(Readers(2)) as readers:
        for period, window in windows.items():
            page = _page(window)
            for _ in range(WARMING):
                _answered(readers, engine, scope, page)
            taken = [_answered(readers, engine, scope, page) * 1000 for _ in range(ROUNDS)]
            ours = statistics.median(taken)
            lines.append(
                Line(
                    "people",
                    f"a customer's dashboard, {period} (p95 {p95(taken):.0f} ms)",
                    stored,
                    ours,
                    "ms",
                    must=f"<= {MOST_CUSTOMER_MS} ms",
                    met=ours <= MOST_CUSTOMER_MS,
                )
            )
    return lines
