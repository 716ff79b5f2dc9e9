"""What a notification says, where it leads, and how long it is kept. Pure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from cdrstats.format import line

Kind = Literal["alarm", "fraud", "list", "watch", "digest", "download"]

KINDS: dict[Kind, str] = {
    "alarm": "Alarm",
    "fraud": "Fraud",
    "list": "Destination control",
    "watch": "Installation",
    "digest": "Digest",
    "download": "Download",
}
"""What each kind is called."""

READ_KEPT = timedelta(days=30)
"""From when it was read."""

UNREAD_KEPT = timedelta(days=90)

LONGEST_SUBJECT = 200
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told; `link` is a page here with its query, such as `/fraud?case=7`."""

    kind: Kind
    subject: str
    text: str = ""
    link: str = ""


def kept(notice: Notice) -> Notice:
    """What is kept of it: lines of a length that a page has room for."""
    subject, text = line(notice.subject), line(notice.text)
    return Notice(
        notice.kind, _cut(subject, LONGEST_SUBJECT), _cut(text, LONGEST_TEXT), notice.link
    )


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def page_of(link: str) -> str:
    """The page that a link leads to; '' where it leads nowhere."""
    return link.partition("?")[0].removeprefix("/")
