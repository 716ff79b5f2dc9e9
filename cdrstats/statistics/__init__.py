"""What numbers can and cannot tell: proportions of few calls, outliers, speech quality. Pure.

proportions   how sure a share of so many calls is, and whether two shares differ
outliers      how far a value lies from the ones it is compared with
speech        the opinion score that loss on the line leaves (E-model)
"""

from cdrstats.statistics.outliers import (
    STRIKING,
    deviation,
    mad,
    median,
    robust_z,
    spread,
)
from cdrstats.statistics.proportions import difference_p, wilson
from cdrstats.statistics.speech import (
    G711_PLC,
    G729A,
    Codec,
    ie_effective,
    mos_of_r,
    r_of_loss,
)

__all__ = [
    "G711_PLC",
    "G729A",
    "STRIKING",
    "Codec",
    "deviation",
    "difference_p",
    "ie_effective",
    "mad",
    "median",
    "mos_of_r",
    "r_of_loss",
    "robust_z",
    "spread",
    "wilson",
]
