"""A file's records into `cdr_import`, batch by batch."""

from collections.abc import Callable, Iterator
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DataError

from cdrstats import switches
from cdrstats.intake import ledger
from cdrstats.intake.copying import bad_line_line, copy_bad_lines, copy_records, record_line
from cdrstats.intake.rules import LocalStamps
from cdrstats.mediation import NewSwitches
from cdrstats.sources import BadLine, Record

BATCH = 20_000
"""Records a transaction: large enough for COPY, small enough for memory and for `kill -9`."""

Progress = Callable[[int], None]
"""Called with the number of records and bad lines read so far."""


class SwitchBook:
    """The switches that the records of one file name, looked up once each."""

    def __init__(
        self,
        engine: Engine,
        always: str | None,
        fallback: str,
        zone: str | None,
        new: NewSwitches,
    ) -> None:
        """
        Args:
            always: the switch of every record, whatever they say; None: theirs.
            fallback: the switch of records that name none.
            zone: of the file's local stamps; None: the switch's.
            new: for switches not known yet.
        """
        self._engine = engine
        self._always = always
        self._fallback = fallback
        self._zone = zone
        self._new = new
        self._known: dict[str, tuple[switches.Switch, LocalStamps]] = {}

    def of(self, record: Record) -> tuple[str, switches.Switch, LocalStamps]:
        """The name to stage `record` under, its switch, and the stamps of its zone."""
        name = self._always or record.switch or self._fallback
        if name not in self._known:
            self._known[name] = self.look_up(name, record.source_type)
        switch, stamps = self._known[name]
        return name, switch, stamps

    def look_up(self, name: str, source_type: int) -> tuple[switches.Switch, LocalStamps]:
        with self._engine.begin() as conn:
            switch = switches.find_or_create(
                conn, name, source_type, self._zone or self._new.timezone, self._new.country
            )
        return switch, LocalStamps(ZoneInfo(self._zone or switch.timezone))

    def main(self, first: Record | None) -> switches.Switch:
        """The switch that the ledger names: that of the first record."""
        name = self._always or (first.switch if first else None) or self._fallback
        if name not in self._known:
            self._known[name] = self.look_up(name, first.source_type if first else 0)
        return self._known[name][0]


def stage(
    engine: Engine,
    file_id: int,
    items: Iterator[Record | BadLine],
    book: SwitchBook,
    skip: int = 0,
    progress: Progress | None = None,
) -> None:
    """Stage what `items` yields, after the first `skip`, and close the file.

    Args:
        file_id: of the file, which is in the ledger already.
        skip: items that an earlier, interrupted run has staged.
        progress: told after each batch.
    """
    done = skip
    for _ in islice(items, skip):
        pass
    while batch := list(islice(items, BATCH)):
        _stage_batch(engine, file_id, batch, book)
        done += len(batch)
        if progress:
            progress(done)
    with engine.begin() as conn:
        ledger.close_file(conn, file_id)
        conn.execute(text("NOTIFY cdrstats, 'import'"))


def _stage_batch(
    engine: Engine, file_id: int, batch: list[Record | BadLine], book: SwitchBook
) -> None:
    """Stage one batch; halve it when PostgreSQL refuses a value, down to the one line."""
    records: list[str] = []
    bad: list[str] = []
    for item in batch:
        if isinstance(item, BadLine):
            bad.append(bad_line_line(item, file_id))
            continue
        name, switch, stamps = book.of(item)
        try:
            records.append(record_line(item, name, switch.id, stamps, file_id))
        except (ValueError, OverflowError):
            reason = f"the start {item.start_text!r} is not a date"
            bad.append(bad_line_line(BadLine(item.line, reason, item.callid), file_id))
    try:
        with engine.begin() as conn:
            _write(conn, file_id, records, bad)
    except DataError as exc:
        if len(batch) == 1:
            item = batch[0]
            reason = str(exc.orig).splitlines()[0]
            broken = bad_line_line(BadLine(item.line, reason, str(item)[:2000]), file_id)
            with engine.begin() as conn:
                _write(conn, file_id, [], [broken])
            return
        middle = len(batch) // 2
        _stage_batch(engine, file_id, batch[:middle], book)
        _stage_batch(engine, file_id, batch[middle:], book)


def _write(conn: Connection, file_id: int, records: list[str], bad: list[str]) -> None:
    first_id = int(conn.execute(text("SELECT nextval('cdr_import_id_seq')")).scalar_one())
    if records:
        copy_records(conn, records)
    if bad:
        copy_bad_lines(conn, bad)
    ledger.note_batch(conn, file_id, len(records), len(bad), first_id)
    conn.execute(text("NOTIFY cdrstats, 'import'"))
