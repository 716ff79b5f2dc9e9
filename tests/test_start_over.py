"""Starting over, by the operator's old procedure and by the command: figures agree."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, delete, func, select, text

from cdrstats import aggregates, customers, intake, mediation, switches
from cdrstats.accounts import EVERYONE
from cdrstats.aggregates import views
from cdrstats.aggregates.draining import drain
from cdrstats.aggregates.refreshing import refresh_due
from cdrstats.cli import main
from cdrstats.db.schema import cdr_import, voip_cdr
from cdrstats.health import control

from .asterisk import master_csv, master_line
from .factories import NOON, add_staged, noting

FAQ = Path(__file__).parent.parent / "docs" / "faq.md"
LONG_AFTER = datetime.max.replace(tzinfo=UTC)


def the_operators_statements() -> list[str]:
    """What docs/faq.md tells an operator to type into psql."""
    found = re.search(r"```sql\n(DROP MATERIALIZED.*?)```", FAQ.read_text("utf-8"), re.DOTALL)
    assert found
    statements = [part.strip() for part in found[1].split(";") if part.strip()]
    assert len(statements) == 5
    assert statements[-1] == "UPDATE cdr_import SET imported=FALSE"
    return statements


@pytest.fixture
def busy_store(fresh_engine: Engine, tmp_path: Path) -> Engine:
    """Forty calls of a file, two pushed, one file undone, one rejection; all rolled up."""
    lines = [
        master_line(n, f"2026-03-10 12:{n:02d}:00", accountcode="A7" if n % 2 else "A8")
        for n in range(40)
    ]
    (tmp_path / "kept.csv").write_text(
        master_csv(*lines, master_line(99, "1980-01-01 00:00:00"))
    )
    (tmp_path / "undone.csv").write_text(master_csv(master_line(500, "2026-03-11 09:00:00")))
    intake.load_file(fresh_engine, tmp_path / "kept.csv", switch="pbx1", timezone="UTC")
    undone = intake.load_file(fresh_engine, tmp_path / "undone.csv", switch="pbx1")
    intake.undo_file(fresh_engine, undone.file_id, noting)
    with fresh_engine.begin() as conn:
        add_staged(conn, switch="10.0.0.5")
        add_staged(conn, switch="10.0.0.5", starting_date=NOON + timedelta(days=2))
    mediation.mediate(fresh_engine)
    drain(fresh_engine)
    return fresh_engine


def change_everything(engine: Engine) -> None:
    """A zone, an owner, and a call deleted by hand."""
    with engine.begin() as conn:
        switches.change(conn, "pbx1", timezone="Europe/Madrid", country="ES")
        customers.add(conn, "Acme")
        customers.assign(conn, "Acme", ["A7"])
        last = select(func.max(voip_cdr.c.starting_date)).scalar_subquery()
        conn.execute(delete(voip_cdr).where(voip_cdr.c.starting_date == last))


def check_everything(engine: Engine) -> None:
    with engine.connect() as conn:
        acme = next(c.id for c in customers.list_customers(conn, EVERYONE) if c.name == "Acme")
        rows = conn.execute(select(voip_cdr).order_by(voip_cdr.c.import_id)).all()
        assert len(rows) == 42
        filed, pushed = rows[:40], rows[40:]
        # 12:00 in Madrid, in winter
        assert [row.starting_date for row in filed] == [
            NOON - timedelta(hours=1) + timedelta(minutes=n) for n in range(40)
        ]
        assert [row.user_id for row in filed] == [acme if n % 2 else 0 for n in range(40)]
        assert [row.starting_date for row in pushed] == [NOON, NOON + timedelta(days=2)]
        outcomes = conn.execute(
            select(cdr_import.c.outcome, func.count()).group_by(cdr_import.c.outcome)
        )
        assert {row[0]: row[1] for row in outcomes} == {"call": 42, "undone": 1, "rejected": 1}
        assert aggregates.verify(conn) == []
        assert views.check(conn) == []


def test_the_operators_old_procedure_works_verbatim(busy_store: Engine) -> None:
    change_everything(busy_store)
    with busy_store.begin() as conn:
        control.pause(conn, "operator")
    with busy_store.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        for statement in the_operators_statements():
            conn.execute(text(statement))
    with busy_store.begin() as conn:
        control.resume(conn)

    mediation.mediate(busy_store)
    drain(busy_store)
    refresh_due(busy_store, LONG_AFTER)

    check_everything(busy_store)


def test_start_over_does_it_in_one_command(
    busy_store: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    change_everything(busy_store)
    with busy_store.begin() as conn:
        conn.execute(text("DROP MATERIALIZED VIEW matv_voip_cdr_aggr_hour"))
    url = busy_store.url.render_as_string(hide_password=False)
    monkeypatch.setenv("CDRSTATS_DATABASE_URL", url)
    monkeypatch.setenv("CDRSTATS_VAR_DIR", str(tmp_path / "var"))

    refused = CliRunner().invoke(main, ["start-over"], input="n\n")
    assert refused.exit_code != 0
    done = CliRunner().invoke(main, ["start-over", "--yes"])
    assert done.exit_code == 0, done.output

    check_everything(busy_store)


def test_starting_over_twice_is_the_same_as_once(busy_store: Engine) -> None:
    change_everything(busy_store)
    for _ in range(2):
        mediation.flag_anew(busy_store)
        mediation.mediate(busy_store)
        drain(busy_store)
    refresh_due(busy_store, LONG_AFTER)
    check_everything(busy_store)
