"""The legs of a call over time, by what its records tell of their seconds."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from cdrstats.accounts import EVERYONE
from cdrstats.calls import Timeline, detail, timeline

from .factories import NOON, add_call, add_staged

KEY = uuid.UUID(int=1)
KINDS = {16: "no_answer", 17: "busy", 19: "no_answer", 41: "failed"}


def shown(conn: Connection) -> Timeline:
    found = detail(conn, EVERYONE, NOON, KEY)
    assert found is not None
    return timeline(found, KINDS)


def phases(conn: Connection, leg: int = 0) -> list[tuple[str, float, float]]:
    """The phases of a leg, in seconds from NOON."""
    return [
        (
            phase.name,
            (phase.span.start - NOON).total_seconds(),
            (phase.span.end - NOON).total_seconds(),
        )
        for phase in shown(conn).legs[leg].phases
    ]


ANSWERED = {"duration": 70, "billsec": 60, "hangup_cause_id": 16}
MISSED = {"duration": 25, "billsec": 0, "hangup_cause_id": 19}


@pytest.mark.parametrize(
    ("call", "wanted"),
    [
        (ANSWERED, [("Ringing", 0, 10), ("Talking", 10, 70)]),
        (
            ANSWERED | {"progresssec": 2},
            [("Connecting", 0, 2), ("Ringing", 2, 10), ("Talking", 10, 70)],
        ),
        (
            ANSWERED | {"progresssec": 2, "pdd_ms": 2500},
            [("Connecting", 0, 2.5), ("Ringing", 2.5, 10), ("Talking", 10, 70)],
        ),
        (
            ANSWERED | {"answersec": 5, "waitsec": 30, "progresssec": 1},
            [
                ("Connecting", 0, 1),
                ("Ringing", 1, 5),
                ("Waiting", 5, 30),
                ("Talking", 30, 70),
            ],
        ),
        (ANSWERED | {"answersec": 5, "waitsec": 5}, [("Ringing", 0, 5), ("Talking", 5, 70)]),
        (ANSWERED | {"answersec": 5, "waitsec": 500}, [("Ringing", 0, 5), ("Waiting", 5, 70)]),
        (ANSWERED | {"billsec": 70}, [("Talking", 0, 70)]),
        (MISSED, [("Ringing", 0, 25)]),
        (MISSED | {"progresssec": 4}, [("Connecting", 0, 4), ("Ringing", 4, 25)]),
        (MISSED | {"progresssec": 400}, [("Connecting", 0, 25)]),
        (MISSED | {"waitsec": 9}, [("Ringing", 0, 25)]),
        (MISSED | {"hangup_cause_id": 41}, [("Connecting", 0, 25)]),
        (MISSED | {"hangup_cause_id": 99}, [("Connecting", 0, 25)]),
        (MISSED | {"hangup_cause_id": 41, "progresssec": 0}, [("Ringing", 0, 25)]),
        (MISSED | {"duration": 0}, []),
    ],
)
def test_a_call_connects_rings_waits_and_talks(
    conn: Connection, call: dict[str, Any], wanted: list[tuple[str, float, float]]
) -> None:
    add_call(conn, dedup_key=KEY, **call)
    assert phases(conn) == wanted


def test_legs_stand_beside_the_call_in_the_order_they_began(conn: Connection) -> None:
    add_call(conn, dedup_key=KEY, callid="a", caller_id_number="1", destination_number="2")
    late = {"starting_date": NOON + timedelta(seconds=20), "destination_number": "3"}
    add_staged(conn, leg_of="a", outcome="ignored", **late)
    add_call(conn, callid="a", starting_date=NOON - timedelta(seconds=5))
    add_staged(conn, dedup_key=KEY, outcome="duplicate")
    found = shown(conn)
    assert [(leg.kind, leg.opened) for leg in found.legs] == [
        ("call", False),
        ("call", True),
        ("leg", False),
    ]
    assert (found.legs[1].caller, found.legs[1].destination) == ("1", "2")
    assert found.legs[2].span.start == NOON + timedelta(seconds=20)
    assert phases(conn, 2) == [("Ringing", 20, 25), ("Talking", 25, 75)]
    assert found.left_out == 0


@pytest.mark.parametrize(
    ("leg", "wanted"),
    [
        ({"duration": None, "billsec": 30}, [("Talking", 0, 30)]),
        ({"duration": None, "billsec": None}, []),
        ({"duration": -5, "billsec": -5}, []),
        ({"duration": 2**31 - 1, "billsec": 0}, [("Connecting", 0, 31 * 86_400)]),
        ({"duration": 9, "billsec": 90, "answersec": -3}, [("Talking", 0, 9)]),
        ({"answered": True, "billsec": 0, "duration": 9}, [("Ringing", 0, 9)]),
        ({"answered": False, "billsec": 5, "duration": 9}, [("Connecting", 0, 9)]),
    ],
)
def test_a_leg_that_mediation_never_checked_does_no_harm(
    conn: Connection, leg: dict[str, Any], wanted: list[tuple[str, float, float]]
) -> None:
    add_call(conn, dedup_key=KEY, callid="a", starting_date=NOON)
    leg = {"hangup_cause_id": None, "starting_date": NOON} | leg
    add_staged(conn, leg_of="a", outcome="ignored", **leg)
    assert phases(conn, 1) == wanted


def test_what_is_far_off_or_tells_no_start_is_left_out(conn: Connection) -> None:
    add_call(conn, dedup_key=KEY, callid="again")
    day = timedelta(days=1)
    for start in (NOON - day, NOON + day, NOON + day + timedelta(seconds=1), NOON - 2 * day):
        add_call(conn, callid="again", starting_date=start)
    add_staged(conn, leg_of="again", outcome="ignored", starting_date=None)
    found = shown(conn)
    assert [leg.span.start - NOON for leg in found.legs] == [-day, timedelta(), day]
    assert found.left_out == 3


def test_of_many_legs_the_nearest_are_shown(conn: Connection) -> None:
    add_call(conn, dedup_key=KEY, callid="again")
    for minute in range(-40, 0):
        add_call(conn, callid="again", starting_date=NOON + timedelta(minutes=minute))
    found = shown(conn)
    assert [leg.span.start - NOON for leg in found.legs] == [
        timedelta(minutes=minute) for minute in range(-29, 1)
    ]
    assert found.legs[-1].opened
    assert found.left_out == 11
