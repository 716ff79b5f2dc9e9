"""Calls told of in several files: put together, told more, split again, and never lost."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select, update

from cdrstats import intake
from cdrstats.db.schema import call_part, cdr_import, import_file, voip_cdr
from cdrstats.intake import FileReport, completing, ledger, stage
from cdrstats.mediation import mediate

from .factories import noting
from .pages import Open, words
from .test_sources_cucm import CALL, CMR, HEADER, TYPES

NOON = 1773144000  # 2026-03-10 12:00 UTC


def line(method: str, at: int, tags: str = "a|b", code: str = "200 OK", call: str = "x") -> str:
    who = "*prepaid|2001|+34911000111||1:1" if method == "INVITE" else "||||1:1"
    return f"{method}|{tags}|{call}|{code.replace(' ', '|', 1)}|{NOON + at}|{who}"


CHALLENGE = line("INVITE", 0, "a|z", "407 Proxy Authentication Required")
INVITE, BYE = line("INVITE", 5), line("BYE", 65, "b|a")


class Files:
    """Loads files of a format, each under a name of its own."""

    def __init__(
        self, engine: Engine, folder: Path, source: str = "opensips_flatstore"
    ) -> None:
        self.engine, self._folder, self._source = engine, folder, source
        self._count = 0

    def load(self, *lines: str, stage_only: bool = False) -> FileReport:
        self._count += 1
        path = self._folder / f"{self._count}.log"
        path.write_text("\n".join((*lines, "")), "utf-8")
        return intake.load_file(
            self.engine, path, self._source, "proxy1", "UTC", stage_only=stage_only
        )

    def calls(self) -> list[tuple[datetime, int, int]]:
        """Start, duration and billsec of each call."""
        columns = (voip_cdr.c.starting_date, voip_cdr.c.duration, voip_cdr.c.billsec)
        with self.engine.connect() as conn:
            rows = conn.execute(select(*columns).order_by(columns[0], voip_cdr.c.import_id))
            return [(row[0], row[1], row[2]) for row in rows]

    def counts(self) -> list[dict[str, int]]:
        """Of each file that is not undone, those that are not nought; and they add up."""
        told = []
        with self.engine.connect() as conn:
            ids = conn.execute(select(import_file.c.id).order_by(import_file.c.id)).scalars()
            for file in (ledger.get(conn, id_) for id_ in ids.all()):
                assert file is not None
                if file.state == "undone":
                    continue
                assert file.waiting == 0
                names = ("read", "imported", "duplicates", "joined", "parts", "bad", "ignored")
                counts = {name: getattr(file, name) for name in names}
                assert file.read == sum(counts.values()) - file.read + file.rejected
                told.append({name: count for name, count in counts.items() if count})
        return told

    def undo(self, report: FileReport) -> None:
        intake.undo_file(self.engine, report.file_id, noting)


@pytest.fixture
def files(fresh_engine: Engine, tmp_path: Path) -> Files:
    return Files(fresh_engine, tmp_path)


def at(second: int) -> datetime:
    return datetime.fromtimestamp(NOON + second, UTC)


@pytest.mark.parametrize("first", [0, 1], ids=["INVITE first", "BYE first"])
@pytest.mark.parametrize("stage_only", [False, True])
def test_a_call_is_whole_once_its_other_half_has_come(
    files: Files, first: int, stage_only: bool
) -> None:
    halves = [INVITE, BYE]
    files.load(halves[first], stage_only=stage_only)
    assert files.calls() == []
    assert files.counts() == [{"read": 1, "parts": 1}]
    files.load(halves[1 - first], stage_only=stage_only)
    mediate(files.engine)
    assert files.calls() == [(at(5), 60, 60)]
    assert files.counts() == [{"read": 1, "joined": 1}, {"read": 1, "imported": 1}]


def test_what_came_before_a_whole_call_is_taken_into_it(files: Files) -> None:
    files.load(CHALLENGE)
    files.load(INVITE, BYE)
    assert files.calls() == [(at(0), 65, 60)]
    assert files.counts() == [{"read": 1, "joined": 1}, {"read": 1, "imported": 1}]


def test_a_file_that_repeats_a_half_leaves_nothing_waiting(files: Files) -> None:
    files.load(INVITE)
    files.load(INVITE, BYE)
    assert files.calls() == [(at(5), 60, 60)]
    assert files.counts() == [{"read": 1, "joined": 1}, {"read": 1, "imported": 1}]


def test_two_who_answer_one_caller_are_two_calls_also_in_different_files(
    files: Files,
) -> None:
    other, its_bye = line("INVITE", 6, "a|c"), line("BYE", 36, "a|c")
    files.load(CHALLENGE, INVITE, other)
    files.load(BYE)
    files.load(its_bye)
    assert [billsec for _, _, billsec in files.calls()] == [60, 30]
    assert not any("parts" in counts for counts in files.counts())
    files.load(*(one.replace("|x|", "|y|") for one in (CHALLENGE, INVITE, other, BYE)))
    files.load(its_bye.replace("|x|", "|y|"))
    assert sorted(billsec for _, _, billsec in files.calls()) == [30, 30, 60, 60]


def test_both_halves_of_two_calls_of_one_caller_may_come_together(files: Files) -> None:
    files.load(CHALLENGE, INVITE, line("INVITE", 6, "a|c"))
    files.load(BYE, line("BYE", 36, "a|c"))
    assert [billsec for _, _, billsec in files.calls()] == [60, 30]
    assert not any("parts" in counts for counts in files.counts())


def test_calls_of_other_switches_are_not_mixed(files: Files) -> None:
    files.load(INVITE)
    path = files._folder / "other.log"
    path.write_text(f"{BYE}\n", "utf-8")
    intake.load_file(files.engine, path, "opensips_flatstore", "proxy2", "UTC")
    assert files.calls() == []
    assert files.counts() == [{"read": 1, "parts": 1}] * 2


@pytest.mark.parametrize("undone", [0, 1])
def test_undoing_either_file_splits_the_call_and_loading_it_again_restores_it(
    files: Files, undone: int
) -> None:
    halves = [INVITE, BYE]
    reports = [files.load(half) for half in halves]
    files.undo(reports[undone])
    assert files.calls() == []
    assert files.counts() == [{"read": 1, "parts": 1}]
    files.load(halves[undone])
    assert files.calls() == [(at(5), 60, 60)]
    assert files.counts() == [{"read": 1, "joined": 1}, {"read": 1, "imported": 1}]


def test_undoing_what_a_call_can_do_without_leaves_the_call(files: Files) -> None:
    challenge = files.load(CHALLENGE)
    files.load(INVITE, BYE)
    files.undo(challenge)
    assert files.calls() == [(at(5), 60, 60)]
    assert files.counts() == [{"read": 1, "imported": 1}]


def test_undoing_a_whole_call_gives_back_what_was_joined_to_it(files: Files) -> None:
    files.load(CHALLENGE)
    whole = files.load(INVITE, BYE)
    files.undo(whole)
    assert files.calls() == []
    assert files.counts() == [{"read": 1, "parts": 1}]


def test_quality_that_comes_later_stands_in_the_call(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    files = Files(fresh_engine, tmp_path, "cucm")

    def mos() -> float | None:
        with fresh_engine.connect() as conn:
            return conn.execute(select(voip_cdr.c.mos)).scalar_one()

    files.load(HEADER, TYPES, CALL)
    assert mos() is None
    first = files.load(*CMR[:3])
    assert float(mos() or 0) == pytest.approx(4.41)
    files.load(*CMR[:2], CMR[3])
    assert float(mos() or 0) == pytest.approx(3.52)
    joined = {"read": 1, "joined": 1}
    assert files.counts() == [{"read": 1, "imported": 1}, joined, joined]
    files.undo(first)
    assert float(mos() or 0) == pytest.approx(3.52)
    files.load(HEADER, TYPES, CALL.replace("63", "64"))
    assert len(files.calls()) == 1


def test_whoever_was_killed_before_completing_leaves_it_to_the_next(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(completing, "complete", lambda _: 0)
        files.load(INVITE)
        files.load(BYE)
    assert files.counts() == [{"read": 1, "parts": 1}] * 2
    assert intake.complete(files.engine) == 1
    assert intake.complete(files.engine) == 0
    mediate(files.engine)
    assert files.calls() == [(at(5), 60, 60)]


def test_parts_of_a_file_that_is_half_loaded_wait_for_the_rest(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.load(BYE)
    monkeypatch.setattr(stage, "BATCH", 1)
    stranger = line("INVITE", 10, call="y")
    with monkeypatch.context() as patched:
        patched.setattr(stage.Staging, "_close", lambda _: None)
        files.load(INVITE, stranger)
    assert files.calls() == []
    path = files._folder / "2.log"
    intake.load_file(files.engine, path, "opensips_flatstore", "proxy1", "UTC")
    assert files.calls() == [(at(5), 60, 60)]
    assert files.counts() == [
        {"read": 1, "joined": 1},
        {"read": 2, "imported": 1, "parts": 1},
    ]


def test_a_start_that_is_no_date_makes_bad_lines_of_the_parts(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    files = Files(fresh_engine, tmp_path, "kamailio_acc")
    head = "method,from_tag,to_tag,callid,sip_code,sip_reason,time"
    files.load(head, "INVITE,a,b,x,200,OK,0001-01-01 00:00:00")
    files.load(head, "BYE,a,b,x,200,OK,0001-01-01 00:01:00")
    assert files.calls() == []
    assert files.counts() == [{"read": 1, "bad": 1}] * 2


def test_starting_over_and_purged_rows_change_nothing(files: Files) -> None:
    files.load(INVITE)
    files.load(BYE)
    with files.engine.begin() as conn:
        conn.execute(update(cdr_import).values(imported=False))
    mediate(files.engine)
    assert files.calls() == [(at(5), 60, 60)]
    with files.engine.begin() as conn:
        conn.execute(delete(cdr_import))
    files.load(line("BYE", 66, "b|a"))
    assert files.calls() == [(at(5), 60, 60)]


def test_parts_whose_call_was_made_are_forgotten_and_those_that_wait_are_not(
    files: Files,
) -> None:
    files.load(INVITE)
    files.load(BYE, line("INVITE", 10, call="y"))
    later = datetime.now(UTC) + timedelta(days=1)
    with files.engine.begin() as conn:
        assert intake.forget_parts(conn, later) == 2
        assert list(conn.execute(select(call_part.c.key)).scalars()) == ["y"]


def test_incomplete_calls_are_listed_until_their_rest_has_come(
    app: Open, fresh_engine: Engine, tmp_path: Path
) -> None:
    halves = {
        "first.log": "INVITE|a|b|x7|200|OK|1773144000|*rated|2001|+34911000111||1:1\n",
        "second.log": "BYE|b|a|x7|200|OK|1773144060|||||1:1\n",
    }
    for name, line in halves.items():
        at = app("imports", tab="Incomplete calls")
        shown = [one.value for one in at.dataframe]
        assert bool(shown) == (name == "second.log")
        (tmp_path / name).write_text(line)
        intake.load_file(fresh_engine, tmp_path / name, switch="proxy1")
    row = shown[0].iloc[0]
    assert (row["key"], row["file"], row["line"]) == ("x7", "first.log", 1)
    assert row["state"] == "Waits for the rest"
    assert "account 2001" in row["told"]
    assert "No incomplete calls." in words(app("imports", tab="Incomplete calls"))


LINES = [
    CHALLENGE,
    INVITE,
    line("INVITE", 30),
    BYE,
    line("INVITE", 100, "c|d", "486 Busy Here", "y"),
    line("INVITE", 200, "e|f", call="w"),
    line("BYE", 230, "e|f", call="w"),
]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    cuts=st.lists(st.integers(1, len(LINES) - 1), max_size=4, unique=True),
    undone=st.lists(st.integers(0, 4), max_size=2, unique=True),
)
def test_wherever_a_log_is_cut_the_calls_are_the_same(
    fresh_engine: Engine, tmp_path: Path, cuts: list[int], undone: list[int]
) -> None:
    with fresh_engine.begin() as conn:
        for table in (call_part, cdr_import, voip_cdr, import_file):
            conn.execute(delete(table))
    files = Files(fresh_engine, tmp_path)
    edges = [0, *sorted(cuts), len(LINES)]
    chunks = [LINES[low:high] for low, high in pairwise(edges)]
    reports = [files.load(*chunk) for chunk in chunks]
    for place in undone:
        if place < len(reports):
            files.undo(reports[place])
            files.counts()
    for place in sorted(undone):
        if place < len(reports):
            files.load(*chunks[place])
    assert files.calls() == [(at(0), 65, 60), (at(100), 0, 0), (at(200), 30, 30)]
    assert not any("parts" in counts for counts in files.counts())
