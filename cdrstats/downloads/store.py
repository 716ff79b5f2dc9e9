"""The table `download`, for whoever asks: ask, look, cancel, forget."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import parse_qs, urlencode

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    func,
    insert,
    select,
    text,
    true,
    update,
)

from cdrstats.accounts import Scope, Viewer
from cdrstats.calls import Format
from cdrstats.choices import COLUMNS, Params, headings_of, names, search_of, zone_of
from cdrstats.db.engine import lock
from cdrstats.db.schema import download
from cdrstats.errors import BadRequest
from cdrstats.options import value_now
from cdrstats.saved import normalised

KEPT = func.make_interval(0, 0, 0, value_now("download_days"))
"""From its end a download is kept so long: an interval, as a part of a statement."""

MOST_OPEN = 5
"""Downloads of one viewer that wait or run."""

PAGE = "calls"
"""Whose rows can be downloaded."""

OPEN = ("waiting", "running")
GONE = "There is no such download of yours any more."


@dataclass(frozen=True, slots=True)
class Download:
    """A download as it stands. `rows_done` and `bytes` follow the writing by about a second."""

    id: uuid.UUID
    asked_by: str
    user_ids: list[int] | None  # whose rows it holds; None: everyone's
    page: str
    query: str  # what stood behind the ? of the page's URL
    timezone: str  # where the query names none
    format: Format
    state: str  # waiting, running, done, failed, cancelled
    rows_done: int
    rows_expected: int | None  # None: not known
    bytes: int
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    file_name: str
    expires_at: datetime  # holds once it has ended
    masked: int = 0  # digits of numbers that are kept back in it

    @property
    def scope(self) -> Scope:
        user_ids = None if self.user_ids is None else frozenset(self.user_ids)
        return Scope(user_ids, masked=self.masked)

    @property
    def params(self) -> Params:
        return parse_qs(self.query, keep_blank_values=True)

    def is_for(self, scope: Scope) -> bool:
        """Whether whoever has `scope` may see each column that is in it."""
        asked = [name for name in self.params.get("columns", ()) if name in COLUMNS]
        fields = [COLUMNS[name] for name in asked or COLUMNS]
        return all(scope.shows(field) for field in fields if self.scope.shows(field))


_COLUMNS = [download.c[name] for name in Download.__dataclass_fields__]


def ask(
    conn: Connection, viewer: Viewer, kind: Format, query: str, default_zone: str
) -> Download:
    """Have the calls of a search written to a file, by the job process.

    Args:
        kind: the format of the file.
        query: what stands behind the ? of the Calls page.
        default_zone: IANA name; where the query names none.

    Raises:
        BadRequest: the viewer may not, or has MOST_OPEN under way, or the query makes no sense.
    """
    if not viewer.may("export"):
        raise BadRequest("You may not export calls.")
    if kind not in get_args(Format):
        raise BadRequest(f"There is no export as {kind!r}.")
    params: dict[str, list[str]] = parse_qs(normalised(query), keep_blank_values=True)
    now = datetime.now(UTC)
    # What makes no sense is told at once.
    search_of(viewer.scope, params, names(conn, viewer.scope), now, default_zone)
    if viewer.scope.hidden:  # which the row does not say: the columns are named instead
        every = {"columns": list(COLUMNS)}
        params["columns"] = headings_of(viewer.scope, params) or headings_of(
            viewer.scope, every
        )
    lock(conn, f"downloads of {viewer.name}")
    under_way = select(func.count()).where(
        download.c.asked_by == viewer.name, download.c.state.in_(OPEN)
    )
    if conn.execute(under_way).scalar_one() >= MOST_OPEN:
        raise BadRequest(
            f"You have {MOST_OPEN} downloads under way: wait for one of them, or cancel one."
        )
    user_ids = viewer.scope.user_ids
    local = now.astimezone(zone_of(params, default_zone))
    values = {
        "id": uuid.uuid4(),
        "asked_by": viewer.name,
        "user_ids": None if user_ids is None else sorted(user_ids),
        "page": PAGE,
        "query": normalised(urlencode(params, doseq=True)),
        "timezone": default_zone,
        "format": kind,
        "asked_at": now,
        "file_name": f"{PAGE}-{local:%Y-%m-%d-%H%M}.{kind}",
        "expires_at": func.now() + KEPT,
        "masked": viewer.scope.masked,
    }
    row = conn.execute(insert(download).values(values).returning(*_COLUMNS)).one()
    _wake(conn)
    return _download(row)


def list_downloads(conn: Connection, viewer: Viewer) -> list[Download]:
    """The viewer's downloads, the last asked for first."""
    query = select(*_COLUMNS).where(_own(viewer)).order_by(download.c.asked_at.desc())
    found = [_download(row) for row in conn.execute(query)]
    return [each for each in found if each.is_for(viewer.scope)]


def find(conn: Connection, viewer: Viewer, id: uuid.UUID) -> Download | None:
    """A download of the viewer's; None if there is none of that id."""
    query = select(*_COLUMNS).where(_own(viewer), download.c.id == id)
    row = conn.execute(query).one_or_none()
    found = None if row is None else _download(row)
    return found if found and found.is_for(viewer.scope) else None


def cancel(conn: Connection, viewer: Viewer, id: uuid.UUID) -> None:
    """End a download of the viewer's before it is done. Raises BadRequest if it has ended."""
    change = update(download).where(
        _own(viewer), download.c.id == id, download.c.state.in_(OPEN)
    )
    ended = {"state": "cancelled", "finished_at": func.now(), "expires_at": func.now() + KEPT}
    if not conn.execute(change.values(ended)).rowcount:
        raise BadRequest("This download is not under way any more.")


def forget(conn: Connection, viewer: Viewer, id: uuid.UUID) -> None:
    """Forget a download of the viewer's, and its file. Raises BadRequest if there is none."""
    if not conn.execute(delete(download).where(_own(viewer), download.c.id == id)).rowcount:
        raise BadRequest(GONE)
    _wake(conn)


def _own(viewer: Viewer) -> ColumnElement[bool]:
    """What the viewer asked for, and may still see all rows and digits of."""
    user_ids = viewer.scope.user_ids
    seen = true() if user_ids is None else download.c.user_ids.contained_by(sorted(user_ids))
    kept_back = download.c.masked >= viewer.scope.masked
    return and_(download.c.asked_by == viewer.name, seen, kept_back)


def _wake(conn: Connection) -> None:
    conn.execute(text("NOTIFY cdrstats, 'download'"))


def _download(row: Row[Any]) -> Download:
    return Download(**row._asdict())
