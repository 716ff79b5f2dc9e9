"""Whoever tells channels may be killed anywhere: nothing is lost, and none goes when marked."""

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
from sqlalchemy import Engine, select

from cdrstats import channels, mail
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.db.schema import outbox
from cdrstats.mail import Letter
from cdrstats.mail.channelling import tell_channels

from .factories import NOON, noting
from .waiting import eventually
from .web_server import WebServer, listener, listening

__all__ = ["listener", "listening"]  # fixtures

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
MESSAGES, KILLS = 250, 10
CHILD = """
import sys
from pathlib import Path
from cdrstats.accounts.secretbox import SecretBox
from cdrstats.db.engine import make_engine
from cdrstats.mail.channelling import tell_channels
engine, box = make_engine(sys.argv[1], "killed"), SecretBox(Path(sys.argv[2]))
engine.connect().close()
print("ready", flush=True)
sys.stdin.readline()
tell_channels(engine, box, lambda: False)
"""


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


def sent(engine: Engine) -> set[str]:
    query = select(outbox.c.message_id).where(outbox.c.state == "sent")
    with engine.connect() as conn:
        return set(conn.execute(query).scalars())


def taken(listener: WebServer) -> Counter[str]:
    return Counter(each["headers"]["webhook-id"] for each in listener.taken())


def test_a_sender_killed_again_and_again_loses_nothing_and_sends_nothing_again(
    fresh_engine: Engine, listener: WebServer, tmp_path: Path
) -> None:
    chance = random.Random(7)
    box = SecretBox(tmp_path / "secret.key")
    with fresh_engine.begin() as conn:
        channels.add(conn, box, "ops", "webhook", listener.address("slow"), noting(conn))
        for number in range(MESSAGES):
            mail.queue(conn, None, str(number), "#ops", Letter(str(number), "text"), NOON)
    url = fresh_engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", CHILD, url, str(box.key_file)]
    at_mark: dict[str, int] = {}
    with warm(command, dict(os.environ)) as child_of:
        for _ in range(KILLS):
            child: subprocess.Popen[bytes] = child_of()
            assert child.stdin
            child.stdin.write(b"go\n")
            child.stdin.flush()
            before = len(listener.taken())
            eventually(lambda before=before: len(listener.taken()) > before)
            time.sleep(chance.uniform(0, 0.2))
            child.send_signal(signal.SIGKILL)
            child.communicate()
            time.sleep(0.1)  # the server may be taking what it has heard whole
            marked, counts = sent(fresh_engine), taken(listener)
            assert all(counts[id] for id in marked)
            assert all(counts[id] == count for id, count in at_mark.items()), "went again"
            at_mark = {id: counts[id] for id in marked}
    assert 0 < len(at_mark) < MESSAGES, "it was killed while it worked"
    while tell_channels(fresh_engine, box, lambda: False):
        pass  # each time for some seconds
    counts = taken(listener)
    assert len(counts) == len(sent(fresh_engine)) == MESSAGES
    assert all(counts[id] == count for id, count in at_mark.items())
    assert sum(counts.values()) - MESSAGES <= KILLS
