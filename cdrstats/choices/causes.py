"""What hangup causes mean, and how calls that end with them are counted."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from cdrstats.db.schema import hangup_cause


@dataclass(frozen=True, slots=True)
class Cause:
    """A hangup cause: in words, and what an unanswered call with it is counted as."""

    meaning: str
    kind: str  # busy, no_answer, failed
    delivered: bool  # counts into NER
    blocked: bool  # says that no circuit was had, and counts out of the seizures


def causes(conn: Connection) -> dict[int, Cause]:
    """Every cause that the installation knows, by its number."""
    found = conn.execute(
        select(
            hangup_cause.c.id,
            hangup_cause.c.cause,
            hangup_cause.c.kind,
            hangup_cause.c.delivered,
            hangup_cause.c.blocked,
        ).order_by(hangup_cause.c.id)
    )
    return {id_: Cause(*rest) for id_, *rest in found}
