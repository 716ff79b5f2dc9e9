"""How a page's question is answered, wherever that is done."""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, text

from cdrstats.accounts import Scope
from cdrstats.accounts.isolation import confine
from cdrstats.db.engine import snapshot
from cdrstats.db.limits import PATIENCE_S

P = ParamSpec("P")
R = TypeVar("R")

GARBAGE = (20_000, 20, 50)
"""How much is made until Python looks for garbage. A page makes as many objects as that, and
drops them by itself: with Python's own 700 one click in ten waited a tenth of a second."""


def answer(
    engine: Engine,
    scope: Scope,
    query: Callable[Concatenate[Connection, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """What `query` answers, for PATIENCE_S a statement.

    Its connection cannot write, and has the rights of who `scope` stands for.
    """
    with snapshot(engine) as conn:
        conn.execute(
            text("SELECT set_config('statement_timeout', :wait, true)"),
            {"wait": f"{PATIENCE_S}s"},
        )
        confine(conn, scope)
        return query(conn, *args, **kwargs)
