"""Figures as people read them. One place: pages, exports of charts and mails use these.

No data is None and shown as an en dash; an interval or a sum of nothing is 0 and shown as 0.
"""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

NOTHING = "\N{EN DASH}"


def count(value: int | None) -> str:
    """1234567 -> '1,234,567'."""
    return NOTHING if value is None else f"{value:,}"


def calls(number: int) -> str:
    """1 -> '1 call', 1234 -> '1,234 calls'."""
    return f"{number:,} call{'' if number == 1 else 's'}"


def plain(value: int | Decimal) -> str:
    """A sum as it is: 1234567 -> '1,234,567', Decimal('12.5') -> '12.5'."""
    return f"{value:,}"


def clock(seconds: float | None) -> str:
    """3725 s -> '1:02:05', 65 s -> '1:05'; '0:07' for 7 s."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours:,}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def seconds(value: float | None) -> str:
    """Short times, such as post-dial delays: '4.2 s'."""
    return NOTHING if value is None else f"{value:.1f} s"


def minutes(seconds: float | None) -> str:
    """Seconds as whole minutes: 90_000 s -> '1,500'. Under 100 min, with one decimal."""
    if seconds is None:
        return NOTHING
    value = seconds / 60
    return f"{value:,.0f}" if value >= 100 or value == 0 else f"{value:,.1f}"


def percent(ratio: float | None) -> str:
    """0.4213 -> '42.1 %'."""
    return NOTHING if ratio is None else f"{ratio * 100:.1f} %"


def money(amount: Decimal | None, decimals: int = 2) -> str:
    """Decimal('1234.5') -> '1,234.50'. The installation has one currency, so none is named."""
    if amount is None:
        return NOTHING
    step = Decimal(1).scaleb(-decimals)
    return f"{amount.quantize(step, ROUND_HALF_UP):,}"


def rate(amount: Decimal | None) -> str:
    """Money in small amounts, as one call costs: four decimals."""
    return money(amount, 4)


def size(size_bytes: int | None) -> str:
    """48234 -> '47.1 KB'."""
    if size_bytes is None:
        return NOTHING
    value = float(size_bytes)
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} TB"


def literal(text: str) -> str:
    """What people wrote, for Markdown to show as it stands: no image is fetched for it."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def line(text: str) -> str:
    """What a switch or a person wrote, on one line."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def unlinked(text: str) -> str:
    """A sentence of ours that repeats what people wrote: no link and no image is made of it."""
    return text.replace("[", r"\[")


def moment(instant: datetime | None, zone: ZoneInfo, seconds: bool = False) -> str:
    """'10 Mar 2026 13:05' as the clocks of `zone` showed it."""
    if instant is None:
        return NOTHING
    local = instant.astimezone(zone)
    return (
        f"{local.day} {local:%b %Y %H:%M:%S}" if seconds else f"{local.day} {local:%b %Y %H:%M}"
    )


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """The window [start, end): '9 Mar 2026 - 10 Mar 2026', with hours if it has some."""
    whole = days(start, end, zone)
    if whole is None:
        return f"{moment(start, zone)} {NOTHING} {moment(end, zone)}"
    told = dict.fromkeys(f"{each.day} {each:%b %Y}" for each in whole)
    return f" {NOTHING} ".join(told)


def days(start: datetime, end: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """A moment of the first and of the last day of [start, end); None: it has hours as well."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    midnight = timedelta()
    if _of_day(first) == midnight and _of_day(last) == midnight and first < last:
        return first, last - timedelta(hours=1)
    return None


def _of_day(local: datetime) -> timedelta:
    return timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)


def ago(instant: datetime | None, now: datetime) -> str:
    """'12 s ago', '5 min ago', '3 h ago', '2 days ago'; a dash for never."""
    if instant is None:
        return NOTHING
    past = (now - instant).total_seconds()
    if past < 0:
        return f"in {_length(-past)}"
    return "just now" if past < 2 else f"{_length(past)} ago"


def length(value: timedelta | None) -> str:
    """A length of time in one unit: '12 s', '5 min', '3 h', '2 days'."""
    return NOTHING if value is None else _length(value.total_seconds())


def _length(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 36 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"
