"""The quirks of FreeSWITCH's files, one by one (docs/sources.md names them)."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cdrstats.sources import BadLine, Options, Record, read
from tests.test_sources import bad, records

UUID_A = "0f1e2d3c-0000-4000-8000-00000000000a"
UUID_B = "0f1e2d3c-0000-4000-8000-00000000000b"


def line(uuid: str, bleg: str = "", **cells: str) -> str:
    told = {"name": "Ann", "start": "2026-03-10 12:00:01", "cause": "NORMAL_CLEARING", **cells}
    values = [told["name"], "1001", "1002", "default", told["start"], "", told["start"]]
    values += ["5", "0", told["cause"], uuid, bleg, "", "PCMA", "PCMA"]
    return ",".join(f'"{value}"' for value in values) + "\n"


def test_a_b_leg_learns_of_its_a_leg_whichever_comes_first() -> None:
    for text in (line(UUID_B) + line(UUID_A, UUID_B), line(UUID_A, UUID_B) + line(UUID_B)):
        legs = {item.callid: item for item in records("freeswitch_csv", text)}
        assert legs[UUID_B].leg_of == UUID_A
        assert legs[UUID_A].leg_of is None
        assert legs[UUID_A].names_leg == UUID_B


def test_a_leg_that_names_another_is_a_call_even_if_it_is_named_itself() -> None:
    items = records("freeswitch_csv", line(UUID_A, UUID_B) + line(UUID_B, UUID_A))
    assert [item.leg_of for item in items] == [None, None]


def test_a_b_leg_far_away_is_left_to_whoever_reads_names_leg() -> None:
    between = "".join(line(f"{number:032x}") for number in range(1, 3000))
    items = records("freeswitch_csv", line(UUID_B) + between + line(UUID_A, UUID_B))
    assert [item.line for item in items] == list(range(1, 3002))
    assert items[0].leg_of is None
    assert items[-1].names_leg == UUID_B


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ORIGINATOR_CANCEL", 487),
        ("CRASH", 700),
        ("USER_NOT_REGISTERED", 806),
        ("GATEWAY_DOWN", 809),
        ("REJECT_ALL", 825),
        ("NORMAL_CLEARING", 16),
        ("SUBSCRIBER_ABSENT", 20),
        ("OF_THEIR_OWN", None),
    ],
)
def test_the_name_of_the_cause_decides_its_code(name, code) -> None:
    (record,) = records("freeswitch_csv", line(UUID_A, cause=name))
    assert (record.hangup_cause, record.hangup_cause_id) == (name, code)


def test_a_caller_name_with_a_quote_or_a_line_break_is_read() -> None:
    text = line(UUID_A, name='A "B" \nC') + line(UUID_B, name='"')
    assert [item.caller_id_name for item in records("freeswitch_csv", text)] == [
        'A "B" \nC',
        '"',
    ]


def document(**variables: Any) -> dict[str, Any]:
    told = {
        "uuid": UUID_A,
        "start_epoch": "1773144001",
        "duration": "5",
        "billsec": "0",
        "hangup_cause": "ORIGINATOR_CANCEL",
        "hangup_cause_q850": "16",
        **variables,
    }
    profile = {"caller_id_number": "1001", "destination_number": "1002"}
    return {
        "variables": {name: value for name, value in told.items() if value is not None},
        "callflow": {"caller_profile": profile, "times": {}},
    }


def json_record(**variables: Any) -> Record:
    (record,) = records("freeswitch_json", json.dumps(document(**variables)))
    return record


def test_documents_one_a_line_concatenated_or_in_an_array() -> None:
    one = json.dumps(document())
    pretty = json.dumps(document(), indent=4)
    for text in (f"{one}\n{one}\n", one + one, f"[{one},\n{one}]", f"{pretty}\n{pretty}"):
        assert [item.line for item in records("freeswitch_json", text)] == [1, 2]


@pytest.mark.parametrize("number", ["nan", "-nan", "NaN", "inf", "-inf", "-Infinity"])
def test_what_c_prints_for_no_number_is_no_quality(number: str) -> None:
    text = json.dumps({**document(), "callStats": {"audio": {"inbound": {"mos": "@"}}}})
    (record,) = records("freeswitch_json", text.replace('"@"', number))
    assert "mos" not in record.extra


def test_a_text_that_says_nan_is_left_alone() -> None:
    text = json.dumps({**document(accountcode="x: nan, -inf"), "q": "@"}).replace('"@"', "nan")
    (record,) = records("freeswitch_json", text)
    assert record.accountcode == "x: nan, -inf"


def test_percent_signs_are_decoded_once_and_only_where_they_encode() -> None:
    encoded = json_record(start_stamp="2026-03-10%2012%3A00%3A01", accountcode="a%2525+b%2Bc")
    assert encoded.accountcode == "a%25+b+c"
    plain = json_record(start_stamp="2026-03-10 12:00:01", accountcode="50%25")
    assert plain.accountcode == "50%25"
    no_stamp = json_record(sip_from_uri="1%4010.0.0.1", accountcode="a%20b")
    assert no_stamp.accountcode == "a b"
    no_stamp = json_record(sip_from_uri="1@10.0.0.1", accountcode="50%25")
    assert no_stamp.accountcode == "50%25"


def test_the_start_is_the_finest_epoch_else_the_local_stamp() -> None:
    fine = json_record(start_uepoch="1773144001250000")
    assert fine.start == datetime(2026, 3, 10, 12, 0, 1, 250000, tzinfo=UTC)
    local = json_record(start_epoch="0", start_stamp="2026-03-10 13:00:01")
    assert (local.start, local.start_text) == (None, "2026-03-10 13:00:01")


def test_nought_means_never() -> None:
    record = json_record(
        answer_epoch="0", progress_epoch="0", progresssec="0", waitsec="0", answersec="0"
    )
    assert record.answered is False
    assert (record.answersec, record.progresssec, record.waitsec) == (None, None, None)
    assert record.pdd_ms is None


def test_post_dial_delay_is_told_only_by_calls_that_reached_it() -> None:
    rung = json_record(progress_epoch="1773144002", progressmsec="900", progress_mediamsec="0")
    assert rung.pdd_ms == 900


def test_a_missing_duration_is_the_difference_of_epochs() -> None:
    record = json_record(
        duration=None, billsec=None, end_epoch="1773144031", answer_epoch="1773144011"
    )
    assert (record.duration, record.billsec, record.answered) == (30, 20, True)
    text = json.dumps(document(duration=None))
    assert bad("freeswitch_json", text) == "it tells no duration"


@pytest.mark.parametrize(
    ("variables", "leg_of"),
    [
        ({"direction": "outbound", "originating_leg_uuid": UUID_B}, UUID_B),
        ({"direction": "outbound", "call_uuid": UUID_B}, UUID_B),
        ({"direction": "outbound", "call_uuid": UUID_A}, None),
        ({"direction": "outbound"}, None),
        ({"direction": "inbound", "call_uuid": UUID_B}, None),
        ({"call_uuid": UUID_B}, None),
        ({"originating_leg_uuid": UUID_B}, UUID_B),
    ],
)
def test_a_b_leg_names_its_a_leg(variables, leg_of) -> None:
    assert json_record(**variables).leg_of == leg_of


def test_an_originator_in_the_caller_profile_names_the_a_leg_too() -> None:
    for originator in (
        {"originator_caller_profiles": [{"uuid": UUID_B}]},
        {"originator_caller_profile": {"uuid": UUID_B}},
    ):
        told = document(direction="outbound")
        told["callflow"]["caller_profile"]["originator"] = originator
        (record,) = records("freeswitch_json", json.dumps(told))
        assert record.leg_of == UUID_B


def test_lone_surrogates_and_escaped_nuls_become_marks() -> None:
    record = json_record(accountcode="a\ud800b\0c\U0001f600")
    assert record.accountcode == "a\ufffdb\u2400c\U0001f600"
    record = json_record(start_stamp="2026-03-10%2012%3A00%3A01", accountcode="a%00b%ED%A0%80")
    assert record.accountcode.startswith("a\u2400b\ufffd")


def test_json_nested_without_end_is_a_bad_line() -> None:
    reason = bad("freeswitch_json", '{"a":' + "[" * 200_000 + "]" * 200_000 + "}")
    assert reason == "it is nested too deep"


XML = (
    '<?xml version="1.0"?><cdr><variables><uuid>%s</uuid><start_epoch>1773144001</start_epoch>'
    "<duration>5</duration>%s</variables></cdr>\n"
)


def test_xml_with_unbound_prefixes_and_repeated_elements() -> None:
    more = (
        "<nolocal:x>1</nolocal:x><accountcode>a%2Bb</accountcode><accountcode>c</accountcode>"
    )
    (record,) = records("freeswitch_xml", XML % (UUID_A, more))
    assert record.accountcode == "a+b"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<!DOCTYPE cdr SYSTEM 'file:///etc/passwd'>" + XML % (UUID_A, ""), "refused"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]>" + XML % ("&a;", ""), "refused"),
        (XML % ("&a;", ""), "it is not XML: undefined entity"),
        (XML % (UUID_A, "<a>" * 200 + "</a>" * 200), "nested more than 100 deep"),
        (XML % ("", ""), "it names no uuid"),
        (XML % (UUID_A, "<a></b>"), "it is not XML: mismatched tag in line 1"),
        ((XML % (UUID_A, "")).replace("</cdr>", ""), "the file ends in the middle"),
        ("garbage</cdr>", "the beginning of it is missing"),
    ],
)
def test_xml_that_is_refused_or_broken_says_why(text, reason) -> None:
    assert reason in bad("freeswitch_xml", text)


def test_xml_documents_in_a_wrapper_are_read() -> None:
    inner = (XML % (UUID_A, "")).removeprefix('<?xml version="1.0"?>')
    text = f'<?xml version="1.0"?>\n<!-- all -->\n<cdrs>\n{inner}{inner}</cdrs>\n'
    assert len(records("freeswitch_xml", text)) == 2


def test_a_document_cut_off_behind_a_colon_does_not_take_those_after_it() -> None:
    rest = "".join(json.dumps(document(more="x" * 2000)) + "\n" for _ in range(1500))
    items = list(
        read("freeswitch_json", io.BytesIO(b'{"variables":\n' + rest.encode()), Options())
    )
    assert [type(item) for item in items] == [BadLine] + [Record] * 1500


def test_many_comments_before_garbage_are_looked_at_once() -> None:
    assert "the beginning of it" in bad("freeswitch_xml", "<!-- -->" * 5000 + "x</cdr>")
    assert bad("freeswitch_xml", "<!-- -->" * 5000 + "x")
