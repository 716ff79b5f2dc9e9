"""Settings that are changed while CDR-Stats runs, and count at once in each of its processes.

What only a start can bring about, such as a port, is an environment variable:
`cdrstats.settings`.
"""

from cdrstats.options.rules import OPTIONS, Option, checked, option
from cdrstats.options.sheet import export, take_in
from cdrstats.options.store import Held, change, held, reset, value_now, value_of

__all__ = [
    "OPTIONS",
    "Held",
    "Option",
    "change",
    "checked",
    "export",
    "held",
    "option",
    "reset",
    "take_in",
    "value_now",
    "value_of",
]
