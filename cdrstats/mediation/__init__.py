"""`cdr_import` -> `voip_cdr`: set-based, oldest first, exactly once.

    waiting rows --decide--> call | duplicate | ignored | rejected | undone

One batch is one transaction: it deletes the calls of rows that are mediated anew, inserts the
calls, notes the slots of both for the roll-ups, and ticks the rows off. A row is waiting while
`imported` is false, and for nothing else; setting it to false again has the row mediated anew
under today's rules, zones and owners. `rejection` shows what could not become a call.
"""

from cdrstats.mediation.batch import (
    LONGEST_S,
    Known,
    MissingMonths,
    make_calls,
    note_feeds,
    prepare,
    take_staged,
)
from cdrstats.mediation.drain import Counts, learn, mediate, retry, waiting
from cdrstats.mediation.maps import NewSwitches
from cdrstats.mediation.start_over import flag_anew, ids_of_staged, oldest_waiting

__all__ = [
    "LONGEST_S",
    "Counts",
    "Known",
    "MissingMonths",
    "NewSwitches",
    "flag_anew",
    "ids_of_staged",
    "learn",
    "make_calls",
    "mediate",
    "note_feeds",
    "oldest_waiting",
    "prepare",
    "retry",
    "take_staged",
    "waiting",
]
