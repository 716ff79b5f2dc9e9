"""The Calls page: its first and its 500th page, where an index helps and where none does."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from bench.results import Line, median_ms
from cdrstats import calls
from cdrstats.accounts import EVERYONE
from cdrstats.calls import Cursor, Search
from cdrstats.db.limits import TookTooLong
from cdrstats.filters import Comparison, Filters, TextOperator, TextTest, number

SIZE = 50
FAR = 500  # the page that is far away
MOST_MS = 100
TIMES = 5


@dataclass(frozen=True, slots=True)
class Case:
    what: str
    search: Search
    promised: bool  # within MOST_MS, whichever page


def measure(engine: Engine, stored: int, say: Callable[[str], None]) -> list[Line]:
    """Each search's first page, and its 500th where it has one."""
    lines = []
    with engine.connect() as conn:
        cases = _cases(conn)
    for case in cases:
        with engine.connect() as conn:
            cursor = _cursor_before(conn, case.search, FAR)
        for page, after in (("first page", None), (f"page {FAR}", cursor)):
            if page != "first page" and after is None:
                continue
            line = _measured(engine, case, page, after, stored)
            say(f"  {line.what}: {line.ours:.1f} ms")
            lines.append(line)
    return lines


def _measured(engine: Engine, case: Case, page: str, after: Cursor | None, stored: int) -> Line:
    def ours() -> None:
        with engine.connect() as conn:
            calls.page(conn, EVERYONE, case.search, SIZE, after)

    ours_ms = median_ms(ours, TIMES)
    return Line(
        "calls" if case.promised else "calls, 31 days",
        f"{case.what}, {page}",
        stored,
        ours_ms,
        "ms",
        must=f"<= {MOST_MS} ms" if case.promised else "",
        met=ours_ms <= MOST_MS if case.promised else None,
    )


def _cursor_before(conn: Connection, search: Search, page: int) -> Cursor | None:
    """Where page number `page` begins; None if the search does not reach so far."""
    left = (page - 1) * SIZE
    after: Cursor | None = None
    while left:
        size = min(left, 1000)
        try:
            found = calls.page(conn, EVERYONE, search, size, after)
        except TookTooLong:
            return None
        if found.next is None:
            return None
        after = found.next
        left -= size
    return after


def _cases(conn: Connection) -> list[Case]:
    caller, other = _commonest(conn, "caller_id_number"), "destination_number"
    rare = str(
        conn.execute(
            text("SELECT destination_number FROM voip_cdr ORDER BY starting_date LIMIT 1")
        ).scalar_one()
    )
    callid = str(conn.execute(text("SELECT callid FROM voip_cdr LIMIT 1")).scalar_one())
    country = int(
        conn.execute(
            text("SELECT country_id FROM voip_cdr GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        ).scalar_one()
    )
    prefix = _commonest(conn, "left(destination_number, 5)")

    def by(field: str, operator: TextOperator, value: str) -> Search:
        return Search(filters=Filters(texts=(TextTest(field, operator, value),)))

    promised = {
        "newest first": Search(),
        "oldest first": Search(descending=False),
        "caller equals, common": by("caller_id_number", "equals", caller),
        "dialled equals, rare": by(other, "equals", rare),
        "dialled equals, none": by(other, "equals", "000000000"),
        "dialled begins, common": by(other, "begins", prefix),
        "dialled begins, common, oldest first": Search(
            filters=Filters(texts=(TextTest(other, "begins", prefix),)), descending=False
        ),
        "dialled begins, rare": by(other, "begins", rare[:-1]),
        "dialled ends, common": by(other, "ends", rare[-1:]),
        "dialled ends, less common": by(other, "ends", rare[-3:]),
        "dialled ends, rare": by(other, "ends", rare[-7:]),
        "call id equals": by("callid", "equals", callid),
        "account code equals, common": by("accountcode", "equals", "ACC-1"),
        "account code equals, rare": by("accountcode", "equals", "ACC-50"),
        "country, common": Search(filters=Filters(country_ids=(country,))),
    }
    scanned = {
        "dialled contains, common": by(other, "contains", prefix[2:]),
        "dialled contains, rare": by(other, "contains", rare[3:-1]),
        "billsec > 600": Search(
            filters=Filters(comparisons=(Comparison("billsec", ">", number("600")),))
        ),
        "longest first": Search(order="duration"),
        "dearest first": Search(order="sell_cost"),
    }
    return [Case(what, search, True) for what, search in promised.items()] + [
        Case(what, search, False) for what, search in scanned.items()
    ]


def _commonest(conn: Connection, expression: str) -> str:
    """The most frequent value of an SQL expression, by a sample."""
    return str(
        conn.execute(
            text(
                f"SELECT {expression} FROM (SELECT * FROM voip_cdr LIMIT 100000) AS sample"
                " GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
            )
        ).scalar_one()
    )
