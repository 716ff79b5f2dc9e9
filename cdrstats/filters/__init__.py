"""Which calls are meant: what figures, pages of calls and exports share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, FromClause, Select, func, select

from cdrstats import counting
from cdrstats.accounts import Scope
from cdrstats.clock import next_month
from cdrstats.db.partitions import months_of_calls
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.filters.conditions import (
    NUMBERS,
    TEXTS,
    Comparison,
    NumberOperator,
    TextOperator,
    TextTest,
    compared,
    number,
    storable,
    text_condition,
)
from cdrstats.filters.cutoff import CutOff
from cdrstats.filters.sight import check, check_numbers, searches_masked, seen

__all__ = [
    "COLUMNS",
    "NUMBERS",
    "TEXTS",
    "Comparison",
    "CutOff",
    "Filters",
    "NumberOperator",
    "TextOperator",
    "TextTest",
    "check",
    "check_numbers",
    "newest_start",
    "number",
    "searches_masked",
    "seen",
    "storable",
    "text_condition",
]

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
    "carrier_ids": "carrier_id",
}
"""The filters by value, and the column of a call that each is about."""

_NAMES = {column: name for name, column in COLUMNS.items()}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a call must have; all of it must hold. Empty, or None: anything will do.

    Of a filter with several values a call must have one. A value that no call has matches no
    call: an id that stands for something unknown must therefore stay in the filter; leaving it
    out would show everything.
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
    carrier_ids: tuple[int, ...] = ()
    texts: tuple[TextTest, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    answered: bool | None = None
    authorized: bool | None = None
    counted: str | None = None
    """The part of a figure, of cdrstats.counting, that a call must count in."""
    cut_off: CutOff | None = None

    def __post_init__(self) -> None:
        if self.counted is not None and self.counted not in counting.CONDITIONS:
            raise BadRequest(f"No figure is made of calls counted as {self.counted!r}.")

    @classmethod
    def by_column(cls, values: Mapping[str, Iterable[int | str]]) -> "Filters":
        """The filters given by column of a call: `{"country_id": (724,)}`."""
        return cls(**{_NAMES[column]: tuple(chosen) for column, chosen in values.items()})  # type: ignore[arg-type]

    def only(self, column: str, *values: int | str) -> "Filters":
        """These, of calls that have one of `values` in a column; a filter of it makes way.

        Of a column that is filtered as a text only, one value can be given.
        """
        if column in _NAMES:
            return replace(self, **{_NAMES[column]: values})  # type: ignore[arg-type]
        [value] = values
        return replace(self, texts=(*self.texts, TextTest(column, "equals", str(value))))

    def values(self) -> dict[str, tuple[int | str, ...]]:
        """The filters by value that are set, by column of a call."""
        chosen = {column: getattr(self, name) for name, column in COLUMNS.items()}
        return {column: values for column, values in chosen.items() if values}

    def columns(self) -> frozenset[str]:
        """The columns of a call that it takes to apply the filters; not those of a cut-off."""
        needed = {*self.values()}
        needed |= {test.field for test in self.texts}
        needed |= {comparison.field for comparison in self.comparisons}
        needed |= {
            name
            for name in ("answered", "authorized", "counted")
            if getattr(self, name) is not None
        }
        return frozenset(needed)

    def conditions(
        self, table: FromClause, by_index: bool = False
    ) -> list[ColumnElement[bool]]:
        """The WHERE clauses on `table`, which has the columns that are filtered by.

        A cut-off is applied to calls only: of roll-ups, whole quarter-hours are left out.

        Args:
            by_index: tests of texts are written so that their indexes can be used, else so that
                they cannot: under a LIMIT the planner relies too much on its estimate of how
                many numbers begin with 34.
        """
        found: list[ColumnElement[bool]] = [
            table.c[column].in_(values) for column, values in self.values().items()
        ]
        found += [
            text_condition(test, by_index, table)
            for test in self.texts
            if test.value or test.operator == "equals"  # else every text passes
        ]
        found += [compared(comparison, table) for comparison in self.comparisons]
        found += [
            table.c[name].is_(getattr(self, name))
            for name in ("answered", "authorized")
            if getattr(self, name) is not None
        ]
        if self.counted is not None:
            found.append(counting.CONDITIONS[self.counted](table.c))
        if self.cut_off is not None and "import_id" in table.c:
            found.append(table.c.import_id <= self.cut_off.import_id)
        return found


def newest_start(conn: Connection, scope: Scope, begun: bool = False) -> datetime | None:
    """When the newest call of `scope` started; None if it has none.

    Month by month: planning for all partitions takes longer than finding the call.

    Args:
        begun: not counting calls whose start lies ahead, by a switch whose clock is wrong.
    """
    owners = [None] if scope.user_ids is None else sorted(scope.user_ids)
    moment = voip_cdr.c.starting_date
    for month in reversed(months_of_calls(conn)):
        newest: Select[datetime | None] = select(func.max(moment)).where(
            moment >= month, moment < next_month(month)
        )
        if begun:
            newest = newest.where(moment <= func.now())
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
