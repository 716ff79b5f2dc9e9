"""The columns of tables that tell figures along a period, or of two periods."""

from typing import Any

import streamlit as st

from cdrstats.metrics import METRICS, Metric
from cdrstats.traffic import Step
from cdrstats.ui import tables

SURE = "Of few calls a share jumps about: the true one lies within these bounds (95 %, Wilson)."


def moment(label: str, step: Step) -> Any:
    """The starts of steps."""
    pattern = "YYYY-MM-DD" if step in ("day", "week", "month") else "YYYY-MM-DD HH:mm"
    return st.column_config.DatetimeColumn(label, format=pattern, width=140)


def share(label: str, help: str) -> Any:
    """Shares, in per cent."""
    return st.column_config.NumberColumn(label, format="%.1f %%", help=help)


def signed(metric: Metric, label: str) -> Any:
    """Differences in the metric's own unit."""
    formats = {"count": "%+.0f", "seconds": "%+.1f s", "percent": "%+.2f pp"}
    return st.column_config.NumberColumn(label, format=formats.get(metric.unit, "%+.2f"))


def changes(metric: Metric) -> Any:
    """Changes, as `cdrstats.metrics.moved` counts them: in points, or per cent."""
    unit = "pp" if metric.unit == "percent" else "%%"
    return st.column_config.NumberColumn("Change", format=f"%+.1f {unit}")


def sure(label: str = "Sure within") -> Any:
    """The bounds of shares of few calls."""
    return tables.text(label, help=SURE)


def bounded(*names: str) -> dict[str, Any]:
    """The columns of `bounds.column` of the figures `names`."""
    return {f"{name}_sure": sure(f"{METRICS[name].label} within") for name in names}
