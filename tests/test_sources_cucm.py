"""Cisco CUCM: calls, what was measured of their legs, and how the two come together."""

import io
from pathlib import Path

import pytest

from cdrstats.sources import BadLine, Item, Options, Part, Record, detect, put_together, read
from cdrstats.sources.cucm import assemble

SAMPLES = Path(__file__).parent / "samples"
CDR = (SAMPLES / "cucm_cdr.txt").read_text().split("\n")
CMR = (SAMPLES / "cucm_cmr.txt").read_text().split("\n")
HEADER, TYPES, CALL = CDR[:3]
NAMES = [name.strip('"') for name in HEADER.split(",")]


def items(*lines: str) -> list[Item]:
    return list(read("cucm", io.BytesIO(("\n".join(lines) + "\n").encode()), Options()))


def changed(line: str = CALL, **values: str) -> str:
    cells = line.split(",")
    for name, value in values.items():
        cells[NAMES.index(name)] = value
    return ",".join(cells)


def record(*lines: str) -> Record:
    (found,) = [item for item in items(*lines) if isinstance(item, Record)]
    return found


def parts(*lines: str) -> list[Part]:
    """What a database would know of lines: parts that wait, and those of what awaits more."""
    found: list[Part] = []
    for item in items(*lines):
        if isinstance(item, Record):
            found += item.made_of if item.awaits_more else ()
        elif isinstance(item, Part):
            found.append(item)
    return found


def reason(*lines: str) -> str:
    (found,) = items(*lines)
    assert isinstance(found, BadLine)
    return found.reason


def test_a_call_whose_quality_has_not_come_is_a_record_that_awaits_it() -> None:
    (call,) = items(HEADER, TYPES, CALL)
    assert isinstance(call, Record)
    assert call.awaits_more
    assert [part.line for part in call.made_of] == [3]
    assert "mos" not in call.extra


@pytest.mark.parametrize("order", [1, -1], ids=["call first", "quality first"])
def test_quality_of_another_file_makes_the_same_record_anew_with_more_in_it(order: int) -> None:
    first = record(HEADER, TYPES, CALL)
    known = [*parts(HEADER, TYPES, CALL), *parts(*CMR[:4])]
    (made,), rest = put_together(known[::order], assemble)
    assert (rest, made.awaits_more) == ([], False)
    assert (made.identity, made.feed, made.duration) == (first.identity, first.feed, 63)
    assert made.extra.items() >= first.extra.items()
    assert made.extra["mos"] == min(made.extra["orig_mos"], made.extra["dest_mos"]) == 3.52
    assert made.extra["orig_mos"] == 4.41


def test_one_side_is_told_at_once_and_the_other_completes_it() -> None:
    known = [*parts(HEADER, TYPES, CALL), *parts(*CMR[:3])]
    (half,) = assemble(known)
    assert half.extra["mos"] == 4.41
    assert half.awaits_more
    (whole,), rest = put_together([*known, *parts(*CMR[:2], CMR[3])], assemble)
    assert (whole.extra["mos"], whole.extra["orig_mos"]) == (3.52, 4.41)
    assert (rest, whole.awaits_more) == ([], False)


def test_quality_of_a_leg_of_no_known_call_waits() -> None:
    stranger = changed(CALL, origLegCallIdentifier="901", destLegIdentifier="902")
    quality = parts(*CMR[:3])
    (found,), left = put_together([*parts(HEADER, TYPES, stranger), *quality], assemble)
    assert "mos" not in found.extra
    assert left == quality


def test_a_leg_that_two_calls_share_tells_both_and_is_a_part_of_one() -> None:
    other = changed(CALL, pkid='"0f1e2d3c-0000-4000-8000-000000000077"')
    first, second = assemble([*parts(HEADER, TYPES, CALL, other), *parts(*CMR[:4])])
    assert first.extra["mos"] == second.extra["mos"] == 3.52
    assert [len(one.made_of) for one in (first, second)] == [3, 1]


def test_a_quality_of_nought_and_what_was_never_received_are_not_told() -> None:
    none = CMR[2].replace("MLQKav=4.4100", "MLQKav=0.0000").replace(",2990,", ",0,")
    found = record(*CMR[:2], none, HEADER, TYPES, CALL)
    assert not {"mos", "orig_mos", "jitter_ms", "packets_lost", "latency_ms"} & set(found.extra)


def test_a_jitter_of_nought_that_was_measured_is_told() -> None:
    found = record(*CMR[:2], CMR[2].replace(",4,7,0,", ",0,0,0,"), HEADER, TYPES, CALL)
    assert (found.extra["jitter_ms"], found.extra["packets_lost"]) == (0, 0)
    assert "latency_ms" not in found.extra


def test_all_records_of_a_call_are_linked_and_each_is_one() -> None:
    other = changed(CALL, pkid='"0f1e2d3c-0000-4000-8000-0000000c0099"')
    one, two = (item for item in items(HEADER, TYPES, CALL, other) if isinstance(item, Record))
    assert one.extra["linkedid"] == two.extra["linkedid"] == "example-2-7001"
    assert one.identity != two.identity


def test_the_leg_of_a_recorder_is_no_call_of_its_own() -> None:
    assert record(HEADER, TYPES, CDR[4]).leg_of == "leg 501"
    with_codec = changed(CDR[4], origMediaCap_payloadCapability="4")
    assert not record(HEADER, TYPES, with_codec).awaits_more


@pytest.mark.parametrize(
    ("orig", "dest", "cause", "name"),
    [
        ("16", "0", 16, ""),
        ("0", "17", 17, ""),
        ("16", "19", 19, ""),
        ("0", "0", 16, ""),
        ("393216", "393216", 16, "Call split"),
        ("0", "458752", 16, "Conference drop"),
        ("0", "1191182367", 31, "SIP 487"),
        ("0", "83886081", 1, "SIP 404"),
        ("0", "-1493172161", 63, "SIP 503"),
        ("0", "2801795135", 63, "SIP 503"),
        ("0", "129", 127, "Cisco 129"),
    ],
)
def test_the_cause_is_that_of_the_side_that_tells_one(orig, dest, cause, name) -> None:
    found = record(HEADER, TYPES, changed(origCause_value=orig, destCause_value=dest))
    assert (found.hangup_cause_id, found.hangup_cause) == (cause, name)
    assert found.extra.get("sip_term_status", "") == name.removeprefix("SIP ") * ("SIP" in name)
    assert ("hangup_cause_derived" in found.extra) == bool(name)


def test_a_call_that_was_not_answered_and_tells_no_cause_has_none() -> None:
    line = changed(dateTimeConnect="0", duration="0", origCause_value="0")
    found = record(HEADER, TYPES, line)
    assert (found.answered, found.answersec, found.hangup_cause_id) == (False, None, None)


@pytest.mark.parametrize(
    ("number", "address"),
    [("-939392832", "192.0.2.200"), ("235012288", "192.0.2.14"), ('"x"', "x")],
)
def test_addresses_are_signed_and_their_lowest_byte_comes_first(number, address) -> None:
    found = record(HEADER, TYPES, changed(origIpAddr=number))
    assert found.extra["origIpAddr"] == address


def test_names_in_any_case_and_of_older_versions_are_known() -> None:
    header = HEADER.upper().replace("DESTLEGIDENTIFIER", "destLegCallIdentifier")
    assert record(header, TYPES, CALL).extra == record(HEADER, TYPES, CALL).extra


def test_columns_are_found_by_name_wherever_they_stand() -> None:
    turned = [",".join(reversed(line.split(","))) for line in (HEADER, TYPES, CALL)]
    assert record(*turned).extra == record(HEADER, TYPES, CALL).extra


def test_without_a_header_the_order_of_today_is_taken_and_others_are_refused() -> None:
    assert record(CALL).extra == record(HEADER, TYPES, CALL).extra
    assert record(CALL).identity == record(HEADER, TYPES, CALL).identity
    shorter = ",".join(CALL.split(",")[:112])
    assert reason(shorter) == "it has 112 columns, and no header tells what is in them"


def test_types_are_passed_over_whatever_they_are_called() -> None:
    assert items(HEADER, TYPES) == []
    assert items(TYPES.replace("VARCHAR(50)", "STRING")) == []


def test_the_start_of_a_call_is_passed_over() -> None:
    assert items(HEADER, TYPES, changed(cdrRecordType="0")) == []


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"pkid": '""'}, "it has no pkid"),
        ({"globalCallID_callId": "0"}, "it has no globalCallID_callId"),
        ({"dateTimeOrigination": "0"}, "it has no dateTimeOrigination"),
        ({"dateTimeConnect": "12"}, 'the dateTimeConnect "12" is not an epoch'),
        ({"duration": "-1"}, 'the duration "-1" is not a number of seconds'),
        ({"destCause_value": "busy"}, 'the cause "busy" is not a number'),
        ({"cdrRecordType": "2"}, 'its cdrRecordType "2" is not 1'),
    ],
)
def test_what_cannot_be_read_is_told(values, told) -> None:
    assert reason(HEADER, TYPES, changed(**values)) == told


def test_who_dials_0_has_dialled_something() -> None:
    line = changed(originalCalledPartyNumber='"0"', finalCalledPartyNumber='"2000"')
    assert record(HEADER, TYPES, line).destination_number == "0"


def test_codes_of_authorization_are_not_kept() -> None:
    line = changed(authorizationCodeValue='"4711"')
    assert "4711" not in str(items(HEADER, TYPES, line))


def test_a_file_without_a_header_is_known_by_its_pkid() -> None:
    assert "133 columns, a UUID where its pkid is" in detect(CALL.encode(), "x").how
    assert detect(CMR[2].encode(), "x").source == "cucm"


def test_more_calls_than_are_held_are_each_told_once() -> None:
    lines = [
        changed(
            globalCallID_callId=str(number),
            pkid=f'"0f1e2d3c-0000-4000-8000-{number:012}"',
        )
        for number in range(1, 2_101)
    ]
    found = items(HEADER, TYPES, *lines)
    assert sum(isinstance(item, Record) for item in found) == 2_100
    assert len(found) == 2_100
