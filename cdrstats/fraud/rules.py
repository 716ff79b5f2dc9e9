"""What fraud looks like: the rules, their thresholds, and how much each reason weighs. Pure.

A rule is a statement over calls in a sliding window (`sql/f01.sql` and on) and its entry here.
Whether a window holds is said by the statement alone; the entry gives it the thresholds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from types import MappingProxyType

from cdrstats.clock import Window
from cdrstats.errors import BadRequest, NotFound

Value = float | int | str
Thresholds = Mapping[str, Value]

QUIET = timedelta(minutes=60)
"""A key without a call that its rule finds for so long has a new case with the next; of a rule
whose window is longer, for as long as that."""

PAUSE = timedelta(minutes=5)
"""Between two mails to one recipient; what is opened meanwhile goes with the next."""

SANDBOX = "Fire drill"
"""The customer that fire drills attack, whose cases tell nothing of rules."""

HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)
MOST_SCORE = 100
LONGEST_WINDOW_S = 7 * 86_400
LONGEST_TEXT = 500
LABELS = ("open", "confirmed", "false positive", "ignored")


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of fraud that calls can show.

    Attributes:
        key: of whom or what there is a case.
        about: what it looks for, for operators.
        defaults: each threshold; `window_s` is the length of the sliding window.
        weights: of each reason that its statement gives; a case scores their sum.
        looks_back: beyond the window, what its statement compares with.
        of_all: whether it adds up the calls of all customers, so that a case is nobody's.
        not_judged: why the calls do not tell it; empty: they do.
    """

    id: str
    title: str
    key: str
    about: str
    defaults: Thresholds = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    looks_back: timedelta = timedelta()
    of_all: bool = False
    not_judged: str = ""

    def thresholds(self, given: Thresholds) -> dict[str, Value]:
        """The defaults, but for what is given."""
        return {name: given.get(name, value) for name, value in self.defaults.items()}

    def window(self, thresholds: Thresholds) -> timedelta:
        return timedelta(seconds=float(thresholds["window_s"]))

    def quiet(self, thresholds: Thresholds) -> timedelta:
        """After how long without a call that it finds a case has ended."""
        return max(QUIET, self.window(thresholds))


def in_words(name: str) -> str:
    """A threshold, or a reason, as people read it: 'window_s' -> 'window, s'."""
    words, _, unit = name.rpartition("_")
    plain = name if unit not in ("s", "ms") else f"{words}, {unit}"
    return plain.replace("_", " ")


def figures_in_words(named: Mapping[str, object]) -> str:
    """In a line: {'window_s': 600, 'calls': 30} -> 'window 600 s, calls 30'.

    What is not known is left out.
    """
    said = []
    for name, value in named.items():
        words, _, unit = in_words(name).partition(", ")
        if value is not None:
            said.append(f"{words} {value} {unit}".rstrip())
    return ", ".join(said)


_LISTED = (
    Rule(
        "F1",
        "Toll fraud out of hours",
        "account",
        "Outside working hours or on a holiday, an account calls abroad often, at high cost, or"
        " on several lines at once: a hijacked telephone system.",
        {
            "window_s": 3600,
            "calls": 5,
            "minutes": 15,
            "cost": 25,
            "concurrent": 3,
            "open_from": 8,
            "open_until": 18,
        },
        {"off_hours": 20, "calls": 40, "cost": 40, "concurrent": 30},
    ),
    Rule(
        "F2",
        "Revenue share",
        "account and prefix",
        "An account calls a high-risk or dear prefix often or for long within an hour, or many"
        " numbers of one range of a middling price.",
        {
            "window_s": 3600,
            "calls": 10,
            "talk_minutes": 30,
            "talk_calls": 2,
            "dear": 0.5,
            "middling_from": 0.1,
            "middling_to": 0.3,
            "spread": 10,
        },
        {"listed": 40, "dear": 30, "calls": 30, "talk_minutes": 30, "spread": 60},
    ),
    Rule(
        "F3",
        "New destination",
        "account code and country",
        "The first call ever of an account code to a country that is dear or high-risk, with"
        " more of them within the hour.",
        {"window_s": 3600, "calls": 3, "dear": 0.2, "history_days": 7},
        {"first_ever": 40, "listed": 30, "dear": 30},
    ),
    Rule(
        "F4",
        "Velocity",
        "calling number",
        "A number makes many calls within minutes.",
        {"window_s": 600, "calls": 30, "per_minute": 10},
        {"calls": 50, "per_minute": 50},
    ),
    Rule(
        "F5",
        "Lines at once",
        "account",
        "An account holds more lines at once than it did in 99 of 100 calls of the day before,"
        " or than it has.",
        {"window_s": 3600, "above": 3, "channels": 0, "baseline_calls": 20},
        {"unusual": 50, "channels": 60},
        looks_back=timedelta(hours=25),
    ),
    Rule(
        "F6",
        "Long call",
        "call",
        "A call of hours, or a shorter one to where it is dear.",
        {"window_s": 1, "longest_s": 14_400, "dear_longest_s": 7200, "dear": 0.5},
        {"long": 60, "dear": 60},
    ),
    Rule(
        "F7",
        "Dialling in sequence",
        "calling number",
        "A number dials others one after the other, each the next: a machine does.",
        {"window_s": 3600, "run": 10},
        {"run": 70},
    ),
    Rule(
        "F8",
        "One number hammered",
        "called number",
        "One number is called again and again, whoever calls.",
        {"window_s": 600, "calls": 50},
        {"calls": 60},
        of_all=True,
    ),
    Rule(
        "F9",
        "Scan of numbers",
        "calling number",
        "A number tries numbers that nobody has, or that cannot be.",
        {"window_s": 300, "attempts": 30, "unallocated_share": 0.5, "invalid_share": 0.2},
        {"unallocated": 60, "invalid": 60},
    ),
    Rule(
        "F10",
        "Pings, own",
        "calling number",
        "A number of one's own lets many others ring for a moment, that they may call back.",
        {
            "window_s": 600,
            "attempts": 20,
            "distinct_share": 0.9,
            "answered_share": 0.05,
            "ring_s": 4,
        },
        {"pings": 80},
    ),
    Rule(
        "F11",
        "Pings called back",
        "customer and range",
        "A range lets one's own numbers ring for a moment, and is called back within the day.",
        {
            "window_s": 86_400,
            "attempts": 20,
            "distinct_share": 0.9,
            "answered_share": 0.05,
            "ring_s": 4,
            "calls": 3,
        },
        {"called_back": 80},
        looks_back=HOUR,
    ),
    Rule(
        "F12",
        "Traffic pumping",
        "range of called numbers",
        "A range draws far more and far longer calls than it did, far more than come from it,"
        " or far more than a year ago.",
        {
            "window_s": 86_400,
            "digits": 7,
            "day_minutes": 600,
            "acd_times": 3,
            "volume_times": 2,
            "month_minutes": 100_000,
            "ratio": 3,
            "growth_percent": 100,
        },
        {"swollen": 60, "ratio": 50, "growth": 50},
        of_all=True,
    ),
    Rule(
        "F13",
        "SIM box",
        "calling number",
        "Calls from abroad that come in by a mobile line at home.",
        not_judged="Needs the cells of one's own mobile network, which no record tells.",
    ),
    Rule(
        "F14",
        "Dialler",
        "calling number",
        "A number calls a lot, and hardly reaches anybody, or for seconds.",
        {
            "window_s": 21_600,
            "attempts": 20,
            "asr_percent": 10,
            "acd_s": 15,
            "sdr_percent": 50,
            "answered": 10,
        },
        {"asr": 50, "acd": 50, "sdr": 50},
    ),
    Rule(
        "F15",
        "False answers",
        "carrier and dial code",
        "A carrier answers before anybody can have, or for much shorter than others there.",
        {
            "window_s": 86_400,
            "answered": 50,
            "fast_ms": 1000,
            "fast_share": 0.3,
            "short_s": 10,
            "short_times": 2,
        },
        {"instant": 60, "short": 50},
        of_all=True,
    ),
    Rule(
        "F16",
        "Spend cap",
        "customer",
        "What a customer has spent on a day or in a month nears its limit, or reaches it.",
        {"window_s": 86_400, "daily": 500, "monthly": 5000, "warning_share": 0.8},
        {"warning": 40, "limit": 100},
        looks_back=timedelta(hours=2),
    ),
    Rule(
        "F17",
        "Change of country",
        "account",
        "The country from which an account signs in changes between calls.",
        not_judged="Needs the network address of who calls, which records do not tell.",
    ),
    Rule(
        "F18",
        "Hammering a trunk",
        "trunk",
        "A trunk fails call after call, or refuses nearly all.",
        {"window_s": 3600, "in_row": 30, "attempts": 50, "refused_share": 0.8},
        {"in_row": 50, "refused": 60},
        of_all=True,
    ),
    Rule(
        "F19",
        "Probing voicemail",
        "calling number and box",
        "Somebody tries a voicemail box or a dial-in again and again, for moments.",
        {"window_s": 3600, "calls": 10, "longest_s": 30, "numbers": "*97 *98 *86 *31"},
        {"probes": 70},
    ),
    Rule(
        "F20",
        "Forwarded abroad",
        "forwarded number and destination",
        "Calls from outside are forwarded to where it is dear, within one linked call.",
        {"window_s": 3600, "calls": 3, "dear": 0.2},
        {"forwarded": 80},
    ),
)

RULES: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in _LISTED})
"""All there are, by id."""


def rule_named(id: str) -> Rule:
    """The rule of an id, in any case. Raises NotFound."""
    found = RULES.get(id.strip().upper())
    if found is None:
        raise NotFound(f"There is no fraud rule {id!r}; there are {', '.join(RULES)}.")
    return found


def checked(rule: Rule, name: str, given: str) -> Value:
    """A threshold that somebody wrote. Raises BadRequest, with a sentence for them."""
    if name not in rule.defaults:
        known = ", ".join(rule.defaults) or f"none: {rule.not_judged}"
        raise BadRequest(f"{rule.id} has no threshold {name!r}; it has {known}.")
    usual = rule.defaults[name]
    if isinstance(usual, str):
        if len(given) > LONGEST_TEXT or not given.isprintable():
            raise BadRequest(f"{name} has at most {LONGEST_TEXT} characters, on one line.")
        return " ".join(given.split())
    try:
        value = float(given)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1e9:
        raise BadRequest(f"{name} is a number of 0 or more, not {given!r}.")
    if name == "window_s" and not 1 <= value <= LONGEST_WINDOW_S:
        raise BadRequest(f"A window has 1 to {LONGEST_WINDOW_S} seconds.")
    if name.endswith("_share") and value > 1:
        raise BadRequest(f"{name} is a share, from 0 to 1.")
    if isinstance(usual, int) and value != int(value) and not name.endswith("_share"):
        raise BadRequest(f"{name} is a whole number, not {given!r}.")
    return int(value) if value == int(value) else value


def score(rule: Rule, reasons: Iterable[str]) -> int:
    """How much speaks for fraud, of 100."""
    return min(MOST_SCORE, sum(rule.weights[reason] for reason in set(reasons)))


def reach(asked: Iterable[tuple[Rule, Thresholds]]) -> timedelta:
    """How far around a call the rules look: at least an hour, to see whether it was quiet."""
    spans = [rule.window(thresholds) + rule.looks_back for rule, thresholds in asked]
    return max([*spans, HOUR])


def spans(hours: Iterable[Window], around: timedelta) -> list[Window]:
    """The times to look at: `around` each of the windows, and nothing twice."""
    wide = sorted(
        (Window(each.start - around, each.end + around + TICK) for each in hours),
        key=lambda each: each.start,
    )
    merged = wide[:1]
    for _, each in pairwise(wide):
        if each.start <= merged[-1].end:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, each.end))
        else:
            merged.append(each)
    return merged
