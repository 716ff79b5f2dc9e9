"""Backups for tests: an installation with something of everything, and what it holds."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import Engine, insert, text

from cdrstats import alarms, intake, mediation
from cdrstats.accounts import people
from cdrstats.aggregates.draining import drain
from cdrstats.aggregates.refreshing import refresh_due
from cdrstats.cli import main
from cdrstats.cli.start_over import WHENEVER_DUE
from cdrstats.db.partitions import coming_months, make_months
from cdrstats.db.schema import account_code, customer, saved_view

from .alarms import MIDNIGHT, a_rule
from .asterisk import master_csv, master_line
from .factories import add_staged
from .people import signed_in_as

CALLS = 42
NOT_KEPT = {"public.session", "public.one_time_link", "public.outbox"}

Run = Callable[..., Result]


def fill(engine: Engine, folder: Path) -> None:
    """Calls of a file and pushed ones, owners, people, who is signed in; all counted."""
    make_months(engine, coming_months(datetime.now(UTC)))  # as a restore does
    with engine.begin() as conn:
        conn.execute(insert(customer), [{"name": "Acme"}, {"name": "Bronco"}])
        codes = [{"accountcode": f"A{n}", "customer_id": n} for n in (1, 2)]
        conn.execute(insert(account_code), codes)
        people.add(conn, "anna", "customer", customers=("Acme",))
        signed_in_as(conn, "bob", "administrator")
        conn.execute(
            insert(saved_view).values(owner="bob", page="calls", name="Ünïcode \\ \t'")
        )
        alarms.add(conn, None, a_rule(), MIDNIGHT)
    lines = [
        master_line(n, f"2026-03-10 12:{n:02d}:00", accountcode=f"A{n % 2 + 1}")
        for n in range(CALLS - 2)
    ]
    path = folder / "Master.csv"
    path.write_text(master_csv(*lines, master_line(99, "1980-01-01 00:00:00")))
    intake.load_file(engine, path, switch="pbx1", timezone="UTC")
    with engine.begin() as conn:
        add_staged(conn)
        add_staged(conn)
    mediation.mediate(engine)
    drain(engine)
    refresh_due(engine, WHENEVER_DUE)


def address(engine: Engine) -> str:
    return engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def on(var: Path, url: str | None = None) -> Run:
    """The commands, run on one data folder and maybe a server."""
    env = {"CDRSTATS_VAR_DIR": str(var), "CDRSTATS_DATABASE_URL": url}

    def run(*words: str | Path) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], env=env)

    return run


def contents(engine: Engine) -> dict[str, tuple[int, str]]:
    """Of each table and view how many rows it has, and a sum over all they hold."""
    with engine.connect() as conn:
        names = conn.execute(text(_TABLES)).scalars().all()
        return {
            name: tuple(
                conn.execute(
                    text(
                        "SELECT count(*), md5(coalesce(string_agg(t::text, E'\\n'"
                        f" ORDER BY t::text COLLATE \"C\"), '')) FROM {name} AS t"
                    )
                ).one()
            )
            for name in names
            if name not in NOT_KEPT
        }


def shape(engine: Engine) -> dict[str, set[tuple[object, ...]]]:
    """All that is not rows: columns, indexes, sequences, rights, policies, code and so on."""
    with engine.connect() as conn:
        return {
            what: {tuple(row) for row in conn.execute(text(query))}
            for what, query in _SHAPE.items()
        }


_OURS = "nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"

_TABLES = f"""
    SELECT format('%I.%I', nspname, relname)
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
    WHERE relkind IN ('r', 'p', 'm') AND {_OURS}
"""

_SHAPE = {
    "columns": """
        SELECT table_schema, table_name, column_name, data_type, is_nullable, column_default
        FROM information_schema.columns
        WHERE table_schema IN ('public', 'pusher', 'pusher_intake')
    """,
    "indexes": f"SELECT schemaname, indexdef FROM pg_indexes JOIN pg_namespace"
    f" ON nspname = schemaname WHERE {_OURS}",
    "constraints": f"""
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(c.oid)
        FROM pg_constraint AS c JOIN pg_namespace AS n ON n.oid = connamespace
        WHERE {_OURS} AND contype <> 'n'
    """,
    "sequences": "SELECT sequencename, last_value FROM pg_sequences"
    " WHERE sequencename <> 'audit_id_seq'",
    "policies": "SELECT tablename, policyname, permissive, roles::text, cmd, qual"
    " FROM pg_policies",
    "held": "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
    " WHERE relrowsecurity",
    "rights": f"""
        SELECT nspname, relname, grantee::regrole::text, privilege_type
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace,
            aclexplode(relacl) AS a
        WHERE {_OURS} AND grantee <> relowner
    """,
    "rights on columns": """
        SELECT attrelid::regclass::text, attname, grantee::regrole::text, privilege_type
        FROM pg_attribute, aclexplode(attacl) AS a WHERE attrelid >= 16384
    """,
    "rights on schemas": """
        SELECT nspname, grantee, privilege_type
        FROM (
            SELECT nspname, nspowner, a.privilege_type, a.grantee AS whom,
                CASE a.grantee WHEN 0 THEN 'everybody' ELSE a.grantee::regrole::text END
                AS grantee
            FROM pg_namespace, aclexplode(nspacl) AS a
        ) AS given
        WHERE nspname IN ('public', 'pusher', 'pusher_intake') AND whom <> nspowner
    """,
    "functions": f"""
        SELECT proname, pg_get_function_identity_arguments(p.oid), prosrc, prosecdef,
            proconfig::text
        FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = pronamespace WHERE {_OURS}
    """,
    "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
}
