"""Bad input: whatever a file holds, readers tell it in sentences, lose nothing, and go on."""

import io
import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdrstats.sources import (
    ASSEMBLERS,
    BadLine,
    Item,
    Options,
    Part,
    Record,
    put_together,
    read,
)
from cdrstats.sources.fields import INT4
from tests.test_sources import GENERIC, SAMPLES

SAMPLE_FOLDER = Path(__file__).parent / "samples"
GOOD = (SAMPLE_FOLDER / "master21.csv").read_bytes().splitlines(keepends=True)[0]


def items_of(source: str, data: bytes, options: Options | None = None) -> list[Item]:
    return list(read(source, io.BytesIO(data), options or Options()))


def kinds(items: list[Item]) -> list[tuple[int, bool]]:
    return [(item.line, isinstance(item, Record)) for item in items]


def check(items: list[Item], source: str) -> None:
    """Everything that intake relies on."""
    lines = [item.line for item in items]
    assert len(lines) == len(set(lines))
    assert source in ASSEMBLERS or lines == sorted(lines)
    for item in items:
        if isinstance(item, Part):
            assert source in ASSEMBLERS
            assert item.key
            texts = [item.key, item.switch or "", json.dumps(item.data, ensure_ascii=False)]
        elif isinstance(item, BadLine):
            texts = [item.reason, item.text]
            assert item.reason
            assert len(item.text) < 2100
        else:
            texts = [
                item.feed,
                item.identity,
                item.switch or "",
                item.callid,
                item.caller_id_number,
                item.caller_id_name,
                item.destination_number,
                item.start_text or "",
                item.hangup_cause,
                item.channel,
                item.accountcode,
                item.leg_of or "",
                item.names_leg or "",
                json.dumps(item.extra, ensure_ascii=False, allow_nan=False),
            ]
            assert (item.start is None) != (item.start_text is None)
            assert item.start is None or item.start.tzinfo is not None
            for number in (item.duration, item.billsec, item.answersec, item.pdd_ms):
                assert number is None or -INT4 <= number <= INT4
        for text in texts:
            assert "\0" not in text
            assert "\\u0000" not in text
            text.encode()


def test_a_truncated_last_line_is_a_bad_line() -> None:
    for cut in range(2, len(GOOD) - 3):
        first, last = items_of("asterisk_csv", GOOD + GOOD[:-cut])
        assert isinstance(first, Record)
        assert isinstance(last, BadLine)
        assert last.reason.endswith("the file ends here, in the middle of a line")


def test_a_last_line_that_only_lacks_its_line_break_is_a_record() -> None:
    assert kinds(items_of("asterisk_csv", GOOD + GOOD.rstrip())) == [(1, True), (2, True)]


def test_a_line_of_ten_megabytes_is_bad_and_takes_no_memory() -> None:
    class Long(io.RawIOBase):
        """GOOD, a long line, GOOD, without ever being whole."""

        def __init__(self) -> None:
            self.parts = [GOOD, *[b"x" * 100_000] * 100, b"\n" + GOOD]

        def read(self, size: int = -1) -> bytes:
            return self.parts.pop(0) if self.parts else b""

    for source in ("asterisk_csv", "freeswitch_csv", "cdrstats_csv"):
        tracemalloc.start()
        items = list(read(source, Long(), Options()))  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 6_000_000
        assert [item.line for item in items] == [1, 2, 3]
        bad = items[1]
        assert isinstance(bad, BadLine)
        assert bad.reason == "the line is longer than 1,048,576 bytes"
        assert bad.text.endswith("... (10,000,000 characters in all)")
        assert len(bad.text) < 2100


@pytest.mark.parametrize("source", ["freeswitch_json", "freeswitch_xml"])
def test_a_document_of_ten_megabytes_is_bad_and_the_next_is_read(source: str) -> None:
    kind = source[-4:].strip("_")
    one = (SAMPLE_FOLDER / f"fs.{kind}").read_bytes()
    first, rest = one.split(b"\n", 1)
    if kind == "xml":
        first, rest = one[: one.index(b"</cdr>") + 7], one[one.index(b"</cdr>") + 7 :]
    before = len(items_of(source, one))
    huge = first.replace(b"PCMA", b"x" * 10_000_000)
    items = items_of(source, first + b"\n" + huge + b"\n" + rest)
    assert len(items) == before + 1
    bad = items[1]
    assert isinstance(bad, BadLine)
    assert bad.reason == "the document is longer than 2,097,152 characters"
    assert len(bad.text) < 2100
    assert isinstance(items[0], Record)


def test_nul_bytes_become_a_visible_mark() -> None:
    (record,) = items_of("asterisk_csv", GOOD.replace(b"Ann", b"A\0n"))
    assert isinstance(record, Record)
    assert record.caller_id_name == "A\u2400n"
    check([record], "asterisk_csv")


def test_bytes_that_are_not_utf8_do_not_abort_the_file() -> None:
    items = items_of("asterisk_csv", GOOD.replace(b"Ann", b"\xc1n\xf1a") + GOOD)
    assert [item.caller_id_name for item in items if isinstance(item, Record)] == [
        "\ufffdn\ufffda",
        "Ann",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_other_encodings_of_unicode_are_read(encoding: str) -> None:
    text = (GOOD * 3).decode().replace("Ann", "Añña").replace("\n", "\r\n")
    items = items_of("asterisk_csv", text.encode(encoding))
    assert [item.caller_id_name for item in items if isinstance(item, Record)] == ["Añña"] * 3


def test_blank_lines_are_neither_records_nor_bad() -> None:
    items = items_of("asterisk_csv", b"\r\n" + GOOD + b"\n   \n" + GOOD + b"\n\n")
    assert kinds(items) == [(2, True), (5, True)]


@pytest.mark.parametrize("source", ["asterisk_csv", "asterisk_gui"])
def test_a_stray_quote_takes_its_own_line_only(source: str) -> None:
    good = GOOD
    if source == "asterisk_gui":
        good = (SAMPLE_FOLDER / "gui.csv").read_bytes().splitlines(keepends=True)[1]
    open_quote = good.replace(b",114,", b',"114,').replace(b',"2001","346', b',"2001,"346')
    assert open_quote != good
    items = items_of(source, good + open_quote + good * 3)
    assert kinds(items) == [(1, True), (2, False), (3, True), (4, True), (5, True)]
    bad = items[1]
    assert isinstance(bad, BadLine)
    assert bad.reason == "a quote in this line is never closed"
    assert bad.text == open_quote.decode().rstrip()


def test_a_quoted_line_break_belongs_to_the_field() -> None:
    two_lines = GOOD.replace(b'PJSIP/out"', b'PJSIP/out\nx,"",y"')
    items = items_of("asterisk_csv", GOOD.replace(b"7\n", b"6\n") + two_lines + GOOD)
    assert kinds(items) == [(1, True), (2, True), (4, True)]


@pytest.mark.parametrize("year", ["1970", "2100"])
def test_an_implausible_but_real_date_is_left_to_mediation(year: str) -> None:
    (record,) = items_of("asterisk_csv", GOOD.replace(b"2026", year.encode()))
    assert isinstance(record, Record)
    assert record.start_text == f"{year}-03-10 12:00:01"


@pytest.mark.parametrize(
    "start", ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "2026-W10-1 12:00:01", "12:00", ""]
)
def test_what_is_no_date_is_a_bad_line(start: str) -> None:
    (bad,) = items_of("asterisk_csv", GOOD.replace(b"2026-03-10 12:00:01", start.encode()))
    assert isinstance(bad, BadLine)
    assert "the start" in bad.reason


@pytest.mark.parametrize(
    ("duration", "kept"),
    [("-5", -5), ("2147483647", 2147483647), (" 7 ", 7), ("7.0", 7)],
)
def test_a_duration_that_fits_passes(duration: str, kept: int) -> None:
    (record,) = items_of("asterisk_csv", GOOD.replace(b",69,", f",{duration},".encode()))
    assert isinstance(record, Record)
    assert record.duration == kept


@pytest.mark.parametrize(
    ("duration", "reason"),
    [
        ("2147483648", "the duration 2,147,483,648 is too large to be true"),
        ("9" * 400, f'the duration "{"9" * 80}..." is not a whole number'),
        ("1_000", 'the duration "1_000" is not a whole number'),
        ("", "the duration is empty"),
    ],
)
def test_a_duration_that_cannot_be_stored_is_a_bad_line(duration: str, reason: str) -> None:
    (bad,) = items_of("asterisk_csv", GOOD.replace(b",69,", f",{duration},".encode()))
    assert bad == BadLine(1, reason, bad.text)  # type: ignore[union-attr]


def test_long_texts_are_kept_whole() -> None:
    account, callid = "a" * 79, "1773144001." + "1" * 244
    line = GOOD.replace(b'"acme"', f'"{account}"'.encode(), 1)
    (record,) = items_of(
        "asterisk_csv", line.replace(b'"1773144001.1"', f'"{callid}"'.encode())
    )
    assert isinstance(record, Record)
    assert (record.accountcode, record.callid) == (account, callid)


def test_bad_text_is_cut_with_a_note() -> None:
    (bad,) = items_of("asterisk_csv", b"x" * 3000 + b"\n")
    assert isinstance(bad, BadLine)
    assert bad.text == "x" * 2000 + " ... (3,000 characters in all)"


NASTY = [
    b'"',
    b"\n",
    b"\r",
    b"\0",
    b",",
    b";",
    b"\xff",
    b"\xed\xa0\x80",
    b"{",
    b"}",
    b"<",
    b">",
]
NASTY += [b"[", b"\\", b"\\ud800", b"nan", b"1e999", b"&a;", b"%00", b"\xef\xbb\xbf", b"-", b""]
EDIT = st.tuples(
    st.floats(0, 1),
    st.integers(0, 40),
    st.one_of(st.sampled_from(NASTY), st.binary(max_size=9)),
)


def edited(data: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    for place, removed, put in edits:
        at = int(place * len(data))
        data = data[:at] + put + data[at + removed :]
    return data


@pytest.mark.parametrize(("sample", "source", "options", "_told"), SAMPLES)
@settings(max_examples=60, deadline=None)
@given(edits=st.lists(EDIT, min_size=1, max_size=6))
def test_mutated_files_never_raise(sample, source, options, _told, edits) -> None:
    data = edited((SAMPLE_FOLDER / sample).read_bytes(), edits)
    check(items_of(source, data, options), source)


@settings(max_examples=200, deadline=None)
@given(edits=st.lists(EDIT, min_size=1, max_size=8))
def test_every_line_of_a_mutated_file_is_accounted_for(edits) -> None:
    data = edited((SAMPLE_FOLDER / "master18.csv").read_bytes() * 2, edits)
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return
    items = items_of("asterisk_csv", data)
    lines = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
    begun = {item.line: item for item in items}
    within = None
    for number, line in enumerate(lines, start=1):
        within = begun.get(number, within)
        if number not in begun and line.strip():
            # Only a record with a line break in a quoted field covers further lines.
            assert isinstance(within, Record)
            assert lines[within.line - 1].count('"') % 2
    assert all(lines[number - 1].strip() for number in begun)


@pytest.mark.parametrize(
    ("source", "sample"),
    [
        ("asterisk_csv", "master21.csv"),
        ("freeswitch_csv", "fs_pusher14.csv"),
        ("freeswitch_json", "fs.json"),
        ("freeswitch_xml", "fs.xml"),
    ],
)
@settings(max_examples=100, deadline=None)
@given(edits=st.lists(EDIT, min_size=1, max_size=4))
def test_a_broken_record_does_not_take_its_neighbours(source, sample, edits) -> None:
    data = (SAMPLE_FOLDER / sample).read_bytes()
    one = data[: data.index(b"</cdr>") + 7] if source.endswith("xml") else data.split(b"\n")[0]
    one = one.strip() + b"\n"
    first = one.replace(b"0f1e2d3c", b"aaaaaaaa").replace(b"1773144001.1", b"1773144001.2")
    last = one.replace(b"0f1e2d3c", b"bbbbbbbb").replace(b"1773144001.1", b"1773144001.3")
    middle = edited(one.rstrip(), edits).replace(b"\n", b" ") + b"\n"
    items = items_of(source, first + middle + last)
    wanted = [items_of(source, alone)[0].callid for alone in (first, last)]  # type: ignore[union-attr]
    callids = [item.callid for item in items if isinstance(item, Record)]
    assert callids[0] == wanted[0]
    assert callids[-1] == wanted[1]
    check(items, source)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=400))
@pytest.mark.parametrize("source", [source for _, source, _, _ in SAMPLES])
def test_any_bytes_are_read_without_an_exception(source, data) -> None:
    check(items_of(source, data, GENERIC if source == "generic_csv" else None), source)


@pytest.mark.parametrize("duration", ["nan", "inf", "1e999:00:00", "x", "00:-inf:00"])
def test_a_duration_that_is_no_number_is_told(duration: str) -> None:
    line = f"Call 1,a,{duration},2026/03/10 10:00:00,,2026/03/10 10:00:05,Failed,Ext.1,Ext.2\n"
    (bad,) = items_of("3cx", line.encode())
    assert isinstance(bad, BadLine)
    assert "is not H:MM:SS" in bad.reason


@pytest.mark.parametrize(
    "start", ["Tue, 10 Mar 99999999999 09:00:00 +0000", "soon", "0001-01-01"]
)
def test_a_date_that_cannot_be_is_told(start: str) -> None:
    call = {"sid": "CA1", "status": "busy", "from": "1", "to": "2", "start_time": start}
    (bad,) = items_of("twilio", json.dumps(call).encode())
    assert isinstance(bad, BadLine)
    assert "is not a date" in bad.reason


def test_a_database_whose_tables_are_described_in_damaged_bytes_is_told() -> None:
    data = (SAMPLE_FOLDER / "fs.sqlite").read_bytes()
    damaged = data.replace(b"CREATE TABLE other", b"CR\x80ATE TABLE other")
    [bad] = items_of("freeswitch_sqlite", damaged)
    assert isinstance(bad, BadLine)
    assert bad.reason.startswith("the database cannot be read from here on (malformed")


@pytest.mark.parametrize("source", sorted(ASSEMBLERS))
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_parts_of_different_files_are_put_together_without_an_exception(source, data) -> None:
    [*samples] = [sample for sample, of, _, _ in SAMPLES if of == source]
    parts: list[Part] = []
    for _ in range(2):
        sample = data.draw(st.sampled_from(samples))
        edits = data.draw(st.lists(EDIT, max_size=4))
        for item in items_of(source, edited((SAMPLE_FOLDER / sample).read_bytes(), edits)):
            told = item.made_of if isinstance(item, Record) else (item,)
            parts += [one for one in told if isinstance(one, Part)]
    records, rest = put_together(data.draw(st.permutations(parts)), ASSEMBLERS[source])
    used = [id(part) for record in records for part in record.made_of]
    assert len(used) == len(set(used))
    assert {*used} | {id(part) for part in rest} == {id(part) for part in parts}
    numbered: list[Item] = [*records]
    for number, record in enumerate(records):
        assert record.made_of
        record.line = number
    check(numbered, source)


def test_half_a_character_and_nul_in_json_become_visible_marks() -> None:
    start = '"starting_date": "2026-03-10 12:00:00"'
    text = '{"callid": "a\\ud800\\u0000", ' + start + ', "duration": 1}'
    (good,) = items_of("cdrstats_json", text.encode())
    assert isinstance(good, Record)
    check([good], "cdrstats_json")
    wrong = text.replace("\\u0000", "").replace("2026", "\\ud800")
    (bad,) = items_of("cdrstats_json", wrong.encode())
    assert isinstance(bad, BadLine)
    check([bad], "cdrstats_json")
