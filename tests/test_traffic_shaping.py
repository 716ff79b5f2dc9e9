"""Answers made into lines, rankings and totals: nothing is lost, whatever is left out."""

from datetime import datetime, timedelta

from cdrstats.clock import Window
from cdrstats.metrics import NOTHING, Parts
from cdrstats.traffic import OTHER, Answer, Question, Spread, by_key, folded, series, top

from .factories import NOON

HOUR = Window(NOON, NOON + timedelta(hours=1))


def test_a_line_of_nothing_is_zeros_and_a_split_of_nothing_has_no_lines() -> None:
    question = Question(HOUR, step="hour")
    assert series([], question) == {(): [Answer(NOON, (), NOTHING)]}
    assert series([], Question(HOUR, ("country_id",), "hour")) == {}


def answer(key: int, calls: int, at: datetime | None = None, answered: int = 0) -> Answer:
    return Answer(at, (key,), Parts(calls=calls, answered=answered))


def test_the_top_and_the_rest_are_everything() -> None:
    found = top([answer(0, 5), answer(1, 9), answer(2, 5), answer(3, 1), answer(1, 1)], 2)
    assert [(leader.key, leader.parts.calls) for leader in found.leaders] == [
        ((1,), 10),
        ((0,), 5),
    ]
    assert (found.rest.calls, found.rest_keys, found.total.calls) == (6, 2, 21)


def test_a_key_without_the_figure_comes_last() -> None:
    found = top([answer(1, 4, answered=1), answer(2, 2, answered=2), answer(3, 0)], 3, "asr")
    assert [leader.key for leader in found.leaders] == [(2,), (1,), (3,)]


def test_the_top_of_nothing_is_nothing() -> None:
    found = top([])
    assert (found.leaders, found.rest, found.rest_keys, found.total) == (
        (),
        NOTHING,
        0,
        NOTHING,
    )


def test_what_is_not_kept_becomes_other_step_by_step() -> None:
    later = NOON + timedelta(hours=1)
    answers = [answer(1, 3, NOON), answer(2, 4, NOON), answer(3, 5, NOON), answer(2, 6, later)]
    found = folded(answers, {(1,)})
    assert {(a.at, a.key): a.parts.calls for a in found} == {
        (NOON, (1,)): 3,
        (NOON, OTHER): 9,
        (later, OTHER): 6,
    }
    assert by_key(found)[OTHER].calls == 15
    question = Question(Window(NOON, NOON + timedelta(hours=2)), ("country_id",), "hour")
    assert [a.parts.calls for a in series(found, question)[1,]] == [3, 0]


def test_percentiles_are_ranked_by_what_they_are_and_calls_without_come_last() -> None:
    found = top(
        [
            Answer(None, (1,), Parts(calls=9), Spread(1.0, 2.0, 9)),
            Answer(None, (2,), Parts(calls=5)),
            Answer(None, (3,), Parts(calls=1), Spread(3.0, 9.0, 1)),
        ],
        3,
        "pdd_p95",
    )
    assert [leader.key for leader in found.leaders] == [(3,), (1,), (2,)]
