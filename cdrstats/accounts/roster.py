"""People as a CSV file: written, edited elsewhere, and read again, all of it or nothing."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from cdrstats.accounts import administration, people
from cdrstats.accounts.administration import Facts, facts_of
from cdrstats.accounts.audit import Note
from cdrstats.accounts.links import Link
from cdrstats.accounts.people import Person
from cdrstats.accounts.permissions import ADMINISTRATOR, CUSTOMER
from cdrstats.accounts.rules import account_of
from cdrstats.errors import BadRequest
from cdrstats.spreadsheet import meant, written

COLUMNS = ("name", "full_name", "email", "role", "customers", "groups")
NEEDED = ("name", "role")
LISTS = ("customers", "groups")
"""Cells with any number of names, separated by semicolons."""

LARGEST = 1_000_000
"""Bytes: some ten thousand people."""

Rows = Mapping[int, Mapping[str, str]]
"""The cells of each line by their columns, by the number of the line."""


class BadLines(BadRequest):
    """Lines that cannot be read, by number, each with the reason: nothing of the file holds."""

    def __init__(self, reasons: Mapping[int, str], lines: int) -> None:
        self.reasons = dict(sorted(reasons.items()))
        count = len(reasons)
        told = [f"Line {line}: {reason}" for line, reason in self.reasons.items()]
        super().__init__(
            "\n".join([f"Nothing was imported: {count} of {lines} lines cannot be.", *told])
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did: whom it added, with their links, and whom it changed."""

    added: tuple[tuple[Person, Link], ...]
    changed: tuple[str, ...]
    same: int


def export(found: Iterable[Person]) -> str:
    """People as CSV, harmless in a spreadsheet."""
    rows = [
        [each.name, each.full_name, each.email, each.role]
        + [_joined(names) for names in (each.customers, each.groups)]
        for each in found
    ]
    return written([COLUMNS, *rows])


def take_in(conn: Connection, given: bytes, now: datetime, note: Note) -> Outcome:
    """Add the people of a file whom nobody knows, and let the others be as it says.

    Whoever is not in the file stays as they are, and so does what it has no column for.

    Raises:
        BadLines: some lines cannot be.
        BadRequest: it is no such file.
    """
    rows = _rows(given)
    with conn.begin_nested():  # taken back by what is raised, whatever the caller does
        return _take(conn, rows, now, note)


def _take(conn: Connection, rows: Rows, now: datetime, note: Note) -> Outcome:
    known = {account_of(each.name): each for each in people.list_people(conn)}
    added: list[tuple[Person, Link]] = []
    changed: list[str] = []
    reasons: dict[int, str] = {}
    first: dict[str, int] = {}
    # Administrators first: else the last one could not hand over to another in one file.
    for line in sorted(rows, key=lambda line: rows[line]["role"] != ADMINISTRATOR):
        cells = rows[line]
        account = account_of(cells["name"])
        held = known.get(account)
        if first.setdefault(account, line) != line:
            reasons[line] = f"{cells['name']!r} stands on line {first[account]} as well."
            continue
        try:
            if held is None:
                facts = _facts(Facts(cells["role"]), cells)
                added.append(administration.add(conn, cells["name"], facts, now, note))
            else:
                facts = _facts(facts_of(held), cells)
                after = administration.change(conn, held.name, facts, note)
                changed += [held.name] if facts_of(after) != facts_of(held) else []
        except BadRequest as exc:
            reasons[line] = str(exc)
    if reasons:
        raise BadLines(reasons, len(rows))
    return Outcome(tuple(added), tuple(changed), len(rows) - len(added) - len(changed))


def _facts(held: Facts, cells: Mapping[str, str]) -> Facts:
    """`held` with what the cells say instead."""
    given: dict[str, str | tuple[str, ...]] = {
        column: _parted(cells[column]) if column in LISTS else cells[column]
        for column in COLUMNS
        if column in cells and column != "name"
    }
    if cells["role"] != CUSTOMER:
        given.setdefault("customers", ())
    return replace(held, **given)  # type: ignore[arg-type]


def _rows(given: bytes) -> Rows:
    """The lines of the file. Raises BadRequest if it is none that could be meant."""
    if len(given) > LARGEST:
        raise BadRequest(f"The file has more than {LARGEST:,} bytes.")
    try:
        reader = csv.reader(io.StringIO(given.decode("utf-8-sig"), newline=""), strict=True)
        header = [cell.strip().lower() for cell in next(reader, [])]
        _check(header)
        rows, short = {}, {}
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                short[reader.line_num] = f"It has {len(cells)} cells, not {len(header)}."
                continue
            clean = [meant(cell.strip()) for cell in cells]
            rows[reader.line_num] = dict(zip(header, clean, strict=True))
    except UnicodeDecodeError as exc:
        raise BadRequest("The file is not written in UTF-8: save it as CSV UTF-8.") from exc
    except csv.Error as exc:
        raise BadRequest(f"Line {reader.line_num} is no CSV: {exc}.") from exc
    if short:
        raise BadLines(short, len(rows) + len(short))
    if not rows:
        raise BadRequest("The file names nobody.")
    return rows


def _check(header: list[str]) -> None:
    """Raise BadRequest unless the first line names columns of ours."""
    told = f"The first line names the columns: {','.join(COLUMNS)}."
    if missing := [column for column in NEEDED if column not in header]:
        raise BadRequest(f"The file has no column {missing[0]!r}. {told}")
    if unknown := [column for column in header if column not in COLUMNS]:
        raise BadRequest(f"The file has a column {unknown[0]!r}, which nobody knows. {told}")
    if len(set(header)) < len(header):
        raise BadRequest(f"The file has a column twice. {told}")


def _joined(names: Iterable[str]) -> str:
    """Names separated by semicolons; one that holds a semicolon stands in quotes."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="").writerow(names)
    return out.getvalue()


def _parted(cell: str) -> tuple[str, ...]:
    """The names of a cell. Raises BadRequest if it has several lines."""
    try:
        (names,) = csv.reader([cell], delimiter=";") if cell else [[]]
    except csv.Error as exc:
        raise BadRequest(f"{cell!r} is no list of names.") from exc
    return tuple(sorted({name.strip() for name in names if name.strip()}))
