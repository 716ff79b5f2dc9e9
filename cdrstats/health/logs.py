"""The ends of the log files."""

from pathlib import Path

ENOUGH_BYTES = 200_000


def tail(path: Path, lines: int = 200) -> list[str]:
    """The last `lines` lines of a log, oldest first; none if there is no such file."""
    try:
        with path.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - ENOUGH_BYTES))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-lines:]
