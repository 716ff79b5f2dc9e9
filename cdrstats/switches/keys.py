"""Keys that switches show which push their records themselves, until they are revoked."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from cdrstats.accounts.audit import Note
from cdrstats.accounts.rules import TOUCHED_EVERY, plain
from cdrstats.accounts.tokens import id_of, new_token
from cdrstats.db.schema import switch, switch_key
from cdrstats.errors import BadRequest
from cdrstats.switches.store import Switch, find

BEGIN = "cdrsw_"
"""What every key begins with, so that whoever finds one knows what it is."""

LONGEST_NAME = 100
"""Characters."""

_KEY = switch_key.c


@dataclass(frozen=True, slots=True)
class SwitchKey:
    """A key as it is listed; what the switch shows is kept nowhere."""

    switch: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def make(conn: Connection, switch_name: str, name: str, now: datetime, note: Note) -> str:
    """A new key of a switch; what is returned is what the switch shows, and told once.

    Args:
        name: what tells it from others of the switch.

    Raises:
        BadRequest: there is no such switch, or the name is empty or taken.
    """
    whose = _switch(conn, switch_name)
    wanted = plain(name, LONGEST_NAME + 1).strip()
    if not wanted or len(wanted) > LONGEST_NAME:
        raise BadRequest(f"A key's name has 1 to {LONGEST_NAME} characters.")
    if any(each.name == wanted for each in keys_of(conn, whose.id)):
        raise BadRequest(f"There is already a key {wanted!r} of {whose.name}.")
    key = BEGIN + new_token()
    conn.execute(
        insert(switch_key).values(
            id=id_of(key),
            switch_id=whose.id,
            name=wanted,
            created_at=now,
        )
    )
    note("make switch key", whose.name, detail={"key": wanted})
    return key


def revoke(conn: Connection, switch_name: str, name: str, note: Note) -> None:
    """Take no more records by a key. Raises BadRequest if there is no such key or switch."""
    whose = _switch(conn, switch_name)
    gone = delete(switch_key).where(_KEY.switch_id == whose.id, _KEY.name == name.strip())
    if not conn.execute(gone).rowcount:
        raise BadRequest(f"There is no key {name!r} of {whose.name}.")
    note("revoke switch key", whose.name, detail={"key": name.strip()})


def keys_of(conn: Connection, switch_id: int | None = None) -> list[SwitchKey]:
    """The keys of a switch, or of all, by switch and name."""
    columns = (switch.c.name.label("switch"), _KEY.name, _KEY.created_at, _KEY.last_used_at)
    query = select(*columns).join_from(switch_key, switch).order_by(switch.c.name, _KEY.name)
    if switch_id is not None:
        query = query.where(switch.c.id == switch_id)
    return [SwitchKey(**row._asdict()) for row in conn.execute(query)]


def switch_of(conn: Connection, key: str, now: datetime) -> str | None:
    """The name of the switch whose key it is; None if it is nobody's. Notes that it is used."""
    shown = id_of(key)
    query = select(switch.c.name).join_from(switch_key, switch).where(_KEY.id == shown)
    found: str | None = conn.execute(query).scalar_one_or_none()
    if found is not None:
        seldom = or_(_KEY.last_used_at.is_(None), _KEY.last_used_at <= now - TOUCHED_EVERY)
        used = update(switch_key).where(_KEY.id == shown, seldom).values(last_used_at=now)
        conn.execute(used)
    return found


def _switch(conn: Connection, name_or_address: str) -> Switch:
    found = find(conn, name_or_address)
    if found is None or found.id == 0:
        raise BadRequest(f"There is no switch {name_or_address!r}.")
    return found
