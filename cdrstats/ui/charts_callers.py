"""The charts of the Callers page, in the manner of `charts`, which registers them."""

from typing import Any

from cdrstats.ui.charts_countries import ranked

MONO = "JetBrains Mono, ui-monospace, monospace"


def numbers(data: Any, title: str, rows: int) -> Any:
    """Bars of numbers, whose digits stand below each other. Columns as for `ranked`."""
    return ranked(data, title, rows).configure_axisY(labelFont=MONO)
