"""How each field of a call came about, sentence by sentence, on rows made by hand."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from cdrstats import switches
from cdrstats.accounts import EVERYONE, Scope
from cdrstats.calls import CallDetail, Explained, Explanation, detail, explain
from cdrstats.db.schema import dialcode, import_file

from .factories import NOON, add_call, add_staged

BOB = Scope(frozenset({2}))


def found(conn: Connection, call: Any, scope: Scope = EVERYONE) -> CallDetail:
    one = detail(conn, scope, call["starting_date"], call["dedup_key"])
    assert one is not None
    return one


def explained(conn: Connection, call: Any, scope: Scope = EVERYONE) -> dict[str, Explained]:
    told = explain(conn, scope, found(conn, call, scope))
    return {field.field: field for field in told.fields}


def made(
    conn: Connection,
    staged: dict[str, Any] | None = None,
    call: dict[str, Any] | None = None,
    file: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A call of the switch "pbx" (Madrid, Spain), its record, and the file of that."""
    if switches.find(conn, "pbx") is None:
        switches.add(conn, "pbx", "Europe/Madrid", "ES")
    pbx = switches.find(conn, "pbx")
    assert pbx is not None
    file_id = None
    if file is not None:
        columns = {"name": "a.csv", "sha256": "x", "size_bytes": 1, "switch_id": pbx.id}
        statement = insert(import_file).returning(import_file.c.id)
        file_id = conn.execute(statement, [columns | {"source": "s"} | file]).scalar_one()
    row = {"switch": "pbx", "imported": True, "outcome": "call", "file_id": file_id}
    import_id = add_staged(conn, **row | (staged or {}))
    return add_call(conn, **{"switch_id": pbx.id, "import_id": import_id} | (call or {}))


def utc(text_: str) -> datetime:
    return datetime.fromisoformat(text_).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("staged", "file", "start", "how"),
    [
        (
            {"start_text": "2026-03-10 13:00:00"},
            None,
            NOON,
            "The stamp has no zone. It is read in Europe/Madrid, the zone of the switch pbx:"
            " 2026-03-10 12:00:00 UTC.",
        ),
        (
            {"start_text": "2026-03-10 08:00:00"},
            {"timezone": "America/New_York", "name": "ny.csv"},
            NOON,
            "The stamp has no zone. It is read in America/New_York, which came with the file"
            " ny.csv: 2026-03-10 12:00:00 UTC.",
        ),
        (
            {
                "start_text": "2026-10-25 02:30:00",
                "cdr_source_type": 4,
                "callid": "1792891805.7",
            },
            None,
            utc("2026-10-25 01:30:00"),
            "The stamp has no zone. It is read in Europe/Madrid, the zone of the switch pbx:"
            " 2026-10-25 01:30:00 UTC. The clocks there show this hour twice. The uniqueid"
            " holds the instant 2026-10-25 01:30:05 UTC: the later offset held.",
        ),
        (
            {"start_text": "2026-10-25 02:30:00", "cdr_source_type": 4, "callid": "x"},
            None,
            utc("2026-10-25 00:30:00"),
            "The stamp has no zone. It is read in Europe/Madrid, the zone of the switch pbx:"
            " 2026-10-25 00:30:00 UTC. The clocks there show this hour twice. Nothing in the"
            " record proves which offset held, so the earlier one counts.",
        ),
        (
            {"start_text": "2026-03-29 02:30:00", "callid": "x"},
            None,
            utc("2026-03-29 01:30:00"),
            "The stamp has no zone. It is read in Europe/Madrid, the zone of the switch pbx:"
            " 2026-03-29 01:30:00 UTC. The clocks there show this hour never. Nothing in the"
            " record proves which offset held, so the earlier one counts.",
        ),
        (
            {"starting_date": NOON},
            {},
            NOON,
            "The record tells the instant itself, 2026-03-10 12:00:00 UTC: an epoch, or a stamp"
            " whose zone is known.",
        ),
        (
            {"starting_date": NOON},
            None,
            NOON,
            "The record tells the instant itself, 2026-03-10 12:00:00 UTC: a stamp that is"
            " pushed without a zone is read in the TimeZone of the database role that pushes"
            " it.",
        ),
    ],
)
def test_the_start_by_its_stamp_its_zone_and_what_proves_a_doubtful_hour(
    conn: Connection,
    staged: dict[str, Any],
    file: dict[str, Any] | None,
    start: datetime,
    how: str,
) -> None:
    make_months_of(conn, start)
    call = made(conn, staged, {"starting_date": start}, file)
    told = explained(conn, call)["starting_date"]
    assert (told.how, told.today) == (how, "")


def make_months_of(conn: Connection, start: datetime) -> None:
    """The tests' database has the months up to April."""
    if start.month > 4:
        first = start.replace(day=1, hour=0, minute=0)
        until = first.replace(month=first.month + 1)
        conn.exec_driver_sql(
            f"CREATE TABLE one_month PARTITION OF voip_cdr"
            f" FOR VALUES FROM ('{first}') TO ('{until}')"
        )


def test_a_zone_that_was_changed_since(conn: Connection) -> None:
    call = made(conn, {"start_text": "2026-03-10 13:00:00"}, {"starting_date": NOON})
    switches.change(conn, "pbx", timezone="America/New_York")
    told = explained(conn, call)["starting_date"]
    assert told.how == "The stamp has no zone. It was read as 2026-03-10 12:00:00 UTC."
    assert told.today == (
        "Read in America/New_York, the zone of the switch pbx, it is 2026-03-10 17:00:00 UTC."
    )
    assert told.given == (("start_text", "2026-03-10 13:00:00"),)


def test_the_number_step_by_step(conn: Connection) -> None:
    call = made(conn, call={"destination_number": "0044 7911 123456"})
    told = explained(conn, call)
    number = told["destination_e164"]
    assert number.steps[:2] == (
        "Blanks and separators go: 00447911123456",
        "00 is an international prefix, and goes: 447911123456",
    )
    assert "the longest known dial code that +447911123456 begins with" in number.steps[2]
    assert number.today == "It would be read as +447911123456."
    assert told["call_type"].how == (
        "The call is international, because Guernsey is not the country of the switch, Spain."
    )
    assert told["country_id"].today.endswith("is Guernsey's.")


def test_a_number_of_a_thousand_digits_is_read_as_well(conn: Connection) -> None:
    number = "9" * 1000
    call = made(conn, call={"destination_number": number, "destination_e164": number})
    assert explained(conn, call)["destination_e164"].today == ""


def test_a_longer_dial_code_that_is_no_countrys_is_told_of(conn: Connection) -> None:
    conn.execute(insert(dialcode).values(id=346501, country_id=0, name="Unused"))
    call = made(conn, call={"destination_number": "+34650123456", "dialcode_id": 346})
    assert explained(conn, call)["dialcode_id"].how == (
        "346 (Spain mobile) is the longest known dial code that +34650123456 begins with. It"
        " also begins with 34 (Spain). 346501 would be longer, but is set to no country."
    )


@pytest.mark.parametrize(
    ("staged", "call", "field", "how"),
    [
        ({"answered": True}, {}, "answered", "The record has an answer time."),
        (
            {"answered": False, "hangup_cause_id": 17},
            {"billsec": 0, "hangup_cause_id": 17},
            "answered",
            "The record has room for an answer time, and none in it: it was not answered. An"
            " unanswered call of cause 17 USER_BUSY is “busy”.",
        ),
        (
            {"answered": None},
            {},
            "answered",
            "The source has no answer time, so that talk time above 0 s tells an answer.",
        ),
        (
            {},
            {"answersec": 12, "answered_at": NOON + timedelta(seconds=12)},
            "answered_at",
            "The start and 12 s, as the record tells (answersec).",
        ),
        (
            {},
            {"duration": 70, "billsec": 60},
            "answered_at",
            "The start and 10 s, by which the duration, 70 s, is longer than the talk time.",
        ),
        (
            {"hangup_cause": "ORIGINATOR_CANCEL"},
            {"hangup_cause_id": 487, "billsec": 0},
            "hangup_cause_id",
            "“ORIGINATOR_CANCEL” is a cause of the switch's own, 487: it tells more than the"
            " Q.850 code beside it.",
        ),
        (
            {"hangup_cause": "BUSY", "hangup_cause_id": 17},
            {"hangup_cause_id": 17, "data": {"hangup_cause_derived": True}},
            "hangup_cause_id",
            "Asterisk tells no cause; its disposition “BUSY” stands for 17 USER_BUSY.",
        ),
        ({}, {}, "ner", "Counted, as every answered call is."),
        (
            {},
            {"billsec": 0, "hangup_cause_id": 17},
            "ner",
            "Counted: by 17 USER_BUSY the called side ends a call that the network brought it.",
        ),
        (
            {},
            {"billsec": 0, "hangup_cause_id": 41},
            "ner",
            "Not counted: 41 NORMAL_TEMPORARY_FAILURE is no cause by which the called side ends"
            " a call.",
        ),
        ({"direction": 2}, {"direction": 2}, "direction", "As the record tells."),
        ({}, {}, "direction", "The record does not tell."),
        ({}, {}, "cost", "The record tells no rates and no costs, so they are 0."),
        ({"switch": "\\N"}, {"switch_id": 0}, "switch_id", "The record names no switch, so it"
         " belongs to the switch Unknown."),
        (
            {"accountcode": "A7"},
            {"accountcode": "A7"},
            "user_id",
            "The account code “A7” is nobody's, and nobody owns a number of the call that"
            " counts, or its trunk.",
        ),
        ({}, {}, "user_id", "The record has no account code, and nobody owns a number of the"
         " call that counts, or its trunk."),
        (
            {},
            {},
            "pdd_ms",
            "Nothing tells when ringing was heard. It is left out of PDD, not counted as 0.",
        ),
    ],
)  # fmt: skip
def test_a_field_in_a_sentence(
    conn: Connection, staged: dict[str, Any], call: dict[str, Any], field: str, how: str
) -> None:
    told = explained(conn, made(conn, staged, call))[field]
    assert (told.how, told.today) == (how, "")


def test_post_dial_delay_by_what_its_format_tells(conn: Connection) -> None:
    document = {"source": "freeswitch_json"}
    heard = explained(conn, made(conn, call={"pdd_ms": 2340}, file=document))["pdd_ms"]
    assert heard.how == "progressmsec and progress_mediamsec of the record added up."
    coarse = explained(conn, made(conn, {"progresssec": 2}, {"progresssec": 2}))["pdd_ms"]
    assert coarse.how.startswith("The record tells progress in whole seconds only")
    assert coarse.given == (("progresssec", "2"),)
    silent = explained(conn, made(conn, file=document | {"sha256": "y"}))["pdd_ms"]
    assert silent.how.startswith("The call reached neither ringing nor early media.")


def test_costs_are_those_of_the_record(conn: Connection) -> None:
    told = explained(conn, made(conn, {"sell_cost": Decimal("0.125"), "buy_rate": 0}))["cost"]
    assert told.given == (("buy_rate", "0"), ("sell_cost", "0.125"))


@pytest.mark.parametrize(
    ("staged", "begins", "given"),
    [
        ({"feed": "freeswitch", "callid": "0" * 31 + "1"}, "It is the UUID of the call", 1),
        (
            {"feed": "freeswitch", "callid": "odd"},
            "It is made of the switch and the call id",
            1,
        ),
        (
            {"feed": "asterisk:sequence", "callid": "1.2", "extradata": {"sequence": "7"}},
            "It is made of the switch, the uniqueid and the sequence",
            2,
        ),
        ({"feed": "generic"}, "It is made of the switch and of all columns", 0),
        ({"feed": "push"}, "The row was pushed without anything that tells it from others", 0),
    ],
)
def test_the_key_by_what_identifies_a_record_of_its_feed(
    conn: Connection, staged: dict[str, Any], begins: str, given: int
) -> None:
    told = explained(conn, made(conn, staged, {"dedup_key": uuid.UUID(int=1)}))["dedup_key"]
    assert told.how.startswith(begins)
    assert told.how.endswith("so it never changes.")
    assert len(told.given) == given


def test_a_record_that_was_purged_leaves_what_the_call_tells(conn: Connection) -> None:
    call = made(conn, call={"import_id": 10**12, "destination_number": "650123456"})
    told = explained(conn, call)
    gone = {field for field, one in told.items() if "no longer kept" in one.how}
    assert gone == {
        *("switch_id", "starting_date", "answered", "hangup_cause_id", "cost", "dedup_key"),
    }
    assert told["starting_date"].how == (
        "Its record is no longer kept, so the stamp as it was written, and the zone it was read"
        " in, can no longer be told."
    )
    assert told["destination_e164"].today == "It would be read as +34650123456."


def test_a_customer_is_told_only_what_the_call_itself_holds(conn: Connection) -> None:
    """Neither the record nor the operator's rules, which may name its carriers."""
    call = made(
        conn,
        {"destination_number": "99900346501", "buy_cost": 3},
        {
            "user_id": 2,
            "destination_number": "650123456",
            "destination_e164": "34650123456",
            "dialcode_id": 346,
            "country_id": 724,
            "call_type": 1,
        },
        {"name": "secret.csv"},
    )
    switches.change(conn, "pbx", strip_prefixes=["777"], country="GB", timezone="Asia/Tokyo")
    told = explained(conn, call, BOB)
    assert told.keys() == {
        *(
            "answered_at",
            "billsec",
            "billed_s",
            "pdd_ms",
            "user_id",
            "destination_e164",
            "call_type",
        ),
        *("dialcode_id", "country_id", "direction", "answered", "hangup_cause_id", "ner"),
    }
    assert not any(one.today or one.steps for one in told.values())
    everything = str(told)
    assert not [word for word in ("pbx", "secret", "777", "999003") if word in everything]
    assert told["country_id"].how == "Spain is where the dial code leads."
    assert told["dialcode_id"].how == (
        "346 is the longest known dial code that +34650123456 begins with."
    )


def test_a_record_that_waits_to_be_mediated_anew(conn: Connection) -> None:
    def waiting(call: dict[str, Any]) -> bool:
        told: Explanation = explain(conn, EVERYONE, found(conn, call))
        return told.waiting

    assert not waiting(made(conn))
    assert waiting(made(conn, {"imported": False}))


def test_a_switch_that_nobody_is_called_now(conn: Connection) -> None:
    call = made(conn, {"switch": "10.0.0.77"})
    told = explained(conn, call)["switch_id"]
    assert told.how == "The record told the switch pbx when the call was mediated."
    assert told.today == "No switch is called so now; a new one would be made."
    switches.add_address(conn, "pbx", "10.0.0.77")
    assert explained(conn, call)["switch_id"].how == (
        "“10.0.0.77” is an address of the switch pbx."
    )
