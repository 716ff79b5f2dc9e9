"""The mails by which people get the links that set their passwords."""

import pytest
from sqlalchemy import Engine, select, update

from cdrstats import mail
from cdrstats.accounts import people
from cdrstats.db.schema import outbox, person
from cdrstats.mail import send_waiting

from .commands import rows
from .mail_server import MailServer, running, taker
from .pages import Open, words
from .people import add_person
from .test_page_people import named, pressed, push, the_link

__all__ = ["running", "taker"]  # fixtures


def sendings(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        return [(each.recipient, each.state) for each in mail.list_mails(conn)]


def test_whoever_is_added_gets_the_link_by_mail(
    app: Open, fresh_engine: Engine, taker: MailServer
) -> None:
    at = pressed(app("people"), "Add a person")
    named(at, "Name").set_value("ben")
    named(at, "Full name").set_value("Ben <b>Ito</b>")
    named(at, "E-mail").set_value("ben@example.com")
    push(at, "add_yes")
    assert "This was mailed to **ben**, ben@example.com." in words(at).replace("\\", "")
    link = the_link(at)
    assert link.startswith("https://cdr.example.com/link/")
    send_waiting(fresh_engine, taker.smtp(), lambda: False)
    [one] = taker.taken()
    assert (one["to"], one["headers"]["Subject"]) == (
        *("ben@example.com", "Your account of CDR-Stats"),
    )
    assert link in one["text/plain"]
    assert f'href="{link}"' in one["text/html"]
    assert "Hello Ben <b>Ito</b>" in one["text/plain"]
    assert "Hello Ben &lt;b&gt;Ito&lt;/b&gt;" in one["text/html"]
    with fresh_engine.connect() as conn:
        assert conn.execute(select(outbox.c.message)).scalar() is None
        [held] = mail.list_mails(conn)
    assert link.rpartition("/")[2] not in str(held)


def test_a_reset_link_is_mailed_and_shown(
    app: Open, fresh_engine: Engine, taker: MailServer
) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "ana")
        add_person(conn, "ben")
        people.describe(conn, "ben", "", "ben@example.com")
    at = pressed(app("people", person="ana"), "Make a reset link")
    assert "Send this to **ana**:" in words(at)  # no address is known
    assert sendings(fresh_engine) == []
    at = pressed(app("people", person="ben"), "Make a reset link")
    assert "This was mailed to **ben**" in words(at)
    send_waiting(fresh_engine, taker.smtp(), lambda: False)
    assert the_link(at) in taker.taken()[0]["text/plain"]


def test_links_of_a_file_are_mailed_to_those_whose_address_is_known(
    app: Open, fresh_engine: Engine, taker: MailServer
) -> None:
    at = pressed(app("people"), "Import")
    text = "name,role,email\nben,finance,ben@example.com\ndan,analyst,\n"
    at.file_uploader[0].upload("people.csv", text.encode()).run()
    push(at, "import_yes")
    table = next(one.value for one in at.dataframe if "link" in one.value)
    assert list(table["mailed"].fillna("")) == ["ben@example.com", ""]
    assert sendings(fresh_engine) == [("ben@example.com", "waiting")]


def test_an_address_of_before_they_were_checked_stops_no_link(
    app: Open, fresh_engine: Engine, taker: MailServer
) -> None:
    with fresh_engine.begin() as conn:
        add_person(conn, "ana")
        conn.execute(update(person).values(email="a@b@c"))
    at = pressed(app("people", person="ana"), "Make a reset link")
    assert "Send this to **ana**:" in words(at)
    assert the_link(at)
    assert sendings(fresh_engine) == []


def test_a_person_who_cannot_be_gets_no_mail(
    app: Open, fresh_engine: Engine, taker: MailServer
) -> None:
    at = pressed(app("people"), "Add a person")
    named(at, "Name").set_value("ben")
    named(at, "E-mail").set_value("ben at example.com")
    push(at, "add_yes")
    assert "is no mail address" in at.warning[0].value
    named(at, "Name").set_value("local")
    named(at, "E-mail").set_value("ben@example.com")
    push(at, "add_yes")
    assert sendings(fresh_engine) == []


@pytest.mark.usefixtures("named_database")
def test_links_of_the_command_line_are_mailed(fresh_engine: Engine, taker: MailServer) -> None:
    given = ("--role", "analyst", "--email", "ana@example.com")
    [added] = rows("user", "add", "ana", *given)
    assert added["mailed_to"] == "ana@example.com"
    [reset] = rows("user", "reset-link", "ana")
    [other] = rows("user", "add", "ben", "--role", "analyst")
    assert other["mailed_to"] is None
    send_waiting(fresh_engine, taker.smtp(), lambda: False)
    told = [each["text/plain"] for each in taker.taken()]
    assert len(told) == 2
    assert added["link"] in told[0]
    assert reset["link"] in told[1]
