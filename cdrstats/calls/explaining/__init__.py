"""How each derived field of a call came about, in plain sentences.

Each module holds the sentences of some fields, as pure functions of a Case: the call, the
record that it was made of, and today's rules as far as they are about it. What a number or a
stamp means is asked of the very rules by which mediation reads it.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from cdrstats.accounts import Scope
from cdrstats.calls.detail import CallDetail
from cdrstats.calls.explaining import ending, numbering, origin, paying, routing
from cdrstats.calls.explaining.case import Explained
from cdrstats.calls.explaining.reading import read_case

__all__ = ["Explained", "Explanation", "explain"]

_TELLERS = (
    origin.switch,
    origin.start,
    ending.answered_at,
    ending.talk_time,
    ending.pdd,
    paying.customer,
    numbering.number,
    numbering.call_type,
    numbering.dialcode,
    numbering.country,
    ending.direction,
    routing.carrier,
    ending.answered,
    ending.cause,
    ending.sip_status,
    ending.ner,
    ending.mos,
    routing.authorized,
    paying.billed,
    paying.cost,
    origin.key,
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a call came about."""

    fields: tuple[Explained, ...]
    waiting: bool
    """Its record waits to be mediated anew."""

    @property
    def outdated(self) -> tuple[Explained, ...]:
        """Those of which today's rules would make something else."""
        return tuple(field for field in self.fields if field.today)


def explain(conn: Connection, scope: Scope, found: CallDetail) -> Explanation:
    """How the derived fields of the call came about.

    Args:
        scope: whoever `found` was read for. All are told what the call itself holds; who may
            see `data` also what its switch wrote, and by which rules it was read.
        found: see `detail`.
    """
    case = read_case(conn, scope, found)
    told = [teller(case) for teller in _TELLERS]
    return Explanation(
        tuple(field for field in told if field is not None),
        found.staged is not None and not found.staged["imported"],
    )
