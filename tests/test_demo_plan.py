"""The demo's calls: what is drawn, and the files that tell of them."""

import csv
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from cdrstats.demo import world
from cdrstats.demo.events import fraud, incident
from cdrstats.demo.files import write
from cdrstats.demo.plan import HOME, INTERNAL, INTERNATIONAL, Traffic, plan

TUESDAY = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def traffics() -> list[Traffic]:
    return plan(20_000, 30, 7, TUESDAY)


def test_exactly_the_calls_asked_for_are_drawn(traffics: list[Traffic]) -> None:
    assert sum(len(traffic.start) for traffic in traffics) == 20_000


@pytest.mark.parametrize("calls", [0, 1, 3, 50])
def test_a_handful_of_calls_can_be_drawn_and_written(calls: int, tmp_path: Path) -> None:
    drawn = plan(calls, 1, 1, TUESDAY)
    assert sum(len(traffic.start) for traffic in drawn) == calls
    write(drawn, tmp_path)


def test_the_last_call_ended_just_before_now(traffics: list[Traffic]) -> None:
    last = max(int(traffic.end.max()) for traffic in traffics)
    assert TUESDAY.timestamp() - 60 < last < TUESDAY.timestamp()


def test_there_are_thirty_countries_and_more(traffics: list[Traffic]) -> None:
    seen = {place.country for place in world.destinations()}
    called = set(np.concatenate([traffic.destination for traffic in traffics]).tolist())
    assert len(seen) >= 50
    assert len({world.destinations()[index].country for index in called}) >= 30


def test_offices_call_by_day_and_rest_at_weekends(traffics: list[Traffic]) -> None:
    days = np.array([datetime.fromtimestamp(s, UTC).weekday() for s in traffics[0].start])
    hours = np.array([datetime.fromtimestamp(s, UTC).hour for s in traffics[0].start])
    assert (days < 5).mean() > 0.85
    assert ((hours >= 7) & (hours < 19)).mean() > 0.8


def test_calls_fail_during_the_incident(traffics: list[Traffic]) -> None:
    madrid = traffics[0]
    window = incident(TUESDAY)
    during = (madrid.start >= window.start.timestamp()) & (
        madrid.start < window.end.timestamp()
    )
    outside = during & (madrid.kind != INTERNAL)
    assert outside.sum() > 50
    assert (madrid.cause[outside] == 0).mean() < 0.2
    assert (madrid.cause[~during] == 0).mean() > 0.6
    failed = madrid.cause[outside & (madrid.cause != 0)]
    assert {world.CAUSES[index].code for index in failed.tolist()} == {34, 41}


def test_the_fraud_burst_is_one_account_calling_one_country(traffics: list[Traffic]) -> None:
    carrier = traffics[2]
    window = fraud(TUESDAY)
    night = (carrier.start >= window.start.timestamp()) & (
        carrier.start < window.end.timestamp()
    )
    cuban = np.array([place.country == "CU" for place in world.destinations()])
    burst = night & cuban[carrier.destination]
    codes = {carrier.accounts[index] for index in carrier.account[burst].tolist()}
    assert burst.sum() > 100
    assert codes == {world.FRAUD_ACCOUNT}
    assert len(set(carrier.number[burst].tolist())) <= 12


def test_one_carrier_does_badly_to_one_country() -> None:
    places = world.destinations()
    poor_country = np.array([place.country == world.POOR_COUNTRY for place in places])
    answered: dict[tuple[bool, bool], list[bool]] = {}
    for traffic in plan(60_000, 30, 7, TUESDAY):
        by = np.array([one is world.POOR_CARRIER for one, _ in traffic.switch.carriers])
        left = np.isin(traffic.kind, [INTERNATIONAL, HOME])
        where = by[traffic.carrier[left]], poor_country[traffic.destination[left]]
        for poor, there, cause in zip(*where, traffic.cause[left], strict=True):
            answered.setdefault((bool(poor), bool(there)), []).append(cause == 0)
    share = {key: sum(given) / len(given) for key, given in answered.items()}
    assert len(answered[True, True]) > 50
    assert share[True, True] < share[False, True] / 2
    assert abs(share[True, False] - share[False, False]) < 0.1


def test_the_incident_is_the_latest_busy_time_that_is_over() -> None:
    monday_early = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert incident(TUESDAY).start == datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
    assert incident(monday_early).start == datetime(2026, 11, 20, 15, 10, tzinfo=UTC)


def test_the_fraud_is_in_the_latest_night_to_a_sunday() -> None:
    sunday_early = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    assert fraud(TUESDAY).start == datetime(2026, 11, 22, 0, 40, tzinfo=UTC)
    assert fraud(sunday_early).start == datetime(2026, 11, 15, 0, 40, tzinfo=UTC)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    def digest(folder: Path, seed: int) -> dict[str, str]:
        files = write(plan(2_000, 5, seed, TUESDAY), folder)
        return {
            str(file.path.relative_to(folder)): hashlib.sha256(
                file.path.read_bytes()
            ).hexdigest()
            for file in files
        }

    first = digest(tmp_path / "a", 1)
    assert first == digest(tmp_path / "b", 1)
    assert first != digest(tmp_path / "c", 2)


def test_each_switch_writes_its_own_format(traffics: list[Traffic], tmp_path: Path) -> None:
    files = write(traffics, tmp_path)
    lines = {
        name: [
            row
            for file in files
            if file.path.parent.name == name and file.path.suffix == ".csv"
            for row in csv.reader(file.path.read_text("utf-8").splitlines())
        ]
        for name in ("pbx-madrid", "sbc-london", "carrier-x")
    }
    assert {len(row) for row in lines["pbx-madrid"]} == {21}
    assert {len(row) for row in lines["sbc-london"]} == {18}
    documents = [file for file in files if file.path.suffix == ".json"]
    assert len(lines["pbx-madrid"]) == len(traffics[0].start)
    assert len(lines["sbc-london"]) + len(documents) == len(traffics[1].start)
    headers = sum(row[0] == "switch" for row in lines["carrier-x"])
    assert len(lines["carrier-x"]) - headers == len(traffics[2].start)


def test_no_call_is_written_twice(traffics: list[Traffic], tmp_path: Path) -> None:
    write(traffics, tmp_path)
    uniqueids = [
        (row[16], row[20])
        for path in (tmp_path / "pbx-madrid").iterdir()
        for row in csv.reader(path.read_text("utf-8").splitlines())
    ]
    uuids = [
        row[16]
        for path in (tmp_path / "sbc-london").glob("*.csv")
        for row in csv.reader(path.read_text("utf-8").splitlines())
    ]
    uuids += [path.name.split(".")[0] for path in (tmp_path / "sbc-london").glob("*.json")]
    uuids += [
        row["callid"]
        for path in (tmp_path / "carrier-x").iterdir()
        for row in csv.DictReader(path.read_text("utf-8").splitlines())
    ]
    assert len(set(uniqueids)) == len(uniqueids)
    assert len(set(uuids)) == len(uuids)
