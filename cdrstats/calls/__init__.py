"""The calls themselves: searched page by page, one in full, and exported as files.

Read-only; the scope comes right after the connection. A call is named by its start and its
`dedup_key`; its `id` changes when it is mediated anew.
"""

from cdrstats.calls.detail import CallDetail, Related, detail
from cdrstats.calls.explaining import Explained, Explanation, explain
from cdrstats.calls.exporting import MEDIA_TYPES, Format, export
from cdrstats.calls.paging import Count, Page, count, page
from cdrstats.calls.search import (
    COLUMNS,
    NAMES,
    SORTS,
    Cursor,
    Search,
    label,
    limit_reason,
)
from cdrstats.calls.timeline import PHASES, Leg, Phase, Timeline, timeline

__all__ = [
    "COLUMNS",
    "MEDIA_TYPES",
    "NAMES",
    "PHASES",
    "SORTS",
    "CallDetail",
    "Count",
    "Cursor",
    "Explained",
    "Explanation",
    "Format",
    "Leg",
    "Page",
    "Phase",
    "Related",
    "Search",
    "Timeline",
    "count",
    "detail",
    "explain",
    "export",
    "label",
    "limit_reason",
    "page",
    "timeline",
]
