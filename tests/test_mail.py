"""The outbox: queued with what decides, tried again, and given up; against a real server."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, select, update

from cdrstats import mail, options
from cdrstats.db.schema import outbox
from cdrstats.errors import BadRequest
from cdrstats.mail import Letter, Mail, line, send_waiting, store
from cdrstats.mail.rules import WAITS
from cdrstats.settings import Smtp

from .factories import NOON
from .mail_server import PASSWORD, USER, MailServer, mail_server

LETTER = Letter("Figures of March", "They are good.\n", "<p>They are good.</p>")
NOWHERE = Smtp("127.0.0.1", 9, "none", None, None, "cdr@example.com", "Calls")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with mail_server(tmp_path_factory.mktemp("mail") / "server") as found:
        yield found


@pytest.fixture
def taker(running: MailServer) -> MailServer:
    """The server, which has taken nothing yet."""
    (running.folder / "taken").write_text("")
    return running


def queue(conn: Connection, occasion: str, to: str, letter: Letter = LETTER) -> bool:
    return mail.queue(conn, NOWHERE, occasion, to, letter, NOON)


def queue_all(engine: Engine, *names: str) -> None:
    with engine.begin() as conn:
        for name in names:
            queue(conn, f"for {name}", f"{name}@example.com")


def send(engine: Engine, smtp: Smtp | None) -> int:
    return send_waiting(engine, smtp, lambda: False)


def held(engine: Engine) -> dict[str, Mail]:
    """All mails, by what stands before the @ of their recipients."""
    with engine.connect() as conn:
        return {each.recipient.partition("@")[0]: each for each in mail.list_mails(conn)}


def set_all(engine: Engine, **values: object) -> None:
    with engine.begin() as conn:
        conn.execute(update(outbox).values(**values))


def make_due(engine: Engine) -> None:
    set_all(engine, next_at=func.now())


def recipients(taker: MailServer) -> list[str]:
    return [each["to"].partition("@")[0] for each in taker.taken()]


def nothing(*_: object, **__: object) -> None:
    """A note that nobody reads."""


def test_a_mail_is_queued_once_for_each_recipient_and_occasion(conn: Connection) -> None:
    assert queue(conn, "report of March", "ana@example.com")
    assert not queue(conn, "report of March", " ana@EXAMPLE.com ")
    assert queue(conn, "report of March", "ben@example.com")
    assert queue(conn, "report of April", "ana@example.com")
    assert len(mail.list_mails(conn)) == 3


def test_what_is_not_decided_after_all_is_not_sent(
    fresh_engine: Engine, taker: MailServer
) -> None:
    with fresh_engine.begin() as conn:
        queue(conn, "a", "ana@example.com")
        conn.rollback()
    assert (send(fresh_engine, taker.smtp()), held(fresh_engine)) == (0, {})


def test_junk_and_a_mail_of_30_mb_are_refused_where_they_are_queued(conn: Connection) -> None:
    with pytest.raises(BadRequest, match="'junk' is no mail address"):
        queue(conn, "a", "junk")
    with pytest.raises(BadRequest, match="mail servers take 25 MB at most"):
        queue(conn, "a", "ana@example.com", Letter("Figures", "x" * 70 + "\n" * 30_000_000))
    assert queue(conn, "a", "ana@example.com")
    assert len(mail.list_mails(conn)) == 1


def test_a_mail_is_sent_and_its_words_are_gone(fresh_engine: Engine, taker: MailServer) -> None:
    queue_all(fresh_engine, "ana", "ben")
    assert send(fresh_engine, taker.smtp()) == 2
    assert recipients(taker) == ["ana", "ben"]
    first = taker.taken()[0]
    assert first["from"] == "cdr@example.com"
    assert first["headers"]["Subject"] == "Figures of March"
    assert first["text/plain"].strip() == "They are good."
    assert first["text/html"].strip() == "<p>They are good.</p>"
    ana = held(fresh_engine)["ana"]
    assert (ana.state, ana.attempts, ana.kept, ana.error) == ("sent", 1, False, None)
    assert ana.answer is not None
    assert ana.answer.startswith("250 2.0.0 Queued as ")
    assert ana.message_id in first["headers"]["Message-ID"]
    assert ana.sent_at is not None
    assert send(fresh_engine, taker.smtp()) == 0
    assert len(taker.taken()) == 2


def test_without_a_mail_server_mails_wait(fresh_engine: Engine) -> None:
    queue_all(fresh_engine, "ana")
    assert send(fresh_engine, None) == 0
    assert (held(fresh_engine)["ana"].state, held(fresh_engine)["ana"].attempts) == (
        "waiting",
        0,
    )


def test_refusals_stop_nobody_else(fresh_engine: Engine, taker: MailServer) -> None:
    queue_all(fresh_engine, "later", "nobody", "spam", "ana")
    assert send(fresh_engine, taker.smtp()) == 1
    found = held(fresh_engine)
    assert {name: each.state for name, each in found.items()} == {
        "later": "waiting",
        "nobody": "failed",
        "spam": "failed",
        "ana": "sent",
    }
    assert found["later"].error == (
        "The server refuses the recipient: 451 4.3.0 Come back later"
    )
    assert "550 5.1.1 No such mailbox" in (found["nobody"].error or "")
    assert "refuses the mail: 554 5.7.1" in (found["spam"].error or "")
    make_due(fresh_engine)
    assert send(fresh_engine, taker.smtp()) == 0
    assert held(fresh_engine)["later"].attempts == 2
    assert held(fresh_engine)["nobody"].attempts == 1


def test_a_mail_waits_longer_each_time_and_is_given_up_in_the_end(
    fresh_engine: Engine, taker: MailServer
) -> None:
    queue_all(fresh_engine, "later")
    waited = []
    for _ in range(5):
        send(fresh_engine, taker.smtp())
        with fresh_engine.connect() as conn:
            wait = conn.execute(select(outbox.c.next_at - outbox.c.tried_at)).scalar_one()
        waited.append(round(wait.total_seconds() / 60))
        assert send(fresh_engine, taker.smtp()) == 0  # not due
        make_due(fresh_engine)
    assert waited == [1, 2, 5, 15, 60]
    set_all(fresh_engine, attempts=len(WAITS) - 1)
    for state in ("waiting", "given_up", "given_up"):
        send(fresh_engine, taker.smtp())
        assert held(fresh_engine)["later"].state == state
        make_due(fresh_engine)
    assert held(fresh_engine)["later"].attempts == len(WAITS) + 1


@pytest.mark.parametrize(
    ("name", "why"), [("drop", "hung up"), ("hang", "does not answer within 1 s")]
)
def test_a_line_that_breaks_mid_message_puts_off_that_mail(
    fresh_engine: Engine,
    taker: MailServer,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    why: str,
) -> None:
    monkeypatch.setattr(line, "TIMEOUT_S", 1.0)
    queue_all(fresh_engine, "ana", name, "ben")
    assert send(fresh_engine, taker.smtp()) == 1
    found = held(fresh_engine)
    assert (found[name].state, found["ben"].state) == ("waiting", "waiting")
    assert why in (found[name].error or "")
    assert found["ben"].attempts == 0
    assert send(fresh_engine, taker.smtp()) == 1  # the next round goes on without it
    assert recipients(taker) == ["ana", "ben"]


def test_a_server_that_closes_the_line_is_asked_again_later(
    fresh_engine: Engine, taker: MailServer
) -> None:
    queue_all(fresh_engine, "away", "ana")
    assert send(fresh_engine, taker.smtp()) == 0
    assert held(fresh_engine)["away"].error == (
        "The server refuses the recipient: 421 4.3.2 Closing"
    )
    assert send(fresh_engine, taker.smtp()) == 1


def test_a_server_that_is_away_puts_off_all_that_is_due(fresh_engine: Engine) -> None:
    queue_all(fresh_engine, "ana", "ben")
    set_all(fresh_engine, next_at=func.now() + timedelta(minutes=30))
    queue_all(fresh_engine, "cleo", "dan")
    assert send(fresh_engine, NOWHERE) == 0
    found = held(fresh_engine)
    assert {name: each.attempts for name, each in found.items()} == {
        **dict.fromkeys(("ana", "ben"), 0),
        **dict.fromkeys(("cleo", "dan"), 1),
    }
    assert found["dan"].error == "127.0.0.1, port 9: Connection refused."


def test_a_wrong_login_is_told_and_the_right_one_sends(
    fresh_engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server(tmp_path / "server", "--login") as taker:
        queue_all(fresh_engine, "ana")
        for given in ("a wrong word", "gefälscht"):
            assert send(fresh_engine, taker.smtp(USER=USER, PASSWORD=given)) == 0
            assert given not in caplog.text + (held(fresh_engine)["ana"].error or "")
            make_due(fresh_engine)
        assert "plain ASCII" in (held(fresh_engine)["ana"].error or "")
        assert "535 5.7.8" in caplog.text
        assert send(fresh_engine, taker.smtp(USER=USER, PASSWORD=PASSWORD)) == 1


@pytest.mark.parametrize(("flag", "security"), [("--tls", "tls"), ("--starttls", "starttls")])
def test_a_certificate_that_nobody_signed_is_refused_unless_it_is_trusted(
    fresh_engine: Engine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    flag: str,
    security: str,
) -> None:
    with mail_server(tmp_path / "server", flag) as taker:
        queue_all(fresh_engine, "ana")
        assert send(fresh_engine, taker.smtp(SECURITY=security)) == 0
        assert "certificate is refused: self-signed certificate." in (
            held(fresh_engine)["ana"].error or ""
        )
        monkeypatch.setenv("SSL_CERT_FILE", str(taker.certificate))
        make_due(fresh_engine)
        assert send(fresh_engine, taker.smtp(SECURITY=security)) == 1


def test_nothing_goes_out_in_the_clear_where_tls_is_wanted(
    fresh_engine: Engine, taker: MailServer
) -> None:
    queue_all(fresh_engine, "ana")
    assert send(fresh_engine, taker.smtp(SECURITY="starttls")) == 0
    assert "STARTTLS" in (held(fresh_engine)["ana"].error or "")
    make_due(fresh_engine)
    assert send(fresh_engine, taker.smtp(SECURITY="tls")) == 0
    assert "speaks no TLS" in (held(fresh_engine)["ana"].error or "")
    assert taker.taken() == []


def test_what_a_dead_process_left_behind_goes_at_once(
    fresh_engine: Engine, taker: MailServer
) -> None:
    queue_all(fresh_engine, "ana")
    set_all(fresh_engine, state="sending", attempts=1, next_at=func.now() + timedelta(hours=1))
    assert send(fresh_engine, taker.smtp()) == 1
    assert held(fresh_engine)["ana"].attempts == 2


def test_what_another_process_is_sending_is_let_alone(
    fresh_engine: Engine, taker: MailServer
) -> None:
    queue_all(fresh_engine, "ana", "ben")
    with fresh_engine.begin() as conn:
        [ana] = store.begin(conn, 1)
    with fresh_engine.begin() as other:
        assert store.hold(other, ana)
        assert send(fresh_engine, taker.smtp()) == 1
        assert recipients(taker) == ["ben"]
        store.confirm(other, ana.id, "250 OK")
    with fresh_engine.begin() as conn:
        assert store.hold(conn, ana) is None  # sent meanwhile
    assert send(fresh_engine, taker.smtp()) == 0


@pytest.mark.parametrize("set_by", [timedelta(days=-400), timedelta(days=400)])
def test_a_clock_that_is_set_loses_nothing_and_gives_up_nothing(
    fresh_engine: Engine, taker: MailServer, set_by: timedelta
) -> None:
    """As if all had happened by the clock of before."""
    queue_all(fresh_engine, "later")
    send(fresh_engine, taker.smtp())
    with fresh_engine.begin() as conn:
        moved = {name: outbox.c[name] - set_by for name in ("next_at", "queued_at", "tried_at")}
        conn.execute(update(outbox).values(moved))
    send(fresh_engine, taker.smtp())
    found = held(fresh_engine)["later"]
    assert (found.state, found.attempts) == ("waiting", 2)


def test_trying_again_is_for_what_was_not_sent(fresh_engine: Engine, taker: MailServer) -> None:
    queue_all(fresh_engine, "nobody", "ana", "later")
    send(fresh_engine, taker.smtp())
    found = held(fresh_engine)
    noted: list[tuple[object, ...]] = []

    def note(*given: object) -> None:
        noted.append(given)

    with fresh_engine.begin() as conn:
        with pytest.raises(BadRequest, match="was sent"):
            mail.try_again(conn, found["ana"].id, note)
        for name in ("nobody", "later"):
            assert mail.try_again(conn, found[name].id, note) == f"{name}@example.com"
    assert noted == [
        ("send mail again", "nobody@example.com"),
        ("send mail again", "later@example.com"),
    ]
    send(fresh_engine, taker.smtp())
    assert held(fresh_engine)["nobody"].attempts == 1


def test_words_are_forgotten_and_then_mails(fresh_engine: Engine, taker: MailServer) -> None:
    queue_all(fresh_engine, "nobody", "ana", "later")
    send(fresh_engine, taker.smtp())
    now = held(fresh_engine)["ana"].queued_at

    def after(days: float) -> dict[str, bool]:
        with fresh_engine.begin() as conn:
            mail.forget_old(conn, now + timedelta(days=days))
        return {name: each.kept for name, each in held(fresh_engine).items()}

    assert after(6.9) == {"nobody": True, "ana": False, "later": True}
    assert after(7.1) == {"nobody": False, "ana": False, "later": True}
    assert after(89.9) == {"nobody": False, "ana": False, "later": True}
    with fresh_engine.begin() as conn:
        options.change(conn, "mail_log_days", 30, "x", nothing)
    assert after(30.1) == {"later": True}  # it waits still


def test_mails_are_listed_newest_first_page_by_page(conn: Connection) -> None:
    for number in range(5):
        queue(conn, str(number), "ana@example.com")
    first = mail.list_mails(conn, limit=2)
    assert [each.occasion for each in first] == ["4", "3"]
    older = mail.list_mails(conn, before=first[-1].id)
    assert [each.occasion for each in older] == ["2", "1", "0"]
    assert mail.list_mails(conn, state="sent") == []
