"""What may be kept of a page's URL, and in which form: pure but for the URL's own rules."""

import re
from urllib.parse import parse_qsl, urlencode

from cdrstats.errors import BadRequest

LONGEST_QUERY = 4096
"""Bytes."""

LONGEST_NAME = 100
"""Characters."""

MOST_PARAMETERS = 500

_PAGE = re.compile(r"[a-z][a-z0-9_-]{0,49}")
DAMAGED = "This is not the part of a page's address that stands behind the question mark."


def normalised(query: str) -> str:
    """`query` as it is kept: by parameter, each pair once, escaped in one way.

    The values of one parameter stay in their order, and nothing is worked out: a period that
    moves with the clock goes on moving.

    Args:
        query: what stands behind the ? of a URL, with or without the ?.

    Raises:
        BadRequest: it is longer than LONGEST_QUERY, or is no such thing; a whole URL is not.
    """
    given = query.strip().removeprefix("?")
    try:
        pairs = parse_qsl(
            given,
            keep_blank_values=True,
            strict_parsing=bool(given),
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:
        raise BadRequest(DAMAGED) from None
    if any("://" in key or "?" in key or "\0" in key + value for key, value in pairs):
        raise BadRequest(DAMAGED)
    kept = urlencode(sorted(dict.fromkeys(pairs), key=lambda pair: pair[0]))
    if len(kept) > LONGEST_QUERY:
        raise BadRequest(
            f"This view is too long to be kept: {len(kept):,} of at most {LONGEST_QUERY:,}"
            " characters. Choose fewer values."
        )
    return kept


def checked_page(page: str) -> str:
    """`page`, if it can be a page's path, such as 'calls'. Raises BadRequest."""
    if not _PAGE.fullmatch(page):
        raise BadRequest(f"There is no page {page!r}.")
    return page


def checked_name(name: str) -> str:
    """The name as it is kept, blanks set right. Raises BadRequest."""
    plain = " ".join(name.split())
    if not plain:
        raise BadRequest("A view needs a name.")
    if len(plain) > LONGEST_NAME:
        raise BadRequest(f"A view's name has at most {LONGEST_NAME} characters.")
    if not plain.isprintable():
        raise BadRequest("A view's name has characters that cannot be shown.")
    return plain
