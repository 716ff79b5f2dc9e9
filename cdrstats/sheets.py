"""What an administrator keeps in lists: one row a thing, changed on a page or by a CSV file.

A row is cells of text by the names of its columns, the first of which tells which thing it is:
the same on the page, in the file and in the audit log, which has what was and what is.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from cdrstats.accounts.audit import Note, differences
from cdrstats.errors import BadRequest
from cdrstats.spreadsheet import BadLines, read, written

Row = Mapping[str, str]

Done = Literal["added", "changed", "removed", "same"]

LARGEST = 4_000_000
"""Bytes of a file: some fifty thousand lines."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """How the things of one kind are listed, found, changed and removed."""

    noun: str
    """What one of them is called, such as 'customer'."""
    columns: tuple[str, ...]
    needed: tuple[str, ...]
    """The columns that a file must have."""
    rows: Callable[[Connection], list[Row]]
    """All of them, each with all columns."""
    find: Callable[[Connection, str], Row | None]
    """The one of that key."""
    add: Callable[[Connection, Row], str]
    """Make one of the cells that are given; return its key. Raises BadRequest."""
    change: Callable[[Connection, str, Row], str]
    """Let the one of that key be as the cells that are given say; return its key, which they
    may change. Raises BadRequest."""
    remove: Callable[[Connection, str], None]
    """Remove the one of that key. Raises BadRequest if it must stay."""
    taken: Callable[[Connection, str | None, Row], Mapping[str, str]] = lambda *_: {}
    """What the one of that key would take from others, being as the cells say: whose it is."""

    @property
    def key(self) -> str:
        """The column that tells which one a row is."""
        return self.columns[0]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, in lines."""

    added: int
    changed: int
    same: int


def save(conn: Connection, sheet: Sheet, key: str | None, cells: Row, note: Note) -> str:
    """Add the thing that the cells tell, or change the one of that key; return its key.

    Args:
        key: of the thing that there is; None for a new one.

    Raises:
        BadRequest: it cannot be so, or somebody has removed it meanwhile.
    """
    held = None
    if key is not None and (held := sheet.find(conn, key)) is None:
        raise BadRequest(f"There is no {sheet.noun} {key!r} any more.")
    saved, _ = _put(conn, sheet, held, cells, note)
    return saved


def remove(conn: Connection, sheet: Sheet, key: str, note: Note) -> None:
    """Remove a thing. Raises BadRequest if it must stay, or is not there."""
    held = sheet.find(conn, key)
    if held is None:
        raise BadRequest(f"There is no {sheet.noun} {key!r} any more.")
    sheet.remove(conn, key)
    _tell(sheet, held, None, note)


@contextmanager
def telling(
    conn: Connection,
    sheet: Sheet,
    key: str,
    note: Note,
    new_key: str | None = None,
    cells: Row | None = None,
) -> Iterator[None]:
    """Tell the audit what becomes of a thing within this context, by whatever means.

    Args:
        key: which one; it need not be there before, or after.
        new_key: what it is called then, if that changes.
        cells: what it takes from others, if anything.
    """
    held = sheet.find(conn, key)
    taken = sheet.taken(conn, key, cells or {})
    yield
    _tell(sheet, held, sheet.find(conn, new_key or key), note, taken)


def export(conn: Connection, sheet: Sheet) -> str:
    """All things as CSV, harmless in a spreadsheet."""
    rows = sheet.rows(conn)
    return written([sheet.columns, *([row[each] for each in sheet.columns] for row in rows)])


def take_in(conn: Connection, sheet: Sheet, given: bytes, note: Note) -> Outcome:
    """Add the things of a file that are new, and let the others be as it says.

    What is not in the file stays as it is, and so does what it has no column for.

    Raises:
        BadLines: some lines cannot be; then nothing of the file is taken.
        BadRequest: it is no such file.
    """
    lines = read(given, sheet.columns, sheet.needed, LARGEST)
    with conn.begin_nested():  # taken back by what is raised, whatever the caller does
        known = {row[sheet.key]: row for row in sheet.rows(conn)}
        reasons: dict[int, str] = {}
        first: dict[str, int] = {}
        done: list[Done] = []
        for line, cells in lines.items():
            key = cells[sheet.key]
            if first.setdefault(key, line) != line:
                reasons[line] = f"{key!r} stands on line {first[key]} as well."
                continue
            try:
                done.append(_put(conn, sheet, known.get(key), cells, note)[1])
            except BadRequest as exc:
                reasons[line] = str(exc)
        if reasons:
            raise BadLines(reasons, len(lines))
    return Outcome(done.count("added"), done.count("changed"), done.count("same"))


def _put(
    conn: Connection, sheet: Sheet, held: Row | None, cells: Row, note: Note
) -> tuple[str, Done]:
    """Let a thing be as the cells say, and tell it: its key, and what was done."""
    if held is not None and not differences(held, cells):
        return held[sheet.key], "same"
    taken = sheet.taken(conn, held[sheet.key] if held else None, cells)
    if held is None:
        saved = sheet.add(conn, cells)
    else:
        saved = sheet.change(conn, held[sheet.key], cells)
    return saved, _tell(sheet, held, sheet.find(conn, saved), note, taken)


def _tell(
    sheet: Sheet,
    held: Row | None,
    now: Row | None,
    note: Note,
    taken: Mapping[str, str] | None = None,
) -> Done:
    """Add what has become of a thing to the audit, and say what that was."""
    before = {"taken_from": dict(taken)} if taken else {}
    if held is None and now is not None:
        note(f"add {sheet.noun}", now[sheet.key], detail={**now, **before})
        return "added"
    if held is not None and now is None:
        note(f"remove {sheet.noun}", held[sheet.key], detail={"was": dict(held)})
        return "removed"
    if held is not None and now is not None and (changed := differences(held, now)):
        note(f"change {sheet.noun}", now[sheet.key], detail={**changed, **before})
        return "changed"
    return "same"
