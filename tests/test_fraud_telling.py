"""Whom cases are told: each once, in mails that are few, and the first of them at once."""

from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select

from cdrstats import channels, fraud
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.channels import Change
from cdrstats.db.schema import customer, notification, outbox
from cdrstats.fraud.letter import letter_of_many
from cdrstats.fraud.rules import PAUSE, SANDBOX
from cdrstats.fraud.store import find

from .digests import somebody
from .factories import NOON, noting
from .fraud import evaluate
from .test_fraud_evaluation import MAIL, MINUTE, alone, burst, come_in

NOC, BOSS = "noc@example.com", "boss@example.com"


def attack(engine: Engine, *numbers: int, **given: Any) -> None:
    """One case of F4 for each of these."""
    for number in numbers:
        come_in(engine, burst(0, caller_id_number=f"9105000{number:02}", **given))


def subjects(engine: Engine, to: str = NOC) -> list[str]:
    query = select(outbox.c.subject).where(outbox.c.recipient == to).order_by(outbox.c.id)
    with engine.connect() as conn:
        return list(conn.execute(query).scalars())


def test_cases_opened_by_one_look_go_in_one_mail(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4", mail_to=(NOC, BOSS))
    attack(fresh_engine, 1, 2, buy_cost=1)
    attack(fresh_engine, 3, buy_cost=2)
    dearest = evaluate(fresh_engine, **MAIL)[-1]
    for to in (NOC, BOSS):
        assert subjects(fresh_engine, to) == ["Fraud: 3 cases, F4"]
    with fresh_engine.connect() as conn:
        message = conn.execute(select(outbox.c.message)).scalars().first()
    mail = message_from_bytes(message, policy=policy.default)
    plain, html = (part.get_content() for part in mail.iter_parts())
    _, first, link, *_ = plain[plain.index("Those that") :].split("\n")[1:]
    assert first.split() == ["F4", "Velocity:", "91050xxxx", "12", "24.00", "24.00", "50"]
    assert link.strip() == f"https://cdr.example.com/fraud?case={dearest.id}"
    assert f'href="{link.strip()}"' in html
    assert plain.count("91050xxxx") == html.count("91050xxxx") == 3


def test_what_is_opened_soon_after_a_mail_goes_with_the_next(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4", mail_to=(NOC,))
    attack(fresh_engine, 1)
    evaluate(fresh_engine, **MAIL)
    attack(fresh_engine, 2)
    evaluate(fresh_engine, NOON + MINUTE, **MAIL)
    attack(fresh_engine, 3)
    evaluate(fresh_engine, NOON + PAUSE - MINUTE, **MAIL)
    assert subjects(fresh_engine) == ["Fraud F4, Velocity: 91050xxxx, 12 calls"]
    evaluate(fresh_engine, NOON + PAUSE, **MAIL)  # without a call that is new
    assert subjects(fresh_engine)[1:] == ["Fraud: 2 cases, F4"]
    evaluate(fresh_engine, NOON + 3 * PAUSE, **MAIL)
    assert len(subjects(fresh_engine)) == 2
    attack(fresh_engine, 4)
    evaluate(fresh_engine, NOON + 3 * PAUSE, **MAIL)
    assert len(subjects(fresh_engine)) == 3


def test_who_had_no_mail_waits_for_nobody(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4", mail_to=(NOC,))
    attack(fresh_engine, 1)
    evaluate(fresh_engine, **MAIL)
    with fresh_engine.begin() as conn:
        fraud.change_rule(conn, "F4", mail_to=[NOC, BOSS])
    attack(fresh_engine, 2)
    evaluate(fresh_engine, NOON + MINUTE, **MAIL)
    assert len(subjects(fresh_engine)) == len(subjects(fresh_engine, BOSS)) == 1


def test_a_clock_that_was_set_back_holds_no_mail_up(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4", mail_to=(NOC,))
    attack(fresh_engine, 1)
    evaluate(fresh_engine, NOON + timedelta(days=1), **MAIL)
    attack(fresh_engine, 2)
    evaluate(fresh_engine, **MAIL)
    assert len(subjects(fresh_engine)) == 2


def test_a_fire_drill_neither_waits_nor_makes_others_wait(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4", mail_to=(NOC,))
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer).values(id=9, name=SANDBOX))
    for number, user_id in ((1, 9), (2, 9), (3, 0)):
        attack(fresh_engine, number, user_id=user_id)
        evaluate(fresh_engine, **MAIL)
    assert len(subjects(fresh_engine)) == 3
    attack(fresh_engine, 4)
    evaluate(fresh_engine, **MAIL)
    assert len(subjects(fresh_engine)) == 3


def test_switches_are_told_of_each_case_by_itself(fresh_engine: Engine, tmp_path: Path) -> None:
    with fresh_engine.begin() as conn:
        box, note = SecretBox(tmp_path / "secret.key"), noting(conn)
        channels.add(conn, box, "switch", "webhook", "https://pbx.example.com/hook", note)
        channels.change(conn, "switch", Change(fraud_actions=True), note)
    alone(fresh_engine, "F4", mail_to=("#switch",))
    attack(fresh_engine, 1, 2)
    evaluate(fresh_engine)
    told = subjects(fresh_engine, "#switch")
    assert sorted(told) == ["Fraud: 2 cases, F4", *["fraud.case.opened"] * 2]


def test_several_cases_are_one_notice(fresh_engine: Engine) -> None:
    somebody(fresh_engine, "root", "administrator")
    somebody(fresh_engine, "ana", "analyst")
    alone(fresh_engine, "F4")
    attack(fresh_engine, *range(7))
    evaluate(fresh_engine)
    columns = (notification.c.subject, notification.c.text, notification.c.link)
    with fresh_engine.connect() as conn:
        found = conn.execute(select(*columns)).all()
    assert len(found) == 2
    assert len(set(found)) == 1
    subject, text, link = found[0]
    assert (subject, link) == ("7 cases of fraud", "/fraud")
    assert text.count("Velocity: 91050xxxx, 12 calls; ") == 5
    assert text.endswith("2 more")


def test_a_mail_says_how_many_it_does_not_list(fresh_engine: Engine) -> None:
    alone(fresh_engine, "F4")
    attack(fresh_engine, 1)
    [case] = evaluate(fresh_engine)
    with fresh_engine.connect() as conn:
        letter = letter_of_many([(find(conn, case.id), "x")], 1201, "")
    assert letter.subject == "Fraud: 1,201 cases, F4"
    assert "And 1,200 more, which the page lists." in letter.text
