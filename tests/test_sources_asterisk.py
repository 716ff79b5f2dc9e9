"""The quirks of Asterisk's files, one by one (docs/sources.md names them)."""

from pathlib import Path

import pytest

from cdrstats.sources import Options, Record, read
from cdrstats.sources.asterisk import caller
from tests.test_sources import bad, records

SAMPLES = Path(__file__).parent / "samples"
FRONT = (
    '"acme","2001","44","ctx","""Ann"" <2001>","SIP/1","SIP/2","Dial","x",'
    '"2026-03-10 12:00:01","2026-03-10 12:00:09","2026-03-10 12:01:10",69,61,'
    '"ANSWERED","DOCUMENTATION"'
)


@pytest.mark.parametrize(
    ("behind", "feed", "callid", "userfield"),
    [
        ("", "asterisk:csv16", "", None),
        (',"1773144001.1"', "asterisk:csv17", "1773144001.1", None),
        (',"pbx-a.b-1773144001.1"', "asterisk:csv17", "pbx-a.b-1773144001.1", None),
        (',"a note"', "asterisk:csv17", "", "a note"),
        (',"1773144001.1","note"', "asterisk:csv18", "1773144001.1", "note"),
        (',"","177.1",7', "asterisk:csv19", "", None),
        (',"1773144001.1","","177.1",7', "asterisk:sequence", "1773144001.1", None),
        (',"a note","","177.1",7', "asterisk:csv20", "", "a note"),
        (',"1773144001.1","note","","177.1",7', "asterisk:sequence", "1773144001.1", "note"),
    ],
)
def test_master_csv_of_16_to_21_columns(behind, feed, callid, userfield) -> None:
    (record,) = records("asterisk_csv", FRONT + behind + "\n")
    assert (record.feed, record.callid) == (feed, callid)
    assert record.extra.get("userfield") == userfield
    if feed == "asterisk:sequence":
        assert record.identity == "1773144001.1 7"


def test_forks_of_one_call_have_identities_of_their_own() -> None:
    fork = FRONT + ',"1773144001.1"\n'
    items = records("asterisk_csv", fork + fork.replace("SIP/2", "SIP/3") + fork)
    assert len({item.identity for item in items}) == 2


@pytest.mark.parametrize(
    ("disposition", "cause"),
    [
        ("ANSWERED", 16),
        ("NO ANSWER", 19),
        ("BUSY", 17),
        ("CONGESTION", 34),
        ("FAILED", 41),
        ("CANCEL", 16),
        ("SOMETHING", None),
    ],
)
def test_a_disposition_stands_for_a_cause_that_is_marked_derived(disposition, cause) -> None:
    (record,) = records("asterisk_csv", FRONT.replace("ANSWERED", disposition) + "\n")
    assert (record.hangup_cause, record.hangup_cause_id) == (disposition, cause)
    assert record.extra.get("hangup_cause_derived") == (True if cause else None)


@pytest.mark.parametrize(
    ("clid", "name", "number"),
    [
        ('"Ann Lee" <2001>', "Ann Lee", "2001"),
        ('"Lee, "Bob" A" <2001>', 'Lee, "Bob" A', "2001"),
        ('"" <client1>', "", "client1"),
        ("<0044207946>", "", "0044207946"),
        ("User 10 <114>", "User 10", "114"),
        ("2001", "", "2001"),
        ("+442079", "", "+442079"),
        ("Ann", "Ann", ""),
        ('"8107924651\ufffdb"', "8107924651\ufffdb", ""),
    ],
)
def test_a_caller_id_is_a_name_and_a_number(clid, name, number) -> None:
    assert caller(clid) == (name, number)


def test_answered_is_an_answer_time_not_a_disposition() -> None:
    unanswered = FRONT.replace('"2026-03-10 12:00:09"', "")
    (record,) = records("asterisk_csv", unanswered + "\n")
    assert (record.answered, record.answersec) == (False, None)
    (record,) = records("asterisk_csv", FRONT.replace("12:00:09", "12:00:00") + "\n")
    assert (record.answered, record.answersec) == (True, None)  # the clock was set back
    noughts = FRONT.replace("2026-03-10 12:00:09", "0000-00-00 00:00:00")
    (record,) = records("asterisk_csv", noughts + "\n")
    assert record.answered is False


def test_an_export_has_no_answer_time() -> None:
    with (SAMPLES / "gui.csv").open("rb") as stream:
        items = list(read("asterisk_gui", stream, Options()))
    assert [item.answered for item in items if isinstance(item, Record)] == [None] * 3


def test_an_export_is_read_by_the_names_in_its_header() -> None:
    text = (
        "uniqueid,billsec,calldate,dst,src,duration,disposition,did,sequence\n"
        "1773144001.1,5,2026-03-10 12:00:01,44,2001,9,ANSWERED,800100,3\n"
    )
    (record,) = records("asterisk_gui", text)
    assert (record.duration, record.billsec, record.destination_number) == (9, 5, "44")
    assert (record.feed, record.identity) == ("asterisk:sequence", "1773144001.1 3")
    assert record.extra["did"] == "800100"


def test_a_custom_mapping_can_be_given() -> None:
    options = Options(
        columns=("start", "src", "dst", "duration", "billsec", "disposition", "mos")
    )
    (record,) = records("asterisk_custom", "2026-03-10 12:00:01,1,2,9,5,BUSY,4.1\n", options)
    assert (record.caller_id_number, record.hangup_cause_id) == ("1", 17)
    assert (record.extra["mos"], record.answered) == ("4.1", None)
    reason = bad("asterisk_custom", "2026-03-10 12:00:01,1\n", options)
    assert reason == "it has 2 columns; the mapping given has 7"
