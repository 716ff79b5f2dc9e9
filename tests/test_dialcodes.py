"""The seeded countries, dial codes and causes, against phonenumbers, which decides by whole
valid numbers where we decide by prefix."""

import random
from collections import Counter

import phonenumbers
import pytest
from phonenumbers import PhoneNumber, PhoneNumberType
from sqlalchemy import Connection, func, select

from cdrstats.db.schema import country, dialcode
from cdrstats.numbers import load_dialcodes, rules_for_country

from .numbers import SEEDED, seeded

COUNTRY_IDS = {row["iso2"]: int(row["id"]) for row in seeded("countries") if row["iso2"]}
COUNTRY_IDS |= {"AC": 654, "TA": 654}
"""Ascension and Tristan da Cunha are Saint Helena's."""

DECIDED_OTHERWISE = {"2125288": "EH", "2125289": "EH", "6721": "AQ"}
"""phonenumbers gives all of 212 5 to Morocco, and the stations in Antarctica to Norfolk."""

SHARED_MOBILES = {
    "AX": "FI",
    "BL": "GP",
    "CC": "AU",
    "CX": "AU",
    "EH": "MA",
    "IM": "GB",
    "MF": "GP",
    "SJ": "NO",
    "VA": "IT",
}
"""Their example of a mobile number is one of the main country's; IM has ranges of its own."""

SHARED_FIXED = {"MF": "BL"}
"""Saint Martin's example is a number of Saint Barthélemy."""

KIND_OF = {
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared",
}


def e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]


def expected_country(number: PhoneNumber) -> int:
    """What phonenumbers says, but for the exceptions above."""
    digits = e164(number)
    for prefix, region in DECIDED_OTHERWISE.items():
        if digits.startswith(prefix):
            return COUNTRY_IDS[region]
    return COUNTRY_IDS[phonenumbers.region_code_for_number(number)]


def examples(number_type: int) -> dict[str, PhoneNumber]:
    found = {
        region: phonenumbers.example_number_for_type(region, number_type)
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    }
    return {region: number for region, number in found.items() if number is not None}


@pytest.mark.parametrize("number_type", range(11))
def test_example_numbers_of_every_region_and_type_land_in_their_country(
    number_type: int,
) -> None:
    numbers = examples(number_type)
    wrong = {
        region: (e164(number), SEEDED.find(e164(number)))
        for region, number in numbers.items()
        if SEEDED.find(e164(number))[1] != expected_country(number)
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("number_type", "shared"),
    [
        (PhoneNumberType.FIXED_LINE, SHARED_FIXED | {"NF": "AQ"}),
        (PhoneNumberType.MOBILE, SHARED_MOBILES),
    ],
)
def test_every_region_has_its_own_numbers(number_type: int, shared: dict[str, str]) -> None:
    elsewhere = {
        region: SEEDED.find(e164(number))[1]
        for region, number in examples(number_type).items()
        if SEEDED.find(e164(number))[1] != COUNTRY_IDS[region]
    }
    assert elsewhere == {region: COUNTRY_IDS[owner] for region, owner in shared.items()}


def test_random_valid_numbers_land_in_their_country_and_kind() -> None:
    kinds = {int(row["id"]): row["kind"] for row in seeded("dialcodes")}
    rng = random.Random(20260310)
    checked = 0
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        if regions == ("001",):
            continue
        for _ in range(300):
            digits = "".join(rng.choices("0123456789", k=rng.choice((8, 9, 10))))
            try:
                number = phonenumbers.parse(f"+{code}{digits}")
            except phonenumbers.NumberParseException:
                continue
            if not phonenumbers.is_valid_number(number):
                continue
            found, country_id = SEEDED.find(e164(number))
            assert country_id == expected_country(number), e164(number)
            kind = KIND_OF.get(phonenumbers.number_type(number), "")
            assert kinds[found] in ("", kind), e164(number)
            checked += 1
    assert checked > 3000


@pytest.mark.parametrize(
    ("number", "country_id"),
    [
        ("12125551212", 840),
        ("18765551234", 388),
        ("16585551234", 388),
        ("17875551234", 630),
        ("14165551212", 124),
        ("79161234567", 643),
        ("77012345678", 398),
        ("447911123456", 831),
        ("447911223456", 826),
        ("447797123456", 832),
        ("447624123456", 833),
        ("441481256789", 831),
        ("441534234567", 832),
        ("441624756789", 833),
        ("390669812345", 336),
        ("4779123456", 744),
        ("35818123456", 248),
        ("2975221234", 533),
        ("59994351234", 531),
        ("5997151234", 535),
        ("5993181234", 535),
        ("5994161234", 535),
        ("61891621234", 166),
        ("61891641234", 162),
        ("262262161234", 638),
        ("262269601234", 175),
        ("262639012345", 175),
        ("212528812345", 732),
        ("38344123456", 1383),
        ("24762889", 654),
        ("29081234", 654),
        ("29022158", 654),
        ("2463709100", 86),
        ("672322123", 574),
        ("379123456", 336),
        ("80012345678", 1800),
        ("80812345678", 1808),
        ("870773111632", 1870),
        ("878101234567890", 1878),
        ("881612345678", 18816),
        ("881712345678", 18816),
        ("881812345678", 18818),
        ("881912345678", 18818),
        ("881212345678", 1881),
        ("8821612345678", 188216),
        ("8823451234567", 1882),
        ("883510001234567", 1882),
        ("88812345678901", 1888),
        ("979123456789", 1979),
    ],
)
def test_shared_codes_and_global_networks(number: str, country_id: int) -> None:
    assert SEEDED.find(number)[1] == country_id


def test_kinds_and_names_of_dial_codes() -> None:
    rows = {int(row["id"]): row for row in seeded("dialcodes")}

    def told(number: str) -> tuple[str, str]:
        row = rows[SEEDED.find(number)[0]]
        return row["name"], row["kind"]

    assert told("447700900123") == ("United Kingdom mobile", "mobile")
    assert told("19005551234") == ("United States premium", "premium")
    assert told("18005551234") == ("United States toll free", "toll_free")
    assert told("33899123456") == ("France premium", "premium")
    assert told("12125551212") == ("United States", "")
    assert told("881612345678") == ("Iridium", "satellite")


def test_rows_are_unique_and_point_at_countries() -> None:
    countries = seeded("countries")
    codes = seeded("dialcodes")
    for rows in (countries, codes, seeded("hangup_causes")):
        assert max(Counter(row["id"] for row in rows).values()) == 1
    assert {row["country_id"] for row in codes} <= {row["id"] for row in countries}
    assert {row["kind"] for row in codes} <= {
        "",
        "fixed",
        "mobile",
        "premium",
        "toll_free",
        "shared",
        "satellite",
    }
    assert all(row["name"] for row in (*countries, *codes))


def test_every_country_with_a_calling_code_has_rules_that_find_it_again() -> None:
    for region, number in examples(PhoneNumberType.FIXED_LINE).items():
        if region in ("AC", "TA"):
            continue
        rules = rules_for_country(region)
        national = phonenumbers.national_significant_number(number)
        assert rules.national_min_digits <= len(national) <= rules.national_max_digits, region
        assert rules.extension_digits < rules.national_min_digits, region


def test_hangup_causes_are_all_named_and_delivered_ones_are_those_of_ner() -> None:
    rows = {int(row["id"]): row for row in seeded("hangup_causes")}
    assert all(row["enumeration"] and row["cause"] for row in rows.values())
    names = [row["enumeration"] for row in rows.values()]
    assert len(set(names)) == len(names)
    assert {row["kind"] for row in rows.values()} == {"busy", "no_answer", "failed"}
    missing_upstream = {4, 5, 8, 9, 24, 26, 39, 40, 46, 49, 53, 55, 62, 70, 90, 91, 110}
    assert missing_upstream | set(range(82, 88)) <= rows.keys()
    standard = {id_ for id_, row in rows.items() if row["delivered"] == "true" and id_ < 128}
    assert standard == {17, 18, 19, 20, 21}
    assert rows[487]["enumeration"] == "ORIGINATOR_CANCEL"
    assert {700, 701, 702, 703, *range(800, 826)} <= rows.keys()


def test_the_database_has_the_seeded_rows(conn: Connection) -> None:
    assert len(load_dialcodes(conn)) == len(SEEDED)
    assert load_dialcodes(conn).find("447911123456") == (4479111, 831)
    assert conn.scalar(select(func.count()).select_from(country)) == len(seeded("countries"))
    name = conn.scalar(select(dialcode.c.name).where(dialcode.c.id == 1876))
    assert name == "Jamaica"
