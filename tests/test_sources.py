"""Golden files: tests/samples/<file> read must equal tests/golden/<file>.txt.

After an intended change: UPDATE_GOLDEN=1 pytest tests/test_sources.py, then read the diff.
"""

import gzip
import io
import os
from dataclasses import fields
from pathlib import Path

import pytest

from cdrstats.errors import BadRequest
from cdrstats.sources import (
    READERS,
    BadLine,
    Item,
    Options,
    Part,
    Record,
    column_map_of,
    detect,
    open_bytes,
    read,
)

HERE = Path(__file__).parent

GENERIC = Options(
    column_map_of(
        """{
        "skip_lines": 1, "delimiter": ";", "time_format": "%d.%m.%Y %H:%M:%S",
        "zone": "Europe/Berlin", "units": {"duration": "ms", "billsec": "hms"},
        "causes": {"ok": 16, "busy": 17},
        "columns": {"starting_date": "Start", "answer": "Answered", "caller_id_number": "From",
            "destination_number": 4, "duration": "Length", "billsec": "Talk",
            "hangup_cause": "Result"}
        }"""
    )
)
# file, source, options, whether its bytes alone tell the source
SAMPLES = [
    ("master18.csv", "asterisk_csv", Options(), True),
    ("master21.csv", "asterisk_csv", Options(), True),
    ("custom.csv", "asterisk_custom", Options(), True),
    ("gui.csv", "asterisk_gui", Options(), True),
    ("fs_legs.csv", "freeswitch_csv", Options(), True),
    ("fs_pusher14.csv", "freeswitch_csv", Options(), True),
    ("fs.json", "freeswitch_json", Options(), True),
    ("fs.xml", "freeswitch_xml", Options(), True),
    ("cdrstats.csv", "cdrstats_csv", Options(), True),
    ("generic.csv", "generic_csv", GENERIC, False),
    ("cdrstats.json", "cdrstats_json", Options(), True),
    ("fs.sqlite", "freeswitch_sqlite", Options(), True),
    ("broadworks.xml", "broadworks_xml", Options(), True),
    ("3cx.log", "3cx", Options(), True),
    ("twilio.csv", "twilio", Options(), True),
    ("twilio.json", "twilio", Options(), True),
    ("telnyx.csv", "telnyx", Options(), True),
    ("telnyx.json", "telnyx", Options(), True),
    ("kamailio.sql", "kamailio_acc", Options(), True),
    ("kamailio.csv", "kamailio_acc", Options(), True),
    ("cel.csv", "asterisk_cel", Options(), True),
    ("cel.txt", "asterisk_cel", Options(), True),
    ("cel.sql", "asterisk_cel", Options(), True),
    ("kamailio_cdrs.sql", "kamailio_cdrs", Options(), True),
    ("kamailio_cdrs.csv", "kamailio_cdrs", Options(), True),
    ("opensips_acc.sql", "opensips_acc", Options(), True),
    ("opensips_acc.csv", "opensips_acc", Options(), True),
    ("yate.tsv", "yate", Options(), True),
    ("yate.csv", "yate", Options(), True),
    ("cucm_cdr.txt", "cucm", Options(), True),
    ("cucm_cmr.txt", "cucm", Options(), True),
    ("cucm.txt", "cucm", Options(), True),
    ("avaya_smdr.csv", "avaya_smdr", Options(), True),
    ("opensips.log", "opensips_flatstore", Options(), True),
]
EMPTY = Record(0, 0, "", "")


def records(source: str, text: str, options: Options | None = None) -> list[Record]:
    """The records of a text that has no bad line."""
    items = list(read(source, io.BytesIO(text.encode()), options or Options()))
    assert all(isinstance(item, Record) for item in items), items
    return items  # type: ignore[return-value]


def bad(source: str, text: str, options: Options | None = None) -> str:
    """The reason of the one bad line that a text is."""
    (item,) = read(source, io.BytesIO(text.encode()), options or Options())
    assert isinstance(item, BadLine)
    return item.reason


def told(item: Item) -> str:
    """An item in a few lines: what differs from an empty record."""
    if isinstance(item, Part):
        return f"Part {item.line} of {item.key}: {item.data}\n"
    if isinstance(item, BadLine):
        return f"BadLine {item.line}: {item.reason}\n    {item.text!r}\n"
    lines = [f"Record {item.line}\n"]
    for one in fields(Record)[1:]:
        value = getattr(item, one.name)
        if one.name == "made_of":
            value = tuple(part.line for part in value)
        if value != getattr(EMPTY, one.name):
            lines.append(f"    {one.name} = {value!r}\n")
    return "".join(lines)


@pytest.mark.parametrize(("sample", "source", "options", "_told"), SAMPLES)
def test_a_sample_reads_as_recorded(sample, source, options, _told) -> None:
    with open_bytes(HERE / "samples" / sample) as stream:
        actual = "".join(told(item) for item in read(source, stream, options))
    golden = HERE / "golden" / f"{sample}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(actual, "utf-8")
    assert actual == golden.read_text("utf-8")


@pytest.mark.parametrize(("sample", "source", "_options", "is_told"), SAMPLES)
def test_a_format_is_told_by_its_bytes_and_says_how(sample, source, _options, is_told) -> None:
    data = (HERE / "samples" / sample).read_bytes()
    marked = data if data.startswith(b"SQLite") else b"\xef\xbb\xbf" + data
    for head in (data, gzip.compress(data), marked):
        found = detect(head, sample)
        assert found.source == (source if is_told else "unknown")
        assert len(found.how) > 10


def test_detection_names_what_it_saw() -> None:
    master = (HERE / "samples" / "master18.csv").read_bytes()
    assert detect(master, "Master.csv").how == (
        "18 columns, the 17th is a uniqueid: Asterisk Master.csv"
    )


@pytest.mark.parametrize(
    ("head", "how"),
    [
        (b"", "the file is empty"),
        (b" \n\r\n", "the file is empty"),
        (b"\x7fELF\x02\x01\x01" + bytes(200), "the file is not text"),
        (bytes(range(256)) * 8, "the file is not text"),
        (b"hello\nworld\n", "no line has the columns"),
        (b"<html><body/></html>", "its root is <html>"),
        (b'{"a": 1}', "not a call of FreeSWITCH"),
    ],
)
def test_what_is_no_call_file_is_unknown(head, how) -> None:
    found = detect(head, "x")
    assert found.source == "unknown"
    assert how in found.how


def test_a_bad_first_line_does_not_mislead_detection() -> None:
    master = (HERE / "samples" / "master21.csv").read_bytes()
    assert detect(b'"cut off","rest\n' + master, "x").source == "asterisk_csv"


def test_freeswitchs_asterisk_template_is_not_taken_for_asterisk() -> None:
    line = (
        b'"acme","1001","1002","default",""Ann" <1001>","sofia/a","sofia/b","bridge","x",'
        b'"2026-03-10 12:00:01","","2026-03-10 12:00:09","8","0","NO_ANSWER","3",'
        b'"0f1e2d3c-0000-4000-8000-0000000000e2",""\n'
    )
    assert detect(line, "Master.csv").source == "freeswitch_csv"
    (record,) = read("freeswitch_csv", io.BytesIO(line), Options())
    assert isinstance(record, Record)
    assert (record.caller_id_name, record.caller_id_number) == ("Ann", "1001")
    assert (record.channel, record.accountcode, record.answered) == ("sofia/a", "acme", False)


def test_an_unknown_source_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadRequest, match="asterisk_csv"):
        read("nortel", io.BytesIO(), Options())


@pytest.mark.parametrize("source", sorted(set(READERS) - {"generic_csv"}))
@pytest.mark.parametrize("data", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf"])
def test_a_file_of_nothing_has_no_records_and_no_bad_lines(source, data) -> None:
    assert list(read(source, io.BytesIO(data), Options())) == []


@pytest.mark.parametrize("source", ["asterisk_gui", "cdrstats_csv"])
def test_a_header_alone_has_no_records(source) -> None:
    sample = "gui.csv" if source == "asterisk_gui" else "cdrstats.csv"
    header = (HERE / "samples" / sample).read_bytes().split(b"\n")[0]
    assert list(read(source, io.BytesIO(header), Options())) == []


def test_gzip_is_read_whatever_the_name(tmp_path: Path) -> None:
    data = (HERE / "samples" / "master21.csv").read_bytes()
    (tmp_path / "Master.csv").write_bytes(gzip.compress(data))
    with open_bytes(tmp_path / "Master.csv") as stream:
        assert len(list(read("asterisk_csv", stream, Options()))) == 3


def test_a_truncated_gzip_file_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    data = (HERE / "samples" / "master21.csv").read_bytes()
    packed = gzip.compress(data * 2000 + os.urandom(100_000).hex().encode() + b"\n")
    (tmp_path / "x").write_bytes(packed[: len(packed) // 2])
    with open_bytes(tmp_path / "x") as stream:
        *items, last = read("asterisk_csv", stream, Options())
    assert len(items) >= 6000
    assert isinstance(last, BadLine)
    assert "gzip file ends too early" in last.reason


def test_a_damaged_gzip_file_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    data = (HERE / "samples" / "fs.json").read_bytes()
    packed = bytearray(gzip.compress(data))
    packed[-5] ^= 0xFF
    (tmp_path / "x").write_bytes(packed)
    with open_bytes(tmp_path / "x") as stream:
        *_, last = read("freeswitch_json", stream, Options())
    assert isinstance(last, BadLine)
    assert "damaged" in last.reason
