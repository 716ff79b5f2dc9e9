"""Switches by name and address, their rules, and two processes that meet one at once."""

import threading

import pytest
from sqlalchemy import Connection, Engine, event, func, select

from cdrstats import switches
from cdrstats.db.schema import switch, switch_address
from cdrstats.errors import BadRequest
from cdrstats.numbers import NumberRules, rules_for_country


def meet(conn: Connection, name: str, country: str = "") -> switches.Switch:
    return switches.find_or_create(conn, name, 4, "Europe/Madrid", country)


def test_a_new_switch_gets_the_zone_and_rules_of_its_country(conn: Connection) -> None:
    made = meet(conn, "pbx-1", "GB")
    assert (made.name, made.cdr_source_type, made.timezone) == ("pbx-1", 4, "Europe/Madrid")
    assert made.rules == rules_for_country("GB")
    assert switches.find(conn, "pbx-1") == made


def test_a_new_switch_without_country_has_the_defaults_of_the_table(conn: Connection) -> None:
    made = meet(conn, "pbx-1")
    conn.execute(switch.insert().values(name="plain"))
    plain = switches.find(conn, "plain")
    assert plain is not None
    assert made.rules == plain.rules == NumberRules()


def test_a_known_switch_keeps_its_settings(conn: Connection) -> None:
    made = meet(conn, "pbx-1", "GB")
    assert switches.find_or_create(conn, "pbx-1", 3, "UTC", "US") == made
    assert switches.find_or_create(conn, " pbx-1 ", 3, "UTC", "US") == made


def test_a_switch_answers_to_its_name_and_its_addresses(conn: Connection) -> None:
    made = meet(conn, "pbx-1")
    switches.add_address(conn, "pbx-1", "10.0.0.5")
    found = switches.add_address(conn, "10.0.0.5", "pbx-1.example.com")
    assert found.addresses == ("10.0.0.5", "pbx-1.example.com")
    assert meet(conn, "10.0.0.5").id == made.id
    assert switches.add_address(conn, "pbx-1", "10.0.0.5") == found
    assert switches.add_address(conn, "pbx-1", "pbx-1") == found


def test_an_address_belongs_to_one_switch(conn: Connection) -> None:
    meet(conn, "pbx-1")
    meet(conn, "pbx-2")
    switches.add_address(conn, "pbx-1", "10.0.0.5")
    for taken in ("10.0.0.5", "pbx-1"):
        with pytest.raises(BadRequest, match="already a name or address of switch 'pbx-1'"):
            switches.add_address(conn, "pbx-2", taken)
    with pytest.raises(BadRequest, match="empty"):
        switches.add_address(conn, "pbx-2", " ")


def test_records_without_a_switch_belong_to_switch_0(conn: Connection) -> None:
    assert meet(conn, "").id == 0
    assert meet(conn, "  ").id == 0
    assert meet(conn, "Unknown").cdr_source_type == 0
    assert all(each.id for each in switches.list_switches(conn))


def test_a_name_too_long_for_an_index_is_cut(conn: Connection) -> None:
    made = meet(conn, "x" * 5000)
    assert len(made.name) == 200
    assert meet(conn, "x" * 5000) == made


def test_a_country_brings_its_rules_and_leaves_what_is_stripped(conn: Connection) -> None:
    meet(conn, "pbx-1", "US")
    switches.change(conn, "pbx-1", strip_prefixes=["9"])
    changed = switches.change(conn, "pbx-1", country="gb", national_max_digits=11)
    home = rules_for_country("GB")
    assert changed.rules.calling_code == "44"
    assert changed.rules.trunk_prefixes == home.trunk_prefixes
    assert changed.rules.national_max_digits == 11
    assert changed.rules.strip_prefixes == ("9",)
    assert switches.change(conn, "pbx-1", country="").rules.country_id == 0


def test_rules_and_zone_change_one_by_one(conn: Connection) -> None:
    made = meet(conn, "pbx-1", "GB")
    changed = switches.change(
        conn,
        "pbx-1",
        timezone="Asia/Kathmandu",
        strip_prefixes=("9", " 99 ", ""),
        extension_digits=4,
    )
    assert changed.timezone == "Asia/Kathmandu"
    assert changed.rules.strip_prefixes == ("99", "9")
    assert changed.rules.extension_digits == 4
    assert changed.rules.national_max_digits == made.rules.national_max_digits
    assert switches.find(conn, "pbx-1") == changed


def test_a_renamed_switch_is_still_found_by_what_records_say(conn: Connection) -> None:
    made = meet(conn, "pbx-1")
    renamed = switches.change(conn, "pbx-1", new_name="Madrid")
    assert (renamed.id, renamed.name, renamed.addresses) == (made.id, "Madrid", ("pbx-1",))
    assert meet(conn, "pbx-1").id == made.id
    back = switches.change(conn, "Madrid", new_name="pbx-1")
    assert (back.name, back.addresses) == ("pbx-1", ("Madrid",))


def test_a_name_is_not_taken_from_another_switch(conn: Connection) -> None:
    meet(conn, "pbx-1")
    meet(conn, "pbx-2")
    with pytest.raises(BadRequest, match="already a name"):
        switches.change(conn, "pbx-1", new_name="pbx-2")
    with pytest.raises(BadRequest, match="already a name"):
        switches.add(conn, "pbx-1", "UTC", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Europe/Londn"},
        {"timezone": ""},
        {"timezone": "../etc/passwd"},
        {"country": "UK"},
        {"calling_code": "+44"},
        {"international_prefixes": ["00", "x"]},
        {"trunk_prefixes": ["\u0661"]},
        {"extension_digits": -1},
        {"national_min_digits": 11},
        {"national_min_digits": 0},
        {"national_max_digits": 16},
    ],
)
def test_a_wrong_value_is_refused(conn: Connection, wrong: dict[str, object]) -> None:
    made = meet(conn, "pbx-1", "GB")
    with pytest.raises(BadRequest):
        switches.change(conn, "pbx-1", **wrong)  # type: ignore[arg-type]
    assert switches.find(conn, "pbx-1") == made


def test_a_switch_that_does_not_exist_is_not_changed(conn: Connection) -> None:
    with pytest.raises(BadRequest, match="switch list"):
        switches.change(conn, "nobody", timezone="UTC")


def test_a_switch_added_by_hand_takes_the_type_of_its_first_record(conn: Connection) -> None:
    added = switches.add(conn, "pbx-1", "Europe/London", "GB")
    assert added.cdr_source_type == 0
    assert meet(conn, "pbx-1").cdr_source_type == 4
    assert switches.find_or_create(conn, "pbx-1", 3, "UTC", "").cdr_source_type == 4


def test_an_unknown_zone_or_country_makes_no_switch(conn: Connection) -> None:
    with pytest.raises(BadRequest):
        switches.find_or_create(conn, "pbx-1", 4, "Mars/Olympus", "")
    with pytest.raises(BadRequest):
        switches.find_or_create(conn, "pbx-1", 4, "UTC", "UK")
    assert switches.find(conn, "pbx-1") is None


def test_two_processes_that_meet_a_switch_at_once_make_one(fresh_engine: Engine) -> None:
    found: list[int] = []
    with fresh_engine.begin() as first:
        made = meet(first, "pbx-1")

        def second() -> None:
            with fresh_engine.begin() as conn:
                found.append(meet(conn, "pbx-1").id)

        other = threading.Thread(target=second)
        other.start()
        other.join(timeout=0.3)
        assert found == []  # it waits for the first to commit
    other.join(timeout=10)
    assert found == [made.id]
    with fresh_engine.connect() as conn:
        assert conn.scalar(select(func.count()).where(switch.c.name == "pbx-1")) == 1


def test_who_waited_for_a_switch_that_was_not_kept_makes_it(fresh_engine: Engine) -> None:
    found: list[str] = []
    with fresh_engine.connect() as first:
        meet(first, "pbx-1")

        def second() -> None:
            with fresh_engine.begin() as conn:
                found.append(meet(conn, "pbx-1").name)

        other = threading.Thread(target=second)
        other.start()
        other.join(timeout=0.3)
        first.rollback()
    other.join(timeout=10)
    assert found == ["pbx-1"]


def test_a_known_name_costs_one_query(conn: Connection, statements: list[str]) -> None:
    meet(conn, "pbx-1")
    statements.clear()
    meet(conn, "pbx-1")
    assert len(statements) == 1


@pytest.fixture
def statements(conn: Connection) -> list[str]:
    """The SQL that `conn` runs, as it runs."""
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(conn, "before_cursor_execute", note)
    return seen


def test_a_switch_renamed_to_its_own_address_swaps_the_two(conn: Connection) -> None:
    meet(conn, "pbx-1")
    switches.add_address(conn, "pbx-1", "10.0.0.5")
    switches.change(conn, "pbx-1", new_name="10.0.0.5")
    left = conn.execute(select(switch_address.c.address)).scalars().all()
    assert left == ["pbx-1"]
