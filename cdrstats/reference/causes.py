"""The hangup causes as rows of an administrator's list: what they are called and count as."""

from typing import Any

from sqlalchemy import Connection, exists, insert, select, update
from sqlalchemy import Row as Found

from cdrstats import aggregates
from cdrstats.db.schema import hangup_cause, voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.reference.rules import checked_code, checked_flag, checked_name, flag_told
from cdrstats.sheets import Row, Sheet

KINDS = ("busy", "no_answer", "failed")
FLAGS = ("delivered", "blocked")
DIGITS = 6

_CAUSE = hangup_cause.c


def _row(found: Found[Any]) -> Row:
    return {
        "code": str(found.id),
        "enumeration": found.enumeration,
        "cause": found.cause,
        "kind": found.kind,
        **{flag: flag_told(getattr(found, flag)) for flag in FLAGS},
    }


def _rows(conn: Connection) -> list[Row]:
    return [_row(each) for each in conn.execute(select(hangup_cause).order_by(_CAUSE.id))]


def _find(conn: Connection, key: str) -> Row | None:
    if not (key.isascii() and key.isdigit() and len(key) <= DIGITS):
        return None
    found = conn.execute(select(hangup_cause).where(_CAUSE.id == int(key))).one_or_none()
    return None if found is None else _row(found)


def _add(conn: Connection, cells: Row) -> str:
    code = checked_code(cells["code"], "A cause's code", DIGITS)
    if _find(conn, str(code)):
        raise BadRequest(f"There is already a cause {code}.")
    name = cells.get("enumeration") or f"CAUSE_{code}"
    given = {"cause": f"Cause {code}"} | _values(conn, code, {**cells, "enumeration": name})
    conn.execute(insert(hangup_cause).values(id=code, **given))
    return str(code)


def _change(conn: Connection, key: str, cells: Row) -> str:
    code = int(key)
    if cells.get("code", key) != key:
        raise BadRequest("The code of a cause stays: calls carry it.")
    held = conn.execute(select(hangup_cause).where(_CAUSE.id == code)).one()
    given = _values(conn, code, cells)
    conn.execute(update(hangup_cause).where(_CAUSE.id == code).values(id=code, **given))
    if any(flag in given and given[flag] != getattr(held, flag) for flag in FLAGS):
        aggregates.note_cause(conn, code)
    return key


def _remove(conn: Connection, key: str) -> None:
    code = int(key)
    if code <= 127:
        raise BadRequest("The causes of Q.850 stay.")
    if conn.scalar(select(exists().where(voip_cdr.c.hangup_cause_id == code))):
        raise BadRequest(f"Calls have ended with cause {code}: it stays.")
    conn.execute(hangup_cause.delete().where(_CAUSE.id == code))


def _values(conn: Connection, code: int, cells: Row) -> dict[str, Any]:
    """The columns that the cells give. Raises BadRequest."""
    given: dict[str, Any] = {
        flag: checked_flag(cells[flag], flag.capitalize()) for flag in FLAGS if flag in cells
    }
    if "enumeration" in cells:
        name = given["enumeration"] = checked_name(cells["enumeration"], "A cause's name")
        # Records name their causes; Q.850's and the switches' own are looked up apart.
        same = (_CAUSE.enumeration == name) & (_CAUSE.id != code)
        alike = same & ((_CAUSE.id > 127) == (code > 127))
        if other := conn.scalar(select(_CAUSE.id).where(alike).limit(1)):
            raise BadRequest(f"Cause {other} is called {name} already.")
    if "cause" in cells:
        given["cause"] = checked_name(cells["cause"], "What a cause says")
    if "kind" in cells:
        if cells["kind"] not in KINDS:
            raise BadRequest(f"A call counts as {', '.join(KINDS)}, not as {cells['kind']!r}.")
        given["kind"] = cells["kind"]
    return given


CAUSES = Sheet(
    noun="hangup cause",
    columns=("code", "enumeration", "cause", "kind", *FLAGS),
    needed=("code",),
    rows=_rows,
    find=_find,
    add=_add,
    change=_change,
    remove=_remove,
)
"""What `delivered` and `blocked` say holds for calls that are in as well: those quarter-hours
are counted again."""
