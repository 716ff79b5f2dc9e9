"""Views of pages that an analyst saved under a name, for themselves or shared.

What is kept is the page and what its URL says behind the ?: a link to "the last 7 days" goes on
meaning the last 7 days.
"""

from cdrstats.saved.queries import LONGEST_QUERY, normalised
from cdrstats.saved.store import (
    OF_NUMBERS,
    View,
    delete,
    list_views,
    rename,
    replace,
    save,
    share,
)

__all__ = [
    "LONGEST_QUERY",
    "OF_NUMBERS",
    "View",
    "delete",
    "list_views",
    "normalised",
    "rename",
    "replace",
    "save",
    "share",
]
