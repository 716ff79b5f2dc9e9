"""What a provider says of a person, and what that makes them here. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cdrstats.accounts.rules import plain

LONGEST = 255
"""Characters of each text; by the standard, of a subject."""


@dataclass(frozen=True, slots=True)
class Vouched:
    """Somebody whom a provider knows.

    Attributes:
        subject: what the provider never gives to anybody else, unlike the name.
        name: by which they sign in there; "" if it was not told.
        groups: None if it was not told which.
    """

    issuer: str
    subject: str
    name: str
    full_name: str
    email: str
    groups: frozenset[str] | None


def vouched(claims: Mapping[str, Any], issuer: str) -> Vouched:
    """The person whom claims that are believed are about."""
    groups = claims.get("groups")
    listed = [groups] if isinstance(groups, str) else groups
    return Vouched(
        issuer=issuer,
        subject=claims["sub"],
        name=_text(claims, "preferred_username") or _text(claims, "email"),
        full_name=_text(claims, "name"),
        email=_text(claims, "email"),
        groups=frozenset(str(each) for each in listed) if isinstance(listed, list) else None,
    )


def is_subject(value: object) -> bool:
    """Whether `value` can be a subject. One is kept as it is: cut off, it were another's."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value.isprintable()


def role_of(groups: Iterable[str], roles: Iterable[tuple[str, str]]) -> str | None:
    """The role of the first pair whose group is one of `groups`; None if there is none."""
    held = set(groups)
    return next((role for group, role in roles if group in held), None)


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return plain(" ".join(value.split()), LONGEST) if isinstance(value, str) else ""
