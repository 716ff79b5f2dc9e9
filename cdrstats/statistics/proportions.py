"""How much a share of so many calls can be trusted."""

from math import erfc, exp, lgamma, sqrt

Z_95 = 1.959963984540054
"""What a normal variable stays within, either way, in 95 % of cases."""

LEAST_EXPECTED = 5
"""Below so many expected cases the normal distribution is no longer close (Cochran's rule)."""


def wilson(successes: int, trials: int) -> tuple[float, float] | None:
    """The 95 % bounds of a share, from 0 to 1, by Wilson's score interval (1927).

    None where there is no share: over no trials, or of more successes than trials. Unlike
    "p +- 1.96 errors" it stays within 0 and 1, and is not empty where all or none succeeded: 0
    of 2 is anything up to 66 %.
    """
    if not _is_share(successes, trials):
        return None
    share = successes / trials
    squared = Z_95 * Z_95 / trials
    middle = share + squared / 2
    reach = Z_95 * sqrt((share * (1 - share) + squared / 4) / trials)
    low = 0.0 if successes == 0 else (middle - reach) / (1 + squared)
    high = 1.0 if successes == trials else (middle + reach) / (1 + squared)
    return low, high


def difference_p(successes: int, trials: int, others: int, of_others: int) -> float | None:
    """How often chance alone makes two shares differ at least so much: p, two-sided.

    Compares `successes` of `trials` with `others` of `of_others`; None if either is no share.
    The pooled two-proportion z test (NIST/SEMATECH e-Handbook, 7.3.3):

        z = (a/n - b/m) / sqrt(p (1 - p) (1/n + 1/m)),  p = (a + b)/(n + m)

    Where one of the four expected counts is below LEAST_EXPECTED, Fisher's exact test instead.
    """
    if not (_is_share(successes, trials) and _is_share(others, of_others)):
        return None
    everything = trials + of_others
    hits = successes + others
    rarest = min(trials, of_others) * min(hits, everything - hits) / everything
    if rarest < LEAST_EXPECTED:
        return _fisher(successes, trials, hits, everything)
    pooled = hits / everything
    error = sqrt(pooled * (1 - pooled) * (1 / trials + 1 / of_others))
    z = (successes / trials - others / of_others) / error
    return erfc(abs(z) / sqrt(2))


def _fisher(successes: int, trials: int, hits: int, everything: int) -> float:
    """The chance of all draws of `trials` that are no likelier than the one observed."""
    possible = range(max(0, trials + hits - everything), min(trials, hits) + 1)
    misses = everything - hits

    def log_chance(drawn: int) -> float:
        ways = _log_ways(hits, drawn) + _log_ways(misses, trials - drawn)
        return ways - _log_ways(everything, trials)

    observed = log_chance(successes)
    # Equally likely draws may differ in the last digits of their logarithms.
    chances = (log_chance(drawn) for drawn in possible)
    return min(1.0, sum(exp(chance) for chance in chances if chance <= observed + 1e-7))


def _log_ways(of: int, chosen: int) -> float:
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)


def _is_share(successes: int, trials: int) -> bool:
    return trials > 0 and 0 <= successes <= trials
