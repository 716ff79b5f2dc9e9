"""Quarter-hours and days in UTC, and how the ones are made of the others. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from cdrstats.clock import SLOT

DAY = timedelta(days=1)


def day_of(slot: datetime) -> datetime:
    """The UTC day that `slot`, in UTC, is part of."""
    return slot.replace(hour=0, minute=0)


def quarters_of(days: Iterable[datetime]) -> list[datetime]:
    """All quarter-hours of `days`, UTC days."""
    return [day + n * SLOT for day in days for n in range(DAY // SLOT)]


def spans_of(slots: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """`slots`, ascending, as spans [start, end): neighbours are read in one go."""
    spans: list[tuple[datetime, datetime]] = []
    for slot in slots:
        if spans and spans[-1][1] == slot:
            spans[-1] = (spans[-1][0], slot + SLOT)
        else:
            spans.append((slot, slot + SLOT))
    return spans
