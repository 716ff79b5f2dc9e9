"""The Alarms page: rules are added with a preview, changed, muted, acknowledged, removed."""

from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, insert, update
from streamlit.testing.v1 import AppTest

from cdrstats import alarms, clock, format
from cdrstats.accounts import audit
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.accounts.people import find
from cdrstats.alarms import Stored
from cdrstats.alarms.store import OPERATOR
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import alarm_rule, switch
from cdrstats.settings import read_settings
from cdrstats.ui import frame

from .alarms import HOUR, a_rule, add_calls
from .pages import Open, signed_in, words

NOW = frame.now().replace(minute=30, second=0, microsecond=0)
SETTINGS = read_settings({})


@pytest.fixture
def hours(fresh_engine: Engine) -> Engine:
    """A day whose hours have an ASR of 60 %, but for two of 20 %."""
    first = NOW - timedelta(days=1, minutes=30)
    make_months(fresh_engine, [clock.month_of(first), clock.month_of(NOW)])
    with fresh_engine.begin() as conn:
        conn.execute(insert(switch).values(id=5, name="pbx1"))
    for n in range(24):
        answered = 20 if n in (5, 6) else 60
        add_calls(fresh_engine, first + HOUR * n, 100, answered, switch_id=5, country_id=724)
    alarms.evaluate(fresh_engine, SETTINGS, NOW)  # counts them
    return fresh_engine


def kept(engine: Engine, **given: Any) -> Stored:
    """A rule of a person that has watched since the first hour, and has decided all."""
    with engine.begin() as conn:
        viewer = viewer_of_person(conn, find(conn, "local").id)
        given = {"name": "ASR of pbx1", "query": "switch=pbx1"} | given
        shared = given.pop("shared", False)
        since = NOW - timedelta(days=1, minutes=30)
        rule = alarms.add(conn, viewer, a_rule(**given), since, shared)
    alarms.evaluate(engine, SETTINGS, NOW)
    return rule


def titles(at: AppTest) -> list[str]:
    return [one.value for one in at.subheader]


def stored(engine: Engine) -> list[Stored]:
    with engine.connect() as conn:
        return alarms.list_rules(conn)


def test_without_rules_the_page_says_what_one_is_for(app: Open) -> None:
    at = app("alarms")
    assert "No rule of yours watches anything yet." in words(at)
    at.button[0].click().run()
    assert "A new rule" in titles(at)


def test_a_rule_is_added_once_it_is_seen_when_it_would_have_fired(
    app: Open, hours: Engine
) -> None:
    at = app("alarms", rule="new", zone="UTC")
    assert "Give it a name" in words(at)
    at.text_input(key="alarm_new_name").set_value("Low ASR").run()
    assert "The last 30 days: it would have fired once" in titles(at)
    assert "ASR is below 40.0 % in an hour. 2" in words(at)
    at.number_input(key="alarm_new_threshold_asr_less").set_value(10.0).run()
    assert "The last 30 days: it would have fired not at all" in titles(at)
    at.number_input(key="alarm_new_threshold_asr_less").set_value(30.0).run()
    at.multiselect(key="alarm_new_of_switch").set_value(["pbx1"]).run()
    at.text_input(key="alarm_new_mail").set_value("noc@example.com; ana@example.com").run()
    at.number_input(key="alarm_new_escalate").set_value(60).run()
    at.text_input(key="alarm_new_escalate_to").set_value("boss@example.com").run()
    at.button(key="alarm_new_save").click().run()
    assert not at.exception
    [rule] = stored(hours)
    assert rule.escalate_to == ["boss@example.com"]
    assert "After 60 minutes of firing also" in at.table[0].value.to_string()
    assert (rule.name, rule.metric, rule.threshold, rule.min_calls) == (
        "Low ASR",
        "asr",
        30,
        50,
    )
    assert rule.query == "switch=pbx1"
    assert rule.mail_to == ["noc@example.com", "ana@example.com"]
    assert "Low ASR" in titles(at)
    with hours.connect() as conn:
        assert audit.search(conn)[0].action == "add alarm rule"


def test_concurrent_calls_are_seen_before_they_are_watched(app: Open, hours: Engine) -> None:
    at = app("alarms", rule="new", zone="UTC")
    at.text_input(key="alarm_new_name").set_value("Full").run()
    at.selectbox(key="alarm_new_metric").set_value("concurrency").run()
    at.selectbox(key="alarm_new_when").set_value("greater").run()
    assert "The last 30 days: it would have fired once" in titles(at)
    assert "Concurrent calls is above 10 in an hour." in words(at)
    at.number_input(key="alarm_new_threshold_concurrency_greater").set_value(100.0).run()
    assert "The last 30 days: it would have fired not at all" in titles(at)
    at.button(key="alarm_new_save").click().run()
    [rule] = stored(hours)
    assert (rule.metric, rule.min_calls) == ("concurrency", 0)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("alarm_new_mail", "noc", "'noc' is no mail address"),
        ("alarm_new_of_rest", "nonsense=1", "A rule cannot filter by 'nonsense'"),
    ],
)
def test_what_makes_no_sense_is_told_and_not_kept(
    app: Open, hours: Engine, field: str, value: str, said: str
) -> None:
    at = app("alarms", rule="new", zone="UTC")
    at.text_input(key="alarm_new_name").set_value("x").run()
    at.text_input(key=field).set_value(value).run()
    if said not in words(at):
        at.button(key="alarm_new_save").click().run()
    assert said in words(at)
    assert stored(hours) == []


def test_a_rule_is_shown_with_what_it_found(app: Open, hours: Engine) -> None:
    rule = kept(hours)
    at = app("alarms", rule=str(rule.id))
    table = at.dataframe[0].value
    assert list(table["name"]) == ["ASR of pbx1"]
    assert table["state"][0] == ["OK"]
    assert table["when"][0] == "ASR is below 40.0 % in an hour"
    assert table["value"][0] == "60.0 %"
    found = at.dataframe[1].value
    assert list(found["value"]) == ["60.0 %", "20.0 %"]
    assert [state for [state] in found["state"]] == ["Over", "Fired"]
    assert "Spain (100)" in found["who"][1]
    assert at.get("vega_lite_chart")


def test_a_firing_is_acknowledged_and_muted(app: Open, hours: Engine) -> None:
    rule = kept(hours, threshold=70)
    at = app("alarms", rule=str(rule.id), zone="Europe/Madrid")
    facts = at.table[0].value.to_string()
    assert "UTC" in facts  # its windows, below, are of its own clocks
    since = stored(hours)[0].since
    assert format.literal(format.moment(since, ZoneInfo("UTC"))) in facts
    at.text_input(key=f"alarm_{rule.id}_why").set_value("The carrier knows").run()
    at.button(key=f"alarm_{rule.id}_ack_yes").click().run()
    assert at.dataframe[0].value["state"][0] == ["Acknowledged"]
    at.button(key=f"alarm_{rule.id}_mute_8").click().run()
    [held] = stored(hours)
    assert held.acknowledged
    assert held.muted_until is not None
    assert timedelta(hours=7) < held.muted_until - frame.now() < timedelta(hours=9)
    assert "local: The carrier knows" in str(at.dataframe[1].value["acknowledged"])
    at.button(key=f"alarm_{rule.id}_unmute").click().run()
    assert stored(hours)[0].muted_until is None
    with hours.connect() as conn:
        lines = [line.action for line in audit.search(conn, limit=3)]
    assert lines == ["unmute alarm rule", "mute alarm rule", "acknowledge alarm"]


def test_a_rule_is_changed_paused_and_removed(app: Open, hours: Engine) -> None:
    rule = kept(hours, renotify=HOUR, clear_at=45.0)
    at = app("alarms", rule=str(rule.id))
    at.button(key=f"alarm_{rule.id}_edit").click().run()
    assert at.number_input(key=f"alarm_{rule.id}_renotify").value == 60
    assert at.number_input(key=f"alarm_{rule.id}_asr_less_clear").value == 45
    at.text_input(key=f"alarm_{rule.id}_name").set_value("Renamed").run()
    at.button(key=f"alarm_{rule.id}_save").click().run()
    [held] = stored(hours)
    assert (held.name, held.renotify_minutes, held.clear_at) == ("Renamed", 60, 45)
    at.button(key=f"alarm_{rule.id}_pause").click().run()
    assert at.dataframe[0].value["state"][0] == ["Paused"]
    at.button(key=f"alarm_{rule.id}_delete").click().run()
    at.button(key=f"alarm_{rule.id}_delete_yes").click().run()
    assert stored(hours) == []


def test_quiet_hours_are_set_and_taken_off(app: Open, hours: Engine) -> None:
    rule = kept(hours)
    form = f"alarm_{rule.id}"
    at = app("alarms", rule=str(rule.id))
    for quiet, night in ((True, (time(22), time(7))), (False, (None, None))):
        at.button(key=f"{form}_edit").click().run()
        at.checkbox(key=f"{form}_quiet").set_value(quiet).run()
        at.button(key=f"{form}_save").click().run()
        [held] = stored(hours)
        assert (held.quiet_from, held.quiet_until) == night


def test_administrators_have_the_operators_rules(app: Open, hours: Engine) -> None:
    with hours.begin() as conn:
        rule = alarms.add(conn, OPERATOR, a_rule(name="Of all"), NOW - timedelta(days=1))
    alarms.evaluate(hours, SETTINGS, NOW)
    at = app("alarms", signed_in(hours, "ana", "analyst"), rule=str(rule.id))
    assert "There is no rule" in words(at)
    at = app("alarms", rule=str(rule.id))
    assert list(at.dataframe[0].value["owner"]) == ["command line"]
    at.button(key=f"alarm_{rule.id}_mute_8").click().run()
    at.button(key=f"alarm_{rule.id}_edit").click().run()
    at.text_input(key=f"alarm_{rule.id}_name").set_value("Renamed").run()
    at.button(key=f"alarm_{rule.id}_save").click().run()
    [held] = stored(hours)
    assert (held.name, held.person_id) == ("Renamed", None)
    assert held.muted_until is not None


def test_colleagues_see_what_is_shared_and_change_none_of_it(app: Open, hours: Engine) -> None:
    kept(hours, shared=True)
    mine = kept(hours, name="Not shared")
    ana = signed_in(hours, "ana", "analyst")
    at = app("alarms", ana)
    assert list(at.dataframe[0].value["name"]) == ["ASR of pbx1"]
    assert list(at.dataframe[0].value["owner"]) == ["local"]
    [shared] = [rule for rule in stored(hours) if rule.shared]
    at = app("alarms", ana, rule=str(shared.id))
    assert not [one for one in at.button if one.label in ("Change", "Pause", "Delete")]
    at = app("alarms", ana, rule=str(mine.id))
    assert "There is no rule" in words(at)


def test_a_rule_that_makes_no_sense_any_more_says_why(app: Open, hours: Engine) -> None:
    rule = kept(hours)
    with hours.begin() as conn:
        conn.execute(update(alarm_rule).values(metric="gone", trouble="There is no gone"))
    at = app("alarms", rule=str(rule.id))
    assert not at.exception
    assert at.dataframe[0].value["state"][0] == ["In trouble"]
    assert "There is no metric 'gone'" in words(at)
