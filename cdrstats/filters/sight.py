"""What of a call may be seen: PostgreSQL refuses a customer's statement that names more."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column

from cdrstats.accounts import Scope
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest


def seen(scope: Scope) -> list[Column[Any]]:
    """The columns of a call that `scope` may see, in the order of the table."""
    return [column for column in voip_cdr.c if scope.shows(column.name)]


def check(scope: Scope, names: Iterable[str]) -> None:
    """Raise BadRequest unless `scope` may see all the fields and figures `names`."""
    for name in names:
        if not scope.shows(name):
            words = name.removesuffix("_id").replace("_", " ")
            raise BadRequest(f"You may not see this of calls: {words}.")
