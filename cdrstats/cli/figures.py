"""`figures`: what the pages show, through the same path."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from cdrstats.accounts import EVERYONE
from cdrstats.choices import Names, names
from cdrstats.cli.calls import window_between, zone_named
from cdrstats.cli.common import database, json_option, report, say
from cdrstats.cli.filters import chosen_filters, filter_options, text_test
from cdrstats.db.engine import snapshot
from cdrstats.errors import BadRequest
from cdrstats.metrics import METRICS
from cdrstats.traffic import STEPS, Answer, Question, measure

BY = {
    "switch": "switch_id",
    "customer": "user_id",
    "country": "country_id",
    "cause": "hangup_cause_id",
    "carrier": "carrier_id",
    "dialcode": "dialcode_id",
    "accountcode": "accountcode",
    "direction": "direction",
    "calltype": "call_type",
    "source": "cdr_source_type",
}
"""What figures can be split by, and the column of a call that it is."""

USUAL = "calls,answered,minutes,asr,acd"


@click.command()
@click.option("--from", "first", metavar="DATE", required=True, help="First day or moment.")
@click.option("--to", "last", metavar="DATE", required=True, help="The end, not included.")
@click.option("--zone", "zone_name", default="UTC", show_default=True, help="Whose days.")
@click.option(
    "--metrics",
    "chosen",
    default=USUAL,
    show_default=True,
    metavar="A,B,...",
    help=f"Figures: {', '.join(METRICS)}.",
)
@click.option(
    "--by",
    multiple=True,
    type=click.Choice([*STEPS, *BY]),
    help="Split by; may be given several times, with one step of time at most.",
)
@filter_options
@click.option("--caller", metavar="NUMBER", help="Calling number; also begins:34, ends:.")
@click.option("--destination", metavar="NUMBER", help="Dialled number; likewise.")
@click.option("--answered/--unanswered", default=None, help="Only such calls.")
@click.option("--collapse", is_flag=True, help="Count retries and legs as one call.")
@json_option
def figures(
    first: str,
    last: str,
    zone_name: str,
    chosen: str,
    by: tuple[str, ...],
    caller: str | None,
    destination: str | None,
    answered: bool | None,
    collapse: bool,
    as_json: bool,
    **filters: Any,
) -> None:
    """Print figures of the calls that start from --from up to, but not at, --to.

    A date is its midnight in --zone. A figure over nothing is null, and shown as a dash.
    """
    zone = zone_named(zone_name)
    window = window_between(first, last, zone)
    metrics = [name.strip() for name in chosen.split(",") if name.strip()]
    steps = [name for name in by if name in STEPS]
    if len(steps) > 1:
        raise BadRequest(f"One step of time at most, not {' and '.join(steps)}.")
    keys = [name for name in dict.fromkeys(by) if name in BY]
    given = {"caller_id_number": caller, "destination_number": destination}
    texts = tuple(
        text_test(field, value) for field, value in given.items() if value is not None
    )
    with database("figures") as engine, snapshot(engine) as conn:
        which = replace(chosen_filters(conn, **filters), texts=texts, answered=answered)
        question = Question(
            window,
            tuple(BY[key] for key in keys),
            steps[0] if steps else None,
            zone,
            which,
            collapsed=collapse,
        )
        answers = measure(conn, EVERYONE, question, metrics)
        named = names(conn, EVERYONE)
    rows = [_row(answer, zone, keys, named, metrics) for answer in answers]
    report(rows, as_json)
    if not rows:
        say("No calls in this period with these filters.")


def _row(
    answer: Answer, zone: ZoneInfo, keys: list[str], named: Names, metrics: list[str]
) -> dict[str, Any]:
    row: dict[str, Any] = {} if answer.at is None else {"start": _local(answer.at, zone)}
    for key, value in zip(keys, answer.key, strict=True):
        column = BY[key]
        row[key] = named.of(column).get(int(value), value) if named.has(column) else value
    return row | {name: answer.of(METRICS[name]) for name in metrics}


def _local(moment: datetime, zone: ZoneInfo) -> str:
    """The local time with its offset, which tells apart an hour that comes twice."""
    return moment.astimezone(zone).isoformat(timespec="minutes")
