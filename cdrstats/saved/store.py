"""The table `saved_view`: who sees which views, and who may change them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Update,
    and_,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import IntegrityError

from cdrstats.accounts import Scope, Viewer
from cdrstats.db.schema import saved_view
from cdrstats.errors import BadRequest
from cdrstats.saved.queries import checked_name, checked_page, normalised

MOST_VIEWS = 200
"""Of one viewer."""

NOBODY = 0
"""The customer of a viewer who sees no customer's calls."""

OF_NUMBERS = "where=[^&]*(number|caller|destination)"
"""What the query of a view has that tests a number."""

GONE = "There is no such view of yours any more."


@dataclass(frozen=True, slots=True)
class View:
    """A view as it is kept; `query` is what stands behind the ? of the page's URL."""

    id: int
    owner: str
    page: str
    name: str
    query: str
    shared: bool
    created_at: datetime
    updated_at: datetime


_COLUMNS = [saved_view.c[name] for name in View.__dataclass_fields__]


def list_views(conn: Connection, viewer: Viewer, page: str | None = None) -> list[View]:
    """The viewer's own views, then those that others share, each by page and name.

    Staff share with staff, viewers of a customer with those of the same customer: a query can
    name customers. What others search by numbers is not for who sees none in full.

    Args:
        page: only the views of this page.
    """
    own = saved_view.c.owner == viewer.name
    of_others = and_(saved_view.c.shared, _within(viewer.scope))
    if viewer.scope.masked:
        of_others = and_(of_others, not_(saved_view.c.query.regexp_match(OF_NUMBERS, "i")))
    query = (
        select(*_COLUMNS)
        .where(or_(own, of_others))
        .order_by(own.desc(), saved_view.c.page, saved_view.c.name, saved_view.c.owner)
    )
    if page is not None:
        query = query.where(saved_view.c.page == page)
    return [_view(row) for row in conn.execute(query)]


def save(
    conn: Connection, viewer: Viewer, page: str, name: str, query: str, shared: bool = False
) -> View:
    """Keep a view of `page`, such as 'calls', under `name`.

    Raises:
        BadRequest: the viewer has one of that name on that page, or too many, or a value is
            wrong.
    """
    mine = select(func.count()).where(saved_view.c.owner == viewer.name)
    if conn.execute(mine).scalar_one() >= MOST_VIEWS:
        raise BadRequest(f"You have {MOST_VIEWS} saved views: delete some first.")
    values = {
        "owner": viewer.name,
        "user_id": _customer(viewer.scope),
        "page": checked_page(page),
        "name": checked_name(name),
        "query": normalised(query),
        "shared": shared,
    }
    try:
        with conn.begin_nested():
            return _view(
                conn.execute(insert(saved_view).values(values).returning(*_COLUMNS)).one()
            )
    except IntegrityError:
        raise BadRequest(
            f"You have a view called {values['name']!r} on this page: replace it, or choose"
            " another name."
        ) from None


def rename(conn: Connection, viewer: Viewer, view_id: int, name: str) -> View:
    """Call a view of the viewer's otherwise. Raises BadRequest as `save` does."""
    wanted = checked_name(name)
    try:
        with conn.begin_nested():
            return _changed(conn, _own(viewer, view_id).values(name=wanted))
    except IntegrityError:
        raise BadRequest(
            f"You have another view called {wanted!r} on this page: choose another name."
        ) from None


def replace(conn: Connection, viewer: Viewer, view_id: int, query: str) -> View:
    """Let a view of the viewer's show `query` from now on. Raises BadRequest."""
    return _changed(conn, _own(viewer, view_id).values(query=normalised(query)))


def share(conn: Connection, viewer: Viewer, view_id: int, shared: bool) -> View:
    """Show a view of the viewer's to others, or to nobody else. Raises BadRequest."""
    return _changed(conn, _own(viewer, view_id).values(shared=shared))


def delete(conn: Connection, viewer: Viewer, view_id: int) -> None:
    """Forget a view of the viewer's. Raises BadRequest if there is none."""
    gone = delete_from(saved_view).where(
        saved_view.c.id == view_id, saved_view.c.owner == viewer.name
    )
    if not conn.execute(gone).rowcount:
        raise BadRequest(GONE)


def _own(viewer: Viewer, view_id: int) -> Update:
    return (
        update(saved_view)
        .where(saved_view.c.id == view_id, saved_view.c.owner == viewer.name)
        .values(updated_at=func.now())
    )


def _changed(conn: Connection, change: Update) -> View:
    row = conn.execute(change.returning(*_COLUMNS)).one_or_none()
    if row is None:
        raise BadRequest(GONE)
    return _view(row)


def _customer(scope: Scope) -> int | None:
    """The customer a viewer's views may be shared within; None: staff."""
    return None if scope.user_ids is None else min(scope.user_ids, default=NOBODY)


def _within(scope: Scope) -> ColumnElement[bool]:
    if scope.user_ids is None:
        return saved_view.c.user_id.is_(None)
    return scope.covers(saved_view.c.user_id)


def _view(row: Row[Any]) -> View:
    return View(**row._asdict())
