"""The inbox: `var/inbox/<switch>/<file>` is loaded when it has come to rest.

    var/inbox/pbx1/Master.csv   of the switch pbx1
    var/inbox/Master.csv        of the switch that its records name
    var/inbox/done/pbx1/...     where files go when their records are safe

A file rests when it has kept its size and time over two looks and is some seconds old. Names
that begin with a dot, or end as half-written files do, are left alone.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Engine

from cdrstats.errors import CdrStatsError
from cdrstats.intake.load import load_file
from cdrstats.mediation import NewSwitches

log = logging.getLogger(__name__)

DONE = "done"
UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload")
REST_S = 3.0
"""A file younger than this may still be written to."""


class Inbox:
    """Watches one folder; remembers what it saw at its last look."""

    def __init__(self, engine: Engine, folder: Path, new: NewSwitches) -> None:
        self._engine = engine
        self._folder = folder
        self._new = new
        self._seen: dict[Path, tuple[int, int]] = {}

    def sweep(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Load what rests, oldest first; return how many files were done.

        A file that cannot be loaded now stays, is logged, and is tried at the next look.
        """
        done = 0
        for path in self._resting():
            if stop():
                break
            switch = path.parent.name if path.parent != self._folder else None
            try:
                report = load_file(
                    self._engine,
                    path,
                    switch=switch,
                    loaded_by="inbox",
                    new=self._new,
                    stage_only=True,
                )
            except (CdrStatsError, OSError) as exc:
                log.warning("inbox file=%s trouble=%r", path.name, str(exc))
                continue
            put_away(self._folder, path, path.parent.relative_to(self._folder))
            done += 1
            log.info(
                "inbox file=%s source=%s read=%d staged=%d bad=%d note=%r",
                path.name,
                report.source,
                report.read,
                report.staged,
                report.bad,
                report.note,
            )
        return done

    def waiting(self) -> list[Path]:
        """The files in the inbox, oldest first."""
        return waiting_files(self._folder)

    def _resting(self) -> list[Path]:
        seen: dict[Path, tuple[int, int]] = {}
        resting = []
        for path in self.waiting():
            try:
                stat = path.stat()
            except OSError:
                continue
            seen[path] = (stat.st_size, stat.st_mtime_ns)
            if self._seen.get(path) == seen[path] and time.time() - stat.st_mtime >= REST_S:
                resting.append(path)
        self._seen = seen
        return resting


def put_away(folder: Path, path: Path, below: Path) -> Path:
    """Move a file to `folder`/done/`below`, under a name that is free there."""
    place = folder / DONE / below
    place.mkdir(parents=True, exist_ok=True)
    target, number = place / path.name, 1
    while target.exists():
        number += 1
        target = place / f"{path.name}.{number}"
    return path.rename(target)


def waiting_files(folder: Path) -> list[Path]:
    """The files under `folder` that are to be loaded, oldest first."""
    found = []
    for path in [*folder.glob("*"), *folder.glob("*/*")]:
        hidden = path.name.startswith(".") or path.suffix.lower() in UNFINISHED
        put_away = path.relative_to(folder).parts[0] == DONE
        if path.is_file() and not hidden and not put_away:
            found.append(path)
    return sorted(found, key=lambda path: (path.stat().st_mtime, path.name))
