"""Any CSV, by a column map: what is mapped makes the record, the rest is kept beside it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import BinaryIO
from zoneinfo import ZoneInfo

from cdrstats.clock import instant_of
from cdrstats.errors import BadRequest
from cdrstats.sources.cdrstats_csv import record_of
from cdrstats.sources.column_map import EPOCHS, SECONDS, UNITS, ColumnMap
from cdrstats.sources.fields import (
    BadRow,
    fitting,
    in_range,
    is_unset,
    seconds_between,
    shown,
    stamp,
)
from cdrstats.sources.lines import columns, csv_cells, read_rows
from cdrstats.sources.record import BadLine, Options, Record

FEED = "generic"


def read(stream: BinaryIO, options: Options) -> Iterator[Record | BadLine]:
    """Records of a CSV, as `options.column_map` says.

    Raises:
        BadRequest: there is no column map, or no file can be read by it.
    """
    wanted = options.column_map
    if wanted is None:
        raise BadRequest("generic_csv needs a column map; see docs/sources.md.")
    wanted.check()
    split = csv_cells(wanted.delimiter, wanted.quote)
    return read_rows(stream, split, _Rows(wanted).parse, wanted.skip_lines)


class _Rows:
    """Makes records of cells; where names are mapped, the first row is the header."""

    def __init__(self, wanted: ColumnMap) -> None:
        self._map = wanted
        self._zone = ZoneInfo(wanted.zone) if wanted.zone else None
        self._header: list[str] = []
        self._at: dict[str, int] = {}
        self._trouble = ""
        if not wanted.header:
            self._place()

    def parse(self, cells: list[str], line: int) -> Record | None:
        if self._map.header and (not self._header or cells == self._header):
            if not any(cells):
                raise BadRow("it is empty")
            self._header = cells
            self._place()
            if self._trouble:
                raise BadRow(self._trouble)
            return None
        if self._trouble:
            raise BadRow(self._trouble)
        missing = max(self._at.values()) + 1 - len(cells)
        if missing > 0:
            raise BadRow(f"it has {columns(len(cells))}; the column map needs {missing} more")
        return self._record(cells, line)

    def _place(self) -> None:
        """Find where each target stands, or what is wrong with the header."""
        names = [name.strip() for name in self._header]
        for target, place in self._map.columns.items():
            if isinstance(place, int):
                self._at[target] = place - 1
            elif place in names:
                self._at[target] = names.index(place)
            else:
                self._trouble = f'the header has no column "{shown(place)}"'

    def _record(self, cells: list[str], line: int) -> Record:
        cell = {target: cells[place] for target, place in self._at.items()}
        cell = {target: "" if text == "\\N" else text for target, text in cell.items()}
        start, start_text, doubtful = self._moment(cell.pop("starting_date"), "starting_date")
        answer = cell.pop("answer", None)
        for target in SECONDS:
            if cell.get(target, "").strip():
                cell[target] = str(_seconds(cell[target], self._map.units.get(target), target))
        cause = cell.get("hangup_cause_id") or cell.get("hangup_cause", "")
        if cause in self._map.causes:
            cell["hangup_cause_id"] = str(self._map.causes[cause])
        cell.setdefault("billsec", "0")
        cell.setdefault("cdr_source_type", str(self._map.source_type))
        cell["starting_date"] = start.isoformat(" ")
        record = record_of(cell.pop, line)
        record.feed, record.identity = FEED, "\x1f".join(cells)
        record.start = start if start_text is None else None
        record.start_text = start_text
        if doubtful:
            record.extra["start_in_doubt"] = True
        if answer is not None:
            record.answered = not is_unset(answer) and answer.strip() != "0"
            if record.answered and record.answersec is None:
                answered_at = self._moment(answer, "answer")[0]
                record.answersec = seconds_between(start, answered_at)
        mapped = set(self._at.values())
        for place, text in enumerate(cells):
            if text and place not in mapped:
                record.extra[self._name(place)] = text
        return record

    def _name(self, place: int) -> str:
        named = self._header[place].strip() if place < len(self._header) else ""
        return named or f"column {place + 1}"

    def _moment(self, text: str, what: str) -> tuple[datetime, str | None, bool]:
        """A moment, its local text where it has no zone, and whether the clocks left doubt."""
        text = text.strip()
        form = self._map.time_format
        if not text:
            raise BadRow(f"the {what} is empty")
        if form in EPOCHS:
            return _epoch(text, EPOCHS[form], what), None, False
        if form == "iso":
            moment, local = stamp(text, what)
        else:
            try:
                moment = datetime.strptime(text, form)  # noqa: DTZ007
            except ValueError:
                reason = f'the {what} "{shown(text)}" is not of the form {form}'
                raise BadRow(reason) from None
            in_range(moment, text, what)
            local = moment.isoformat(" ") if moment.tzinfo is None else None
        if local is None or self._zone is None:
            return moment, local, False
        moment, doubtful = instant_of(moment, self._zone)
        return moment, None, doubtful


def _epoch(text: str, per_second: int, what: str) -> datetime:
    try:
        micros = int(Decimal(text) * 1_000_000 / per_second)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    except (InvalidOperation, ValueError, OverflowError):
        raise BadRow(f'the {what} "{shown(text)}" is not a number of an epoch') from None
    in_range(moment, text, what)
    return moment


def _seconds(text: str, unit: str | None, what: str) -> int:
    """Whole seconds, truncated as switches do."""
    text = text.strip()
    factor = UNITS[unit or "s"]
    parts = text.lstrip("-").split(":")
    try:
        if factor is None and 1 < len(parts) <= 3:
            amount = Decimal(0)
            for part in parts:
                amount = amount * 60 + Decimal(part)
            if text.startswith("-"):
                amount = -amount
        else:
            amount = Decimal(text) * (factor or 1)
        if amount.is_finite() and amount.adjusted() < 30:
            return fitting(int(amount), what)
    except InvalidOperation:
        pass
    raise BadRow(f'the {what} "{shown(text)}" is not a number of {_UNIT_NAMES[unit or "s"]}')


_UNIT_NAMES = {
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "hms": "hours, minutes and seconds",
}
