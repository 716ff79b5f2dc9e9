"""The Mail log page, and the card on Diagnostic that tries the way of a mail."""

import pytest
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from cdrstats import mail
from cdrstats.accounts import audit
from cdrstats.mail import Letter, send_waiting

from .factories import NOON
from .mail_server import MailServer, running, taker
from .pages import Open, chosen, signed_in, words
from .test_page_people import pressed

__all__ = ["running", "taker"]  # fixtures


@pytest.fixture
def three(fresh_engine: Engine, taker: MailServer) -> None:
    """A mail that was sent, one that was refused, and one that waits."""
    smtp = taker.smtp()
    with fresh_engine.begin() as conn:
        for name in ("ana", "nobody", "later"):
            letter = Letter(f"For *{name}*", "a secret\n")
            mail.queue(conn, smtp, "test", f"{name}@example.com", letter, NOON)
    send_waiting(fresh_engine, smtp, lambda: False)


def sendings(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        return [(each.recipient, each.state) for each in mail.list_mails(conn)]


@pytest.mark.usefixtures("three")
def test_the_log_tells_each_mail_and_no_words(app: Open) -> None:
    at = app("mail")
    assert not at.exception
    table = at.dataframe[0].value
    assert [each.partition("@")[0] for each in table["recipient"]] == ["later", "nobody", "ana"]
    assert list(table["state"]) == [["Waiting"], ["Refused"], ["Sent"]]
    assert "550 5.1.1" in table["error"][1]
    assert "250 2.0.0 Queued" in table["answer"][2]
    assert "a secret" not in words(at) + table.to_csv()
    only = app("mail", state="Refused").dataframe[0].value
    assert list(only["recipient"]) == ["nobody@example.com"]
    assert "No mail is in this state." in words(app("mail", state="Given up"))


@pytest.mark.usefixtures("three")
def test_a_mail_that_was_refused_is_tried_again(
    app: Open, fresh_engine: Engine, taker: MailServer
) -> None:
    at = chosen(app("mail"), 0, 1)
    pressed(at, "Try again")
    assert ("nobody@example.com", "waiting") in sendings(fresh_engine)
    with fresh_engine.connect() as conn:
        line = audit.search(conn)[0]
    assert (line.who, line.action, line.object) == (
        *("local", "send mail again", "nobody@example.com"),
    )
    sent = chosen(app("mail"), 0, 2)
    assert "Try again" not in [each.label for each in sent.button]


def test_many_mails_are_shown_page_by_page(
    app: Open, fresh_engine: Engine, taker: MailServer
) -> None:
    with fresh_engine.begin() as conn:
        for number in range(130):
            letter = Letter(str(number), "text\n")
            mail.queue(conn, taker.smtp(), str(number), "ana@example.com", letter, NOON)
    at = app("mail")
    assert list(at.dataframe[0].value["subject"])[:2] == ["129", "128"]
    pressed(at, "Older")
    assert list(at.dataframe[0].value["subject"]) == [str(n) for n in range(29, -1, -1)]
    pressed(at, "Newest")
    assert len(at.dataframe[0].value) == 100


def test_without_a_server_the_pages_say_so(app: Open) -> None:
    assert "Mail is off" in app("mail").info[0].value
    assert "Mail is off" in words(app("diagnostic"))


def trial(at: AppTest) -> AppTest:
    return pressed(at, "Try it")


def test_diagnostic_tries_the_way(app: Open, fresh_engine: Engine, taker: MailServer) -> None:
    at = app("diagnostic")
    at.text_input(key="mail_to").set_value("ana@example.com")
    found = next(one.value for one in trial(at).dataframe if "detail" in one.value)
    assert list(found["step"])[-1] == "delivery"
    assert list(found["done"]) == [["Done"]] * 5
    assert [each["to"] for each in taker.taken()] == ["ana@example.com"]
    with fresh_engine.connect() as conn:
        assert audit.search(conn)[0].action == "try mail"
    at.text_input(key="mail_to").set_value("nobody@example.com")
    trial(at)
    told = at.warning[0].value.replace("\\", "")
    assert "recipient: 550 5.1.1 No such mailbox\n\nLook at CDRSTATS_MAIL_FROM" in told
    at.text_input(key="mail_to").set_value("junk")
    trial(at)
    assert "is no mail address" in at.warning[0].value


def test_who_may_not_see_the_log_sends_no_test_mails(
    app: Open, fresh_engine: Engine, taker: MailServer
) -> None:
    at = app("diagnostic", signed_in(fresh_engine, "ben", "analyst"))
    assert not at.text_input
    found = next(one.value for one in trial(at).dataframe if "detail" in one.value)
    assert list(found["step"])[-1] == "login"
    assert taker.taken() == []
