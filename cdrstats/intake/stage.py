"""A file's records into `cdr_import`, batch by batch."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from cdrstats import mediation, switches
from cdrstats.db.engine import is_rows_fault, lock_shared
from cdrstats.db.partitions import make_months
from cdrstats.intake import ledger
from cdrstats.intake.copying import (
    bad_line_line,
    copy_bad_lines,
    copy_calls,
    copy_parts,
    copy_waiting,
    next_id,
    own_ids,
    part_line,
    record_line,
)
from cdrstats.intake.rules import LocalStamps
from cdrstats.mediation import Known, NewSwitches
from cdrstats.sources import ASSEMBLERS, BadLine, Item, Part, Record

BATCH = 10_000
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
        self._feeds: set[tuple[int, str]] = set()

    def of(self, item: Record | Part) -> tuple[str, switches.Switch, LocalStamps]:
        """The name to stage `item` under, its switch, and the stamps of its zone."""
        name = (self._always or item.switch or self._fallback)[:200]
        if name not in self._known:
            self._known[name] = self.look_up(name, getattr(item, "source_type", 0))
        switch, stamps = self._known[name]
        return name, switch, stamps

    def note_feed(self, switch_id: int, feed: str) -> None:
        """Remember the feed with its switch, before any batch that needs to know is decided."""
        if (switch_id, feed) not in self._feeds:
            self._feeds.add((switch_id, feed))
            with self._engine.begin() as conn:
                mediation.note_feeds(conn, [(switch_id, feed)])

    def look_up(self, name: str, source_type: int) -> tuple[switches.Switch, LocalStamps]:
        with self._engine.begin() as conn:
            switch = switches.find_or_create(
                conn, name, source_type, self._zone or self._new.timezone, self._new.country
            )
        return switch, LocalStamps(ZoneInfo(self._zone or switch.timezone))

    def main(self, first: Record | Part | None) -> switches.Switch:
        """The switch that the ledger names: that of the first record."""
        return self.of(first or Part(0, "", {}))[1]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Some items of a file, as lines of COPY."""

    records: list[str] = field(default_factory=list)
    items: list[Record] = field(default_factory=list)  # what `records` were made of
    bad: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.records) + len(self.bad) + len(self.parts)

    def halves(self) -> "tuple[_Batch, _Batch]":
        middle = len(self.records) // 2
        return (
            _Batch(self.records[:middle], self.items[:middle], self.bad, self.parts),
            _Batch(self.records[middle:], self.items[middle:]),
        )


@dataclass(frozen=True, slots=True)
class Staging:
    """One file on its way into the database.

    Every batch is one transaction, with its count in the ledger; batches commit in the order
    of the file, so that an interrupted file can be taken up where the ledger stands.
    """

    engine: Engine
    file_id: int
    source: str
    book: SwitchBook
    waiting: frozenset[tuple[int, str]]  # switch ids and keys of parts of other files

    def leave_waiting(
        self, items: Iterator[Item], skip: int, progress: Progress | None
    ) -> None:
        """Stage `items` after the first `skip`, for mediation to find; close the file."""
        for done, batch in self._batches(items, skip):
            self._stage(batch)
            if progress:
                progress(done)
        self._close()

    def take_in(
        self,
        items: Iterator[Item],
        skip: int,
        progress: Progress | None,
        known: Known,
    ) -> None:
        """Stage `items` after the first `skip` as mediation decides them; close the file.

        Two batches are on their way at once, and commit in the order of the file, while the
        next one is read. What PostgreSQL refuses is left waiting, where mediation
        finds the one row that is to blame.
        """
        under_way: deque[tuple[int, Future[None]]] = deque()
        with ThreadPoolExecutor(2, "intake") as pool:
            for done, batch in self._batches(items, skip):
                before = under_way[-1][1] if under_way else None
                under_way.append((done, pool.submit(self._decide, batch, before, known)))
                if len(under_way) > 2:
                    _finish(under_way.popleft(), progress)
            while under_way:
                _finish(under_way.popleft(), progress)
        self._close()

    def _batches(self, items: Iterator[Item], skip: int) -> Iterator[tuple[int, _Batch]]:
        """Batches, each with the number of items of the file up to its end."""
        done = skip
        for _ in islice(items, skip):
            pass
        while True:
            batch = self._lines(islice(items, BATCH))
            if not batch:
                return
            done += len(batch)
            yield done, batch

    def _lines(self, items: Iterator[Item]) -> _Batch:
        batch = _Batch()
        for item in items:
            if isinstance(item, BadLine):
                batch.bad.append(bad_line_line(item, self.file_id))
                continue
            if isinstance(item, Part):
                batch.parts.append(item)
                continue
            name, switch, stamps = self.book.of(item)
            self.book.note_feed(switch.id, item.feed)
            try:
                line = record_line(item, name, switch.id, stamps, self.file_id)
            except (ValueError, OverflowError):
                reason = f"the start {item.start_text!r} is not a date"
                bad = BadLine(item.line, reason, item.callid)
                batch.bad.append(bad_line_line(bad, self.file_id))
            else:
                batch.records.append(line)
                batch.items.append(item)
        return batch

    def _decide(self, batch: _Batch, before: Future[None] | None, known: Known) -> None:
        """Take one batch in; commit after the batch `before` it."""

        def in_turn() -> None:
            if before:
                before.result()

        while True:
            try:
                with self.engine.begin() as conn:
                    first_id = next_id(conn)
                    copy_calls(conn, batch.records)
                    mediation.take_staged(conn, first_id)
                    mediation.prepare(conn, known)
                    # Nobody waits long for us: a batch that does waits for the one after it,
                    # or for whoever waits for that one to give this lock back.
                    conn.execute(text("SET LOCAL lock_timeout = '3s'"))
                    lock_shared(conn, "mediation")
                    mediation.make_calls(conn, known, in_turn)
                    self._count(conn, batch, first_id, "rollup")
            except mediation.MissingMonths as missing:
                make_months(self.engine, missing.months)
                known.months.update(missing.months)
            except DBAPIError as exc:
                if not is_rows_fault(exc) and not _waited_too_long(exc):
                    raise
                in_turn()
                self._stage(batch)
                return
            else:
                return

    def _stage(self, batch: _Batch) -> None:
        """Leave a batch waiting; halve it when PostgreSQL refuses it, down to the one line."""
        try:
            with self.engine.begin() as conn:
                first_id = next_id(conn)
                copy_waiting(conn, batch.records)
                self._count(conn, batch, first_id, "import")
        except DBAPIError as exc:
            if not is_rows_fault(exc):
                raise
            if len(batch.records) > 1:
                for half in batch.halves():
                    self._stage(half)
                return
            reason = str(exc.orig).splitlines()[0]
            bad = BadLine(batch.items[0].line, reason, batch.records[0][:2000])
            lines = [*batch.bad, bad_line_line(bad, self.file_id)]
            self._stage(replace(batch, records=[], items=[], bad=lines))

    def _count(self, conn: Connection, batch: _Batch, first_id: int, news: str) -> None:
        if batch.bad:
            copy_bad_lines(conn, batch.bad)
        if self.source in ASSEMBLERS:
            self._keep_parts(conn, batch, first_id)
        ledger.note_batch(
            conn,
            self.file_id,
            len(batch.records),
            len(batch.bad),
            len(batch.parts),
            first_id,
        )
        conn.execute(text(f"NOTIFY cdrstats, '{news}'"))

    def _keep_parts(self, conn: Connection, batch: _Batch, first_id: int) -> None:
        """Keep the parts that wait, and those of records that may be told more."""
        lines = [self._part_line(part, fresh=True) for part in batch.parts]
        told = [
            (place, record.made_of, fresh)
            for place, record in enumerate(batch.items)
            if (fresh := self._is_waited_for(record)) or record.awaits_more
        ]
        if told:
            ids = own_ids(conn, first_id)
            lines += [
                self._part_line(part, fresh=fresh, import_id=ids[place])
                for place, made_of, fresh in told
                for part in made_of
            ]
        copy_parts(conn, lines)

    def _is_waited_for(self, record: Record) -> bool:
        if not self.waiting:
            return False
        return (self.book.of(record)[1].id, record.made_of[0].key) in self.waiting

    def _part_line(self, part: Part, *, fresh: bool, import_id: int | None = None) -> str:
        name, switch, _ = self.book.of(part)
        return part_line(
            part, self.file_id, self.source, switch.id, name, fresh=fresh, import_id=import_id
        )

    def _close(self) -> None:
        with self.engine.begin() as conn:
            ledger.close_file(conn, self.file_id)
            conn.execute(text("NOTIFY cdrstats, 'import'"))


def _finish(under_way: tuple[int, Future[None]], progress: Progress | None) -> None:
    done, written = under_way
    written.result()
    if progress:
        progress(done)


def _waited_too_long(exc: DBAPIError) -> bool:
    return getattr(exc.orig, "pgcode", None) == "55P03"
