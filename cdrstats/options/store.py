"""The table `setting`, which holds what somebody has changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from cdrstats.db.schema import setting
from cdrstats.options.rules import OPTIONS, Option, option


@dataclass(frozen=True, slots=True)
class Held:
    """A setting as it stands; `changed_by` and `changed_at` are None at its default."""

    option: Option
    value: int
    changed_by: str | None
    changed_at: datetime | None


def value_now(name: str) -> ColumnElement[int]:
    """The value as a part of a statement, so that it counts from the next one on."""
    kept = select(setting.c.value).where(setting.c.name == name).scalar_subquery()
    return func.coalesce(kept, option(name).default)


def value_of(conn: Connection, name: str) -> int:
    """The value at this moment."""
    return conn.execute(select(value_now(name))).scalar_one()


def held(conn: Connection) -> list[Held]:
    """All settings, in the order of OPTIONS."""
    kept = {row.name: row for row in conn.execute(select(setting))}
    return [
        Held(each, kept[name].value, kept[name].changed_by, kept[name].changed_at)
        if name in kept
        else Held(each, each.default, None, None)
        for name, each in OPTIONS.items()
    ]


def change(conn: Connection, name: str, value: int, by: str, note: Callable[..., None]) -> None:
    """Let a setting be `value`, which `checked` has looked at.

    Args:
        by: who changes it.
        note: adds a line to the audit in the same transaction.
    """
    was = value_of(conn, name)
    if was == value:
        return
    row = {"value": value, "changed_by": by, "changed_at": func.now()}
    conn.execute(
        insert(setting)
        .values(name=name, **row)
        .on_conflict_do_update(index_elements=["name"], set_=row)
    )
    note("change setting", name, detail={"value": {"was": was, "is": value}})


def reset(conn: Connection, name: str, note: Callable[..., None]) -> None:
    """Let a setting be its default; `note` as for `change`."""
    was = value_of(conn, name)
    if conn.execute(delete(setting).where(setting.c.name == name)).rowcount:
        now = option(name).default
        note("reset setting", name, detail={"value": {"was": was, "is": now}})
