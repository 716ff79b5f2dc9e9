"""One batch, in the caller's transaction. The steps are those of the SQL files, in order."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert

from cdrstats import aggregates, lists
from cdrstats.clock import month_of
from cdrstats.db.engine import sql
from cdrstats.db.partitions import AHEAD, FIRST_START
from cdrstats.db.schema import carrier, cdr_import, switch_feed
from cdrstats.mediation.maps import NewSwitches, map_numbers, map_stamps, map_switches
from cdrstats.numbers import DialCodes
from cdrstats.settings import Smtp

LONGEST_S = 31 * 24 * 3600
"""Seconds. A longer call is a mistake of its switch."""

LONGEST_TEXT = 1_000
"""Characters; real account codes reach 79, call ids 255. Indexes cannot take much more."""

_TAKE = sql("cdrstats.mediation", "take_batch")
_MAPS = text(
    # A view cannot have parameters.
    sql("cdrstats.mediation", "make_maps").text.replace(":longest_text", f"{LONGEST_TEXT}")
)
_DECIDE = sql("cdrstats.mediation", "decide")
_TWINS = sql("cdrstats.mediation", "find_twins")
_MATCH = sql("cdrstats.mediation", "match_feed")
_NEW_CARRIERS = sql("cdrstats.mediation", "find_new_carriers")
_DROP = sql("cdrstats.mediation", "drop_calls")
_INSERT = sql("cdrstats.mediation", "insert_calls")
_STANDING = sql("cdrstats.mediation", "find_standing")
_TICK = sql("cdrstats.mediation", "tick_off")
_LEGS = sql("cdrstats.mediation", "call_back_legs")
_COUNT = sql("cdrstats.mediation", "count_outcomes")
_RIVALS = sql("cdrstats.mediation", "find_rivals")
_AMEND = sql("cdrstats.mediation", "amend_staged")
_INSERT_NEW = text(f"{_INSERT.text} ON CONFLICT DO NOTHING")


_STAGED = ", ".join(
    column.name for column in cdr_import.columns if column.name not in ("outcome", "call_start")
)


class MissingMonths(Exception):
    """Calls of the batch start in months that have no partition yet; none was written."""

    def __init__(self, months: list[datetime]) -> None:
        super().__init__(f"no partitions for {months}")
        self.months = months


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch is decided by, beside the database."""

    codes: DialCodes
    new: NewSwitches
    months: set[datetime]  # those that have a partition
    smtp: Smtp | None = None  # None: mail is off


def mediate_waiting(conn: Connection, limit: int, known: Known) -> Counter[str]:
    """Decide up to `limit` waiting rows of `cdr_import`; return how many of each outcome.

    The caller holds the lock `mediation`.

    Raises:
        MissingMonths: roll back, make them, and call again.
    """
    conn.execute(_TAKE, {"limit": limit})
    prepare(conn, known)
    pairs = conn.execute(
        text("SELECT DISTINCT switch_id, kind FROM decided WHERE switch_id <> 0")
    ).all()
    if pairs:
        note_feeds(conn, [(pair.switch_id, pair.kind) for pair in pairs])
    _find_calls(conn)
    moved = conn.execute(_DROP).scalars().all()
    calls = conn.execute(text("SELECT count(*) FROM decided WHERE fate IS NULL"))
    if conn.execute(_INSERT_NEW).rowcount < calls.scalar_one():
        conn.execute(_STANDING)  # of records whose staging row was purged long ago
    conn.execute(_TICK)
    return _account(conn, moved, known.smtp)


def files_mediated_anew(conn: Connection) -> set[int]:
    """The files that the batch just decided has had calls of before."""
    files = conn.execute(
        text(
            "SELECT DISTINCT file_id FROM decided"
            " WHERE file_id IS NOT NULL AND old_start IS NOT NULL"
        )
    )
    return set(files.scalars())


def take_staged(conn: Connection, first_id: int) -> None:
    """Make `batch` of what this transaction itself has staged, as calls, from `first_id` on.

    Nobody else has seen the rows, so none of them has a call yet.
    """
    conn.exec_driver_sql(
        "CREATE TEMP VIEW batch AS"  # noqa: S608 (names of columns, and an int)
        " SELECT *, NULL::text AS outcome, NULL::timestamptz AS call_start"
        f" FROM (SELECT {_STAGED} FROM cdr_import WHERE id >= {first_id:d}"
        " AND xmin = pg_current_xact_id()::xid) AS staged"
    )


def prepare(conn: Connection, known: Known) -> None:
    """Find out about the rows of `batch` what does not depend on other batches.

    Raises:
        MissingMonths: calls need partitions that do not exist.
    """
    # Sorting twenty thousand rows to merge them takes twice as long as hashing them.
    conn.execute(text("SET LOCAL enable_mergejoin = off"))
    conn.execute(_MAPS)
    found = map_switches(conn, known.new)
    map_stamps(conn)
    map_numbers(conn, found, known.codes)
    conn.execute(
        _DECIDE,
        {
            "now": datetime.now(UTC),
            "first": FIRST_START,
            "ahead": AHEAD,
            "longest_s": LONGEST_S,
        },
    )
    _check_months(conn, known.months)


def make_calls(conn: Connection, known: Known, in_turn: Callable[[], None]) -> Counter[str]:
    """Make the calls of a batch that was taken by `take_staged` and prepared.

    The caller shares the lock `mediation` with the batch of the same file before this one,
    which may still be at work: a record that both have meets the unique key of `voip_cdr`.

    Args:
        in_turn: returns when the batch before is committed. Called before anything that
            needs to see its rows.

    Raises:
        IntegrityError: a call stands already, of a batch before or of a purged staging row.
    """
    _find_calls(conn, in_turn)
    moved = conn.execute(_DROP).scalars().all()
    conn.execute(_INSERT)
    conn.execute(_AMEND)
    conn.exec_driver_sql("DROP VIEW batch CASCADE")
    in_turn()
    return _account(conn, moved, known.smtp)


def _find_calls(conn: Connection, in_turn: Callable[[], None] = lambda: None) -> None:
    """Settle the fate of each row: those without one are calls."""
    conn.execute(_RIVALS)
    conn.execute(_TWINS)
    if feeds := _feeds_to_match(conn):
        in_turn()
        _match(conn, feeds)
    _add_causes(conn)
    _add_carriers(conn, in_turn)


def _account(conn: Connection, moved: Sequence[datetime], smtp: Smtp | None) -> Counter[str]:
    """Do what follows from the calls that were made and those that went from `moved`."""
    lists.tell_refused(conn, smtp, datetime.now(UTC))
    conn.execute(_LEGS)
    conn.execute(_COUNT)
    slots = conn.execute(
        text(
            "SELECT DISTINCT date_bin('15 minutes', start, '2000-01-01 00:00+00')"
            " FROM decided WHERE fate IS NULL"
        )
    )
    aggregates.note_slots(conn, slots.scalars())
    aggregates.note_changed(conn, moved)
    fates = conn.execute(text("SELECT fate, count(*) AS n FROM decided GROUP BY fate"))
    return Counter({row.fate or "call": row.n for row in fates})


def _check_months(conn: Connection, known: set[datetime]) -> None:
    starts = conn.execute(
        text("SELECT DISTINCT date_trunc('month', start) FROM decided WHERE fate IS NULL")
    )
    missing = [month_of(start) for start in starts.scalars() if month_of(start) not in known]
    if missing:
        raise MissingMonths(missing)


def note_feeds(conn: Connection, feeds: Iterable[tuple[int, str]]) -> None:
    """Remember that a switch has a feed: pairs of switch id and feed."""
    statement = insert(switch_feed).on_conflict_do_nothing()
    rows = [{"switch_id": switch_id, "feed": feed} for switch_id, feed in sorted(feeds)]
    conn.execute(statement, rows)


def _feeds_to_match(conn: Connection) -> list[str]:
    """The feeds of the batch, in order, of switches that others have told of as well."""
    feeds = conn.execute(
        text(
            "SELECT kind FROM decided WHERE fate IS NULL AND switch_id IN"
            " (SELECT switch_id FROM switch_feed GROUP BY switch_id HAVING count(*) > 1)"
            " GROUP BY kind ORDER BY min(id)"
        )
    )
    return list(feeds.scalars())


def _match(conn: Connection, feeds: Sequence[str]) -> None:
    """Lay rows beside calls that another feed of their switch has told of already."""
    for place, feed in enumerate(feeds):
        conn.execute(_MATCH, {"feed": feed, "before": feeds[:place]})


def _add_causes(conn: Connection) -> None:
    """A code that nobody has heard of gets a row in its dimension, so that it can be named."""
    conn.execute(
        text(
            "INSERT INTO hangup_cause (id, enumeration, cause)"
            " SELECT DISTINCT hangup_cause_id, 'CAUSE_' || hangup_cause_id,"
            " 'Cause ' || hangup_cause_id FROM decided"
            " WHERE fate IS NULL AND hangup_cause_id NOT IN (SELECT id FROM hangup_cause)"
            " ON CONFLICT DO NOTHING"
        )
    )


def _add_carriers(conn: Connection, in_turn: Callable[[], None]) -> None:
    """A trunk or gateway that nobody has heard of gets a row in its dimension.

    Two batches that add the same one wait for each other: so only in turn, all names in one
    order, and before any call is written.
    """
    names = sorted(conn.execute(_NEW_CARRIERS).scalars())
    if names:
        in_turn()
        rows = [{"name": name} for name in names]
        conn.execute(insert(carrier).on_conflict_do_nothing(), rows)
