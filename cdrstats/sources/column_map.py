"""How a CSV of no known format is read: the map that an operator writes, checked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from zoneinfo import ZoneInfo

from cdrstats.errors import BadRequest

UNITS = {
    "s": Decimal(1),
    "ms": Decimal("1e-3"),
    "us": Decimal("1e-6"),
    "ns": Decimal("1e-9"),
    "hms": None,  # H:MM:SS, MM:SS or seconds
}
EPOCHS = {"epoch": 1, "epoch_ms": 10**3, "epoch_us": 10**6, "epoch_ns": 10**9}
SECONDS = ("duration", "billsec", "progresssec", "answersec", "waitsec")
TARGETS = (
    "switch",
    "cdr_source_type",
    "callid",
    "caller_id_number",
    "caller_id_name",
    "destination_number",
    "dialcode",
    "state",
    "channel",
    "starting_date",
    *SECONDS,
    "hangup_cause_id",
    "hangup_cause",
    "direction",
    "country_code",
    "accountcode",
    "buy_rate",
    "buy_cost",
    "sell_rate",
    "sell_cost",
    "extradata",
    "answer",
)
"""The columns of `cdr_import`, and `answer`: the answer time."""


_NOWHERE = frozenset({"", 0})


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Which column of a CSV is what, in which unit.

    `columns` maps one of TARGETS to the name in the header, or to the position, counted from 1.
    Columns that are not mapped are kept in `extra`.
    """

    columns: Mapping[str, str | int]
    delimiter: str = ","
    quote: str | None = '"'  # None: there is no quoting
    skip_lines: int = 0  # lines before the header or the first record
    header: bool = True  # positions alone may do without
    time_format: str = "iso"  # iso, a key of EPOCHS, or as for strptime
    zone: str | None = None  # IANA name, of stamps without an offset; None: the file's
    units: Mapping[str, str] = field(default_factory=dict)  # one of SECONDS -> of UNITS
    causes: Mapping[str, int] = field(default_factory=dict)  # what is written -> Q.850
    source_type: int = 1

    def check(self) -> None:
        """Raise BadRequest with a sentence, if a file cannot be read by this map."""
        for target, place in self.columns.items():
            if target not in TARGETS:
                raise BadRequest(
                    f'The column map maps "{target}"; it can map {_list(TARGETS)}.'
                )
            if isinstance(place, bool) or not isinstance(place, str | int) or place in _NOWHERE:
                raise BadRequest(f'The column map gives "{target}" no name or position from 1.')
            if isinstance(place, int) and place < 0:
                raise BadRequest(f'Positions count from 1; "{target}" has {place}.')
            if isinstance(place, str) and not self.header:
                raise BadRequest(f'Without a header, "{target}" needs a position, not a name.')
        for needed in ("starting_date", "duration"):
            if needed not in self.columns:
                raise BadRequest(f'The column map must say which column is "{needed}".')
        for cause in self.causes.values():
            if isinstance(cause, bool) or not isinstance(cause, int):
                raise BadRequest(f'The column map gives a cause "{cause}"; causes are numbers.')
        for target, unit in self.units.items():
            if target not in SECONDS or unit not in UNITS:
                raise BadRequest(
                    f'The column map gives "{target}" the unit "{unit}"; '
                    f"units are {_list(UNITS)}, of {_list(SECONDS)}."
                )
        for name in ("delimiter", "quote"):
            sign = getattr(self, name)
            if not (name == "quote" and sign is None) and (
                not isinstance(sign, str) or len(sign) != 1 or sign in "\r\n\0"
            ):
                raise BadRequest(f"The {name} of the column map must be one character.")
        if self.time_format not in {"iso", *EPOCHS} and "%" not in self.time_format:
            known = _list(("iso", *EPOCHS))
            raise BadRequest(f"The time format is one of {known}, or as %Y-%m-%d %H:%M:%S.")
        if self.zone is not None:
            try:
                ZoneInfo(self.zone)
            except (KeyError, ValueError, OSError):
                raise BadRequest(f'"{self.zone}" is not a time zone.') from None


_KINDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "units": (dict, "an object"),
    "causes": (dict, "an object"),
    "delimiter": (str, "a text"),
    "quote": ((str, type(None)), "a text, or null"),
    "skip_lines": (int, "a whole number"),
    "header": (bool, "true or false"),
    "time_format": (str, "a text"),
    "zone": ((str, type(None)), "a text, or null"),
    "source_type": (int, "a whole number"),
}


def column_map_of(text: str) -> ColumnMap:
    """The map in a JSON object whose members are the fields of ColumnMap.

    Raises:
        BadRequest: it is none, or no file can be read by it.
    """
    try:
        given = json.loads(text)
    except ValueError as trouble:
        raise BadRequest(f"The column map is not JSON: {trouble}.") from None
    known = {one.name for one in fields(ColumnMap)}
    if not isinstance(given, dict) or not isinstance(given.get("columns"), dict):
        raise BadRequest('The column map is a JSON object with an object "columns".')
    for name in given:
        if name not in known:
            raise BadRequest(
                f'The column map has "{name}"; it can have {_list(sorted(known))}.'
            )
    for name, (kind, what) in _KINDS.items():
        if name in given and (
            not isinstance(given[name], kind) or (kind is int and isinstance(given[name], bool))
        ):
            raise BadRequest(f'In the column map, "{name}" is {what}.')
    made = ColumnMap(**given)
    made.check()
    return made


def _list(names: Mapping[str, object] | tuple[str, ...] | list[str]) -> str:
    return ", ".join(names)
