"""What every table definition shares."""

from typing import Any

from sqlalchemy import Boolean, Column, DateTime, MetaData, Numeric, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)

Instant = DateTime(timezone=True)
Flag = Boolean
Money = Numeric
"""No precision: a switch's odd figure must not stop the batch it came in."""


def filled(name: str, type_: Any, default: str | None = None, **given: Any) -> Column[Any]:
    """A column that is never NULL; `default` is SQL, and 0, '' or false if not given."""
    if default is None:
        default = {Boolean: "false", Text: "''"}.get(type_, "0")
    return Column(name, type_, nullable=False, server_default=text(default), **given)
