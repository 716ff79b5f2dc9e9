"""Who calls whom in the demo: its switches, carriers, customers, destinations, hangup causes.

All of it is invented. Prices are euros a minute.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

FRAUD_ACCOUNT = "HOT-204"
FRAUD_COUNTRY = "CU"


@dataclass(frozen=True, slots=True)
class DemoCarrier:
    """By whom calls leave a switch, and how well they fare."""

    name: str
    answered: float  # against the destination's usual ratio
    price: float  # against its usual price


EUROVOZ = DemoCarrier("eurovoz", 1.0, 1.0)
TRANSGLOBAL = DemoCarrier("transglobal", 1.02, 1.08)
LOWCOST = DemoCarrier("lowcost-voip", 0.93, 0.82)

POOR_CARRIER, POOR_COUNTRY, POOR_ANSWERED = LOWCOST, "MA", 0.35
"""What one of them does badly: most calls to one country find no circuit."""


@dataclass(frozen=True, slots=True)
class DemoSwitch:
    """A switch that writes files, and the habits of those who call through it."""

    name: str
    source: str  # the reader of its files
    timezone: str
    country: str  # ISO 3166-1 alpha-2 of its home, "" for a carrier without one
    share: float  # of all calls
    internal: float  # share of its calls between extensions
    inbound: float  # share of its calls from outside
    home: float  # how much heavier its own country weighs
    night: float  # calls at night, against the busiest hour
    weekend: float  # calls on a Saturday, against a working day
    carriers: tuple[tuple[DemoCarrier, float], ...]  # and their shares of the calls


# fmt: off
ASTERISK = DemoSwitch(
    "pbx-madrid", "asterisk_csv", "Europe/Madrid", "ES", 0.45, 0.09, 0.22, 5.0, 0.02, 0.22,
    ((EUROVOZ, 0.7), (LOWCOST, 0.3)),
)
FREESWITCH = DemoSwitch(
    "sbc-london", "freeswitch_csv", "Europe/London", "GB", 0.30, 0.04, 0.15, 4.0, 0.03, 0.30,
    ((EUROVOZ, 0.4), (TRANSGLOBAL, 0.6)),
)
CARRIER = DemoSwitch(
    "carrier-x", "cdrstats_csv", "UTC", "", 0.25, 0.0, 0.0, 0.4, 0.22, 0.62,
    ((TRANSGLOBAL, 0.45), (EUROVOZ, 0.3), (LOWCOST, 0.25)),
)
# fmt: on

SWITCHES = (ASTERISK, FREESWITCH, CARRIER)


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    name: str
    account_codes: tuple[str, ...]
    switches: tuple[str, ...]
    weight: float  # of its calls among the others on a switch


CUSTOMERS = (
    DemoCustomer("Acme Logistics", ("ACM-101", "ACM-102", "ACM-103"), ("pbx-madrid",), 22),
    DemoCustomer("Banco Levante", ("BLV-10", "BLV-20"), ("pbx-madrid", "carrier-x"), 17),
    DemoCustomer("Clínica Norte", ("CLN-1",), ("pbx-madrid",), 9),
    DemoCustomer("Viajes Alameda", ("VIA-7", "VIA-8"), ("pbx-madrid", "carrier-x"), 8),
    DemoCustomer("Hotel Miramar", ("HOT-201", "HOT-204"), ("pbx-madrid", "carrier-x"), 5),
    DemoCustomer("Thames Support", ("TSL-EU", "TSL-UK"), ("sbc-london", "carrier-x"), 26),
    DemoCustomer("Brightwell Energy", ("BRW-01",), ("sbc-london",), 16),
    DemoCustomer("Harrow & Sons", ("HRW-1", "HRW-2", "HRW-3"), ("sbc-london",), 10),
    DemoCustomer("Kestrel Insurance", ("KES-5",), ("sbc-london", "carrier-x"), 8),
    DemoCustomer("Mundo Telecom", ("MUN-A", "MUN-B"), ("carrier-x",), 24),
    DemoCustomer("Nordic Voice", ("NVO-77",), ("carrier-x",), 14),
    DemoCustomer("Pequeña Asesoría", ("PQA-1",), ("pbx-madrid",), 2),
)

STRAY_ACCOUNT = "TEST-000"
"""Belongs to nobody, so that its calls are unassigned."""


@dataclass(frozen=True, slots=True)
class Destination:
    country: str  # ISO 3166-1 alpha-2
    prefix: str  # E.164 digits
    digits: int  # that follow the prefix
    weight: float
    buy_rate: float  # a minute
    answer_ratio: float
    median_s: float  # of the conversation


@cache
def destinations() -> tuple[Destination, ...]:
    """The dialled ranges of `data/destinations.csv`."""
    path = resources.files("cdrstats.demo").joinpath("data", "destinations.csv")
    return tuple(
        Destination(
            row["country"],
            row["prefix"],
            int(row["digits"]),
            float(row["weight"]),
            float(row["buy_rate"]),
            float(row["answer_ratio"]),
            float(row["median_s"]),
        )
        for row in csv.DictReader(path.read_text("utf-8").splitlines())
    )


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a call ended, by code and in the words of the two switches."""

    code: int  # Q.850, above 127 FreeSWITCH's own
    freeswitch: str
    asterisk: str
    weight: float  # among the calls that were not answered
    ring: tuple[float, float]  # seconds until then: median, and sigma of the log-normal


ANSWERED = Cause(16, "NORMAL_CLEARING", "ANSWERED", 0, (7, 0.6))
CAUSES = (
    ANSWERED,
    Cause(19, "NO_ANSWER", "NO ANSWER", 27, (30, 0.15)),
    Cause(17, "USER_BUSY", "BUSY", 22, (3, 0.4)),
    Cause(487, "ORIGINATOR_CANCEL", "NO ANSWER", 20, (13, 0.6)),
    Cause(1, "UNALLOCATED_NUMBER", "FAILED", 8, (1, 0.5)),
    Cause(18, "NO_USER_RESPONSE", "NO ANSWER", 4, (18, 0.3)),
    Cause(20, "SUBSCRIBER_ABSENT", "NO ANSWER", 4, (6, 0.4)),
    Cause(21, "CALL_REJECTED", "BUSY", 5, (4, 0.6)),
    Cause(28, "INVALID_NUMBER_FORMAT", "FAILED", 2, (1, 0.3)),
    Cause(34, "NORMAL_CIRCUIT_CONGESTION", "CONGESTION", 2.5, (1, 0.5)),
    Cause(41, "NORMAL_TEMPORARY_FAILURE", "FAILED", 3, (2, 0.5)),
    Cause(102, "RECOVERY_ON_TIMER_EXPIRE", "FAILED", 1.5, (32, 0.05)),
    Cause(88, "INCOMPATIBLE_DESTINATION", "FAILED", 0.6, (1, 0.3)),
    Cause(809, "GATEWAY_DOWN", "FAILED", 0.4, (1, 0.2)),
)
CONGESTION = next(index for index, cause in enumerate(CAUSES) if cause.code == 34)
TEMPORARY_FAILURE = next(index for index, cause in enumerate(CAUSES) if cause.code == 41)

# fmt: off
FIRST_NAMES = (
    "Ana", "Luis", "Marta", "Diego", "Lucía", "Javier", "Elena", "Pablo", "Nuria", "Hugo",
    "Emma", "Oliver", "Grace", "Harry", "Amelia", "George", "Isla", "Jack", "Freya", "Leo",
    "Priya", "Omar", "Ines", "Yusuf", "Chloe", "Mateo",
)
LAST_NAMES = (
    "García", "Romero", "Vidal", "Serrano", "Ortega", "Molina", "Iglesias", "Campos", "Walker",
    "Hughes", "Bennett", "Clarke", "Foster", "Reid", "Barnes", "O'Brien", "Patel", "Haddad",
    "Costa", "Novak", "Lindqvist", "Moreau",
)
# fmt: on
