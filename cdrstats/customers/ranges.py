"""The number ranges of all customers, to find the one that a number belongs to."""

from bisect import bisect_right
from collections.abc import Iterable

from sqlalchemy import Connection, select

from cdrstats.customers.rules import NumberRange
from cdrstats.db.schema import customer_number


class NumberRanges:
    """Ranges that do not overlap."""

    def __init__(self, ranges: Iterable[NumberRange]) -> None:
        self._ranges = sorted(ranges)
        self._firsts = [each.first for each in self._ranges]

    def __len__(self) -> int:
        return len(self._ranges)

    def find(self, number: str) -> str:
        """The `first` of the range that an international number belongs to; '' if none."""
        place = bisect_right(self._firsts, number) - 1
        if place < 0 or not self._ranges[place].holds(number):
            return ""
        return self._firsts[place]


def load_number_ranges(conn: Connection) -> NumberRanges:
    """The number ranges of all customers."""
    rows = conn.execute(select(customer_number.c.first, customer_number.c.last))
    return NumberRanges(NumberRange(first, last) for first, last in rows)
