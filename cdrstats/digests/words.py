"""What a digest says, made of the texts of a language; and its schedule, for pages. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from cdrstats import format
from cdrstats.analysis import Mark
from cdrstats.choices import NAMED
from cdrstats.clock import Window
from cdrstats.digests.language import ENGLISH, LANGUAGES, Language
from cdrstats.digests.rules import Digest
from cdrstats.metrics import Metric, Parts, change

WHEN = {
    "day": "Each day at {at}",
    "week": "Mondays at {at}",
    "month": "The first of each month at {at}",
    "cron": "By the cron line {cron}",
}
FILTERS = (*NAMED, "where", "result", "counted")
"""Of a view's address, what says which calls it shows."""

OURS = ("direction", "type", "result")
"""Of these, those whose values are words of ours, and no names."""

HEADS = {
    "causes": ("figures.calls", "columns.share"),
    "countries": ("figures.calls", "figures.minutes", "figures.asr", "columns.calls_before"),
    "talkers": ("figures.calls", "figures.minutes", "figures.asr"),
    "alarms": ("columns.state", "columns.window", "columns.figure"),
}
"""What stands above the columns of a part, but for the first."""

UNNAMED = "Unknown"
"""What our tables call that which is not known."""


def schedule(digest: Digest) -> str:
    """When it is sent: 'Mondays at 07:00'."""
    return WHEN[digest.every].format(at=f"{digest.at:%H:%M}", cron=digest.cron)


def calls_of(
    query: str,
    language: Language = LANGUAGES[ENGLISH],
    codes: Mapping[str, str] | None = None,
) -> str:
    """Of which calls, from the address of a view: 'switch pbx1, country Spain'; or 'all'.

    Args:
        codes: of countries, by our names.
    """

    def told(name: str, value: str) -> str:
        if name == "where":
            return value
        if name == "country":
            value = country(language, (codes or {}).get(value, ""), value)
        elif name in OURS:
            value = language.texts.get(f"values.{value}", value)
        elif value == UNNAMED:
            value = language.say("texts.unnamed")
        return f"{language.say(f'filters.{name}')} {value}"

    pairs = parse_qsl(query, keep_blank_values=True)
    which = [told(*pair) for pair in pairs if pair[0] in FILTERS]
    return ", ".join(which) or language.say("texts.all")


def country(language: Language, code: str, ours: str) -> str:
    """What a country of ours is called."""
    return language.say("texts.unnamed") if ours == UNNAMED else language.country(code, ours)


def head(language: Language, part: str) -> tuple[str, list[str]]:
    """The title of a part, and what stands above its columns."""
    return language.say(f"parts.{part}"), ["", *map(language.say, HEADS[part])]


def subject(language: Language, name: str, period: Window, zone: ZoneInfo) -> str:
    """What the mail is called."""
    span = language.span(period.start, period.end, zone)
    return language.say("texts.subject", name=name, span=span)


def moved(language: Language, metric: Metric, now: Parts, before: Parts) -> str:
    """A figure and how far it moved: '1,234 (+5.6 %; 1,168 before)'."""
    by = change(metric, now, before)
    both = {
        name: language.figure(metric.written(metric.of(parts)))
        for name, parts in (("now", now), ("before", before))
    }
    if by.by is None:
        return language.say("texts.moved", **both)
    if by.unit == "percent":
        said = language.figure(f"{by.by:+,.1f} %")
    else:
        said = language.say("texts.points", by=language.figure(f"{by.by:+,.1f}"))
    return language.say("texts.moved_by", by=said, **both)


def unusual(language: Language, marks: Sequence[Mark], step: str, zone: ZoneInfo) -> str:
    """What was unusual, in a sentence."""
    struck = [mark for mark in marks if mark.verdict in ("high", "low", "missing")]
    if not struck:
        known = any(mark.verdict == "usual" for mark in marks)
        return language.say("texts.nothing_unusual" if known else "texts.no_history")
    worst = max(struck, key=lambda mark: abs(mark.z or 0))
    usual = format.NOTHING if worst.usual is None else f"{worst.usual:,.0f}"
    return language.many(
        f"unusual.{step}",
        len(struck),
        all=len(marks),
        at=_at(language, worst.at, step, zone),
        calls=calls(language, int(worst.value or 0)),
        usual=language.figure(usual),
    )


def calls(language: Language, number: int) -> str:
    """How many: 'no call', '1 call', '2 calls'."""
    return language.many("calls", number) if number else language.say("calls.none")


def _at(language: Language, at: datetime, step: str, zone: ZoneInfo) -> str:
    return language.date(at, zone, "day" if step == "day" else "moment")
