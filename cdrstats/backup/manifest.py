"""What a backup says of itself, by which it is checked before and after it is restored."""

import json
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 1

DUMP = "database.dump"
KEY = "secret.key"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the archive."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    format: int
    cdrstats: str  # the version that made it
    schema: str  # the revision of the tables
    server: int  # as PostgreSQL numbers its versions, such as 180004
    made_at: str
    roles: list[str]  # that were given rights
    counts: dict[str, int]  # rows of the tables that matter most
    parts: dict[str, Part]

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"


def from_json(text: bytes) -> Manifest:
    """The manifest. Raises ValueError, KeyError or TypeError if `text` is none."""
    given: dict[str, Any] = json.loads(text)
    parts = {
        str(name): Part(int(part["bytes"]), str(part["sha256"]))
        for name, part in given["parts"].items()
    }
    return Manifest(
        int(given["format"]),
        str(given["cdrstats"]),
        str(given["schema"]),
        int(given["server"]),
        str(given["made_at"]),
        [str(role) for role in given["roles"]],
        {str(table): int(rows) for table, rows in given["counts"].items()},
        parts,
    )
