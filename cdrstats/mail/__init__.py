"""Mails, and messages to channels: queued with what decides them; sent by the job process.

    waiting -> sending -> sent | failed | given_up        sending -> waiting, to be tried again

A mail goes once for each recipient and occasion. Until the server has confirmed it, and that is
committed, it is tried again; always under the same Message-ID. `python -m cdrstats mail debug`
walks the way of a mail step by step.
"""

from cdrstats.mail.debugging import Step, steps
from cdrstats.mail.rules import OFF, Letter
from cdrstats.mail.sending import send_waiting
from cdrstats.mail.store import Mail, forget_old, list_mails, queue, queue_event, try_again

__all__ = [
    "OFF",
    "Letter",
    "Mail",
    "Step",
    "forget_old",
    "list_mails",
    "queue",
    "queue_event",
    "send_waiting",
    "steps",
    "try_again",
]
