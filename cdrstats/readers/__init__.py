"""Processes that read for the pages.

Python runs on one processor at a time, however many threads it has. What a page asks of the
database, and what has to be worked out of the rows, is done in readers of their own, so that
the web process is free to draw for somebody else.

    page --number, (query, arguments)--> reader --SQL--> PostgreSQL
    page <--number, (whether, answer)--- reader
"""

import logging
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from multiprocessing import Pipe
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from cdrstats.accounts import Scope
from cdrstats.errors import ServerTrouble

log = logging.getLogger("cdrstats.web")

P = ParamSpec("P")
R = TypeVar("R")

ROOT = Path(__file__).resolve().parents[2]
CLOSES_S = 5


class ReaderEnded(ServerTrouble):
    """A reader ended before it answered: somebody killed it, or memory ran out."""

    def __init__(self) -> None:
        super().__init__("What read this for you has ended. Try again.")


class Readers:
    """So many processes, each of which answers several questions at once.

    They end when this process does, however that ends. One that ends before is replaced.
    """

    def __init__(self, many: int) -> None:
        self._readers = [_Reader() for _ in range(many)]
        self._choosing = Lock()

    def begin(
        self,
        engine: Engine,
        scope: Scope,
        query: Callable[Concatenate[Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """What `query` will answer on a connection that cannot write, for `scope`.

        The future raises what `query` raises, or ReaderEnded.
        """
        url = engine.url.render_as_string(hide_password=False)
        return self._least_busy().begin(url, scope, query, args, kwargs)

    def close(self) -> None:
        """End all readers, those at work too: they have nothing to lose."""
        for reader in self._readers:
            reader.end()

    def _least_busy(self) -> "_Reader":
        with self._choosing:
            place = min(range(len(self._readers)), key=lambda at: self._readers[at].busy)
            if self._readers[place].ended:
                self._readers[place] = _Reader()
            return self._readers[place]


class _Reader:
    """One process, and the pipe to it."""

    def __init__(self) -> None:
        self.ended = False
        self._pipe, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._numbers = count()
        self._asked: dict[int, Future[Any]] = {}
        self._sending = Lock()  # held by whoever sends, or closes the pipe
        self._listener = Thread(target=self._listen, name="reader", daemon=True)
        self._listener.start()

    @property
    def busy(self) -> int:
        """How many questions it has not answered yet."""
        return len(self._asked)

    def begin(self, *question: Any) -> Future[Any]:
        packed, asked = pickle.dumps(question), Future[Any]()
        with self._sending:
            if self.ended:
                asked.set_exception(ReaderEnded())
                return asked
            number = next(self._numbers)
            self._asked[number] = asked
            with suppress(OSError):  # it has ended: the listener says so to all who wait
                self._pipe.send((number, packed))
        return asked

    def end(self) -> None:
        self._process.terminate()
        self._listener.join(CLOSES_S)

    def _listen(self) -> None:
        """Hand on what the process answers, until it ends."""
        try:
            while True:
                _hand_on(self._asked, *self._pipe.recv())
        except (EOFError, OSError):
            pass
        finally:
            with self._sending:
                self.ended = True
                self._pipe.close()
            while self._asked:
                _, asked = self._asked.popitem()
                asked.set_exception(ReaderEnded())
            log.info("event=reader_ended status=%s", self._process.wait())


def _hand_on(asked: dict[int, Future[Any]], number: int, packed: bytes) -> None:
    """Tell whoever asked what the reader packed for them."""
    waiting = asked.pop(number)
    try:
        told, answer = pickle.loads(packed)  # our own process # nosec B301
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is for whoever asked
        told, answer = False, exc
    if told:
        waiting.set_result(answer)
    else:
        waiting.set_exception(answer)
