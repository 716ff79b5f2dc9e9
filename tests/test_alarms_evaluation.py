"""Rules against stored calls: each window once, restarts, late calls, customers."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select, update

from cdrstats import alarms
from cdrstats.accounts import Viewer
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.alarms import Stored
from cdrstats.db.schema import alarm_rule, alarm_window, country, customer, person
from cdrstats.errors import BadRequest

from .alarms import (
    HOUR,
    MIDNIGHT,
    MINUTE,
    a_rule,
    add_calls,
    decided,
    kept,
    look,
    stored,
    worked,
)
from .people import add_person

ACME, BRONCO = 7, 8


def test_the_worked_sequence_hour_by_hour(fresh_engine: Engine) -> None:
    rule = worked(fresh_engine)
    told = [[event.told for event in look(fresh_engine, n)] for n in range(1, 9)]
    assert told == [[], ["fired"], [], [], [], ["cleared"], [], ["fired"]]
    assert decided(fresh_engine, rule) == [
        (50, 100, "calm", ""),
        (39, 100, "fires", "fired"),
        (38, 100, "fires", ""),
        (44, 100, "between", ""),
        (46, 100, "calm", ""),
        (47, 100, "calm", "cleared"),
        (0, 2, "insufficient", ""),
        (39, 100, "fires", "fired"),
    ]
    assert look(fresh_engine, 8) == []


def test_however_often_one_looks_the_same_is_decided(fresh_engine: Engine) -> None:
    rule = worked(fresh_engine)
    told = [event.told for n in (0.5, 3, 3, 2, 8, 8) for event in look(fresh_engine, n)]
    assert told == ["fired", "cleared", "fired"]
    assert len(decided(fresh_engine, rule)) == 8


def test_two_evaluators_at_once_decide_each_window_once(fresh_engine: Engine) -> None:
    rule = worked(fresh_engine)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: look(fresh_engine, 8), range(8)))
    assert [event.told for some in found for event in some] == ["fired", "cleared", "fired"]
    assert len(decided(fresh_engine, rule)) == 8


def test_a_process_killed_before_it_committed_leaves_all_to_the_next(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = worked(fresh_engine)

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cdrstats.alarms.evaluation._change", die)
        with pytest.raises(KeyboardInterrupt):
            look(fresh_engine, 8)
    assert decided(fresh_engine, rule) == []
    assert [event.told for event in look(fresh_engine, 8)] == ["fired", "cleared", "fired"]


def test_after_years_of_silence_all_windows_are_decided_part_by_part(
    fresh_engine: Engine,
) -> None:
    """More windows than one question can have steps."""
    rule = kept(fresh_engine, a_rule(length="quarter", metric="calls", threshold=1))
    years = MIDNIGHT - timedelta(days=250)
    with fresh_engine.begin() as conn:
        conn.execute(update(alarm_rule).values(watched_since=years))
    assert [event.told for event in look(fresh_engine, 0)] == ["fired"]
    with fresh_engine.connect() as conn:
        found = alarms.windows_decided(conn, rule.id, years)
    assert len(found) == 250 * 96
    assert [each.event for each in found if each.event] == ["fired"]


def test_late_calls_add_a_note_and_change_no_decision(fresh_engine: Engine) -> None:
    rule = worked(fresh_engine)
    look(fresh_engine, 8)
    before = decided(fresh_engine, rule)
    assert look(fresh_engine, 8) == []  # what was counted a moment ago is looked at again
    assert noted(fresh_engine, rule) == {}
    add_calls(fresh_engine, MIDNIGHT + HOUR, 100, 100)
    add_calls(fresh_engine, MIDNIGHT + HOUR * 4, 100, 0)
    assert look(fresh_engine, 8) == []
    assert decided(fresh_engine, rule) == before
    notes = {
        1: "With late calls: 69.5 of 200 calls (calm).",
        4: "With late calls: 23 of 200 calls (fires).",
    }
    assert noted(fresh_engine, rule) == notes
    add_calls(fresh_engine, MIDNIGHT + HOUR * 8, 100, 50)
    assert [event.told for event in look(fresh_engine, 9)] == []
    assert noted(fresh_engine, rule) == notes


def noted(engine: Engine, rule: Stored) -> dict[int, str]:
    with engine.connect() as conn:
        found = alarms.windows_decided(conn, rule.id, MIDNIGHT)
    return {
        round((each.window_start - MIDNIGHT) / HOUR): each.note for each in found if each.note
    }


def test_the_facts_of_a_message(fresh_engine: Engine) -> None:
    with fresh_engine.begin() as conn:
        ids = {row.name: row.id for row in conn.execute(select(country.c.name, country.c.id))}
    names = ["Spain", "France", "Italy", "Germany", "Portugal", "Austria"]
    for n, name in enumerate(names):
        add_calls(fresh_engine, MIDNIGHT, 60 - n, 6, country_id=ids[name])
    query = "direction=Unknown+direction&period=24h&zone=UTC"
    kept(fresh_engine, a_rule(query=query, name="ASR low"))
    (event,) = look(fresh_engine, 1)
    assert (event.rule.name, event.rule.threshold, event.told) == ("ASR low", 40, "fired")
    assert (event.calls, round(event.value or 0, 3)) == (345, round(100 * 36 / 345, 3))
    assert event.window.start == MIDNIGHT
    assert [one.name for one in event.contributors] == names[:5]
    assert [one.calls for one in event.contributors] == [60, 59, 58, 57, 56]
    assert event.contributors[0].value == 10
    assert event.path == (
        "/calls?zone=UTC&period=Custom&from=2026-03-10T00%3A00&to=2026-03-10T01%3A00"
        "&direction=Unknown+direction"
    )


def owned_by(engine: Engine, name: str, *customers: int) -> Viewer:
    """Somebody of these customers; staff if of none."""
    names = {ACME: "Acme", BRONCO: "Bronco"}
    with engine.begin() as conn:
        if not conn.execute(select(customer.c.id).where(customer.c.id == ACME)).all():
            conn.execute(
                insert(customer), [{"id": id_, "name": each} for id_, each in names.items()]
            )
        theirs = tuple(names[id_] for id_ in customers)
        made = add_person(conn, name, "customer" if customers else "analyst", theirs)
        found = viewer_of_person(conn, made.id)
    assert found is not None
    return found


def test_a_customers_rule_sees_their_calls_alone(fresh_engine: Engine) -> None:
    anna = owned_by(fresh_engine, "anna", ACME)
    staff = owned_by(fresh_engine, "sam")
    add_calls(fresh_engine, MIDNIGHT, 10, 1, user_id=ACME)
    add_calls(fresh_engine, MIDNIGHT, 90, 90, user_id=BRONCO)
    for length in ("5min", "hour"):
        hers = kept(fresh_engine, a_rule(name=length, length=length), anna)
        theirs = kept(fresh_engine, a_rule(name=length, length=length), staff)
        look(fresh_engine, 1)
        assert decided(fresh_engine, hers)[0] == (10, 10, "fires", "fired")
        assert decided(fresh_engine, theirs)[0] == (91, 100, "calm", "")


def test_a_customer_cannot_watch_what_they_do_not_see(fresh_engine: Engine) -> None:
    anna = owned_by(fresh_engine, "anna", ACME)
    for given, said in (
        ({"metric": "margin"}, "margin"),
        ({"metric": "buy_cost"}, "buy cost"),
        ({"query": "carrier=x"}, "no carrier"),
        ({"split": "carrier_id"}, "carrier"),
    ):
        with pytest.raises(BadRequest, match=said):
            kept(fresh_engine, a_rule(**given), anna)


def test_a_rule_of_another_customers_calls_sees_none_even_if_written_by_hand(
    fresh_engine: Engine,
) -> None:
    anna = owned_by(fresh_engine, "anna", ACME)
    add_calls(fresh_engine, MIDNIGHT, 90, 90, user_id=BRONCO)
    rule = kept(fresh_engine, a_rule(condition="greater", threshold=1), anna)
    with fresh_engine.begin() as conn:
        conn.execute(update(alarm_rule).values(query="customer=Bronco"))
    look(fresh_engine, 1)
    assert decided(fresh_engine, rule) == []
    assert stored(fresh_engine, rule).trouble == "There is no customer called 'Bronco'."
    with fresh_engine.begin() as conn:
        conn.execute(update(alarm_rule).values(query="", user_ids=[ACME, BRONCO]))
    look(fresh_engine, 1)
    assert "does not see the calls of all" in str(stored(fresh_engine, rule).trouble)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"metric": "gone"}, "There is no metric 'gone'"),
        ({"timezone": "Mars/Olympus"}, "There is no time zone 'Mars/Olympus'"),
        ({"length": "fortnight"}, "There is no window 'fortnight'"),
        ({"query": "switch=gone"}, "There is no switch called 'gone'"),
        ({"compare": "week"}, "compares with no other window"),
        ({"watched_since": datetime(1, 1, 1, tzinfo=UTC)}, "OverflowError"),
    ],
)
def test_a_rule_that_makes_no_sense_any_more_says_so_and_harms_no_other(
    fresh_engine: Engine, change: dict[str, Any], said: str
) -> None:
    bad = kept(fresh_engine, a_rule(name="bad"))
    good = worked(fresh_engine)
    with fresh_engine.begin() as conn:
        conn.execute(update(alarm_rule).where(alarm_rule.c.id == bad.id).values(change))
    assert len(look(fresh_engine, 8)) == 3
    assert said in str(stored(fresh_engine, bad).trouble)
    assert stored(fresh_engine, good).trouble is None
    with fresh_engine.begin() as conn:
        mended = {name: getattr(good, name) for name in change}
        conn.execute(update(alarm_rule).where(alarm_rule.c.id == bad.id).values(mended))
    look(fresh_engine, 8)
    assert stored(fresh_engine, bad).trouble is None
    assert len(decided(fresh_engine, bad)) == 8


def test_the_rule_of_somebody_disabled_rests(fresh_engine: Engine) -> None:
    anna = owned_by(fresh_engine, "anna", ACME)
    rule = kept(fresh_engine, a_rule(), anna)
    with fresh_engine.begin() as conn:
        conn.execute(update(person).values(disabled_at=MIDNIGHT))
    look(fresh_engine, 2)
    assert stored(fresh_engine, rule).trouble == "Its owner's account is disabled."
    with fresh_engine.begin() as conn:
        conn.execute(update(person).values(disabled_at=None, role="customer"))
    look(fresh_engine, 2)
    assert len(decided(fresh_engine, rule)) == 2


def test_a_paused_rule_decides_nothing_of_its_pause(fresh_engine: Engine) -> None:
    rule = worked(fresh_engine)
    look(fresh_engine, 1)
    with fresh_engine.begin() as conn:
        alarms.pause(conn, rule.id)
    assert look(fresh_engine, 4) == []
    with fresh_engine.begin() as conn:
        alarms.resume(conn, rule.id, MIDNIGHT + HOUR * 7)
    assert [event.told for event in look(fresh_engine, 8)] == ["fired"]
    assert len(decided(fresh_engine, rule)) == 2


def test_windows_in_maintenance_are_not_judged(fresh_engine: Engine) -> None:
    rule = worked(fresh_engine)
    start = MIDNIGHT + HOUR
    with fresh_engine.begin() as conn:
        alarms.add_maintenance(conn, start, start + MINUTE, rule.id, "new trunk")
        alarms.add_maintenance(conn, start + HOUR, start + 2 * HOUR, None, "")
    assert [event.told for event in look(fresh_engine, 4)] == []
    verdicts = [each[2] for each in decided(fresh_engine, rule)]
    assert verdicts == ["calm", "maintenance", "maintenance", "between"]


def test_what_was_decided_long_ago_is_forgotten_and_not_decided_anew(
    fresh_engine: Engine,
) -> None:
    rule = worked(fresh_engine)
    look(fresh_engine, 8)
    with fresh_engine.begin() as conn:
        assert alarms.forget(conn, MIDNIGHT + HOUR * 8 + MINUTE) == 8
    assert look(fresh_engine, 8) == []
    assert decided(fresh_engine, rule) == []


def test_a_rule_that_is_removed_takes_its_windows_along(fresh_engine: Engine) -> None:
    rule = worked(fresh_engine)
    look(fresh_engine, 8)
    with fresh_engine.begin() as conn:
        alarms.remove(conn, rule.id)
        assert conn.execute(select(func.count()).select_from(alarm_window)).scalar_one() == 0
        with pytest.raises(BadRequest, match="no rule"):
            alarms.find(conn, rule.id)
