"""A digest as a mail: blocks of text, tables and the chart, made once for all who get it."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from cdrstats import format
from cdrstats.choices import between
from cdrstats.clock import Window
from cdrstats.digests import words
from cdrstats.digests.contents import Contents, nothing_in
from cdrstats.digests.drawing import chart
from cdrstats.digests.rules import Digest
from cdrstats.mail import Letter
from cdrstats.mail.paper import Block, Facts, Link, Listing, Picture, Words, compose
from cdrstats.mail.rules import File
from cdrstats.metrics import METRICS, Parts


def blocks_of(digest: Digest, found: Contents, links_begin: str) -> list[Block]:
    """What a digest says of its period."""
    before = words.BEFORE[digest.every]
    said: list[Block] = []
    if nothing_in(found.now):
        said.append(Words(words.NO_CALLS))
    if found.marks is not None:
        said.append(Words(words.unusual(found.marks, found.step, digest.zone)))
    if "totals" in digest.parts:
        rows = [
            (each.label, words.moved(each, found.now, found.before)) for each in found.metrics
        ]
        which = [("Which calls", words.calls_of(digest.query)), ("Against", before)]
        said.append(Facts([*which, *rows]))
    if "chart" in digest.parts:
        png = chart(found, digest.zone, before.capitalize())
        said.append(Picture("calls", words.chart(found.step, before), png))
    said += _listings(digest, found)
    if found.too_long:
        said.append(Words(words.TOO_LONG))
    said.append(Link(words.OPEN, address_of(digest, found.period, links_begin)))
    return said


def letter_of(
    digest: Digest,
    period: Window,
    blocks: Sequence[Block],
    files: Sequence[File] = (),
    leave: str = "",
    owner: str = "",
) -> Letter:
    """The mail for one who gets it.

    Args:
        leave: the address by which this one gets no more of them.
        owner: whose digest it is.
    """
    below: list[Block] = []
    if leave:
        below.append(Words(words.WHY_YOU.format(name=digest.name, owner=owner)))
        below.append(Link(words.LEAVE, leave))
    subject = words.subject(digest.name, period, digest.zone)
    return compose(subject, [*blocks, *below], files=files, leave=leave)


def address_of(digest: Digest, period: Window, links_begin: str) -> str:
    """The view that the digest is about, of its period."""
    times = {"zone": digest.zone.key, **between(period, digest.zone)}
    pairs = [*times.items(), *parse_qsl(digest.query, keep_blank_values=True)]
    return f"{links_begin}/{digest.page}?{urlencode(pairs)}"


def _listings(digest: Digest, found: Contents) -> list[Block]:
    said: list[Block] = []

    def add(part: str, rows: Sequence[Sequence[str]]) -> None:
        if rows:
            said.append(Listing(*words.HEADS[part], rows))

    calls = found.now.calls
    if found.causes is not None:
        add(
            "causes",
            [
                (
                    found.names.causes.get(int(each.key[0]), words.UNNAMED),
                    format.count(each.parts.calls),
                    format.percent(each.parts.calls / calls),
                )
                for each in found.causes.leaders
            ],
        )
    if found.countries is not None:
        add(
            "countries",
            [
                (
                    found.names.countries.get(int(each.key[0]), words.UNNAMED),
                    *_figures(each.parts),
                    format.count(_calls_before(found, int(each.key[0]))),
                )
                for each in found.countries.leaders
            ],
        )
    if found.talkers is not None:
        add(
            "talkers",
            [
                (each.number or words.UNNAMED, *_figures(each.figures.parts))
                for each in found.talkers
            ],
        )
    add(
        "alarms",
        [
            (
                each.rule.name,
                words.TOLD[each.told],
                format.span(each.window.start, each.window.end, digest.zone),
                each.rule.rule.figure.written(each.value),
            )
            for each in found.events
        ],
    )
    return said


def _figures(parts: Parts) -> list[str]:
    shown = (METRICS[name] for name in ("calls", "minutes", "asr"))
    return [metric.written(metric.of(parts)) for metric in shown]


def _calls_before(found: Contents, country_id: int) -> int:
    known = found.countries_before.get(country_id)
    return 0 if known is None else known.calls
