"""Fraud: how well it is told from ordinary calls, and how fast."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text

from bench import fill, fraud_set
from bench.results import Line, median_ms
from cdrstats import fraud
from cdrstats.clock import Window
from cdrstats.db.engine import make_engine
from cdrstats.db.migrate import upgrade
from cdrstats.fraud.looking import Arrived, Asked, look
from cdrstats.fraud.measure import Measure

ORDINARY = 1_000_000
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SEED = 2026
NEW = 10_000
MOST_MS = 1000
LEAST_RECALL, LEAST_PRECISION = 0.95, 0.9

Say = Callable[[str], None]


def measure_set(url: str, say: Say) -> list[Line]:
    """Precision and recall over the labelled set, in a database of its own."""
    upgrade(url)
    engine = make_engine(url, "cdrstats-bench")
    attacks = fraud_set.hide(engine, ORDINARY, MONDAY, SEED)
    window = Window(MONDAY, MONDAY + timedelta(days=15))
    with engine.connect() as conn, conn.begin() as outer:
        tested = fraud.backtest(conn, _all_rules(), window, "UTC")
        hits = conn.execute(text("SELECT rule, user_id, key, dedup_key FROM fraud_hit")).all()
        outer.rollback()
    engine.dispose()
    assert not tested.troubles, tested.troubles
    missed, true, false = judged(attacks, hits)
    say(f"  missed {dict(missed)}, found {dict(true)}, false {dict(false)}")
    recall = Measure(len(attacks) - missed.total(), missed.total(), 0).recall or 0
    precision = Measure(true.total(), 0, false.total()).precision or 0
    what = f"{len(attacks)} attacks of {len(fraud_set.KINDS)} kinds: "
    return [
        _line(what + "recall", ORDINARY, recall, "", LEAST_RECALL, recall >= LEAST_RECALL),
        _line(
            what + "precision",
            ORDINARY,
            precision,
            "",
            LEAST_PRECISION,
            precision >= LEAST_PRECISION,
        ),
    ]


def judged(
    attacks: list[fraud_set.Attack], hits: Iterable[Any]
) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """The attacks that were missed, cases of attacks, and cases of none, by their rule.

    A case is of attacks if at least half of its calls are; these attacks are found.
    """
    of_call: dict[UUID, int] = {
        call: place for place, attack in enumerate(attacks) for call in attack.calls
    }
    cases: dict[tuple[Any, ...], Counter[int]] = defaultdict(Counter)
    for rule, user_id, key, call in hits:
        cases[rule, user_id, key][of_call.get(call, -1)] += 1
    found: set[int] = set()
    true, false = Counter[str](), Counter[str]()
    for (rule, _, _), whose in cases.items():
        if whose[-1] * 2 > whose.total():
            false[rule] += 1
        else:
            true[rule] += 1
            found |= {place for place in whose if place >= 0}
    missed = Counter(attack.rule for n, attack in enumerate(attacks) if n not in found)
    return missed, true, false


def measure_minute(engine: Engine, stored: int, now: datetime, say: Say) -> list[Line]:
    """All rules over a minute of new calls."""
    asked = _all_rules()
    minute = Window(now - timedelta(minutes=1), now)
    with engine.connect() as conn, conn.begin() as outer:
        last = conn.execute(text("SELECT last_value FROM voip_cdr_id_seq")).scalar_one()
        fill.add_calls(conn, NEW, minute, 0.5)
        until = conn.execute(text("SELECT last_value FROM voip_cdr_id_seq")).scalar_one()
        arrived = Arrived(last, until, Window(now - timedelta(days=7), now + timedelta(days=1)))
        told: list[int] = []

        def work() -> None:
            found, troubles = look(conn, asked, arrived, "UTC")
            assert not troubles, troubles
            told.append(len(found))

        ours = median_ms(work)
        outer.rollback()
    say(f"  {ours:,.0f} ms, {told[-1]:,} cases")
    what = f"all rules over a minute of {NEW:,} new calls"
    return [_line(what, stored, ours, "ms", MOST_MS, ours <= MOST_MS)]


def _all_rules() -> list[Asked]:
    rules = [rule for rule in fraud.RULES.values() if not rule.not_judged]
    return [Asked(rule, rule.thresholds({})) for rule in rules]


def _line(what: str, stored: int, ours: float, unit: str, bound: float, met: bool) -> Line:
    sign = "at most" if unit else "at least"
    return Line("fraud", what, stored, ours, unit, must=f"{sign} {bound:g}", met=met)
