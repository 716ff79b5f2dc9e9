"""Passwords are kept as hashes of Argon2id, which cost time and memory to try."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=1, memory_cost=47_104, parallelism=1)
"""The first choice of OWASP: 46 MiB, once over; 0.1 s here."""


def hashed(password: str) -> str:
    """What is kept of `password`, with the parameters it was hashed by."""
    return _HASHER.hash(_bytes(password))


def is_right(password: str, kept: str | None) -> bool:
    """Whether `kept` is of `password`. Where nothing is kept, saying no takes as long."""
    if kept is None:
        hashed(password)
        return False
    try:
        return _HASHER.verify(kept, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether `kept` was made by other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
