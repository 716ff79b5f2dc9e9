"""The number rules of a country, from the metadata of phonenumbers."""

import csv
import itertools
import re
from functools import cache
from importlib import resources
from typing import Any

from phonenumbers import PhoneMetadata

from cdrstats.errors import BadRequest
from cdrstats.numbers.rules import NumberRules

MORE_TRUNK_PREFIXES = {"BY": ("80", "0"), "LT": ("8",)}
"""Still dialled beside the one that the metadata names."""

SHORTEST_NATIONAL = {"CA": 10}
LONGEST_NATIONAL = {"AT": 11, "NL": 9}
"""Where the metadata allows lengths that hardly occur (Canada's 310-xxxx, the machine
numbers of the Netherlands) and that other numbers would be taken for."""

EXTENSION_DIGITS = 5

PARTS_OF_SAINT_HELENA = ("AC", "TA")
"""Ascension and Tristan da Cunha have numbering plans, but no ISO 3166-1 number."""


def rules_for_country(iso2: str) -> NumberRules:
    """The rules of a switch that stands in a country and writes numbers as dialled there.

    Args: iso2: ISO 3166-1 alpha-2, in any case; XK is Kosovo.
    Raises BadRequest for anything else.
    """
    region = iso2.strip().upper()
    country_id = country_id_of(region)
    metadata: Any = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise BadRequest(f"There is no numbering plan for {region}: give the rules one by one.")
    usual = _usual_lengths(metadata)
    extension = min(EXTENSION_DIGITS, min(usual) - 1)
    possible = [n for n in metadata.general_desc.possible_length if n > extension]
    trunk = (metadata.national_prefix or "", *MORE_TRUNK_PREFIXES.get(region, ()))
    return NumberRules(
        country_id=country_id,
        calling_code=str(metadata.country_code),
        international_prefixes=("00", *_literals(metadata.international_prefix)),
        trunk_prefixes=trunk,
        extension_digits=extension,
        national_min_digits=SHORTEST_NATIONAL.get(region, min(possible)),
        national_max_digits=LONGEST_NATIONAL.get(region, _longest(metadata, max(usual))),
    )


def country_id_of(iso2: str) -> int:
    """The id of a country by its two letters, in any case. Raises BadRequest if unknown."""
    try:
        return _country_ids()[iso2.strip().upper()]
    except KeyError:
        raise BadRequest(
            f"There is no country {iso2!r}: give its two-letter ISO 3166 code, such as GB."
        ) from None


def iso2_of(country_id: int) -> str:
    """The two letters of a country; '' for 0 and for satellite and global networks."""
    return next((iso2 for iso2, id_ in _country_ids().items() if id_ == country_id), "")


@cache
def _country_ids() -> dict[str, int]:
    path = resources.files("cdrstats.db").joinpath("data", "countries.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    ids = {row["iso2"]: int(row["id"]) for row in rows if row["iso2"]}
    return ids | dict.fromkeys(PARTS_OF_SAINT_HELENA, ids["SH"])


def _usual_lengths(metadata: Any) -> list[int]:
    """Lengths of mobile numbers, and of the example of a fixed one: what a fixed one may be
    is too wide (Germany: 5 to 15)."""
    return [len(metadata.fixed_line.example_number), *metadata.mobile.possible_length]


def _longest(metadata: Any, usual: int) -> int:
    """One digit more where toll-free or shared-cost numbers need it (Australia's 1800)."""
    examples = (metadata.toll_free, metadata.shared_cost)
    longer = {len(desc.example_number) for desc in examples if desc and desc.example_number}
    return usual + 1 if usual + 1 in longer else usual


def _literals(pattern: str) -> list[str]:
    """What an international prefix may be, written out.

    Only those that begin with 0 where there are any: Finland's 990 is how a number in
    Helsinki begins, too.
    """
    prefix = re.compile(pattern)
    candidates = [
        "".join(digits)
        for length in range(1, 6)
        for digits in itertools.product("0", *["0123456789"] * (length - 1))
    ]
    found = [text for text in candidates if prefix.fullmatch(text)]
    if found:
        return found
    return [text for text in map(str, range(1000)) if prefix.fullmatch(text)]
