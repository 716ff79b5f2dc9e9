"""What a cookie or a link carries, and what is kept of it: nobody signs in with the latter."""

import hashlib
import re
import secrets


def new_token() -> str:
    """43 characters that cannot be guessed."""
    return secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    """Whether `text` looks like one of `new_token`."""
    return re.fullmatch("[A-Za-z0-9_-]{43}", text) is not None


def id_of(token: str) -> str:
    """What a table keeps of `token`. It needs no salt: there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
