"""Answers made into lines, rankings and totals. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from cdrstats.errors import BadRequest
from cdrstats.metrics import METRICS, NOTHING, Number, Parts, total
from cdrstats.traffic.question import OTHER, Answer, Key, Question
from cdrstats.traffic.steps import edges


@dataclass(frozen=True, slots=True)
class Ranking:
    """The keys with the highest figures, and what is left."""

    leaders: tuple[Answer, ...]  # highest first; `at` is None
    rest: Parts  # the parts of all other keys together
    rest_keys: int  # how many those are
    total: Parts


def series(answers: Iterable[Answer], question: Question) -> dict[Key, list[Answer]]:
    """One line a key, with an answer for every step; where no call was, its parts are zero.

    A question that is not split has the key `()`, also if it found no calls.
    """
    if question.step is None:
        raise BadRequest("A line over time needs a step: quarter, hour, day, week or month.")
    found = {(answer.key, answer.at): answer for answer in answers}
    keys = {key for key, _ in found} or ({()} if not question.by else set())
    starts = edges(question.window, question.step, question.zone)
    return {
        key: [found.get((key, at)) or Answer(at, key, NOTHING) for at in starts]
        for key in sorted(keys)
    }


def by_key(answers: Iterable[Answer]) -> dict[Key, Parts]:
    """The steps of each key added up."""
    grouped: dict[Key, list[Parts]] = {}
    for answer in answers:
        grouped.setdefault(answer.key, []).append(answer.parts)
    return {key: total(parts) for key, parts in grouped.items()}


def top(answers: Iterable[Answer], count: int = 10, metric: str = "calls") -> Ranking:
    """The `count` keys with the highest `metric`; unknown (0) is a key like any other.

    Equal figures are ordered by key; keys without the figure come last. By a percentile, of
    answers without steps only.
    """
    given = list(answers)
    spreads = {answer.key: answer.spread for answer in given if answer.at is None}
    wanted = METRICS[metric]
    found = [Answer(None, key, parts, spreads.get(key)) for key, parts in by_key(given).items()]
    ranked = sorted(found, key=lambda answer: (_descending(answer.of(wanted)), answer.key))
    leaders, others = ranked[:count], ranked[count:]
    return Ranking(
        leaders=tuple(leaders),
        rest=total(answer.parts for answer in others),
        rest_keys=len(others),
        total=total(answer.parts for answer in found),
    )


def leaders_of(ranking: Ranking, question: Question) -> Question:
    """The question with only the leaders of `ranking` told apart, all others together.

    A column may have thousands of values: first all are ranked over the whole window, then only
    the largest are cut into steps.
    """
    kept = tuple(leader.key[0] for leader in ranking.leaders)
    return replace(question, kept=kept if ranking.rest_keys else None)


def _descending(figure: Number | None) -> tuple[bool, float]:
    return (figure is None, -float(figure or 0))


def folded(answers: Iterable[Answer], kept: Collection[Key]) -> list[Answer]:
    """The answers of the keys in `kept`, and all others added up, step by step, as OTHER."""
    found: dict[tuple[object, Key], Answer] = {}
    for answer in answers:
        key = answer.key if answer.key in kept else OTHER
        known = found.get((answer.at, key))
        parts = answer.parts if known is None else known.parts + answer.parts
        found[answer.at, key] = Answer(answer.at, key, parts)
    return list(found.values())
