"""The seeded dial codes, read from their file: tests of numbers need no database."""

import csv
from importlib import resources

from cdrstats.numbers import DialCodes


def seeded(name: str) -> list[dict[str, str]]:
    """The rows of `cdrstats/db/data/<name>.csv`."""
    path = resources.files("cdrstats.db").joinpath("data", f"{name}.csv")
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))


SEEDED = DialCodes({int(row["id"]): int(row["country_id"]) for row in seeded("dialcodes")})
