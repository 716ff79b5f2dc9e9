"""Processes that read for the pages."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from cdrstats.accounts import EVERYONE
from cdrstats.db.limits import CANCELLED
from cdrstats.errors import BadRequest
from cdrstats.readers import ReaderEnded, Readers

from .waiting import eventually

ROOT = Path(__file__).parent.parent


# A reader finds these by name, as it finds what pages ask.
def who_reads(conn: Connection, number: int = 0) -> tuple[int, int]:
    conn.execute(text("SELECT 1"))
    return os.getpid(), number


def refuses(_: Connection) -> None:
    raise BadRequest("There is no such metric.")


class Stays(Exception):
    def __init__(self, *, left: int) -> None:
        super().__init__(f"{left} left")


def raises_what_stays_here(_: Connection) -> None:
    raise Stays(left=7)


def answers_what_stays_here(_: Connection) -> object:
    return lambda: None


class Bound:
    """Can be unpacked in the process that packed it only."""

    def __reduce__(self) -> tuple[object, ...]:
        return unpacked, (os.getpid(),)


def unpacked(process: int) -> Bound:
    if os.getpid() != process:
        raise ValueError("not in this process")
    return Bound()


def answers_what_cannot_be_unpacked(_: Connection) -> Bound:
    return Bound()


def writes(conn: Connection) -> None:
    conn.execute(text("CREATE TABLE written (id int)"))


def takes_long(conn: Connection) -> None:
    conn.execute(text("SET LOCAL statement_timeout = 10"))
    conn.execute(text("SELECT pg_sleep(20)"))


def takes_longer(conn: Connection) -> None:
    conn.execute(text("SELECT pg_sleep(20)"))


def meets(_: Connection, own: Path, others: list[Path]) -> int:
    own.touch()
    eventually(lambda: all(other.exists() for other in others))
    return os.getpid()


def says_who_and_waits(_: Connection, said: Path, until: Path) -> None:
    said.with_suffix(".new").write_text(str(os.getpid()))
    said.with_suffix(".new").rename(said)
    eventually(until.exists)


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    made = Readers(2)
    yield made
    made.close()


def test_another_process_answers(readers: Readers, fresh_engine: Engine) -> None:
    process, number = readers.begin(fresh_engine, EVERYONE, who_reads, number=7).result()
    assert (psutil.Process(process).ppid(), number) == (os.getpid(), 7)


def test_questions_are_answered_at_the_same_time_by_all_readers(
    readers: Readers, fresh_engine: Engine, tmp_path: Path
) -> None:
    places = [tmp_path / str(number) for number in range(4)]
    asked = [readers.begin(fresh_engine, EVERYONE, meets, place, places) for place in places]
    assert len({one.result() for one in asked}) == 2


def test_what_a_question_raises_arrives_as_it_is(
    readers: Readers, fresh_engine: Engine
) -> None:
    with pytest.raises(BadRequest, match="There is no such metric") as refused:
        readers.begin(fresh_engine, EVERYONE, refuses).result()
    assert "in refuses" in refused.value.__notes__[0], "where it was raised"
    with pytest.raises(DBAPIError) as cancelled:
        readers.begin(fresh_engine, EVERYONE, takes_long).result()
    assert getattr(cancelled.value.orig, "pgcode", None) == CANCELLED
    assert readers.begin(fresh_engine, EVERYONE, who_reads).result()


def test_what_cannot_pass_the_pipe_is_told_too(readers: Readers, fresh_engine: Engine) -> None:
    with pytest.raises((TypeError, AttributeError), match="pickle"):
        readers.begin(fresh_engine, EVERYONE, answers_what_stays_here).result()
    with pytest.raises(ValueError, match="not in this process"):
        readers.begin(fresh_engine, EVERYONE, answers_what_cannot_be_unpacked).result()
    with pytest.raises(RuntimeError, match="Stays: 7 left"):
        readers.begin(fresh_engine, EVERYONE, raises_what_stays_here).result()


def test_readers_cannot_write(readers: Readers, fresh_engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="read-only"):
        readers.begin(fresh_engine, EVERYONE, writes).result()


def test_a_killed_reader_is_told_and_another_takes_its_place(
    readers: Readers, fresh_engine: Engine, tmp_path: Path
) -> None:
    said = tmp_path / "said"
    asked = readers.begin(fresh_engine, EVERYONE, says_who_and_waits, said, tmp_path / "never")
    eventually(said.exists)
    os.kill(int(said.read_text()), signal.SIGKILL)
    with pytest.raises(ReaderEnded, match="Try again"):
        asked.result()
    assert readers.begin(fresh_engine, EVERYONE, who_reads).result()


def test_closing_ends_readers_at_work_and_idle_ones(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    readers, said = Readers(2), tmp_path / "said"
    asked = readers.begin(fresh_engine, EVERYONE, says_who_and_waits, said, tmp_path / "never")
    idle, _ = readers.begin(fresh_engine, EVERYONE, who_reads).result()
    eventually(said.exists)
    readers.close()
    with pytest.raises(ReaderEnded):
        asked.result()
    assert not psutil.pid_exists(idle)
    assert not psutil.pid_exists(int(said.read_text()))


ASKS = """
import sys, time
from cdrstats.accounts import EVERYONE
from cdrstats.db.engine import make_engine
from cdrstats.readers import Readers
from tests.test_readers import takes_longer, who_reads

readers, engine = Readers(1), make_engine(sys.argv[1], "t")
reader = readers.begin(engine, EVERYONE, who_reads).result()[0]
readers.begin(engine, EVERYONE, takes_longer)
print(reader, flush=True)
time.sleep(60)
"""


def test_readers_end_with_their_process_even_if_it_is_killed(fresh_engine: Engine) -> None:
    url = fresh_engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", ASKS, url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as web:
        assert web.stdout
        reader = int(web.stdout.readline())
        assert psutil.pid_exists(reader)
        web.kill()
    eventually(lambda: is_over(reader))


def is_over(process: int) -> bool:
    """Whether at most its number is left, where nobody collects the dead."""
    try:
        return psutil.Process(process).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
