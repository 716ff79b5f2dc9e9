"""Today's rules, as far as they are about one call."""

from sqlalchemy import Connection, or_, select

from cdrstats import customers, switches
from cdrstats.accounts import Scope
from cdrstats.calls.detail import CallDetail
from cdrstats.calls.explaining.case import Case, Cause, Place, Rules, plain
from cdrstats.calls.explaining.routing import carrier_of
from cdrstats.customers.rules import counting_numbers
from cdrstats.db.schema import country, dialcode, hangup_cause
from cdrstats.numbers import DialCodes, NumberFacts, NumberRules, analyse, trace
from cdrstats.reference import carriers

UNKNOWN = "Unknown"
"""The name of switch 0, to which records belong that name none."""

LONGEST_CODE = 18
"""Digits; what fits the id of a dial code."""


def read_case(conn: Connection, scope: Scope, found: CallDetail) -> Case:
    """The call with what it is to be explained by; rules are for who sees what they read."""
    rules = _rules(conn, found) if scope.shows("data") else None
    return Case(found, _causes(conn, found), rules)


def _causes(conn: Connection, found: CallDetail) -> tuple[Cause, ...]:
    """The causes of the call's code and of the name in its record."""
    columns = hangup_cause.c
    name = plain(found.staged["hangup_cause"]) if found.staged else ""
    rows = conn.execute(
        select(columns.id, columns.enumeration, columns.kind, columns.delivered)
        .where(or_(columns.id == found.call["hangup_cause_id"], columns.enumeration == name))
        .order_by(columns.id)
    )
    return tuple(Cause(*row) for row in rows)


def _rules(conn: Connection, found: CallDetail) -> Rules:
    call = found.call
    name = plain(found.staged["switch"]) if found.staged else found.names["switch"]
    named = switches.find(conn, name or UNKNOWN)
    switch = named or switches.find(conn, found.names["switch"] or UNKNOWN)
    rules = switch.rules if switch else NumberRules()
    number = call["destination_number"]
    places = _places(conn, analyse(number, rules, DialCodes({})).e164)
    codes = DialCodes({code: place.country_id for code, place in places.items()})
    facts, steps = trace(number, rules, codes)
    trunk = carrier_of(
        found.data, call["cdr_source_type"], facts.call_type, rules.extension_digits
    ).name
    return Rules(
        switch=switch,
        named=named is not None,
        owner=_owner(conn, found, rules, facts, trunk),
        carrier=carriers.name_of(conn, trunk) if trunk else "",
        home=_home(conn, rules.country_id),
        number=facts,
        steps=tuple(steps),
        places=places,
    )


def _home(conn: Connection, country_id: int) -> str:
    """The name of a switch's country; '' for 0."""
    name = select(country.c.name).where(country.c.id == country_id, country.c.id != 0)
    return conn.scalar(name) or ""


def _owner(
    conn: Connection, found: CallDetail, rules: NumberRules, facts: NumberFacts, trunk: str
) -> customers.Owner:
    call = found.call
    caller = analyse(call["caller_id_number"], rules.of_callers, DialCodes({})).e164
    numbers = counting_numbers(call["direction"], caller, facts.e164)
    return customers.find_owner(conn, call["accountcode"], numbers, trunk)


def _places(conn: Connection, e164: str) -> dict[int, Place]:
    """The dial codes that a number begins with; few, so that not all need to be read."""
    prefixes = [int(e164[:end]) for end in range(1, min(len(e164), LONGEST_CODE) + 1)]
    rows = conn.execute(
        select(dialcode.c.id, dialcode.c.name, dialcode.c.country_id, country.c.name)
        .outerjoin(country, country.c.id == dialcode.c.country_id)
        .where(dialcode.c.id.in_(prefixes))
    )
    return {
        code: Place(name, country_id, place or "") for code, name, country_id, place in rows
    }
