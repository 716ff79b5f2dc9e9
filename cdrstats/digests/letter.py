"""A digest as a mail: blocks of text, tables and the chart, made once for all who get it."""

from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from cdrstats import format
from cdrstats.choices import between
from cdrstats.clock import Window
from cdrstats.digests import words
from cdrstats.digests.contents import Contents, nothing_in
from cdrstats.digests.drawing import chart
from cdrstats.digests.language import LANGUAGES, Language
from cdrstats.digests.rules import Digest
from cdrstats.mail import Letter
from cdrstats.mail.paper import Block, Facts, Link, Listing, Picture, Words, compose
from cdrstats.mail.rules import File
from cdrstats.metrics import METRICS, Parts


def blocks_of(digest: Digest, found: Contents, links_begin: str) -> list[Block]:
    """What a digest says of its period."""
    language = LANGUAGES[digest.language]
    before = language.say(f"before.{digest.every}")
    said: list[Block] = []
    if nothing_in(found.now):
        said.append(Words(language.say("texts.no_calls")))
    if found.marks is not None:
        said.append(Words(words.unusual(language, found.marks, found.step, digest.zone)))
    if "totals" in digest.parts:
        which = words.calls_of(digest.query, language, found.codes_by_name)
        rows = [
            (language.say("texts.which"), which),
            (language.say("texts.against"), before),
            *(
                (
                    language.say(f"figures.{each.name}"),
                    words.moved(language, each, found.now, found.before),
                )
                for each in found.metrics
            ),
        ]
        said.append(Facts(rows))
    if "chart" in digest.parts:
        shown = language.say(f"chart.{found.step}", before=before)
        png = chart(language, found, digest.zone, before[:1].upper() + before[1:])
        said.append(Picture("calls", shown, png))
    said += _listings(language, digest, found)
    if found.too_long:
        said.append(Words(language.say("texts.too_long")))
    there = address_of(digest, found.period, links_begin)
    said.append(Link(language.say("texts.open"), there))
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
        owner: whose digest it is; "": the operator's.
    """
    language = LANGUAGES[digest.language]
    below: list[Block] = []
    if leave:
        whose = owner or language.say("texts.operator")
        below.append(Words(language.say("texts.why_you", name=digest.name, owner=whose)))
        below.append(Link(language.say("leaving.title"), leave))
    subject = words.subject(language, digest.name, period, digest.zone)
    foot = language.say("texts.foot")
    return compose(
        subject, [*blocks, *below], files=files, leave=leave, lang=language.tag, foot=foot
    )


def address_of(digest: Digest, period: Window, links_begin: str) -> str:
    """The view that the digest is about, of its period."""
    times = {"zone": digest.zone.key, **between(period, digest.zone)}
    pairs = [*times.items(), *parse_qsl(digest.query, keep_blank_values=True)]
    return f"{links_begin}/{digest.page}?{urlencode(pairs)}"


def _listings(language: Language, digest: Digest, found: Contents) -> list[Block]:
    said: list[Block] = []
    unnamed = language.say("texts.unnamed")

    def add(part: str, rows: Sequence[Sequence[str]]) -> None:
        if rows:
            said.append(Listing(*words.head(language, part), rows))

    def count(number: int) -> str:
        return language.figure(format.count(number))

    if found.causes is not None:
        add(
            "causes",
            [
                (
                    found.names.causes.get(int(each.key[0]), unnamed),
                    count(each.parts.calls),
                    language.figure(format.percent(each.parts.calls / found.now.calls)),
                )
                for each in found.causes.leaders
            ],
        )
    if found.countries is not None:
        add(
            "countries",
            [
                (
                    _country(language, found, int(each.key[0])),
                    *_figures(language, each.parts),
                    count(_calls_before(found, int(each.key[0]))),
                )
                for each in found.countries.leaders
            ],
        )
    if found.talkers is not None:
        add(
            "talkers",
            [
                (each.number or unnamed, *_figures(language, each.figures.parts))
                for each in found.talkers
            ],
        )
    add(
        "alarms",
        [
            (
                each.rule.name,
                language.say(f"told.{each.told}"),
                language.span(each.window.start, each.window.end, digest.zone),
                language.figure(each.rule.rule.figure.written(each.value)),
            )
            for each in found.events
        ],
    )
    return said


def _figures(language: Language, parts: Parts) -> list[str]:
    shown = (METRICS[name] for name in ("calls", "minutes", "asr"))
    return [language.figure(metric.written(metric.of(parts))) for metric in shown]


def _country(language: Language, found: Contents, country_id: int) -> str:
    ours = found.names.countries.get(country_id, words.UNNAMED)
    return words.country(language, found.codes.get(country_id, ""), ours)


def _calls_before(found: Contents, country_id: int) -> int:
    known = found.countries_before.get(country_id)
    return 0 if known is None else known.calls
