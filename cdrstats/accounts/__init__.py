"""Who is looking, what they may do, and whose rows they see."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, true

STAFF_ONLY = frozenset(
    {
        *("buy_rate", "buy_cost", "margin", "margin_percent"),
        *("carrier_id", "carrier", "channel", "data"),
    }
)
"""No customer sees these: what a call cost us, who carried it, what the switch wrote.

PostgreSQL refuses the columns as well: migration 0007.
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be read: whose calls, and what of them.

    Attributes:
        user_ids: the customers; None is every customer: staff.
        hidden: fields of a call and figures that are not shown, such as `buy_cost`, beside
            those that customers never see.
        masked: how many last digits of telephone numbers are kept back; 0: none.
    """

    user_ids: frozenset[int] | None
    hidden: frozenset[str] = frozenset()
    masked: int = 0

    def shows(self, name: str) -> bool:
        """Whether the field of a call, or the figure, `name` may be shown."""
        return name not in self.hidden and (self.user_ids is None or name not in STAFF_ONLY)

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
    person_id: int = 0  # 0: not one of those who sign in
    session_id: str = ""
    role: str = ""
    unmasked_until: datetime | None = None  # who has no numbers else, and sees them for now

    def may(self, permission: str) -> bool:
        return permission in self.permissions
