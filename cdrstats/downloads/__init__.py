"""Exports too large to wait for: asked for on a page, written by the jobs, kept for days.

    waiting -> running -> done | failed       cancelled, from either of the first two

A download holds what the page showed when it was asked for, of the calls that whoever asked may
see. The job process alone writes and deletes files; the web process reads them.
"""

from cdrstats.downloads.files import path_of
from cdrstats.downloads.store import (
    MOST_OPEN,
    Download,
    ask,
    cancel,
    find,
    forget,
    list_downloads,
)
from cdrstats.downloads.writing import forget_expired, write_waiting

__all__ = [
    "MOST_OPEN",
    "Download",
    "ask",
    "cancel",
    "find",
    "forget",
    "forget_expired",
    "list_downloads",
    "path_of",
    "write_waiting",
]
