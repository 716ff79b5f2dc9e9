"""What is known of a call that is to be explained, and what an explanation is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from cdrstats.calls.detail import CallDetail, Row
from cdrstats.customers import Owner
from cdrstats.numbers import NumberFacts, Step
from cdrstats.switches import Switch

GONE = "Its record is no longer kept, so {} can no longer be told."


@dataclass(frozen=True, slots=True)
class Explained:
    """How one field of a call came about."""

    field: str
    """A column of `voip_cdr`; "cost", "ner" or "mos"."""
    how: str
    """In plain sentences."""
    given: tuple[tuple[str, str], ...] = ()
    """What the switch wrote: columns of `cdr_import`, or keys of its data, and their text."""
    steps: tuple[str, ...] = ()
    """What was done to it, one after the other."""
    today: str = ""
    """What today's rules would make of it, where that is not what the call has."""


class Cause(NamedTuple):
    """A hangup cause as it is set up."""

    id: int
    enumeration: str
    kind: str
    delivered: bool


class Place(NamedTuple):
    """Where a dial code leads."""

    name: str
    country_id: int
    country: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Today's rules, as far as they are about one call."""

    switch: Switch | None
    """Whose rules read the record: the switch that it names, else the one of the call."""
    named: bool
    """Whether the record's name or address is a switch's."""
    owner: Owner
    """Whose the call is, and by what of it."""
    carrier: str
    """The carrier that has the trunk which the record tells; '' if it tells none."""
    home: str
    """The name of the switch's country; '' if it is not set."""
    number: NumberFacts
    steps: tuple[Step, ...]
    """How the dialled number is read by the rules of that switch."""
    places: Mapping[int, Place]
    """The dial codes that the number begins with."""


@dataclass(frozen=True, slots=True)
class Case:
    """A call, and what it may be explained by."""

    found: CallDetail
    causes: tuple[Cause, ...]
    """Those of the call's code and of the name in its record."""
    rules: Rules | None
    """None for a customer: how its operator reads numbers is the operator's own affair. And
    for staff who may not see costs, since these may stand in a record."""

    @property
    def call(self) -> Row:
        return self.found.call

    @property
    def record(self) -> Row | None:
        return self.found.staged

    def name(self, what: str) -> str:
        """The name of the call's switch, customer, country, ...; as it is called today."""
        return self.found.names[what] or "not known"

    def cause(self, id_: int) -> Cause | None:
        return next((cause for cause in self.causes if cause.id == id_), None)

    def gone(self, what: str) -> str:
        """The sentence for what only the record could tell."""
        return GONE.format(what)


def written(record: Mapping[str, Any], *columns: str) -> tuple[tuple[str, str], ...]:
    """Those of the columns in which the switch wrote something, with its text."""
    return tuple(
        (column, _text(record[column]))
        for column in columns
        if record.get(column) not in (None, "", "\\N")
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def plain(text: str | None) -> str:
    """A text of a record; cdr-pusher's `\\N` is nothing."""
    return "" if text is None or text == "\\N" else text


def said(text: str) -> str:
    """A text of a record inside a sentence."""
    return f"“{text}”"
