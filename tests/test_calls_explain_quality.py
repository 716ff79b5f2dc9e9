"""How a call's score, SIP status and billable seconds came about."""

from decimal import Decimal

import pytest
from sqlalchemy import Connection

from .test_calls_explain import explained, made


@pytest.mark.parametrize(
    ("quality", "expected"),
    # The worked numbers of R -> MOS, and of G.711 that loses 1 %.
    [(80, "R 80 stands for 4.02"), (60, "R 60 stands for 3.10"), (99, "expects 4.33 of G.711")],
)
def test_mos_by_the_rating_that_freeswitch_takes_and_by_the_e_model(
    conn: Connection, quality: int, expected: str
) -> None:
    call = made(
        conn, call={"mos": Decimal("4.2"), "data": {"mos": 4.2, "quality_percentage": quality}}
    )
    told = explained(conn, call)["mos"]
    assert told.how.startswith("The switch rated the audio that it received 4.20.")
    assert expected in told.how


@pytest.mark.parametrize("mos", ["nan", "good", "6", "4,41"])
def test_a_mos_that_does_not_count_says_so(conn: Connection, mos: str) -> None:
    told = explained(conn, made(conn, call={"data": {"mos": mos}}))["mos"]
    assert told.how == "No score from 1 to 5, and so not taken: the call is left out of MOS."
    assert told.given == (("mos", mos),)
    assert "mos" not in explained(conn, made(conn, call={"data": {"mos": None}}))


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        (200, "established in SER and SEER."),
        (302, "left out of SER and SEER."),
        (407, "left out of SEER, and counts as not established in SER."),
        (486, "effective in SEER, and as not established in SER."),
        (503, "an ineffective attempt in ISA."),
        (404, "not established in SER and SEER."),
    ],
)
def test_a_sip_status_tells_where_it_counts(conn: Connection, status: int, counts: str) -> None:
    data = {"sip_term_status": str(status)}
    told = explained(conn, made(conn, call={"sip_status": status, "data": data}))["sip_status"]
    assert told.how.endswith(counts)
    assert told.given == (("sip_term_status", str(status)),)


def test_a_sip_status_that_is_none_is_told_if_something_stands_there(conn: Connection) -> None:
    told = explained(conn, made(conn, call={"data": {"sip_term_status": "2000"}}))
    assert told["sip_status"].how.startswith("No SIP status, and so not taken")
    assert "sip_status" not in explained(conn, made(conn))


@pytest.mark.parametrize(
    ("stored", "written", "how"),
    [
        (60, "60", "Billable seconds as the record tells them."),
        (None, "1.5", "No whole seconds, and so not taken"),
        (None, None, "The switch tells no billable seconds"),
    ],
)
def test_billable_seconds_are_those_of_the_record(
    conn: Connection, stored: int | None, written: str | None, how: str
) -> None:
    call = made(conn, call={"billed_s": stored, "data": {"billed_seconds": written}})
    told = explained(conn, call)["billed_s"]
    assert told.how.startswith(how)
    assert told.given == ((("billed_seconds", written),) if written else ())
