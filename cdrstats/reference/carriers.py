"""The carriers as rows of an administrator's list, with the trunks that calls name."""

from collections import defaultdict
from collections.abc import Set as AbstractSet

from sqlalchemy import Connection, delete, exists, insert, select, update

from cdrstats.db.engine import lock
from cdrstats.db.schema import carrier, carrier_trunk, customer_trunk, voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.reference.rules import checked_name
from cdrstats.sheets import Row, Sheet
from cdrstats.spreadsheet import joined, parted


def id_of(conn: Connection, trunk: str) -> int | None:
    """The carrier whose trunk that is, as mediation finds it; None if nobody's yet."""
    given = select(carrier_trunk.c.carrier_id).where(carrier_trunk.c.name == trunk)
    if (found := conn.scalar(given)) is not None:
        return int(found)
    own = conn.scalar(select(carrier.c.id).where(carrier.c.name == trunk))
    return None if own is None else int(own)


def name_of(conn: Connection, trunk: str) -> str:
    """What the carrier is called that calls by this trunk go to; a new one is called so."""
    return _carrier_of(conn, trunk) or trunk


def _rows(conn: Connection) -> list[Row]:
    trunks: defaultdict[int, list[str]] = defaultdict(list)
    query = select(carrier_trunk.c.carrier_id, carrier_trunk.c.name)
    for carrier_id, name in conn.execute(query.order_by(carrier_trunk.c.name)):
        trunks[carrier_id].append(name)
    known = select(carrier.c.id, carrier.c.name).where(carrier.c.id != 0)
    return [
        {"name": each.name, "trunks": joined(trunks[each.id])}
        for each in conn.execute(known.order_by(carrier.c.name))
    ]


def _find(conn: Connection, name: str) -> Row | None:
    held = conn.scalar(select(carrier.c.id).where(carrier.c.name == name, carrier.c.id != 0))
    if held is None:
        return None
    return {"name": name, "trunks": joined(sorted(_trunks(conn, held)))}


def _trunks(conn: Connection, carrier_id: int) -> set[str]:
    query = select(carrier_trunk.c.name).where(carrier_trunk.c.carrier_id == carrier_id)
    return set(conn.execute(query).scalars())


def _id(conn: Connection, name: str) -> int:
    return int(conn.execute(select(carrier.c.id).where(carrier.c.name == name)).scalar_one())


def _add(conn: Connection, cells: Row) -> str:
    name = _free(conn, cells["name"])
    conn.execute(insert(carrier).values(name=name))
    _give(conn, _id(conn, name), cells)
    return name


def _change(conn: Connection, key: str, cells: Row) -> str:
    lock(conn, "mediation")  # else a batch could make a carrier of a name that moves
    held = _id(conn, key)
    name = key
    if cells.get("name", key) != key:
        name = _free(conn, cells["name"], but_for=held)
        taken = carrier_trunk.c.name.in_((key, name))
        conn.execute(delete(carrier_trunk).where(taken))
        conn.execute(update(carrier).where(carrier.c.id == held).values(name=name))
        # Records go on saying the name before.
        conn.execute(insert(carrier_trunk).values(name=key, carrier_id=held))
    _give(conn, held, cells, frozenset({key}) - {name})
    return name


def _give(
    conn: Connection, carrier_id: int, cells: Row, also: AbstractSet[str] = frozenset()
) -> None:
    """Let the carrier have the trunks that the cells say, beside `also`. Raises BadRequest."""
    if "trunks" not in cells:
        return
    own = conn.scalar(select(carrier.c.name).where(carrier.c.id == carrier_id))
    told = {checked_name(each, "A trunk") for each in parted(cells["trunks"])}
    wanted = (told | also) - {own}
    held = _trunks(conn, carrier_id)
    conn.execute(delete(carrier_trunk).where(carrier_trunk.c.name.in_(held - wanted)))
    for trunk in sorted(wanted - held):
        if (other := _carrier_of(conn, trunk)) is not None:
            raise BadRequest(f"The trunk {trunk!r} is {other}'s.")
        conn.execute(insert(carrier_trunk).values(name=trunk, carrier_id=carrier_id))


def _carrier_of(conn: Connection, trunk: str) -> str | None:
    """The carrier that the trunk was given to."""
    joined_ = select(carrier.c.name).join(
        carrier_trunk, carrier_trunk.c.carrier_id == carrier.c.id
    )
    return conn.scalar(joined_.where(carrier_trunk.c.name == trunk))


def _free(conn: Connection, cell: str, but_for: int | None = None) -> str:
    """The name, if no other carrier, nor the trunk of one, is called so."""
    name = checked_name(cell, "A carrier's name")
    other = id_of(conn, name)
    if other is not None and other != but_for:
        raise BadRequest(f"There is already a carrier or a trunk {name!r}.")
    return name


def _remove(conn: Connection, key: str) -> None:
    lock(conn, "mediation")  # else a batch could bring a call of it before it is gone
    gone = _id(conn, key)
    if conn.scalar(select(exists().where(voip_cdr.c.carrier_id == gone))):
        raise BadRequest(f"{key} has carried calls, which keep it.")
    if conn.scalar(select(exists().where(customer_trunk.c.carrier_id == gone))):
        raise BadRequest(f"{key} is a customer's trunk: take it from the customer first.")
    conn.execute(delete(carrier_trunk).where(carrier_trunk.c.carrier_id == gone))
    conn.execute(delete(carrier).where(carrier.c.id == gone))


CARRIERS = Sheet(
    noun="carrier",
    columns=("name", "trunks"),
    needed=("name",),
    rows=_rows,
    find=_find,
    add=_add,
    change=_change,
    remove=_remove,
)
"""A trunk that is a carrier of its own, because calls named it, may be given to another. That
holds from then on; calls that are in keep theirs until they are mediated anew."""
