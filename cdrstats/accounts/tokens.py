"""What a cookie or a link carries, and what is kept of it: nobody signs in with the latter."""

import hashlib
import secrets


def new_token() -> str:
    """43 characters that cannot be guessed."""
    return secrets.token_urlsafe(32)


def id_of(token: str) -> str:
    """What a table keeps of `token`. It needs no salt: there is nothing to guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
