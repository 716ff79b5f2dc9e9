"""FreeSWITCH's legs: a call is its A leg, whatever the format and order of the legs."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from cdrstats import intake, mediation
from cdrstats.db.schema import cdr_import, voip_cdr

A, B = "11111111-7bd1-41e5-a230-5c514f6a0f72", "22222222-7bd1-41e5-a230-5c514f6a0f72"


def csv_line(uuid: str, bleg: str = "") -> str:
    cells = (
        "Bob", "1001", "442079460000", "default", "2026-03-10 12:00:00", "2026-03-10 12:00:04",
        "2026-03-10 12:00:14", "14", "10", "NORMAL_CLEARING", uuid, bleg, "", "PCMA", "PCMA",
    )  # fmt: skip
    return ",".join(f'"{cell}"' for cell in cells) + "\n"


def legs_of(engine: Engine) -> dict[str, str | None]:
    with engine.connect() as conn:
        rows = conn.execute(select(cdr_import.c.callid, cdr_import.c.outcome))
        return {row.callid: row.outcome for row in rows}


def calls_of(engine: Engine) -> list[str]:
    with engine.connect() as conn:
        return list(conn.execute(select(voip_cdr.c.callid)).scalars())


@pytest.mark.parametrize("order", [(B, A), (A, B)])
@pytest.mark.parametrize("files", [1, 2])
def test_a_b_leg_in_csv_is_ignored_whichever_comes_first(
    fresh_engine: Engine, tmp_path: Path, order: tuple[str, str], files: int
) -> None:
    lines = {A: csv_line(A, bleg=B), B: csv_line(B)}
    if files == 1:
        path = tmp_path / "Master.csv"
        path.write_text("".join(lines[leg] for leg in order))
        report = intake.load_file(fresh_engine, path, switch="fs1")
        assert (report.read, report.imported, report.ignored) == (2, 1, 1)
    else:
        for leg in order:
            path = tmp_path / f"{leg}.csv"
            path.write_text(lines[leg])
            intake.load_file(fresh_engine, path, switch="fs1")
    assert legs_of(fresh_engine) == {A: "call", B: "ignored"}
    assert calls_of(fresh_engine) == [A]

    mediation.flag_anew(fresh_engine)
    mediation.mediate(fresh_engine)
    assert legs_of(fresh_engine) == {A: "call", B: "ignored"}
    assert calls_of(fresh_engine) == [A]


def test_legs_that_name_each_other_are_not_both_lost(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "Master.csv"
    path.write_text(csv_line(A, bleg=B) + csv_line(B, bleg=A))
    report = intake.load_file(fresh_engine, path, switch="fs1")
    assert (report.read, report.imported, report.ignored) == (2, 2, 0)


def document(uuid: str, **variables: str) -> str:
    return json.dumps(
        {
            "switchname": "fs1",
            "variables": {
                "uuid": uuid, "start_epoch": "1773144000", "answer_epoch": "1773144004",
                "end_epoch": "1773144014", "duration": "14", "billsec": "10",
                "hangup_cause": "NORMAL_CLEARING", "hangup_cause_q850": "16",
                "direction": "inbound", **variables,
            },
            "callflow": {
                "caller_profile": {
                    "caller_id_number": "1001", "caller_id_name": "Bob", "uuid": uuid,
                    "destination_number": "442079460000",
                }
            },
        }
    )  # fmt: skip


def test_a_json_document_is_the_call_that_the_csv_line_was(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    csv_file = tmp_path / "Master.csv"
    csv_file.write_text(csv_line(A))
    intake.load_file(fresh_engine, csv_file, switch="fs1")
    json_file = tmp_path / f"{A}.cdr.json"
    json_file.write_text(document(A))
    report = intake.load_file(fresh_engine, json_file, switch="fs1")
    assert (report.read, report.duplicates) == (1, 1)


def test_a_b_leg_in_json_names_its_a_leg_and_is_ignored(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "b.cdr.json"
    path.write_text(document(B, direction="outbound", originating_leg_uuid=A))
    report = intake.load_file(fresh_engine, path)
    assert (report.read, report.ignored) == (1, 1)


def test_an_outbound_leg_that_names_no_a_leg_is_a_call(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    path = tmp_path / "click-to-call.cdr.json"
    path.write_text(document(B, direction="outbound"))
    report = intake.load_file(fresh_engine, path)
    assert (report.read, report.imported) == (1, 1)
