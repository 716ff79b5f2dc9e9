"""The way of a mail, walked step by step, for whoever wants to know why none comes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from cdrstats.mail.line import Line, Trouble
from cdrstats.mail.rules import Letter, written
from cdrstats.settings import Smtp

TEST = Letter(
    "Test mail of CDR-Stats",
    "This mail was sent to try whether mails of CDR-Stats arrive. They do.\n",
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that was taken; `advice` is empty where it is done."""

    step: str
    done: bool
    detail: str
    advice: str = ""


def steps(smtp: Smtp, to: str | None, now: datetime) -> Iterator[Step]:
    """Each step as it is taken; the first that fails is the last.

    Args:
        to: who gets a test mail, an address that was checked; None: nobody.
    """
    with Line(smtp) as line:
        wanted = line.steps()
        if to:
            mail = written(TEST, smtp.sender, smtp.sender_name, to, str(uuid4()), now)
            wanted["delivery"] = lambda: f"{to}: {line.deliver(to, mail)}"
        for name, take in wanted.items():
            try:
                yield Step(name, True, take())
            except Trouble as exc:
                yield Step(name, False, str(exc), exc.advice)
                return
