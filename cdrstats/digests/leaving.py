"""The word in a digest's mail by which the one who got it gets no more of them.

It is sealed by the key of this installation, so that nobody can make one, or read an address
in it.
"""

from sqlalchemy import Connection

from cdrstats.accounts.secretbox import SecretBox
from cdrstats.digests import store
from cdrstats.digests.language import ENGLISH
from cdrstats.errors import BadRequest, BadSetting

KIND = "unsubscribe digest"
"""What was sealed for something else is no such word."""

LANGUAGE = "language"
"""The parameter of the page's address that tells what it is written in, unless in English."""

NOT_KNOWN = "This link is not known."


def path_for(box: SecretBox, digest_id: int, address: str, language: str) -> str:
    """The page by which one who gets a digest gets no more of it, in the language of a tag.

    Raises BadSetting if there is no key.
    """
    word = box.seal(f"{KIND}\n{digest_id}\n{address}").decode()
    told = "" if language == ENGLISH else f"?{LANGUAGE}={language}"
    return f"/unsubscribe/{word}{told}"


def meant(box: SecretBox, word: str) -> tuple[int, str]:
    """Which digest, and who gets it. Raises BadRequest if the word is none of ours."""
    try:
        kind, digest_id, address = box.open(word.encode()).split("\n")
    except (BadSetting, ValueError):
        raise BadRequest(NOT_KNOWN) from None
    if kind != KIND:
        raise BadRequest(NOT_KNOWN)
    return int(digest_id), address


def leave(conn: Connection, box: SecretBox, word: str) -> tuple[str | None, str]:
    """Take whom the word is for out of the digest: its name, None if that was done; and who.

    Raises:
        BadRequest: the word is none of ours.
    """
    digest_id, address = meant(box, word)
    return store.leave(conn, digest_id, address), address
