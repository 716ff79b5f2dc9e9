"""A figure along a period, of all calls or of the largest groups of them: read, and named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cdrstats.metrics import NOTHING, Metric, total
from cdrstats.traffic import (
    OTHER,
    Answer,
    Key,
    Question,
    Ranking,
    Step,
    leaders_of,
    measure,
    top,
)
from cdrstats.ui import courses, dimensions, frame, summaries
from cdrstats.ui.bar import Asked
from cdrstats.ui.clicked import Meant


@dataclass(frozen=True, slots=True)
class Groups:
    """What was answered."""

    answers: list[Answer]  # of each step and group
    names: dict[Key, str]  # of the groups, largest first; all others last
    sums: dict[str, Answer]  # of the whole period, by name; also of summaries.ALL
    meant: Meant  # what each name is of


def whole_ahead(asked: Asked, metric: Metric, step: Step) -> None:
    """Begin to read for `whole`."""
    frame.ahead(measure, asked.scope, asked.question(step=step), (metric.name,))


def whole(asked: Asked, metric: Metric, step: Step) -> Groups:
    """The figure of all calls together; the only name is the metric's own."""
    answers = frame.read_calls(measure, asked.scope, asked.question(step=step), (metric.name,))
    summed = Answer(None, (), total(answer.parts for answer in answers))
    sums = {summaries.ALL: _of_all(asked, metric) if metric.percentile else summed}
    return Groups(answers, {(): metric.label}, sums, {})


def largest_ahead(asked: Asked, metric: Metric, step: Step, column: str, count: int) -> None:
    """Begin to read for `largest`, once it is known which those are."""
    _, leaders = _leaders(asked, metric, column, count)
    frame.ahead(measure, asked.scope, _along(leaders, metric, step), (metric.name,))


def largest(asked: Asked, metric: Metric, step: Step, column: str, count: int) -> Groups:
    """The figure of the `count` largest groups of calls that share a value of `column`.

    Of sums, the largest have most of it; of ratios, most calls: whatever had one call would
    come first else.
    """
    ranking, asked_for = _leaders(asked, metric, column, count)
    along = _along(asked_for, metric, step)
    answers = frame.read_calls(measure, asked.scope, along, (metric.name,))
    groups = [*ranking.leaders, *_rest(ranking)]
    if not metric.adds_up:
        found = frame.read_calls(measure, asked.scope, asked_for, (metric.name,))
        known = {answer.key: answer for answer in found}
        groups = [known[group.key] for group in groups]
    names = named(asked, column, [group.key for group in groups])
    sums = {names[group.key]: group for group in groups}
    of_all = Answer(None, (), ranking.total)
    sums[summaries.ALL] = of_all if metric.adds_up else _of_all(asked, metric)
    meant = {name: None if key == OTHER else ((column, key[0]),) for key, name in names.items()}
    return Groups(answers, names, sums, meant)


def _leaders(asked: Asked, metric: Metric, column: str, count: int) -> tuple[Ranking, Question]:
    """The largest groups, and the question that tells just these apart."""
    question = asked.question(column)
    by = metric.name if courses.is_sum(metric) else "calls"
    ranking = top(frame.read_calls(measure, asked.scope, question, (by,)), count, by)
    return ranking, leaders_of(ranking, question)


def _along(leaders: Question, metric: Metric, step: Step) -> Question:
    """The question for the courses of these groups."""
    return replace(leaders, step=step, parts=metric.parts)


def _rest(ranking: Ranking) -> list[Answer]:
    return [Answer(None, OTHER, ranking.rest)] if ranking.rest_keys else []


def _of_all(asked: Asked, metric: Metric) -> Answer:
    """The answer for all calls of the period, of a figure that does not add up."""
    found = frame.read_calls(measure, asked.scope, asked.question(), (metric.name,))
    return found[0] if found else Answer(None, (), NOTHING)


def named(asked: Asked, column: str, keys: Sequence[Key]) -> dict[Key, str]:
    """The name of each group; none is called as all others are, or as all are."""
    known = dimensions.names_of(asked, column, [key[0] for key in keys if key != OTHER])
    ours = (courses.OTHERS, summaries.ALL)
    names: dict[Key, str] = {
        (value,): f"{name} (2)" if name in ours else name for value, name in known.items()
    }
    return names | ({OTHER: courses.OTHERS} if OTHER in keys else {})
