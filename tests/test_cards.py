"""Cards of key figures: their course, and the colour of their change."""

from typing import TYPE_CHECKING

import pytest

from cdrstats.metrics import METRICS, NOTHING, Parts
from cdrstats.ui import figures

if TYPE_CHECKING:
    from streamlit.testing.v1 import AppTest


def test_a_ratio_has_no_point_where_nobody_called() -> None:
    course = [Parts(calls=4, answered=2), NOTHING, Parts(calls=4, answered=3)]
    assert figures.course_of("asr", course) == [50.0, 75.0]
    assert figures.course_of("calls", course) == [4.0, 0.0, 4.0]
    assert figures.course_of("asr", [NOTHING]) == []


@pytest.fixture(scope="module")
def cards() -> "AppTest":
    """A card of every metric, each with a rise."""
    from streamlit.testing.v1 import AppTest

    def page() -> None:
        from cdrstats.metrics import METRICS
        from cdrstats.ui import show

        for metric in METRICS.values():
            show.figure(metric.label, "1", 10.0, [1.0, 2.0], good=metric.better)

    return AppTest.from_function(page, default_timeout=60).run()


@pytest.mark.parametrize("name", METRICS)
def test_a_rise_of_any_metric_has_the_colour_of_its_news(cards: "AppTest", name: str) -> None:
    assert not cards.exception
    card = next(one for one in cards.metric if one.label == METRICS[name].label)
    colours = {"up": "GREEN", "down": "RED", "neutral": "GRAY"}
    assert card.proto.MetricColor.Name(card.proto.color) == colours[METRICS[name].better]
