"""Amounts of money: exact decimals, never floats. Pure."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS
    KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR
    MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD
    RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP
    TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW
    ZWG
    """.split()  # noqa: SIM905 (a list would take a line a code)
)
"""What is paid with: ISO 4217 as of 2026-01-01, but for funds, units of account and metals."""


def amount(value: Decimal | int | str) -> Decimal:
    """The exact amount. A float is refused: it has lost the digits already."""
    if isinstance(value, float):
        raise TypeError(f"money is never a float: {value!r}")
    return Decimal(value)


def rounded(value: Decimal, decimals: int, mode: str = ROUND_HALF_UP) -> Decimal:
    """`value` with so many decimals; the one rounding that a charge or a figure gets."""
    return value.quantize(Decimal(1).scaleb(-decimals), mode)
