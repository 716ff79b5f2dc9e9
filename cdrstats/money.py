"""Amounts of money: exact decimals, never floats. Pure."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


def amount(value: Decimal | int | str) -> Decimal:
    """The exact amount. A float is refused: it has lost the digits already."""
    if isinstance(value, float):
        raise TypeError(f"money is never a float: {value!r}")
    return Decimal(value)


def rounded(value: Decimal, decimals: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """`value` with so many decimals; the one rounding that a charge or a figure gets."""
    return value.quantize(Decimal(1).scaleb(-decimals), mode)
