"""The Fraud cases page: cases with their calls, labels, and the rules."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from streamlit.testing.v1 import AppTest

from cdrstats import fraud
from cdrstats.accounts import audit
from cdrstats.accounts.permissions import ROLES
from cdrstats.db.schema import (
    customer,
    fraud_case,
    fraud_evidence,
    permission_group,
    person,
    person_group,
)
from cdrstats.ui import frame

from .factories import NOON, add_call
from .pages import Open, metrics, signed_in, words

HOSTILE = "[x](http://evil.example) <b>"


@pytest.fixture
def cases(fresh_engine: Engine) -> Engine:
    """A case of forty calls in half an hour, and one that somebody has looked at."""
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer).values(id=7, name="Acme"))
        add_case(conn, 1, "F4", "910500001", calls=40, user_id=7, cost="12.5")
        add_case(conn, 2, "F6", HOSTILE, calls=1, label="confirmed", label_reason="A hack")
    return fresh_engine


def add_case(conn: Any, id: int, rule: str, key: str, calls: int, **more: Any) -> None:
    last = NOON + timedelta(seconds=45 * (calls - 1))
    facts = {"facts": {"calls": calls}, "thresholds": {"window_s": 600, "calls": 30}}
    given = {"score": 50, "reasons": ["calls"], "calls": calls, "cost_per_hour": "25"}
    case = facts | given | {"first_call": NOON, "last_call": last} | more
    conn.execute(insert(fraud_case).values(id=id, rule=rule, key=key, **case))
    for n in range(calls):
        made = add_call(
            conn, starting_date=NOON + timedelta(seconds=45 * n), caller_id_number=key[:20]
        )
        held = {"starting_date": made["starting_date"], "dedup_key": made["dedup_key"]}
        conn.execute(insert(fraud_evidence).values(case_id=id, billsec=60, cost=1, **held))


def titles(at: AppTest) -> list[str]:
    return [one.value for one in at.subheader]


def kept(engine: Engine, case_id: int) -> fraud.Case:
    with engine.connect() as conn:
        return fraud.find(conn, case_id)


def test_without_cases_the_page_says_what_would_be_one(app: Open) -> None:
    assert "No case of fraud was found yet." in words(app("fraud"))


def test_cases_are_listed_with_the_newest_first(app: Open, cases: Engine) -> None:
    table = app("fraud", zone="UTC").dataframe[0].value
    assert list(table["rule"]) == ["F4 Velocity", "F6 Long call"]
    assert list(table["key"]) == ["910500001", HOSTILE]
    assert list(table["customer"]) == ["Acme", "Unassigned"]
    assert list(table["cost"]) == ["12.50", "0.00"]
    at = app("fraud", label="Confirmed")
    assert [label for [label] in at.dataframe[0].value["label"]] == ["Confirmed"]


def test_a_case_of_all_customers_calls_is_nobodys(app: Open, cases: Engine) -> None:
    with cases.begin() as conn:
        add_case(conn, 3, "F15", "lowcost → 447", calls=1)
    table = app("fraud", zone="UTC").dataframe[0].value
    assert dict(zip(table["rule"], table["customer"], strict=True)) == {
        "F4 Velocity": "Acme",
        "F6 Long call": "Unassigned",
        "F15 False answers": "All",
    }


def test_a_case_shows_what_it_costs_and_rests_on(app: Open, cases: Engine) -> None:
    at = app("fraud", zone="UTC", case="1")
    assert titles(at) == ["F4 Velocity: 910500001"]
    assert metrics(at) == {
        "Cost so far": "12.50",
        "Cost per hour": "25.00",
        "Calls": "40",
        "Lasted": "29 min",
    }
    calls = at.dataframe[1].value
    assert len(calls) == 40
    assert set(calls["caller_id_number"]) == {"910500001"}
    assert at.get("vega_lite_chart")


def test_what_goes_on_is_told_what_it_will_cost(app: Open, cases: Engine) -> None:
    with cases.begin() as conn:
        conn.execute(fraud_case.update().values(last_call=frame.now(), label="open"))
    at = app("fraud", case="1")
    assert "another night of ten hours would cost 250.00" in words(at)
    assert "Goes on for" in metrics(at)


def test_what_a_switch_wrote_makes_no_link(app: Open, cases: Engine) -> None:
    at = app("fraud", case="2")
    assert not at.exception
    assert "[x](http" not in "".join(titles(at))


def test_a_case_is_labelled(app: Open, cases: Engine) -> None:
    at = app("fraud", case="1")
    at.selectbox(key="fraud_1_label").set_value("false positive")
    at.text_input(key="fraud_1_why").set_value("A call centre")
    submit(at)
    case = kept(cases, 1)
    assert (case.label, case.label_reason, case.labelled_by) == (
        "false positive",
        "A call centre",
        "local",
    )
    at = app("fraud", case="1")
    at.selectbox(key="fraud_1_label").set_value("ignored")
    at.selectbox(key="fraud_1_until").set_value("1 week")
    submit(at)
    until = kept(cases, 1).ignored_until
    assert until is not None
    assert timedelta(days=6) < until - frame.now() < timedelta(days=8)
    with cases.connect() as conn:
        lines = [line.action for line in audit.search(conn, limit=2)]
    assert lines == ["label fraud case"] * 2


def submit(at: AppTest) -> None:
    [button] = [one for one in at.button if one.label == "Label it"]
    button.click().run()
    assert not at.exception


@pytest.mark.parametrize("case", ["99", "x", "9" * 30])
def test_a_case_that_is_none_is_told(app: Open, cases: Engine, case: str) -> None:
    at = app("fraud", case=case)
    assert not at.exception
    assert "There is no case" in words(at)


def test_a_rule_is_changed(app: Open, cases: Engine) -> None:
    at = app("fraud", part="Rules", fraud_rule="F4")
    assert at.dataframe[0].value["precision"][5] == "100.0 %"  # F6: one, and it is confirmed
    fields = {one.label: one for one in at.text_input}
    fields["Calls"].set_value("40")
    fields["Mail to"].set_value("noc@example.com, ana@example.com")
    at.button[0].click().run()
    assert not at.exception
    with cases.connect() as conn:
        known = next(each for each in fraud.list_rules(conn) if each.rule.id == "F4")
        assert known.thresholds["calls"] == 40
        assert known.mail_to == ("noc@example.com", "ana@example.com")
        assert audit.search(conn)[0].action == "change fraud rule"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("Calls", "many", "many"), ("Mail to", "noc", "'noc' is no mail address")],
)
def test_what_makes_no_sense_is_told(
    app: Open, cases: Engine, field: str, value: str, said: str
) -> None:
    at = app("fraud", part="Rules", fraud_rule="F4")
    {one.label: one for one in at.text_input}[field].set_value(value)
    at.button[0].click().run()
    assert said in words(at)


def test_an_analyst_labels_cases_and_changes_no_rule(app: Open, cases: Engine) -> None:
    ana = signed_in(cases, "ana", "analyst")
    at = app("fraud", ana, part="Rules", fraud_rule="F4")
    assert titles(at) == ["F4 Velocity"]
    assert not at.text_input
    assert [one.label for one in app("fraud", ana, case="1").button if one.label == "Label it"]


def test_who_sees_no_numbers_sees_none_in_cases(app: Open, cases: Engine) -> None:
    assert "numbers" not in ROLES["finance"]
    with cases.begin() as conn:
        conn.execute(insert(permission_group).values(name="fraud", permissions=["fraud"]))
    fay = signed_in(cases, "fay", "finance")
    join(cases, "fay")
    at = app("fraud", fay, case="1")
    assert at.dataframe[0].value["key"][0] == "91050xxxx"
    assert set(at.dataframe[1].value["caller_id_number"]) == {"91050xxxx"}


def join(engine: Engine, name: str) -> None:
    """Put somebody into the only group."""
    with engine.begin() as conn:
        person_id = conn.execute(select(person.c.id).where(person.c.name == name)).scalar_one()
        group_id = conn.execute(select(permission_group.c.id)).scalar_one()
        conn.execute(insert(person_group).values(person_id=person_id, group_id=group_id))
