"""People as a CSV file: written, edited elsewhere, and read again, all of it or nothing."""

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
from cdrstats.spreadsheet import BadLines, Rows, joined, parted, read, written

COLUMNS = ("name", "full_name", "email", "role", "customers", "groups")
NEEDED = ("name", "role")
LISTS = ("customers", "groups")
"""Cells with any number of names, separated by semicolons."""

LARGEST = 1_000_000
"""Bytes: some ten thousand people."""


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
        + [joined(names) for names in (each.customers, each.groups)]
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
    rows = read(given, COLUMNS, NEEDED, LARGEST)
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
        column: parted(cells[column]) if column in LISTS else cells[column]
        for column in COLUMNS
        if column in cells and column != "name"
    }
    if cells["role"] != CUSTOMER:
        given.setdefault("customers", ())
    return replace(held, **given)  # type: ignore[arg-type]
