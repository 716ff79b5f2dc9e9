"""Logs: one line an event, `key=value`, in files that are rotated."""

import logging
import sys
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from cdrstats.folders import private_folder
from cdrstats.settings import Settings

MAX_BYTES = 10_000_000
KEPT = 5
OURS = ("cdrstats", "jobs")


class KeyValueFormatter(logging.Formatter):
    """`at=2026-03-10T12:00:00.123Z level=info logger=jobs.runner job=import done=12`."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        parts = [
            f"at={at.removesuffix('+00:00')}Z",
            f"level={record.levelname.lower()}",
            f"logger={record.name}",
            one_line(record.getMessage()),
        ]
        if record.exc_info:
            parts.append(f'exception="{one_line(self.formatException(record.exc_info))}"')
        return " ".join(parts)


def one_line(text: str) -> str:
    """`text` without line breaks, so that nothing logged can pass for a line of its own."""
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n")


def log_folder(settings: Settings) -> Path:
    return settings.var_dir / "log"


def web_log(settings: Settings, port: int) -> str:
    """What the log of the web process at `port` is called.

    `web` at the port of the settings; `web-8502` of one more beside it, for a file that two
    processes rotate loses lines.
    """
    return "web" if port == settings.port else f"web-{port}"


def log_files(settings: Settings) -> list[str]:
    """The names of the logs: those that there always are, and of more web processes."""
    more = sorted(path.name for path in log_folder(settings).glob("web-*.log"))
    return ["jobs.log", "web.log", *more]


def configure(settings: Settings, name: str) -> Path:
    """Send all that is logged to `var/log/<name>.log`, and to a terminal if there is one.

    Args:
        name: of the log: `jobs`, or what `web_log` says. One process at a time writes one file.

    Returns:
        The file.
    """
    path = private_folder(settings.var_dir, "log") / f"{name}.log"
    handlers: list[logging.Handler] = [
        RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8")
    ]
    if sys.stderr.isatty():
        handlers.append(logging.StreamHandler())
    for handler in handlers:
        handler.setFormatter(KeyValueFormatter())
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    logging.basicConfig(level=max(level, logging.WARNING), handlers=handlers, force=True)
    for ours in OURS:  # libraries are heard when something is wrong
        logging.getLogger(ours).setLevel(level)
    logging.captureWarnings(True)
    return path
