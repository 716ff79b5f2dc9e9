"""Twenty clicks in the same instant, at one web process and at two.

Round by round in turn, the same clicks each time: what else the machine does slows both.
"""

import asyncio
import random
import statistics
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from bench import signed_in
from bench.analysts import ANALYSTS, PAGES, ROUNDS, Session, click, connected, served
from bench.results import Line
from cdrstats import aggregates
from cdrstats.db.database import engine_on
from cdrstats.ui.frame import FRESH_S
from cdrstats.web.cookies import NAME


def measure(url: str, stored: int, folder: Path, say: Callable[[str], None]) -> list[Line]:
    """How long the last of twenty waits, and half of them, at two processes and at one."""
    with (
        served(url, folder / "first") as (first, _),
        served(url, folder / "second") as (second, _),
        engine_on(url, "cdrstats-bench") as engine,
    ):
        cookie = {"cookie": f"{NAME}={signed_in.token(engine, 'processes')}"}
        one, two = asyncio.run(_in_turn([first, second], cookie, engine, say))
    return [
        _line("slowest", max, one, two, stored),
        _line("median", statistics.median, one, two, stored),
    ]


def _line(
    what: str,
    of: Callable[[list[float]], float],
    one: list[list[float]],
    two: list[list[float]],
    stored: int,
) -> Line:
    at_one, at_two = (statistics.median(of(each) for each in rounds) for rounds in (one, two))
    told = f"{ANALYSTS} click in the same instant, two processes, {what} click"
    ratio = at_one / at_two
    return Line("processes", told, stored, at_two, "s", "one process", at_one, ratio)


async def _in_turn(
    ports: list[int], cookie: dict[str, str], engine: Engine, say: Callable[[str], None]
) -> tuple[list[list[float]], list[list[float]]]:
    """The seconds of each click, by round, at the first process alone and at both."""
    found: tuple[list[list[float]], list[list[float]]] = [], []
    async with AsyncExitStack() as stack:
        crowds: list[list[Session]] = []
        for among in (ports[:1], ports):
            sockets = [connected(among[n % len(among)], cookie) for n in range(ANALYSTS)]
            crowd = [Session(await stack.enter_async_context(one)) for one in sockets]
            for session in crowd[: len(among)]:  # what the first visitor pays for
                for page in PAGES:
                    await session.run(page, {"period": "7d", "zone": "Europe/Madrid"})
            for session in crowd:
                await session.run("", {"period": "7d", "zone": "Europe/Madrid"})
            crowds.append(crowd)
        for number in range(ROUNDS):
            for crowd, rounds in zip(crowds, found, strict=True):
                with engine.begin() as conn:  # nothing that was read before is right any more
                    aggregates.note_changed(conn, [datetime.now(UTC)])
                await asyncio.sleep(FRESH_S + 1)
                chance = random.Random(number)
                rounds.append(await asyncio.gather(*(click(one, chance) for one in crowd)))
            one, two = (max(rounds[-1]) for rounds in found)
            say(f"  round {number + 1}: slowest {one:.2f} s at one, {two:.2f} s at two")
    return found
