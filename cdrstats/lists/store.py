"""Reads and writes of `list_entry`: entries are added and ended, and never change."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from cdrstats import customers
from cdrstats.db.schema import country, customer, list_entry
from cdrstats.errors import BadRequest
from cdrstats.lists.rules import ANYWHERE, EVERYBODY, Entry, Lists, Place, checked_prefix

_ENTRY = list_entry.c
_OWNER = and_(customer.c.id == _ENTRY.customer_id, customer.c.id != EVERYBODY)


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as people read it, with all that is known of it."""

    id: int
    customer_id: int
    customer: str
    """'' for everybody."""
    prefix: str
    country_id: int
    country: str
    iso2: str
    allowed: bool
    reason: str
    mail_to: str
    valid_until: datetime | None
    added_by: str
    added_at: datetime
    ended_by: str | None
    ended_at: datetime | None

    @property
    def destination(self) -> str:
        """A prefix, two letters of a country, or * for everything."""
        return self.prefix or self.iso2 or ANYWHERE

    @property
    def key(self) -> str:
        """The destination, and whose the entry is if it is not everybody's."""
        return f"{self.destination} {self.customer}".strip()

    def stands(self, now: datetime) -> bool:
        """Whether it holds still."""
        return self.ended_at is None and (self.valid_until is None or now < self.valid_until)

    @property
    def words(self) -> str:
        """The destination in words."""
        return words_of(self.prefix, self.country)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an entry that is to be added says."""

    customer_id: int
    prefix: str
    country_id: int
    allowed: bool
    reason: str
    mail_to: str
    valid_until: datetime | None


def load_lists(conn: Connection) -> Lists:
    """The entries that hold now."""
    columns = [_ENTRY[name] for name in Entry.__dataclass_fields__]
    holds = or_(_ENTRY.valid_until.is_(None), _ENTRY.valid_until > func.now())
    rows = conn.execute(select(*columns).where(_ENTRY.ended_at.is_(None), holds))
    return Lists(Entry(*row) for row in rows)


def list_standing(conn: Connection) -> list[Told]:
    """The entries that nobody has ended, those that hold no more as well; by their places."""
    return _read(conn, _ENTRY.ended_at.is_(None))


def list_history(conn: Connection, destination: str) -> list[Told]:
    """All entries that there were of a destination, anybody's, the newest first.

    Raises BadRequest if it is none.
    """
    (prefix, country_id), _ = place_of(conn, destination)
    found = _read(conn, and_(_ENTRY.prefix == prefix, _ENTRY.country_id == country_id))
    return sorted(found, key=lambda each: -each.id)


def find_told(conn: Connection, id: int) -> Told | None:
    """The entry of that id, which may have ended."""
    return next(iter(_read(conn, _ENTRY.id == id)), None)


def decided_by(conn: Connection, id: int) -> str:
    """The entry that decided about a call, in words; '' if there was none, or none to be seen.

    It reads no more than a customer may.
    """
    named = select(_ENTRY.prefix, country.c.name, customer.c.name, _ENTRY.customer_id)
    places = and_(country.c.id == _ENTRY.country_id, country.c.id != 0)
    joined = list_entry.outerjoin(country, places).outerjoin(customer, _OWNER)
    row = conn.execute(named.select_from(joined).where(_ENTRY.id == id)).one_or_none()
    if row is None:
        return ""
    prefix, place, owner, customer_id = row
    whose = "everybody" if customer_id == EVERYBODY else owner
    return f"{words_of(prefix, place or '')}, for {whose}"


def words_of(prefix: str, place: str) -> str:
    """A destination in words."""
    return f"+{prefix}" if prefix else place or "everything"


def find_standing(conn: Connection, key: str) -> Told | None:
    """The standing entry that is written so; None if there is none. Raises BadRequest."""
    place, customer_id = place_of(conn, key)
    where = [_ENTRY.prefix == place[0], _ENTRY.country_id == place[1]]
    where += [_ENTRY.customer_id == customer_id, _ENTRY.ended_at.is_(None)]
    return next(iter(_read(conn, and_(*where))), None)


def place_of(conn: Connection, key: str) -> tuple[Place, int]:
    """The place and the customer of an entry that is written as `Told.key`.

    Raises BadRequest if there is no such place, or customer.
    """
    destination, _, name = key.strip().partition(" ")
    if not destination:
        raise BadRequest("A destination cannot be empty: a prefix, a country, or * for all.")
    owner = EVERYBODY
    if name.strip():
        owner = customers.find(conn, name).id
        if owner == EVERYBODY:
            raise BadRequest(f"{name.strip()} stands for nobody: name a customer, or none.")
    if destination == ANYWHERE:
        return ("", 0), owner
    prefix = checked_prefix(destination)
    if prefix is not None:
        return (prefix, 0), owner
    found = conn.scalar(
        select(country.c.id).where(country.c.iso2 == destination.upper(), country.c.id != 0)
    )
    if found is None or len(destination) != 2:
        raise BadRequest(
            f"{destination!r} is neither a prefix such as 34900, nor the two letters of a"
            " country such as ES, nor * for every destination."
        )
    return ("", found), owner


def add(conn: Connection, wanted: Wanted, who: str) -> int:
    """Let an entry hold from now on; return its id.

    Raises BadRequest if the customer has one of that place.
    """
    values = {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}
    statement = insert(list_entry).values(**values, added_by=who)
    made = conn.execute(statement.on_conflict_do_nothing().returning(_ENTRY.id)).scalar()
    if made is None:
        raise BadRequest("There is already an entry of this destination: change that one.")
    return int(made)


def end(conn: Connection, id: int, who: str) -> None:
    """Let an entry hold no more. Raises BadRequest if somebody else has ended it."""
    standing = update(list_entry).where(_ENTRY.id == id, _ENTRY.ended_at.is_(None))
    if not conn.execute(standing.values(ended_by=who, ended_at=func.now())).rowcount:
        raise BadRequest("Somebody has changed or removed this entry meanwhile.")


def _read(conn: Connection, which: ColumnElement[bool]) -> list[Told]:
    named = {
        "customer": func.coalesce(customer.c.name, "").label("customer"),
        "country": func.coalesce(country.c.name, "").label("country"),
        "iso2": func.coalesce(country.c.iso2, "").label("iso2"),
    }
    columns = [
        named[name] if name in named else _ENTRY[name] for name in Told.__dataclass_fields__
    ]
    places = and_(country.c.id == _ENTRY.country_id, country.c.id != 0)
    rows = conn.execute(
        select(*columns)
        .select_from(list_entry.outerjoin(customer, _OWNER).outerjoin(country, places))
        .where(which)
        .order_by(_ENTRY.prefix, country.c.name.nulls_first(), customer.c.name.nulls_first())
    )
    return [Told(*row) for row in rows]
