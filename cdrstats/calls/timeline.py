"""The legs of a call, one beside the other, and what happened in each when. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from cdrstats.calls.detail import CallDetail, Related, Row
from cdrstats.clock import Window

PhaseName = Literal["Connecting", "Ringing", "Waiting", "Talking"]
PHASES: tuple[PhaseName, ...] = ("Connecting", "Ringing", "Waiting", "Talking")
"""In the order in which a leg goes through them."""

MOST_LEGS = 30

FAR = timedelta(days=1)
"""A record of the same id that lies farther off is of another time the id was given out."""

LONGEST = timedelta(days=31)
"""What is longer is a mistake of the switch; records that are no calls are not checked."""


class Phase(NamedTuple):
    name: PhaseName
    span: Window


@dataclass(frozen=True, slots=True)
class Leg:
    """A call or a leg of one, as a switch recorded it."""

    opened: bool
    """It is the call that was opened, not one that goes with it."""
    kind: Literal["call", "leg"]
    caller: str
    destination: str
    span: Window
    answered: bool
    hangup_cause_id: int
    phases: tuple[Phase, ...]
    """Those that took time; without gaps, they make up `span`.

    Where nothing tells when ringing was heard, the time before the answer is ringing; of a
    call that failed it is connecting. Waiting is what lies between the answer and the other
    side, in a queue or a menu.
    """


@dataclass(frozen=True, slots=True)
class Timeline:
    legs: tuple[Leg, ...]  # by their start, the opened call among them
    left_out: int  # legs that are too far off, too many, or tell no start


def timeline(found: CallDetail, kinds: Mapping[int, str]) -> Timeline:
    """The call with its legs and the calls that go with it; duplicates are none of these.

    Args:
        kinds: of hangup causes, by id: "busy", "no_answer" or "failed".
    """
    opened = _leg(found.call, found.call["starting_date"], "call", kinds, opened=True)
    others = [related for related in found.related if related.kind != "duplicate"]
    known = [leg for related in others if (leg := _related(related, kinds)) is not None]
    near = sorted(
        (leg for leg in known if _distance(leg, opened) <= FAR),
        key=lambda leg: _distance(leg, opened),
    )
    legs = sorted((opened, *near[: MOST_LEGS - 1]), key=lambda leg: leg.span.start)
    return Timeline(tuple(legs), len(others) + 1 - len(legs))


def _distance(leg: Leg, opened: Leg) -> timedelta:
    return abs(leg.span.start - opened.span.start)


def _related(related: Related, kinds: Mapping[int, str]) -> Leg | None:
    if related.start is None or related.kind == "duplicate":
        return None
    return _leg(related.row, related.start, related.kind, kinds, opened=False)


def _leg(
    row: Row,
    start: datetime,
    kind: Literal["call", "leg"],
    kinds: Mapping[int, str],
    *,
    opened: bool,
) -> Leg:
    talk_s = row["billsec"] or 0
    duration_s = talk_s if row["duration"] is None else row["duration"]
    length = _between(timedelta(seconds=duration_s), LONGEST)
    answered = talk_s > 0 if row["answered"] is None else bool(row["answered"])
    answer = length
    if answered:
        ring_s = duration_s - talk_s if row["answersec"] is None else row["answersec"]
        answer = _between(timedelta(seconds=ring_s), length)
    cause = row["hangup_cause_id"] or 0
    rang = answered or kinds.get(cause, "failed") != "failed"
    ringing = _between(_heard(row), answer, otherwise=timedelta() if rang else answer)
    bridged = answer
    if answered and row["waitsec"] is not None:
        bridged = max(answer, _between(timedelta(seconds=row["waitsec"]), length))
    cuts = (timedelta(), ringing, answer, bridged, length)
    phases = tuple(
        Phase(name, Window(start + begin, start + end))
        for name, begin, end in zip(PHASES, cuts[:-1], cuts[1:], strict=True)
        if begin < end
    )
    return Leg(
        opened,
        kind,
        row["caller_id_number"] or "",
        row["destination_number"] or "",
        Window(start, start + length),
        answered,
        cause,
        phases,
    )


def _heard(row: Row) -> timedelta | None:
    """How long after the start ringing was heard; None if nothing tells."""
    if row["pdd_ms"] is not None:
        return timedelta(milliseconds=row["pdd_ms"])
    if row["progresssec"] is not None:
        return timedelta(seconds=row["progresssec"])
    return None


def _between(
    length: timedelta | None, most: timedelta, otherwise: timedelta = timedelta()
) -> timedelta:
    """`length`, from 0 to `most`; `otherwise` if there is none."""
    return otherwise if length is None else min(max(length, timedelta()), most)
