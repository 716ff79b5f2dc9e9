"""Speech quality by the E-model: loss on the line -> transmission rating R -> opinion (MOS).

Source: ITU-T G.107; the codecs' values: ITU-T G.113, Appendix I. Delay and echo are taken to
be at the model's defaults, so that R is an upper bound where neither is measured.
"""

from typing import NamedTuple

BEST_R = 93.2
"""The rating of a line on which nothing is lost, with all else at the model's defaults."""


class Codec(NamedTuple):
    """What a codec costs in R."""

    ie: float  # equipment impairment without loss
    bpl: float  # robustness against loss


G711_PLC = Codec(0, 25.1)
"""G.711 with packet loss concealment."""

G729A = Codec(11, 19)
"""G.729A with voice activity detection."""


def ie_effective(codec: Codec, loss_percent: float, burst_ratio: float = 1.0) -> float:
    """Ie,eff: the impairment by the codec and by lost packets.

    Ie + (95 - Ie) * Ppl / (Ppl / BurstR + Bpl)

    Args:
        codec: its values of Ie and Bpl.
        loss_percent: Ppl, lost packets from 0 to 100 %.
        burst_ratio: BurstR, 1 where packets are lost at random, more where they are lost in
            a row.
    """
    if not 0 <= loss_percent <= 100 or burst_ratio <= 0:
        raise ValueError(f"no loss: {loss_percent} % with a burst ratio of {burst_ratio}")
    return codec.ie + (95 - codec.ie) * loss_percent / (loss_percent / burst_ratio + codec.bpl)


def r_of_loss(codec: Codec, loss_percent: float, burst_ratio: float = 1.0) -> float:
    """The transmission rating R of a line that differs from the best by loss only."""
    return BEST_R - ie_effective(codec, loss_percent, burst_ratio)


def mos_of_r(r: float) -> float:
    """The mean opinion score, 1 (bad) to 4.5 (the best a telephone can get), of a rating R.

    1 + 0.035 R + R (R - 60) (100 - R) 7e-6; 1 below R = 0, 4.5 above R = 100, and never below
    1: the polynomial dips under it between R = 0 and 6.5.
    """
    if r < 0:
        return 1.0
    if r > 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
