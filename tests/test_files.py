"""Tables and charts of pages as files: what is in them, and that nothing in them runs."""

import io
import json
import re
import struct
import zlib
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pandas as pd
import pytest

from cdrstats.ui import charts, files

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DATA = pd.DataFrame(
    {
        "name": ["Spain", "=1+1", "+34650", "+cmd", ""],
        "calls": [3, 2, 1, 0, 0],
        "asr": [66.7, None, 0.0, None, None],
        "at": [pd.Timestamp(NOON)] * 5,
        "course": [[1, 2], [], [3], [4], [5]],
    }
)
BARS = pd.DataFrame(
    {"name": ["Spain", "France"], "value": [3, 1], "shown": ["3", "1"], "more": ["", ""]}
)


def test_csv_cells_that_a_spreadsheet_would_run_are_disarmed() -> None:
    text = files.table(DATA, "csv").decode()
    found = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    assert found["name"].tolist() == ["Spain", "'=1+1", "+34650", "'+cmd", ""]
    assert found["asr"].tolist() == ["66.7", "", "0.0", "", ""]
    assert found["at"][0] == "2026-03-10T12:00:00+00:00"
    assert found["course"][0] == "1, 2"


def test_xlsx_keeps_numbers_as_numbers_and_texts_as_texts() -> None:
    sheet: Any = openpyxl.load_workbook(io.BytesIO(files.table(DATA, "xlsx"))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0] == ("name", "calls", "asr", "at", "course")
    assert rows[1][:4] == ("Spain", 3, 66.7, "2026-03-10T12:00:00+00:00")
    assert rows[2][:3] == ("=1+1", 2, None)
    assert sheet["A3"].data_type == "s"


def test_json_and_parquet_hold_the_same_rows() -> None:
    rows = json.loads(files.table(DATA, "json"))
    assert rows[0] == {
        "name": "Spain",
        "calls": 3,
        "asr": 66.7,
        "at": "2026-03-10T12:00:00.000Z",
        "course": [1, 2],
    }
    assert rows[1]["asr"] is None
    found = pd.read_parquet(io.BytesIO(files.table(DATA, "parquet")))
    assert found["at"][0] == NOON
    assert found["calls"].tolist() == [3, 2, 1, 0, 0]


def ink(png: bytes) -> tuple[int, int, int]:
    """Width, height, and how many bytes of the picture are not white or transparent."""
    width, height = struct.unpack(">II", png[16:24])
    pieces, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            pieces += png[at + 8 : at + 8 + length]
        at += length + 12
    return width, height, sum(byte not in (0, 255) for byte in zlib.decompress(pieces))


def test_a_chart_is_drawn_with_its_words() -> None:
    spec = charts.spec("bars", "Calls", charts.CALLS, 2)
    svg = files.picture(spec, {"d": BARS}, "Top countries", "svg").decode()
    assert set(re.findall(r">([A-Z][a-z ]+)</text>", svg)) == {
        "Top countries",
        "Spain",
        "France",
    }
    width, height, inked = ink(files.picture(spec, {"d": BARS}, "Top countries", "png"))
    assert width > 2 * files.WIDTH
    assert height > 100
    assert inked > 1000


def test_the_map_has_its_countries_without_asking_anybody() -> None:
    data = pd.DataFrame({"id": ["724"], "name": ["Spain"], "value": [3], "shown": ["3"]})
    svg = files.picture(
        charts.spec("world", "Calls"), {"d": data}, "Destinations", "svg"
    ).decode()
    assert svg.count("<path") > 150


@pytest.mark.parametrize("kind", ["stacked", "plain"])
def test_a_chart_over_time_is_saved_as_times_and_values(kind: str) -> None:
    data = pd.DataFrame(
        {
            "start": [NOON, NOON],
            "end": [NOON, NOON],
            "name": ["a", "b"],
            "y": [2.0, 5.0],
            "y2": [0.0, 2.0],
            "value": [2.0, 3.0],
            "when": ["", ""],
            "shown": ["2", "3"],
        }
    )
    saved = charts.saved(kind, data)
    assert saved["value"].tolist() == ([2.0, 3.0] if kind == "stacked" else [2.0, 5.0])
    assert saved["time"][0] == pd.Timestamp("2026-03-10 12:00")
