"""Who is looking, what they may do, and whose rows they see."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, true


@dataclass(frozen=True, slots=True)
class Scope:
    """The customers whose rows may be read. `None` is every customer: staff."""

    user_ids: frozenset[int] | None

    def covers(self, user_id: ColumnElement[int]) -> ColumnElement[bool]:
        """The WHERE clause. An empty scope matches nothing."""
        if self.user_ids is None:
            return true()
        return user_id.in_(sorted(self.user_ids))


EVERYONE = Scope(None)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The person in front of the page."""

    name: str
    permissions: frozenset[str]
    scope: Scope

    def may(self, permission: str) -> bool:
        return permission in self.permissions


LOCAL_VIEWER = Viewer(
    "local",
    frozenset({"dashboard", "calls", "export", "imports", "views", "diagnostic", "jobs"}),
    EVERYONE,
)
"""Who looks until sign-in exists: whoever sits at the machine; only loopback is served."""
