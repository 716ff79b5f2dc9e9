"""What a mail tells of cases that were opened."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from cdrstats import format
from cdrstats.choices import between
from cdrstats.clock import Window
from cdrstats.fraud.rules import Rule, figures_in_words, in_words, rule_named
from cdrstats.fraud.store import Case
from cdrstats.mail import Letter
from cdrstats.mail.paper import Facts, Link, Listing, Words, compose

MOST_LISTED = 200
"""Cases that one mail lists; it tells how many there are besides."""


def letter_of(
    case: Case, rule: Rule, key: str, customer: str, zone_name: str, begin: str
) -> Letter:
    """The mail of a case.

    Args:
        key: of the case, as the reader may see it.
        customer: its name; '' of nobody's.
        begin: what links begin with.
    """
    zone = ZoneInfo(zone_name)
    window = Window(case.first_call, case.last_call + timedelta(seconds=1))
    times = urlencode({"zone": zone_name, **between(window, zone)}, doseq=True)
    rows = {
        rule.key.capitalize(): key,
        "Customer": customer,
        "Calls so far": f"{case.calls:,}",
        "Talk time": f"{case.billsec / 60:,.1f} min",
        "Cost so far": f"{case.cost:,.2f}",
        "Cost per hour": f"{case.cost_per_hour:,.2f}",
        "First call": f"{case.first_call.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone_name}",
        "Last call": f"{case.last_call.astimezone(zone):%Y-%m-%d %H:%M:%S} {zone_name}",
        "Score": f"{case.score} of 100 ({_words(case.reasons)})",
        "Figures": figures_in_words(case.facts),
        "Thresholds": figures_in_words(case.thresholds),
    }
    return compose(
        f"Fraud {rule.id}, {rule.title}: {key}, {format.calls(case.calls)}",
        [
            Words(rule.about),
            Facts([(name, value) for name, value in rows.items() if value]),
            Link("Open the case", f"{begin}/fraud?case={case.id}"),
            Link("Open the calls of that time", f"{begin}/calls?{times}"),
        ],
    )


def letter_of_many(listed: Sequence[tuple[Case, str]], cases: int, begin: str) -> Letter:
    """The mail of several cases.

    Args:
        listed: those that it lists, each with its key as the reader may see it.
        cases: how many there are.
    """
    rows = [
        (
            f"{case.rule} {rule_named(case.rule).title}: {key}",
            f"{case.calls:,}",
            f"{case.cost:,.2f}",
            f"{case.cost_per_hour:,.2f}",
            str(case.score),
        )
        for case, key in listed
    ]
    links = [f"{begin}/fraud?case={case.id}" for case, _ in listed]
    columns = ("", "Calls", "Cost", "Cost per hour", "Score")
    rest = cases - len(listed)
    named = ", ".join(dict.fromkeys(case.rule for case, _ in listed))
    return compose(
        f"Fraud: {cases:,} cases, {named}",
        [
            Listing("Those that most speaks for first", columns, rows, links),
            *([Words(f"And {rest:,} more, which the page lists.")] if rest else []),
            Link("Open the cases", f"{begin}/fraud"),
        ],
    )


def _words(names: list[str]) -> str:
    return ", ".join(map(in_words, names))
