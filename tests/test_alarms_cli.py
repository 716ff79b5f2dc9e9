"""`alarm`: what an operator adds, sees, mutes, tries and removes."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert, select, update

from cdrstats.accounts import audit
from cdrstats.clock import month_of
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import alarm_rule, customer, switch

from .alarms import add_calls
from .commands import rows, run
from .people import add_person

pytestmark = pytest.mark.usefixtures("named_database")

NOW = datetime.now(UTC)
HOUR_AGO = NOW.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)


TO = ("--mail-to", "noc@example.com")
OTHERS = ("--escalate", "60", "--escalate-to", "boss@example.com")


def added(*more: str, name: str = "ASR") -> int:
    given = ("alarm", "add", name, "--metric", "asr", "--when", "less", "40")
    (row,) = rows(*given, *more)
    return int(row["id"])


def test_what_is_added_is_listed_with_what_follows_from_it(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        conn.execute(insert(switch).values(name="pbx1"))
    added("--filters", "switch=pbx1&period=24h", "--zone", "Europe/Madrid", *TO, *OTHERS)
    (row,) = rows("alarm", "list")
    assert row == {
        "id": row["id"],
        "name": "ASR",
        "owner": "",
        "state": "no window yet",
        "metric": "asr",
        "condition": "less",
        "threshold": 40.0,
        "figure": "asr less 40",
        "window": "hour",
        "zone": "Europe/Madrid",
        "filters": "switch=pbx1",
        "severity": "warning",
        "shared": False,
        "mail_to": ["noc@example.com"],
        "escalate_to": ["boss@example.com"],
        "value": None,
        "calls": None,
        "decided_until": None,
        "muted_until": None,
        "trouble": None,
    }
    assert "asr less 40" in run("alarm", "list").stdout
    with fresh_engine.connect() as conn:
        assert conn.execute(select(alarm_rule.c.min_calls)).scalar_one() == 50


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--zone", "Mars/Olympus"), "no time zone"),
        (("--filters", "switch=nowhere"), "no switch called 'nowhere'"),
        (("--filters", "contry=Spain"), "cannot filter by 'contry'"),
        (("--compare", "week"), "compares with no other window"),
        (("--clear-at", "30"), "both at once"),
        (("--quiet", "22", "25:00"), "not a time of day"),
        (("--owner", "nobody"), "no person"),
    ],
)
def test_what_makes_no_sense_is_said_and_not_kept(more: tuple[str, ...], said: str) -> None:
    done = run("alarm", "add", "ASR", "--metric", "asr", "--when", "less", "40", *more)
    assert done.exit_code == 2
    assert said in done.stderr
    assert rows("alarm", "list") == []


def test_wrong_metrics_conditions_and_numbers_are_said() -> None:
    for metric, when, value, said in (
        ("aloc", "less", "1", "no metric"),
        ("asr", "under", "1", "no condition"),
        ("asr", "less", "few", "not a number"),
        ("asr", "less", "nan", "not a number"),
    ):
        done = run("alarm", "add", "x", "--metric", metric, "--when", when, value)
        assert (done.exit_code, said in done.stderr) == (2, True), done.stderr


def test_a_name_is_taken_once_an_owner(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "sam")
    added()
    added("--owner", "Sam")
    done = run("alarm", "add", "ASR", "--metric", "asr", "--when", "less", "40")
    assert "already" in done.stderr
    assert [row["owner"] for row in rows("alarm", "list")] == ["", "sam"]


def test_the_rule_of_a_customer_knows_no_other_customer(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer), [{"name": "Acme"}, {"name": "Bronco"}])
        add_person(conn, "anna", "customer", ("Acme",))
    given = ("alarm", "add", "x", "--metric", "asr", "--when", "less", "40", "--owner", "anna")
    done = run(*given, "--filters", "customer=Bronco")
    assert "There is no customer called 'Bronco'." in done.stderr
    assert rows(*given, "--filters", "customer=Acme")[0]["owner"] == "anna"


def fill(engine: Engine) -> None:
    make_months(engine, [month_of(HOUR_AGO - timedelta(days=2)), month_of(HOUR_AGO)])
    add_calls(engine, HOUR_AGO - timedelta(hours=3), 100, 10)
    add_calls(engine, HOUR_AGO - timedelta(hours=2), 100, 90)


def test_what_is_due_is_evaluated_and_told(fresh_engine: Engine) -> None:
    fill(fresh_engine)
    rule_id = added("--renotify", "60")
    since = HOUR_AGO - timedelta(hours=3)
    with fresh_engine.begin() as conn:
        conn.execute(update(alarm_rule).values(watched_since=since))
    fired, cleared = rows("alarm", "evaluate")
    assert (fired["told"], fired["rule"], fired["value"], fired["threshold"]) == (
        *("fired", "ASR", 10.0, 40.0),
    )
    assert datetime.fromisoformat(fired["from"]) == since
    assert fired["contributors"] == [{"name": "Unknown", "calls": 100, "value": 10.0}]
    assert fired["link"].startswith("http://127.0.0.1:8501/calls?zone=UTC&period=Custom&from=")
    assert cleared["told"] == "cleared"
    assert rows("alarm", "evaluate") == []
    (row,) = rows("alarm", "list")
    assert (row["id"], row["state"]) == (rule_id, "insufficient data")


def test_a_rule_in_trouble_is_named(fresh_engine: Engine) -> None:
    added()
    with fresh_engine.begin() as conn:
        conn.execute(update(alarm_rule).values(metric="gone"))
    done = run("alarm", "evaluate")
    assert "cannot be judged: There is no metric 'gone'" in done.stderr
    (row,) = rows("alarm", "list")
    assert row["state"] == "in trouble"


def test_a_back_test_tells_when_it_would_have_fired(fresh_engine: Engine) -> None:
    fill(fresh_engine)
    rule_id = str(added())
    rows("alarm", "evaluate")  # counts the calls
    found = rows("alarm", "backtest", rule_id, "--days", "1")
    assert [(row["event"], row["value"]) for row in found] == [("fired", 10), ("cleared", 90)]
    every = run("alarm", "backtest", rule_id, "--days", "1", "--all")
    assert "would have fired 1 x" in every.stderr
    assert len(every.stdout.splitlines()) >= 23


def test_concurrent_calls_can_be_watched(fresh_engine: Engine) -> None:
    fill(fresh_engine)
    given = ("alarm", "add", "Full", "--metric", "concurrency", "--when", "greater", "9")
    (row,) = rows(*given)
    assert row["figure"] == "concurrency greater 9"
    rows("alarm", "evaluate")  # counts the calls
    found = rows("alarm", "backtest", str(row["id"]), "--days", "1")
    assert [each["event"] for each in found] == ["fired", "cleared"]
    assert found[0]["calls"] == 100


def test_muted_paused_resumed_and_removed(fresh_engine: Engine) -> None:
    rule_id = str(added("--zone", "Europe/Madrid"))
    (row,) = rows("alarm", "mute", rule_id, "--until", "2026-07-01")
    assert datetime.fromisoformat(row["muted_until"]) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert rows("alarm", "mute", rule_id, "--off")[0]["muted_until"] is None
    assert rows("alarm", "mute", rule_id, "--minutes", "5")[0]["muted_until"] is not None
    assert run("alarm", "mute", rule_id).exit_code == 2
    assert rows("alarm", "pause", rule_id)[0]["active"] is False
    assert rows("alarm", "list")[0]["state"] == "paused"
    assert rows("alarm", "resume", rule_id)[0]["active"] is True
    assert rows("alarm", "remove", rule_id)[0]["name"] == "ASR"
    for verb in ("remove", "pause", "resume", "backtest"):
        done = run("alarm", verb, rule_id)
        assert (done.exit_code, f"no rule {rule_id}" in done.stderr) == (2, True)
    with fresh_engine.connect() as conn:
        actions = [line.action for line in audit.search(conn)]
    assert actions == [
        *("remove alarm rule", "resume alarm rule", "pause alarm rule"),
        *("mute alarm rule", "unmute alarm rule", "mute alarm rule", "add alarm rule"),
    ]


def test_maintenance_and_holidays_are_kept() -> None:
    rule_id = str(added())
    span = ("--add", "2026-03-10T22:00", "2026-03-11", "--zone", "Europe/Madrid")
    rows("alarm", "maintenance", *span, "--reason", "new trunk", "--rule", rule_id)
    (row,) = rows("alarm", "maintenance", "--zone", "Europe/Madrid")
    assert row["from"] == "2026-03-10T22:00:00+01:00"
    assert (row["rule"], row["reason"]) == (int(rule_id), "new trunk")
    assert rows("alarm", "maintenance", "--remove", str(row["id"])) == []
    assert run("alarm", "maintenance", "--remove", "99").exit_code == 2
    assert run("alarm", "maintenance", "--add", "2026-03-11", "2026-03-10").exit_code == 2
    assert "no rule 77" in run("alarm", "maintenance", *span, "--rule", "77").stderr
    days = ("--add", "2026-12-25", "--add", "2026-12-26", "--name", "Christmas")
    found = rows("alarm", "holidays", *days)
    assert found == [{"day": f"2026-12-{n}", "name": "Christmas"} for n in (25, 26)]
    assert rows("alarm", "holidays", "--remove", "2026-12-26") == found[:1]
    assert "is not a day" in run("alarm", "holidays", "--add", "yesterday").stderr
