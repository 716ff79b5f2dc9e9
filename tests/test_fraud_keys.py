"""What is masked of the keys of cases: telephone numbers, and nothing that is none."""

import pytest
from sqlalchemy import Connection, insert, select

from cdrstats import fraud
from cdrstats.accounts import Scope
from cdrstats.db.schema import fraud_case
from cdrstats.fraud.store import find, masked

from .factories import NOON
from .isolation import seen_by

KEYS = [
    ("F1", "VIA-7", "VIA-7"),
    ("F1", "customer 12", "customer 12"),
    ("F1", "910500001", "91050xxxx"),
    ("F1", "sip:910500001@pbx", "sip:91050xxxx@pbx"),
    ("F2", "VIA-7 → 34650123xxx", "VIA-7 → 34650123xxx"),
    ("F2", "910500001 → 2207", "91050xxxx → 2207"),
    ("F3", "VIA-7 → Gambia", "VIA-7 → Gambia"),
    ("F4", "910500001", "91050xxxx"),
    ("F5", "1001", "1001"),
    ("F6", "910500001 → 34650123456", "91050xxxx → 3465012xxxx"),
    ("F7", "910500001", "91050xxxx"),
    ("F8", "34650123456", "3465012xxxx"),
    ("F9", "910500001", "91050xxxx"),
    ("F10", "910500001", "91050xxxx"),
    ("F11", "34650123xxx", "34650123xxx"),
    ("F12", "3465012xxx", "3465012xxx"),
    ("F14", "910500001", "91050xxxx"),
    ("F15", "lowcost-voip → 447", "lowcost-voip → 447"),
    ("F16", "day 2026-03-10, warning", "day 2026-03-10, warning"),
    ("F18", "trunk-3", "trunk-3"),
    ("F19", "910500001 → *97", "91050xxxx → *97"),
    ("F20", "910500001 → 2203456789", "91050xxxx → 220345xxxx"),
    # Parts that are not those of the rule, and a rule that nobody has placed yet.
    ("F19", "x → 910500001 → *97", "x → 91050xxxx → *xx"),
    ("F99", "910500001 → 2203456789", "91050xxxx → 220345xxxx"),
]


def test_each_rule_that_is_judged_has_its_keys_here() -> None:
    judged = {rule.id for rule in fraud.RULES.values() if not rule.not_judged}
    assert judged == {rule for rule, *_ in KEYS} - {"F99"}


@pytest.mark.parametrize(("rule", "key", "shown"), KEYS)
def test_whole_numbers_are_masked_and_nothing_else(
    conn: Connection, rule: str, key: str, shown: str
) -> None:
    row = {"id": 1, "rule": rule, "key": key, "first_call": NOON, "last_call": NOON}
    conn.execute(insert(fraud_case).values(row))
    case = find(conn, 1)
    assert masked(conn, case, 4) == shown
    assert masked(conn, case, 0) == key
    with seen_by(conn, Scope(None, masked=4)) as looking:
        assert looking.execute(select(fraud_case.c.key)).scalar_one() == shown
