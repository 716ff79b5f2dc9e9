"""Make cdrstats/db/data/dialcodes.csv from the metadata of phonenumbers.

    python tools/make_dialcodes.py

Run it after an upgrade of phonenumbers or phone-iso3166 and read the diff. Only
countries.csv, beside it, is kept by hand.
"""

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from number_patterns import State, start, step
from phone_iso3166.nanpa import npa
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

DATA = Path(__file__).parent.parent / "cdrstats" / "db" / "data"

KINDS = {
    "premium_rate": "premium",
    "toll_free": "toll_free",
    "shared_cost": "shared",
    "voip": "",
    "personal_number": "",
    "pager": "",
    "uan": "",
    "voicemail": "",
    "fixed_line": "fixed",
    "mobile": "mobile",
}
"""Types of numbers, in the order in which phonenumbers tries them."""

WORDS = {
    "": "",
    "fixed": "fixed",
    "mobile": "mobile",
    "premium": "premium",
    "toll_free": "toll free",
    "shared": "shared cost",
}

COUNTRY_DEPTH = 7
"""Digits after the calling code within which the country is decided."""

KIND_DEPTH = 3
"""The same for the kind: finer ones would make the table large and say little."""

SAME_COUNTRY = {"AC": "SH", "TA": "SH"}
"""Ascension and Tristan da Cunha share Saint Helena's ISO number."""

BY_HAND = {
    379: ("VA", ""),  # assigned to the Vatican, which still uses 39 06 698
    6721: ("AQ", ""),  # the stations in Antarctica; phonenumbers: Norfolk Island
    2125288: ("EH", "fixed"),  # phonenumbers lets Morocco have all of 212 5
    2125289: ("EH", "fixed"),
    800: (1800, "toll_free"),
    808: (1808, "shared"),
    870: (1870, "satellite"),
    878: (1878, ""),
    881: (1881, "satellite"),
    8816: (18816, "satellite"),
    8817: (18816, "satellite"),
    8818: (18818, "satellite"),
    8819: (18818, "satellite"),
    882: (1882, ""),
    88216: (188216, "satellite"),
    883: (1882, ""),
    888: (1888, ""),
    979: (1979, "premium"),
}
"""What the metadata has otherwise or not at all, from the ITU's list of E.164 codes. A number
in place of a region is the id of a network in countries.csv."""

Label = tuple[str, str]
"""Region and kind."""

Split = tuple[Label | None, dict[str, Label]]
"""What numbers of a prefix are (None: not one thing), and the exceptions by further digits."""


@dataclass(frozen=True)
class Numbers:
    """The numbers of one region, as far as they agree with a prefix."""

    region: str
    by_kind: tuple[tuple[str, State], ...]
    leading: State | None
    """The digits that make a number this region's, valid or not; None: its patterns do."""

    def after(self, digit: str) -> "Numbers":
        kinds = tuple((kind, step(state, digit)) for kind, state in self.by_kind)
        leading = self.leading
        if leading is not None and () not in leading:
            leading = step(leading, digit)
        return Numbers(self.region, tuple(k for k in kinds if k[1]), leading)

    @property
    def possible(self) -> State:
        """What may follow; empty if none of the region's numbers begins so."""
        if self.leading is not None:
            return self.leading
        return frozenset(rest for _, state in self.by_kind for rest in state)


def numbers_of(region: str) -> Numbers:
    metadata: Any = PhoneMetadata.metadata_for_region(region)
    by_kind = [
        (kind, start(desc.national_number_pattern))
        for name, kind in KINDS.items()
        if (desc := getattr(metadata, name)) and desc.national_number_pattern
    ]
    leading = metadata.leading_digits
    return Numbers(region, tuple(by_kind), start(leading) if leading else None)


def decided_region(regions: list[Numbers]) -> str | None:
    """The region of all numbers that begin so; None if there are several."""
    first, *others = regions
    if all(other.possible <= first.possible for other in others):
        return first.region
    return None


def decided_kind(numbers: Numbers) -> str | None:
    """The kind of all numbers that begin so; '' if no digit tells; None if further ones do."""
    kinds = dict(reversed(numbers.by_kind))
    if len(kinds) <= 1:
        return next(iter(kinds), "")
    if kinds.keys() == {"fixed", "mobile"} and kinds["fixed"] == kinds["mobile"]:
        return ""
    return None


def decided(regions: list[Numbers], depth: int) -> Label | None:
    """What all numbers that begin so are, or are taken for at this depth; None: look on."""
    region = decided_region(regions)
    if region is None and depth >= COUNTRY_DEPTH:
        region = regions[0].region
    if region is None:
        return None
    kind = decided_kind(next(n for n in regions if n.region == region))
    return (region, kind or "") if kind is not None or depth >= KIND_DEPTH else None


def split(regions: list[Numbers], main: str, depth: int) -> Split:
    """What numbers are, and those that are something else by the digits they begin with.

    `regions` is in order of trial, `main` the first of their calling code. Where most of the
    next digits say the same, that is what numbers are, also those not yet given out.
    """
    if label := decided(regions, depth):
        return label, {}
    below = next_digits(regions, main, depth)
    common = most_common([label for label, _ in below.values()], main)
    return common, exceptions(below, common)


def most_common(labels: list[Label | None], main: str) -> Label | None:
    """The label of more than half of them, or at least their common region; else None.

    Where regions are mixed, only the main one is taken to have what is not given out.
    """
    regions = {None if label is None else label[0] for label in labels}
    (label, times), *_ = Counter(labels).most_common(1)
    if label is None or (len(regions) > 1 and label[0] != main):
        return None
    if 2 * times > len(labels):
        return label
    return (label[0], "") if len(regions) == 1 else None


def next_digits(regions: list[Numbers], main: str, depth: int) -> dict[str, Split]:
    below = {}
    for digit in "0123456789":
        left = [after for numbers in regions if (after := numbers.after(digit)).possible]
        if left:
            below[digit] = split(left, main, depth + 1)
    return below


def exceptions(below: dict[str, Split], label: Label | None) -> dict[str, Label]:
    """The rows needed beside one that says `label` for all of them."""
    rows: dict[str, Label] = {}
    for digit, (own, finer) in below.items():
        if own is not None and own != label:
            rows[digit] = own
        rows |= {digit + digits: what for digits, what in finer.items()}
    return rows


def country_codes() -> Iterator[tuple[int, str, str]]:
    """(prefix, region, kind) of all calling codes."""
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        if regions == ("001",):
            continue
        whole = (regions[0], "")
        yield code, *whole
        below = next_digits([numbers_of(region) for region in regions], regions[0], 0)
        for prefix, (region, kind) in exceptions(below, whole).items():
            yield int(f"{code}{prefix}"), region, kind


def area_codes() -> Iterator[tuple[int, str]]:
    """(prefix, region) of North American area codes, which include those to come."""
    for a, rest in npa.items():
        for b, last in rest.items():
            for c, region in last.items():
                yield int(f"1{a}{b}{c}"), region


def table() -> dict[int, tuple[str | int, str]]:
    """prefix -> (region, or id of a network, and kind)."""
    rows: dict[int, tuple[str | int, str]] = {
        prefix: (SAME_COUNTRY.get(region, region), kind)
        for prefix, region, kind in country_codes()
    }
    for prefix, region in area_codes():
        if region != "US" and not any(str(known).startswith(str(prefix)) for known in rows):
            rows[prefix] = (region, "")
    return rows | BY_HAND


def main() -> None:
    with (DATA / "countries.csv").open(encoding="utf-8", newline="") as file:
        countries = list(csv.DictReader(file))
    ids = {row["iso2"]: int(row["id"]) for row in countries if row["iso2"]}
    names = {int(row["id"]): row["name"] for row in countries}
    rows: list[tuple[int, int, str, str]] = [(0, 0, "Unknown", "")]
    for prefix, (owner, kind) in table().items():
        country = owner if isinstance(owner, int) else ids[owner]
        word = "" if isinstance(owner, int) else WORDS[kind]
        rows.append((prefix, country, f"{names[country]} {word}".strip(), kind))
    with (DATA / "dialcodes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("id", "country_id", "name", "kind"))
        writer.writerows(sorted(rows, key=lambda row: str(row[0])))
    print(f"{len(rows)} dial codes", file=sys.stderr)


if __name__ == "__main__":
    main()
