"""Avaya's SMDR: calls out of one segment or several, in one file or several."""

import io

import pytest

from cdrstats.sources import BadLine, Item, Options, Part, Record, put_together, read
from cdrstats.sources.avaya_smdr import assemble

EARLY = "2026/03/10 08:00:00,00:01:00,2,2009,O,2008,2008,,1,1000001,0,E2009,Zoe,E2008,Max,0,0"
FIRST = (
    "2026/03/10 09:40:00,00:00:13,7,15550103,I,2001,15550199,,0,1000005,1,"
    "E2001,Ann,T9001,LINE 1.1,11,0"
)
SECOND = (
    "2026/03/10 09:40:00,00:00:20,0,15550103,I,2001,15550199,acme,0,1000005,1,"
    "E2002,Bob,T9001,LINE 1.1,0,30"
)
LAST = (
    "2026/03/10 09:40:00,00:00:21,0,15550103,I,2001,15550199,,0,1000005,0,"
    "V9501,VM Channel 1,T9001,LINE 1.1,0,0"
)


def items(*lines: str) -> list[Item]:
    return list(read("avaya_smdr", io.BytesIO(("\n".join(lines) + "\n").encode()), Options()))


def parts(*lines: str) -> list[Part]:
    """What a database would know of lines: parts that wait, and those of what awaits more."""
    found: list[Part] = []
    for item in items(*lines):
        if isinstance(item, Record) and item.awaits_more:
            found += item.made_of
        elif isinstance(item, Part):
            found.append(item)
    return found


def changed(line: str, **values: str) -> str:
    cells = line.split(",")
    for place, value in values.items():
        cells[int(place.removeprefix("column_")) - 1] = value
    return ",".join(cells)


def record(*lines: str) -> Record:
    (found,) = (item for item in items(*lines) if isinstance(item, Record))
    return found


def whole_of(found: Record) -> tuple[object, ...]:
    return (
        found.caller_id_number,
        found.destination_number,
        found.start_text,
        found.duration,
        found.billsec,
        found.answersec,
        found.accountcode,
        found.channel,
    )


WHOLE = ("15550103", "15550199", "2026-03-10 09:40:00", 102, 54, 7, "acme", "E2001")


def test_segments_of_a_file_are_one_call() -> None:
    found = record(FIRST, SECOND, LAST)
    assert whole_of(found) == WHOLE
    assert found.extra["segments"] == [
        "E2001 Ann, T9001 LINE 1.1",
        "E2002 Bob, T9001 LINE 1.1",
        "V9501 VM Channel 1, T9001 LINE 1.1",
    ]
    assert (found.extra["hold"], found.extra["park"], found.extra["trunk"]) == (11, 30, "T9001")


def test_a_last_segment_that_stands_before_the_others_is_joined_with_them() -> None:
    assert whole_of(record(EARLY.replace(",0,E2009", ",1,E2009"), LAST, FIRST, SECOND)) == WHOLE


def test_a_call_that_goes_on_waits_and_is_whole_with_its_last_segment() -> None:
    waiting = parts(FIRST, SECOND)
    assert len(waiting) == 2
    assert assemble(waiting) == []
    (found,) = assemble([*waiting, *parts(LAST)])
    assert whole_of(found) == WHOLE


def test_a_last_segment_in_a_file_of_its_own_is_told_at_once_and_completed_later() -> None:
    alone = record(LAST)
    assert alone.awaits_more
    (found,), rest = put_together([*alone.made_of, *parts(FIRST, SECOND)], assemble)
    assert (found.feed, found.identity) == (alone.feed, alone.identity)
    assert whole_of(found) == WHOLE
    assert rest == []


def test_a_call_that_began_after_the_file_did_waits_for_nothing() -> None:
    alone = changed(LAST, column_10="1000009")
    found = [item for item in items(EARLY, alone) if isinstance(item, Record)]
    assert [one.awaits_more for one in found] == [True, False]


def test_a_segment_that_stands_in_two_files_counts_once() -> None:
    (found,) = assemble([*parts(FIRST, SECOND), *parts(SECOND), *parts(LAST)])
    assert whole_of(found) == WHOLE


def test_an_id_that_begins_anew_after_a_restart_is_another_call() -> None:
    later = LAST.replace("2026/03/10 09:40:00", "2026/03/11 10:00:00")
    one, two = (item for item in items(LAST, later) if isinstance(item, Record))
    assert one.callid == two.callid
    assert one.identity != two.identity
    assert len({part.key for part in (*parts(FIRST), *parts(later))}) == 2


def test_it_is_answered_by_any_segment() -> None:
    found = record(changed(FIRST, column_2="00:00:00"), LAST)
    assert (found.answered, found.answersec, found.billsec) == (True, 18, 21)
    assert (found.hangup_cause_id, found.extra["hangup_cause_derived"]) == (16, True)


def test_a_lost_call_has_no_cause_and_no_time_of_answer() -> None:
    found = record(changed(LAST, column_2="00:00:00", column_3="9"))
    assert (found.answered, found.answersec, found.hangup_cause_id) == (False, None, None)
    assert (found.duration, found.billsec) == (9, 0)


@pytest.mark.parametrize(
    ("direction", "internal", "told"), [("I", "0", 1), ("O", "0", 2), ("O", "1", 0)]
)
def test_the_direction_is_that_of_outside_calls(direction, internal, told) -> None:
    found = record(changed(LAST, column_5=direction, column_9=internal))
    assert found.direction == told
    assert ("trunk" in found.extra) == bool(told)


@pytest.mark.parametrize("width", [17, 30, 35, 36, 37])
def test_any_number_of_columns_from_17_on_is_read(width: int) -> None:
    line = ",".join((LAST.split(",") + [""] * 18 + ["x", "y"])[:width])
    found = record(line)
    assert (found.extra.get("column 36"), found.extra.get("column 37")) == (
        "x" if width > 35 else None,
        "y" if width > 36 else None,
    )


def test_who_dials_0_has_dialled_something() -> None:
    found = record(changed(LAST, column_6="2000", column_7="0"))
    assert (found.destination_number, found.extra["called"]) == ("0", "2000")


def test_codes_of_authorization_are_not_kept() -> None:
    assert "4711" not in str(items(f"{LAST},1,4711"))


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        (1, "soon", 'the start "soon" is not a date'),
        (2, "90", 'the connected time "90" is not H:MM:SS'),
        (3, "-1", "the ring time -1 is below 0"),
        (5, "X", 'the direction "X" is not I or O'),
        (10, "", 'the call id "" is not a number'),
        (11, "2", 'the continuation "2" is neither 0 nor 1'),
        (16, "x", 'the hold time "x" is not a whole number'),
        (17, "2147483647", "the duration 2,147,483,668 is too large to be true"),
    ],
)
def test_what_cannot_be_read_is_told(column: int, value: str, told: str) -> None:
    (bad,) = items(changed(LAST, **{f"column_{column}": value}))
    assert isinstance(bad, BadLine)
    assert bad.reason == told


def test_fewer_columns_are_told() -> None:
    (bad,) = items(",".join(LAST.split(",")[:16]))
    assert isinstance(bad, BadLine)
    assert bad.reason == "it has 16 columns; a segment has 17 at least"
