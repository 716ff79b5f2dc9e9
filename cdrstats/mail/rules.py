"""How a mail is written, when it is tried again, and what is for good. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Literal

from cdrstats.errors import BadRequest

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, *[60] * 47))
"""After each try that failed; together not quite two days, after which a mail is given up.

Tries are counted, and not the time since the first: a clock that is set, or a job process that
was away for a week, gives up nothing.
"""

OFF = (
    "Mail is off: no mail server is set. CDRSTATS_SMTP_HOST and CDRSTATS_MAIL_FROM turn it on;"
    " docs/mail.md tells how."
)

LARGEST = 25_000_000
"""Bytes of a mail as it is sent. Hardly a server takes more."""

LONGEST_SUBJECT = 200
LONGEST_ANSWER = 500

PLAIN = SMTP.clone(cte_type="7bit")
"""No server need know how to pass on more than ASCII."""

Asked = Literal["sender", "recipient", "message"]


@dataclass(frozen=True, slots=True)
class File:
    """What comes with a letter, to be kept."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody is told; `html` says the same, and whoever wrote it has escaped it.

    `pictures` are PNGs by the content id under which the HTML shows them. `leave` is the
    address that ends such letters, for who gets them by a subscription: RFC 8058 tells how.
    `link` is where a channel sends people from here; in the mail it stands in the text.
    """

    subject: str
    text: str
    html: str = ""
    pictures: tuple[tuple[str, bytes], ...] = ()
    files: tuple[File, ...] = ()
    leave: str = ""
    link: str = ""


def written(
    letter: Letter, sender: str, sender_name: str, to: str, message_id: str, now: datetime
) -> bytes:
    """The mail as it is sent. Raises BadRequest if it is too large.

    Args:
        message_id: the same with each try, so that whoever gets it twice can tell.
    """
    mail = EmailMessage(PLAIN)
    mail["Subject"] = subject_of(letter)
    mail["From"] = Address(sender_name, addr_spec=sender)
    mail["To"] = Address(addr_spec=to)
    mail["Date"] = now
    mail["Message-ID"] = f"<{message_id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # so that nobody's holiday answers
    if letter.leave:
        mail["List-Unsubscribe"] = f"<{letter.leave}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(letter.text)
    if letter.html:
        mail.add_alternative(letter.html, subtype="html")
        page = mail.get_body(("html",))
        assert isinstance(page, EmailMessage)
        for content_id, png in letter.pictures:
            name = f"{content_id.partition('@')[0]}.png"
            page.add_related(
                png, "image", "png", disposition="inline", filename=name, cid=f"<{content_id}>"
            )
    for file in letter.files:
        kind, _, subtype = file.media_type.partition("/")
        mail.add_attachment(file.content, kind, subtype, filename=file.name)
    made = mail.as_bytes()
    if len(made) > LARGEST:
        raise BadRequest(
            f"The mail “{subject_of(letter)}” has {len(made) / 1e6:.0f} MB, and mail servers"
            f" take {LARGEST / 1e6:.0f} MB at most: nothing was sent."
        )
    return made


def subject_of(letter: Letter) -> str:
    """The subject on one line: what would end a header is not in it."""
    visible = "".join(each if each.isprintable() else " " for each in letter.subject)
    return " ".join(visible.split())[:LONGEST_SUBJECT]


def is_final(asked: Asked, code: int) -> bool:
    """Whether trying again will not help: the server refuses this recipient or this mail.

    What it says of the sender is about the settings, which can be mended; but for a size.
    """
    return 500 <= code < 600 and (asked != "sender" or code == 552)


def answer_of(code: int, words: bytes) -> str:
    """What the server said, on one line, as it can be kept."""
    told = words.decode("utf-8", "replace").replace("\0", "")
    return f"{code} {' '.join(told.split())}".strip()[:LONGEST_ANSWER]
