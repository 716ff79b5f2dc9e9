"""Reference data that an administrator may edit: hangup causes, dial codes, carriers."""

from cdrstats.reference.carriers import CARRIERS
from cdrstats.reference.causes import CAUSES
from cdrstats.reference.dialcodes import DIALCODES

__all__ = ["CARRIERS", "CAUSES", "DIALCODES"]
