"""What lists decided, as a call's sheet and the filters of calls tell it."""

import pytest
from sqlalchemy import Engine, select

from cdrstats import customers, lists, mediation, sheets
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.calls import detail, explain
from cdrstats.choices import where
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest

from .factories import add_staged, noting
from .isolation import seen_by
from .pages import Open


@pytest.fixture
def acme(fresh_engine: Engine) -> Engine:
    with fresh_engine.begin() as conn:
        customers.add(conn, "Acme & Sons")
        customers.assign(conn, "Acme & Sons", ["acme"])
        for entry in ("34806 Acme & Sons", "882"):
            cells = {"entry": entry, "decision": "refuse", "reason": "for staff alone"}
            sheets.save(conn, lists.entries_of("ana"), None, cells, noting(conn))
    return fresh_engine


def test_a_calls_sheet_tells_the_entry_to_whoever_may_know_it(acme: Engine) -> None:
    with acme.begin() as conn:
        add_staged(conn, accountcode="acme", direction=2, destination_number="+34806123456")
    mediation.mediate(acme)
    entry = "+34806, for Acme & Sons"
    with acme.begin() as conn:
        place = conn.execute(select(voip_cdr.c.starting_date, voip_cdr.c.dedup_key)).one()
        own = customers.find(conn, "Acme & Sons").id
        for scope in (EVERYONE, Scope(frozenset({own}))):
            with seen_by(conn, scope):
                found = detail(conn, scope, *place)
                assert found is not None
                assert (found.call["authorized"], found.names["list_entry"]) == (False, entry)
                told = {each.field: each.how for each in explain(conn, scope, found).fields}
            assert (
                told["authorized"]
                == f"The list entry {entry}, refused it when it was mediated."
            )


def test_calls_are_filtered_by_whether_they_were_authorized() -> None:
    assert where.parse(["authorized = no"]).authorized is False
    assert where.parse(["authorized = yes", "duration > 1"]).authorized is True
    for told, why in ((["authorized = maybe"], "yes or no"), (["authorized > 1"], "condition")):
        with pytest.raises(BadRequest, match=why):
            where.parse(told)
    with pytest.raises(BadRequest, match="both authorized and not"):
        where.parse(["authorized = yes", "authorized = no"])


def test_the_calls_page_shows_those_that_were_refused(app: Open, acme: Engine) -> None:
    with acme.begin() as conn:
        for callid, number in (("a", "34650123456"), ("b", "88216123456")):
            add_staged(conn, callid=callid, direction=2, destination_number=f"+{number}")
    mediation.mediate(acme)
    when = {"period": "Custom", "from": "2026-03-10T00:00", "to": "2026-03-11T00:00"}
    at = app("calls", **when, zone="UTC", where="authorized = no")
    [table] = [each.value for each in at.dataframe if "Destination" in each.value]
    assert table["Destination"].tolist() == ["+88216123456"]
