"""Every figure: its name, what it means, and how it comes from parts that add up. Pure.

A figure over nothing is None, never 0: "nobody called" is not "nobody answered".
Definitions: ITU-T E.425, RFC 6076; docs/definitions.md.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cdrstats.metrics.parts import Parts

Number = int | float | Decimal
Better = Literal["up", "down", "neutral"]
Unit = Literal["count", "minutes", "seconds", "score", "percent", "money"]
Top = Callable[[Parts], int | Decimal]

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure: `scale` * `top` / `bottom`, or just `top` where nothing divides it.

    `above` and `below` say in words what these are, for whoever asks how a figure came about.
    """

    name: str
    label: str
    definition: str
    unit: Unit
    better: Better  # which direction is good news
    top: Top
    bottom: Top | None = None
    scale: Decimal = Decimal(1)
    above: str = ""
    below: str = ""
    leaves_out: str = ""  # which calls are not in it, and why
    above_calls: str = ""  # which calls are above, by cdrstats.counting; "": all
    below_calls: str = ""  # and which below
    percentile: float | None = None  # 0.5: the median; such a figure comes from no parts
    adds_up: bool = True  # a sum or a ratio of sums; no maximum, and no percentile
    fine: bool = False  # of so few seconds that tenths count

    @property
    def is_ratio(self) -> bool:
        """Whether what divides it grows with the calls; minutes are seconds / 60."""
        return self.below != ""

    @property
    def is_share(self) -> bool:
        """Whether it is a share of calls, so that chance has bounds."""
        return self.unit == "percent" and self.above_calls != ""

    @property
    def is_maximum(self) -> bool:
        """Whether it is that of one call: it does not add up, but comes from parts."""
        return not self.adds_up and self.percentile is None

    def of(self, parts: Parts) -> Number | None:
        """The figure; None if it divides by nothing. Money is Decimal, percentages 0 to 100.

        A percentile comes from no parts, and is None here: `cdrstats.traffic.measure` has it.
        """
        if self.percentile is not None:
            return None
        above = self.top(parts)
        if self.bottom is None:
            return above
        below = self.bottom(parts)
        return float(self.scale * above / below) if below else None


def _seized(parts: Parts) -> int:
    return parts.calls - parts.blocked


def _longest(parts: Parts) -> int:
    if parts.longest is None:
        raise ValueError("The longest call was not asked for.")
    return parts.longest


def _none(_: Parts) -> int:
    return 0


_ALL = (
    Metric(
        "calls",
        "Calls",
        "Calls by the moment they started: each attempt that a switch recorded, unless retries"
        " and legs are counted as one.",
        "count",
        "up",
        lambda p: p.calls,
        above="calls",
    ),
    Metric(
        "attempts",
        "Attempts",
        "Records of the switches: every attempt, also each retry and each leg.",
        "count",
        "neutral",
        lambda p: p.attempts,
        above="records of calls",
    ),
    Metric(
        "answered",
        "Answered",
        "Calls with an answer time; with talk time where the switch gives no answer time.",
        "count",
        "up",
        lambda p: p.answered,
        above="answered calls",
        leaves_out="Calls that were not answered.",
        above_calls="answered",
    ),
    Metric(
        "minutes",
        "Minutes",
        "Minutes from answer to hang-up, of calls that started in the period.",
        "minutes",
        "up",
        lambda p: p.billsec,
        lambda _: 60,
        above="seconds from answer to hang-up",
        above_calls="answered",
    ),
    Metric(
        "billed_minutes",
        "Billed minutes",
        "Minutes that are charged for, after minimum and increment, of the calls that have"
        " been rated or whose switch tells.",
        "minutes",
        "up",
        lambda p: p.billed,
        lambda p: 60 if p.billed_calls else 0,
        above="billable seconds",
        leaves_out="Calls without billable seconds: not rated, and not told by the switch.",
        above_calls="billed_calls",
    ),
    Metric(
        "asr",
        "ASR",
        "Answer-seizure ratio: answered calls of the calls that obtained a circuit"
        " (ITU-T E.425).",
        "percent",
        "up",
        lambda p: p.answered,
        _seized,
        HUNDRED,
        above="answered calls",
        below="calls that obtained a circuit",
        leaves_out="Calls whose cause is marked as blocked, if any is.",
        above_calls="answered",
        below_calls="seized",
    ),
    Metric(
        "abr",
        "ABR",
        "Answer-bid ratio: answered calls of all attempts, also those that obtained no"
        " circuit (ITU-T E.425).",
        "percent",
        "up",
        lambda p: p.answered,
        lambda p: p.calls,
        HUNDRED,
        above="answered calls",
        below="all attempts",
        leaves_out="Attempts of which the switch left no record.",
        above_calls="answered",
    ),
    Metric(
        "acd",
        "ACD",
        "Average call duration: seconds from answer to hang-up, per answered call.",
        "seconds",
        "up",
        lambda p: p.billsec,
        lambda p: p.answered,
        above="seconds from answer to hang-up",
        below="answered calls",
        leaves_out="Calls that were not answered.",
        above_calls="answered",
        below_calls="answered",
    ),
    Metric(
        "mcd",
        "MCD",
        "Maximum call duration: seconds from answer to hang-up of the longest call.",
        "seconds",
        "neutral",
        _longest,
        lambda p: 1 if p.answered else 0,
        above="seconds of the longest call",
        leaves_out="Calls that were not answered.",
        adds_up=False,
        above_calls="answered",
    ),
    Metric(
        "ner",
        "NER",
        "Network effectiveness ratio: calls that were answered, or that the called side"
        " ended (busy, no answer, absent, rejected), of the calls that obtained a circuit"
        " (ITU-T E.425).",
        "percent",
        "up",
        lambda p: p.delivered,
        _seized,
        HUNDRED,
        above="calls that were answered, or ended by the called side",
        below="calls that obtained a circuit",
        leaves_out="Calls whose cause is marked as blocked, if any is.",
        above_calls="delivered",
        below_calls="seized",
    ),
    Metric(
        "ner_extended",
        "NER, extended",
        "NER that also counts as delivered the calls that the caller gave up while it rang.",
        "percent",
        "up",
        lambda p: p.delivered + p.cancelled,
        _seized,
        HUNDRED,
        above="calls that were answered, ended by the called side, or given up while it rang",
        below="calls that obtained a circuit",
        leaves_out="Calls whose cause is marked as blocked, if any is.",
        above_calls="delivered_extended",
        below_calls="seized",
    ),
    Metric(
        "sdr",
        "SDR",
        "Short-duration ratio: answered calls of 1 to 6 seconds, of all answered calls.",
        "percent",
        "down",
        lambda p: p.short,
        lambda p: p.answered,
        HUNDRED,
        above="answered calls of 1 to 6 seconds",
        below="answered calls",
        leaves_out="Calls that were not answered.",
        above_calls="short",
        below_calls="answered",
    ),
    Metric(
        "pdd",
        "PDD",
        "Post-dial delay: average seconds until ringing was heard, over the calls that"
        " reached it and whose switch tells.",
        "seconds",
        "down",
        lambda p: p.pdd_ms,
        lambda p: p.pdd_calls,
        Decimal("0.001"),
        above="milliseconds until ringing was heard",
        below="calls that have a post-dial delay",
        leaves_out="Calls that never rang, or whose switch does not tell.",
        above_calls="pdd_calls",
        below_calls="pdd_calls",
        fine=True,
    ),
    Metric(
        "pdd_p50",
        "PDD, median",
        "Post-dial delay that half of the calls stay within, over the calls that have one.",
        "seconds",
        "down",
        _none,
        above="the middle one of the post-dial delays",
        leaves_out="Calls that never rang, or whose switch does not tell.",
        percentile=0.5,
        fine=True,
        adds_up=False,
        above_calls="pdd_calls",
    ),
    Metric(
        "pdd_p95",
        "PDD, 95 %",
        "Post-dial delay that 95 of 100 calls stay within, over the calls that have one.",
        "seconds",
        "down",
        _none,
        above="the post-dial delay that 95 % of the calls stay within",
        leaves_out="Calls that never rang, or whose switch does not tell.",
        percentile=0.95,
        fine=True,
        adds_up=False,
        above_calls="pdd_calls",
    ),
    Metric(
        "mos",
        "MOS",
        "Mean opinion score, 1 to 5: average over the calls whose switch tells one.",
        "score",
        "up",
        lambda p: p.mos,
        lambda p: p.mos_calls,
        above="sum of the scores",
        below="calls that have a score",
        leaves_out="Calls whose switch tells no score.",
        above_calls="mos_calls",
        below_calls="mos_calls",
    ),
    Metric(
        "ser",
        "SER",
        "Session establishment ratio: calls answered with 200, of the calls that were not"
        " redirected (RFC 6076, 4.6).",
        "percent",
        "up",
        lambda p: p.sip_ok,
        lambda p: p.invites - p.sip_redirected,
        HUNDRED,
        above="calls with SIP status 200",
        below="calls with a SIP status other than 3xx",
        leaves_out="Calls whose switch tells no SIP status.",
        above_calls="sip_ok",
        below_calls="sip_direct",
    ),
    Metric(
        "seer",
        "SEER",
        "Session establishment effectiveness ratio: calls ended by 200, 480, 486, 600 or 603,"
        " of the calls that were neither redirected nor challenged (RFC 6076, 4.7).",
        "percent",
        "up",
        lambda p: p.sip_effective,
        lambda p: p.invites - p.sip_redirected - p.sip_challenged,
        HUNDRED,
        above="calls with SIP status 200, 480, 486, 600 or 603",
        below="calls with a SIP status other than 3xx, 401, 402 and 407",
        leaves_out="Calls whose switch tells no SIP status.",
        above_calls="sip_effective",
        below_calls="sip_unchallenged",
    ),
    Metric(
        "isa",
        "ISA",
        "Ineffective session attempts: calls ended by 408, 500, 503 or 504, of all calls"
        " (RFC 6076, 4.8).",
        "percent",
        "down",
        lambda p: p.sip_failed,
        lambda p: p.invites,
        HUNDRED,
        above="calls with SIP status 408, 500, 503 or 504",
        below="calls with a SIP status",
        leaves_out="Calls whose switch tells no SIP status.",
        above_calls="sip_failed",
        below_calls="invites",
    ),
    Metric(
        "buy_cost",
        "Buy cost",
        "What the carriers charge for the calls.",
        "money",
        "down",
        lambda p: p.buy_cost,
        above="buy costs of the calls",
    ),
    Metric(
        "sell_cost",
        "Sell cost",
        "What the customers are charged for the calls.",
        "money",
        "up",
        lambda p: p.sell_cost,
        above="sell costs of the calls",
    ),
    Metric(
        "margin",
        "Margin",
        "Sell cost less buy cost.",
        "money",
        "up",
        lambda p: p.sell_cost - p.buy_cost,
        above="sell cost less buy cost",
    ),
    Metric(
        "margin_percent",
        "Margin %",
        "Sell cost less buy cost, of sell cost.",
        "percent",
        "up",
        lambda p: p.sell_cost - p.buy_cost,
        lambda p: p.sell_cost,
        HUNDRED,
        above="sell cost less buy cost",
        below="sell cost",
    ),
)

METRICS = {metric.name: metric for metric in _ALL}
