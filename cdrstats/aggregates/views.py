"""The two materialized views, which SQL and BI users query by name: how they are, and a check.

Operators drop and make them by hand, so nothing is taken for granted about them. Each refresh
costs all that is stored; our own pages read the roll-ups. `refreshing` keeps them up to date.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib import resources

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    exists,
    func,
    literal,
    or_,
    select,
)

from cdrstats.db.engine import sql
from cdrstats.db.schema import matview_state, rollup_counted, rollup_log, rollup_switch


def _view(name: str) -> Table:
    return Table(
        name,
        MetaData(),
        Column("starting_date", DateTime(timezone=True)),  # start of the hour or minute
        Column("country_id", Integer),
        Column("switch_id", Integer),
        Column("cdr_source_type", SmallInteger),
        Column("hangup_cause_id", Integer),
        Column("user_id", Integer),
        Column("nbcalls", BigInteger),
        Column("duration", BigInteger),
        Column("billsec", BigInteger),
        Column("buy_cost", Numeric),
        Column("sell_cost", Numeric),
    )


matv_hour = _view("matv_voip_cdr_aggr_hour")
matv_min = _view("matv_voip_cdr_aggr_min")
VIEWS = (matv_hour, matv_min)
KEYS = (
    "starting_date",
    "country_id",
    "switch_id",
    "cdr_source_type",
    "hangup_cause_id",
    "user_id",
)

_LOOK = sql(__package__, "look_at_views")


@dataclass(frozen=True, slots=True)
class ViewStatus:
    """One of the views, as it is now; what is None is not known, or the view is missing."""

    name: str
    oid: int | None  # None: the view does not exist
    populated: bool | None
    ours: bool | None  # whether we may refresh it
    owner: str | None
    as_it_should_be: bool | None  # whether it has the columns that it should have
    keyed: bool  # whether it has the unique index that refreshing beside readers needs
    rows: int | None  # PostgreSQL's estimate
    size_bytes: int | None  # with its indexes
    mend: str  # the statement that would make it ours
    readers: list[str] | None  # roles that may read it
    grants: list[str]  # statements that give back what DROP took away
    changes: int  # how often calls have changed
    behind: bool  # whether it does not show the last change
    seen_oid: int | None  # what `oid` was when the job process looked last
    remembered: list[str] | None  # and `readers`
    changed_at: datetime | None  # the first change that it does not show
    refreshed_at: datetime | None  # it shows the calls of this instant
    took_ms: int | None
    next_due_at: datetime | None  # not refreshed before then
    trouble: str | None  # as the job process saw it last

    @property
    def exists(self) -> bool:
        return self.oid is not None


def status(conn: Connection) -> list[ViewStatus]:
    """Both views, the hour's first."""
    names = [view.name for view in VIEWS]
    given = {"names": names, "keys": sorted(KEYS), "columns": sorted(matv_hour.columns.keys())}
    return [ViewStatus(**row) for row in conn.execute(_LOOK, given).mappings()]


def make_missing(conn: Connection) -> list[str]:
    """Make the views that do not exist, and fill them; return their names.

    For the start, an upgrade and starting over only: while jobs run, somebody may stand
    between DROP and CREATE.
    """
    missing = [view.name for view in status(conn) if not view.exists]
    for name in missing:
        conn.exec_driver_sql(_definition(name))
    return missing


def _definition(name: str) -> str:
    """The statements that make a view and its index: the ones of the migration."""
    folder = resources.files("cdrstats.db.migrations").joinpath("versions")
    return folder.joinpath(f"0001_{name}.sql").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class ViewDifference:
    """One sum of a day, in UTC, on which a view and the roll-ups do not agree."""

    view: str
    day: datetime
    column: str
    shown: Decimal | int  # by the view
    counted: Decimal | int  # by the roll-ups
    behind: bool  # calls of that day changed after the view was refreshed: no fault


_SUMS = {
    "nbcalls": "calls",
    "duration": "duration",
    "billsec": "billsec",
    "buy_cost": "buy_cost",
    "sell_cost": "sell_cost",
}
"""Columns of the views, and what the roll-ups call them."""


def check(conn: Connection) -> list[ViewDifference]:
    """Every daily sum on which the views and the roll-ups differ. Reads both views whole."""
    present = {view.name for view in status(conn) if view.populated}
    return [
        difference
        for view in VIEWS
        if view.name in present
        for difference in _check(conn, view)
    ]


def _check(conn: Connection, view: Table) -> list[ViewDifference]:
    day = func.date_trunc("day", view.c.starting_date, "UTC")
    shown = select(day.label("day"), *(func.sum(view.c[name]).label(name) for name in _SUMS))
    shown_days = shown.group_by(day).subquery("shown")
    slot = func.date_trunc("day", rollup_switch.c.slot, "UTC")
    sums = (func.sum(rollup_switch.c[ours]).label(name) for name, ours in _SUMS.items())
    counted_days = select(slot.label("day"), *sums).group_by(slot).subquery("counted")
    left = {name: func.coalesce(shown_days.c[name], 0) for name in _SUMS}
    right = {name: func.coalesce(counted_days.c[name], 0) for name in _SUMS}
    either = func.coalesce(shown_days.c.day, counted_days.c.day)
    query = (
        select(
            either.label("day"),
            _changed_since(view, either).label("behind"),
            *(figure.label(f"shown_{name}") for name, figure in left.items()),
            *(figure.label(f"counted_{name}") for name, figure in right.items()),
        )
        .join_from(shown_days, counted_days, shown_days.c.day == counted_days.c.day, full=True)
        .where(or_(*(left[name] != right[name] for name in _SUMS)))
        .order_by(either)
    )
    return [
        ViewDifference(
            view.name,
            row["day"],
            name,
            row[f"shown_{name}"],
            row[f"counted_{name}"],
            row["behind"],
        )
        for row in conn.execute(query).mappings()
        for name in _SUMS
        if row[f"shown_{name}"] != row[f"counted_{name}"]
    ]


def _changed_since(view: Table, day: ColumnElement[datetime]) -> ColumnElement[bool]:
    """Whether calls of `day` were counted, or noted, after `view` was refreshed."""
    refreshed_at = func.coalesce(
        select(matview_state.c.refreshed_at)
        .where(matview_state.c.name == view.name)
        .scalar_subquery(),
        literal("-infinity", DateTime(timezone=True)),
    )
    end = day + func.make_interval(0, 0, 0, 1)
    counted = rollup_counted.c
    return or_(
        exists().where(
            counted.slot >= day, counted.slot < end, counted.counted_at > refreshed_at
        ),
        exists().where(rollup_log.c.slot >= day, rollup_log.c.slot < end),
    )
