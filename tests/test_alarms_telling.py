"""Alarms by mail: whom, of what, once, and what is made up after a pause."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from cdrstats import alarms, mail
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.alarms import Stored, words
from cdrstats.alarms.telling import letter_of
from cdrstats.db.schema import alarm_rule, alarm_window, customer, outbox, person
from cdrstats.errors import BadRequest, NotFound
from cdrstats.settings import read_settings

from .alarms import HOUR, MIDNIGHT, a_rule, add_calls, look, stored
from .mail_server import MailServer, mail_server
from .people import add_customer, add_person

MAIL = {
    "CDRSTATS_SMTP_HOST": "127.0.0.1",
    "CDRSTATS_MAIL_FROM": "cdr@example.com",
    "CDRSTATS_PUBLIC_URL": "https://cdr.example.com",
}
SETTINGS = read_settings(MAIL)
BOTH = ["noc@example.com", "ana@example.com"]


def low_hours(engine: Engine, *asr: int) -> None:
    for n, percent in enumerate(asr):
        add_calls(engine, MIDNIGHT + HOUR * n, 100, percent, country_id=724)


def watched(
    engine: Engine, to: list[str] = BOTH, shared: bool = False, **given: object
) -> Stored:
    rule = a_rule(name="ASR", **given)
    with engine.begin() as conn:
        return alarms.add(conn, None, rule, MIDNIGHT, shared, mail_to=to)


def mails(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        found = mail.list_mails(conn)
    return [(each.recipient, each.subject) for each in reversed(found)]


def test_each_address_is_told_of_what_fires_and_of_its_end(fresh_engine: Engine) -> None:
    low_hours(fresh_engine, 50, 30, 30, 60)
    watched(fresh_engine)
    for hours in (1, 2, 2, 3, 4, 4):
        look(fresh_engine, hours, SETTINGS)
    assert mails(fresh_engine) == [
        ("noc@example.com", "ASR: ASR 30.0 %"),
        ("ana@example.com", "ASR: ASR 30.0 %"),
        ("noc@example.com", "Over: ASR: ASR 60.0 %"),
        ("ana@example.com", "Over: ASR: ASR 60.0 %"),
    ]


def test_a_mail_holds_all_that_is_known(fresh_engine: Engine) -> None:
    low_hours(fresh_engine, 30)
    rule = watched(fresh_engine, ["noc@example.com"], True, query="country=Spain")
    [event] = look(fresh_engine, 1, SETTINGS)
    letter = letter_of(event, [], SETTINGS.links_begin)
    for told in (
        "State:           Fired",
        "Fires when:      ASR is below 40.0 % in an hour",
        "Calls:           country Spain",
        "Window:          10 Mar 2026 00:00 \N{EN DASH} 10 Mar 2026 01:00 (UTC)",
        "ASR:             30.0 %",
        "Number of calls: 100",
        "Spain    100  30.0 %",
        "https://cdr.example.com/calls?zone=UTC&",
        f"https://cdr.example.com/alarms?rule={rule.id}",
    ):
        assert told in letter.text
    assert 'class="link"' in letter.html


def test_a_rule_that_nobody_has_on_a_page_has_no_link(fresh_engine: Engine) -> None:
    low_hours(fresh_engine, 30)
    watched(fresh_engine, ["noc@example.com"])
    [event] = look(fresh_engine, 1, SETTINGS)
    assert "/alarms" not in letter_of(event, [], SETTINGS.links_begin).text


def test_after_a_pause_one_mail_tells_of_all_that_was_missed(fresh_engine: Engine) -> None:
    low_hours(fresh_engine, 30, 60, 30, 60, 30)
    watched(fresh_engine, ["noc@example.com"])
    events = look(fresh_engine, 5, SETTINGS)
    assert [each.told for each in events] == ["fired", "cleared", "fired", "cleared", "fired"]
    assert mails(fresh_engine) == [("noc@example.com", "ASR: ASR 30.0 %")]
    letter = letter_of(events[-1], events[:-1], "")
    assert letter.text.count("Fired") == 3
    assert letter.text.count("Over") == 2


def test_without_a_mail_server_rules_are_judged_all_the_same(fresh_engine: Engine) -> None:
    low_hours(fresh_engine, 30)
    watched(fresh_engine)
    assert [each.told for each in look(fresh_engine, 1)] == ["fired"]
    assert mails(fresh_engine) == []


def test_an_address_that_became_none_harms_no_other(fresh_engine: Engine) -> None:
    low_hours(fresh_engine, 30)
    watched(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(update(alarm_rule).values(mail_to=["junk", "noc@example.com"]))
    look(fresh_engine, 1, SETTINGS)
    assert [to for to, _ in mails(fresh_engine)] == ["noc@example.com"]


def test_what_fires_for_long_is_told_to_others_as_well(fresh_engine: Engine) -> None:
    low_hours(fresh_engine, 30, 30, 30, 60, 30)
    rule = a_rule(name="ASR", escalate=HOUR, renotify=HOUR)
    with fresh_engine.begin() as conn:
        alarms.add(conn, None, rule, MIDNIGHT, mail_to=BOTH[:1], escalate_to=BOTH)
    for hours in (1, 2, 3, 4, 5):
        look(fresh_engine, hours, SETTINGS)
    first, both = BOTH[:1], BOTH
    told = [("", first), *[("Still firing, after long: ", both), ("Still firing: ", both)]]
    told += [("Over: ", both), ("", first)]
    assert mails(fresh_engine) == [
        (to, f"{said}ASR: ASR {60 if said == 'Over: ' else 30}.0 %")
        for said, addresses in told
        for to in addresses
    ]


@pytest.mark.parametrize(
    ("asr", "whom"), [((30, 30), BOTH), ((30, 30, 60), BOTH), ((30, 30, 60, 30), BOTH[:1])]
)
def test_after_a_pause_others_are_told_of_what_was_escalated(
    fresh_engine: Engine, asr: tuple[int, ...], whom: list[str]
) -> None:
    low_hours(fresh_engine, *asr)
    with fresh_engine.begin() as conn:
        rule = a_rule(escalate=HOUR)
        alarms.add(conn, None, rule, MIDNIGHT, mail_to=BOTH[:1], escalate_to=BOTH[1:])
    look(fresh_engine, len(asr), SETTINGS)
    assert [to for to, _ in mails(fresh_engine)] == whom


def test_others_are_told_after_some_time_alone(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        with pytest.raises(BadRequest, match="after how many minutes"):
            alarms.add(conn, None, a_rule(), MIDNIGHT, escalate_to=BOTH)
        for junk, said in (("noc", "is no mail address"), ("#nobody", "nobody")):
            with pytest.raises(BadRequest, match=said):
                alarms.add(conn, None, a_rule(escalate=HOUR), MIDNIGHT, escalate_to=[junk])


@pytest.mark.parametrize("junk", ["noc", "a@b@c", "noc@example.com\nBcc: x@example.com"])
def test_junk_is_refused_where_it_is_entered(fresh_engine: Engine, junk: str) -> None:
    with pytest.raises(BadRequest, match="is no mail address"):
        watched(fresh_engine, [junk])


def test_a_customers_rule_mails_the_customer_alone(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        add_customer(conn, "Acme")
        carla_id = add_person(conn, "carla", "customer", ("Acme",)).id
        address = {"email": "carla@acme.example"}
        conn.execute(update(person).where(person.c.id == carla_id).values(address))
        carla = viewer_of_person(conn, carla_id)
        assert carla is not None
        rule = alarms.add(conn, carla, a_rule(), MIDNIGHT, mail_to=["carla@acme.example"])
        for stranger in BOTH:
            with pytest.raises(BadRequest, match="mail you alone"):
                alarms.change(conn, rule.id, carla, a_rule(), MIDNIGHT, mail_to=[stranger])
            long = a_rule(name="long", escalate=HOUR)
            with pytest.raises(BadRequest, match="mail you alone"):
                alarms.add(conn, carla, long, MIDNIGHT, escalate_to=[stranger])


def test_a_customer_is_mailed_by_the_address_of_today(
    fresh_engine: Engine,
) -> None:
    add_calls(fresh_engine, MIDNIGHT, 100, 30, user_id=7)
    with fresh_engine.begin() as conn:
        conn.execute(insert(customer).values(id=7, name="Acme"))
        carla_id = add_person(conn, "carla", "customer", ("Acme",)).id
        mine = update(person).where(person.c.id == carla_id)
        conn.execute(mine.values(email="carla@acme.example"))
        carla = viewer_of_person(conn, carla_id)
        for name in ("one", "two"):
            rule = a_rule(name=name)
            alarms.add(conn, carla, rule, MIDNIGHT, mail_to=["carla@acme.example"])
    look(fresh_engine, 1, SETTINGS)
    assert len(mails(fresh_engine)) == 2
    add_calls(fresh_engine, MIDNIGHT + HOUR, 100, 60, user_id=7)
    with fresh_engine.begin() as conn:
        conn.execute(mine.values(email="carla@elsewhere.example"))
    assert [each.told for each in look(fresh_engine, 2, SETTINGS)] == ["cleared", "cleared"]
    assert [to for to, _ in mails(fresh_engine)[2:]] == ["carla@elsewhere.example"] * 2


def test_a_firing_that_is_acknowledged_is_not_told_again(fresh_engine: Engine) -> None:
    low_hours(fresh_engine, 30, 30, 30, 30, 60, 30, 30)
    rule = watched(fresh_engine, ["noc@example.com"], renotify=HOUR)
    for hours in (1, 2):
        look(fresh_engine, hours, SETTINGS)
    with fresh_engine.begin() as conn:
        ana = viewer_of_person(conn, add_person(conn, "ana", "analyst").id)
        assert ana is not None
        with pytest.raises(NotFound):
            alarms.acknowledge(conn, rule.id, ana, "", MIDNIGHT)  # nobody showed it to ana
        alarms.change(
            conn,
            rule.id,
            None,
            a_rule(name="ASR", renotify=HOUR),
            MIDNIGHT,
            shared=True,
            mail_to=["noc@example.com"],
        )
        alarms.acknowledge(conn, rule.id, ana, "  Carrier   called ", MIDNIGHT + HOUR)
    for hours in (3, 4, 5, 6, 7):
        look(fresh_engine, hours, SETTINGS)
    assert [subject for _, subject in mails(fresh_engine)] == [
        "ASR: ASR 30.0 %",
        "Still firing: ASR: ASR 30.0 %",
        "Over: ASR: ASR 60.0 %",
        "ASR: ASR 30.0 %",
        "Still firing: ASR: ASR 30.0 %",
    ]
    columns = [alarm_window.c[f"acknowledged_{name}"] for name in ("by", "at", "why")]
    with fresh_engine.begin() as conn:
        noted = select(alarm_window.c.window_start, *columns).where(columns[0].is_not(None))
        found = [tuple(row) for row in conn.execute(noted)]
        assert found == [(MIDNIGHT, "ana", MIDNIGHT + HOUR, "Carrier called")]


def test_what_does_not_fire_cannot_be_acknowledged(fresh_engine: Engine) -> None:
    rule = watched(fresh_engine)
    with fresh_engine.begin() as conn:
        alarms.change(conn, rule.id, None, a_rule(), MIDNIGHT, shared=True)
        root = viewer_of_person(conn, add_person(conn, "root", "administrator").id)
        assert root is not None
        with pytest.raises(BadRequest, match="does not fire any more"):
            alarms.acknowledge(conn, rule.id, root, "", MIDNIGHT)


def test_a_rule_that_judges_otherwise_begins_anew(fresh_engine: Engine) -> None:
    low_hours(fresh_engine, 30, 30, 30)
    rule = watched(fresh_engine)
    look(fresh_engine, 1)
    assert stored(fresh_engine, rule).firing
    now = MIDNIGHT + HOUR + timedelta(minutes=30)
    with fresh_engine.begin() as conn:
        alarms.change(conn, rule.id, None, a_rule(name="Renamed"), now)
    assert stored(fresh_engine, rule).firing
    with fresh_engine.begin() as conn:
        changed = alarms.change(conn, rule.id, None, a_rule(threshold=20), now)
    assert (changed.firing, changed.since, changed.watched_since) == (False, None, now)
    assert look(fresh_engine, 3) == []
    with fresh_engine.connect() as conn:
        decided = alarms.windows_decided(conn, rule.id, MIDNIGHT)
    assert [each.verdict for each in decided] == ["fires", "calm", "calm"]


def test_two_rules_of_one_name_are_refused_also_when_changed(fresh_engine: Engine) -> None:
    watched(fresh_engine)
    with fresh_engine.begin() as conn:
        other = alarms.add(conn, None, a_rule(name="Other"), MIDNIGHT)
        with pytest.raises(BadRequest, match="called 'ASR' already"):
            alarms.change(conn, other.id, None, a_rule(name="ASR"), MIDNIGHT)
        with pytest.raises(NotFound):
            alarms.change(conn, 99, None, a_rule(), MIDNIGHT)


def test_an_alarm_arrives_at_a_real_server(fresh_engine: Engine, tmp_path: Path) -> None:
    low_hours(fresh_engine, 30)
    watched(fresh_engine, ["noc@example.com"])
    with mail_server(tmp_path / "server") as server:
        settings = read_settings(server.variables())
        look(fresh_engine, 1, settings)
        assert mail.send_waiting(fresh_engine, settings.smtp, lambda: False) == 1
        [taken] = arrived(server)
    assert taken == "ASR: ASR 30.0 %"
    with fresh_engine.connect() as conn:
        assert conn.execute(select(outbox.c.state)).scalars().all() == ["sent"]


def arrived(server: MailServer) -> list[str]:
    return [each["headers"]["Subject"] for each in server.taken()]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "ASR is below 40.0 % in an hour"),
        (
            {"metric": "calls", "condition": "greater", "threshold": 1200, "length": "5min"},
            "Calls is above 1,200 in 5 minutes",
        ),
        (
            {"condition": "decrease", "threshold": 5, "compare": "week", "length": "day"},
            "ASR fell by more than 5 points in a day, against the same time a week before",
        ),
        (
            {"metric": "calls", "condition": "increase_percent", "compare": "previous"},
            "Calls rose by more than 40 % in an hour, against the one before",
        ),
        (
            {"metric": "calls", "condition": "unusual", "threshold": 3.5},
            "Calls is unusual: its robust z is beyond ±3.5 in an hour",
        ),
        (
            {"metric": "sell_cost", "condition": "greater", "threshold": 12.5},
            "Sell cost is above 12.50 in an hour",
        ),
    ],
)
def test_when_a_rule_fires_in_words(given: dict[str, object], said: str) -> None:
    assert words.condition(a_rule(**given)) == said
