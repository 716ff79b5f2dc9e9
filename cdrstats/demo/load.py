"""Write the demo's files, take them in, and put them away among those of the inbox."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from cdrstats.db.engine import try_lock
from cdrstats.demo.catching_up import catch_up
from cdrstats.demo.files import DemoFile, write
from cdrstats.demo.people import introduce
from cdrstats.demo.plan import Traffic, plan
from cdrstats.demo.remove import LOCK, is_loaded, remove
from cdrstats.errors import BadRequest
from cdrstats.folders import private_folder
from cdrstats.intake import FileReport, load_file
from cdrstats.intake.inbox import put_away
from cdrstats.settings import Settings

CALLS, DAYS, SEED = 200_000, 90, 1
MOST_CALLS, MOST_DAYS = 10_000_000, 3650

Progress = Callable[[int], None]
"""Called with the number of calls read so far."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came in."""

    files: int
    read: int  # records
    imported: int  # calls
    first_call: datetime | None
    last_call: datetime | None


def load(
    engine: Engine,
    settings: Settings,
    calls: int = CALLS,
    days: int = DAYS,
    seed: int = SEED,
    progress: Progress | None = None,
) -> Loaded:
    """Load `calls` demo calls over the `days` days until now; the roll-ups show them on return.

    What was left by a load that did not come to its end is removed first.

    Args:
        settings: for `var_dir`, below which the files are written and put away.
        seed: the same one, at the same moment, writes the same bytes.

    Raises:
        BadRequest: demo data is loaded already, or there would be too few or too many calls.
    """
    _check(calls, days, seed)
    if is_unfinished(engine, settings):
        remove(engine)
    with engine.begin() as guard:
        if not try_lock(guard, LOCK):
            raise BadRequest("The demo is being loaded or removed at this moment.")
        if is_loaded(guard):
            raise BadRequest(
                "Demo data is loaded already: `python -m cdrstats demo remove` takes it out."
            )
        return _load(engine, settings, plan(calls, days, seed, datetime.now(UTC)), progress)


def is_unfinished(engine: Engine, settings: Settings) -> bool:
    """Whether a load began and did not come to its end: its files are there to the last."""
    with engine.connect() as conn:
        return _drafts(settings).exists() and is_loaded(conn)


def _drafts(settings: Settings) -> Path:
    return settings.var_dir / "demo"


def _load(
    engine: Engine, settings: Settings, traffics: list[Traffic], progress: Progress | None
) -> Loaded:
    with engine.begin() as conn:
        introduce(conn)
    drafts = _drafts(settings)
    shutil.rmtree(drafts, ignore_errors=True)
    files = write(traffics, drafts)
    inbox = private_folder(settings.var_dir, "inbox")
    reports: list[FileReport] = []
    for file in files:
        done = sum(report.read for report in reports)
        reports.append(_take_in(engine, file, inbox, done, progress))
    catch_up(engine)
    shutil.rmtree(drafts, ignore_errors=True)
    return Loaded(
        files=len(reports),
        read=sum(report.read for report in reports),
        imported=sum(report.imported for report in reports),
        first_call=min((r.first_call for r in reports if r.first_call), default=None),
        last_call=max((r.last_call for r in reports if r.last_call), default=None),
    )


def _check(calls: int, days: int, seed: int) -> None:
    if not 1 <= calls <= MOST_CALLS:
        raise BadRequest(f"--calls wants a number from 1 to {MOST_CALLS:,}, not {calls:,}.")
    if not 1 <= days <= MOST_DAYS:
        raise BadRequest(f"--days wants a number from 1 to {MOST_DAYS:,}, not {days:,}.")
    if seed < 0:
        raise BadRequest(f"--seed wants 0 or more, not {seed}.")


def _take_in(
    engine: Engine, file: DemoFile, inbox: Path, before: int, progress: Progress | None
) -> FileReport:
    """Load one file, and put it away as if it had come by the inbox, which the job process
    watches: it would find the file before it is put away."""
    report = load_file(
        engine,
        file.path,
        source=file.source,
        switch=file.switch.name,
        loaded_by="demo",
        is_demo=True,
        progress=(lambda read: progress(before + read)) if progress else None,
    )
    put_away(inbox, file.path, Path(file.switch.name))
    return report
