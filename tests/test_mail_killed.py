"""The jobs may be killed anywhere: no mail is lost, none goes again once it is confirmed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, Engine, func, select, text, update

from cdrstats import mail
from cdrstats.db.schema import job_run, jobs_state, outbox
from cdrstats.mail import Letter, store

from .factories import NOON
from .mail_server import MailServer, mail_server
from .waiting import eventually

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
KILLS, AT_ONCE = 50, 6
MOODS = ("taken", "taken", "later", "taken", "drop", "taken", "taken", "hang", "taken", "away")
"""What the server does when it is told of a mail for the first time, mail after mail."""

NURSERY = """
import os, sys
from jobs.__main__ import main
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        os.dup2(2, 1)
        main()
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
"""Job processes, one after the other, as `python -m jobs` is once it has imported all."""


def queue(engine: Engine, taker: MailServer, names: Iterable[str]) -> None:
    with engine.begin() as conn:
        for name in names:
            letter = Letter(f"Mail to {name}", "text\n")
            mail.queue(conn, taker.smtp(), "news", f"{name}@example.com", letter, NOON)


def sent(engine: Engine) -> set[str]:
    """The Message-IDs of the mails that are marked as sent."""
    query = select(outbox.c.message_id).where(outbox.c.state == "sent")
    with engine.connect() as conn:
        return set(conn.execute(query).scalars())


def known_as(message_id: str) -> str:
    return message_id.strip("<>").partition("@")[0]


def taken(taker: MailServer) -> Counter[str]:
    """How often the server took each Message-ID."""
    return Counter(known_as(each["headers"]["Message-ID"]) for each in taker.taken())


def heard(taker: MailServer) -> set[str]:
    """The Message-IDs of which the sender has shown that it heard the server's word."""
    return set(map(known_as, taker.heard()))


def count(engine: Engine, condition: ColumnElement[bool]) -> int:
    with engine.connect() as conn:
        return conn.execute(select(func.count()).where(condition)).scalar_one()


def wait_no_more(engine: Engine) -> None:
    """Let the time pass after which mails that were put off are tried again."""
    waiting = update(outbox).where(outbox.c.state == "waiting")
    with engine.begin() as conn:
        conn.execute(waiting.values(next_at=func.now()))
        conn.execute(text("NOTIFY cdrstats, 'mail'"))


def environment(engine: Engine, taker: MailServer, folder: Path) -> dict[str, str]:
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    named = {"CDRSTATS_DATABASE_URL": url, "CDRSTATS_VAR_DIR": str(folder)}
    return os.environ | named | taker.variables()


class Nursery:
    """Starts the job process again and again, and ends it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.child = 0

    def start(self) -> None:
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self.child = int(self._said())

    def end(self, by: signal.Signals) -> None:
        os.kill(self.child, by)
        assert self._said() == "gone"
        self.child = 0

    def _said(self) -> str:
        assert self._process.stdout
        return self._process.stdout.readline().strip()


@contextmanager
def nursery(env: dict[str, str]) -> Iterator[Nursery]:
    command = [sys.executable, "-c", NURSERY]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipes) as process:  # type: ignore[call-overload]
        found = Nursery(process)
        try:
            yield found
        finally:
            process.kill()
            if found.child:
                os.kill(found.child, signal.SIGKILL)


def tries(engine: Engine) -> int:
    """How often mails were begun, all in all."""
    with engine.connect() as conn:
        return conn.execute(select(func.coalesce(func.sum(outbox.c.attempts), 0))).scalar_one()


def leads(engine: Engine, pid: int) -> bool:
    return bool(count(engine, jobs_state.c.pid == pid))


def test_jobs_killed_again_and_again_lose_no_mail_and_send_none_that_was_confirmed(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    chance = random.Random(7)
    names = (f"{mood}.{number}" for number, mood in enumerate(cycle(MOODS)))
    at_mark: dict[str, int] = {}
    at_word: dict[str, int] = {}
    under_way = 0
    with mail_server(tmp_path / "server") as taker:
        env = environment(fresh_engine, taker, tmp_path / "var")
        with nursery(env) as jobs:
            for kill in range(KILLS):
                queue(fresh_engine, taker, islice(names, AT_ONCE))
                before = tries(fresh_engine)
                jobs.start()
                eventually(lambda: leads(fresh_engine, jobs.child))
                queue(fresh_engine, taker, islice(names, AT_ONCE))
                if kill % 2:  # however slow the machine is, it is at work then
                    eventually(lambda known=before: tries(fresh_engine) > known)
                time.sleep(chance.uniform(0, 0.5))
                jobs.end(signal.SIGKILL)
                time.sleep(0.05)  # the server may be taking what it has heard whole
                under_way += count(fresh_engine, outbox.c.state == "sending")
                marked, known, counts = sent(fresh_engine), heard(taker), taken(taker)
                assert known <= marked, "it went on before it had marked"
                assert all(counts[id] for id in marked)
                for id, times in (at_mark | at_word).items():
                    assert counts[id] == times, "one that was confirmed went again"
                at_mark = {id: counts[id] for id in marked}
                at_word = {id: counts[id] for id in known}
                wait_no_more(fresh_engine)
            assert under_way > KILLS / 5, "it was killed while it worked"
            taker.calm()
            jobs.start()
            mails = 2 * KILLS * AT_ONCE

            def more_are_sent(than: int) -> bool:
                wait_no_more(fresh_engine)
                return len(sent(fresh_engine)) > than

            while (done := len(sent(fresh_engine))) < mails:  # however long it takes
                eventually(lambda done=done: more_are_sent(done))
            jobs.end(signal.SIGTERM)
        counts = taken(taker)
        assert counts.keys() == sent(fresh_engine)
        assert len(counts) == mails
        assert all(counts[id] == times for id, times in (at_mark | at_word).items())
        assert len(taker.heard()) == len(heard(taker)), "each was confirmed once"
        # At most the one that was under way goes again, by its own Message-ID.
        assert counts.total() - mails <= KILLS


@pytest.fixture
def jobs(
    fresh_engine: Engine, tmp_path: Path
) -> Iterator[Callable[[MailServer], subprocess.Popen[bytes]]]:
    """Starts the job process that sends by a server."""
    started: list[subprocess.Popen[bytes]] = []

    def start(taker: MailServer) -> subprocess.Popen[bytes]:
        env = environment(fresh_engine, taker, tmp_path / "var")
        started.append(subprocess.Popen([sys.executable, "-m", "jobs"], cwd=ROOT, env=env))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def idle(engine: Engine) -> bool:
    """Whether the job has looked for mails, and will for the next ten seconds not again."""
    return count(engine, (job_run.c.job == "mail") & (job_run.c.state == "done")) > 0


def test_the_job_process_sends_as_soon_as_it_is_told(
    fresh_engine: Engine,
    tmp_path: Path,
    jobs: Callable[[MailServer], subprocess.Popen[bytes]],
) -> None:
    with mail_server(tmp_path / "server") as taker:
        jobs(taker)
        eventually(lambda: idle(fresh_engine))
        queue(fresh_engine, taker, ("ana", "bob", "eve"))
        eventually(lambda: len(sent(fresh_engine)) == 3)
        assert len(taker.taken()) == 3


def test_the_job_process_ends_when_told_though_the_server_hangs(
    fresh_engine: Engine,
    tmp_path: Path,
    jobs: Callable[[MailServer], subprocess.Popen[bytes]],
) -> None:
    with mail_server(tmp_path / "server") as taker:
        queue(fresh_engine, taker, ["hang"])
        process = jobs(taker)
        tried = select(outbox.c.state).where(outbox.c.state == "sending")
        with fresh_engine.connect() as conn:
            conn.execution_options(isolation_level="AUTOCOMMIT")
            eventually(lambda: conn.execute(tried).scalar())
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    with fresh_engine.begin() as conn:  # the next process takes it up at once
        assert [each.attempts for each in store.begin(conn, 1)] == [2]
