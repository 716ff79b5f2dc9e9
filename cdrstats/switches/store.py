"""Reads and writes of `switch` and `switch_address`."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from cdrstats.db.engine import lock
from cdrstats.db.marking import leave_mark
from cdrstats.db.schema import (
    import_file,
    note,
    switch,
    switch_address,
    switch_feed,
    voip_cdr,
)
from cdrstats.errors import BadRequest
from cdrstats.numbers import NumberRules, rules_for_country
from cdrstats.switches.rules import checked_rules, checked_timezone, plain_name
from cdrstats.switches.telling import change_told

RULE_COLUMNS = tuple(NumberRules.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Switch:
    """A switch as it is set up."""

    id: int
    name: str
    cdr_source_type: int
    timezone: str
    """IANA name; of the stamps that carry no zone."""
    rules: NumberRules
    addresses: tuple[str, ...]
    """What it is called in records, beside its name."""


def find(conn: Connection, name_or_address: str) -> Switch | None:
    """The switch of that name, else the one with that address, else None."""
    name = plain_name(name_or_address)
    address_of = select(switch_address.c.switch_id).where(switch_address.c.address == name)
    row = conn.execute(
        _switches()
        .where(or_(switch.c.name == name, switch.c.id == address_of.scalar_subquery()))
        .order_by((switch.c.name == name).desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _switch(row)


def find_or_create(
    conn: Connection, name_or_address: str, source_type: int, timezone: str, country: str
) -> Switch:
    """The switch of that name or address; if there is none, a new one of that name.

    One query where it exists. Where two processes meet a new name, one waits for the other's
    transaction and takes its switch, so whoever creates several does it in sorted order, and
    commits soon. An empty name is switch 0.

    Args:
        source_type: `cdr_source_type` of a new switch, or of one that had none yet.
        timezone: IANA zone of a new switch.
        country: home of a new switch, ISO 3166-1 alpha-2; '' leaves it without one.
    Raises BadRequest if a new switch is given a zone or country that does not exist.
    """
    name = plain_name(name_or_address)
    if known := find(conn, name or "Unknown"):
        if known.cdr_source_type or not source_type or known.id == 0:
            return known
        typed = update(switch).where(switch.c.id == known.id)
        conn.execute(typed.values(cdr_source_type=source_type))
        return replace(known, cdr_source_type=source_type)
    _insert(conn, name, source_type, timezone, country)
    return _existing(conn, name)


def add(conn: Connection, name: str, timezone: str, country: str) -> Switch:
    """A new switch, before its first record comes; arguments as in `find_or_create`.

    Raises BadRequest if a switch is called so already, or a value is wrong.
    """
    wanted = _free_name(conn, name)
    _insert(conn, wanted, 0, timezone, country)
    return _existing(conn, wanted)


def _insert(conn: Connection, name: str, source_type: int, timezone: str, country: str) -> None:
    rules = rules_for_country(country) if country else NumberRules()
    conn.execute(
        insert(switch)
        .values(
            name=name,
            cdr_source_type=source_type,
            timezone=checked_timezone(timezone),
            **_columns(rules),
        )
        .on_conflict_do_nothing()
    )


def list_switches(conn: Connection) -> list[Switch]:
    """All switches by name, without 0, the unknown one."""
    rows = conn.execute(_switches().where(switch.c.id != 0).order_by(switch.c.name))
    return [_switch(row) for row in rows]


def change(
    conn: Connection,
    name: str,
    *,
    new_name: str | None = None,
    timezone: str | None = None,
    country: str | None = None,
    calling_code: str | None = None,
    international_prefixes: Sequence[str] | None = None,
    trunk_prefixes: Sequence[str] | None = None,
    strip_prefixes: Sequence[str] | None = None,
    extension_digits: int | None = None,
    national_min_digits: int | None = None,
    national_max_digits: int | None = None,
) -> Switch:
    """Set what is given, keep what is None; calls already imported keep their old reading.

    `country` (ISO 3166-1 alpha-2; '' for none) brings its number rules, of which those given
    beside it are replaced; `strip_prefixes` belong to the switch and stay. The name before
    `new_name` stays as an address, since records go on saying it.
    Raises BadRequest if there is no such switch, the new name is taken, or a value is wrong.
    """
    old = _existing(conn, name)
    fields = asdict(old.rules)
    if country is not None:
        home = rules_for_country(country) if country else NumberRules()
        fields = asdict(home) | {"strip_prefixes": old.rules.strip_prefixes}
    given = {
        "calling_code": calling_code,
        "international_prefixes": international_prefixes,
        "trunk_prefixes": trunk_prefixes,
        "strip_prefixes": strip_prefixes,
        "extension_digits": extension_digits,
        "national_min_digits": national_min_digits,
        "national_max_digits": national_max_digits,
    }
    fields |= {key: value for key, value in given.items() if value is not None}
    values = _columns(checked_rules(fields))
    before = _columns(old.rules) | {"timezone": old.timezone}
    if timezone is not None:
        values["timezone"] = checked_timezone(timezone)
    if new_name is not None and plain_name(new_name) != old.name:
        values["name"] = _renamed(conn, old, new_name)
    conn.execute(update(switch).where(switch.c.id == old.id).values(values))
    if told := change_told(old.name, before, values):
        leave_mark(conn, "rule change", told, switch_id=old.id)
    return _existing(conn, values.get("name", old.name))


def add_address(conn: Connection, name: str, address: str) -> Switch:
    """Let records that say `address` belong to the switch; nothing happens if they do.

    Raises BadRequest if there is no such switch, or the address is another switch's.
    """
    found = _existing(conn, name)
    wanted = plain_name(address)
    if wanted in (found.name, *found.addresses):
        return found
    wanted = _free_name(conn, wanted, but_for=found.id)
    conn.execute(insert(switch_address).values(address=wanted, switch_id=found.id))
    return _existing(conn, found.name)


def remove_addresses(conn: Connection, name: str, addresses: Iterable[str]) -> Switch:
    """Let records that say one of the addresses be another switch's.

    Raises BadRequest if there is no such switch. An address that it has not is passed over.
    """
    found = _existing(conn, name)
    columns = switch_address.c
    gone = columns.address.in_(list(addresses)) & (columns.switch_id == found.id)
    conn.execute(delete(switch_address).where(gone))
    return _existing(conn, found.name)


def remove(conn: Connection, name: str) -> None:
    """Delete a switch that nothing came from, with what was noted of it.

    Raises BadRequest if there is no such switch, or files or calls are of it: they stay.
    """
    gone = _existing(conn, name)
    if gone.id == 0:
        raise BadRequest(f"{gone.name} stands for records that name no switch: it stays.")
    lock(conn, "mediation")  # else a batch could bring a call of it before it is gone
    for table in (voip_cdr, import_file):
        if conn.scalar(select(exists().where(table.c.switch_id == gone.id))):
            what = "calls" if table is voip_cdr else "files"
            raise BadRequest(f"{gone.name} has {what}, which keep it. Rename it instead.")
    for table in (switch_address, switch_feed, note):
        conn.execute(delete(table).where(table.c.switch_id == gone.id))
    conn.execute(delete(switch).where(switch.c.id == gone.id))


def last_calls(conn: Connection) -> dict[int, datetime]:
    """When the newest call of each switch began, by its id; those without calls are left out.

    Uses voip_cdr_switch_id_starting_date_idx.
    """
    newest = (
        select(func.max(voip_cdr.c.starting_date))
        .where(voip_cdr.c.switch_id == switch.c.id)
        .scalar_subquery()
    )
    rows = conn.execute(select(switch.c.id, newest.label("at")))
    return {row.id: row.at for row in rows if row.at is not None}


def _existing(conn: Connection, name: str) -> Switch:
    found = find(conn, name)
    if found is None:
        raise BadRequest(f"There is no switch {name!r}: `switch list` names them.")
    return found


def _renamed(conn: Connection, old: Switch, new_name: str) -> str:
    """The new name; the old one takes its place among the addresses."""
    name = _free_name(conn, new_name, but_for=old.id)
    conn.execute(delete(switch_address).where(switch_address.c.address == name))
    conn.execute(insert(switch_address).values(address=old.name, switch_id=old.id))
    return name


def _free_name(conn: Connection, name: str, but_for: int | None = None) -> str:
    """`name` as it is stored, if no other switch is called so."""
    wanted = plain_name(name)
    if not wanted:
        raise BadRequest("A switch's name or address cannot be empty.")
    other = find(conn, wanted)
    if other is not None and other.id != but_for:
        raise BadRequest(f"{wanted!r} is already a name or address of switch {other.name!r}.")
    return wanted


def _columns(rules: NumberRules) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in asdict(rules).items()
    }


def _switches() -> Select[Any]:
    addresses = (
        select(func.array_agg(switch_address.c.address).label("addresses"))
        .where(switch_address.c.switch_id == switch.c.id)
        .scalar_subquery()
    )
    return select(switch, addresses.label("addresses"))


def _switch(row: Row[Any]) -> Switch:
    fields = row._mapping
    rules: dict[str, Any] = {
        key: tuple(fields[key]) if isinstance(fields[key], list) else fields[key]
        for key in RULE_COLUMNS
    }
    return Switch(
        id=fields["id"],
        name=fields["name"],
        cdr_source_type=fields["cdr_source_type"],
        timezone=fields["timezone"],
        rules=NumberRules(**rules),
        addresses=tuple(sorted(fields["addresses"] or ())),
    )
