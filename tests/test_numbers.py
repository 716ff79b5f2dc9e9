"""What a destination means on a switch, by the seeded dial codes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.errors import BadRequest
from cdrstats.numbers import (
    INTERNAL,
    INTERNATIONAL,
    NATIONAL,
    DialCodes,
    NumberRules,
    analyse,
    rules_for_country,
)

from .numbers import SEEDED

HOMELESS = NumberRules()
US, CA, GB, FR, ES, DE, IT, RU, AU, NL = map(
    rules_for_country, ("US", "CA", "GB", "FR", "ES", "DE", "IT", "RU", "AU", "NL")
)


@pytest.mark.parametrize(
    ("rules", "raw", "e164", "call_type", "country_id"),
    [
        # As dialled at home.
        (US, "2125551212", "12125551212", NATIONAL, 840),
        (US, "12125551212", "12125551212", NATIONAL, 840),
        (US, "18005551234", "18005551234", NATIONAL, 840),
        (US, "8765551234", "18765551234", INTERNATIONAL, 388),
        (CA, "4165551212", "14165551212", NATIONAL, 124),
        (GB, "02079460000", "442079460000", NATIONAL, 826),
        (GB, "2079460000", "442079460000", NATIONAL, 826),
        (GB, "07911123456", "447911123456", INTERNATIONAL, 831),
        (GB, "07911223456", "447911223456", NATIONAL, 826),
        (GB, "01134960000", "441134960000", NATIONAL, 826),
        (FR, "0145678901", "33145678901", NATIONAL, 250),
        (ES, "650123456", "34650123456", NATIONAL, 724),
        (DE, "015123456789", "4915123456789", NATIONAL, 276),
        (IT, "0236618300", "390236618300", NATIONAL, 380),
        (IT, "0669812345", "390669812345", INTERNATIONAL, 336),
        (RU, "84951234567", "74951234567", NATIONAL, 643),
        (RU, "8001234567", "78001234567", NATIONAL, 643),
        (AU, "1300123456", "611300123456", NATIONAL, 36),
        # Explicit: right on every switch.
        (US, "+18765551234", "18765551234", INTERNATIONAL, 388),
        (HOMELESS, "+18765551234", "18765551234", INTERNATIONAL, 388),
        (ES, "+447911123456", "447911123456", INTERNATIONAL, 831),
        (GB, "+447911223456", "447911223456", NATIONAL, 826),
        (US, "+34650123456", "34650123456", INTERNATIONAL, 724),
        (US, "01134650123456", "34650123456", INTERNATIONAL, 724),
        (US, "0034650123456", "34650123456", INTERNATIONAL, 724),
        (FR, "+442079460000", "442079460000", INTERNATIONAL, 826),
        (RU, "81034650123456", "34650123456", INTERNATIONAL, 724),
        (AU, "001134650123456", "34650123456", INTERNATIONAL, 724),
        (HOMELESS, "0034650123456", "34650123456", INTERNATIONAL, 724),
        (US, "+6834002", "6834002", INTERNATIONAL, 570),
        # Too long for home: an international number written plainly.
        (GB, "447911123456", "447911123456", INTERNATIONAL, 831),
        (GB, "442079460000", "442079460000", NATIONAL, 826),
        (ES, "34650123456", "34650123456", NATIONAL, 724),
        (NL, "31612345678", "31612345678", NATIONAL, 528),
        (US, "34650123456", "34650123456", INTERNATIONAL, 724),
        (ES, "8212345678", "8212345678", INTERNATIONAL, 410),
        (HOMELESS, "8212345678", "8212345678", INTERNATIONAL, 410),
        (HOMELESS, "12125551212", "12125551212", INTERNATIONAL, 840),
        (HOMELESS, "18005551234", "18005551234", INTERNATIONAL, 840),
        (US, "5555512345678", "5555512345678", INTERNATIONAL, 76),
        (ES, "+5555512345678", "5555512345678", INTERNATIONAL, 76),
        # Nothing is known: no home, no such code, nothing that begins with 0.
        (HOMELESS, "650123456", "", NATIONAL, 0),
        (HOMELESS, "02079460000", "", INTERNATIONAL, 0),
        (US, "+2101234567", "2101234567", INTERNATIONAL, 0),
        # Internal.
        (US, "1001", "", INTERNAL, 0),
        (US, "00123", "", INTERNAL, 0),
        (US, "+911", "", INTERNAL, 0),
        (US, "5551212", "", INTERNAL, 0),
        (GB, "118118", "", INTERNAL, 0),
        (US, "", "", INTERNAL, 0),
        (US, "   ", "", INTERNAL, 0),
        (US, "reception", "", INTERNAL, 0),
        (US, "s", "", INTERNAL, 0),
        (US, "*672125551212", "", INTERNAL, 0),
        (US, "#31#2125551212", "", INTERNAL, 0),
        (US, "1001;ext=2", "", INTERNAL, 0),
        (US, "1001*2125551212", "", INTERNAL, 0),
        (US, "\u0661\u0662\u0663\u0664\u0665\u0666\u0667", "", INTERNAL, 0),
        # What is written around and behind the digits.
        (US, "(212) 555-1212", "12125551212", NATIONAL, 840),
        (US, "212.555.1212", "12125551212", NATIONAL, 840),
        (FR, "01 45 67 89 01", "33145678901", NATIONAL, 250),
        (DE, "030/1234567", "49301234567", NATIONAL, 276),
        (US, "+44 (0)20 7946-0000", "442079460000", INTERNATIONAL, 826),
        (US, "34650123456*234", "34650123456", INTERNATIONAL, 724),
        (US, "2125551212;ext=12", "12125551212", NATIONAL, 840),
        (US, "2125551212@sip.example.com", "12125551212", NATIONAL, 840),
    ],
)
def test_a_number_is_read_by_its_switch(
    rules: NumberRules, raw: str, e164: str, call_type: int, country_id: int
) -> None:
    facts = analyse(raw, rules, SEEDED)
    assert (facts.e164, facts.call_type, facts.country_id) == (e164, call_type, country_id)


def test_only_digits_make_a_number_whatever_python_calls_a_digit() -> None:
    assert analyse("21255512\u00b2\u00b2", US, SEEDED).call_type == INTERNAL


def test_prefixes_to_strip_go_the_longest_first_and_each_once() -> None:
    rules = replace(US, strip_prefixes=("9", "99", "555"))
    assert analyse("9912125551212", rules, SEEDED).e164 == "12125551212"
    assert analyse("92125551212", rules, SEEDED).e164 == "12125551212"
    assert analyse("9+442079460000", rules, SEEDED).country_id == 826
    assert analyse("901134650123456", rules, SEEDED).country_id == 724
    assert analyse("+5555512345678", rules, SEEDED).country_id == 76


def test_a_feature_code_to_strip_leaves_the_number_behind_it() -> None:
    rules = replace(US, strip_prefixes=("*67",))
    assert analyse("*672125551212", rules, SEEDED).country_id == 840
    assert analyse("*722125551212", rules, SEEDED).call_type == INTERNAL


def test_stripping_does_not_bite_into_an_international_prefix() -> None:
    rules = replace(GB, strip_prefixes=("0",))
    assert analyse("0034650123456", rules, SEEDED).country_id == 724
    assert analyse("02079460000", rules, SEEDED).country_id == 826


def test_a_calling_code_alone_makes_national_numbers() -> None:
    rules = NumberRules(calling_code="34", national_min_digits=9)
    facts = analyse("650123456", rules, SEEDED)
    assert (facts.e164, facts.call_type, facts.country_id) == ("34650123456", NATIONAL, 724)


def test_a_dial_code_without_country_leaves_it_to_a_shorter_one() -> None:
    codes = DialCodes({1: 840, 1876: 0, 187655: 388})
    assert codes.find("18761234567") == (1, 840)
    assert codes.find("18765512345") == (187655, 388)
    assert codes.find("34650123456") == (0, 0)


def test_a_dial_code_may_have_any_length() -> None:
    codes = DialCodes({3: 1, 346501234: 2, 346501234567890: 3})
    assert codes.find("346501234567890")[1] == 3
    assert codes.find("34650123456")[1] == 2
    assert codes.find("3")[1] == 1


@pytest.mark.parametrize("iso2", ["", "G", "UK", "XX", "AQ"])
def test_a_country_without_numbering_plan_is_refused(iso2: str) -> None:
    with pytest.raises(BadRequest):
        rules_for_country(iso2)


def test_rules_of_countries() -> None:
    assert rules_for_country("us") == NumberRules(
        country_id=840,
        calling_code="1",
        international_prefixes=("011", "00"),
        trunk_prefixes=("1",),
        national_min_digits=10,
        national_max_digits=10,
    )
    assert GB.trunk_prefixes == ("0",)
    assert GB.international_prefixes == ("00",)
    assert "0011" in AU.international_prefixes
    assert rules_for_country("XK").country_id == 1383
    assert rules_for_country("FK").extension_digits == 4  # numbers there have 5 digits


RULES = st.one_of(
    st.sampled_from([HOMELESS, US, GB, FR, ES, IT, RU, AU]),
    st.builds(
        NumberRules,
        country_id=st.sampled_from([0, 840, 724]),
        calling_code=st.sampled_from(["", "1", "34"]),
        international_prefixes=st.lists(st.text("019", max_size=4)).map(tuple),
        trunk_prefixes=st.lists(st.text("018", max_size=2)).map(tuple),
        strip_prefixes=st.lists(st.text("019*+", max_size=3)).map(tuple),
        extension_digits=st.integers(0, 8),
        national_min_digits=st.integers(1, 15),
        national_max_digits=st.integers(1, 15),
    ),
)
RAW = st.one_of(
    st.text(max_size=40),
    st.text("+0123456789*#()-. ;x", max_size=25),
    st.from_regex(r"(\+|00|011|0|1|9)?[1-9][0-9]{3,14}", fullmatch=True),
)


@given(raw=RAW, rules=RULES)
def test_analysis_never_fails_and_yields_digits(raw: str, rules: NumberRules) -> None:
    facts = analyse(raw, rules, SEEDED)
    assert facts.e164 == "" or (facts.e164.isascii() and facts.e164.isdigit())
    assert not facts.e164.startswith("0")
    assert facts.call_type in (INTERNATIONAL, NATIONAL, INTERNAL)
    assert facts.e164.startswith(str(facts.dialcode_id)) or facts.dialcode_id == 0
    if facts.call_type == INTERNAL:
        assert facts == ("", INTERNAL, 0, 0)


@given(raw=RAW, rules=RULES)
def test_a_plus_before_the_international_number_changes_nothing(
    raw: str, rules: NumberRules
) -> None:
    facts = analyse(raw, rules, SEEDED)
    if len(facts.e164) >= 5:
        explicit = analyse("+" + facts.e164, rules, SEEDED)
        assert explicit.e164 == facts.e164
        assert explicit.country_id == facts.country_id
        assert explicit.dialcode_id == facts.dialcode_id


@given(number=st.from_regex(r"[1-9][0-9]{6,14}", fullmatch=True), rules=RULES)
def test_an_explicit_number_has_one_country_on_every_switch(
    number: str, rules: NumberRules
) -> None:
    anywhere = analyse("+" + number, HOMELESS, SEEDED)
    assert analyse("+" + number, rules, SEEDED).country_id == anywhere.country_id
