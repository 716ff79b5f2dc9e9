"""Processes that read for the pages.

Python runs on one processor at a time, however many threads it has. What a page asks of the
database, and what has to be worked out of the rows, is done in readers of their own, one for
each processor, so that the web process is free to draw for somebody else.

    page --number, query, arguments--> reader --SQL--> PostgreSQL
    page <------number, answer-------- reader
"""

import logging
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from itertools import count
from multiprocessing import Pipe
from threading import Lock, Thread
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from cdrstats.errors import ServerTrouble

log = logging.getLogger("cdrstats.web")

P = ParamSpec("P")
R = TypeVar("R")

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
        query: Callable[Concatenate[Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Future[R]:
        """What `query` will answer, on a connection of `engine`'s database that cannot write.

        The future raises what `query` raises, or ReaderEnded.
        """
        url = engine.url.render_as_string(hide_password=False)
        with self._choosing:
            place = min(range(len(self._readers)), key=lambda at: self._readers[at].busy)
            if self._readers[place].ended:
                self._readers[place] = _Reader()
            return self._readers[place].begin(url, query, args, kwargs)

    def close(self) -> None:
        """End all readers, those at work too: they have nothing to lose."""
        for reader in self._readers:
            reader.end()


class _Reader:
    """One process, and the pipe to it."""

    def __init__(self) -> None:
        self.ended = False
        self._pipe, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._numbers = count()
        self._asked: dict[int, Future[Any]] = {}
        self._listener = Thread(target=self._listen, name="reader", daemon=True)
        self._listener.start()

    @property
    def busy(self) -> int:
        """How many questions it has not answered yet."""
        return len(self._asked)

    def begin(self, *question: Any) -> Future[Any]:
        number, asked = next(self._numbers), Future[Any]()
        self._asked[number] = asked
        try:
            self._pipe.send((number, *question))
        except OSError:  # it has ended, and the listener will say so
            self._fail()
        return asked

    def end(self) -> None:
        self._process.terminate()
        self._listener.join(CLOSES_S)

    def _listen(self) -> None:
        """Hand on what the process answers, until it ends."""
        with self._pipe, suppress(EOFError, OSError):
            while True:
                number, told, answer = self._pipe.recv()
                asked = self._asked.pop(number)
                if told:
                    asked.set_result(answer)
                else:
                    asked.set_exception(answer)
        self._fail()
        log.info("event=reader_ended status=%s", self._process.wait())

    def _fail(self) -> None:
        self.ended = True
        while self._asked:
            with suppress(KeyError):  # the other thread may fail it as well
                _, asked = self._asked.popitem()
                asked.set_exception(ReaderEnded())
