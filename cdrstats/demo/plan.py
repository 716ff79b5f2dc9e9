"""Draw the demo's calls. Pure: the same calls, days, seed and now give the same arrays.

Each switch has its working hours and home country, each customer its own mix of destinations.
Three things stand out: an incident, in which the calls of `pbx-madrid` fail with causes 34 and
41 for an hour and a half; a fraud burst, a night of calls to Cuba from one account code; and a
carrier by which most calls to one country fail with the same causes.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray

from cdrstats.clock import Window
from cdrstats.demo import world
from cdrstats.demo.events import fraud, incident
from cdrstats.demo.world import CAUSES, DemoSwitch

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

STEP_S = 300  # traffic has one intensity over each stretch of this length

INTERNATIONAL, HOME, INTERNAL, INBOUND = range(4)

INCIDENT_ANSWERED = 0.06  # of the calls during the incident
INCIDENT_RETRIES = 2.4  # callers try again
FRAUD_SHARE = 0.045  # of the carrier's calls

# Calls in each hour of a working day, local time, against the busiest.
OFFICE_HOURS = np.array(
    [2, 1, 1, 1, 1, 2, 6, 22, 58, 88, 98, 100, 92, 70, 62, 82, 95, 90, 66, 40, 24, 14, 8, 4]
)


@dataclass(frozen=True, slots=True)
class Traffic:
    """The calls of one switch, ordered by their end; every array has one element a call."""

    switch: DemoSwitch
    start: Whole  # seconds since 1970, UTC
    ring: Whole  # seconds from start to answer, or to the end of an unanswered call
    billsec: Whole  # seconds of conversation, 0 if not answered
    cause: Whole  # index into world.CAUSES
    kind: Whole  # INTERNATIONAL, HOME, INTERNAL or INBOUND
    account: Whole  # index into `accounts`
    destination: Whole  # index into world.destinations()
    carrier: Whole  # index into the switch's carriers; of no meaning if INTERNAL
    number: Whole  # subscriber's digits after the destination's prefix
    caller: Whole  # which of the account's telephones, or of the world's numbers if INBOUND
    accounts: tuple[str, ...]

    @property
    def end(self) -> Whole:
        """Seconds since 1970, UTC, at which each call was hung up."""
        return self.start + self.ring + self.billsec


def plan(calls: int, days: int, seed: int, now: datetime) -> list[Traffic]:
    """Draw `calls` calls over the `days` days before `now`, the last just ended."""
    now = now.astimezone(UTC).replace(microsecond=0)
    window = Window(now - timedelta(days=days), now)
    counts = _share_out(calls)
    return [
        _draw(switch, counts[number], window, np.random.default_rng((seed, number)))
        for number, switch in enumerate(world.SWITCHES)
    ]


def _share_out(calls: int) -> list[int]:
    """Calls of each switch, in the order of world.SWITCHES."""
    counts = [int(calls * switch.share) for switch in world.SWITCHES]
    counts[0] += calls - sum(counts)
    return counts


def _draw(switch: DemoSwitch, count: int, window: Window, rng: Generator) -> Traffic:
    now = window.end
    begin, end = int(window.start.timestamp()), int(now.timestamp())
    accounts, account_weights = _accounts(switch)

    intensity = _intensity(switch, window, rng)
    if switch is world.ASTERISK:
        intensity[_steps(incident(now), begin, len(intensity))] *= INCIDENT_RETRIES
    step = rng.choice(len(intensity), size=count, p=intensity / intensity.sum())
    start = begin + step * STEP_S + rng.integers(0, STEP_S, count)
    account = rng.choice(len(accounts), size=count, p=account_weights)
    kind = rng.choice(
        4,
        size=count,
        p=[1 - switch.internal - switch.inbound, 0, switch.internal, switch.inbound],
    )
    destination = _destinations(switch, account, rng)
    shares = [share for _, share in switch.carriers]
    carrier = rng.choice(len(shares), size=count, p=shares)

    burst = np.zeros(count, dtype=bool)
    night = fraud(now)
    if switch is world.CARRIER and night.start >= window.start:
        burst[: int(count * FRAUD_SHARE)] = True
        first, last = int(night.start.timestamp()), int(night.end.timestamp())
        start[burst] = rng.integers(first, last, int(burst.sum()))
        account[burst] = accounts.index(world.FRAUD_ACCOUNT)
        destination[burst] = _country_index(world.FRAUD_COUNTRY)

    home = np.array([place.country == switch.country for place in world.destinations()])
    kind[(kind == INTERNATIONAL) & home[destination]] = HOME
    ratio, median = _column("answer_ratio")[destination], _column("median_s")[destination]
    ratio[kind == INTERNAL], ratio[kind == INBOUND], ratio[burst] = 0.72, 0.81, 0.93
    median[kind == INTERNAL], median[kind == INBOUND], median[burst] = 48, 120, 420
    leaving = ((kind == INTERNATIONAL) | (kind == HOME)) & ~burst
    ratio[leaving] *= np.array([each.answered for each, _ in switch.carriers])[carrier[leaving]]
    failing = leaving & _poor(switch, carrier, destination)
    ratio[failing] *= world.POOR_ANSWERED
    if switch is world.ASTERISK:
        struck = _during(incident(now), start) & (kind != INTERNAL)
        ratio[struck] = INCIDENT_ANSWERED
        failing |= struck

    cause = _causes(ratio, failing, rng)
    ring = _log_normal(_ring_median()[cause], _ring_sigma()[cause], rng, 0, 90)
    sigma = np.where(burst, 0.45, 1.15)
    billsec = np.where(cause == 0, _log_normal(median, sigma, rng, 1, 3 * 3600), 0)
    start = _over_by(start, ring + billsec, end, rng)
    order = np.lexsort((start, start + ring + billsec))
    return Traffic(
        switch=switch,
        start=start[order],
        ring=ring[order],
        billsec=billsec[order],
        cause=cause[order],
        kind=kind[order],
        account=account[order],
        destination=destination[order],
        carrier=carrier[order],
        number=_numbers(destination, burst, rng)[order],
        caller=_callers(account, kind, rng)[order],
        accounts=accounts,
    )


def _intensity(switch: DemoSwitch, window: Window, rng: Generator) -> Real:
    """How busy the switch is in each step of the window, up to a factor."""
    steps = max(1, int(window.length.total_seconds()) // STEP_S)
    stamps = pd.date_range(window.start, periods=steps, freq=f"{STEP_S}s")
    local = stamps.tz_convert(switch.timezone)
    hour = local.hour.to_numpy() + local.minute.to_numpy() / 60
    by_hour = np.interp(hour, np.arange(25), np.append(OFFICE_HOURS, OFFICE_HOURS[0])) / 100
    by_hour = switch.night + (1 - switch.night) * by_hour
    weekday = np.array([1.0, 1.04, 1.05, 1.02, 0.93, switch.weekend, switch.weekend * 0.7])
    growth = np.linspace(0.88, 1.0, steps)
    day = ((local.tz_localize(None) - pd.Timestamp("2000-01-01")).days).to_numpy()
    by_day = rng.lognormal(0, 0.06, int(day.max() - day.min()) + 1)[day - day.min()]
    return np.asarray(by_hour * weekday[local.day_of_week.to_numpy()] * growth * by_day)


def _accounts(switch: DemoSwitch) -> tuple[tuple[str, ...], Real]:
    """The account codes seen on the switch, and how likely each is."""
    codes: list[str] = [world.STRAY_ACCOUNT]
    weights = [1.2]
    for customer in world.CUSTOMERS:
        if switch.name in customer.switches:
            codes += customer.account_codes
            shares = [1 / (rank + 1) for rank in range(len(customer.account_codes))]
            weights += [customer.weight * share / sum(shares) for share in shares]
    return tuple(codes), np.array(weights) / sum(weights)


def _destinations(switch: DemoSwitch, account: Whole, rng: Generator) -> Whole:
    """Where each call goes: every account has a mix of its own."""
    weight = _column("weight")
    home = np.array([place.country == switch.country for place in world.destinations()])
    weight = np.where(home, weight * switch.home, weight)
    weight = np.where(
        np.isin([place.country for place in world.destinations()], ["ES", "GB"]) & ~home,
        weight * 0.35,
        weight,
    )
    destination = np.zeros(len(account), dtype=np.int64)
    for code in range(int(account.max(initial=0)) + 1):
        own = weight * rng.lognormal(0, 0.7, len(weight))
        mine = account == code
        destination[mine] = rng.choice(len(own), size=int(mine.sum()), p=own / own.sum())
    return destination


def _poor(switch: DemoSwitch, carrier: Whole, destination: Whole) -> NDArray[np.bool_]:
    """Which calls go by the carrier, and to the country, that do badly together."""
    by = np.array([each is world.POOR_CARRIER for each, _ in switch.carriers])
    to = np.array([place.country == world.POOR_COUNTRY for place in world.destinations()])
    return np.asarray(by[carrier] & to[destination])


def _causes(ratio: Real, failing: NDArray[np.bool_], rng: Generator) -> Whole:
    """An index into CAUSES for each call, 0 where it is answered."""
    weights = np.array([cause.weight for cause in CAUSES])
    cause = rng.choice(len(CAUSES), size=len(ratio), p=weights / weights.sum())
    broken = rng.choice([world.CONGESTION, world.TEMPORARY_FAILURE], len(ratio), p=[0.7, 0.3])
    cause = np.where(failing, broken, cause)
    return np.where(rng.random(len(ratio)) < ratio, 0, cause)


def _over_by(start: Whole, length: Whole, now: int, rng: Generator) -> Whole:
    """Move calls that would still be going on back, and the last one to just before `now`."""
    late = start + length > now - 5
    start = np.where(late, now - length - rng.integers(5, 600, len(start)), start)
    if len(start):
        last = int(np.argmax(start + length))
        start[last] = now - int(length[last]) - 5
    return start


def _numbers(destination: Whole, burst: NDArray[np.bool_], rng: Generator) -> Whole:
    """Subscriber's digits: some numbers are called often, most once; the burst dials few."""
    pool = max(40, len(destination) // 8)
    favourite = (rng.random(len(destination)) ** 2 * pool).astype(np.int64)
    favourite[burst] %= 12
    digits = np.array([place.digits for place in world.destinations()], dtype=np.int64)
    scattered = (favourite + 1) * 2_654_435_761 + destination * 40_503_001
    return np.asarray(scattered % 10 ** digits[destination])


def _callers(account: Whole, kind: Whole, rng: Generator) -> Whole:
    """Telephones: 40 an account; from outside, any of 900."""
    own = (rng.random(len(account)) ** 1.6 * 40).astype(np.int64)
    return np.where(kind == INBOUND, rng.integers(0, 900, len(account)), own)


def _log_normal(
    median: Real, sigma: Real, rng: Generator, least: int, most: int
) -> NDArray[np.int64]:
    drawn = median * np.exp(sigma * rng.standard_normal(len(median)))
    return np.clip(np.rint(drawn), least, most).astype(np.int64)


def _steps(window: Window, begin: int, count: int) -> slice:
    """The steps, counted from `begin`, that `window` covers, as far as there are such."""
    first = (int(window.start.timestamp()) - begin) // STEP_S
    last = (int(window.end.timestamp()) - begin) // STEP_S
    return slice(max(0, first), max(0, min(count, last)))


def _during(window: Window, start: Whole) -> NDArray[np.bool_]:
    first, last = int(window.start.timestamp()), int(window.end.timestamp())
    return np.asarray((start >= first) & (start < last))


def _column(name: str) -> Real:
    return np.array([getattr(place, name) for place in world.destinations()], dtype=float)


def _country_index(country: str) -> int:
    places = world.destinations()
    return next(i for i, place in enumerate(places) if place.country == country)


def _ring_median() -> Real:
    return np.array([cause.ring[0] for cause in CAUSES], dtype=float)


def _ring_sigma() -> Real:
    return np.array([cause.ring[1] for cause in CAUSES], dtype=float)
