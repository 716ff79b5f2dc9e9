"""How a destination was read, step by step; what comes of it is in test_numbers.py."""

from dataclasses import replace

import pytest

from cdrstats.numbers import NumberRules, Step, analyse, rules_for_country, trace

from .numbers import SEEDED

GB, ES, US = map(rules_for_country, ("GB", "ES", "US"))
HOMELESS = NumberRules()


@pytest.mark.parametrize(
    ("rules", "raw", "steps"),
    [
        (
            GB,
            "07911 123456",
            [
                ("closed up", "", "07911123456"),
                ("trunk prefix", "0", "7911123456"),
                ("national length", "", "7911123456"),
                ("calling code", "44", "447911123456"),
                ("dial code", "447911", "447911123456"),
            ],
        ),
        (
            replace(US, strip_prefixes=("9",)),
            "901134650123456*7",
            [
                ("stripped", "9", "01134650123456*7"),
                ("international prefix", "011", "34650123456*7"),
                ("cut", "*7", "34650123456"),
                ("dial code", "34", "34650123456"),
            ],
        ),
        (
            ES,
            "+34650123456",
            [("plus", "+", "34650123456"), ("dial code", "34", "34650123456")],
        ),
        (ES, "+911", [("lone plus", "+", "911"), ("extension", "", "911")]),
        (ES, "1001", [("extension", "", "1001")]),
        (ES, "", [("extension", "", "")]),
        (ES, "reception", [("not dialled", "", "reception")]),
        (GB, "118118", [("too short", "", "118118")]),
        (
            ES,
            "8212345678",
            [("too long", "", "8212345678"), ("dial code", "82", "8212345678")],
        ),
        (
            HOMELESS,
            "02079460000",
            [("too long", "", "02079460000"), ("nowhere", "", "02079460000")],
        ),
        (
            HOMELESS,
            "650123456",
            [("national length", "", "650123456"), ("no calling code", "", "650123456")],
        ),
        (US, "+2101234567", [("plus", "+", "2101234567"), ("dial code", "", "2101234567")]),
    ],
)
def test_the_steps_lead_from_what_was_dialled_to_what_it_is(
    rules: NumberRules, raw: str, steps: list[tuple[str, str, str]]
) -> None:
    facts, taken = trace(raw, rules, SEEDED)
    assert [step.what for step in taken] == [what for what, _, _ in steps]
    found = [(what, _code(what, part), left) for what, part, left in taken]
    wanted = [(what, _code(what, part), left) for what, part, left in steps]
    assert found == wanted
    assert facts == analyse(raw, rules, SEEDED)


def _code(what: str, part: str) -> str:
    """Dial codes by their first digits: how fine they are is for test_dialcodes.py."""
    return part[:2] if what == "dial code" else part


def test_the_last_step_holds_the_number_that_comes_of_it() -> None:
    for raw in ("020 7946 0000", "0034650123456", "+44 (0)20 7946 0000", "447911123456"):
        facts, taken = trace(raw, GB, SEEDED)
        assert taken[-1] == Step("dial code", str(facts.dialcode_id), facts.e164)
