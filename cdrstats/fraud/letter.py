"""What a mail tells of a case that was opened."""

from datetime import timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from cdrstats import format
from cdrstats.choices import between
from cdrstats.clock import Window
from cdrstats.fraud.rules import Rule, figures_in_words, in_words
from cdrstats.fraud.store import Case
from cdrstats.mail import Letter
from cdrstats.mail.paper import Facts, Link, Words, compose


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


def _words(names: list[str]) -> str:
    return ", ".join(map(in_words, names))
