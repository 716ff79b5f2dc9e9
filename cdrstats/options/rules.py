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
            "A session that nobody used for so long ends, also one that is open now. Every"
            " session ends after 7 days.",
        ),
        Option(
            "download_days",
            "Downloads are kept for",
            "days",
            7,
            1,
            90,
            "From its end a download is kept so long. Those that have ended keep the day that"
            " they were told.",
        ),
        Option(
            "digits_masked",
            "Digits that masking keeps back",
            "digits",
            4,
            2,
            12,
            "So many last digits of each number are kept back from whoever may not see numbers"
            " in full. A shorter number is kept back whole.",
        ),
        Option(
            "unmask_minutes",
            "Numbers are shown in full for",
            "minutes",
            60,
            5,
            480,
            "Whoever gives a reason sees numbers in full for so long. What has begun keeps its"
            " end.",
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
