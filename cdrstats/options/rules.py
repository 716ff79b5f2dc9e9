"""Which settings there are, and what each may be. Pure."""

from dataclasses import dataclass

from cdrstats.errors import BadRequest, NotFound


@dataclass(frozen=True, slots=True)
class Option:
    """A setting: a whole number of `unit`, from `least` to `most`."""

    name: str
    label: str
    unit: str
    default: int
    least: int
    most: int
    about: str


OPTIONS = {
    each.name: each
    for each in (
        Option(
            "session_idle_hours",
            "Sessions end without use after",
            "hours",
            12,
            1,
            168,
            "A session ends after so many hours without use, also one that is open now; and"
            " after 7 days in any case.",
        ),
        Option(
            "download_days",
            "Downloads are kept for",
            "days",
            7,
            1,
            90,
            "Counted from when a file is finished. Files that are finished already keep the"
            " day that they were given.",
        ),
        Option(
            "digits_masked",
            "Digits that masking keeps back",
            "digits",
            4,
            2,
            12,
            "How many digits at the end of each number are hidden from people without the"
            " permission to see numbers in full. Shorter numbers are hidden whole.",
        ),
        Option(
            "unmask_minutes",
            "Numbers are shown in full for",
            "minutes",
            60,
            5,
            480,
            "How long numbers stay in full for somebody who gave a reason. A time that has"
            " begun keeps its end.",
        ),
        Option(
            "mail_digits_masked",
            "Digits that mails of fraud keep back",
            "digits",
            4,
            0,
            12,
            "How many digits at the end of each number are hidden in mails of cases of fraud,"
            " which anybody may pass on. 0: numbers are told in full. Digests tell them as"
            " their owner sees them.",
        ),
        Option(
            "silent_hours",
            "A switch without a call is silent after",
            "hours",
            24,
            0,
            720,
            "Administrators are told of a switch whose newest call began so long ago. 0: of"
            " none.",
        ),
        Option(
            "disk_free_percent",
            "Of the disk there is to be free",
            "percent",
            10,
            0,
            50,
            "Administrators are told when less of the disk of the data folder is free.",
        ),
        Option(
            "mail_log_days",
            "The mail log keeps a mail for",
            "days",
            90,
            1,
            3650,
            "Counted from the last try. The words of a mail go as soon as it is sent, and after"
            " 7 days where it could not be.",
        ),
    )
}
"""All there are, by name."""


def option(name: str) -> Option:
    """The setting of that name. Raises NotFound."""
    if name not in OPTIONS:
        raise NotFound(f"There is no setting {name!r}; there are: {', '.join(OPTIONS)}.")
    return OPTIONS[name]


def checked(name: str, given: str) -> int:
    """The value that somebody wrote. Raises BadRequest."""
    wanted, written = option(name), given.strip()
    if not (written.isascii() and written.isdigit() and len(written) <= 9):
        raise BadRequest(f"{name} is a whole number of {wanted.unit}, not {given!r}.")
    if not wanted.least <= int(written) <= wanted.most:
        raise BadRequest(
            f"{name} lies from {wanted.least} to {wanted.most} {wanted.unit}, and is not"
            f" {int(written)}."
        )
    return int(written)
