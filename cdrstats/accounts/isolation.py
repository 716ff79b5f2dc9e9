"""Whose rows PostgreSQL itself lets a transaction read, whatever its statements ask for.

What each role may read is said by the migration `0007_isolation`.
"""

from sqlalchemy import Connection, text

from cdrstats.accounts import Scope

APP = "cdrstats_app"
"""Staff: every call, nothing of how people sign in, and no right to change calls."""

CUSTOMER = "cdrstats_customer"
"""Customers: their own rows, and of these what is for them."""

_BECOME = text(
    "SELECT set_config('cdrstats.user_ids', :user_ids, true), set_config('role', :role, true)"
)

_MASK = text(
    "SELECT set_config('search_path', 'cdrstats_masked, public', true),"
    " set_config('cdrstats.digits_masked', :digits, true)"
)
"""From here on the names of the tables are those of the views of migration 0014_masking."""


def confine(conn: Connection, scope: Scope) -> None:
    """Let the rest of the transaction read and write as whom `scope` stands for.

    A scope without customers reads no call. Row-level security holds whether or not a statement
    asks for the scope's rows alone.
    """
    if scope.masked:
        if scope.user_ids is not None:
            raise ValueError("a customer's numbers cannot be masked")
        conn.execute(_MASK, {"digits": str(scope.masked)})
    if scope.user_ids is None:
        conn.execute(_BECOME, {"role": APP, "user_ids": ""})
        return
    own = ",".join(str(id_) for id_ in sorted(scope.user_ids))
    conn.execute(_BECOME, {"role": CUSTOMER, "user_ids": own})
