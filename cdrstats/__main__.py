"""`python -m cdrstats`."""

import signal
import sys

from cdrstats.cli import main


def leave(number: int, _frame: object) -> None:
    """Turn SIGTERM into an orderly exit: whoever leaves last stops the embedded server."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    main(prog_name="python -m cdrstats")
