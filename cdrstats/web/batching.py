"""What many requests push at once goes to the database together: a commit takes its time.

While one batch is being committed the requests of the next gather; each is answered once its
own is safe.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from anyio import to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from cdrstats.db.engine import is_rows_fault
from cdrstats.errors import BadRequest, CdrStatsError
from cdrstats.intake import Push, Pushed, stage_pushed
from cdrstats.switches import keys

MOST = 200
"""Pushes of a batch."""

KNOWN_FOR = timedelta(seconds=10)
"""How long a key is let in without a look: as long goes on what was revoked."""

MOST_KNOWN = 1_000

Waiting = tuple[Push, asyncio.Future[Pushed]]


class Batches:
    """Stages pushes, a batch at a time."""

    def __init__(self, engine: Callable[[], Engine]) -> None:
        self._engine = engine
        self._waiting: list[Waiting] = []
        self._worker: asyncio.Task[None] | None = None
        self._known: dict[str, tuple[str, datetime]] = {}

    async def switch_of(self, key: str, now: datetime) -> str | None:
        """The name of the switch whose key it is; None if it is nobody's.

        Raises:
            SQLAlchemyError, ServerTrouble: the database does not answer.
        """
        name, until = self._known.get(key, ("", now))
        if until > now:
            return name
        found = await to_thread.run_sync(self._look_up, key, now)
        if found is not None:
            while len(self._known) >= MOST_KNOWN:
                del self._known[next(iter(self._known))]
            self._known[key] = (found, now + KNOWN_FOR)
        return found

    async def stage(self, push: Push) -> Pushed:
        """Stage a push; returns once it is committed. Raises as `switch_of`."""
        done: asyncio.Future[Pushed] = asyncio.get_running_loop().create_future()
        self._waiting.append((push, done))
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await done

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            pushes = [push for push, _ in batch]
            try:
                answers = await to_thread.run_sync(self._staged, pushes)
            except Exception as exc:
                for _, done in batch:
                    if not done.done():
                        done.set_exception(exc)
                raise
            for (_, done), answer in zip(batch, answers, strict=True):
                if done.done():  # whoever asked has gone; what was sent is safe all the same
                    continue
                if isinstance(answer, Exception):
                    done.set_exception(answer)
                else:
                    done.set_result(answer)

    def _staged(self, pushes: Sequence[Push]) -> Sequence[Pushed | Exception]:
        """What became of each: one that PostgreSQL refuses does not keep the others out."""
        try:
            with self._engine().begin() as conn:
                return stage_pushed(conn, pushes)
        except (SQLAlchemyError, CdrStatsError) as exc:
            if len(pushes) > 1 and _is_of_one(exc):
                return [self._staged([push])[0] for push in pushes]
            return [exc] * len(pushes)

    def _look_up(self, key: str, now: datetime) -> str | None:
        with self._engine().begin() as conn:
            return keys.switch_of(conn, key, now)


def _is_of_one(exc: Exception) -> bool:
    return isinstance(exc, BadRequest) or (isinstance(exc, DBAPIError) and is_rows_fault(exc))
