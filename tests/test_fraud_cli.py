"""`fraud ...`, as an operator types it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from cdrstats.accounts import audit
from cdrstats.db.partitions import coming_months, make_months

from .commands import rows, run
from .fraud import a_call, add

pytestmark = pytest.mark.usefixtures("named_database")


@pytest.fixture
def burst(fresh_engine: Engine) -> datetime:
    """Twelve calls within a minute, a while ago."""
    now = datetime.now(UTC)
    make_months(fresh_engine, coming_months(now - timedelta(days=31)))
    at = now - timedelta(minutes=30)
    with fresh_engine.begin() as conn:
        add(conn, [a_call(at + timedelta(seconds=n), sell_cost=1) for n in range(12)])
    return at


def test_from_what_comes_in_to_a_label(fresh_engine: Engine, burst: datetime) -> None:
    opened = rows("fraud", "evaluate")
    (case,) = [each for each in opened if each["rule"] == "F4"]
    assert rows("fraud", "evaluate") == []
    (listed,) = rows("fraud", "list", "--rule", "f4", "--days", "1")
    assert listed == case
    (shown,) = rows("fraud", "show", str(case["id"]))
    assert (len(shown["evidence"]), shown["evidence"][0]["cost"]) == (12, "1")
    assert sum(each["calls"] for each in shown["timeline"]) == 12
    said = run("fraud", "show", str(case["id"])).stdout
    assert "910500001" in said
    assert "per_minute 12" in said
    id = str(case["id"])
    (labelled,) = rows("fraud", "label", id, "confirmed", "--why", "hacked")
    assert (labelled["label"], labelled["label_reason"]) == ("confirmed", "hacked")
    assert rows("fraud", "list", "--label", "open", "--rule", "F4") == []
    tested = run("fraud", "backtest", "--rule", "F4", "--json")
    assert "Over labelled cases: precision 1.00, recall 1.00." in tested.stderr
    tested = run("fraud", "backtest", "--rule", "F4", "--set", "per_minute=13")
    assert "0 cases. Over labelled cases: recall 0.00." in tested.stderr
    (rule,) = rows("fraud", "rules", "F4")
    assert (rule["cases"], rule["precision"]) == (1, 1.0)
    with fresh_engine.connect() as conn:
        (line,) = audit.search(conn, action="label fraud case")
    assert (line.object, line.detail) == (id, {"label": "confirmed", "reason": "hacked"})


def test_rules_are_shown_and_changed(fresh_engine: Engine) -> None:
    shown = rows("fraud", "rules")
    assert [rule["id"] for rule in shown] == [f"F{n}" for n in range(1, 21)]
    assert {rule["id"] for rule in shown if rule["state"] == "not judged"} == {"F13", "F17"}
    (rule,) = rows("fraud", "rules", "f4", "--set", "calls=40", "--mail-to", "noc@example.com")
    assert (rule["thresholds"]["calls"], rule["mail_to"]) == (40, ["noc@example.com"])
    (rule,) = rows("fraud", "rules", "F4", "--off")
    assert (rule["state"], rule["thresholds"]["calls"]) == ("off", 40)
    (rule,) = rows("fraud", "rules", "F4", "--set", "calls=", "--on", "--mail-nobody")
    assert (rule["state"], rule["thresholds"]["calls"], rule["mail_to"]) == ("on", 30, [])
    told = rows("fraud", "rules", "--mail-to", "noc@example.com")
    assert all(rule["mail_to"] for rule in told)
    assert "velocity" in run("fraud", "rules").stdout.lower()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("rules", "F99"), "no fraud rule"),
        (("rules", "F4", "--set", "calls"), "NAME=VALUE"),
        (("rules", "F4", "--set", "calls=-1"), "0 or more"),
        (("rules", "F4", "--set", "speed=1"), "no threshold"),
        (("rules", "--set", "calls=1"), "of which rule"),
        (("rules", "F4", "--mail-to", "nobody"), "address"),
        (("rules", "F4", "--mail-to", "a@b.example", "--mail-nobody"), "not both"),
        (("show", "1"), "no case 1"),
        (("label", "1", "confirmed"), "no case 1"),
        (("label", "1", "ignored"), "until"),
        (("backtest", "--set", "calls=1"), "say which"),
        (("backtest", "--rule", "F13"), "not judged"),
        (("backtest", "--from", "2026-03-02", "--to", "2026-03-01"), "before it ends"),
        (("backtest", "--from", "2026-01-01", "--to", "2026-03-01"), "31 days"),
    ],
)
def test_what_cannot_be_is_told_where_it_is_entered(
    arguments: tuple[str, ...], said: str
) -> None:
    done = run("fraud", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
