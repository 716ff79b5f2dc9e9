"""Which of what a record says of its end names the hangup cause."""

import pytest

from cdrstats.calls.explaining.case import Cause
from cdrstats.calls.explaining.ending import cause_of

CAUSES = (
    Cause(16, "NORMAL_CLEARING", "no_answer", False),
    Cause(17, "USER_BUSY", "busy", True),
    Cause(487, "ORIGINATOR_CANCEL", "no_answer", False),
)


@pytest.mark.parametrize(
    ("name", "code", "found"),
    [
        ("ORIGINATOR_CANCEL", 16, 487),
        ("USER_BUSY", None, 17),
        ("USER_BUSY", 16, 16),
        ("NEVER_HEARD", 31, 31),
        ("NEVER_HEARD", None, 0),
        ("", 0, 0),
        ("", -5, 0),
        ("USER_BUSY", 0, 17),
    ],
)
def test_a_name_of_the_switchs_own_wins_then_the_code_then_the_name(
    name: str, code: int | None, found: int
) -> None:
    assert cause_of(name, code, CAUSES) == found
