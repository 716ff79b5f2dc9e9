"""CSV files of no known format, read by a column map."""

import io
from datetime import UTC, datetime

import pytest

from cdrstats.errors import BadRequest
from cdrstats.sources import BadLine, ColumnMap, Options, column_map_of, read
from tests.test_sources import records

GOOD_MAP = {"starting_date": 1, "duration": 2}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("[]", "is a JSON object"),
        ("{", "is not JSON"),
        ('{"columns": {}, "colour": 1}', 'has "colour"'),
        ('{"columns": {"duration": 1}}', 'which column is "starting_date"'),
        ('{"columns": {"price": 1}}', 'maps "price"'),
        ('{"columns": {"duration": 0}}', "no name or position"),
        ('{"columns": {"duration": -1}}', "count from 1"),
        ('{"columns": {"duration": "D"}, "header": false}', "needs a position"),
        (
            '{"columns": {"starting_date": 1, "duration": 2}, "delimiter": "||"}',
            "one character",
        ),
        ('{"columns": {"starting_date": 1, "duration": 2}, "zone": "Mars/Base"}', "time zone"),
        ('{"columns": {"starting_date": 1, "duration": 2}, "time_format": "x"}', "time format"),
        (
            '{"columns": {"starting_date": 1, "duration": 2}, "units": {"duration": "h"}}',
            "unit",
        ),
        ('{"columns": {"starting_date": 1, "duration": 2}, "causes": {"a": "b"}}', "numbers"),
        ('{"columns": {"starting_date": 1, "duration": 2}, "skip_lines": "2"}', "whole number"),
    ],
)
def test_a_column_map_that_cannot_work_is_refused_with_a_sentence(given, sentence) -> None:
    with pytest.raises(BadRequest, match=sentence):
        column_map_of(given)


@pytest.mark.parametrize(
    ("unit", "text", "seconds"),
    [
        ("s", "12.9", 12),
        ("ms", "12960", 12),
        ("us", "12960000", 12),
        ("ns", "120000000000", 120),
        ("hms", "1:02:03", 3723),
        ("hms", "02:03", 123),
        ("hms", "75", 75),
    ],
)
def test_durations_come_in_many_units(unit: str, text: str, seconds: int) -> None:
    told = ColumnMap(GOOD_MAP, header=False, units={"duration": unit})
    (record,) = records("generic_csv", f"2026-03-10 12:00:01,{text}\n", Options(told))
    assert (record.duration, record.start_text) == (seconds, "2026-03-10 12:00:01")


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("epoch", "1773144001"),
        ("epoch_ms", "1773144001000"),
        ("epoch_us", "1773144001000000"),
        ("epoch_ns", "1773144001000000000"),
        ("%d/%m/%y %I:%M:%S %p %z", "10/03/26 02:00:01 PM +0200"),
        ("iso", "2026-03-10T12:00:01Z"),
        ("iso", "2026-03-10 17:30:01+05:30"),
    ],
)
def test_instants_come_in_many_forms(form: str, text: str) -> None:
    told = ColumnMap(GOOD_MAP, header=False, time_format=form)
    (record,) = records("generic_csv", f"{text},5\n", Options(told))
    assert record.start == datetime(2026, 3, 10, 12, 0, 1, tzinfo=UTC)


def test_a_header_that_lacks_a_mapped_column_says_so_for_every_line() -> None:
    told = Options(ColumnMap({"starting_date": "Start", "duration": "Length"}))
    items = list(read("generic_csv", io.BytesIO(b"Start,Len\na,b\n"), told))
    assert [item.reason for item in items if isinstance(item, BadLine)] == [
        'the header has no column "Length"'
    ] * 2


def test_generic_csv_without_a_map_is_refused() -> None:
    with pytest.raises(BadRequest, match="needs a column map"):
        read("generic_csv", io.BytesIO(), Options())
