"""Zones whose clocks do odd things, and windows of them that Hypothesis invents."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from cdrstats.clock import Window

MADRID = ZoneInfo("Europe/Madrid")
HAVANA = ZoneInfo("America/Havana")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
ZONES = [
    MADRID,
    HAVANA,
    ZoneInfo("UTC"),
    ZoneInfo("Asia/Kathmandu"),
    ZoneInfo("America/New_York"),
    LORD_HOWE,
]

moments = st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC)
)
windows = st.builds(
    lambda start, length: Window(start, start + length),
    moments,
    st.timedeltas(timedelta(0), timedelta(days=70)),
)
