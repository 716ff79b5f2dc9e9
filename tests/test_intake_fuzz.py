"""Whatever a file holds, every line of it is accounted for."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from cdrstats import intake

from .asterisk import master_csv, master_line

GOOD = master_csv(
    *[
        master_line(n, f"2026-03-10 12:{n:02d}:00", accountcode="A\N{EURO SIGN}")
        for n in range(8)
    ]
).encode()


@st.composite
def mutated(draw: Any) -> bytes:
    """The good file after a few cuts, changes, and doublings."""
    data = bytearray(GOOD)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.sampled_from(["change", "cut", "insert", "double", "end"])):
            case "change" if data:
                data[at] = draw(st.integers(0, 255))
            case "cut":
                del data[at : at + draw(st.integers(1, 60))]
            case "insert":
                data[at:at] = draw(
                    st.sampled_from([b"\0", b'"', b"\n", b",", b"\xff\xfe", b"9" * 12])
                )
            case "double":
                data += data[at : at + 200]
            case _:
                del data[at:]
    return bytes(data)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=mutated(), gui=st.booleans())
def test_read_is_the_sum_of_what_became_of_it(
    fresh_engine: Engine, folder: Path, data: bytes, gui: bool
) -> None:
    path = folder / "Master.csv"
    path.write_bytes(data)
    source = "asterisk_gui" if gui else "asterisk_csv"
    report = intake.load_file(fresh_engine, path, source, switch="pbx1")
    assert report.waiting == 0
    assert report.read == (
        report.imported + report.duplicates + report.rejected + report.bad + report.ignored
        + report.joined
    )  # fmt: skip
    again = intake.load_file(fresh_engine, path, source, switch="pbx1")
    assert again.imported == 0
    with fresh_engine.connect() as conn:
        calls, owned = conn.execute(
            text("SELECT count(*), count(DISTINCT dedup_key) FROM voip_cdr")
        ).one()
        assert calls == owned
