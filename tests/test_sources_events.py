"""Asterisk's channel events and Yate's channels, put together to calls."""

from pathlib import Path

from cdrstats.sources import Options, Part, Record, put_together, read
from cdrstats.sources.asterisk_cel import assemble
from tests.test_sources import bad, records
from tests.test_sources_bad_input import items_of

SAMPLES = Path(__file__).parent / "samples"
CEL = (SAMPLES / "cel.csv").read_text("utf-8").splitlines(keepends=True)[:9]
YATE = (SAMPLES / "yate.tsv").read_text("utf-8").splitlines(keepends=True)


def test_the_order_of_events_does_not_matter() -> None:
    (forward,) = records("asterisk_cel", "".join(CEL))
    (backward,) = records("asterisk_cel", "".join(reversed(CEL)))
    assert forward == backward


def test_a_call_told_of_in_two_files_is_put_together() -> None:
    parts = []
    for half in (CEL[5:], CEL[:5]):
        items = items_of("asterisk_cel", "".join(half).encode())
        assert all(isinstance(item, Part) for item in items)
        parts += items
    (record,), rest = put_together(parts, assemble)  # type: ignore[arg-type]
    assert (record.identity, record.billsec, rest) == ("1780000000.1", 59, [])


def test_a_real_cause_wins_over_the_outcome_and_16_says_nothing() -> None:
    lost = [line for line in CEL if "ANSWER" not in line[:9] and "BRIDGE" not in line]
    text = "".join(lost).replace('""ANSWER""', '""CHANUNAVAIL""')
    (record,) = records("asterisk_cel", text)
    assert (record.hangup_cause_id, record.hangup_cause) == (41, "FAILED")
    assert record.extra["hangup_cause_derived"] is True
    (record,) = records("asterisk_cel", text.replace(":16,", ":1,"))
    assert record.hangup_cause_id == 1
    assert "hangup_cause_derived" not in record.extra


def test_a_call_of_master_csv_and_its_events_tell_the_same() -> None:
    row = (
        '"acme","2001","44","ctx","""Ann"" <2001>","PJSIP/2001-0000000a","PJSIP/acme-0000000b",'
        '"Dial","x","2026-05-28 20:26:40","2026-05-28 20:26:46","2026-05-28 20:27:46",66,59,'
        '"ANSWERED","DOCUMENTATION","1780000000.1",""\n'
    )
    (master,) = records("asterisk_csv", row)
    (events,) = records("asterisk_cel", "".join(CEL))
    for name in ("callid", "destination_number", "duration", "billsec", "hangup_cause_id"):
        assert getattr(master, name) == getattr(events, name)
    assert events.start is not None
    assert master.start_text == events.start.strftime("%Y-%m-%d %H:%M:%S")


def test_an_event_that_is_a_number_is_told() -> None:
    assert "not told by name" in bad("asterisk_cel", CEL[0].replace("CHAN_START", "1"))


def test_an_outgoing_channel_is_a_leg_only_of_a_call_that_came_in() -> None:
    first, second = records("yate", YATE[0] + YATE[1])
    assert (first.leg_of, second.leg_of) == (second.callid, None)
    (alone,) = records("yate", YATE[0])
    assert (alone.leg_of, alone.direction) == (None, 2)


def test_a_template_of_yate_can_be_given() -> None:
    options = Options(columns=("called", "time", "duration", "billid"))
    (record,) = records("yate", "44\t1780000000.5\t3.9\tb-1\n", options)
    assert (record.destination_number, record.duration, record.billsec) == ("44", 3, 0)


def test_a_row_of_a_dialog_and_its_transactions_have_one_identity() -> None:
    with (SAMPLES / "opensips_acc.csv").open("rb") as stream:
        calls = [i for i in read("opensips_acc", stream, Options()) if isinstance(i, Record)]
    assert [one.identity.split("|")[1:] for one in calls] == [
        ["a1", "b1"],
        ["c1"],
        ["e1", "f1"],
        ["g1", "h1"],
    ]
