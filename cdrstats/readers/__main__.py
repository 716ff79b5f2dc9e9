"""One reader: answers on the pipe whose number it is given, until nobody listens any more."""

import gc
import os
import pickle
import signal
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from multiprocessing.connection import Connection as Pipe
from threading import Lock
from typing import Any

from sqlalchemy import Engine

from cdrstats import analysis, concurrency, talkers  # noqa: F401 - what questions are asked of
from cdrstats.db.engine import make_engine
from cdrstats.readers.answering import GARBAGE, answer

AT_ONCE = 10
"""So many questions are answered at once: one that takes long does not keep others waiting."""


def main(pipe: Pipe) -> None:
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    telling = Lock()

    def tell(number: int, *question: Any) -> None:
        told = _told(number, *question)
        with telling:
            pipe.send_bytes(told)

    threads = ThreadPoolExecutor(AT_ONCE)
    while True:
        try:
            threads.submit(tell, *pipe.recv())
        except EOFError:
            os._exit(0)  # whatever is still asked, nobody waits for it


@lru_cache(maxsize=1)
def _engine(url: str) -> Engine:
    return make_engine(url, "cdrstats-reader", AT_ONCE)


def _told(number: int, url: str, query: Any, args: Any, kwargs: Any) -> bytes:
    """What goes through the pipe: whether it was answered, and the answer or the error."""
    try:
        return pickle.dumps((number, True, answer(_engine(url), query, *args, **kwargs)))
    except Exception as exc:  # noqa: BLE001 - whatever it is, the page tells it
        exc.add_note(traceback.format_exc())  # it comes out of the pipe without its own
        return pickle.dumps((number, False, _passing(exc)))


def _passing(exc: Exception) -> Exception:
    """`exc`, or what it said where it cannot be taken out of the pipe."""
    try:
        pickle.loads(pickle.dumps(exc))
    except Exception:  # noqa: BLE001 - an error may raise any other when it is made anew
        return RuntimeError("".join(traceback.format_exception_only(exc)))
    return exc


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the web process
    main(Pipe(int(sys.argv[1])))
