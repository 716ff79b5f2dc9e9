"""What a viewer has chosen, as it stands in the URL: the period, the filters, the search.

The pages' controls and the export route read the same parameters by the same rules, so that a
link shows, and an export holds, what the page showed.
"""

from cdrstats.choices import where
from cdrstats.choices.causes import Cause, causes
from cdrstats.choices.names import Names, country_codes, dial_codes, names
from cdrstats.choices.period import (
    FIRST_YEAR,
    LAST_YEAR,
    PRESETS,
    Period,
    between,
    instant,
    midnight,
    newest,
    period,
    read,
    written,
)
from cdrstats.choices.url import (
    COLUMNS,
    NAMED,
    ORDERS,
    RESULTS,
    SORTS,
    Params,
    filters_of,
    headings_of,
    period_of,
    search_of,
    zone_of,
)

__all__ = [
    "COLUMNS",
    "FIRST_YEAR",
    "LAST_YEAR",
    "NAMED",
    "ORDERS",
    "PRESETS",
    "RESULTS",
    "SORTS",
    "Cause",
    "Names",
    "Params",
    "Period",
    "between",
    "causes",
    "country_codes",
    "dial_codes",
    "filters_of",
    "headings_of",
    "instant",
    "midnight",
    "names",
    "newest",
    "period",
    "period_of",
    "read",
    "search_of",
    "where",
    "written",
    "zone_of",
]
