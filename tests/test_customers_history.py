"""Calls follow their account codes to new owners: all of them, once, whatever happens."""

import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, delete, select, text

import cdrstats.intake.stage
from cdrstats import aggregates, customers, intake, mediation
from cdrstats.aggregates.draining import drain
from cdrstats.db.engine import lock_shared
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import rollup_log, voip_cdr

from .asterisk import master_csv, master_line
from .factories import NOON, add_call

START = datetime(2026, 2, 23, tzinfo=UTC)
DAYS = 12
A_DAY = 20
CODES = ["A7", "A8", "other", ""]
Owners = dict[uuid.UUID, int]


@pytest.fixture
def store(fresh_engine: Engine, tmp_path: Path) -> Engine:
    """Calls of four account codes in two months; A7 and A8 are Alpha's, but not the oldest.

    When the first half came, nobody owned A8; `other` is Other's, and Beta has nothing.
    """
    with fresh_engine.begin() as conn:
        for name in ("Alpha", "Beta", "Gamma", "Other"):
            customers.add(conn, name)
        customers.assign(conn, "Alpha", ["A7"])
        customers.assign(conn, "Other", ["other"])
    lines = [
        master_line(
            day * A_DAY + n,
            f"{START + timedelta(days=day, minutes=n * 61):%Y-%m-%d %H:%M:%S}",
            accountcode=CODES[n % 4],
        )
        for day in range(DAYS)
        for n in range(A_DAY)
    ]
    half = len(lines) // 2
    for name, part in (("first.csv", lines[:half]), ("second.csv", lines[half:])):
        (tmp_path / name).write_text(master_csv(*part))
        intake.load_file(fresh_engine, tmp_path / name, switch="pbx1", timezone="UTC")
        assign(fresh_engine, "Alpha", "A8")
    drain(fresh_engine)
    return fresh_engine


def assign(engine: Engine, name: str, *codes: str) -> int:
    with engine.begin() as conn:
        return customers.assign(conn, name, codes).id


def owners(engine: Engine) -> Owners:
    with engine.connect() as conn:
        rows = conn.execute(select(voip_cdr.c.dedup_key, voip_cdr.c.user_id))
        return {row.dedup_key: row.user_id for row in rows}


def codes_of(engine: Engine) -> dict[uuid.UUID, str]:
    with engine.connect() as conn:
        rows = conn.execute(select(voip_cdr.c.dedup_key, voip_cdr.c.accountcode))
        return {row.dedup_key: row.accountcode for row in rows}


def moved(engine: Engine, before: Owners, to: int, *codes: str) -> Owners:
    """Whose the calls should be once those with the codes are of `to`."""
    return {key: to if code in codes else before[key] for key, code in codes_of(engine).items()}


def check_figures(engine: Engine) -> None:
    """Roll-ups are what the calls are, by customer."""
    drain(engine)
    with engine.connect() as conn:
        assert aggregates.verify(conn) == []
        counted = conn.execute(
            text("SELECT user_id, sum(calls), sum(billsec) FROM rollup_customer GROUP BY 1")
        )
        right = conn.execute(
            text("SELECT user_id, count(*), sum(billsec) FROM voip_cdr GROUP BY 1")
        )
        assert {*map(tuple, counted)} == {*map(tuple, right)}


def test_calls_follow_whosever_they_were_and_others_stay(store: Engine) -> None:
    before = owners(store)
    assert len({*before.values()}) == 3  # Alpha, Other and nobody
    beta = assign(store, "Beta", "A7", "A8")
    right = moved(store, before, beta, "A7", "A8")
    told: list[int] = []

    count = customers.move_history(store, ["A7", "A8"], progress=told.append)

    assert owners(store) == right != before
    assert count == sum(before[key] != right[key] for key in right) == DAYS * A_DAY // 2
    assert told == [A_DAY // 2 * (day + 1) for day in range(DAYS)]
    check_figures(store)


def test_only_the_quarter_hours_of_moved_calls_are_counted_again(store: Engine) -> None:
    assign(store, "Beta", "A8")
    customers.move_history(store, ["A8"])
    with store.connect() as conn:
        noted = set(conn.execute(select(rollup_log.c.slot)).scalars())
        starts = select(voip_cdr.c.starting_date).where(voip_cdr.c.accountcode == "A8")
        right = {
            start - timedelta(minutes=start.minute % 15, seconds=start.second)
            for start in conn.execute(starts).scalars()
        }
    assert noted == right


def test_what_is_left_behind_is_told_by_whose_it_is(store: Engine) -> None:
    assign(store, "Beta", "A7", "A8")
    with store.connect() as conn:
        # Nobody owned A8 when the first half of its calls came.
        half = DAYS * A_DAY // 8
        told = customers.calls_left_behind(conn, ["A7", " A8 "])
        assert told == {"Alpha": 3 * half, "Unassigned": half}
        assert customers.calls_left_behind(conn, ["other", "no such"]) == {}
    customers.move_history(store, ["A7", "A8"])
    with store.connect() as conn:
        assert customers.calls_left_behind(conn, ["A7", "A8"]) == {}


def test_moving_twice_moves_nothing_more(store: Engine) -> None:
    assign(store, "Beta", "A7")
    assert customers.move_history(store, ["A7"]) == DAYS * A_DAY // 4
    drain(store)
    assert customers.move_history(store, ["A7"]) == 0
    with store.connect() as conn:
        assert aggregates.lag(conn).waiting == 0


def test_a_code_that_nobody_owns_moves_nothing(store: Engine) -> None:
    before = owners(store)
    assign(store, "Unassigned", "A7")
    assert customers.move_history(store, ["A7", "no such"]) == 0
    assert owners(store) == before


@pytest.mark.parametrize(
    "since", [datetime(2026, 2, 27, 4, 4, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)]
)
def test_history_since_a_moment(store: Engine, since: datetime) -> None:
    before = owners(store)
    beta = assign(store, "Beta", "A7")
    customers.move_history(store, ["A7"], since)
    with store.connect() as conn:
        rows = conn.execute(select(voip_cdr)).all()
    for row in rows:
        moves = row.accountcode == "A7" and row.starting_date >= since
        assert row.user_id == (beta if moves else before[row.dedup_key])
    if since.hour:  # a call starts then
        assert since in {row.starting_date for row in rows if row.user_id == beta}
    check_figures(store)


def test_the_edges_of_months_and_days(fresh_engine: Engine) -> None:
    ends = [datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)]
    make_months(fresh_engine, [datetime(2026, 2, 1, tzinfo=UTC), *ends])
    with fresh_engine.begin() as conn:
        beta = customers.add(conn, "Beta").id
        customers.assign(conn, "Beta", ["A7"])
        for moment in (*ends, NOON.replace(hour=0)):
            for off in (timedelta(0), timedelta(microseconds=-1)):
                add_call(conn, starting_date=moment + off, accountcode="A7")
    assert customers.move_history(fresh_engine, ["A7"]) == 6
    assert {*owners(fresh_engine).values()} == {beta}
    check_figures(fresh_engine)


def test_starting_over_comes_to_the_same_owners(store: Engine) -> None:
    assign(store, "Beta", "A7")
    assign(store, "Gamma", "A8")
    customers.move_history(store, ["A7"])
    customers.move_history(store, ["A8"])
    after = owners(store)
    mediation.flag_anew(store)
    mediation.mediate(store)
    assert owners(store) == after
    check_figures(store)


CHILD = """
import sys
from cdrstats import customers
from cdrstats.db.engine import make_engine

def tell(moved):
    print(moved, flush=True)
    if moved >= int(sys.argv[2]):
        sys.stdin.read()

customers.move_history(make_engine(sys.argv[1], "killed"), ["A7", "A8"], progress=tell)
"""


def test_a_mover_that_is_killed_is_repeated(store: Engine) -> None:
    before = owners(store)
    beta = assign(store, "Beta", "A7", "A8")
    url = store.url.render_as_string(hide_password=False)
    most = 4 * A_DAY // 2
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(most)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    ) as child:
        assert child.stdout is not None
        while int(child.stdout.readline()) < most:
            pass
        child.send_signal(signal.SIGKILL)
    half_done = owners(store)
    assert sum(half_done[key] != before[key] for key in before) == most
    check_figures(store)

    assert customers.move_history(store, ["A7", "A8"]) == DAYS * A_DAY // 2 - most
    assert owners(store) == moved(store, before, beta, "A7", "A8")
    check_figures(store)


def test_a_day_is_moved_and_noted_or_neither(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = owners(store)
    assign(store, "Beta", "A7")

    def fail(conn: Connection, slots: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(aggregates, "note_slots", fail)
        with pytest.raises(KeyboardInterrupt):
            customers.move_history(store, ["A7"])
    assert owners(store) == before


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_of_two_movers_the_owner_of_today_wins(store: Engine) -> None:
    before = owners(store)
    assign(store, "Beta", "A7", "A8")
    paused, go_on = threading.Event(), threading.Event()

    def pause(done: int) -> None:
        paused.set()
        assert go_on.wait(30)

    first = in_thread(lambda: customers.move_history(store, ["A7", "A8"], progress=pause))
    assert paused.wait(30)  # a day is Beta's
    gamma = assign(store, "Gamma", "A7")
    second = in_thread(lambda: customers.move_history(store, ["A7"]))
    go_on.set()
    first.join(60)
    second.join(60)

    beta = customers_id(store, "Beta")
    right = moved(store, moved(store, before, beta, "A8"), gamma, "A7")
    assert owners(store) == right
    check_figures(store)


def customers_id(engine: Engine, name: str) -> int:
    with engine.connect() as conn:
        return customers.find(conn, name).id


def test_a_mover_waits_for_the_day_that_another_is_moving(
    store: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The code came back while a day was on its way: it would not be seen else."""
    assign(store, "Gamma", "A7")
    customers.move_history(store, ["A7"])
    right = owners(store)
    assign(store, "Beta", "A7")
    paused, go_on = threading.Event(), threading.Event()
    note_slots = aggregates.note_slots

    def pause(conn: Connection, slots: list[datetime]) -> None:
        note_slots(conn, slots)
        paused.set()
        assert go_on.wait(30)

    monkeypatch.setattr(aggregates, "note_slots", pause)
    first = in_thread(lambda: customers.move_history(store, ["A7"]))
    assert paused.wait(30)  # the day is Beta's, but not committed
    assign(store, "Gamma", "A7")
    second = in_thread(lambda: customers.move_history(store, ["A7"]))
    second.join(0.5)
    assert second.is_alive()
    go_on.set()
    first.join(60)
    second.join(60)
    assert owners(store) == right
    check_figures(store)


def test_a_batch_that_came_before_the_change_is_waited_for(store: Engine) -> None:
    with store.begin() as batch:
        lock_shared(batch, "mediation")
        alpha = customers.find(batch, "Alpha").id
        call = add_call(batch, accountcode="A7", user_id=alpha)
        beta = assign(store, "Beta", "A7")
        thread = in_thread(lambda: customers.move_history(store, ["A7"]))
        thread.join(0.3)
        assert thread.is_alive()
    thread.join(60)
    assert owners(store)[call["dedup_key"]] == beta


def test_a_code_changes_hands_while_a_file_is_being_taken_in(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its batch is prepared, and waits for its turn, while the history moves."""
    gamma: list[int] = []

    def change_hands_first(conn: Connection, name: str) -> None:
        if not gamma:
            gamma.append(assign(store, "Gamma", "A7"))
            customers.move_history(store, ["A7"])
        lock_shared(conn, name)

    monkeypatch.setattr(cdrstats.intake.stage, "lock_shared", change_hands_first)
    (tmp_path / "third.csv").write_text(master_csv(master_line(9_000, accountcode="A7")))
    report = intake.load_file(store, tmp_path / "third.csv", switch="pbx1")
    assert report.imported == 1
    codes = codes_of(store)
    found = owners(store)
    assert {found[key] for key in found if codes[key] == "A7"} == {*gamma}


def test_calls_whose_records_are_purged_move_as_well(store: Engine) -> None:
    with store.begin() as conn:
        conn.execute(text("TRUNCATE cdr_import"))
        conn.execute(delete(rollup_log))
    before = owners(store)
    beta = assign(store, "Beta", "A7")
    customers.move_history(store, ["A7"])
    assert owners(store) == moved(store, before, beta, "A7")
    check_figures(store)
