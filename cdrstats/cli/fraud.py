"""`fraud`: rules beside the calls that come in, their cases, and how well they tell."""

from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import click

from cdrstats import fraud as fraud_room
from cdrstats.cli.calls import moment, zone_named
from cdrstats.cli.common import acting, database, json_option, noting, report, say
from cdrstats.clock import Window
from cdrstats.errors import BadRequest
from cdrstats.fraud import (
    LABELS,
    Asked,
    Case,
    Drill,
    Found,
    Measure,
    RuleSet,
    checked,
    rule_named,
)
from cdrstats.settings import read_settings

CASE = click.argument("case_id", metavar="CASE", type=int)
OF_A_CASE = ("rule", "key", "score", "calls", "cost", "cost_per_hour", "last_call")
IN_A_LIST = ("id", "label", *OF_A_CASE)


@click.group()
def fraud() -> None:
    """Rules of fraud, their cases, and how well they tell."""


@fraud.command("list")
@click.option("--label", type=click.Choice(LABELS), help="Only such cases.")
@click.option("--rule", metavar="RULE", help="Only cases of a rule, such as F4.")
@click.option("--days", type=click.IntRange(1), help="Only with a call in so many days.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@json_option
def list_(
    label: str | None, rule: str | None, days: int | None, limit: int, as_json: bool
) -> None:
    """List the cases, those with the newest calls first."""
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    with database("fraud") as engine, engine.connect() as conn:
        cases = fraud_room.list_cases(conn, label, rule, since, limit)
    report([_case(each) for each in cases], as_json, IN_A_LIST)


@fraud.command()
@CASE
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@json_option
def show(case_id: int, limit: int, as_json: bool) -> None:
    """Show the case CASE: what speaks for it, its timeline, and its first --limit calls."""
    with database("fraud") as engine, engine.connect() as conn:
        case = fraud_room.find(conn, case_id)
        line = fraud_room.timeline(conn, case_id)
        calls = fraud_room.evidence(conn, case_id, limit)
    if as_json:
        report([_case(case) | {"timeline": line, "evidence": calls}], as_json)
        return
    facts = [{"what": name, "is": _plain(value)} for name, value in _case(case).items()]
    for rows in (facts, line, calls):
        report(rows, as_json)
        click.echo()


@fraud.command()
@CASE
@click.argument("label", type=click.Choice(LABELS))
@click.option("--why", default="", help="The reason, for whoever comes after.")
@click.option("--until", metavar="DATE", help="Of ignored: a day or moment of --zone.")
@click.option("--zone", "zone_name", default="UTC", show_default=True)
@json_option
def label(
    case_id: int, label: str, why: str, until: str | None, zone_name: str, as_json: bool
) -> None:
    """Say what the case CASE is; an ignored one opens no other of its key --until then."""
    end = None if until is None else moment(until, zone_named(zone_name))
    with database("fraud") as engine, engine.begin() as conn:
        case = fraud_room.label(conn, case_id, label, acting(), why, datetime.now(UTC), end)
        told = {"label": label, "reason": why}
        noting(conn)("label fraud case", str(case_id), detail=told)
    report([_case(case)], as_json, ("id", "rule", "key", "label", "label_reason"))


@fraud.command()
@click.argument("rule", required=False)
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="A threshold.")
@click.option("--on/--off", "active", default=None, help="Whether it is judged.")
@click.option("--mail-to", multiple=True, metavar="ADDRESS", help="Who is told.")
@click.option("--mail-nobody", is_flag=True, help="Tell nobody.")
@json_option
def rules(
    rule: str | None,
    given: tuple[str, ...],
    active: bool | None,
    mail_to: tuple[str, ...],
    mail_nobody: bool,
    as_json: bool,
) -> None:
    """Show the rules, or change RULE (or, of --on, --off and --mail-..., all without RULE).

    A threshold set to nothing, as in `--set calls=`, has its default again.
    """
    thresholds = dict(_named(each) for each in given)
    if thresholds and rule is None:
        raise BadRequest("Say of which rule: a threshold is of one.")
    if mail_to and mail_nobody:
        raise BadRequest("Say who is told, or nobody; not both.")
    told = () if mail_nobody else mail_to or None
    changes = bool(thresholds) or active is not None or told is not None
    with database("fraud") as engine, engine.begin() as conn:
        chosen = list(fraud_room.RULES) if rule is None else [rule_named(rule).id]
        for id in chosen if changes else ():
            fraud_room.change_rule(conn, id, thresholds, active, told)
            detail: dict[str, Any] = dict(thresholds)
            detail |= {} if active is None else {"active": active}
            detail |= {} if told is None else {"mail_to": list(told)}
            noting(conn)("change fraud rule", id, detail=detail)
        sets = [each for each in fraud_room.list_rules(conn) if each.rule.id in chosen]
    of_one = ["id", "title", "state", "thresholds", "mail_to"]
    of_all = ["id", "title", "key", "state", "mail_to", "cases", "precision"]
    shown = of_all if rule is None else of_one
    report([_rule(each, as_json) for each in sets], as_json, shown)


@fraud.command()
@json_option
def evaluate(as_json: bool) -> None:
    """Look at what has come in, as the jobs do after each import; print what was opened."""
    with database("fraud") as engine:
        opened = fraud_room.evaluate(engine, read_settings(), datetime.now(UTC))
        with engine.connect() as conn:
            troubled = [each for each in fraud_room.list_rules(conn) if each.trouble]
    report([_case(each) for each in opened], as_json, IN_A_LIST)
    for each in troubled:
        say(f"{each.rule.id} cannot be judged: {each.trouble}")


@fraud.command()
@click.option("--rule", "chosen", multiple=True, metavar="RULE", help="Else all that are on.")
@click.option("--set", "given", multiple=True, metavar="NAME=VALUE", help="Of one --rule.")
@click.option("--from", "first", metavar="DATE", help="The first day, or moment, included.")
@click.option("--to", "last", metavar="DATE", help="The first that is not.")
@click.option("--zone", "zone_name", default="UTC", show_default=True, help="Of --from, --to.")
@json_option
def backtest(
    chosen: tuple[str, ...],
    given: tuple[str, ...],
    first: str | None,
    last: str | None,
    zone_name: str,
    as_json: bool,
) -> None:
    """Which cases rules would have opened in calls of the past, of a day if not told."""
    if given and len(chosen) != 1:
        raise BadRequest("Other thresholds are of one rule: say which with --rule.")
    zone, now = zone_named(zone_name), datetime.now(UTC)
    end = now if last is None else moment(last, zone)
    start = end - timedelta(days=1) if first is None else moment(first, zone)
    if start >= end:
        raise BadRequest("A back-test begins before it ends.")
    ids = [rule_named(each).id for each in chosen]
    with database("fraud") as engine, engine.begin() as conn:
        sets = {each.rule.id: each for each in fraud_room.list_rules(conn)}
        asked = [_asked(sets[id], given) for id in ids]
        if not ids:
            asked = [each.asked for each in sets.values() if each.asked is not None]
        tested = fraud_room.backtest(conn, asked, Window(start, end), read_settings().timezone)
    report([_found(each) for each in tested.found], as_json, OF_A_CASE)
    for id, trouble in tested.troubles.items():
        say(f"{id} cannot be judged: {trouble}")
    say(f"{len(tested.found):,} cases. {_measured(tested.measure)}")


@fraud.command()
@click.option("--times", type=click.IntRange(1, 20), default=1, show_default=True)
@json_option
def drill(times: int, as_json: bool) -> None:
    """Attack a sandbox customer, and time how long it takes until the mail of it is sent.

    The calls come in by a file, and go again in the end. The jobs must run.
    """
    with database("fraud") as engine:
        drills = [
            fraud_room.drill(engine, read_settings(), noting, acting()) for _ in range(times)
        ]
    report([_drill(each) for each in drills], as_json)
    say(f"Median until sent: {median(each.sent_s for each in drills):.1f} s.")


def _drill(found: Drill) -> dict[str, Any]:
    names = ("imported_s", "opened_s", "queued_s", "sent_s")
    seconds = {name: round(getattr(found, name), 1) for name in names}
    return {"calls": found.calls, **seconds, "cases": list(found.cases)}


def _asked(known: RuleSet, given: tuple[str, ...]) -> Asked:
    rule = known.rule
    if rule.not_judged:
        raise BadRequest(f"{rule.id} is not judged: {rule.not_judged}")
    tried = {name: checked(rule, name, value) for name, value in map(_named, given)}
    return Asked(rule, known.thresholds | tried)


def _named(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals:
        raise BadRequest(f"Write a threshold as NAME=VALUE, not {given!r}.")
    return name.strip(), value.strip()


def _measured(measure: Measure) -> str:
    """Precision and recall over the cases that somebody has labelled, in words."""
    if measure.recall is None and measure.precision is None:
        return "None of that time has a label yet, by which it could be measured."
    words = {"precision": measure.precision, "recall": measure.recall}
    known = [f"{name} {value:.2f}" for name, value in words.items() if value is not None]
    return f"Over labelled cases: {', '.join(known)}."


def _case(case: Case) -> dict[str, Any]:
    row = {name: getattr(case, name) for name in Case.__dataclass_fields__}
    return row | {"title": rule_named(case.rule).title}


def _found(found: Found) -> dict[str, Any]:
    row = {name: getattr(found, name) for name in Found.__dataclass_fields__}
    return row | {"score": fraud_room.score(rule_named(found.rule), found.reasons)}


def _rule(known: RuleSet, as_json: bool) -> dict[str, Any]:
    rule = known.rule
    judged = known.confirmed + known.false_positive
    return {
        "id": rule.id,
        "title": rule.title,
        "key": rule.key,
        "about": rule.about,
        "state": _state(known),
        "thresholds": known.thresholds if as_json else _plain(known.thresholds),
        "mail_to": list(known.mail_to) if as_json else ", ".join(known.mail_to),
        "cases": known.cases,
        "precision": round(known.confirmed / judged, 3) if judged else None,
        "trouble": known.trouble,
        "not_judged": rule.not_judged,
    }


def _state(known: RuleSet) -> str:
    if known.rule.not_judged:
        return "not judged"
    if known.trouble:
        return "in trouble"
    return "on" if known.active else "off"


def _plain(value: object) -> object:
    """Lists and names with values as people read them."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items() if one is not None)
    return ", ".join(value) if isinstance(value, list) else value
