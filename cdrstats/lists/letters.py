"""What people are told of refused calls, as text and as HTML. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from cdrstats.format import line
from cdrstats.lists.store import Told
from cdrstats.mail import Letter

COLUMNS = ("Start (UTC)", "Caller", "Called", "Account code", "Seconds", "Switch")

NOT_BLOCKED = (
    "CDR-Stats only reads what switches record: whether the calls went through, the switch"
    " decided. No other mail about this entry and customer comes in this hour."
)


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that an entry refused; its numbers are without their last digits."""

    starting_date: datetime
    caller: str
    called: str
    accountcode: str
    duration: int
    switch: str


def letter_of(entry: Told, customer: str, calls: Sequence[Refused], so_far: int) -> Letter:
    """The mail about calls of a customer that an entry refused.

    Args:
        customer: '' if the calls are nobody's.
        calls: the newest ones, the newest first.
        so_far: how many there are of two days.
    """
    whose = customer or "nobody"
    count = "1 call" if so_far == 1 else f"{so_far:,} calls"
    facts = {
        "Entry": f"{entry.words}, for {entry.customer or 'everybody'}: refused",
        "Why": entry.reason or "no reason is given",
        "Added": f"{entry.added_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC by {entry.added_by}",
        "Whose calls": whose,
        "So far": f"{count} of the last two days",
    }
    rows = [
        (
            f"{call.starting_date.astimezone(UTC):%Y-%m-%d %H:%M:%S}",
            *(line(each) for each in (call.caller, call.called, call.accountcode)),
            str(call.duration),
            line(call.switch),
        )
        for call in calls
    ]
    newest = f"The newest {len(rows)}:" if len(rows) < so_far else "These are:"
    told = "\n".join(f"{name}: {line(value)}" for name, value in facts.items())
    lines = "\n".join("  ".join(cell or "-" for cell in row) for row in rows)
    text = f"{told}\n\n{newest}\n{'  '.join(COLUMNS)}\n{lines}\n\n{NOT_BLOCKED}\n"
    listed = "".join(
        f"<p><b>{escape(name)}</b>: {escape(value)}</p>\n" for name, value in facts.items()
    )
    head = "".join(f"<th align=left>{escape(name)}</th>" for name in COLUMNS)
    body = "\n".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
    )
    html = (
        f"{listed}<p>{escape(newest)}</p>\n<table cellpadding=4>\n<tr>{head}</tr>\n{body}\n"
        f"</table>\n<p>{escape(NOT_BLOCKED)}</p>\n"
    )
    return Letter(f"Refused destination {entry.words}: {count} of {whose}", text, html)
