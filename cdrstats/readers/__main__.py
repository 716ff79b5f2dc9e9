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

from sqlalchemy import Engine

from cdrstats import analysis, concurrency, talkers  # noqa: F401 - what questions are asked of
from cdrstats.db.engine import FEW, make_engine
from cdrstats.readers.answering import GARBAGE, answer

AT_ONCE = FEW
"""So many questions are answered at once: one that takes long does not keep others waiting."""

_connecting = Lock()


def main(pipe: Pipe) -> None:
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    telling = Lock()

    def tell(number: int, packed: bytes) -> None:
        answered = _answered(packed)
        with telling:
            pipe.send((number, answered))

    threads = ThreadPoolExecutor(AT_ONCE)
    while True:
        try:
            threads.submit(tell, *pipe.recv())
        except (EOFError, OSError):
            os._exit(0)  # whatever is still asked, nobody waits for it


def _answered(packed: bytes) -> bytes:
    """Whether the question was answered, and the answer or the error, packed."""
    try:
        url, scope, query, args, kwargs = pickle.loads(packed)  # our own # nosec B301
        return pickle.dumps((True, answer(_engine_on(url), scope, query, *args, **kwargs)))
    except Exception as exc:  # noqa: BLE001 - whatever it is, the page tells it
        exc.add_note(traceback.format_exc())  # it is unpacked without its own
        return pickle.dumps((False, _passing(exc)))


def _engine_on(url: str) -> Engine:
    with _connecting:
        return _made(url)


@lru_cache(maxsize=1)
def _made(url: str) -> Engine:
    return make_engine(url, "cdrstats-reader", AT_ONCE)


def _passing(exc: Exception) -> Exception:
    """`exc`, or what it said where it cannot be unpacked."""
    try:
        pickle.loads(pickle.dumps(exc))  # ours # nosec B301
    except Exception:  # noqa: BLE001 - an error may raise any other when it is made anew
        return RuntimeError("".join(traceback.format_exception_only(exc)))
    return exc


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the web process
    main(Pipe(int(sys.argv[1])))
