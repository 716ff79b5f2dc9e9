"""The chart of a digest, as a picture: Vega-Lite through vl-convert, without a browser."""

from typing import Any
from zoneinfo import ZoneInfo

from cdrstats.digests.contents import Contents
from cdrstats.digests.language import Language

ANSWERED, UNANSWERED, BEFORE = "#2a7fc0", "#8a95a3", "#15202c"
"""As on the pages."""

WIDTH, HEIGHT, SCALE = 540, 170, 2
"""Pixels, and how many of them the picture has for each that is shown."""

FORMS = {
    **dict.fromkeys(("quarter", "hour"), "tick_time"),
    **dict.fromkeys(("day", "week"), "tick_day"),
    "month": "tick_month",
}
"""How a language writes the beginning of a step."""


def chart(language: Language, found: Contents, zone: ZoneInfo, before: str) -> bytes:
    """The calls of each step, answered and not, and those of the period before as a line."""
    import vl_convert  # takes a second and 90 MB, for who draws only

    spec, signs = spec_of(language, found, zone, before), signs_of(language)
    return bytes(vl_convert.vegalite_to_png(spec, scale=SCALE, format_locale=signs))


def signs_of(language: Language) -> dict[str, Any]:
    """How the figures of the axis are written, as Vega is told."""
    group, decimal = language.signs
    return {"thousands": group, "decimal": decimal, "grouping": [3], "currency": ["", ""]}


def spec_of(language: Language, found: Contents, zone: ZoneInfo, before: str) -> dict[str, Any]:
    """The chart as Vega-Lite; steps stand in their order, for an hour can be shown twice."""
    answered, not_answered = map(language.say, ("texts.answered", "texts.not_answered"))
    bars, line = [], []
    for place, step in enumerate(found.line):
        parts = step.parts
        both = {answered: parts.answered, not_answered: parts.calls - parts.answered}
        bars += [{"step": place, "result": name, "calls": n} for name, n in both.items()]
    for place, step in enumerate(found.line_before[: len(found.line)]):
        line.append({"step": place, "calls": step.parts.calls, "result": before})
    form = FORMS[found.step]
    stamps = [language.date(step.at, zone, form) if step.at else "" for step in found.line]
    every = max(1, len(stamps) // 8)
    x = {
        "field": "step",
        "type": "ordinal",
        "title": None,
        "axis": {
            "labelExpr": f"{stamps}[datum.value]",
            "values": list(range(0, len(stamps), every)),
            "labelAngle": 0,
            "grid": False,
        },
    }
    y = {"field": "calls", "type": "quantitative", "title": None}
    colour = {
        "field": "result",
        "type": "nominal",
        "title": None,
        "scale": {
            "domain": [answered, not_answered, before],
            "range": [ANSWERED, UNANSWERED, BEFORE],
        },
        "legend": {"orient": "top", "symbolType": "circle", "labelLimit": WIDTH // 2},
    }
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": "white",
        "width": WIDTH,
        "height": HEIGHT,
        "config": {"font": "sans-serif", "view": {"stroke": None}, "axis": {"tickCount": 4}},
        "layer": [
            {
                "data": {"values": bars},
                "mark": {"type": "bar"},
                "encoding": {"x": x, "y": y, "color": colour},
            },
            {
                "data": {"values": line},
                "mark": {"type": "line", "strokeWidth": 1.5, "strokeDash": [4, 3]},
                "encoding": {"x": x, "y": y, "color": colour},
            },
        ],
    }
