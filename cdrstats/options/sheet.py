"""Settings as a CSV file: written, edited elsewhere, and read again, all of it or nothing."""

from collections.abc import Callable

from sqlalchemy import Connection

from cdrstats.errors import BadRequest
from cdrstats.options.rules import checked
from cdrstats.options.store import change, held
from cdrstats.spreadsheet import BadLines, read, written

COLUMNS = ("name", "value", "unit", "default", "changed_by", "changed_at")
NEEDED = ("name", "value")
"""What an import looks at; all else is there to be read."""

LARGEST = 100_000
"""Bytes."""


def export(conn: Connection) -> str:
    """All settings as CSV, harmless in a spreadsheet."""
    rows = [
        (
            each.option.name,
            str(each.value),
            each.option.unit,
            str(each.option.default),
            each.changed_by or "",
            each.changed_at.isoformat() if each.changed_at else "",
        )
        for each in held(conn)
    ]
    return written([COLUMNS, *rows])


def take_in(conn: Connection, given: bytes, by: str, note: Callable[..., None]) -> int:
    """Let the settings that a file names be as it says; all others stay as they are.

    Args:
        by, note: as for `change`.

    Returns:
        How many of them are different now.

    Raises:
        BadLines: some lines cannot be; nothing has changed then.
        BadRequest: it is no such file.
    """
    rows = read(given, COLUMNS, NEEDED, LARGEST)
    wanted: dict[str, int] = {}
    reasons: dict[int, str] = {}
    for line, cells in rows.items():
        try:
            value = checked(cells["name"], cells["value"])
        except BadRequest as exc:
            reasons[line] = str(exc)
            continue
        if cells["name"] in wanted:
            reasons[line] = f"{cells['name']} stands on a line before as well."
        wanted[cells["name"]] = value
    if reasons:
        raise BadLines(reasons, len(rows))
    before = {each.option.name: each.value for each in held(conn)}
    for name, value in wanted.items():
        change(conn, name, value, by, note)
    return sum(before[name] != value for name, value in wanted.items())
