"""Read a dialled number: international form, call type, dial code and country.

The rules are those of the switch that wrote the number; docs/numbers.md tells them in words.
"""

from cdrstats.numbers.dialcodes import DialCodes, load_dialcodes
from cdrstats.numbers.regions import country_id_of, iso2_of, rules_for_country
from cdrstats.numbers.rules import (
    INTERNAL,
    INTERNATIONAL,
    NATIONAL,
    NumberFacts,
    NumberRules,
    Step,
    analyse,
    trace,
)

__all__ = [
    "INTERNAL",
    "INTERNATIONAL",
    "NATIONAL",
    "DialCodes",
    "NumberFacts",
    "NumberRules",
    "Step",
    "analyse",
    "country_id_of",
    "iso2_of",
    "load_dialcodes",
    "rules_for_country",
    "trace",
]
