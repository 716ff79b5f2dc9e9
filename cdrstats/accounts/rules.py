"""Who is let in: login names, passwords, how long a session lasts, how long to wait. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from cdrstats.errors import BadRequest

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
"""Characters after normalisation. Longer ones cost time before anybody is known."""

LONGEST_NAME = 100

PRODUCT = re.compile("cdr-?stats")

LASTS = timedelta(days=7)
"""A session ends after so long however it is used: a stolen cookie is no good for ever.

After how long without use it ends is a setting, `session_idle_hours`.
"""

TOUCHED_EVERY = timedelta(minutes=1)
"""How often a session's last use is written: not by each of the requests of a page."""

LINK_LASTS = {"invite": timedelta(days=7), "reset": timedelta(days=1)}
"""An invitation may wait over a holiday; a reset is asked for by somebody who waits for it."""

COUNTED_FOR = timedelta(minutes=15)
"""So long a failed try is held against an account and an address."""

FREE_OF_ACCOUNT = 5
FREE_OF_ADDRESS = 50
"""Failed tries without a wait. An address may be a whole office's."""

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=15)

KNOWN_FOR = timedelta(days=90)
"""An address is known to an account that signed in from it within so long."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]*")
_TAKEN = ("local",)  # who looked before there was a sign-in, and owns what was saved then


def account_of(name: str) -> str:
    """What stands for a login name: names that differ in case or blanks around are one."""
    return plain(name.strip(), LONGEST_NAME).lower()


def checked_name(name: str) -> str:
    """A new login name as it is kept. Raises BadRequest.

    Latin letters only: in others a name can look like another's.
    """
    kept = name.strip()
    if len(kept) > LONGEST_NAME or not _NAME.fullmatch(kept.lower()) or not kept.isascii():
        raise BadRequest(
            f"A login name has 1 to {LONGEST_NAME} letters a to z, digits and . _ - + @,"
            " and begins with a letter or a digit."
        )
    if kept.lower() in _TAKEN:
        raise BadRequest(f"The name {kept!r} is CDR-Stats's own: choose another.")
    return kept


def normalised(password: str) -> str | None:
    """`password` as it is hashed; None if it is too long to be one.

    NFKC, so that one password typed on two keyboards is one. Nothing is cut off or trimmed.
    """
    if len(password) > 4 * LONGEST_PASSWORD:  # decomposed, four code points can be one
        return None
    password = unicodedata.normalize("NFKC", password)
    return None if len(password) > LONGEST_PASSWORD else password


def checked_password(password: str, name: str) -> str:
    """A new password of the account `name`, as it is hashed. Raises BadRequest.

    After NIST SP 800-63B: long enough, and not what is guessed first. No kinds of characters
    are asked for: they make passwords harder to keep in mind, and no harder to guess.
    """
    kept = normalised(password)
    if kept is None:
        raise BadRequest(f"A password has at most {LONGEST_PASSWORD} characters.")
    if len(kept) < SHORTEST_PASSWORD:
        raise BadRequest(f"A password has at least {SHORTEST_PASSWORD} characters.")
    folded = kept.casefold()
    if len(set(folded)) == 1:
        raise BadRequest("A password is more than one character again and again.")
    rest = PRODUCT.sub("", folded.replace(name.casefold(), ""))
    if rest != folded and not any(char.isalpha() for char in rest):
        raise BadRequest("A password is more than the name of the account or of CDR-Stats.")
    return kept


def wait_until(failures: Iterable[datetime], free: int, now: datetime) -> datetime:
    """From when on another try is let through: `now` if at once.

    Each failure beyond the `free` ones doubles the wait after the last. A try that had to wait
    is not counted, and each is forgotten in the end, so that the wait is never for good.

    Args:
        failures: when tries failed; those COUNTED_FOR ago, or ahead of the clock, do not count.
    """
    counted = [at for at in failures if now - COUNTED_FOR < at <= now]
    beyond = len(counted) - free
    if beyond < 0:
        return now
    wait = min(FIRST_WAIT * (1 << min(beyond, 20)), LONGEST_WAIT)
    return max(now, max(counted) + wait)


def plain(text: str, most: int) -> str:
    """`text`, which anybody may have sent, as PostgreSQL can keep it: at most `most` long."""
    return text[:most].replace("\0", "").encode("utf-8", "replace").decode()
