"""Files into cdr_import and on: counts that add up, zones, feeds, undoing, being killed."""

import gzip
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, func, select, text

from cdrstats import intake, mediation, switches
from cdrstats.accounts import audit
from cdrstats.db.engine import lock
from cdrstats.db.schema import bad_line, cdr_import, import_file, voip_cdr
from cdrstats.errors import BadRequest
from cdrstats.intake import FileReport

from .asterisk import master_csv, master_line
from .factories import NOON, add_staged, noting
from .waiting import eventually


def write(folder: Path, text_: str, name: str = "Master.csv") -> Path:
    path = folder / name
    path.write_text(text_, "utf-8")
    return path


def starts(engine: Engine) -> list[datetime]:
    with engine.connect() as conn:
        query = select(voip_cdr.c.starting_date).order_by(voip_cdr.c.starting_date)
        return list(conn.execute(query).scalars())


def counts(report: FileReport) -> tuple[int, ...]:
    """read, imported, duplicates, rejected, bad, ignored; and they add up."""
    assert report.read == (
        report.imported + report.duplicates + report.rejected + report.bad + report.ignored
        + report.joined + report.waiting
    )  # fmt: skip
    return (
        report.read, report.imported, report.duplicates, report.rejected, report.bad,
        report.ignored,
    )  # fmt: skip


def test_a_file_becomes_calls_and_the_counts_add_up(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        master_csv(
            master_line(1),
            master_line(2, "2026-03-10 12:30:00"),
            master_line(2, "2026-03-10 12:30:00"),
            "this is not a record",
            master_line(3, "1970-01-01 00:00:00"),
        ),
    )
    report = intake.load_file(fresh_engine, path, switch="pbx1")
    assert counts(report) == (5, 2, 1, 1, 1, 0)
    assert (report.source, report.clean) == ("asterisk_csv", False)
    assert (report.first_call, report.last_call) == (NOON, NOON + timedelta(minutes=30))
    with fresh_engine.connect() as conn:
        (bad,) = conn.execute(select(bad_line)).all()
        assert (bad.file_id, bad.line, bad.text) == (
            report.file_id, 4, "this is not a record",
        )  # fmt: skip
        assert bad.reason


def test_the_same_file_again_adds_nothing(fresh_engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path, master_csv(master_line(1), "rubbish", master_line(2)))
    intake.load_file(fresh_engine, path, switch="pbx1")
    again = intake.load_file(fresh_engine, path, switch="pbx1")
    assert counts(again) == (3, 0, 2, 0, 1, 0)
    assert again.staged == 0
    assert "before" in again.note
    assert len(starts(fresh_engine)) == 2
    with fresh_engine.connect() as conn:
        assert conn.execute(select(func.count()).select_from(cdr_import)).scalar_one() == 2


def test_overlapping_exports_are_one_call_each(fresh_engine: Engine, tmp_path: Path) -> None:
    lines = [master_line(n, f"2026-03-10 12:00:{n:02d}") for n in range(10)]
    first = write(tmp_path, master_csv(*lines[:7]), "a.csv")
    second = write(tmp_path, master_csv(*lines[4:]), "b.csv")
    intake.load_file(fresh_engine, first, switch="pbx1")
    report = intake.load_file(fresh_engine, second, switch="pbx1")
    assert counts(report) == (6, 3, 3, 0, 0, 0)
    assert len(starts(fresh_engine)) == 10


def test_the_records_of_a_forked_call_are_each_a_row(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    legs = [
        master_line(1, uniqueid="1773144000.1", sequence=n, disposition="NO ANSWER")
        for n in range(3)
    ]
    report = intake.load_file(fresh_engine, write(tmp_path, master_csv(*legs)), switch="pbx1")
    assert counts(report) == (3, 3, 0, 0, 0, 0)


def test_gzip_is_read_as_it_is(fresh_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "Master.csv.gz"
    path.write_bytes(gzip.compress(master_csv(master_line(1)).encode()))
    assert counts(intake.load_file(fresh_engine, path, switch="pbx1"))[:2] == (1, 1)


def test_an_empty_file_says_so(fresh_engine: Engine, tmp_path: Path) -> None:
    report = intake.load_file(fresh_engine, write(tmp_path, ""), switch="pbx1")
    assert counts(report) == (0, 0, 0, 0, 0, 0)
    assert "empty" in report.note


def test_a_binary_file_is_one_bad_line(fresh_engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    report = intake.load_file(fresh_engine, path, switch="pbx1")
    assert counts(report) == (1, 0, 0, 0, 1, 0)


def test_a_path_that_is_no_file_is_a_plain_sentence(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    with pytest.raises(BadRequest, match="not a file"):
        intake.load_file(fresh_engine, tmp_path / "nowhere.csv")


def test_a_number_too_long_for_an_index_is_rejected_alone(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    noise = "".join(random.Random(1).choices("0123456789abcdefghijklmnopqrstuvwxyz", k=20_000))
    path = write(
        tmp_path, master_csv(master_line(1), master_line(2, dst=noise), master_line(3))
    )
    report = intake.load_file(fresh_engine, path, switch="pbx1")
    assert counts(report) == (3, 2, 0, 1, 0, 0)


@pytest.mark.parametrize("stage_only", [True, False])
def test_what_postgresql_refuses_in_a_copy_is_one_bad_line(
    fresh_engine: Engine, tmp_path: Path, stage_only: bool
) -> None:
    with fresh_engine.begin() as conn:
        conn.execute(text("ALTER TABLE cdr_import ADD CHECK (callid <> '1773144000.2')"))
    path = write(tmp_path, master_csv(*[master_line(n) for n in range(5)]))
    report = intake.load_file(fresh_engine, path, switch="pbx1", stage_only=stage_only)
    assert (report.read, report.staged, report.bad) == (5, 4, 1)
    assert len(starts(fresh_engine)) == (0 if stage_only else 4)


def test_only_staged_rows_wait(fresh_engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path, master_csv(master_line(1), master_line(2)))
    report = intake.load_file(fresh_engine, path, switch="pbx1", stage_only=True)
    assert (report.staged, report.waiting, report.imported) == (2, 2, 0)
    mediation.mediate(fresh_engine)
    assert len(starts(fresh_engine)) == 2


def test_local_stamps_are_of_the_switchs_zone(fresh_engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path, master_csv(master_line(1, "2026-03-10 13:00:00")))
    intake.load_file(fresh_engine, path, switch="pbx1", timezone="Europe/Madrid")
    assert starts(fresh_engine) == [NOON]


def test_a_zone_given_with_a_file_stays_with_it(fresh_engine: Engine, tmp_path: Path) -> None:
    first = write(tmp_path, master_csv(master_line(1, "2026-03-10 12:00:00")), "a.csv")
    second = write(tmp_path, master_csv(master_line(2, "2026-03-10 13:00:00")), "b.csv")
    intake.load_file(fresh_engine, first, switch="pbx1", timezone="UTC")
    intake.load_file(fresh_engine, second, switch="pbx1", timezone="Europe/Madrid")
    assert starts(fresh_engine) == [NOON, NOON]

    with fresh_engine.begin() as conn:
        switches.change(conn, "pbx1", timezone="America/New_York")
    mediation.flag_anew(fresh_engine)
    mediation.mediate(fresh_engine)
    assert starts(fresh_engine) == [NOON, NOON + timedelta(hours=4)]
    with fresh_engine.connect() as conn:
        spans = select(import_file.c.first_call, import_file.c.last_call)
        moved, kept = conn.execute(spans.order_by(import_file.c.id)).all()
    assert tuple(moved) == (NOON + timedelta(hours=4), NOON + timedelta(hours=4))
    assert tuple(kept) == (NOON, NOON)


def test_an_hour_shown_twice_takes_the_offset_that_the_record_proves(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    late = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    proven = master_line(1, "2026-10-25 02:30:00", uniqueid=f"{late.timestamp():.0f}.1")
    unproven = master_line(2, "2026-10-25 02:30:00", uniqueid="pbx.2")
    path = write(tmp_path, master_csv(proven, unproven))
    intake.load_file(fresh_engine, path, switch="pbx1", timezone="Europe/Madrid")
    assert starts(fresh_engine) == [late - timedelta(hours=1), late]
    with fresh_engine.connect() as conn:
        marked = conn.execute(select(voip_cdr.c.data["start_in_doubt"].astext)).scalars()
        assert list(marked) == ["true", "true"]


def test_an_hour_never_shown_is_not_refused(fresh_engine: Engine, tmp_path: Path) -> None:
    path = write(tmp_path, master_csv(master_line(1, "2026-03-29 02:30:00", uniqueid="pbx.1")))
    report = intake.load_file(fresh_engine, path, switch="pbx1", timezone="Europe/Madrid")
    assert report.imported == 1
    assert starts(fresh_engine) == [datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]


def pushed(engine: Engine, times: int) -> None:
    """The calls of `master_line(1)`, as cdr-pusher tells of them: without leg fields."""
    with engine.begin() as conn:
        for _ in range(times):
            add_staged(
                conn, switch="pbx1", cdr_source_type=4, callid="1773144000.1", billsec=50,
                duration=55, destination_number="34650123456", hangup_cause_id=16,
            )  # fmt: skip


def forks(times: int) -> str:
    return master_csv(
        *[master_line(1, uniqueid="1773144000.1", sequence=n) for n in range(times)]
    )


@pytest.mark.parametrize("file_first", [True, False])
@pytest.mark.parametrize(("in_file", "by_push", "calls"), [(1, 1, 1), (3, 2, 3), (2, 3, 3)])
def test_a_file_and_the_pusher_tell_of_the_same_calls(
    fresh_engine: Engine,
    tmp_path: Path,
    file_first: bool,
    in_file: int,
    by_push: int,
    calls: int,
) -> None:
    path = write(tmp_path, forks(in_file))
    if file_first:
        intake.load_file(fresh_engine, path, switch="pbx1")
    pushed(fresh_engine, by_push)
    mediation.mediate(fresh_engine)
    if not file_first:
        intake.load_file(fresh_engine, path, switch="pbx1")
    assert len(starts(fresh_engine)) == calls

    mediation.flag_anew(fresh_engine)
    mediation.mediate(fresh_engine)
    assert len(starts(fresh_engine)) == calls


def test_a_file_and_the_pusher_in_one_batch(fresh_engine: Engine, tmp_path: Path) -> None:
    pushed(fresh_engine, 2)
    path = write(tmp_path, forks(3))
    intake.load_file(fresh_engine, path, switch="pbx1", stage_only=True)
    mediation.mediate(fresh_engine)
    assert len(starts(fresh_engine)) == 3


def test_an_undone_file_takes_its_calls_with_it_and_stays_undone(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    lines = [master_line(n, f"2026-03-10 12:00:{n:02d}") for n in range(6)]
    first = write(tmp_path, master_csv(*lines[:4]), "a.csv")
    second = write(tmp_path, master_csv(*lines[2:]), "b.csv")
    undone = intake.load_file(fresh_engine, first, switch="pbx1")
    kept = intake.load_file(fresh_engine, second, switch="pbx1")
    assert (undone.imported, kept.imported) == (4, 2)

    assert intake.undo_file(fresh_engine, undone.file_id, noting) == 4
    assert len(starts(fresh_engine)) == 4  # the two that were duplicates came instead

    mediation.flag_anew(fresh_engine)
    mediation.mediate(fresh_engine)
    assert len(starts(fresh_engine)) == 4
    with fresh_engine.connect() as conn:
        states = conn.execute(
            select(import_file.c.imported, import_file.c.duplicates).order_by(import_file.c.id)
        ).all()
    assert [tuple(row) for row in states] == [(0, 0), (4, 0)]

    again = intake.load_file(fresh_engine, first, switch="pbx1")
    assert counts(again) == (4, 2, 2, 0, 0, 0)
    with pytest.raises(BadRequest, match="undone already"):
        intake.undo_file(fresh_engine, undone.file_id, noting)
    with fresh_engine.connect() as conn:
        [line] = audit.search(conn)
    assert (line.action, line.object) == ("undo file", "a.csv")
    assert line.detail == {"file": undone.file_id, "calls": 4}


def test_a_file_interrupted_half_way_is_taken_up_where_it_stopped(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdrstats.intake.stage.BATCH", 10)
    lines = [master_line(n, f"2026-03-10 12:{n // 60:02d}:{n % 60:02d}") for n in range(95)]
    path = write(tmp_path, master_csv(*lines, "rubbish"))

    class Killed(Exception):
        pass

    def die(done: int) -> None:
        if done == 30:
            raise Killed

    with pytest.raises(Killed):
        intake.load_file(fresh_engine, path, switch="pbx1", progress=die)
    report = intake.load_file(fresh_engine, path, switch="pbx1")
    assert counts(report) == (96, 95, 0, 0, 1, 0)
    with fresh_engine.connect() as conn:
        staged = conn.execute(select(func.count()).select_from(cdr_import)).scalar_one()
    assert staged == 95


def test_the_same_bytes_are_not_loaded_by_two_at_once(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    path = write(tmp_path, master_csv(master_line(1)))
    sha = intake.ledger.sha256_of(path)
    with fresh_engine.connect() as other:
        other.execute(
            text("SELECT pg_advisory_lock(hashtextextended('file ' || :sha, 0))"), {"sha": sha}
        )
        with pytest.raises(BadRequest, match="being loaded"):
            intake.load_file(fresh_engine, path, switch="pbx1")
    assert starts(fresh_engine) == []


def test_a_batch_is_in_nobodys_way_who_waits_to_be_alone(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second batch holds the lock and waits for the first; the first waits for the lock
    behind somebody who wants it alone, who waits for the second. PostgreSQL sees no circle."""
    monkeypatch.setattr("cdrstats.intake.stage.BATCH", 10)
    lines = [master_line(n, f"2026-03-10 12:00:{n:02d}") for n in range(20)]
    prepare, seen, alone = mediation.prepare, set[int](), threading.Event()

    def others(conn: Connection, granted: bool) -> int:
        query = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted = :granted"
            " AND mode = :mode AND (classid::bigint << 32 | objid::bigint)"
            " = hashtextextended('mediation', 0)"
        )
        mode = "ShareLock" if granted else "ExclusiveLock"
        return int(conn.execute(query, {"granted": granted, "mode": mode}).scalar_one())

    def first_is_slow(conn: Connection, known: mediation.Known) -> None:
        prepare(conn, known)
        seen.add(threading.get_ident())
        if len(seen) == 1:
            eventually(lambda: others(conn, granted=True))
            alone.set()
            eventually(lambda: others(conn, granted=False))

    def want_it_alone() -> None:
        assert alone.wait(60)
        with fresh_engine.begin() as conn:
            lock(conn, "mediation")

    monkeypatch.setattr(mediation, "prepare", first_is_slow)
    path = write(tmp_path, master_csv(*lines))
    with ThreadPoolExecutor(1) as pool:
        waited = pool.submit(want_it_alone)
        report = intake.load_file(fresh_engine, path, switch="pbx1")
        waited.result(60)
    assert counts(report) == (20, 20, 0, 0, 0, 0)
