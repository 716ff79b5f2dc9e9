"""CSV for spreadsheets, which run what looks like a formula, whoever typed it. Pure.

What is written here can be read here again, after somebody has edited it elsewhere.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from cdrstats.errors import BadRequest

Rows = Mapping[int, Mapping[str, str]]
"""The cells of each line by their columns, by the number of the line."""


class BadLines(BadRequest):
    """Lines that cannot be, by number, each with the reason: nothing of the file holds."""

    def __init__(self, reasons: Mapping[int, str], lines: int) -> None:
        self.reasons = dict(sorted(reasons.items()))
        count = len(reasons)
        told = [f"Line {line}: {reason}" for line, reason in self.reasons.items()]
        super().__init__(
            "\n".join([f"Nothing was imported: {count} of {lines} lines cannot be.", *told])
        )


def harmless(cell: str) -> str:
    """The text, with an apostrophe before it if a spreadsheet would run it as a formula."""
    runs = cell[:1] in tuple("=@-\t\r") or (cell[:1] == "+" and not cell[1:].isdigit())
    return f"'{cell}" if runs else cell


def meant(cell: str) -> str:
    """The text that `harmless` was given."""
    return cell[1:] if cell[:1] == "'" and harmless(cell[1:]) == cell else cell


def written(rows: Iterable[Sequence[str]], delimiter: str = ",") -> str:
    """The rows as CSV, every cell harmless."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(
        [harmless(cell) for cell in row] for row in rows
    )
    return out.getvalue()


def read(given: bytes, columns: Sequence[str], needed: Iterable[str], most_bytes: int) -> Rows:
    """The lines of a file that names its columns on the first line.

    Args:
        columns: all that it may have.
        needed: those that it must have.

    Raises:
        BadLines: some lines have other cells than the first.
        BadRequest: it is no such file.
    """
    if len(given) > most_bytes:
        raise BadRequest(f"The file has more than {most_bytes:,} bytes.")
    try:
        reader = csv.reader(io.StringIO(given.decode("utf-8-sig"), newline=""), strict=True)
        header = [cell.strip().lower() for cell in next(reader, [])]
        _check(header, columns, needed)
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
        raise BadRequest("The file has no line beside the first.")
    return rows


def _check(header: list[str], columns: Sequence[str], needed: Iterable[str]) -> None:
    """Raise BadRequest unless the first line names columns of ours."""
    told = f"The first line names the columns: {','.join(columns)}."
    if missing := [column for column in needed if column not in header]:
        raise BadRequest(f"The file has no column {missing[0]!r}. {told}")
    if unknown := [column for column in header if column not in columns]:
        raise BadRequest(f"The file has a column {unknown[0]!r}, which nobody knows. {told}")
    if len(set(header)) < len(header):
        raise BadRequest(f"The file has a column twice. {told}")


def joined(names: Iterable[str]) -> str:
    """Names in one cell, separated by semicolons; one that holds a semicolon is quoted."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="").writerow(names)
    return out.getvalue()


def parted(cell: str) -> tuple[str, ...]:
    """The names that `joined` was given, each once. Raises BadRequest if they are no list."""
    try:
        (names,) = csv.reader([cell], delimiter=";") if cell else [[]]
    except csv.Error as exc:
        raise BadRequest(f"{cell!r} is no list of names.") from exc
    return tuple(sorted({name.strip() for name in names if name.strip()}))
