"""Digests against stored calls: what they say, to whom, once each; and whose calls they see."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update

from cdrstats import alarms, channels, digests
from cdrstats.accounts import people
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.cli.common import noting
from cdrstats.clock import month_of
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import customer, digest, outbox, voip_cdr
from cdrstats.digests import PARTS
from cdrstats.digests.store import leave as leave_digest
from cdrstats.errors import BadRequest, NotFound
from cdrstats.mail.paper import on_screen
from cdrstats.settings import Settings, read_settings

from .alarms import HOUR, MIDNIGHT, a_rule, add_calls
from .digests import DAY, SEVEN, found, kept, mails, page_of, settings_in, somebody, text_of

HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def send(engine: Engine, settings: Settings, days: float = 0) -> int:
    return digests.send_due(engine, settings, SEVEN + DAY * days)


def a_day(engine: Engine, **given: Any) -> None:
    """A hundred calls to Spain in the tenth hour, sixty of them answered."""
    add_calls(engine, MIDNIGHT + HOUR * 10, 100, 60, country_id=724, **given)


def test_a_digest_says_what_the_day_was_like(fresh_engine: Engine, settings: Settings) -> None:
    add_calls(fresh_engine, MIDNIGHT - HOUR * 5, 80, 80, country_id=724)
    a_day(fresh_engine, caller_id_number="34911", sell_cost=2, buy_cost=1)
    kept(fresh_engine, to="noc@example.com; Ana <ana@example.com>")
    assert send(fresh_engine, settings) == 1
    first, second = mails(fresh_engine)
    assert (first["To"], second["To"]) == ("noc@example.com", "ana@example.com")
    assert first["Subject"] == "Daily: 10 Mar 2026"
    text = text_of(first)
    for told in (
        "Which calls: all",
        "Against: the day before",
        "Calls: 100 (+25.0 %; 80 before)",
        "ASR: 60.0 % (-40.0 points; 100.0 % before)",
        "Margin: 100.00",
        "What is unusual cannot be told",
        "100 100.0 %",
        "Spain 100 60.0 60.0 % 80",
        "34911 100 60.0 60.0 %",
        "https://cdr.example.com/dashboard?zone=UTC&period=Custom&from=2026-03-10T00%3A00"
        "&to=2026-03-11T00%3A00",
    ):
        assert told in text
    assert "ana@example.com" not in first.as_string()


def test_its_chart_goes_with_it(fresh_engine: Engine, settings: Settings) -> None:
    a_day(fresh_engine)
    kept(fresh_engine, parts=("chart",))
    send(fresh_engine, settings)
    [mail] = mails(fresh_engine)
    [picture] = [each for each in mail.walk() if each.get_content_type() == "image/png"]
    assert picture.get_content().startswith(b"\x89PNG")
    assert f'src="cid:{picture["Content-ID"][1:-1]}"' in page_of(mail)
    assert "[Calls by hour: answered, not answered" in text_of(mail)


def test_a_preview_has_its_chart_within(fresh_engine: Engine, settings: Settings) -> None:
    letter = digests.preview(fresh_engine, settings, kept(fresh_engine), SEVEN)
    assert 'src="data:image/png;base64,' in on_screen(letter)
    assert "cid:" not in on_screen(letter)


def test_what_comes_from_calls_is_escaped(fresh_engine: Engine, settings: Settings) -> None:
    a_day(fresh_engine, caller_id_number=HOSTILE)
    kept(fresh_engine, name=f"Of {HOSTILE}")
    send(fresh_engine, settings)
    [mail] = mails(fresh_engine)
    assert HOSTILE in text_of(mail)
    assert "<script" not in page_of(mail)
    assert "&lt;script&gt;" in page_of(mail)


def test_each_period_is_told_of_once(fresh_engine: Engine, settings: Settings) -> None:
    a_day(fresh_engine)
    stored = kept(fresh_engine)
    assert [send(fresh_engine, settings, days) for days in (0, 0.1, -0.2, 0.9)] == [1, 0, 0, 0]
    assert found(fresh_engine, stored).sent_until == MIDNIGHT + DAY
    assert len(mails(fresh_engine)) == 1


def test_five_missed_days_are_made_up_by_one_mail(
    fresh_engine: Engine, settings: Settings
) -> None:
    kept(fresh_engine)
    assert send(fresh_engine, settings, 0) == 1
    assert send(fresh_engine, settings, 5.4) == 1
    assert [mail["Subject"] for mail in mails(fresh_engine)] == [
        *("Daily: 10 Mar 2026", "Daily: 15 Mar 2026")
    ]


def test_two_who_send_at_once_send_one(fresh_engine: Engine, settings: Settings) -> None:
    kept(fresh_engine, parts=("totals",))
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: send(fresh_engine, settings), range(8)))
    assert sum(done) == 1
    assert len(mails(fresh_engine)) == 1


def test_one_that_ends_before_it_is_committed_leaves_all_to_the_next(
    fresh_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(fresh_engine)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cdrstats.digests.sending._change", die)
        with pytest.raises(KeyboardInterrupt):
            send(fresh_engine, settings)
    assert mails(fresh_engine) == []
    assert send(fresh_engine, settings) == 1
    assert len(mails(fresh_engine)) == 1


def test_only_if_something_changed(fresh_engine: Engine, settings: Settings) -> None:
    kept(fresh_engine, only_if_changed=True)
    assert send(fresh_engine, settings) == 1  # decided: nothing before, and nothing now
    add_calls(fresh_engine, MIDNIGHT + DAY, 5, 5)
    assert send(fresh_engine, settings, 1) == 1
    assert [mail["Subject"] for mail in mails(fresh_engine)] == ["Daily: 11 Mar 2026"]


def test_alarms_of_the_period_are_told(fresh_engine: Engine, settings: Settings) -> None:
    add_calls(fresh_engine, MIDNIGHT + HOUR, 100, 30)
    with fresh_engine.begin() as conn:
        alarms.add(conn, None, a_rule(name="Low ASR"), MIDNIGHT)
    alarms.evaluate(fresh_engine, settings, MIDNIGHT + HOUR * 2 + timedelta(minutes=5))
    kept(fresh_engine)
    send(fresh_engine, settings)
    assert "Low ASR Fired" in text_of(mails(fresh_engine)[0])


def test_what_was_unusual_is_a_sentence(fresh_engine: Engine, settings: Settings) -> None:
    make_months(fresh_engine, [month_of(MIDNIGHT - DAY * 7 * week) for week in range(1, 9)])
    for week in range(1, 9):
        add_calls(fresh_engine, MIDNIGHT + HOUR * 10 - DAY * 7 * week, 100, 60)
    kept(fresh_engine)
    send(fresh_engine, settings)
    assert (
        "1 of 24 hours was unusual, most of all 10 Mar 2026 10:00: no call, usually 100."
        in text_of(mails(fresh_engine)[0])
    )


def test_the_calls_come_as_files(fresh_engine: Engine, settings: Settings) -> None:
    a_day(fresh_engine)
    kept(fresh_engine, files=("csv", "xlsx"), query="country=Spain")
    send(fresh_engine, settings)
    csv, xlsx = mails(fresh_engine)[0].iter_attachments()
    assert csv.get_filename() == "calls-2026-03-10.csv"
    assert str(csv.get_content()).count("\n") == 101
    assert xlsx.get_filename() == "calls-2026-03-10.xlsx"
    assert xlsx.get_content().startswith(b"PK")


def test_too_many_calls_for_a_mail_are_left_out_and_told(
    fresh_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_day(fresh_engine)
    kept(fresh_engine, files=("csv",))
    monkeypatch.setattr("cdrstats.digests.attaching.LARGEST", 1000)
    send(fresh_engine, settings)
    [mail] = mails(fresh_engine)
    assert list(mail.iter_attachments()) == []
    assert "The calls do not come with this mail as a file" in text_of(mail)


def two_customers(engine: Engine) -> None:
    with engine.begin() as conn:
        names = [{"id": 7, "name": "Acme"}, {"id": 8, "name": "Bronco"}]
        conn.execute(insert(customer), names)
    a_day(engine, user_id=7, caller_id_number="111", buy_cost=1, sell_cost=2)
    a_day(engine, user_id=8, caller_id_number="222", buy_cost=1, sell_cost=2)


def test_a_channel_gets_no_files_and_is_told_so(
    fresh_engine: Engine, settings: Settings
) -> None:
    a_day(fresh_engine)
    box = SecretBox(settings.secret_key_file)
    with fresh_engine.begin() as conn:
        channels.add(conn, box, "ops", "webhook", "https://chat.example.com/x", noting(conn))
    kept(fresh_engine, to="noc@example.com, #ops", files=("csv",))
    assert send(fresh_engine, settings) == 1
    with fresh_engine.connect() as conn:
        queued = conn.execute(select(outbox.c.recipient, outbox.c.message)).all()
    said = {row.recipient: bytes(row.message) for row in queued}
    told = json.loads(said["#ops"])["data"]["text"]
    assert "The calls come as a file with the mails of this digest alone" in told
    assert "unsubscribe" not in told
    assert b".csv" in said["noc@example.com"]
    assert b"a channel takes none" not in said["noc@example.com"]


def test_a_customer_is_told_of_its_own_calls_alone(
    fresh_engine: Engine, settings: Settings
) -> None:
    two_customers(fresh_engine)
    ana = somebody(fresh_engine, "ana", "customer", ("Acme",))
    kept(fresh_engine, ana, "ana@example.com", files=("csv",))
    send(fresh_engine, settings)
    [mail] = mails(fresh_engine)
    text = text_of(mail)
    assert "Calls: 100 " in text
    assert "Sell cost: 200.00" in text
    assert "111" in text
    assert not any(word in text for word in ("222", "Buy cost", "Margin"))
    [csv] = mail.iter_attachments()
    assert str(csv.get_content()).count("\n") == 101
    assert ",222," not in str(csv.get_content())
    assert "111" in str(csv.get_content())


def test_a_customers_digest_goes_to_the_customer_alone(fresh_engine: Engine) -> None:
    two_customers(fresh_engine)
    ana = somebody(fresh_engine, "ana", "customer", ("Acme",))
    with pytest.raises(BadRequest, match=r"to you alone, and not to 'eve@example.com'"):
        kept(fresh_engine, ana, "ana@example.com, eve@example.com")


def test_a_customer_is_mailed_by_the_address_of_today(
    fresh_engine: Engine, settings: Settings
) -> None:
    two_customers(fresh_engine)
    ana = somebody(fresh_engine, "ana", "customer", ("Acme",))
    stored = kept(fresh_engine, ana, "Ana@example.com")
    with fresh_engine.begin() as conn:
        people.describe(conn, "ana", "", "ana@elsewhere.example")
    assert send(fresh_engine, settings) == 1
    assert [mail["To"] for mail in mails(fresh_engine)] == ["ana@elsewhere.example"]
    with fresh_engine.begin() as conn:
        assert leave_digest(conn, stored.id, "ana@elsewhere.example") == "Daily"
    assert found(fresh_engine, stored).mail_to == []


def test_numbers_are_masked_for_who_sees_none(fresh_engine: Engine, settings: Settings) -> None:
    a_day(fresh_engine, caller_id_number="34911234567")
    kept(fresh_engine, somebody(fresh_engine, "fin", "finance"))
    send(fresh_engine, settings)
    text = text_of(mails(fresh_engine)[0])
    assert "34911234567" not in text
    assert "3491123" in text


def test_an_owner_who_is_gone_is_trouble_and_the_others_go_on(
    fresh_engine: Engine, settings: Settings
) -> None:
    two_customers(fresh_engine)
    ana = somebody(fresh_engine, "ana", "customer", ("Acme",))
    of_ana = kept(fresh_engine, ana, "ana@example.com")
    kept(fresh_engine)
    with fresh_engine.begin() as conn:
        people.disable(conn, "ana", SEVEN)
    assert send(fresh_engine, settings) == 1
    assert found(fresh_engine, of_ana).trouble == "Its owner's account is disabled."
    with fresh_engine.begin() as conn:
        people.enable(conn, "ana")
        people.set_customers(conn, "ana", ["Bronco"])
    assert send(fresh_engine, settings, 1) == 1
    trouble = found(fresh_engine, of_ana).trouble
    assert trouble == "Its owner does not see the calls of all its customers any more."
    assert {mail["To"] for mail in mails(fresh_engine)} == {"noc@example.com"}


def test_what_became_senseless_is_trouble_until_it_is_mended(
    fresh_engine: Engine, settings: Settings
) -> None:
    stored = kept(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(update(digest).values(timezone="Mars/Olympus"))
    assert send(fresh_engine, settings) == 0
    assert found(fresh_engine, stored).trouble is None  # it is not due by any clock
    with fresh_engine.begin() as conn:
        conn.execute(update(digest).values(timezone="UTC", query="country=Atlantis"))
    assert send(fresh_engine, settings) == 0
    assert found(fresh_engine, stored).trouble == "There is no country called 'Atlantis'."
    with fresh_engine.begin() as conn:
        conn.execute(update(digest).values(query=""))
    assert send(fresh_engine, settings) == 1
    assert found(fresh_engine, stored).trouble is None


def test_while_mail_is_off_nothing_is_due(fresh_engine: Engine, settings: Settings) -> None:
    stored = kept(fresh_engine)
    off = read_settings({})
    assert digests.send_due(fresh_engine, off, SEVEN) == 0
    with pytest.raises(BadRequest, match="Mail is off"):
        digests.send_now(fresh_engine, off, stored, SEVEN)
    assert send(fresh_engine, settings, 3) == 1
    assert [mail["Subject"] for mail in mails(fresh_engine)] == ["Daily: 13 Mar 2026"]


def test_sent_now_it_is_due_all_the_same(fresh_engine: Engine, settings: Settings) -> None:
    stored = kept(fresh_engine)
    assert digests.send_now(fresh_engine, settings, stored, SEVEN - HOUR) == 1
    assert send(fresh_engine, settings) == 1
    subjects = [mail["Subject"] for mail in mails(fresh_engine)]
    assert subjects == ["Daily: 10 Mar 2026"] * 2


def test_a_preview_sends_nothing(fresh_engine: Engine, settings: Settings) -> None:
    a_day(fresh_engine)
    letter = digests.preview(fresh_engine, settings, kept(fresh_engine), SEVEN)
    assert letter.subject == "Daily: 10 Mar 2026"
    assert len(letter.pictures) == 1
    assert not letter.leave
    assert mails(fresh_engine) == []


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("noc@example.com, junk, a b@c.de", "'junk' is no mail address"),
        (" ,; ", "Say who gets it"),
        (",".join(f"a{n}@example.com" for n in range(51)), "50 addresses at most"),
    ],
)
def test_a_list_with_junk_is_refused(fresh_engine: Engine, to: str, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        kept(fresh_engine, to=to)


def test_any_view_can_be_told_of_without_its_times(fresh_engine: Engine) -> None:
    query = "period=7d&zone=UTC&country=Spain&where=duration+%3E%3D+60&split=Country"
    stored = kept(fresh_engine, page="overview", query=query)
    assert stored.query == "country=Spain&split=Country&where=duration+%3E%3D+60"
    with pytest.raises(BadRequest, match="There is no country called 'Atlantis'"):
        kept(fresh_engine, name="b", query="country=Atlantis")
    with pytest.raises(BadRequest, match="There is a digest called 'Daily' already"):
        kept(fresh_engine)


def test_each_sees_and_changes_their_own(fresh_engine: Engine) -> None:
    ana, ben = (somebody(fresh_engine, name) for name in ("ana", "ben"))
    mine = kept(fresh_engine, ana)
    kept(fresh_engine, ben)
    with fresh_engine.begin() as conn:
        assert [each.id for each in digests.list_digests(conn, ana)] == [mine.id]
        assert len(digests.list_digests(conn)) == 2
        for change in (digests.pause, digests.remove):
            with pytest.raises(NotFound):
                change(conn, mine.id, ben)
        assert not digests.pause(conn, mine.id, ana).active
        assert digests.resume(conn, mine.id, SEVEN, ana).since == SEVEN
        said = digests.change(conn, mine.id, ana, mine.digest, "new@example.com")
        assert said.mail_to == ["new@example.com"]
        digests.remove(conn, mine.id, ana)
        assert digests.list_digests(conn, ana) == []


def test_a_part_of_a_page_that_one_may_not_open_is_not_told(
    fresh_engine: Engine, settings: Settings
) -> None:
    from cdrstats.accounts import EVERYONE, Viewer
    from cdrstats.digests.contents import parts_of

    poor = Viewer("poor", frozenset({"digests"}), EVERYONE)
    everything = kept(fresh_engine).digest
    assert parts_of(everything, None) == list(PARTS)
    assert parts_of(everything, poor) == ["totals", "chart", "unusual", "causes"]


def test_calls_are_counted_before_they_are_told(
    fresh_engine: Engine, settings: Settings
) -> None:
    """Those of the last minutes of the day have come, and are not in the roll-ups yet."""
    add_calls(fresh_engine, MIDNIGHT + DAY - timedelta(minutes=1), 3, 3)
    kept(fresh_engine, parts=("totals",))
    send(fresh_engine, settings)
    assert "Calls: 3 " in text_of(mails(fresh_engine)[0])
    with fresh_engine.connect() as conn:
        assert conn.execute(func.count().select().select_from(voip_cdr)).scalar_one() == 3
