"""`alarm`: rules that watch figures, and what they found."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from cdrstats import alarms
from cdrstats.accounts import people
from cdrstats.accounts.isolation import confine
from cdrstats.accounts.looking import viewer_of_person
from cdrstats.alarms import Decided, Decision, Event, Stored
from cdrstats.cli.alarm_options import rule_from, rule_options
from cdrstats.cli.calls import moment, zone_named
from cdrstats.cli.common import database, json_option, noting, report, say
from cdrstats.db.engine import snapshot
from cdrstats.errors import BadRequest
from cdrstats.settings import read_settings

RULE = click.argument("rule_id", metavar="RULE", type=int)


@click.group()
def alarm() -> None:
    """Rules that watch figures, and what they found."""


@alarm.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the rules, how each stands, and why one cannot be judged."""
    with database("alarm") as engine, engine.connect() as conn:
        rules, last = alarms.list_rules(conn), alarms.last_decided(conn)
        owners = {person.id: person.name for person in people.list_people(conn)}
    rows = [_row(rule, last.get(rule.id), owners) for rule in rules]
    shown = None if as_json else [name for name in (rows or [{}])[0] if name not in DETAILS]
    report(rows, as_json, shown)


@alarm.command()
@click.argument("name")
@rule_options
@click.option("--owner", metavar="PERSON", help="Whose calls it sees; else everyone's.")
@click.option("--shared", is_flag=True, help="Shown to whoever sees the same calls.")
@click.option("--mail-to", multiple=True, metavar="ADDRESS", help="Who is told by mail.")
@click.option(
    "--escalate-to",
    multiple=True,
    metavar="ADDRESS",
    help="Who is told as well, after --escalate.",
)
@json_option
def add(
    name: str,
    owner: str | None,
    shared: bool,
    mail_to: tuple[str, ...],
    escalate_to: tuple[str, ...],
    as_json: bool,
    **given: Any,
) -> None:
    """Add a rule called NAME: say what it watches (--metric) and when it fires (--when)."""
    rule = rule_from(name, **given)
    now = datetime.now(UTC)
    with database("alarm") as engine, engine.begin() as conn:
        viewer = None
        if owner is not None:
            viewer = viewer_of_person(conn, people.find(conn, owner).id)
            if viewer is None:
                raise BadRequest(f"The account {owner!r} is disabled.")
            with snapshot(engine) as looking:  # a name that they do not know is told at once
                confine(looking, viewer.scope)
                alarms.understood(looking, viewer.scope, rule)
        added = alarms.add(conn, viewer, rule, now, shared, mail_to, escalate_to)
        noting(conn)("add alarm rule", added.name)
    owners = {} if viewer is None else {viewer.person_id: viewer.name}
    report([_row(added, None, owners)], as_json, ["id", "name", "owner", "figure", "window"])


@alarm.command()
@RULE
@json_option
def remove(rule_id: int, as_json: bool) -> None:
    """Forget the rule RULE, and all that was decided by it."""
    with database("alarm") as engine, engine.begin() as conn:
        gone = alarms.remove(conn, rule_id)
        noting(conn)("remove alarm rule", gone.name)
    report([{"id": gone.id, "name": gone.name}], as_json)


@alarm.command()
@RULE
@click.option("--until", metavar="DATE", help="A day or moment, in the zone of the rule.")
@click.option("--minutes", type=click.IntRange(1), help="From now on.")
@click.option("--off", is_flag=True, help="Tell of it again.")
@json_option
def mute(
    rule_id: int, until: str | None, minutes: int | None, off: bool, as_json: bool
) -> None:
    """Tell nobody of the rule RULE for a while. It goes on being judged."""
    if [until is not None, minutes is not None, off].count(True) != 1:
        raise BadRequest("Say for how long: --until DATE, --minutes N, or --off.")
    with database("alarm") as engine, engine.begin() as conn:
        found = alarms.find(conn, rule_id)
        end = None
        if until is not None:
            end = moment(until, zone_named(found.timezone))
        elif minutes is not None:
            end = datetime.now(UTC) + timedelta(minutes=minutes)
        changed = alarms.mute(conn, rule_id, end)
        noting(conn)(
            "unmute alarm rule" if off else "mute alarm rule",
            changed.name,
            detail={} if end is None else {"until": end.isoformat()},
        )
    row = {"id": changed.id, "name": changed.name, "muted_until": changed.muted_until}
    report([row], as_json)


@alarm.command()
@RULE
@json_option
def pause(rule_id: int, as_json: bool) -> None:
    """Judge no window by the rule RULE until it is resumed."""
    with database("alarm") as engine, engine.begin() as conn:
        changed = alarms.pause(conn, rule_id)
        noting(conn)("pause alarm rule", changed.name)
    report([{"id": changed.id, "name": changed.name, "active": changed.active}], as_json)


@alarm.command()
@RULE
@json_option
def resume(rule_id: int, as_json: bool) -> None:
    """Judge windows by the rule RULE again, from the one that is open now."""
    with database("alarm") as engine, engine.begin() as conn:
        changed = alarms.resume(conn, rule_id, datetime.now(UTC))
        noting(conn)("resume alarm rule", changed.name)
    report([{"id": changed.id, "name": changed.name, "active": changed.active}], as_json)


@alarm.command()
@json_option
def evaluate(as_json: bool) -> None:
    """Decide every window that is due, as the jobs do each minute, and tell of it."""
    settings = read_settings()
    with database("alarm") as engine:
        found = alarms.evaluate(engine, settings, datetime.now(UTC))
        with engine.connect() as conn:
            troubled = [rule for rule in alarms.list_rules(conn) if rule.trouble]
    report([_told(event, settings.links_begin, as_json) for event in found], as_json)
    for rule in troubled:
        say(f"Rule {rule.id} ({rule.name}) cannot be judged: {rule.trouble}")


@alarm.command()
@RULE
@click.option("--days", type=click.IntRange(1, 366), default=30, show_default=True)
@click.option("--all", "every", is_flag=True, help="Every window, not just what happened.")
@json_option
def backtest(rule_id: int, days: int, every: bool, as_json: bool) -> None:
    """When the rule RULE would have fired and cleared in the last --days."""
    with database("alarm") as engine:
        with engine.connect() as conn:
            stored = alarms.find(conn, rule_id)
            calendar = alarms.calendar_of(conn, rule_id)
            owner = None
            if stored.person_id is not None:
                owner = viewer_of_person(conn, stored.person_id)
        with snapshot(engine) as conn:
            confine(conn, alarms.scope_of(owner, stored))
            asked = alarms.asked_of(conn, owner, stored)
            now, length = datetime.now(UTC), timedelta(days=days)
            found = alarms.backtest(conn, asked, calendar, now, length)
    shown = found.windows if every else found.changes
    report([_decision(each, asked.rule.zone) for each in shown], as_json)
    say(
        f"{len(found.windows):,} windows of {days} days: it would have fired {found.fired:,} x."
    )


@alarm.command()
@click.option("--add", "span", nargs=2, metavar="FROM TO", help="Moments of --zone.")
@click.option("--rule", "rule_id", type=int, metavar="RULE", help="Of one rule; else of all.")
@click.option("--reason", default="", help="Why.")
@click.option("--zone", "zone_name", default="UTC", show_default=True)
@click.option("--remove", "gone", type=int, metavar="ID")
@json_option
def maintenance(
    span: tuple[str, str] | None,
    rule_id: int | None,
    reason: str,
    zone_name: str,
    gone: int | None,
    as_json: bool,
) -> None:
    """Show, add or remove maintenance: windows that touch it are not judged."""
    zone = zone_named(zone_name)
    with database("alarm") as engine, engine.begin() as conn:
        if gone is not None:
            alarms.remove_maintenance(conn, gone)
            noting(conn)("remove maintenance", str(gone))
        if span is not None:
            start, end = (moment(each, zone) for each in span)
            if rule_id is not None:
                alarms.find(conn, rule_id)
            added = alarms.add_maintenance(conn, start, end, rule_id, reason)
            told = {"from": start.isoformat(), "to": end.isoformat(), "reason": reason}
            noting(conn)("add maintenance", str(added.id), detail=told)
        rows = [
            {
                "id": each.id,
                "rule": each.rule_id,
                "from": each.starts_at.astimezone(zone),
                "to": each.ends_at.astimezone(zone),
                "reason": each.reason,
            }
            for each in alarms.list_maintenance(conn)
        ]
    report(rows, as_json)


@alarm.command()
@click.option("--add", "added", multiple=True, metavar="DAY", help="Such as 2026-12-25.")
@click.option("--name", default="", help="What the added days are called.")
@click.option("--remove", "gone", multiple=True, metavar="DAY")
@json_option
def holidays(added: tuple[str, ...], name: str, gone: tuple[str, ...], as_json: bool) -> None:
    """Show, add or remove holidays: they are no history for other days."""
    new, old = [_day(each) for each in added], [_day(each) for each in gone]
    with database("alarm") as engine, engine.begin() as conn:
        alarms.remove_holidays(conn, old)
        alarms.add_holidays(conn, new, name)
        if new or old:
            told = {"added": [str(day) for day in new], "removed": [str(day) for day in old]}
            noting(conn)("change holidays", name, detail=told)
        rows = [
            {"day": day, "name": called} for day, called in alarms.list_holidays(conn).items()
        ]
    report(rows, as_json)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{text!r} is not a day; write it as 2026-12-25.") from None


DETAILS = frozenset(
    {"metric", "condition", "threshold", "shared", "mail_to", "escalate_to", "severity"}
    | {"decided_until"}
)
"""What only programs are told of a rule: people read it in the sentence `figure`."""


def _row(rule: Stored, last: Decided | None, owners: dict[int, str]) -> dict[str, Any]:
    owner = "" if rule.person_id is None else owners.get(rule.person_id, "")
    return {
        "id": rule.id,
        "name": rule.name,
        "owner": owner,
        "state": _state(rule, last),
        "metric": rule.metric,
        "condition": rule.condition,
        "threshold": rule.threshold,
        "figure": f"{rule.metric} {rule.condition} {rule.threshold:g}"
        + (f" ({rule.compare})" if rule.compare else ""),
        "window": rule.length,
        "zone": rule.timezone,
        "filters": rule.query,
        "severity": rule.severity,
        "shared": rule.shared,
        "mail_to": rule.mail_to,
        "escalate_to": rule.escalate_to,
        "value": None if last is None else last.value,
        "calls": None if last is None else last.calls,
        "decided_until": rule.decided_until,
        "muted_until": rule.muted_until,
        "trouble": rule.trouble,
    }


def _state(rule: Stored, last: Decided | None) -> str:
    if not rule.active:
        return "paused"
    if rule.trouble:
        return "in trouble"
    if rule.firing:
        return "firing"
    if last is None:
        return "no window yet"
    return "insufficient data" if last.verdict == "insufficient" else "ok"


def _told(event: Event, begin: str, as_json: bool) -> dict[str, Any]:
    zone = zone_named(event.rule.timezone)
    people_read = ", ".join(f"{one.name} ({one.calls:,})" for one in event.contributors)
    programs_read = [
        {"name": one.name, "calls": one.calls, "value": one.value} for one in event.contributors
    ]
    return {
        "told": event.told,
        "rule": event.rule.name,
        "filters": event.rule.query,
        "metric": event.rule.metric,
        "condition": event.rule.condition,
        "threshold": event.rule.threshold,
        "value": event.value,
        "previous": event.previous,
        "calls": event.calls,
        "from": event.window.start.astimezone(zone),
        "to": event.window.end.astimezone(zone),
        "zone": event.rule.timezone,
        "contributors": programs_read if as_json else people_read,
        "link": begin + event.path,
    }


def _decision(decision: Decision, zone: ZoneInfo) -> dict[str, Any]:
    seen = decision.seen
    return {
        "from": seen.window.start.astimezone(zone),
        "to": seen.window.end.astimezone(zone),
        "value": seen.value,
        "previous": seen.previous,
        "usual": seen.usual,
        "z": seen.z,
        "calls": seen.calls,
        "verdict": decision.verdict,
        "firing": decision.firing,
        "event": decision.event,
        "told": decision.told,
    }
