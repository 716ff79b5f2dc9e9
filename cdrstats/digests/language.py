"""The languages that a digest can be written in: texts of ours, signs and names of CLDR.

Texts are in `languages/TAG.toml`, read once; docs/digests.md tells how one is added. Figures
are rounded as on the pages, and only their signs are of the language.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates

from cdrstats import format

ENGLISH = "en"
"""What pages are written in, and our names of countries."""


@dataclass(frozen=True)
class Language:
    """One of them.

    Attributes:
        tag: as of BCP 47.
        texts: by keys such as 'texts.subject'.
    """

    tag: str
    texts: Mapping[str, str]

    @property
    def name(self) -> str:
        """What its speakers call it."""
        return self.texts["name"]

    def say(self, key: str, **given: object) -> str:
        """A text, with what was given in its places."""
        return self.texts[key].format(**given)

    def many(self, key: str, number: int, **given: object) -> str:
        """A text in the plural of `number`; `count` in it is that number."""
        form = f"{key}.{self._locale.plural_form(number)}"
        return self.say(form, count=self.figure(format.count(number)), **given)

    def figure(self, said: str) -> str:
        """A figure, from what pages say: '1,234.5 %'."""
        return said.translate(self._signs).replace(" %", self.texts["forms.percent"])

    def date(self, instant: datetime, zone: ZoneInfo, form: str) -> str:
        """What the clocks of `zone` showed, in one of the forms of the language."""
        pattern = self.texts[f"forms.{form}"]
        return dates.format_datetime(instant, pattern, zone, self._locale)

    def span(self, start: datetime, end: datetime, zone: ZoneInfo) -> str:
        """The window [start, end): as dates, with hours if it has some."""
        days = format.days(start, end, zone)
        if days is None:
            told = [self.date(each, zone, "moment") for each in (start, end)]
        else:
            told = list(dict.fromkeys(self.date(each, zone, "date") for each in days))
        return f" {format.NOTHING} ".join(told)

    def country(self, code: str, ours: str) -> str:
        """The name of a country by its ISO code; what CLDR does not know keeps our name."""
        if self.tag == ENGLISH:
            return ours
        return str(self._locale.territories.get(code, ours))

    @property
    def signs(self) -> tuple[str, str]:
        """What groups thousands, and what begins the decimals."""
        symbols = self._locale.number_symbols["latn"]
        return symbols["group"], symbols["decimal"]

    @cached_property
    def _signs(self) -> dict[int, str]:
        return str.maketrans(dict(zip(",.", self.signs, strict=True)))

    @cached_property
    def _locale(self) -> Locale:
        return Locale.parse(self.tag, sep="-")


def _flat(given: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Texts by their keys, with those of the tables that they are in before them."""
    for key, value in given.items():
        if isinstance(value, str):
            yield above + key, value
        else:
            yield from _flat(value, f"{above}{key}.")


def _read() -> dict[str, Language]:
    """All that have a file, English first."""
    folder = resources.files("cdrstats.digests").joinpath("languages")
    files = {
        each.name.removesuffix(".toml"): each
        for each in folder.iterdir()
        if each.name.endswith(".toml")
    }
    tags = sorted(files, key=lambda tag: (tag != ENGLISH, tag))
    catalogues = {tag: tomllib.loads(files[tag].read_text("utf-8")) for tag in tags}
    return {tag: Language(tag, dict(_flat(said))) for tag, said in catalogues.items()}


LANGUAGES = _read()


def nearest(tag: str) -> str:
    """The language to write in for who has asked for `tag`, such as pt-BR; else English."""
    wanted = tag.lower()
    known = {each.lower(): each for each in LANGUAGES}
    return known.get(wanted) or known.get(wanted.partition("-")[0], ENGLISH)
