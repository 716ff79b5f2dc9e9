"""What is wrong with an installation, by how it fares: both sides of each bound."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cdrstats.watch import Facts, troubles
from cdrstats.watch.rules import JobFacts

from .factories import NOON

SECOND = timedelta(seconds=1)
WELL = Facts(
    now=NOON,
    last_calls={"pbx1": NOON, "pbx2": NOON - timedelta(hours=24)},
    jobs={"rollup": JobFacts(NOON), "mail": JobFacts(None)},
    uncounted_since=None,
    unsent_since=None,
    given_up=0,
    disk_free=0.1,
    silent_after=timedelta(hours=24),
    disk_least=0.1,
)


def test_where_all_is_well_nothing_is_told() -> None:
    assert troubles(WELL) == []


@pytest.mark.parametrize(
    ("name", "bound", "what", "said"),
    [
        ("uncounted_since", timedelta(minutes=10), ("figures", ""), "not in the figures yet"),
        ("unsent_since", timedelta(minutes=30), ("mail", "waiting"), "are not sent"),
    ],
)
def test_what_waits_for_long_is_told(
    name: str, bound: timedelta, what: tuple[str, str], said: str
) -> None:
    assert troubles(replace(WELL, **{name: NOON - bound})) == []
    (found,) = troubles(replace(WELL, **{name: NOON - bound - SECOND}))
    assert (found.what, found.object) == what
    assert said in found.sentence


def test_a_switch_is_silent_after_its_bound() -> None:
    last = {"pbx1": NOON - timedelta(hours=24) - SECOND}
    (found,) = troubles(replace(WELL, last_calls=last))
    assert (found.what, found.object) == ("source", "pbx1")
    assert found.sentence == "The switch pbx1 is silent: its newest call began 24 h ago."
    assert troubles(replace(WELL, last_calls=last, silent_after=timedelta())) == []


def test_jobs_that_fail_are_late_or_do_not_end() -> None:
    late = NOON - timedelta(minutes=5)
    long = NOON - timedelta(minutes=30)
    jobs = {
        "on time": JobFacts(late),
        "late": JobFacts(late - SECOND),
        "failed": JobFacts(late - SECOND, "no room"),
        "at work": JobFacts(NOON, running_since=long),
        "stuck": JobFacts(NOON, running_since=long - SECOND),
    }
    found = troubles(replace(WELL, jobs=jobs))
    assert [(each.what, each.object) for each in found] == [
        ("job", "late"),
        ("job", "failed"),
        ("job", "stuck"),
    ]
    assert found[1].sentence == "The job failed failed: no room"
    assert found[2].sentence == "The job stuck began 30 min ago, and has not ended."


def test_mails_that_were_given_up_and_a_full_disk() -> None:
    found = troubles(replace(WELL, given_up=3, disk_free=0.0999))
    assert [each.what for each in found] == ["disk", "mail"]
    assert "3 of the mails" in found[1].sentence
    assert troubles(replace(WELL, disk_free=0.0, disk_least=0.0)) == []
