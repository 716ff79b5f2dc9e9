"""The sender may be killed anywhere: no mail is lost, and none goes again once it is marked."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from cdrstats import mail
from cdrstats.db.schema import job_run, outbox
from cdrstats.mail import Letter, store

from .factories import NOON
from .mail_server import MailServer, mail_server
from .waiting import eventually

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
MAILS, KILLS = 250, 20
Start = Callable[[], subprocess.Popen[bytes]]
CHILD = """
import sys
from cdrstats.db.engine import make_engine
from cdrstats.mail import send_waiting
from cdrstats.settings import read_settings
engine, smtp = make_engine(sys.argv[1], "killed"), read_settings().smtp
engine.connect().close()
print("ready", flush=True)
sys.stdin.readline()
send_waiting(engine, smtp, lambda: False)
"""


def queue(engine: Engine, taker: MailServer, count: int, name: str = "ana") -> None:
    with engine.begin() as conn:
        for number in range(count):
            letter = Letter(f"Mail {number}", "text\n")
            mail.queue(conn, taker.smtp(), str(number), f"{name}@example.com", letter, NOON)


def sent(engine: Engine) -> set[str]:
    """The Message-IDs of the mails that are marked as sent."""
    query = select(outbox.c.message_id).where(outbox.c.state == "sent")
    with engine.connect() as conn:
        return set(conn.execute(query).scalars())


def taken(taker: MailServer) -> Counter[str]:
    """How often the server took each Message-ID."""
    ids = (each["headers"]["Message-ID"] for each in taker.taken())
    return Counter(id.strip("<>").partition("@")[0] for id in ids)


@contextmanager
def warm(
    command: list[str], env: dict[str, str]
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Senders that have started already, each the next while the one before works."""
    waiting: list[subprocess.Popen[bytes]] = []

    def start() -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        waiting.append(subprocess.Popen(command, cwd=ROOT, env=env, **pipes))  # type: ignore[call-overload]

    def take() -> subprocess.Popen[bytes]:
        child = waiting.pop(0)
        start()
        assert child.stdout
        child.stdout.readline()
        return child

    start()
    start()
    yield take
    for child in waiting:
        child.kill()
        child.communicate()


def test_a_sender_killed_again_and_again_loses_no_mail_and_sends_none_again(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    chance = random.Random(7)
    url = fresh_engine.url.render_as_string(hide_password=False)
    with mail_server(tmp_path / "server") as taker:
        queue(fresh_engine, taker, MAILS)
        env = os.environ | taker.variables()
        at_mark: dict[str, int] = {}
        with warm([sys.executable, "-c", CHILD, url], env) as child_of:
            for _ in range(KILLS):
                child = child_of()
                assert child.stdin
                child.stdin.write(b"go\n")
                child.stdin.flush()
                time.sleep(chance.uniform(0.03, 0.4))
                child.send_signal(signal.SIGKILL)
                child.communicate()
                time.sleep(0.05)  # the server may be taking what it has heard whole
                marked, counts = sent(fresh_engine), taken(taker)
                assert all(counts[id] for id in marked)
                for id, count in at_mark.items():
                    assert counts[id] == count, "one that was marked went again"
                at_mark = {id: counts[id] for id in marked}
        assert 0 < len(at_mark) < MAILS, "it was killed while it worked"
        mail.send_waiting(fresh_engine, taker.smtp(), lambda: False)
        counts = taken(taker)
        assert len(counts) == len(sent(fresh_engine)) == MAILS
        assert all(counts[id] == count for id, count in at_mark.items())
        # At most the one that was under way goes again, by its own Message-ID.
        assert sum(counts.values()) - MAILS <= KILLS


@pytest.fixture
def jobs(
    fresh_engine: Engine, tmp_path: Path
) -> Iterator[Callable[[MailServer], subprocess.Popen[bytes]]]:
    """Starts the job process that sends by a server."""
    started: list[subprocess.Popen[bytes]] = []

    def start(taker: MailServer) -> subprocess.Popen[bytes]:
        url = fresh_engine.url.set(drivername="postgresql")
        env = os.environ | {
            "CDRSTATS_DATABASE_URL": url.render_as_string(hide_password=False),
            "CDRSTATS_VAR_DIR": str(tmp_path / "var"),
            **taker.variables(),
        }
        started.append(subprocess.Popen([sys.executable, "-m", "jobs"], cwd=ROOT, env=env))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def idle(engine: Engine) -> bool:
    """Whether the job has looked for mails, and will for the next ten seconds not again."""
    query = select(func.count()).where(job_run.c.job == "mail", job_run.c.state == "done")
    with engine.connect() as conn:
        return conn.execute(query).scalar_one() > 0


def test_the_job_process_sends_as_soon_as_it_is_told(
    fresh_engine: Engine,
    tmp_path: Path,
    jobs: Callable[[MailServer], subprocess.Popen[bytes]],
) -> None:
    with mail_server(tmp_path / "server") as taker:
        jobs(taker)
        eventually(lambda: idle(fresh_engine))
        queue(fresh_engine, taker, 3)
        eventually(lambda: len(sent(fresh_engine)) == 3)
        assert len(taker.taken()) == 3


def test_the_job_process_ends_when_told_though_the_server_hangs(
    fresh_engine: Engine,
    tmp_path: Path,
    jobs: Callable[[MailServer], subprocess.Popen[bytes]],
) -> None:
    with mail_server(tmp_path / "server") as taker:
        queue(fresh_engine, taker, 1, "hang")
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
