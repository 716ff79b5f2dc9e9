"""What can be searched for, and what a search is allowed to cost. Pure."""

import base64
import binascii
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cdrstats.clock import Window
from cdrstats.db.schema import voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.filters import NUMBERS, TEXTS, Filters, TextTest, storable

COLUMNS = tuple(voip_cdr.columns.keys())
NAMES = (
    "switch",
    "customer",
    "country",
    "carrier",
    "hangup_cause",
    "dialcode",
    "source_type",
)
"""What can be shown beside the columns of a call: the names of its ids."""

SORTS = ("starting_date", *NUMBERS, *TEXTS)

UNINDEXED_FILTERS = ("dialcode_ids", "directions", "call_types", "source_types")

LONGEST_SCAN = timedelta(days=31)
"""How far back calls are read one by one, unless a window is given."""


def check_columns(names: Iterable[str]) -> None:
    """Raise BadRequest unless all `names` can be shown of a call."""
    for name in names:
        if name not in COLUMNS and name not in NAMES:
            raise BadRequest(f"A call has no column {name!r}.")


@dataclass(frozen=True, slots=True)
class Search:
    """Which calls, in which order, with which columns. Everything given must hold.

    Without a window all calls are meant, but see `limit_reason`. The columns that name a call,
    `starting_date` and `dedup_key`, are always there.
    """

    window: Window | None = None
    filters: Filters = field(default_factory=Filters)
    order: str = "starting_date"
    descending: bool = True
    columns: tuple[str, ...] = tuple(name for name in COLUMNS if name != "data")

    def __post_init__(self) -> None:
        if self.order not in SORTS:
            raise BadRequest(f"Calls cannot be sorted by {self.order!r}.")
        check_columns(self.columns)

    def shown(self) -> tuple[str, ...]:
        """The columns of a row, each once."""
        return tuple(dict.fromkeys(("starting_date", "dedup_key", *self.columns)))


def limit_reason(search: Search) -> str | None:
    """Why the search reads calls one by one, and so only of 31 days; None if it need not.

    A window that is given is always kept to.
    """
    if search.window is not None:
        return None
    for test in search.filters.texts:
        if test.value and not test.indexed:
            return f'"{test.operator}" in {label(test.field)}'
    if search.filters.comparisons:
        return f"the comparison of {label(search.filters.comparisons[0].field)}"
    if search.order != "starting_date":
        return f"sorting by {label(search.order)}"
    for name in UNINDEXED_FILTERS:
        if getattr(search.filters, name):
            return f"the filter by {label(name.removesuffix('s').removesuffix('_id'))}"
    if search.filters.authorized is not None:
        return "the filter by authorized"
    return None


LABELS = {
    "caller_id_number": "caller number",
    "caller_id_name": "caller name",
    "destination_number": "destination",
    "destination_e164": "international number",
    "callid": "call id",
    "accountcode": "account code",
    "billsec": "talk time",
    "pdd_ms": "post-dial delay",
    "progresssec": "progress",
    "answersec": "answer",
    "waitsec": "wait",
    "dialcode": "dial code",
}


def label(name: str) -> str:
    """What people call the field `name`."""
    return LABELS.get(name, name.replace("_", " "))


def indexed_tests(search: Search) -> list[TextTest]:
    """The text tests that an index on the text alone answers, the likely rarest first.

    Account codes that are equal are left out: their index is in the order of time as well.
    """
    able = [
        test
        for test in search.filters.texts
        if test.indexed and test.value and (test.field, test.operator) != IN_TIME_ORDER
    ]
    return sorted(able, key=lambda test: (test.operator != "equals", -len(test.value)))


IN_TIME_ORDER = ("accountcode", "equals")
INDEXED_FILTERS = (
    "switch_ids",
    "user_ids",
    "country_ids",
    "hangup_cause_ids",
    "carrier_ids",
    "accountcodes",
)
"""The filters that have an index in the order of time within each value."""


def needs_several_indexes(search: Search) -> bool:
    """The filters do not come out of one index in the order of time."""
    sizes = [len(getattr(search.filters, name)) for name in INDEXED_FILTERS]
    sizes += [
        1 for test in search.filters.texts if (test.field, test.operator) == IN_TIME_ORDER
    ]
    return sum(sizes) > 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """A call's place in the order of its search: pages go on behind it."""

    starting_date: datetime
    dedup_key: uuid.UUID
    value: str | None = None  # of the column sorted by; None: sorted by time

    def text(self) -> str:
        """The cursor as it stands in a URL."""
        plain = [self.starting_date.isoformat(), self.dedup_key.hex, self.value]
        return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """The cursor that `text()` wrote."""
        try:
            plain = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            at, key, value = plain
            cursor = cls(
                datetime.fromisoformat(at),
                uuid.UUID(key),
                None if value is None else str(value),
            )
        except (binascii.Error, ValueError, TypeError, AttributeError):
            raise BadRequest("This link to a page of calls is damaged.") from None
        if cursor.starting_date.tzinfo is None or not storable(cursor.value or ""):
            raise BadRequest("This link to a page of calls is damaged.")
        return cursor
