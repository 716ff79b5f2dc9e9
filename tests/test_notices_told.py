"""What people are told in the app: by alarms, fraud, lists, watches, digests and downloads."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select

from cdrstats import alarms, digests, downloads, fraud, mediation, options, switches, watch
from cdrstats.accounts import Viewer
from cdrstats.db.schema import notification, person, switch
from cdrstats.settings import read_settings

from .alarms import HOUR, MIDNIGHT, a_rule, add_calls, look
from .digests import SEVEN, kept, settings_in, somebody
from .downloads import add_five_calls, asked, never
from .factories import NOON, add_call, add_staged
from .fraud import evaluate
from .people import add_person
from .test_fraud_evaluation import alone, burst, come_in
from .test_lists_mediation import add_entries

Told = list[tuple[str, str, str, str]]


def told(engine: Engine) -> Told:
    """Who was told what kind of news, oldest first: its subject and where it leads."""
    query = (
        select(person.c.name, notification.c.kind, notification.c.subject, notification.c.link)
        .join_from(notification, person)
        .order_by(notification.c.id)
    )
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(query)]  # type: ignore[misc]


@pytest.fixture
def root(fresh_engine: Engine) -> Viewer:
    """An administrator; mail is off."""
    return somebody(fresh_engine, "root", "administrator")


def test_an_alarm_that_fires_and_clears_is_told_to_its_owner(
    fresh_engine: Engine, root: Viewer
) -> None:
    for n, percent in enumerate((30, 30, 60)):
        add_calls(fresh_engine, MIDNIGHT + HOUR * n, 100, percent, country_id=724)
    ana = somebody(fresh_engine, "ana")
    with fresh_engine.begin() as conn:
        rule = alarms.add(conn, ana, a_rule(name="ASR"), MIDNIGHT)
        house = alarms.add(conn, None, a_rule(name="House"), MIDNIGHT)
    for hours in (1, 1, 2, 3):
        look(fresh_engine, hours)
    of_ana = [each for each in told(fresh_engine) if each[0] == "ana"]
    assert of_ana == [
        ("ana", "alarm", "ASR: ASR 30.0 %", f"/alarms?rule={rule.id}"),
        ("ana", "alarm", "Over: ASR: ASR 60.0 %", f"/alarms?rule={rule.id}"),
    ]
    of_house = [each for each in told(fresh_engine) if each[0] == "root"]
    assert [each[2] for each in of_house] == ["House: ASR 30.0 %", "Over: House: ASR 60.0 %"]
    assert {each[3] for each in of_house} == {f"/alarms?rule={house.id}"}


def test_a_case_of_fraud_is_told_to_who_may_open_it(fresh_engine: Engine, root: Viewer) -> None:
    for name, role in (("ana", "analyst"), ("fin", "finance")):
        somebody(fresh_engine, name, role)
    alone(fresh_engine, "F4")
    come_in(fresh_engine, burst(0))
    [case] = evaluate(fresh_engine)
    evaluate(fresh_engine)
    title = fraud.rule_named("F4").title
    subject = f"{title}: 91050xxxx, 12 calls"
    assert told(fresh_engine) == [
        (name, "fraud", subject, f"/fraud?case={case.id}") for name in ("root", "ana")
    ]


def test_a_refused_call_is_told_once_an_hour(fresh_engine: Engine, root: Viewer) -> None:
    somebody(fresh_engine, "ana")
    with fresh_engine.begin() as conn:
        switches.add(conn, "pbx", "Europe/Madrid", "ES")
        add_entries(conn, {"44": "refuse"})
        add_entries(conn, {"33": "refuse"}, mail_to="ana@example.com")
    for place, dialled in enumerate(("+442079460000", "+33144556677", "+442079460001")):
        with fresh_engine.begin() as conn:
            start = datetime.now(UTC) - timedelta(seconds=30 - place)
            given: dict[str, Any] = {"starting_date": start, "destination_number": dialled}
            add_staged(conn, switch="pbx", callid=str(place), direction=2, **given)
        mediation.mediate(fresh_engine)
    found = told(fresh_engine)
    assert [(who, kind) for who, kind, *_ in found] == [("root", "list"), ("ana", "list")]
    assert "Refused destination +44" in found[0][2]
    assert found[0][3].startswith("/calls?")


def test_a_trouble_of_ours_is_told_to_administrators(
    fresh_engine: Engine, root: Viewer, tmp_path: Path
) -> None:
    somebody(fresh_engine, "ana")
    settings = read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})
    with fresh_engine.begin() as conn:
        options.change(conn, "disk_free_percent", 0, "x", lambda *_, **__: None)
        conn.execute(insert(switch).values(id=5, name="pbx1"))
        add_call(conn, switch_id=5)
    begins = NOON + timedelta(days=1, minutes=1)
    for minutes in (0, 2, 3):
        watch.evaluate(fresh_engine, settings, begins + timedelta(minutes=minutes))
    with fresh_engine.begin() as conn:
        add_call(conn, switch_id=5, starting_date=NOON + timedelta(days=2))
    watch.evaluate(fresh_engine, settings, begins + timedelta(minutes=1443))
    found = told(fresh_engine)
    assert [(who, kind, link) for who, kind, _, link in found] == [
        ("root", "watch", "/diagnostic")
    ] * 2
    assert found[0][2].startswith("The switch pbx1 is silent")
    assert found[1][2].startswith("Over: The switch pbx1")


def test_a_digest_in_trouble_is_told_to_its_owner_once(
    fresh_engine: Engine, root: Viewer, tmp_path: Path
) -> None:
    ana = somebody(fresh_engine, "ana", "finance")
    held = kept(fresh_engine, ana)
    with fresh_engine.begin() as conn:
        conn.exec_driver_sql("UPDATE digest SET query = 'country=Atlantis'")
    for _ in range(2):
        digests.send_due(fresh_engine, settings_in(tmp_path), SEVEN)
    assert told(fresh_engine) == [
        ("ana", "digest", "The digest Daily cannot be sent", f"/digests?digest={held.id}")
    ]


def test_a_download_is_told_once_it_is_ready(fresh_engine: Engine, tmp_path: Path) -> None:
    add_five_calls(fresh_engine)
    with fresh_engine.begin() as conn:
        add_person(conn, "ana")
    one = asked(fresh_engine)
    downloads.write_waiting(fresh_engine, tmp_path, never)
    assert told(fresh_engine) == [
        ("ana", "download", f"{one.file_name} is ready", "/downloads")
    ]
