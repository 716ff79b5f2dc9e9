"""How calls were answered, counted from the calls: no roll-up tells."""

from sqlalchemy import Connection, func, select

from cdrstats.accounts import Scope
from cdrstats.analysis.false_answers import BRIEF_S, QUICK_MS, Answering
from cdrstats.counting import CONDITIONS
from cdrstats.db.limits import PATIENCE_S, time_limit
from cdrstats.traffic import Key, Question
from cdrstats.traffic.reading import calls_of
from cdrstats.traffic.store import ADVICE


def answering(conn: Connection, scope: Scope, question: Question) -> dict[Key, Answering]:
    """How the calls of each key were answered; keys without answered calls are absent.

    Args:
        question: without steps, and with all values told apart.

    Raises:
        TookTooLong: after PATIENCE_S seconds.
    """
    calls = calls_of(question, scope, [question.window])
    call = calls.c
    keys = [call[column] for column in question.by]
    query = (
        select(
            *keys,
            func.count(),
            func.count(call.pdd_ms),
            func.count().filter(call.pdd_ms <= QUICK_MS),
            func.count().filter(call.billsec <= BRIEF_S),
        )
        .where(CONDITIONS["answered"](call))
        .group_by(*keys)
    )
    with time_limit(conn, PATIENCE_S, ADVICE):
        return {
            tuple(row[: len(keys)]): Answering(*row[len(keys) :]) for row in conn.execute(query)
        }
