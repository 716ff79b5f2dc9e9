"""What docs/people.md says of permissions and waits is what the program does."""

import re
from pathlib import Path

from cdrstats.accounts import roster, rules
from cdrstats.accounts.permissions import CUSTOMER, CUSTOMERS_MOST, PERMISSIONS, ROLES
from cdrstats.options import OPTIONS

TEXT = (Path(__file__).parent.parent / "docs" / "people.md").read_text("utf-8")
ONE_LINE = " ".join(TEXT.split())


def given(role: str, permission: str) -> str:
    if permission in ROLES[role]:
        return "yes"
    return "never" if role == CUSTOMER and permission not in CUSTOMERS_MOST else "by a group"


def test_the_table_of_permissions_is_true() -> None:
    _, table = TEXT.split("| permission |", 1)
    assert [cell.strip() for cell in table.splitlines()[0].split("|")] == [
        *("lets a person", *ROLES, "")
    ]
    rows = [
        tuple(cell.strip() for cell in row.strip("|").split("|"))
        for row in re.findall(r"^\| `.*\|$", table, re.MULTILINE)
    ]
    assert rows == [
        (
            f"`{permission}`",
            does[0].lower() + does[1:].rstrip("."),
            *(given(role, permission) for role in ROLES),
        )
        for permission, does in PERMISSIONS.items()
    ]


def test_how_long_things_last_is_true() -> None:
    for sentence in (
        f"for {rules.LINK_LASTS['invite'].days} days. Making",
        f"{OPTIONS['session_idle_hours'].default} hours after it was last used",
        f"{rules.LASTS.days} days after it began",
        f"at least {rules.SHORTEST_PASSWORD} characters",
        f"After {rules.FREE_OF_ACCOUNT} wrong tries",
        f"within {rules.COUNTED_FOR.seconds // 60} minutes",
        f"{rules.FIRST_WAIT.seconds} seconds, then {2 * rules.FIRST_WAIT.seconds}",
        f"up to {rules.LONGEST_WAIT.seconds // 60} minutes",
        f"may fail {rules.FREE_OF_ADDRESS} times",
        f"in the last {rules.KNOWN_FOR.days} days",
        f"`{','.join(roster.COLUMNS)}`",
    ):
        assert sentence in ONE_LINE
    assert rules.LINK_LASTS["reset"].days == 1
    assert "good once, for one day" in ONE_LINE
