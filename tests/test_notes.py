"""Notes on charts and what is marked by itself: whose eyes, which switch, how many."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, func, insert, select

from cdrstats import customers, intake, mediation, notes, switches
from cdrstats.accounts import EVERYONE, Scope, Viewer
from cdrstats.clock import Window
from cdrstats.db.marking import LONGEST_TEXT, leave_mark
from cdrstats.db.schema import import_file, note
from cdrstats.errors import BadRequest
from cdrstats.filters import Filters
from cdrstats.notes import Mark, Note
from cdrstats.notes.rules import step_of

from .asterisk import master_csv, master_line
from .factories import NOON, add_staged, noting

ANA = Viewer("ana", frozenset(), EVERYONE)
BEN = Viewer("ben", frozenset(), EVERYONE)
ALICE = Viewer("alice", frozenset(), Scope(frozenset({1})))
BOB = Viewer("bob", frozenset(), Scope(frozenset({2})))
BOTH = Viewer("both", frozenset(), Scope(frozenset({2, 1})))
STRANGER = Viewer("stranger", frozenset(), Scope(frozenset()))

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
TODAY = Window(NOON - 12 * HOUR, NOON + 12 * HOUR)
EVERYTHING = Filters()


def words(
    conn: Connection, viewer: Viewer, filters: Filters = EVERYTHING, window: Window = TODAY
) -> list[str]:
    return [mark.words for mark in notes.marks(conn, viewer.scope, window, filters)]


def a_switch(conn: Connection, name: str) -> int:
    return switches.find_or_create(conn, name, 4, "UTC", "").id


def a_file(conn: Connection, finished_at: datetime | None, **given: object) -> None:
    row = {"sha256": str(uuid4()), "size_bytes": 1, "source": "x", "switch_id": 0, "read": 1}
    row |= {"state": "staged", "name": "a.csv", "finished_at": finished_at} | given
    conn.execute(insert(import_file), [row])


def system_marks(conn: Connection) -> list[tuple[str, str]]:
    query = select(note.c.kind, note.c.text).where(note.c.author == "").order_by(note.c.id)
    return [(row.kind, row.text) for row in conn.execute(query)]


# Notes of people


def test_a_note_is_a_mark_with_its_author_and_an_id_to_edit_it(conn: Connection) -> None:
    wanted = Note(NOON, "  Carrier\nchanged ", NOON + HOUR, "incident")
    id_ = notes.add(conn, ANA, wanted)
    (mark,) = notes.marks(conn, EVERYONE, TODAY, EVERYTHING)
    assert mark == Mark(NOON, NOON + HOUR, "incident", "Carrier changed", "ana", id_)
    assert notes.get(conn, ANA, id_) == replace(wanted, text="Carrier changed")


def test_a_note_is_changed_and_deleted_by_its_author(conn: Connection) -> None:
    id_ = notes.add(conn, ANA, Note(NOON, "first"))
    notes.edit(conn, ANA, id_, Note(NOON + HOUR, "second", kind="incident"))
    (mark,) = notes.marks(conn, EVERYONE, TODAY, EVERYTHING)
    assert mark == Mark(NOON + HOUR, None, "incident", "second", "ana", id_)
    notes.delete(conn, ANA, id_)
    assert words(conn, ANA) == []


def test_nobody_changes_the_note_of_another(conn: Connection) -> None:
    id_ = notes.add(conn, ANA, Note(NOON, "of Ana"))
    leave_mark(conn, "start over", "of nobody")
    own = conn.execute(select(note.c.id).where(note.c.author == "")).scalar_one()
    nameless = Viewer("", frozenset(), EVERYONE)
    for viewer, which in ((BEN, id_), (ANA, own), (nameless, own), (ANA, 0)):
        for change in (
            lambda viewer=viewer, which=which: notes.get(conn, viewer, which),
            lambda viewer=viewer, which=which: notes.edit(
                conn, viewer, which, Note(NOON, "mine")
            ),
            lambda viewer=viewer, which=which: notes.delete(conn, viewer, which),
        ):
            with pytest.raises(BadRequest, match="no such note of yours"):
                change()
    assert words(conn, BEN) == ["of Ana"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (Note(NOON, " \n\0"), "needs a text"),
        (Note(NOON, "x" * (LONGEST_TEXT + 1)), "at most 500 characters"),
        (Note(NOON, "x", kind="rule change"), "note or incident, not 'rule change'"),
        (Note(NOON, "x", NOON), "ends after it begins"),
        (Note(NOON, "x", NOON - HOUR), "ends after it begins"),
        (Note(datetime(1999, 12, 31, tzinfo=UTC), "x"), "between 2000 and 2100"),
        (Note(NOON, "x", datetime(2100, 1, 1, tzinfo=UTC)), "between 2000 and 2100"),
        (Note(NOON, "x", switch_id=99), "no such switch"),
    ],
)
def test_a_note_that_makes_no_sense_is_refused(
    conn: Connection, wrong: Note, sentence: str
) -> None:
    id_ = notes.add(conn, ANA, Note(NOON, "good"))
    with pytest.raises(BadRequest, match=sentence):
        notes.add(conn, ANA, wrong)
    with pytest.raises(BadRequest, match=sentence):
        notes.edit(conn, ANA, id_, wrong)
    assert words(conn, ANA) == ["good"]


def test_a_moment_is_in_the_window_that_it_starts_and_not_in_the_one_that_it_ends(
    conn: Connection,
) -> None:
    notes.add(conn, ANA, Note(NOON, "noon"))
    assert words(conn, ANA, window=Window(NOON, NOON + HOUR)) == ["noon"]
    assert words(conn, ANA, window=Window(NOON - HOUR, NOON)) == []
    assert words(conn, ANA, window=Window(NOON + MICROSECOND, NOON + HOUR)) == []


def test_a_note_that_lasts_is_in_every_window_it_touches(conn: Connection) -> None:
    notes.add(conn, ANA, Note(NOON, "long", NOON + 4 * HOUR))
    touched = [
        hour
        for hour in range(-3, 7)
        if words(conn, ANA, window=Window(NOON + hour * HOUR, NOON + (hour + 1) * HOUR))
    ]
    assert touched == [0, 1, 2, 3]
    inside = Window(NOON + 2 * HOUR, NOON + 2 * HOUR + MICROSECOND)
    assert words(conn, ANA, window=inside) == ["long"]


def test_a_note_about_a_switch_goes_with_it(conn: Connection) -> None:
    one, two = a_switch(conn, "one"), a_switch(conn, "two")
    notes.add(conn, ANA, Note(NOON, "about one", switch_id=one))
    notes.add(conn, ANA, Note(NOON, "about all"))
    assert words(conn, ANA) == ["about all", "about one"]
    assert words(conn, ANA, Filters(switch_ids=(one, two))) == ["about all", "about one"]
    assert words(conn, ANA, Filters(switch_ids=(two,))) == ["about all"]


def test_customers_see_their_own_notes_alone(conn: Connection) -> None:
    for viewer in (ANA, ALICE, BOB, STRANGER):
        notes.add(conn, viewer, Note(NOON, f"of {viewer.name}"))
    leave_mark(conn, "owner change", "Of Bob from now on", user_id=2)
    conn.execute(note.update().where(note.c.author == "").values(at=NOON))
    a_file(conn, NOON)
    assert words(conn, ALICE) == ["of alice"]
    assert words(conn, BOB) == ["of bob"]
    assert words(conn, BOTH) == ["of alice", "of bob"]
    assert words(conn, BOTH, Filters(user_ids=(2,))) == ["of bob"]
    assert words(conn, BOB, Filters(user_ids=(1,))) == []
    assert words(conn, STRANGER) == []


def test_staff_see_a_customers_notes_and_marks_where_the_filter_names_it(
    conn: Connection,
) -> None:
    for viewer in (ANA, ALICE, BOB):
        notes.add(conn, viewer, Note(NOON, f"of {viewer.name}"))
    leave_mark(conn, "owner change", "Of Bob from now on", user_id=2)
    leave_mark(conn, "rule change", "About all")
    conn.execute(note.update().where(note.c.author == "").values(at=NOON))
    assert words(conn, BEN) == ["of ana", "Of Bob from now on", "About all"]
    assert words(conn, BEN, Filters(user_ids=(1,))) == ["of alice", "of ana", "About all"]
    of_bob = ["of ana", "of bob", "Of Bob from now on", "About all"]
    assert words(conn, BEN, Filters(user_ids=(2,))) == of_bob


def test_a_viewer_of_several_customers_writes_for_the_first(conn: Connection) -> None:
    notes.add(conn, BOTH, Note(NOON, "of both"))
    assert words(conn, ALICE) == ["of both"]
    assert words(conn, BOB) == []


def test_only_the_newest_notes_are_on_a_crowded_chart(conn: Connection) -> None:
    at = [NOON + n * timedelta(seconds=1) for n in range(notes.MOST_NOTES + 1)]
    conn.execute(insert(note), [{"at": moment, "text": "x", "author": "ana"} for moment in at])
    found = notes.marks(conn, EVERYONE, TODAY, EVERYTHING)
    assert [mark.at for mark in found] == at[1:]


# What is marked by itself


def test_an_import_is_marked_when_it_was_done(conn: Connection) -> None:
    a_file(conn, NOON, name="Master.csv", read=1204)
    a_file(conn, NOON + HOUR, name="one.csv", read=1)
    a_file(conn, NOON, name="undone.csv", state="undone")
    a_file(conn, None, name="loading.csv", state="loading")
    assert notes.marks(conn, EVERYONE, TODAY, EVERYTHING) == [
        Mark(NOON, None, "import", "Imported Master.csv: 1,204 records"),
        Mark(NOON + HOUR, None, "import", "Imported one.csv: 1 record"),
    ]


def test_imports_of_other_switches_are_left_out(conn: Connection) -> None:
    a_file(conn, NOON, name="one.csv", switch_id=1)
    a_file(conn, NOON, name="two.csv", switch_id=2)
    assert words(conn, ANA, Filters(switch_ids=(2,))) == ["Imported two.csv: 1 record"]


@pytest.mark.parametrize("days", [1, 2, 3, 48, 49, 366, 3653])
def test_imports_fold_into_a_few_dozen_marks_and_none_is_lost(
    conn: Connection, days: int
) -> None:
    window = Window(NOON, NOON + days * DAY)
    gap = window.length / 500
    moments = [NOON + n * gap for n in range(500)]
    for n, moment in enumerate(moments):
        a_file(conn, moment, name=f"{n:03}", read=n)
    a_file(conn, window.end, name="after", read=10**6)
    a_file(conn, window.start - MICROSECOND, name="before", read=10**6)
    length = HOUR if days <= 2 else DAY * max(1, -(-days // 48))
    first: dict[int, datetime] = {}
    files: Counter[int] = Counter()
    records: Counter[int] = Counter()
    for n, moment in enumerate(moments):
        step = (moment - NOON) // length
        first.setdefault(step, moment)
        files[step] += 1
        records[step] += n
    assert len(first) <= 48
    assert [
        (mark.at.replace(microsecond=0), mark.words)
        for mark in notes.marks(conn, EVERYONE, window, EVERYTHING)
    ] == [
        (
            first[step].replace(microsecond=0),
            f"{files[step]} files imported: {records[step]:,} records",
        )
        for step in sorted(first)
    ]


def test_the_steps_of_a_window_are_hours_or_whole_days() -> None:
    lengths = {HOUR: HOUR, 48 * HOUR: HOUR, 48 * HOUR + MICROSECOND: DAY, 48 * DAY: DAY}
    lengths |= {48 * DAY + MICROSECOND: 2 * DAY, timedelta(0): HOUR}
    for length, step in lengths.items():
        assert step_of(Window(NOON, NOON + length)) == step


def test_what_happened_is_folded_by_kind_and_the_newest_told(conn: Connection) -> None:
    rows = [
        ("rule change", "first", 0),
        ("rule change", "second", 1),
        ("rule change", "third", 2),
        ("start over", "other kind", 1),
        ("rule change", "next hour", 60),
    ]
    for kind, text, minute in rows:
        at = NOON + timedelta(minutes=minute)
        conn.execute(insert(note).values(kind=kind, text=text, at=at))
    assert notes.marks(conn, EVERYONE, TODAY, EVERYTHING) == [
        Mark(NOON, None, "rule change", "third (and 2 more)"),
        Mark(NOON + timedelta(minutes=1), None, "start over", "other kind"),
        Mark(NOON + HOUR, None, "rule change", "next hour"),
    ]


def test_an_empty_chart_has_no_marks(conn: Connection) -> None:
    assert notes.marks(conn, EVERYONE, TODAY, EVERYTHING) == []
    assert notes.marks(conn, EVERYONE, Window(NOON, NOON), EVERYTHING) == []


def test_a_text_that_is_too_long_is_cut(conn: Connection) -> None:
    leave_mark(conn, "rule change", "x" * LONGEST_TEXT)
    leave_mark(conn, "rule change", "x" * (LONGEST_TEXT + 1))
    whole, cut = (text for _, text in system_marks(conn))
    assert (whole, cut) == ("x" * LONGEST_TEXT, "x" * (LONGEST_TEXT - 1) + "…")


# Whoever changes something leaves a mark with it


def test_a_change_of_rules_says_what_was_and_what_is(conn: Connection) -> None:
    one = a_switch(conn, "pbx-1")
    switches.change(conn, "pbx-1", timezone="Europe/Madrid", strip_prefixes=["9", "99"])
    switches.change(conn, "pbx-1", country="ES", timezone="Europe/Madrid")
    switches.change(conn, "pbx-1", new_name="Madrid", strip_prefixes=[])
    first, second, third = system_marks(conn)
    assert first == (
        "rule change",
        "pbx-1: time zone Europe/Madrid, was UTC; stripped prefixes 99, 9, was none",
    )
    assert second[1].startswith("pbx-1: country ES, was none; calling code 34, was none")
    assert "time zone" not in second[1]
    assert third[1] == "pbx-1: called Madrid now; stripped prefixes none, was 99, 9"
    assert set(conn.execute(select(note.c.switch_id)).scalars()) == {one}


def test_a_change_that_changes_nothing_leaves_no_mark(conn: Connection) -> None:
    a_switch(conn, "pbx-1")
    switches.change(conn, "pbx-1", timezone="UTC", new_name="pbx-1", extension_digits=5)
    with pytest.raises(BadRequest):
        switches.change(conn, "pbx-1", timezone="Mars/Base")
    customers.add(conn, "Acme")
    customers.assign(conn, "Acme", [])
    assert system_marks(conn) == []


def test_a_customers_new_account_codes_are_told(conn: Connection) -> None:
    acme = customers.add(conn, "Acme")
    customers.assign(conn, "Acme", ["A1"])
    customers.assign(conn, "Acme", ["A1"])
    customers.assign(conn, "Acme", ["A1", "A5", "A2", "A4", "A3", "A6"])
    assert system_marks(conn) == [
        ("owner change", "Of Acme from now on: account code A1"),
        ("owner change", "Of Acme from now on: account codes A2, A3, A4 and 2 more"),
    ]
    assert set(conn.execute(select(note.c.user_id)).scalars()) == {acme.id}


def rules(conn: Connection) -> None:
    switches.change(conn, "pbx-1", timezone="Europe/Madrid")


def owners(conn: Connection) -> None:
    customers.assign(conn, "Acme", ["A1"])


@pytest.mark.parametrize("change", [rules, owners])
def test_a_mark_is_there_if_its_change_is(
    fresh_engine: Engine, change: Callable[[Connection], None]
) -> None:
    def state() -> tuple[int, str, int]:
        with fresh_engine.connect() as conn:
            (acme,) = customers.list_customers(conn, EVERYONE)
            (pbx,) = switches.list_switches(conn)
            return len(system_marks(conn)), pbx.timezone, len(acme.account_codes)

    with fresh_engine.begin() as conn:
        a_switch(conn, "pbx-1")
        customers.add(conn, "Acme")
    with fresh_engine.connect() as conn:
        change(conn)
        assert len(system_marks(conn)) == 1
        conn.rollback()
    assert state() == (0, "UTC", 0)
    with fresh_engine.begin() as conn:
        change(conn)
    assert state()[0] == 1
    assert state() != (1, "UTC", 0)


def test_starting_over_is_marked_once(
    fresh_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert mediation.flag_anew(fresh_engine) == 0
    with fresh_engine.begin() as conn:
        assert system_marks(conn) == []
        for _ in range(5):
            add_staged(conn, imported=True)
    monkeypatch.setattr("cdrstats.mediation.start_over.CHUNK", 2)
    assert mediation.flag_anew(fresh_engine) == 5
    with fresh_engine.connect() as conn:
        assert system_marks(conn) == [("start over", "All staged rows are read again")]


def test_an_undone_file_leaves_a_mark_instead_of_its_import(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(master_csv(*(master_line(n, f"2026-03-10 12:00:0{n}") for n in range(3))))
    file_id = intake.load_file(fresh_engine, path, switch="pbx1").file_id
    with fresh_engine.connect() as conn:
        now = conn.execute(select(func.now())).scalar_one()
        window = Window(now - HOUR, now + HOUR)
        assert words(conn, ANA, window=window) == ["Imported Master.csv: 3 records"]
    intake.undo_file(fresh_engine, file_id, noting)
    with pytest.raises(BadRequest):
        intake.undo_file(fresh_engine, file_id, noting)
    with fresh_engine.connect() as conn:
        (mark,) = notes.marks(conn, EVERYONE, window, EVERYTHING)
        assert (mark.kind, mark.words) == ("file undone", "Taken back: Master.csv, calls: 3")
        other = Filters(switch_ids=(a_switch(conn, "pbx2"),))
        assert words(conn, ANA, other, window) == []
