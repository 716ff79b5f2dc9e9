"""The names that filters offer. A URL says `country=France`, a query wants 250."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, select

from cdrstats.accounts import Scope
from cdrstats.db.schema import (
    carrier,
    country,
    customer,
    dialcode,
    hangup_cause,
    source_type,
    switch,
)

DIRECTIONS = {1: "Inbound", 2: "Outbound", 0: "Unknown direction"}
CALL_TYPES = {0: "International", 1: "National", 2: "Internal"}


@dataclass(frozen=True, slots=True)
class Names:
    """The name of every id, sorted by name; each name stands for one id."""

    switches: dict[int, str]
    countries: dict[int, str]
    customers: dict[int, str]
    carriers: dict[int, str]
    causes: dict[int, str]
    sources: dict[int, str]
    kinds: dict[int, str]  # of causes: busy, no_answer, failed

    def of(self, field: str) -> dict[int, str]:
        """The names of the column `field` of a call, such as `country_id`."""
        return self._by_column()[field]

    def has(self, field: str) -> bool:
        """Whether the values of the column `field` have names here."""
        return field in self._by_column()

    def _by_column(self) -> dict[str, dict[int, str]]:
        return {
            "switch_id": self.switches,
            "country_id": self.countries,
            "user_id": self.customers,
            "carrier_id": self.carriers,
            "hangup_cause_id": self.causes,
            "cdr_source_type": self.sources,
            "direction": DIRECTIONS,
            "call_type": CALL_TYPES,
        }


def names(conn: Connection, scope: Scope) -> Names:
    """The names of all dimensions, as far as `scope` may know them."""
    causes = conn.execute(
        select(hangup_cause.c.id, hangup_cause.c.enumeration, hangup_cause.c.kind).order_by(
            hangup_cause.c.id
        )
    ).all()
    return Names(
        switches=_named(conn, switch),
        countries=_named(conn, country),
        customers=_named(conn, customer),
        carriers=_named(conn, carrier) if scope.shows("carrier") else {},
        causes={row.id: cause_name(row.id, row.enumeration) for row in causes},
        sources=_named(conn, source_type),
        kinds={row.id: row.kind for row in causes},
    )


def country_codes(conn: Connection) -> dict[int, str]:
    """The code of ISO 3166-1 of every country that has one: satellite networks have none."""
    found = conn.execute(select(country.c.id, country.c.iso2).where(country.c.iso2 != ""))
    return {row.id: row.iso2 for row in found}


def dial_codes(conn: Connection, codes: Sequence[int]) -> dict[int, str]:
    """What each of `codes` is called, as '346 Spain mobile': many codes share a name.

    0 is "Unknown"; a code that has no name is just itself.
    """
    found = conn.execute(
        select(dialcode.c.id, dialcode.c.name).where(dialcode.c.id.in_(codes))
    ).all()
    known = {row.id: f"{row.id} {row.name}" if row.id else row.name for row in found}
    return {code: known.get(code, str(code)) for code in codes}


def cause_name(cause_id: int, enumeration: str) -> str:
    """17, 'USER_BUSY' -> 'User busy (17)'."""
    return f"{enumeration.replace('_', ' ').capitalize()} ({cause_id})"


def _named(conn: Connection, table: Table) -> dict[int, str]:
    found = conn.execute(select(table.c.id, table.c.name).order_by(table.c.name))
    return _distinct({row.id: row.name for row in found})


def _distinct(found: dict[int, str]) -> dict[int, str]:
    """A name that two ids share gets its id behind it, so that a link is never ambiguous."""
    taken = Counter(found.values())
    return {id_: name if taken[name] == 1 else f"{name} ({id_})" for id_, name in found.items()}
