"""Channels through the outbox: told once, tried again, given up; against a real server."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from hmac import new as hmac
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, select, update

from cdrstats import channels, mail
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.channels import Change, line
from cdrstats.db.schema import channel, outbox
from cdrstats.errors import BadRequest, NotFound
from cdrstats.mail import Letter, Mail, channelling, store
from cdrstats.mail.channelling import tell_channels
from cdrstats.settings import Smtp

from .factories import NOON, noting
from .mail_server import MailServer, running, taker
from .waiting import eventually
from .web_server import TOKEN, WebServer, listener, listening, web_server

__all__ = ["listener", "listening", "running", "taker"]  # fixtures

LETTER = Letter("ASR is low", "ASR is low\n\nIt is 12 %.\n", link="https://cdr.example.com/x")
NOWHERE = Smtp("127.0.0.1", 9, "none", None, None, "cdr@example.com", "Calls")

Make = Callable[..., str]


@pytest.fixture
def box(tmp_path: Path) -> SecretBox:
    return SecretBox(tmp_path / "secret.key")


@pytest.fixture
def make(fresh_engine: Engine, listener: WebServer, box: SecretBox) -> Make:
    """Sets up a channel that the server answers as it is called; its secret."""

    def made(how: str, name: str = "", kind: str = "webhook", address: str = "") -> str:
        with fresh_engine.begin() as conn:
            where = address or listener.address(how)
            name = name or f"to-{how}"
            return channels.add(conn, box, name, kind, where, noting(conn))[1]

    return made


def queue(engine: Engine, *names: str, occasion: str = "a") -> None:
    with engine.begin() as conn:
        for name in names:
            mail.queue(conn, None, occasion, f"#to-{name}", LETTER, NOON)


def tell(engine: Engine, box: SecretBox) -> int:
    return tell_channels(engine, box, lambda: False)


def held(engine: Engine) -> dict[str, Mail]:
    with engine.connect() as conn:
        found = {each.recipient.removeprefix("#to-"): each for each in mail.list_mails(conn)}
    assert all(TOKEN not in str(each) for each in found.values())
    return found


def make_due(engine: Engine) -> None:
    with engine.begin() as conn:
        conn.execute(update(outbox).values(next_at=func.now()))


def verified(secret: str, taken: dict[str, Any]) -> bool:
    """As whoever gets it would, by nothing of ours."""
    headers = taken["headers"]
    told = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{taken['body']}"
    key = b64decode(secret.removeprefix("whsec_"))
    proof = b64encode(hmac(key, told.encode(), sha256).digest()).decode()
    return bool(headers["webhook-signature"] == f"v1,{proof}")


def test_a_webhook_is_told_once_signed_and_its_words_are_gone(
    fresh_engine: Engine, make: Make, listener: WebServer, box: SecretBox
) -> None:
    secret = make("ok")
    queue(fresh_engine, "ok")
    queue(fresh_engine, "ok")  # the same occasion
    assert (tell(fresh_engine, box), tell(fresh_engine, box)) == (1, 0)
    (taken,) = listener.taken()
    assert verified(secret, taken)
    assert not verified(secret, taken | {"body": taken["body"].replace("12", "13")})
    assert json.loads(taken["body"])["data"]["text"] == LETTER.text
    sent = held(fresh_engine)["ok"]
    assert (sent.state, sent.attempts, sent.kept, sent.answer) == ("sent", 1, False, "200 ok")
    assert taken["headers"]["webhook-id"] == sent.message_id


def test_each_kind_is_told_in_its_own_words(
    fresh_engine: Engine, make: Make, listener: WebServer, box: SecretBox
) -> None:
    for kind in ("slack", "teams"):
        assert make("ok", f"to-{kind}", kind) == ""
    queue(fresh_engine, "slack", "teams")
    assert tell(fresh_engine, box) == 2
    bodies = [json.loads(each["body"]) for each in listener.taken()]
    assert {"blocks", "text"} in [{*each} for each in bodies]
    assert {"type", "attachments"} in [{*each} for each in bodies]
    assert not any("webhook-signature" in each["headers"] for each in listener.taken())


def test_what_is_for_now_is_tried_again_and_what_is_for_good_is_not(
    fresh_engine: Engine, make: Make, listener: WebServer, box: SecretBox, caplog: Any
) -> None:
    later, never = ("408", "429", "500", "503"), ("301", "307", "400", "404", "410")
    for how in (*later, *never, "201"):
        make(how)
    queue(fresh_engine, *later, *never, "201")
    assert tell(fresh_engine, box) == 1
    found = held(fresh_engine)
    assert {how for how, each in found.items() if each.state == "waiting"} == {*later}
    assert {how for how, each in found.items() if each.state == "failed"} == {*never}
    assert "Cannot POST" in (found["404"].error or "")
    assert "redirects us, which is not followed" in (found["307"].error or "")
    first = {each["how"]: each["headers"]["webhook-id"] for each in listener.taken()}
    make_due(fresh_engine)
    assert tell(fresh_engine, box) == 0
    again = listener.taken()[len(first) :]
    assert {each["how"] for each in again} == {*later}
    assert all(each["headers"]["webhook-id"] == first[each["how"]] for each in again)
    assert not listener.taken("ok")
    assert TOKEN not in caplog.text


def test_a_server_that_asks_for_time_gets_it(
    fresh_engine: Engine, make: Make, listener: WebServer, box: SecretBox
) -> None:
    make("429")
    queue(fresh_engine, "429", occasion="a")
    queue(fresh_engine, "429", occasion="b")
    tell(fresh_engine, box)
    assert len(listener.taken()) == 1, "the other one is not tried"
    with fresh_engine.connect() as conn:
        waits = conn.execute(select(outbox.c.next_at - outbox.c.tried_at)).scalars().all()
    assert [wait >= timedelta(minutes=9, seconds=55) for wait in waits] == [True, True]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("drop", "hung up."),
        ("hang", "does not answer within 1 s."),
        ("drip", "does not answer within 1 s."),
    ],
)
def test_a_server_that_breaks_off_is_tried_again_and_keeps_nobody_waiting(
    fresh_engine: Engine,
    make: Make,
    listener: WebServer,
    box: SecretBox,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    why: str,
) -> None:
    monkeypatch.setattr(line, "PATIENCE_S", 1.0)
    for each in (how, "ok"):
        make(each)
    queue(fresh_engine, how, "ok")
    queue(fresh_engine, how, occasion="b")
    assert tell(fresh_engine, box) == 1
    assert held(fresh_engine)["ok"].state == "sent"
    with fresh_engine.connect() as conn:
        tried = conn.execute(
            select(outbox.c.attempts, outbox.c.error)
            .where(outbox.c.recipient == f"#to-{how}")
            .order_by(outbox.c.id)
        ).all()
    assert [row.attempts for row in tried] == [1, 0]
    assert tried[0].error == f"127.0.0.1:{listener.port} {why}"


def test_one_that_hangs_keeps_no_mail_and_no_other_channel_waiting(
    fresh_engine: Engine, make: Make, taker: MailServer, box: SecretBox
) -> None:
    """While it hangs, others are told, and mails go: each has its own line."""
    make("hang")
    make("ok")
    queue(fresh_engine, "hang", "ok")
    with fresh_engine.begin() as conn:
        mail.queue(conn, taker.smtp(), "a", "ana@example.com", LETTER, NOON)
    thread = Thread(target=tell, args=(fresh_engine, box))
    thread.start()
    eventually(lambda: held(fresh_engine)["ok"].state == "sent")
    assert mail.send_waiting(fresh_engine, taker.smtp(), lambda: False) == 1
    assert held(fresh_engine)["hang"].state == "sending"
    assert thread.is_alive()
    thread.join()
    assert held(fresh_engine)["hang"].state == "waiting"


def test_a_mail_server_that_is_away_keeps_no_channel_waiting(
    fresh_engine: Engine, make: Make, box: SecretBox
) -> None:
    make("ok")
    with fresh_engine.begin() as conn:
        mail.queue(conn, NOWHERE, "a", "ana@example.com", LETTER, NOON)
    queue(fresh_engine, "ok")
    mail.send_waiting(fresh_engine, NOWHERE, lambda: False)
    assert tell(fresh_engine, box) == 1
    assert held(fresh_engine)["ana@example.com"].state == "waiting"


def test_a_channel_that_is_away_puts_off_all_of_its_own(
    fresh_engine: Engine, make: Make, box: SecretBox
) -> None:
    make("", "to-away", address="http://127.0.0.1:9/secret-part")
    make("ok")
    queue(fresh_engine, "away", "ok")
    queue(fresh_engine, "away", occasion="b")
    assert tell(fresh_engine, box) == 1
    with fresh_engine.connect() as conn:
        found = conn.execute(
            select(outbox.c.attempts, outbox.c.error).where(outbox.c.state == "waiting")
        ).all()
    why = "127.0.0.1:9 cannot be reached: connection refused."
    assert found == [(1, why)] * 2


def test_a_large_answer_is_not_read_and_one_with_the_address_not_kept(
    fresh_engine: Engine, make: Make, box: SecretBox
) -> None:
    make("flood")
    make("echo")
    queue(fresh_engine, "flood", "echo")
    assert tell(fresh_engine, box) == 2
    assert len(held(fresh_engine)["flood"].answer or "") <= 500
    assert (held(fresh_engine)["echo"].answer or "").startswith("200 Cannot POST /")


def test_a_certificate_that_nobody_signed_is_refused_unless_it_is_trusted(
    fresh_engine: Engine,
    make: Make,
    box: SecretBox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    listener: WebServer,
) -> None:
    with web_server(tmp_path / "server", "--tls") as secure:
        make("ok", address=secure.address("ok"))
        make("", "to-plain", address=listener.address("ok").replace("http:", "https:"))
        queue(fresh_engine, "ok", "plain")
        assert tell(fresh_engine, box) == 0
        assert secure.taken() == []
        found = held(fresh_engine)
        assert "is refused: self-signed certificate." in (found["ok"].error or "")
        assert "speaks no TLS" in (found["plain"].error or "")
        monkeypatch.setenv("SSL_CERT_FILE", str(secure.certificate))
        make_due(fresh_engine)
        assert tell(fresh_engine, box) == 1


def test_what_waits_for_a_channel_that_was_removed_fails(
    fresh_engine: Engine, make: Make, listener: WebServer, box: SecretBox
) -> None:
    make("ok")
    queue(fresh_engine, "ok")
    with fresh_engine.begin() as conn:
        channels.remove(conn, "to-ok", noting(conn))
        with pytest.raises(NotFound, match="There is no channel #to-ok"):
            mail.queue(conn, None, "b", "#to-ok", LETTER, NOON)
    make("ok")  # one of the same name is another
    assert tell(fresh_engine, box) == 0
    failed = held(fresh_engine)["ok"]
    assert (failed.state, failed.error) == ("failed", "The channel was removed.")
    assert listener.taken() == []


def test_a_channel_that_is_off_is_told_nothing(
    fresh_engine: Engine, make: Make, box: SecretBox
) -> None:
    make("ok")
    with fresh_engine.begin() as conn:
        channels.change(conn, "#to-ok", Change(active=False), noting(conn))
    queue(fresh_engine, "ok")
    assert held(fresh_engine) == {}


def test_addresses_and_secrets_are_sealed(
    fresh_engine: Engine, make: Make, tmp_path: Path, box: SecretBox
) -> None:
    secret = make("ok")
    with fresh_engine.connect() as conn:
        row = conn.execute(select(channel)).one()
        assert TOKEN not in str(row)
        assert secret not in str(row)
        assert TOKEN not in str(channels.list_channels(conn))
        assert channels.destination(conn, box, row.id).secret == secret


def test_a_box_without_its_key_leaves_what_waits_for_later(
    fresh_engine: Engine, make: Make, tmp_path: Path, box: SecretBox
) -> None:
    make("ok")
    queue(fresh_engine, "ok")
    kept = box.key_file.read_bytes()
    box.key_file.unlink()
    assert tell(fresh_engine, box) == 0
    waiting = held(fresh_engine)["ok"]
    assert waiting.state == "waiting"
    assert "secret.key is gone" in str(waiting.error)
    box.key_file.write_bytes(kept)
    make_due(fresh_engine)
    assert tell(fresh_engine, box) == 1


def test_two_senders_tell_once(
    fresh_engine: Engine, make: Make, listener: WebServer, box: SecretBox
) -> None:
    make("slow")
    for number in range(30):
        queue(fresh_engine, "slow", occasion=str(number))
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: tell(fresh_engine, box), range(4)))
    assert sum(done) == 30
    ids = [each["headers"]["webhook-id"] for each in listener.taken()]
    assert len(ids) == len({*ids}) == 30


def test_a_message_is_tried_at_once_when_asked(
    fresh_engine: Engine, make: Make, box: SecretBox
) -> None:
    make("404")
    queue(fresh_engine, "404")
    tell(fresh_engine, box)
    failed = held(fresh_engine)["404"]
    with fresh_engine.begin() as conn:
        assert mail.try_again(conn, failed.id, noting(conn)) == "#to-404"
        assert store.due_channels(conn) != []


def test_names_kinds_and_numbers_are_checked(conn: Connection, box: SecretBox) -> None:
    note = noting(conn)
    where = "https://example.com/x"
    channels.add(conn, box, "Ops", "slack", where, note)
    with pytest.raises(BadRequest, match="There is a channel #ops already"):
        channels.add(conn, box, "#ops", "webhook", where, note)
    with pytest.raises(BadRequest, match="no 'fax'"):
        channels.add(conn, box, "b", "fax", where, note)
    with pytest.raises(BadRequest, match="Only a webhook"):
        channels.change(conn, "ops", Change(fraud_actions=True), note)
    with pytest.raises(NotFound, match="There is no channel #nope"):
        channels.remove(conn, "nope", note)
    for number in range(49):
        channels.add(conn, box, f"n{number}", "slack", where, note)
    with pytest.raises(BadRequest, match="There are 50 channels"):
        channels.add(conn, box, "one-more", "slack", where, note)


def test_a_trial_tells_each_step(
    fresh_engine: Engine, make: Make, listener: WebServer, box: SecretBox
) -> None:
    def tried(name: str) -> list[tuple[str, bool]]:
        with fresh_engine.connect() as conn:
            to = channels.destination(conn, box, channels.find(conn, name).id)
        return [(each.step, each.done) for each in channelling.try_out(to, NOON)]

    make("ok")
    make("404")
    make("", "to-nowhere", address="https://nowhere.invalid/x")
    assert tried("to-ok") == [("connection", True), ("delivery", True)]
    assert tried("to-404") == [("connection", True), ("delivery", False)]
    assert tried("to-nowhere") == [("connection", False)]
    assert held(fresh_engine) == {}
