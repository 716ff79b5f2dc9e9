"""Whose cases somebody may see, whatever a statement asks for."""

from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.exc import DBAPIError

from cdrstats.accounts import EVERYONE, Scope
from cdrstats.db.schema import fraud_case, fraud_evidence, fraud_rule

from .factories import NOON, add_call
from .isolation import seen_by

ACME, BRONCO = Scope(frozenset({7})), Scope(frozenset({8}))
BOTH, NOBODY = Scope(frozenset({7, 8})), Scope(frozenset())
MASKED = Scope(None, masked=4)


@pytest.fixture
def cases(conn: Connection) -> Connection:
    """A case of each of two customers, and one of nobody's, each of a call."""
    for user_id in (7, 8, 0):
        call = add_call(conn, user_id=user_id)
        case: dict[str, Any] = {"id": user_id + 1, "rule": "F6", "user_id": user_id}
        case |= {"key": "910500001 → 34650123456", "first_call": NOON, "last_call": NOON}
        case |= {"label_reason": "called 34650123456 back"}
        conn.execute(insert(fraud_case).values(case))
        held = {"case_id": user_id + 1, "starting_date": NOON, "dedup_key": call["dedup_key"]}
        conn.execute(insert(fraud_evidence).values(held))
    return conn


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(ACME, {8}), (BRONCO, {9}), (BOTH, {8, 9}), (NOBODY, set()), (EVERYONE, {1, 8, 9})],
)
def test_customers_see_the_cases_of_their_own_calls(
    cases: Connection, scope: Scope, expected: set[int]
) -> None:
    with seen_by(cases, scope) as conn:
        assert {*conn.execute(select(fraud_case.c.id)).scalars()} == expected
        assert {*conn.execute(select(fraud_evidence.c.case_id)).scalars()} == expected


@pytest.mark.parametrize(
    "column", ["cost", "cost_per_hour", "facts", "thresholds", "label_reason"]
)
def test_what_calls_cost_and_what_staff_wrote_is_for_staff(
    cases: Connection, column: str
) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), seen_by(cases, ACME) as conn:
        conn.execute(select(fraud_case.c[column]))
    with seen_by(cases, EVERYONE) as conn:
        conn.execute(select(fraud_case.c[column]))


def test_rules_are_for_staff_and_nobody_who_looks_changes_any(cases: Connection) -> None:
    with pytest.raises(DBAPIError, match="permission denied"), seen_by(cases, ACME) as conn:
        conn.execute(select(fraud_rule.c.mail_to))
    for scope in (ACME, EVERYONE):
        for statement in (
            "UPDATE fraud_case SET label = 'confirmed'",
            "DELETE FROM fraud_evidence",
            "UPDATE fraud_position SET call_id = 0",
            "INSERT INTO fraud_rule (id) VALUES ('F4')",
        ):
            with (
                pytest.raises(DBAPIError, match="permission denied"),
                seen_by(cases, scope) as conn,
            ):
                conn.execute(text(statement))


def test_who_sees_numbers_masked_sees_cases_so(cases: Connection) -> None:
    with seen_by(cases, MASKED) as conn:
        row = conn.execute(select(fraud_case.c.key, fraud_case.c.label_reason)).first()
        keys = {*conn.execute(select(fraud_evidence.c.dedup_key)).scalars()}
        met = text("SELECT count(*) FROM fraud_evidence JOIN voip_cdr USING (dedup_key)")
        assert conn.execute(met).scalar_one() == 3  # they lead to the same calls
    assert row is not None
    assert tuple(row) == ("91050xxxx → 3465012xxxx", "called xxxxxxxxxxx back")
    with seen_by(cases, EVERYONE) as conn:
        assert not keys & {*conn.execute(select(fraud_evidence.c.dedup_key)).scalars()}
