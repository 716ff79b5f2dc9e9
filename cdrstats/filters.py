"""Which calls are meant: what figures, pages of calls and exports share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, select

from cdrstats.accounts import Scope
from cdrstats.db.partitions import months_of_calls, next_month
from cdrstats.db.schema import voip_cdr

COLUMNS = {
    "switch_ids": "switch_id",
    "user_ids": "user_id",
    "country_ids": "country_id",
    "hangup_cause_ids": "hangup_cause_id",
    "dialcode_ids": "dialcode_id",
    "directions": "direction",
    "call_types": "call_type",
    "accountcodes": "accountcode",
    "source_types": "cdr_source_type",
}
"""The filters, and the column of a call that each is about."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Values of which a call must have one, each filter for itself. Empty: any value will do.

    A value that no call has matches no call. An id that stands for something unknown must
    therefore stay in the filter; leaving it out would show everything.
    """

    switch_ids: tuple[int, ...] = ()
    user_ids: tuple[int, ...] = ()
    country_ids: tuple[int, ...] = ()
    hangup_cause_ids: tuple[int, ...] = ()
    dialcode_ids: tuple[int, ...] = ()
    directions: tuple[int, ...] = ()
    call_types: tuple[int, ...] = ()
    accountcodes: tuple[str, ...] = ()
    source_types: tuple[int, ...] = ()

    @classmethod
    def by_column(cls, values: Mapping[str, Iterable[int | str]]) -> "Filters":
        """The filters given by column of a call: `{"country_id": (724,)}`."""
        names = {column: name for name, column in COLUMNS.items()}
        return cls(**{names[column]: tuple(chosen) for column, chosen in values.items()})  # type: ignore[arg-type]

    def values(self) -> dict[str, tuple[int | str, ...]]:
        """The filters that are set, by column of a call."""
        chosen = {COLUMNS[field.name]: getattr(self, field.name) for field in fields(self)}
        return {column: values for column, values in chosen.items() if values}

    def conditions(self, table: FromClause) -> list[ColumnElement[bool]]:
        """The WHERE clauses on `table`, which has the columns that are filtered by."""
        return [table.c[column].in_(values) for column, values in self.values().items()]


def newest_start(conn: Connection, scope: Scope) -> datetime | None:
    """When the newest call of `scope` started; None if it has none.

    Month by month: planning for all partitions takes longer than finding the call.
    """
    owners = [None] if scope.user_ids is None else sorted(scope.user_ids)
    moment = voip_cdr.c.starting_date
    for month in reversed(months_of_calls(conn)):
        newest: Select[datetime | None] = select(func.max(moment)).where(
            moment >= month, moment < next_month(month)
        )
        # One descent of an index a customer; for all at once, all their calls would be read.
        found = [
            conn.execute(
                newest if owner is None else newest.where(voip_cdr.c.user_id == owner)
            ).scalar_one()
            for owner in owners
        ]
        if starts := [start for start in found if start is not None]:
            return max(starts)
    return None
