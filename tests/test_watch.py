"""Watches on ourselves: told once it lasts, each day while it does, and when it is over."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select, update

from cdrstats import options, watch
from cdrstats.db.schema import outbox, person, rollup_log, switch
from cdrstats.settings import Settings, read_settings
from cdrstats.watch import Standing

from .factories import NOON, add_call
from .people import add_person

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(
        {
            "CDRSTATS_SMTP_HOST": "127.0.0.1",
            "CDRSTATS_MAIL_FROM": "cdr@example.com",
            "CDRSTATS_VAR_DIR": str(tmp_path),
        }
    )


@pytest.fixture
def silent(fresh_engine: Engine) -> Engine:
    """A switch whose newest call is of noon, administrators, and who is none."""
    with fresh_engine.begin() as conn:
        options.change(conn, "disk_free_percent", 0, "x", lambda *_, **__: None)
        conn.execute(insert(switch).values(id=5, name="pbx1"))
        add_call(conn, switch_id=5)
        for name, role, address in (
            ("root", "administrator", "root@example.com"),
            ("rita", "administrator", "rita@example.com"),
            ("gone", "administrator", "gone@example.com"),
            ("bare", "administrator", ""),
            ("ana", "analyst", "ana@example.com"),
        ):
            made = add_person(conn, name, role)
            values = {"email": address} | ({"disabled_at": NOON} if name == "gone" else {})
            conn.execute(update(person).where(person.c.id == made.id).values(values))
    return fresh_engine


def standing(engine: Engine) -> list[Standing]:
    with engine.connect() as conn:
        return watch.list_troubles(conn)


def mails(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as conn:
        query = select(outbox.c.recipient, outbox.c.subject).order_by(outbox.c.id)
        return [tuple(row) for row in conn.execute(query)]


SAID = "The switch pbx1 is silent: its newest call began"


def test_a_silent_switch_from_first_to_last(silent: Engine, settings: Settings) -> None:
    begins = NOON + DAY + MINUTE
    assert watch.evaluate(silent, settings, begins - 2 * MINUTE) == 0
    for later, told in ((0, 0), (1, 0), (2, 1), (3, 0), (1441, 0), (1442, 1)):
        assert watch.evaluate(silent, settings, begins + later * MINUTE) == told, later
    assert [each.since for each in standing(silent)] == [begins]
    with silent.begin() as conn:
        add_call(conn, switch_id=5, starting_date=NOON + 2 * DAY)
    assert watch.evaluate(silent, settings, begins + 1443 * MINUTE) == 1
    assert standing(silent) == []
    assert watch.evaluate(silent, settings, begins + 1444 * MINUTE) == 0
    told = mails(silent)
    assert [to for to, _ in told] == ["rita@example.com", "root@example.com"] * 3
    assert [subject for _, subject in told[::2]] == [
        f"CDR-Stats: {SAID} 24 h ago",
        f"CDR-Stats: {SAID} 2 days ago",
        f"CDR-Stats: over: {SAID} 2 days ago",
    ]


def test_what_is_soon_over_is_told_to_nobody(silent: Engine, settings: Settings) -> None:
    begins = NOON + DAY + MINUTE
    watch.evaluate(silent, settings, begins)
    assert len(standing(silent)) == 1
    with silent.begin() as conn:
        options.change(conn, "silent_hours", 0, "x", lambda *_, **__: None)
    assert watch.evaluate(silent, settings, begins + MINUTE) == 0
    assert (standing(silent), mails(silent)) == ([], [])


def test_without_a_mail_server_troubles_stand_all_the_same(
    silent: Engine, tmp_path: Path
) -> None:
    settings = read_settings({"CDRSTATS_VAR_DIR": str(tmp_path)})
    begins = NOON + DAY + MINUTE
    for later in (0, 2):
        watch.evaluate(silent, settings, begins + later * MINUTE)
    assert [each.told_at for each in standing(silent)] == [begins + 2 * MINUTE]
    assert mails(silent) == []


def test_figures_that_lag_and_mails_that_wait_are_read(
    silent: Engine, settings: Settings
) -> None:
    with silent.begin() as conn:
        conn.execute(insert(rollup_log).values(slot=NOON, noted_at=NOON - 11 * MINUTE))
        waiting = {"occasion": "x", "recipient": "a@example.com", "subject": "s"}
        waiting |= {"message_id": "1", "queued_at": NOON - 31 * MINUTE}
        conn.execute(insert(outbox).values(waiting))
        refused = waiting | {"occasion": "y", "state": "failed", "tried_at": NOON}
        conn.execute(insert(outbox).values(refused | {"queued_at": NOON}))
    watch.evaluate(silent, settings, NOON)
    assert {(each.what, each.object) for each in standing(silent)} == {
        ("figures", ""),
        ("mail", "waiting"),
        ("mail", "given up"),
    }
