"""Channels: where programs and rooms of chat are told, beside the people who are mailed.

An administrator sets one up; whoever says who is told names it `#name`. What it is told goes
through the outbox (cdrstats.mail), as mails do. `line` is the way there, and slow to import.
"""

from cdrstats.channels.rules import (
    KINDS,
    Message,
    as_event,
    as_message,
    named,
)
from cdrstats.channels.store import (
    Box,
    Change,
    Channel,
    Destination,
    add,
    change,
    destination,
    find,
    get,
    known,
    list_channels,
    remove,
)

__all__ = [
    "KINDS",
    "Box",
    "Change",
    "Channel",
    "Destination",
    "Message",
    "add",
    "as_event",
    "as_message",
    "change",
    "destination",
    "find",
    "get",
    "known",
    "list_channels",
    "named",
    "remove",
]
