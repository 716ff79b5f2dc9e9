"""MOS, SIP status and billable seconds: taken from a record where they can be one."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, select

from cdrstats import mediation
from cdrstats.db.schema import voip_cdr

from .factories import add_staged

TOLD: list[tuple[Any, tuple[Any, ...]]] = [
    ({"mos": 4.5, "sip_term_status": "200", "billed_seconds": 60}, (Decimal("4.5"), 200, 60)),
    ({"mos": "3.93", "sip_term_status": 486, "billed_seconds": "0"}, (Decimal("3.93"), 486, 0)),
    ({"mos": 1, "billed_seconds": 60.0}, (1, None, 60)),
    ({"mos": "5.000000", "sip_term_status": "100"}, (5, 100, None)),
    ({"mos": 3.9000000000000004}, (Decimal("3.9000000000000004"), None, None)),
    ({"mos": 999_999_999, "billed_seconds": 999_999_999}, (None, None, 999_999_999)),
]
NONSENSE: list[Any] = [
    None,
    {},
    [],
    ["mos", 4],
    "mos",
    *({"mos": bad} for bad in ("", "good", "NaN", "Infinity", "-4", "4,1", "4.", " 4", "4e0")),
    *(
        {"mos": bad}
        for bad in (0, 0.99, 5.01, -1, True, None, [4], {"mos": 4}, "4\n", "4." + "1" * 99)
    ),
    *(
        {"sip_term_status": bad}
        for bad in ("", "99", "700", "2000", "20x", "SIP 200", -200, 200.5)
    ),
    *({"sip_term_status": bad} for bad in (None, True, [200], "٢٠٠")),
    *({"billed_seconds": bad} for bad in ("", "-1", -1, "1.5", 1.5, "1e3", 10**10, "x", None)),
    *({"billed_seconds": bad} for bad in ([60], "٦٠")),
]


def mediated(engine: Engine, extradata: list[Any]) -> list[tuple[Any, ...]]:
    """The three columns of the calls that came of rows with `extradata`, in their order."""
    with engine.begin() as conn:
        for extra in extradata:
            add_staged(conn, extradata=extra)
    assert mediation.mediate(engine).outcomes == {"call": len(extradata)}
    call = voip_cdr.c
    query = select(call.mos, call.sip_status, call.billed_s).order_by(call.import_id)
    with engine.connect() as conn:
        return [tuple(row) for row in conn.execute(query)]


def test_what_a_record_tells_is_stored(fresh_engine: Engine) -> None:
    found = mediated(fresh_engine, [extra for extra, _ in TOLD])
    assert found == [expected for _, expected in TOLD]


def test_nonsense_is_not_known_and_never_an_error(fresh_engine: Engine) -> None:
    found = mediated(fresh_engine, NONSENSE)
    assert [
        (extra, row)
        for extra, row in zip(NONSENSE, found, strict=True)
        if row != (None, None, None)
    ] == []
