"""A labelled set: attacks of ten kinds, hidden among ordinary calls of two weeks."""

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, text

from cdrstats.db.engine import sql
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import voip_cdr

EACH = 8
"""Attacks of each kind."""

GAMBIA = {"country_id": 270, "dialcode_id": 220, "buy_rate": 0.76, "sell_rate": 0.95}
Call = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attack:
    """What was hidden: the rule that is for it, and its calls."""

    rule: str
    calls: frozenset[uuid.UUID]


class _Attacker:
    """One customer of the ordinary ones, abused at a moment of the second week."""

    def __init__(self, dice: random.Random, first: datetime) -> None:
        self.dice = dice
        self.user_id = dice.randrange(1, 2001)
        self.caller = f"9105{self.user_id * 25 + dice.randrange(25):05}"
        day = first + timedelta(days=dice.randrange(8, 12))
        self.noon = day + timedelta(hours=9, seconds=dice.randrange(6 * 3600))
        self.night = day + timedelta(hours=23, seconds=dice.randrange(3600))

    def call(
        self, at: datetime, number: str, billsec: int, ring_s: int = 8, **more: Any
    ) -> Call:
        given: Call = {
            "user_id": self.user_id,
            "switch_id": 1,
            "caller_id_number": self.caller,
            "destination_number": f"00{number}",
            "destination_e164": number,
            "starting_date": at,
            "dedup_key": uuid.UUID(int=self.dice.getrandbits(128), version=4),
            "billsec": billsec,
            "answered": billsec > 0,
            "duration": billsec + ring_s,
            "hangup_cause_id": 16 if billsec else 19,
            "direction": 2,
            "call_type": 0,
            "country_id": 276,
            "dialcode_id": 49,
            "carrier_id": 1,
            "accountcode": f"ACC-{self.user_id}",
            "buy_rate": 0,
            "sell_rate": 0,
            "data": None,
        } | more
        for side in ("buy", "sell"):
            given[f"{side}_cost"] = round(given[f"{side}_rate"] * billsec / 60, 4)
        return given

    def every(self, seconds: float, count: int, start: datetime) -> Iterator[datetime]:
        for _ in range(count):
            yield start
            start += timedelta(seconds=seconds * self.dice.uniform(0.5, 1.5))

    def toll_fraud(self) -> list[Call]:
        """F1: at night, to many places, on several lines."""
        times = self.every(50, self.dice.randrange(12, 40), self.night)
        return [self.call(at, self.abroad(), self.dice.randrange(60, 900)) for at in times]

    def revenue_share(self) -> list[Call]:
        """F2: by day, to a listed prefix."""
        times = self.every(150, self.dice.randrange(15, 40), self.noon)
        return [
            self.call(at, f"2207{self.dice.randrange(10**6):06}", 300, **GAMBIA) for at in times
        ]

    def new_destination(self) -> list[Call]:
        """F3: a few dear calls to where the account never called."""
        times = self.every(500, self.dice.randrange(4, 7), self.noon)
        dear = GAMBIA | {"country_id": 694, "dialcode_id": 232}
        return [
            self.call(at, f"23276{self.dice.randrange(10**6):06}", 240, **dear) for at in times
        ]

    def velocity(self) -> list[Call]:
        """F4: call after call."""
        times = self.every(4, self.dice.randrange(60, 200), self.noon)
        return [self.call(at, self.abroad(), self.dice.choice([0, 0, 20, 60])) for at in times]

    def long_call(self) -> list[Call]:
        """F6: one call of hours."""
        return [self.call(self.noon, self.abroad(), self.dice.randrange(14_400, 30_000))]

    def sequence(self) -> list[Call]:
        """F7: one number after the other, slowly."""
        first = 493_000_000_000 + self.dice.randrange(10**6)
        times = self.every(60, self.dice.randrange(12, 40), self.noon)
        return [
            self.call(at, str(first + n), self.dice.choice([0, 9]))
            for n, at in enumerate(times)
        ]

    def hammering(self) -> list[Call]:
        """F8: one number, from many."""
        number = self.abroad()
        calls = []
        for at in self.every(6, self.dice.randrange(60, 150), self.noon):
            user = self.dice.randrange(1, 2001)
            caller = f"9105{user * 25 + self.dice.randrange(25):05}"
            more = {"user_id": user, "caller_id_number": caller, "accountcode": f"ACC-{user}"}
            calls.append(self.call(at, number, 10, **more))
        return calls

    def scan(self) -> list[Call]:
        """F9: numbers that nobody has."""
        times = self.every(5, self.dice.randrange(45, 150), self.noon)
        causes = [1, 1, 1, 28, 17, 19]
        return [
            self.call(at, self.abroad(), 0, hangup_cause_id=self.dice.choice(causes))
            for at in times
        ]

    def pings(self) -> list[Call]:
        """F10: many ring for a moment."""
        times = self.every(20, self.dice.randrange(35, 120), self.noon)
        return [self.call(at, self.abroad(), 0, self.dice.randrange(1, 4)) for at in times]

    def called_back(self) -> list[Call]:
        """F11: pings that come in, and calls back."""
        range_ = f"24491{self.dice.randrange(1000):03}"
        calls = []
        for at in self.every(20, 40, self.noon):
            own = f"9105{self.dice.randrange(10_000):05}"
            came = {"direction": 1, "call_type": 1, "country_id": 724, "dialcode_id": 34}
            came |= {"caller_id_number": f"00{range_}{self.dice.randrange(1000):03}"}
            calls.append(self.call(at, f"34{own}", 0, 2, **came))
        for at in self.every(400, 6, self.noon + timedelta(hours=1)):
            there = {"country_id": 24, "dialcode_id": 244}
            number = f"{range_}{self.dice.randrange(1000):03}"
            calls.append(self.call(at, number, 90, **there))
        return calls

    def abroad(self) -> str:
        return f"49{self.dice.randrange(10**9):09}"


KINDS: dict[str, Callable[[_Attacker], list[Call]]] = {
    "F1": _Attacker.toll_fraud,
    "F2": _Attacker.revenue_share,
    "F3": _Attacker.new_destination,
    "F4": _Attacker.velocity,
    "F6": _Attacker.long_call,
    "F7": _Attacker.sequence,
    "F8": _Attacker.hammering,
    "F9": _Attacker.scan,
    "F10": _Attacker.pings,
    "F11": _Attacker.called_back,
}


def hide(engine: Engine, ordinary: int, first: datetime, seed: int) -> list[Attack]:
    """Store `ordinary` calls of the two weeks from `first` on, and attacks among them."""
    make_months(engine, [first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)])
    dice = random.Random(seed)
    attacks = []
    with engine.begin() as conn:
        conn.execute(text("INSERT INTO switch (id, name) VALUES (1, 'bench')"))
        given = {"first": first, "seed": seed % 1000 / 1000, "count": ordinary}
        conn.execute(sql("bench", "fill_ordinary"), given)
        for rule, make in KINDS.items():
            for _ in range(EACH):
                calls = make(_Attacker(dice, first))
                conn.execute(insert(voip_cdr), calls)
                attacks.append(Attack(rule, frozenset(call["dedup_key"] for call in calls)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(text("VACUUM ANALYZE voip_cdr"))
    return attacks
