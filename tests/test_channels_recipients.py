"""Who is told: `#name` beside mail addresses, wherever it is said; and the hook of fraud."""

import hashlib
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select

from cdrstats import alarms, channels, digests, fraud, mediation, options, switches, watch
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.addresses import listed
from cdrstats.channels import Change
from cdrstats.db.schema import outbox, switch
from cdrstats.errors import BadRequest
from cdrstats.mail.channelling import tell_channels
from cdrstats.settings import read_settings

from .alarms import MIDNIGHT, a_rule, add_calls, look
from .digests import a_digest, kept, somebody
from .factories import NOON, add_call, add_staged, noting
from .fraud import evaluate
from .people import add_customer
from .test_fraud_evaluation import alone, burst, come_in
from .test_lists_mediation import add_entries
from .web_server import WebServer, listener, listening

__all__ = ["listener", "listening"]  # fixtures


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox(tmp_path / "secret.key")


@pytest.fixture
def house(fresh_engine: Engine, box: SecretBox) -> Engine:
    """An installation without a mail server, with the channels #ops and #hook."""
    with fresh_engine.begin() as conn:
        for name, kind in (("ops", "slack"), ("hook", "webhook")):
            channels.add(conn, box, name, kind, "http://127.0.0.1:9/T0KEN", noting(conn))
    return fresh_engine


def queued(engine: Engine) -> list[tuple[str, dict[str, Any]]]:
    """What waits for channels, oldest first: for which one, and its body."""
    query = select(outbox.c.recipient, outbox.c.message).order_by(outbox.c.id)
    with engine.connect() as conn:
        return [(to, json.loads(bytes(body))) for to, body in conn.execute(query)]


def test_a_list_may_name_channels() -> None:
    good, junk = listed("Ana <ana@example.com>; #Ops, #ops\n#a b")
    assert good == ["ana@example.com", "#ops"]
    assert junk == ["'#a b' is no channel; one is written #ops."]


def test_an_alarm_tells_a_channel_while_mail_is_off(house: Engine) -> None:
    add_calls(house, MIDNIGHT, 100, 30, country_id=724)
    with house.begin() as conn:
        alarms.add(conn, None, a_rule(name="ASR"), MIDNIGHT, mail_to=["noc@x.org", "#OPS"])
    look(house, 1)
    look(house, 1)
    [(to, body)] = queued(house)
    assert to == "#ops"
    assert body["text"].startswith("ASR: ASR 30.0 %")


def by_alarm(conn: Connection) -> None:
    alarms.add(conn, None, a_rule(), NOON, mail_to=["#nobody"])


def by_fraud(conn: Connection) -> None:
    fraud.change_rule(conn, "F4", mail_to=("noc@x.org", "#nobody"))


def by_list(conn: Connection) -> None:
    add_entries(conn, {"44": "refuse"}, mail_to="noc@x.org, #nobody")


def by_digest(conn: Connection) -> None:
    digests.add(conn, None, a_digest(), "#nobody", NOON)


@pytest.mark.parametrize("said", [by_alarm, by_fraud, by_list, by_digest])
def test_a_channel_that_is_none_is_told_where_it_is_entered(
    house: Engine, said: Callable[[Connection], None]
) -> None:
    with house.begin() as conn, pytest.raises(BadRequest, match="There is no channel #nobody"):
        said(conn)


def test_a_customer_names_none(house: Engine) -> None:
    with house.begin() as conn:
        add_customer(conn, "Acme")
    eve = somebody(house, "eve", "customer", ("Acme",))
    with house.begin() as conn, pytest.raises(BadRequest, match="can mail you alone"):
        alarms.add(conn, eve, a_rule(), NOON, mail_to=["#ops"])
    with pytest.raises(BadRequest, match="go to you alone"):
        kept(house, eve, "#ops")


def test_a_channel_that_was_removed_harms_nobody_else(house: Engine) -> None:
    with house.begin() as conn:
        switches.add(conn, "pbx", "UTC", "ES")
        add_entries(conn, {"44": "refuse"}, mail_to="#ops, #hook")
        channels.remove(conn, "ops", noting(conn))
    with house.begin() as conn:
        start = datetime.now(UTC) - timedelta(seconds=30)
        given: dict[str, Any] = {"starting_date": start, "destination_number": "+442079460000"}
        add_staged(conn, switch="pbx", callid="1", direction=2, **given)
    mediation.mediate(house)
    [(to, body)] = queued(house)
    assert (to, body["type"]) == ("#hook", "message")
    assert "Refused destination +44" in body["data"]["subject"]


def test_channels_of_troubles_are_told_what_is_wrong_here(
    house: Engine, tmp_path: Path
) -> None:
    settings = read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})
    with house.begin() as conn:
        options.change(conn, "disk_free_percent", 0, "x", lambda *_, **__: None)
        channels.change(conn, "ops", Change(troubles=True), noting(conn))
        conn.execute(insert(switch).values(id=5, name="pbx1"))
        add_call(conn, switch_id=5)
    begins = NOON + timedelta(days=1, minutes=1)
    for minutes in (0, 2):
        watch.evaluate(house, settings, begins + timedelta(minutes=minutes))
    [(to, body)] = queued(house)
    assert to == "#ops"
    assert "The switch pbx1 is silent" in body["text"]


def is_ours(secret: str, headers: dict[str, str], body: str) -> bool:
    """As docs/fraud.md shows it."""
    key = b64decode(secret.removeprefix("whsec_"))
    said = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    proof = b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    return f"v1,{proof}" in headers["webhook-signature"].split()


def test_a_switch_is_told_of_a_case_and_of_its_label(
    fresh_engine: Engine, box: SecretBox, listener: WebServer
) -> None:
    with fresh_engine.begin() as conn:
        address = listener.address("ok")
        _, secret = channels.add(conn, box, "pbx", "webhook", address, noting(conn))
        channels.add(conn, box, "silent", "webhook", address, noting(conn))
        channels.change(conn, "pbx", Change(fraud_actions=True), noting(conn))
    alone(fresh_engine, "F4")
    come_in(fresh_engine, burst(0))
    [case] = evaluate(fresh_engine, CDRSTATS_PUBLIC_URL="https://cdr.example.com")
    come_in(fresh_engine, burst(1))
    evaluate(fresh_engine)
    with fresh_engine.begin() as conn:
        fraud.label(conn, case.id, "false positive", "ana", "A dialler", NOON)
    assert tell_channels(fresh_engine, box, lambda: False) == 2
    opened, labelled = listener.taken()
    for each in (opened, labelled):
        assert is_ours(secret, each["headers"], each["body"])
        assert not is_ours(secret, each["headers"], each["body"] + " ")
    told = json.loads(opened["body"])
    assert told["type"] == "fraud.case.opened"
    data = told["data"]
    assert (data["rule"], data["key"], data["calls"]) == ("F4", "910500001", 12)
    assert data["link"] == f"https://cdr.example.com/fraud?case={case.id}"
    told = json.loads(labelled["body"])
    assert told["type"] == "fraud.case.labelled"
    assert (told["data"]["label"], told["data"]["reason"]) == ("false positive", "A dialler")
    assert told["data"]["case"] == case.id


def test_only_a_webhook_can_be_told_of_fraud(house: Engine) -> None:
    with house.begin() as conn, pytest.raises(BadRequest, match="Only a webhook"):
        channels.change(conn, "ops", Change(fraud_actions=True), noting(conn))
