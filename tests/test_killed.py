"""A process may be killed anywhere: nothing is lost, nothing comes twice."""

import random
import sys
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType

import pytest
from sqlalchemy import Engine, func, select, text

from cdrstats import aggregates, intake, mediation
from cdrstats.aggregates.draining import drain
from cdrstats.db.engine import make_engine
from cdrstats.db.schema import cdr_import, import_file, voip_cdr
from cdrstats.intake import stage
from cdrstats.mediation import drain as mediation_drain

from .asterisk import master_csv, master_line
from .waiting import eventually

CALLS = 6_000


def load(url: str, path: Path, stage_first: bool) -> None:
    """What is killed: small batches, so that it may happen between them."""
    stage.BATCH = mediation_drain.BATCH = 300
    engine = make_engine(url, "killed")
    intake.load_file(engine, path, switch="pbx1", stage_only=stage_first)
    if stage_first:
        mediation.mediate(engine)


def is_alone(engine: Engine) -> bool:
    """Whether PostgreSQL has seen that whom we killed is gone; their locks go with them."""
    with engine.connect() as conn:
        others = text(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'killed'"
        )
        return conn.execute(others).scalar_one() == 0


@pytest.mark.slow
def test_a_load_killed_again_and_again_ends_with_every_call_once(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A child runs the main module again, and a test of a page leaves its script there.
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    lines = [
        master_line(n, f"2026-03-10 {n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}")
        for n in range(CALLS)
    ]
    path = tmp_path / "Master.csv"
    path.write_text(master_csv(*lines, "rubbish"))
    url = fresh_engine.url.render_as_string(hide_password=False)
    chance = random.Random(7)
    killed = 0
    beginning = get_context("forkserver")
    beginning.set_forkserver_preload([__name__])
    for attempt in range(60):
        child = beginning.Process(target=load, args=(url, path, attempt % 2 == 1))
        child.start()
        child.join(chance.uniform(0.02, 0.4))
        if child.exitcode is not None:
            assert child.exitcode == 0
            break
        child.kill()
        child.join()
        killed += 1
        eventually(lambda: is_alone(fresh_engine))
    assert killed >= 3

    report = intake.load_file(fresh_engine, path, switch="pbx1")
    assert report.read == CALLS + 1
    with fresh_engine.connect() as conn:
        file = conn.execute(select(import_file)).one()
        assert (file.imported, file.duplicates, file.bad, file.rejected) == (CALLS, 0, 1, 0)
        for table in (voip_cdr, cdr_import):
            assert conn.execute(select(func.count()).select_from(table)).scalar_one() == CALLS
        keys = select(func.count(func.distinct(voip_cdr.c.import_id)))
        assert conn.execute(keys).scalar_one() == CALLS
    drain(fresh_engine)
    with fresh_engine.connect() as conn:
        assert aggregates.verify(conn) == []
