"""Notices: what people are told in the app, by whoever decides, in that transaction.

A person is told once of an occasion, for as long as that is kept. They stand beside the mails:
who has no address, or no mail server, is told all the same.
"""

from cdrstats.notices.rules import KINDS, Kind, Notice, page_of
from cdrstats.notices.store import (
    MOST_COUNTED,
    Notification,
    count_unread,
    find,
    forget_old,
    list_notifications,
    mark_all_read,
    mark_read,
    tell,
)
from cdrstats.notices.whom import addressed, administrators, named, owner, who_may

__all__ = [
    "KINDS",
    "MOST_COUNTED",
    "Kind",
    "Notice",
    "Notification",
    "addressed",
    "administrators",
    "count_unread",
    "find",
    "forget_old",
    "list_notifications",
    "mark_all_read",
    "mark_read",
    "named",
    "owner",
    "page_of",
    "tell",
    "who_may",
]
