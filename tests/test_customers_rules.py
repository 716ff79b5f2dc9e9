"""Whose number counts, what a range of numbers is, and which fields are refused: pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdrstats.customers import NumberRanges
from cdrstats.customers.rules import (
    INBOUND,
    OUTBOUND,
    NumberRange,
    checked_currency,
    checked_language,
    counting_numbers,
    number_range,
)
from cdrstats.errors import BadRequest


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("34911234000-34911234999", "34911234000", "34911234999"),
        (" +34 911 234 000 - +34 911 234 999 ", "34911234000", "34911234999"),
        ("+44 (20) 7946.0000", "442079460000", "442079460000"),
        ("3491123", "3491123", "3491123"),
        ("7", "7", "7"),
        ("1" * 15, "1" * 15, "1" * 15),
    ],
)
def test_a_range_is_read(text: str, first: str, last: str) -> None:
    assert number_range(text) == NumberRange(first, last)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no range of numbers"),
        ("acme", "no range of numbers"),
        ("0034911234000", "without 00"),
        ("911-912-913", "no range of numbers"),
        ("911-", "no range of numbers"),
        ("1" * 16, "at most 15 digits"),
        ("٣٤٩١١", "no range of numbers"),
        ("3491-34912", "as many digits"),
        ("34912-34911", "not above the last"),
    ],
)  # fmt: skip
def test_what_is_no_range_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(BadRequest, match=sentence):
        number_range(text)


BLOCK = NumberRange("34911234000", "34911234999")


@pytest.mark.parametrize(
    ("number", "held"),
    [
        ("34911234000", True),
        ("34911234999", True),
        ("3491123499912", True),  # an extension dialled behind it
        ("34911233999", False),
        ("34911235000", False),
        ("3491123400", False),  # a digit is missing
        ("3491123", False),
        ("", False),
        ("34911234", False),
        ("35", False),
    ],
)
def test_the_edges_of_a_range(number: str, held: bool) -> None:
    assert BLOCK.holds(number) is held
    assert NumberRanges([BLOCK]).find(number) == (BLOCK.first if held else "")


DIGITS = st.text("123", min_size=1, max_size=5)


@st.composite
def some_ranges(draw: st.DrawFn) -> list[NumberRange]:
    """Ranges that do not overlap, by trying all their numbers."""
    ranges: list[NumberRange] = []
    for first in draw(st.lists(DIGITS, max_size=8)):
        last = min(int(first) + draw(st.integers(0, 12)), int("9" * len(first)))
        new = NumberRange(first, str(last))
        if not any(meet(new, other) for other in ranges):
            ranges.append(new)
    return ranges


def begins(number: str, one: NumberRange) -> bool:
    """Whether the number begins with any of the range, each tried."""
    return any(number.startswith(str(n)) for n in range(int(one.first), int(one.last) + 1))


def meet(one: NumberRange, other: NumberRange) -> bool:
    longer, shorter = sorted((one, other), key=lambda each: -len(each.first))
    return any(begins(str(n), shorter) for n in range(int(longer.first), int(longer.last) + 1))


@given(some_ranges(), st.text("1234", max_size=7))
def test_a_number_is_found_in_the_range_that_it_begins_with(
    ranges: list[NumberRange], number: str
) -> None:
    right = [one.first for one in ranges if begins(number, one)]
    assert NumberRanges(ranges).find(number) == (right[0] if right else "")


@given(DIGITS, DIGITS, st.integers(0, 12), st.integers(0, 12))
def test_ranges_overlap_as_texts_where_they_share_numbers(
    first: str, second: str, more: int, others: int
) -> None:
    one = NumberRange(first, str(min(int(first) + more, int("9" * len(first)))))
    other = NumberRange(second, str(min(int(second) + others, int("9" * len(second)))))
    assert (one.first < other.end and other.first < one.end) is meet(one, other)


def test_whose_number_counts_depends_on_the_way_of_the_call() -> None:
    assert counting_numbers(OUTBOUND, "1", "2") == ("1",)
    assert counting_numbers(INBOUND, "1", "2") == ("2",)
    assert counting_numbers(0, "1", "2") == ("1", "2")


def test_currencies_and_languages() -> None:
    assert [checked_currency(code) for code in ("", "EUR", " usd ")] == ["", "EUR", "USD"]
    for code in ("EURO", "XXX", "XAU", "HRK", "€"):
        with pytest.raises(BadRequest, match="no currency"):
            checked_currency(code)
    for tag in ("", "en", "pt-BR", "zh-Hant-TW", "es-419"):
        assert checked_language(tag) == tag
    for tag in ("english", "EN", "pt_BR", "-"):
        with pytest.raises(BadRequest, match="no language"):
            checked_language(tag)
