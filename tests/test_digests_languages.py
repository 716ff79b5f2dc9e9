"""The languages of digests: catalogues that say the same; figures, dates, plurals of each."""

import csv
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import resources
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from cdrstats import alarms, format
from cdrstats.choices import RESULTS
from cdrstats.choices.names import CALL_TYPES, DIRECTIONS
from cdrstats.digests import EVERY, words
from cdrstats.digests.contents import FIGURES, JUDGED, MONEY
from cdrstats.digests.drawing import FORMS
from cdrstats.digests.language import LANGUAGES, Language, nearest
from cdrstats.metrics import METRICS

ENGLISH = LANGUAGES["en"]
OTHERS = [language for tag, language in LANGUAGES.items() if tag != "en"]
MADRID = ZoneInfo("Europe/Madrid")
PLURAL = {"calls", *(f"unusual.{step}" for step in JUDGED)}


def tag_of(language: Language) -> str:
    return language.tag


each_language = pytest.mark.parametrize("language", LANGUAGES.values(), ids=tag_of)
each_other = pytest.mark.parametrize("language", OTHERS, ids=tag_of)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def plurals(language: Language) -> dict[str, set[str]]:
    """The forms of each text that has plurals."""
    found: dict[str, set[str]] = {}
    for key in language.texts:
        above, _, form = key.rpartition(".")
        if above in PLURAL and form != "none":
            found.setdefault(above, set()).add(form)
    return found


def without_plurals(language: Language) -> set[str]:
    forms = {f"{key}.{form}" for key, found in plurals(language).items() for form in found}
    return set(language.texts) - forms


@each_other
def test_all_catalogues_say_the_same(language: Language) -> None:
    assert without_plurals(language) == without_plurals(ENGLISH)
    for key, text in language.texts.items():
        assert text.strip()
        like = key if key in ENGLISH.texts else key.rpartition(".")[0] + ".other"
        if not key.startswith("forms."):
            assert places(text) == places(ENGLISH.texts[like]), key


@each_language
def test_each_plural_that_a_language_has_is_there(language: Language) -> None:
    forms = {*Locale.parse(language.tag).plural_form.tags, "other"}
    assert plurals(language) == dict.fromkeys(PLURAL, forms)


def test_catalogues_have_what_can_be_said() -> None:
    def below(table: str) -> set[str]:
        found = (key.partition(".") for key in ENGLISH.texts)
        return {key for above, _, key in found if above == table}

    assert below("figures") == {*FIGURES, *MONEY}
    assert below("before") == set(EVERY)
    assert below("chart") == set(FORMS)
    assert below("parts") == set(words.HEADS)
    assert below("filters") == {*words.FILTERS} - {"where"}
    assert below("values") == {*DIRECTIONS.values(), *CALL_TYPES.values(), *RESULTS}


def test_english_calls_things_as_pages_do() -> None:
    for name in (*FIGURES, *MONEY):
        assert ENGLISH.say(f"figures.{name}") == METRICS[name].label
    for name, said in alarms.words.TOLD.items():
        assert ENGLISH.say(f"told.{name}") == said


@given(st.floats(-1e9, 1e9), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_english_figures_and_dates_are_those_of_pages(value: float, at: datetime) -> None:
    for said in (
        format.percent(value),
        format.money(Decimal(value)),
        format.count(int(value)),
        format.clock(abs(value)),
        format.minutes(value),
        format.NOTHING,
    ):
        assert ENGLISH.figure(said) == said
    start = at.replace(tzinfo=UTC)
    assert ENGLISH.date(start, MADRID, "moment") == format.moment(start, MADRID)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=MADRID)
    for length in (timedelta(0), timedelta(hours=5), timedelta(1), timedelta(7)):
        for begin in (start, day):
            window = begin, (begin.replace(tzinfo=None) + length).replace(tzinfo=begin.tzinfo)
            assert ENGLISH.span(*window, MADRID) == format.span(*window, MADRID)


@each_other
@given(value=st.decimals(-(10**9), 10**9, places=1))
def test_figures_have_the_signs_of_cldr(language: Language, value: Decimal) -> None:
    locale = Locale.parse(language.tag)
    said = format_decimal(value, "#,##0.0", locale)
    assert language.figure(f"{value:,.1f}") == said.replace("-0,0", f"{value:,.1f}"[:1] + "0,0")
    percent = locale.percent_formats[None].pattern.removeprefix("#,##0")
    assert language.figure(f"{value:,.1f} %") == language.figure(f"{value:,.1f}") + percent


@pytest.mark.parametrize(
    ("tag", "day", "moment", "weekday", "count", "share"),
    [
        ("en", "1 Sep 2026", "1 Sep 2026 13:05", "Tuesday, 1 Sep", "12,345", "12.3 %"),
        ("es", "1 sept 2026", "1 sept 2026, 13:05", "martes, 1 sept", "12.345", "12,3\xa0%"),
        ("fr", "1 sept. 2026", "1 sept. 2026, 13:05", "mardi 1 sept.", "12 345", "12,3\xa0%"),
        ("de", "01.09.2026", "01.09.2026, 13:05", "Dienstag, 1. Sept.", "12.345", "12,3\xa0%"),
        ("pt", "1 de set. de 2026", "", "terça-feira, 1 de set.", "12.345", "12,3%"),
    ],
)
def test_figures_and_dates_as_a_reader_expects_them(
    tag: str, day: str, moment: str, weekday: str, count: str, share: str
) -> None:
    language = LANGUAGES[tag]
    at = datetime(2026, 9, 1, 13, 5, tzinfo=MADRID)
    midnight = at.replace(hour=0, minute=0)
    assert language.span(midnight, midnight + timedelta(1), MADRID) == day
    assert language.date(at, MADRID, "moment") == (moment or f"{day} 13:05")
    assert language.date(at, MADRID, "day") == weekday
    assert language.figure(format.count(12345)).replace("\u202f", " ") == count
    assert language.figure(format.percent(0.123)) == share
    assert language.figure(format.clock(3725)) == "1:02:05"


@pytest.mark.parametrize(
    ("tag", "none", "one", "two", "million"),
    [
        ("en", "no call", "1 call", "2 calls", "1,000,000 calls"),
        ("es", "ninguna llamada", "1 llamada", "2 llamadas", "1.000.000 de llamadas"),
        ("fr", "aucun appel", "1 appel", "2 appels", "1\u202f000\u202f000 d’appels"),  # noqa: RUF001
        ("de", "kein Anruf", "1 Anruf", "2 Anrufe", "1.000.000 Anrufe"),
        ("pt", "nenhuma chamada", "1 chamada", "2 chamadas", "1.000.000 de chamadas"),
    ],
)
def test_plurals(tag: str, none: str, one: str, two: str, million: str) -> None:
    said = [words.calls(LANGUAGES[tag], number) for number in (0, 1, 2, 1_000_000)]
    assert said == [none, one, two, million]


def test_zero_is_singular_where_it_is() -> None:
    zero = [each.many("calls", 0) for each in LANGUAGES.values()]
    assert zero == ["0 calls", "0 Anrufe", "0 llamadas", "0 appel", "0 chamada"]


@each_language
def test_every_country_has_a_name(language: Language) -> None:
    table = resources.files("cdrstats.db").joinpath("data/countries.csv").read_text("utf-8")
    coded = [row for row in csv.DictReader(table.splitlines()) if row["iso2"]]
    none = "no name"
    assert len(coded) > 240
    for row in coded:
        assert language.country(row["iso2"], none) != none or language.tag == "en"
    assert language.country("", "Inmarsat") == "Inmarsat"


@pytest.mark.parametrize(
    ("tag", "germany", "ours"),
    [
        ("en", "country Germany, direction Inbound", "country Unknown"),
        ("es", "país Alemania, sentido Entrante", "país Desconocido"),
        ("fr", "pays Allemagne, sens Entrant", "pays Inconnu"),
        ("de", "Land Deutschland, Richtung Eingehend", "Land Unbekannt"),
        ("pt", "país Alemanha, sentido Entrada", "país Desconhecido"),
    ],
)
def test_which_calls_are_told_by_names_of_the_language(
    tag: str, germany: str, ours: str
) -> None:
    said = words.calls_of(
        "country=Germany&direction=Inbound", LANGUAGES[tag], {"Germany": "DE"}
    )
    assert said == germany
    assert words.calls_of("country=Unknown", LANGUAGES[tag]) == ours
    # What somebody named is nobody's to translate, even where it is a word of ours.
    assert words.calls_of("switch=Failed", LANGUAGES[tag]).endswith(" Failed")


def test_the_nearest_language_is_taken() -> None:
    asked = ("", "es", "pt-BR", "FR-ca", "de-AT", "ca", "e", "klingon-e")
    assert [nearest(tag) for tag in asked] == ["en", "es", "pt", "fr", "de", "en", "en", "en"]
