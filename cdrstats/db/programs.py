"""PostgreSQL's own programs on the database: what they are called with."""

import os
import re
from typing import IO

from sqlalchemy import make_url

from cdrstats.db.database import without_password


def client(url: str, application_name: str) -> tuple[str, dict[str, str]]:
    """What `psql` and its like take as `-d`, and their environment.

    The password is in the environment, where only our own user sees it.
    """
    parts = make_url(url)
    secret = {"PGPASSWORD": str(parts.password)} if parts.password else {}
    return without_password(parts), {**os.environ, **secret, "PGAPPNAME": application_name}


def complaint(said: IO[bytes]) -> str:
    """What a program that wrote `said` complained about first; the rest is mostly where."""
    said.seek(0)
    text = said.read().decode("utf-8", "replace")
    found = re.search(r"error:\s*(.+)", text, re.IGNORECASE)
    return found[1].strip() if found else " ".join(text.split()) or "no reason given"
