"""How well rules tell, by the labels of their cases. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measure:
    """How well rules tell fraud from what only looks like it.

    Attributes:
        found, missed: cases of real fraud.
        false: cases that were none.
    """

    found: int
    missed: int
    false: int

    @property
    def precision(self) -> float | None:
        """Of what was found, how much is fraud; None of nothing."""
        return _share(self.found, self.false)

    @property
    def recall(self) -> float | None:
        """Of all fraud, how much was found; None of none."""
        return _share(self.found, self.missed)


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None
