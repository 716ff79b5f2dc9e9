"""What of a call may be seen: PostgreSQL refuses a customer's statement that names more."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column

from cdrstats.accounts import Scope
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.filters.conditions import TextTest


def seen(scope: Scope) -> list[Column[Any]]:
    """The columns of a call that `scope` may see, in the order of the table."""
    return [column for column in voip_cdr.c if scope.shows(column.name)]


OF_NUMBERS = ("caller_id_number", "caller_id_name", "destination_number", "destination_e164")
"""The texts of a call whose last digits are kept back."""


def check_numbers(scope: Scope, tests: Iterable[TextTest]) -> None:
    """Raise BadRequest for a test by digits that `scope` does not see: it would find nothing.

    It is no lock: what is kept back is not there to be compared with (`accounts.isolation`).
    """
    for test in tests:
        by_end = test.operator in ("equals", "ends") and test.value[-1:].isdigit()
        if scope.masked and test.field in OF_NUMBERS and by_end:
            raise BadRequest(
                f"You see numbers without their last {scope.masked} digits: search by what a"
                " number begins with."
            )


def searches_masked(scope: Scope, tests: Iterable[TextTest]) -> bool:
    """Whether a test looks at numbers, of which `scope` does not see the last digits."""
    return bool(scope.masked) and any(test.field in OF_NUMBERS for test in tests)


def check(scope: Scope, names: Iterable[str]) -> None:
    """Raise BadRequest unless `scope` may see all the fields and figures `names`."""
    for name in names:
        if not scope.shows(name):
            words = name.removesuffix("_id").replace("_", " ")
            raise BadRequest(f"You may not see this of calls: {words}.")
