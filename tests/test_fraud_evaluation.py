"""Calls that come in: each looked at once, one case until it is quiet, whoever evaluates."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import Engine, delete, insert, select, update

from cdrstats import fraud, options
from cdrstats.clock import Window
from cdrstats.db.schema import (
    customer,
    fraud_case,
    fraud_position,
    fraud_rule,
    outbox,
    voip_cdr,
)
from cdrstats.errors import BadRequest, NotFound
from cdrstats.fraud import Case
from cdrstats.fraud.backtest import backtest
from cdrstats.fraud.rules import SANDBOX

from .factories import NOON, noting
from .fraud import DAY, a_call, add, asked, evaluate

MINUTE = timedelta(minutes=1)
MAIL = {"CDRSTATS_SMTP_HOST": "127.0.0.1", "CDRSTATS_MAIL_FROM": "cdr@example.com"}
MAIL |= {"CDRSTATS_SMTP_SECURITY": "none", "CDRSTATS_PUBLIC_URL": "https://cdr.example.com"}


def come_in(engine: Engine, calls: Iterable[dict[str, Any]]) -> None:
    with engine.begin() as conn:
        add(conn, calls)


def alone(engine: Engine, *rules: str, mail_to: tuple[str, ...] = ()) -> None:
    """Let these rules judge, and no others."""
    with engine.begin() as conn:
        for id in fraud.RULES:
            fraud.change_rule(conn, id, active=id in rules, mail_to=mail_to)


def cases(engine: Engine) -> list[Case]:
    with engine.connect() as conn:
        return sorted(fraud.list_cases(conn), key=lambda case: case.id)


def burst(minute: float, calls: int = 12, **given: Any) -> list[dict[str, Any]]:
    """Calls within a minute, ten of which are many."""
    return [a_call(minute * 60 + n, **given) for n in range(calls)]


def test_one_case_until_it_is_quiet(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    come_in(fresh_engine, burst(0))
    (opened,) = evaluate(fresh_engine)
    assert (opened.rule, opened.key, opened.calls, opened.score) == ("F4", "910500001", 12, 50)
    assert evaluate(fresh_engine) == []
    come_in(fresh_engine, burst(30))
    come_in(fresh_engine, burst(90))  # 59 minutes and 49 seconds after the last
    assert evaluate(fresh_engine) == []
    (case,) = cases(fresh_engine)
    assert (case.calls, case.last_call) == (36, NOON + timedelta(seconds=90 * 60 + 11))
    come_in(fresh_engine, burst(150 + 11 / 60))  # exactly an hour of quiet
    assert [case.calls for case in evaluate(fresh_engine)] == [12]
    assert [case.calls for case in cases(fresh_engine)] == [36, 12]


def test_a_window_that_was_made_longer_reaches_back_as_far(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    with fresh_engine.begin() as conn:
        longer = {"window_s": "7200", "calls": "12", "per_minute": "100"}
        fraud.change_rule(conn, "F4", longer)
    come_in(fresh_engine, burst(0, 6))
    assert evaluate(fresh_engine) == []
    come_in(fresh_engine, burst(90, 6))
    (case,) = evaluate(fresh_engine)
    assert (case.facts["calls"], case.calls) == (12, 12)


def test_a_case_of_a_long_window_ends_after_a_quiet_as_long(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    with fresh_engine.begin() as conn:
        fraud.change_rule(conn, "F4", {"window_s": "7200"})
    for minute, opened in ((0, 1), (100, 0), (200, 0), (320 + 11 / 60, 1)):
        come_in(fresh_engine, burst(minute))
        assert len(evaluate(fresh_engine)) == opened
    assert [case.calls for case in cases(fresh_engine)] == [36, 12]
    with fresh_engine.connect() as conn:
        tested = backtest(conn, [asked("F4", window_s=7200)], DAY, "UTC").found
    assert [case.calls for case in tested] == [36, 12]


def test_calls_one_by_one_are_the_same_as_all_at_once(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    for call in burst(0, 14):
        come_in(fresh_engine, [call])
        evaluate(fresh_engine)
    (case,) = cases(fresh_engine)
    assert (case.calls, case.facts["per_minute"]) == (14, 14)


def test_late_calls_are_judged_with_those_of_their_time(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    come_in(fresh_engine, burst(0, 9))
    come_in(fresh_engine, burst(600, 1))  # hours later
    assert evaluate(fresh_engine) == []
    come_in(fresh_engine, [a_call(4.5)])
    assert [case.calls for case in evaluate(fresh_engine)] == [10]


def test_history_that_is_imported_wakes_nobody(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    come_in(fresh_engine, burst(0))
    assert evaluate(fresh_engine, NOON + timedelta(days=8)) == []
    assert cases(fresh_engine) == []
    come_in(fresh_engine, burst(0))  # and as if the clock had gone back
    assert [case.calls for case in evaluate(fresh_engine, NOON - MINUTE)] == [24]


def test_calls_that_were_there_before_rules_were_are_history(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    come_in(fresh_engine, burst(0))
    with fresh_engine.begin() as conn:
        last = conn.execute(select(voip_cdr.c.id).order_by(voip_cdr.c.id.desc())).scalar()
        conn.execute(update(fraud_position).values(call_id=last))
    assert evaluate(fresh_engine) == []


def test_two_evaluators_at_once_open_one_case_each(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4", mail_to=("noc@example.com",))
    come_in(fresh_engine, burst(0) + burst(0, caller_id_number="910500002"))
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: evaluate(fresh_engine, **MAIL), range(8)))
    assert sorted(case.key for some in told for case in some) == ["910500001", "910500002"]
    assert len(cases(fresh_engine)) == 2
    with fresh_engine.connect() as conn:
        [subject] = conn.execute(select(outbox.c.subject)).scalars()
    assert subject == "Fraud: 2 cases, F4"


def test_a_process_killed_before_it_committed_leaves_all_to_the_next(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone(fresh_engine, "F4", mail_to=("noc@example.com",))
    come_in(fresh_engine, burst(0))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cdrstats.fraud.store.move_to", die)
        with pytest.raises(KeyboardInterrupt):
            evaluate(fresh_engine, **MAIL)
    assert cases(fresh_engine) == []
    assert [case.calls for case in evaluate(fresh_engine, **MAIL)] == [12]


def test_chunks_that_part_an_attack_find_it_whole(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdrstats.fraud.evaluation.CHUNK", 7)
    alone(fresh_engine, "F4")
    come_in(fresh_engine, burst(0, 40))
    assert len(evaluate(fresh_engine)) == 1
    assert [case.calls for case in cases(fresh_engine)] == [40]


def test_another_customers_calls_are_another_case(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    come_in(fresh_engine, burst(0, user_id=7) + burst(0, 9, user_id=8))
    assert [(case.user_id, case.calls) for case in evaluate(fresh_engine)] == [(7, 12)]


def test_a_call_that_is_taken_back_and_made_anew_counts_once(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    calls = burst(0)
    come_in(fresh_engine, calls)
    evaluate(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(delete(voip_cdr))
    come_in(fresh_engine, calls)
    assert evaluate(fresh_engine) == []
    assert [case.calls for case in cases(fresh_engine)] == [12]


def test_a_rule_that_cannot_be_judged_says_why_and_the_others_go_on(
    fresh_engine: Engine,
) -> None:
    alone(fresh_engine, "F4", "F8")
    with fresh_engine.begin() as conn:
        broken = {"calls": "many"}
        conn.execute(
            update(fraud_rule).where(fraud_rule.c.id == "F8").values(thresholds=broken)
        )
    come_in(fresh_engine, burst(0))
    assert [case.rule for case in evaluate(fresh_engine)] == ["F4"]

    def trouble() -> list[str]:
        with fresh_engine.connect() as conn:
            return [each.rule.id for each in fraud.list_rules(conn) if each.trouble]

    assert trouble() == ["F8"]
    with fresh_engine.begin() as conn:
        fraud.change_rule(conn, "F8", {"calls": "50"})
    assert trouble() == []


def test_an_address_that_is_none_keeps_nobody_else_from_being_told(
    fresh_engine: Engine,
) -> None:
    alone(fresh_engine, "F4", mail_to=("noc@example.com",))
    with fresh_engine.begin() as conn:
        by_hand = {"mail_to": ["junk", "noc@example.com"]}
        conn.execute(update(fraud_rule).where(fraud_rule.c.id == "F4").values(by_hand))
    come_in(fresh_engine, burst(0))
    assert len(evaluate(fresh_engine, **MAIL)) == 1
    with fresh_engine.connect() as conn:
        assert conn.execute(select(outbox.c.recipient)).scalars().all() == ["noc@example.com"]


def test_who_is_told_and_what(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4", mail_to=("noc@example.com", "boss@example.com"))
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer).values(id=7, name="<b>Acme</b>"))
    come_in(fresh_engine, burst(0, user_id=7, sell_cost=2, caller_id_name="<script>"))
    evaluate(fresh_engine)  # no mail server: cases all the same
    come_in(fresh_engine, burst(0, user_id=7, sell_cost=2, caller_id_number="<i>5500012"))
    (case,) = evaluate(fresh_engine, **MAIL)
    with fresh_engine.connect() as conn:
        mails = conn.execute(select(outbox).order_by(outbox.c.recipient)).all()
    assert [mail.recipient for mail in mails] == ["boss@example.com", "noc@example.com"]
    assert {mail.occasion for mail in mails} == {f"fraud {case.id}"}
    assert mails[0].subject == "Fraud F4, Velocity: <i>550xxxx, 12 calls"
    mail = message_from_bytes(mails[0].message, policy=policy.default)
    plain, html = (part.get_content() for part in mail.iter_parts())
    for said in (
        "Calls so far: 12",
        "Cost so far: 24.00",
        "Cost per hour: 24.00",
        "First call: 2026-03-10 12:00:00 UTC",
        "Score: 50 of 100 (per minute)",
        "per minute 12",
        "https://cdr.example.com/calls?",
    ):
        assert said in " ".join(plain.split())
    assert "&lt;b&gt;Acme&lt;/b&gt;" in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "5500012" not in plain + html


def test_numbers_are_told_in_full_where_the_setting_says_so(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4", mail_to=("noc@example.com",))
    with fresh_engine.begin() as conn:
        options.change(conn, "mail_digits_masked", 0, "anna", noting(conn))
    come_in(fresh_engine, burst(0))
    evaluate(fresh_engine, **MAIL)
    with fresh_engine.connect() as conn:
        subject = conn.execute(select(outbox.c.subject)).scalar_one()
    assert subject == "Fraud F4, Velocity: 910500001, 12 calls"


def test_an_ignored_case_takes_what_comes_and_tells_nobody(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4", mail_to=("noc@example.com",))
    come_in(fresh_engine, burst(0))
    (case,) = evaluate(fresh_engine)
    later = NOON + timedelta(hours=5)
    with fresh_engine.begin() as conn:
        fraud.label(conn, case.id, "ignored", "anna", "our dialler", NOON, later)
    come_in(fresh_engine, burst(180))
    assert evaluate(fresh_engine, **MAIL) == []
    assert [each.calls for each in cases(fresh_engine)] == [24]
    come_in(fresh_engine, burst(301))
    assert len(evaluate(fresh_engine, later + MINUTE, **MAIL)) == 1


def test_labels(fresh_engine: Engine) -> None:
    come_in(fresh_engine, burst(0))
    case = evaluate(fresh_engine)[0]
    with fresh_engine.begin() as conn:
        known = fraud.label(conn, case.id, "confirmed", "anna", "hacked", NOON)
        assert (known.label, known.labelled_by, known.label_reason) == (
            "confirmed",
            "anna",
            "hacked",
        )
        for given, until, said in (
            ("fraud", None, "no label"),
            ("ignored", None, "until"),
            ("ignored", NOON, "ahead"),
            ("confirmed", NOON + MINUTE, "no other label"),
        ):
            with pytest.raises(BadRequest, match=said):
                fraud.label(conn, case.id, given, "anna", "", NOON, until)
        with pytest.raises(NotFound):
            fraud.label(conn, 999, "confirmed", "anna", "", NOON)


def test_a_case_rests_on_its_calls(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    come_in(fresh_engine, burst(0, buy_cost=1) + burst(15, buy_cost=1))
    (case,) = evaluate(fresh_engine)
    with fresh_engine.connect() as conn:
        calls = fraud.evidence(conn, case.id)
        assert len(calls) == 24
        assert (calls[0]["caller_id_number"], calls[0]["cost"]) == ("910500001", 1)
        line = fraud.timeline(conn, case.id)
    assert [(row["at"], row["calls"], row["cost"]) for row in line] == [
        (NOON, 12, 12),
        (NOON + 10 * MINUTE, 12, 12),
    ]


def test_precision_and_recall_over_labelled_cases(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    for n, label in enumerate(("confirmed", "confirmed", "false positive", "open")):
        come_in(fresh_engine, burst(0, 12 + n % 2 * 20, caller_id_number=f"91050000{n}"))
        (case,) = evaluate(fresh_engine)
        with fresh_engine.begin() as conn:
            fraud.label(conn, case.id, label, "anna", "", NOON)
    with fresh_engine.connect() as conn:
        all_found = backtest(conn, [asked("F4")], DAY, "UTC").measure
        fewer = backtest(conn, [asked("F4", per_minute=20)], DAY, "UTC").measure
    assert (all_found.found, all_found.missed, all_found.false) == (2, 0, 1)
    assert (fewer.found, fewer.missed, fewer.false) == (1, 1, 0)
    long = Window(NOON - timedelta(days=40), NOON)
    with fresh_engine.connect() as conn, pytest.raises(BadRequest, match="31 days"):
        backtest(conn, [asked("F4")], long, "UTC")
    with fresh_engine.connect() as conn:
        assert len(conn.execute(select(fraud_case.c.id)).all()) == 4


def test_a_fire_drill_is_no_measure_of_its_rule(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer).values(id=9, name=SANDBOX))
    come_in(fresh_engine, burst(0) + burst(0, user_id=9, caller_id_number="910500002"))
    for case in evaluate(fresh_engine):
        with fresh_engine.begin() as conn:
            fraud.label(conn, case.id, "confirmed", "anna", "", NOON)
    with fresh_engine.connect() as conn:
        measure = backtest(conn, [asked("F4")], DAY, "UTC").measure
        known = next(each for each in fraud.list_rules(conn) if each.rule.id == "F4")
    assert (measure.found, measure.missed, measure.false) == (1, 0, 0)
    assert (known.cases, known.confirmed, known.false_positive) == (2, 1, 0)
