"""CSV for spreadsheets, which run what looks like a formula, whoever typed it. Pure."""

import csv
import io
from collections.abc import Iterable, Sequence


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
