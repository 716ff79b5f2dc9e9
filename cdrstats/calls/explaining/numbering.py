"""How the dialled number was read: its international form, type, dial code, country. Pure."""

from collections.abc import Callable

from cdrstats.calls.explaining.case import Case, Explained, Rules, said
from cdrstats.numbers import INTERNAL, NATIONAL, NumberRules, Step

TYPES = ("international", "national", "internal")
"""By the values of `voip_cdr.call_type`."""


def number(case: Case) -> Explained:
    """The steps from what was dialled to the international number."""
    stored = case.call["destination_e164"]
    given = (("destination_number", case.call["destination_number"]),)
    rules = case.rules
    if rules is None:
        how = (
            "The dialled number, brought into international form."
            if stored
            else "The dialled number has no international form that is known."
        )
        return Explained("destination_e164", how, given)
    steps = tuple(_told(step, rules) for step in rules.steps)
    whose = f"By the rules of the switch {rules.switch.name}:" if rules.switch else "Read as:"
    if rules.number.e164 == stored:
        return Explained("destination_e164", whose, given, steps)
    before = f"It was read as +{stored}" if stored else "It had no international number"
    now = rules.number.e164
    return Explained(
        "destination_e164",
        f"{before} when the call was mediated. {whose}",
        given,
        steps,
        f"It would be read as +{now}." if now else "It would have no international number.",
    )


def call_type(case: Case) -> Explained:
    """Why the call is international, national or internal."""
    stored, rules = case.call["call_type"], case.rules
    if rules is None:
        return Explained("call_type", f"Its number makes it {TYPES[stored]}.")
    facts = rules.number
    if facts.call_type == INTERNAL:
        why = "its number is none that anybody outside could dial"
    elif facts.country_id and rules.home:
        same = facts.call_type == NATIONAL
        place = _country(rules, facts.dialcode_id)
        why = f"{place} is {'' if same else 'not '}the country of the switch"
        if not same:
            why += f", {rules.home}"
    elif facts.call_type == NATIONAL:
        why = "it has the length of a national number, and nothing tells another country"
    elif facts.country_id:
        why = "it has an international number, and the switch has no country set"
    else:
        why = "it is no national number, and its country is not known"
    if facts.call_type == stored:
        return Explained("call_type", f"The call is {TYPES[stored]}, because {why}.")
    return Explained(
        "call_type",
        f"The call was taken to be {TYPES[stored]} when it was mediated.",
        today=f"It would be {TYPES[facts.call_type]}, because {why}.",
    )


def dialcode(case: Case) -> Explained:
    """Which dial codes the number begins with, and which is the longest."""
    stored, e164 = case.call["dialcode_id"], case.call["destination_e164"]
    rules = case.rules
    if rules is None:
        how = (
            f"{stored} is the longest known dial code that +{e164} begins with."
            if stored
            else "There is no international number that begins with a known dial code."
        )
        return Explained("dialcode_id", how)
    found, e164 = rules.number.dialcode_id, rules.number.e164
    if not e164:
        now = "There is no international number, so there is no dial code."
    elif not found:
        now = f"+{e164} begins with no dial code that is known."
    else:
        now = f"{_code(rules, found)} is the longest known dial code that +{e164} begins with."
        if shorter := [code for code in sorted(rules.places) if code < found]:
            now += f" It also begins with {', '.join(_code(rules, code) for code in shorter)}."
        if idle := [str(code) for code in sorted(rules.places) if code > found]:
            now += f" {', '.join(idle)} would be longer, but is set to no country."
    if found == stored:
        return Explained("dialcode_id", now)
    before = str(stored) if stored else "none"
    return Explained(
        "dialcode_id", f"The dial code was {before} when the call was mediated.", today=now
    )


def country(case: Case) -> Explained:
    """Whose dial code it is."""
    stored, rules = case.call["country_id"], case.rules
    named = case.found.names["country"] or str(stored)
    if rules is None:
        how = (
            f"{named} is where the dial code leads." if stored else "The country is not known."
        )
        return Explained("country_id", how)
    found, code = rules.number.country_id, rules.number.dialcode_id
    now = (
        f"The dial code {code} is {_country(rules, code)}'s."
        if found
        else "Without a dial code there is no country."
    )
    if found == stored:
        return Explained("country_id", now)
    return Explained(
        "country_id",
        f"The country was {named if stored else 'not known'} when the call was mediated.",
        today=now,
    )


def _country(rules: Rules, code: int) -> str:
    place = rules.places[code]
    return place.country or f"country {place.country_id}"


def _code(rules: Rules, code: int) -> str:
    place = rules.places[code]
    return f"{code} ({place.name})" if place.name else str(code)


def _told(step: Step, rules: Rules) -> str:
    """A step as a sentence."""
    by = rules.switch.rules if rules.switch else NumberRules()
    return _SENTENCES[step.what](step, by)


_SENTENCES: dict[str, Callable[[Step, NumberRules], str]] = {
    "closed up": lambda step, _: f"Blanks and separators go: {step.left}",
    "plus": lambda step, _: f"A leading + makes it international: {step.left}",
    "lone plus": lambda step, _: (
        f"The + goes, too few digits follow for an international number: {step.left}"
    ),
    "extension": lambda step, by: (
        f"{step.left} is not longer than an extension, {by.extension_digits} digits: internal"
        if step.left
        else "Nothing was dialled: internal"
    ),
    "not dialled": lambda step, _: (
        f"{said(step.left)} begins with neither a digit nor a prefix to strip: internal"
    ),
    "stripped": lambda step, _: f"{step.part} is a prefix to strip, and goes: {step.left}",
    "international prefix": lambda step, _: (
        f"{step.part} is an international prefix, and goes: {step.left}"
    ),
    "cut": lambda step, _: (
        f"From {said(step.part)} on nothing is dialled, and it goes:"
        f" {step.left or 'nothing is left'}"
    ),
    "trunk prefix": lambda step, _: f"{step.part} is the trunk prefix, and goes: {step.left}",
    "too short": lambda step, by: (
        f"{step.left or 'Nothing'} is shorter than a national number,"
        f" {by.national_min_digits} digits: internal"
    ),
    "too long": lambda step, by: (
        f"{step.left} is longer than a national number, {by.national_max_digits} digits, so it"
        " is taken for an international number written plainly"
    ),
    "national length": lambda step, by: (
        f"{step.left} has the length of a national number, {_digits(by)} digits"
    ),
    "calling code": lambda step, _: (
        f"The calling code {step.part} of the switch goes before it: {step.left}"
    ),
    "no calling code": lambda *_: (
        "The switch has no calling code set, so there is no international number"
    ),
    "nowhere": lambda step, _: f"No country's number begins with 0, as {step.left} does",
    "dial code": lambda step, _: (
        f"{step.part} is the longest known dial code that +{step.left} begins with"
        if step.part
        else f"+{step.left} begins with no dial code that is known"
    ),
}


def _digits(by: NumberRules) -> str:
    shortest, longest = by.national_min_digits, by.national_max_digits
    return str(longest) if shortest == longest else f"{shortest} to {longest}"
