"""What `alarm add` is told of a rule."""

import math
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any, TypeVar

import click

from cdrstats.alarms import (
    COMPARES,
    CONDITIONS,
    FIGURES,
    LENGTHS,
    SEVERITIES,
    SPLITS,
    Rule,
    with_defaults,
    zone_named,
)
from cdrstats.errors import BadRequest
from cdrstats.settings import read_settings

Command = TypeVar("Command", bound=Callable[..., Any])

MINUTES = click.IntRange(0)

_OPTIONS = [
    click.option("--metric", required=True, help=f"What to watch: {', '.join(FIGURES)}."),
    click.option(
        "--when",
        nargs=2,
        required=True,
        metavar="CONDITION VALUE",
        help=f"When to fire: {', '.join(CONDITIONS)}; such as --when less 40.",
    ),
    click.option(
        "--window",
        type=click.Choice(LENGTHS),
        default="hour",
        show_default=True,
        help="Of what.",
    ),
    click.option(
        "--zone", metavar="ZONE", help="Whose clocks; CDRSTATS_TIMEZONE if not given."
    ),
    click.option(
        "--filters",
        "query",
        default="",
        metavar="QUERY",
        help="Which calls, as in a page's address: 'switch=pbx1&country=Spain'.",
    ),
    click.option(
        "--part", default="", metavar="QUERY", help="Of a share: which of these calls."
    ),
    click.option(
        "--compare",
        type=click.Choice([name for name in COMPARES if name]),
        help="With what, for increase and decrease.",
    ),
    click.option("--min-calls", type=MINUTES, help="Fewer say nothing; 50 for a ratio."),
    click.option("--by-chance", is_flag=True, help="Fire only if chance does not explain it."),
    click.option(
        "--clear-at", type=float, help="Calm from here on; the threshold if not given."
    ),
    click.option(
        "--clear-windows",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        help="So many calm windows in a row clear it.",
    ),
    click.option(
        "--on-holidays/--not-on-holidays", default=None, help="Whether to judge holidays."
    ),
    click.option(
        "--lag", type=MINUTES, default=5, show_default=True, help="Minutes for late calls."
    ),
    click.option(
        "--severity", type=click.Choice(SEVERITIES), default="warning", show_default=True
    ),
    click.option("--cooldown", type=MINUTES, default=0, help="Minutes between two firings."),
    click.option(
        "--renotify", type=MINUTES, default=0, help="Tell again every so many minutes."
    ),
    click.option("--escalate", type=MINUTES, default=0, help="Tell once more after minutes."),
    click.option("--quiet", nargs=2, metavar="FROM TO", help="Hours such as 22:00 07:00."),
    click.option(
        "--split",
        type=click.Choice(list(SPLITS)),
        default="country",
        show_default=True,
        help="By what to tell who contributed.",
    ),
]


def rule_options(command: Command) -> Command:
    """Add the options of `rule_from`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def rule_from(
    name: str,
    *,
    when: tuple[Any, str],
    window: Any,
    zone: str | None,
    compare: Any,
    split: str,
    quiet: tuple[str, str] | None,
    min_calls: int | None,
    clear_at: float | None,
    on_holidays: bool | None,
    lag: int,
    cooldown: int,
    renotify: int,
    escalate: int,
    **same: Any,
) -> Rule:
    """The rule that the options tell of. Raises BadRequest where one cannot be read."""
    condition, value = when
    quiet_from, quiet_until = (None, None) if quiet is None else map(_hour, quiet)
    minutes = {"lag": lag, "cooldown": cooldown, "renotify": renotify, "escalate": escalate}
    spans: dict[str, Any] = {name: timedelta(minutes=some) for name, some in minutes.items()}
    threshold = _number(value)
    rule = Rule(
        name=" ".join(name.split()),
        condition=condition,
        threshold=threshold,
        clear_at=threshold,
        length=window,
        zone=zone_named(zone or read_settings().timezone),
        compare=compare or "",
        split=SPLITS[split],
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        **spans,
        **same,
    )
    return with_defaults(rule, min_calls=min_calls, clear_at=clear_at, on_holidays=on_holidays)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadRequest(f"{text!r} is not a number.")
    return value


def _hour(text: str) -> time:
    try:
        found = time.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        raise BadRequest(f"{text!r} is not a time of day such as 22:00.")
    return found
