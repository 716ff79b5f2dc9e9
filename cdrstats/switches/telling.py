"""What has changed about a switch, in words."""

from collections.abc import Mapping
from typing import Any

from cdrstats.numbers import iso2_of

LABELS = {
    "timezone": "time zone",
    "country_id": "country",
    "calling_code": "calling code",
    "international_prefixes": "international prefixes",
    "trunk_prefixes": "trunk prefixes",
    "strip_prefixes": "stripped prefixes",
    "extension_digits": "digits of an extension",
    "national_min_digits": "digits of the shortest national number",
    "national_max_digits": "digits of the longest national number",
}


def change_told(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """'pbx-1: time zone Europe/Madrid, was UTC'; '' if nothing has changed.

    Args:
        name: the switch's, before.
        old, new: its columns, by name; of `new` only those that are set anew.
    """
    parts = [
        f"{label} {_shown(key, new[key])}, was {_shown(key, old[key])}"
        for key, label in LABELS.items()
        if key in new and new[key] != old[key]
    ]
    if new.get("name", name) != name:
        parts.insert(0, f"called {new['name']} now")
    return f"{name}: {'; '.join(parts)}" if parts else ""


def _shown(key: str, value: Any) -> str:
    if key == "country_id":
        return iso2_of(value) or "none"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return str(value) or "none"
