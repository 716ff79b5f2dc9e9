"""A process may be killed anywhere: nothing is lost, nothing comes twice."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from cdrstats import aggregates, intake
from cdrstats.aggregates.draining import drain
from cdrstats.db.schema import cdr_import, import_file, voip_cdr

from .asterisk import master_csv, master_line

CALLS = 6_000
CHILD = """
import sys
from pathlib import Path
from cdrstats import intake
from cdrstats.db.engine import make_engine
import cdrstats.intake.stage, cdrstats.mediation.drain
cdrstats.intake.stage.BATCH = cdrstats.mediation.drain.BATCH = 300
engine = make_engine(sys.argv[1], "killed")
print("ready", flush=True)
intake.load_file(engine, Path(sys.argv[2]), switch="pbx1", stage_only=sys.argv[3] == "stage")
if sys.argv[3] == "stage":
    from cdrstats import mediation
    mediation.mediate(engine)
"""


@pytest.mark.slow
def test_a_load_killed_again_and_again_ends_with_every_call_once(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    lines = [
        master_line(n, f"2026-03-10 {n // 3600:02d}:{n // 60 % 60:02d}:{n % 60:02d}")
        for n in range(CALLS)
    ]
    path = tmp_path / "Master.csv"
    path.write_text(master_csv(*lines, "rubbish"))
    url = fresh_engine.url.render_as_string(hide_password=False)
    chance = random.Random(7)
    killed = 0
    for attempt in range(60):
        way = "stage" if attempt % 2 else "load"
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, url, str(path), way],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
        ) as child:
            assert child.stdout is not None
            child.stdout.readline()
            try:
                child.wait(timeout=chance.uniform(0.02, 0.3))
                break
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                killed += 1
        time.sleep(0.05)
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
