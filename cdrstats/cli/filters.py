"""What commands filter by: options that name things, turned into ids."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, get_args

import click
from sqlalchemy import ColumnElement, Connection, Table, func, or_, select

from cdrstats.db.schema import (
    carrier,
    country,
    customer,
    hangup_cause,
    source_type,
    switch,
)
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters, TextOperator, TextTest

Command = TypeVar("Command", bound=Callable[..., Any])

DIRECTIONS = {"unknown": 0, "inbound": 1, "outbound": 2}
CALL_TYPES = {"international": 0, "national": 1, "internal": 2}
LARGEST_ID = 2**63 - 1

_OPTIONS = [
    click.option("--switch", multiple=True, metavar="NAME", help="Calls of this switch."),
    click.option("--customer", multiple=True, metavar="NAME", help="Calls of this customer."),
    click.option("--carrier", multiple=True, metavar="NAME", help="Calls by this carrier."),
    click.option(
        "--country", multiple=True, metavar="NAME", help="To this country; ISO code or name."
    ),
    click.option(
        "--cause", multiple=True, metavar="CODE", help="With this hangup cause; code or name."
    ),
    click.option("--source", multiple=True, metavar="NAME", help="From this type of switch."),
    click.option(
        "--accountcode", multiple=True, metavar="CODE", help="With this account code."
    ),
    click.option("--dialcode", multiple=True, type=click.IntRange(0, LARGEST_ID)),
    click.option("--direction", multiple=True, type=click.Choice(list(DIRECTIONS))),
    click.option("--call-type", multiple=True, type=click.Choice(list(CALL_TYPES))),
]


def filter_options(command: Command) -> Command:
    """Add the options of `chosen_filters`; each may be given several times."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def chosen_filters(conn: Connection, **given: Iterable[Any]) -> Filters:
    """The filters that the options name.

    Raises:
        BadRequest: for a name that nothing has.
    """
    return Filters(
        switch_ids=_ids(conn, switch, "switch", given["switch"]),
        user_ids=_ids(conn, customer, "customer", given["customer"]),
        carrier_ids=_ids(conn, carrier, "carrier", given["carrier"]),
        country_ids=_ids(conn, country, "country", given["country"], country.c.iso2),
        hangup_cause_ids=_ids(
            conn, hangup_cause, "hangup cause", given["cause"], hangup_cause.c.enumeration
        ),
        source_types=_ids(conn, source_type, "source", given["source"]),
        accountcodes=tuple(given["accountcode"]),
        dialcode_ids=tuple(given["dialcode"]),
        directions=tuple(DIRECTIONS[name] for name in given["direction"]),
        call_types=tuple(CALL_TYPES[name] for name in given["call_type"]),
    )


def _ids(
    conn: Connection,
    table: Table,
    what: str,
    names: Iterable[str],
    other_name: ColumnElement[str] | None = None,
) -> tuple[int, ...]:
    """The ids of the rows with these names, in any case; digits may also be an id."""
    found = []
    for name in names:
        name_column = table.c.cause if table is hangup_cause else table.c.name
        columns = [name_column] if other_name is None else [name_column, other_name]
        named = or_(*(func.lower(column) == name.lower() for column in columns))
        ids = list(conn.execute(select(table.c.id).where(named).order_by(table.c.id)).scalars())
        if not ids and name.isascii() and name.isdigit() and int(name) <= LARGEST_ID:
            ids = list(
                conn.execute(select(table.c.id).where(table.c.id == int(name))).scalars()
            )
        if not ids:
            raise BadRequest(f"There is no {what} {name!r}.")
        found += ids
    return tuple(found)


def text_test(field: str, given: str) -> TextTest:
    """`begins:34`, `ends:456`, `contains:12`; anything else is the whole text."""
    word, colon, value = given.partition(":")
    if colon and word in get_args(TextOperator):
        return TextTest(field, word, value)  # type: ignore[arg-type]
    return TextTest(field, "equals", given)
