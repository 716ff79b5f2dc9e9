"""What a person may do, by which role or group, and why. Pure."""

from collections.abc import Collection, Mapping

PERMISSIONS = {
    "dashboard": "Open the page Dashboard.",
    "overview": "Open the page Overview.",
    "compare": "Open the page Compare.",
    "countries": "Open the page Destinations.",
    "map": "Open the page World map.",
    "quality": "Open the page Quality.",
    "routes": "Open the page Routes, which names carriers.",
    "concurrent": "Open the page Concurrent calls.",
    "callers": "Open the page Callers, which looks for fraud.",
    "calls": "Open the page Calls and search in it.",
    "downloads": "Open the page Downloads.",
    "alarms": "Open the page Alarms, and have rules there.",
    "digests": "Open the page Digests, and have them mailed.",
    "lists": "Open the page Destination control.",
    "fraud": "Open the page Fraud cases, and say what a case is.",
    "views": "Open the page Views, which shows all customers' calls.",
    "imports": "Open the page Imports.",
    "switches": "Open the page Switches.",
    "diagnostic": "Open the page Diagnostic.",
    "mail": "Open the page Mail log.",
    "call": "See one call in full.",
    "export": "Take calls and figures out as files.",
    "numbers": "See telephone numbers in full.",
    "unmask": "See numbers in full for a while, with a reason.",
    "costs": "See buy costs and buy rates.",
    "margins": "See what is left of sales after costs.",
    "notes": "Write notes on charts.",
    "share": "Show saved views to others.",
    "api": "Read through the programming interface.",
    "jobs": "Start and pause jobs.",
    "load": "Load files and undo them.",
    "rules": "Change how the records of a switch are read.",
    "people": "Add people and change what they may do.",
    "customers": "Add customers and change their account codes.",
    "carriers": "Name carriers.",
    "causes": "Change what hangup causes count as.",
    "dialcodes": "Change dial codes.",
    "fraud_rules": "Change the rules of fraud, and whom they tell.",
    "allow": "Say where calls may go, and what is of high risk.",
    "rates": "Change rates.",
    "settings": "Change settings of the installation.",
    "audit": "See who did what.",
}
"""Every permission, and what it lets a person do. A page's is named as the page is."""

ADMINISTRATOR = "administrator"
CUSTOMER = "customer"

_ANALYSIS = frozenset(
    {
        *("dashboard", "overview", "compare", "countries", "map", "quality", "routes"),
        *("concurrent", "callers", "calls", "downloads"),
        *("alarms", "digests"),
        *("call", "export", "notes", "share", "api"),
    }
)

ROLES = {
    ADMINISTRATOR: frozenset(PERMISSIONS),
    "analyst": _ANALYSIS
    | {"views", "imports", "switches", "diagnostic", "costs", "margins", "numbers"}
    | {"unmask", "lists", "fraud"},
    "finance": _ANALYSIS | {"costs", "margins", "customers", "rates", "unmask"},
    CUSTOMER: _ANALYSIS - {"routes"} | {"numbers"},
}
"""What each role gives."""

_PAGES = [each for each, does in PERMISSIONS.items() if does.startswith("Open the page ")]
_LOOKING = [each for each in PERMISSIONS if each in ROLES["analyst"] and each not in _PAGES]

AREAS = {
    "Pages": _PAGES,
    "Calls and figures": _LOOKING,
    "The installation": [
        each for each in PERMISSIONS if each not in _PAGES and each not in _LOOKING
    ],
}
"""Every permission, by what it is about: to open, to look at, to change."""

CUSTOMERS_MOST = ROLES[CUSTOMER]
"""All that a person of role customer can have, whatever the groups say.

Carriers, costs, other customers and the installation are none of a customer's business.
"""


_MARGINS = frozenset({"margin", "margin_percent"})

SHOWS = {
    "costs": frozenset({"buy_rate", "buy_cost", "data"}) | _MARGINS,
    "margins": _MARGINS,
    "numbers": frozenset({"data", "channel"}),
}
"""The fields of a call, and the figures, that it takes a permission to see.

A sale less its margin is its cost, and what a switch wrote may hold costs and numbers as well.
A number itself is shown without its last digits: `Scope.masked`.
"""


def granted(role: str, groups: Mapping[str, Collection[str]]) -> frozenset[str]:
    """What a person of `role` in `groups` may do.

    Args:
        role: one of ROLES; any other, of a later version, gives nothing.
        groups: the permissions of each group, by its name; those that are not known do nothing.
    """
    given = ROLES.get(role, frozenset()).union(*groups.values())
    return given & (CUSTOMERS_MOST if role == CUSTOMER else frozenset(PERMISSIONS))


def hidden(granted: Collection[str]) -> frozenset[str]:
    """The fields of a call, and the figures, that these permissions do not let one see."""
    return frozenset().union(
        *(names for permission, names in SHOWS.items() if permission not in granted)
    )


def why(role: str, groups: Mapping[str, Collection[str]], permission: str) -> str:
    """A sentence: by what a person of `role` in `groups` has `permission`, or why not."""
    if permission not in PERMISSIONS:
        return f"There is no permission {permission!r}."
    if role == CUSTOMER and permission not in CUSTOMERS_MOST:
        return f"No: nobody of role {CUSTOMER} can have it, whatever the groups say."
    sources = [f"the role {role}"] if permission in ROLES.get(role, ()) else []
    sources += [f"the group {name}" for name in sorted(groups) if permission in groups[name]]
    if sources:
        return f"Yes: by {' and '.join(sources)}."
    if not groups:
        return f"No: the role {role} does not give it, and there is no group that could."
    return f"No: neither the role {role} nor any of the groups gives it."
