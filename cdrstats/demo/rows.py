"""The demo's calls in the words of their switches: columns of text, one element a call."""

import zlib
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

import numpy as np
import pandas as pd

from cdrstats.demo import world
from cdrstats.demo.plan import HOME, INBOUND, INTERNAL, Traffic, Whole
from cdrstats.demo.world import CAUSES, FIRST_NAMES, LAST_NAMES

_UUID_EPOCH = 0x01B21DD213814000  # 1582-10-15 to 1970-01-01, in steps of 100 ns
_NODE = 0x02_43_44_52_00_00

CARRIER_MARKUP = {"GB": 1.18, "ES": 1.22, "CU": 1.03, "UA": 0.94, "PK": 0.97}
"""Selling price against buying price; some destinations lose money."""

_MONEY = Decimal("0.0001")


class Call(NamedTuple):
    """A call as its switch tells of it."""

    inbound: bool
    account: str
    telephone: str  # the extension of the account that the call is from, or to
    carrier: str  # that it left by, or came in by; '' between extensions
    numbers: tuple[str, str]  # the caller's, the dialled one
    name: str  # of the caller
    cause: world.Cause
    epoch: int  # of its start, seconds, UTC
    start: str  # local stamps
    answer: str  # of no meaning if it was not answered
    end: str
    ring: int  # seconds
    talk: int  # seconds
    uuid: str
    rank: int  # among the calls of the switch by start, from 0


def stamps(seconds: Whole, timezone: str) -> list[str]:
    """`YYYY-MM-DD HH:MM:SS` in local time, as switches write it."""
    utc = pd.DatetimeIndex(seconds.astype("datetime64[s]"), tz="UTC")
    local = utc.tz_convert(timezone).tz_localize(None)
    written = np.datetime_as_string(local.to_numpy().astype("datetime64[s]"))
    return [f"{stamp[:10]} {stamp[11:]}" for stamp in written.tolist()]


def months(traffic: Traffic) -> list[str]:
    """`YYYY-MM` of each call's end in local time: the file that it is written to."""
    return [stamp[:7] for stamp in stamps(traffic.end, traffic.switch.timezone)]


def _numbers(traffic: Traffic) -> Iterator[tuple[str, str]]:
    """The caller's number and the dialled one, as the switch sees them."""
    places = world.destinations()
    country = traffic.switch.country
    calling_code = {"ES": "34", "GB": "44"}.get(country, "")
    trunk = {"GB": "0"}.get(country, "")
    abroad = "00" if country else "+"
    for kind, account, caller, destination, digits in zip(
        traffic.kind.tolist(),
        traffic.account.tolist(),
        traffic.caller.tolist(),
        traffic.destination.tolist(),
        traffic.number.tolist(),
        strict=True,
    ):
        place = places[destination]
        other = f"{place.prefix}{digits:0{place.digits}d}"
        if kind == INTERNAL:
            yield _extension(account, caller), _extension(account, digits % 40)
        elif kind == INBOUND:
            yield f"+{other}", _own_number(country, account, caller % 40)
        elif kind == HOME:
            yield _own_number(country, account, caller), trunk + other[len(calling_code) :]
        else:
            yield _own_number(country, account, caller), abroad + other


def _telephones(traffic: Traffic) -> list[str]:
    """Extensions; calls from outside ring one of them."""
    own = zip(traffic.account.tolist(), traffic.caller.tolist(), strict=True)
    return [_extension(account, telephone % 40) for account, telephone in own]


def _carriers(traffic: Traffic) -> list[str]:
    names = [carrier.name for carrier, _ in traffic.switch.carriers]
    used = zip(traffic.kind.tolist(), traffic.carrier.tolist(), strict=True)
    return ["" if kind == INTERNAL else names[index] for kind, index in used]


def _extension(account: int, telephone: int) -> str:
    return str(2000 + account * 40 + telephone)


def _own_number(country: str, account: int, telephone: int) -> str:
    if country == "ES":
        return f"9105{account:02d}{telephone:03d}"
    if country == "GB":
        return f"0207946{account * 40 + telephone:04d}"
    return f"+349105{account:02d}{telephone:03d}"


def _names(traffic: Traffic) -> list[str]:
    """The caller's name; callers from outside have none."""
    people = [
        f"{FIRST_NAMES[i % len(FIRST_NAMES)]} {LAST_NAMES[i % len(LAST_NAMES)]}"
        for i in range(len(FIRST_NAMES) * len(LAST_NAMES))
    ]
    person = (traffic.account * 40 + traffic.caller) % len(people)
    return [
        "" if kind == INBOUND else people[who]
        for kind, who in zip(traffic.kind.tolist(), person.tolist(), strict=True)
    ]


def _uuids(traffic: Traffic, first: int) -> list[str]:
    """Version 1, so that each carries the instant of its call, as FreeSWITCH's own do."""
    node = _NODE + zlib.crc32(traffic.switch.name.encode()) % 65536
    ticks = traffic.start * 10_000_000 + _UUID_EPOCH + first + np.arange(len(traffic.start))
    return [
        f"{tick & 0xFFFFFFFF:08x}-{tick >> 32 & 0xFFFF:04x}-{tick >> 48 | 0x1000:04x}"
        f"-{0x8000 | number & 0x3FFF:04x}-{node:012x}"
        for number, tick in enumerate(ticks.tolist())
    ]


def calls(traffic: Traffic, first: int = 0) -> Iterator[Call]:
    """The calls, in the order of `traffic`; `first` calls of its switch came before."""
    zone = traffic.switch.timezone
    rank = np.empty(len(traffic.start), dtype=np.int64)
    rank[np.argsort(traffic.start, kind="stable")] = np.arange(len(traffic.start))
    return map(
        Call,
        (traffic.kind == INBOUND).tolist(),
        [traffic.accounts[index] for index in traffic.account.tolist()],
        _telephones(traffic),
        _carriers(traffic),
        _numbers(traffic),
        _names(traffic),
        [CAUSES[index] for index in traffic.cause.tolist()],
        traffic.start.tolist(),
        stamps(traffic.start, zone),
        stamps(traffic.start + traffic.ring, zone),
        stamps(traffic.end, zone),
        traffic.ring.tolist(),
        traffic.billsec.tolist(),
        _uuids(traffic, first),
        rank.tolist(),
    )


def prices(traffic: Traffic) -> list[tuple[str, str, str, str]]:
    """Buying rate and cost, selling rate and cost, in euros; the rates a minute."""
    rates = [
        [_rates(place, carrier) for place in world.destinations()]
        for carrier, _ in traffic.switch.carriers
    ]
    return [
        (str(buy), _cost(buy, talk_s), str(sell), _cost(sell, talk_s))
        for (buy, sell), talk_s in (
            (rates[carrier][place], talk_s)
            for carrier, place, talk_s in zip(
                traffic.carrier.tolist(),
                traffic.destination.tolist(),
                traffic.billsec.tolist(),
                strict=True,
            )
        )
    ]


def _rates(place: world.Destination, carrier: world.DemoCarrier) -> tuple[Decimal, Decimal]:
    usual = Decimal(str(place.buy_rate))
    buy = usual * Decimal(str(carrier.price))
    sell = usual * Decimal(str(CARRIER_MARKUP.get(place.country, 1.3)))
    return buy.quantize(_MONEY, ROUND_HALF_UP), sell.quantize(_MONEY, ROUND_HALF_UP)


def _cost(rate: Decimal, talk_s: int) -> str:
    return str((rate * talk_s / 60).quantize(_MONEY, ROUND_HALF_UP)) if talk_s else "0"
