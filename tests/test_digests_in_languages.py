"""A whole digest in each language: with nothing left in English, escaped, headed and drawn."""

import re
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
import vl_convert
from sqlalchemy import Engine, insert, update

from cdrstats import alarms, digests
from cdrstats.accounts import EVERYONE
from cdrstats.aggregates.draining import drain
from cdrstats.clock import Window, month_of
from cdrstats.db.partitions import make_months
from cdrstats.db.schema import customer, digest
from cdrstats.digests import contents
from cdrstats.digests.drawing import SCALE, chart, signs_of, spec_of
from cdrstats.digests.language import LANGUAGES
from cdrstats.errors import BadRequest
from cdrstats.settings import Settings

from .alarms import HOUR, MIDNIGHT, a_rule, add_calls
from .digests import (
    DAY,
    SEVEN,
    a_digest,
    found,
    kept,
    mails,
    page_of,
    settings_in,
    somebody,
    text_of,
)

HOSTILE = '<script>alert("ñ")</script>'
QUERY = "direction=Outbound&type=International&country=Germany&country=Spain"
ALIKE = {
    "es": set(),
    "fr": {"Minutes", "points", "International", "type"},
    "de": {"International"},
    "pt": set(),
}
"""What says the same in English and in the language, as somebody has looked up."""

each_other = pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if tag != "en"])


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def busy(fresh_engine: Engine, settings: Settings) -> Engine:
    """A day of which every part of a digest has something to tell."""
    make_months(fresh_engine, [month_of(MIDNIGHT - DAY * 7 * week) for week in range(1, 9)])
    outbound: dict[str, Any] = {"direction": 2, "call_type": 0}
    for week in range(1, 9):
        at = MIDNIGHT + HOUR * 10 - DAY * 7 * week
        add_calls(fresh_engine, at, 100, 60, country_id=724, **outbound)
    add_calls(fresh_engine, MIDNIGHT - HOUR * 5, 80, 80, country_id=724, **outbound)
    spanish = outbound | {"country_id": 724, "sell_cost": 2, "buy_cost": 1}
    add_calls(fresh_engine, MIDNIGHT + HOUR, 1200, 300, caller_id_number="34911", **spanish)
    german = outbound | {"country_id": 276, "caller_id_number": HOSTILE}
    add_calls(fresh_engine, MIDNIGHT + HOUR * 2, 30, 30, hangup_cause_id=16, **german)
    with fresh_engine.begin() as conn:
        alarms.add(conn, None, a_rule(name="asr<"), MIDNIGHT)
    alarms.evaluate(fresh_engine, settings, MIDNIGHT + HOUR * 3)
    return fresh_engine


def sent(
    engine: Engine, settings: Settings, tag: str, monkeypatch: pytest.MonkeyPatch
) -> EmailMessage:
    """The digest of that day, with files that are too large for a mail."""
    monkeypatch.setattr("cdrstats.digests.attaching.LARGEST", 1000)
    kept(engine, name=f"¿? {HOSTILE}", language=tag, query=QUERY, files=("csv",))
    assert digests.send_due(engine, settings, SEVEN) == 1
    return mails(engine)[-1]


def english() -> set[str]:
    """All that English texts say, without what is put into them, and what is short."""
    found = set()
    for key, text in LANGUAGES["en"].texts.items():
        if not key.startswith("forms."):
            said = [piece for piece, _, _, _ in Formatter().parse(text)]
            found |= {piece.strip(" .,:;()“”") for piece in said}
    return {piece for piece in found if len(piece) > 3}


def left_over(text: str) -> set[str]:
    return {said for said in english() if re.search(rf"\b{re.escape(said)}\b", text)}


def words_of(mail: EmailMessage) -> str:
    return re.sub(r"https?://\S+", "", text_of(mail))


def test_what_looks_for_english_finds_it(
    busy: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = words_of(sent(busy, settings, "en", monkeypatch))
    assert len(left_over(text)) > 30


@each_other
def test_nothing_of_it_is_english(
    busy: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    mail = sent(busy, settings, tag, monkeypatch)
    text = words_of(mail)
    language = LANGUAGES[tag]
    assert left_over(text) <= ALIKE[tag]
    assert not re.search(r"\b(the|of|was|were|is|and|before|Spain|Mar 2026)\b", text)
    # Causes keep the names of the standard, and people's names are theirs.
    assert "Normal clearing (16)" in text
    for part in digests.PARTS:
        if part in ("causes", "countries", "talkers", "alarms"):
            assert language.say(f"parts.{part}") in text
    assert language.say("texts.heavy") in text
    assert left_over(re.sub("<[^>]*>", " ", page_of(mail))) <= ALIKE[tag]


EXPECTED = {
    "es": [
        "Qué llamadas: país Alemania, país España, sentido Saliente, tipo Internacional",
        "Comparado con: el día anterior",
        "Llamadas: 1.230 (+1.437,5\xa0%; antes: 80)",
        "ASR: 26,8\xa0% (-73,2 puntos; antes: 100,0\xa0%)",
        "3 de 24 horas fueron inusuales; la más llamativa: 10 mar 2026, 1:00, 1.200 llamadas",
        "España 1.200 300 25,0\xa0% 80",
        "asr< Activada 10 mar 2026, 1:00 – 10 mar 2026, 2:00 25,0\xa0%",  # noqa: RUF001
        "(titular: el operador)",
    ],
    "fr": [
        "Appels concernés: pays Allemagne, pays Espagne, sens Sortant, type International",
        "Par rapport à: la veille",
        "Appels: 1\u202f230 (+1\u202f437,5\xa0%\xa0; avant\xa0: 80)",
        "ASR: 26,8\xa0% (-73,2 points\xa0; avant\xa0: 100,0\xa0%)",
        "3 heures sur 24 ont été inhabituelles\xa0; la plus marquée\xa0: 10 mars 2026, 01:00",
        "Espagne 1\u202f200 300 25,0\xa0% 80",
        "asr< Déclenchée 10 mars 2026, 01:00 – 10 mars 2026, 02:00 25,0\xa0%",  # noqa: RUF001
        "(titulaire\xa0: l’opérateur)",  # noqa: RUF001
    ],
    "de": [
        "Welche Anrufe: Land Deutschland, Land Spanien, Richtung Ausgehend, Art International",
        "Verglichen mit: Vortag",
        "Anrufe: 1.230 (+1.437,5\xa0%; zuvor 80)",
        "ASR: 26,8\xa0% (-73,2 Prozentpunkte; zuvor 100,0\xa0%)",
        "3 von 24 Stunden waren ungewöhnlich, am auffälligsten 10.03.2026, 01:00: 1.200 Anrufe",
        "Spanien 1.200 300 25,0\xa0% 80",
        "asr< Ausgelöst 10.03.2026, 01:00 – 10.03.2026, 02:00 25,0\xa0%",  # noqa: RUF001
        "(Inhaber: der Betreiber)",
    ],
    "pt": [
        "Quais chamadas: país Alemanha, país Espanha, sentido Saída, tipo Internacional",
        "Em comparação com: o dia anterior",
        "Chamadas: 1.230 (+1.437,5%; antes: 80)",
        "ASR: 26,8% (-73,2 pontos; antes: 100,0%)",
        "3 de 24 horas foram incomuns; a mais marcante: 10 de mar. de 2026 01:00, 1.200",
        "Espanha 1.200 300 25,0% 80",
        "asr< Disparado 10 de mar. de 2026 01:00 – 10 de mar. de 2026 02:00 25,0%",  # noqa: RUF001
        "(titular: o operador)",
    ],
}


@each_other
def test_it_says_what_a_reader_expects(
    busy: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    text = text_of(sent(busy, settings, tag, monkeypatch))
    for told in EXPECTED[tag]:
        assert told in text


@each_other
def test_its_page_is_of_the_language_and_escaped(
    busy: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    mail = sent(busy, settings, tag, monkeypatch)
    page = page_of(mail)
    assert f'<html lang="{tag}">' in page
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 3  # the title, the head, who called most
    language = LANGUAGES[tag]
    said = language.say("chart.hour", before=language.say("before.day"))
    assert f'alt="{said}"' in unescape(page)
    assert f"[{said}]" in text_of(mail)
    assert mail["Subject"].startswith(f"¿? {HOSTILE}")
    raw = mail.as_bytes().partition(b"\n\n")[0]
    assert raw.isascii()
    assert b"=?utf-8?" in raw


@each_other
def test_a_day_without_calls_is_told_in_it(
    fresh_engine: Engine, settings: Settings, tag: str
) -> None:
    kept(fresh_engine, language=tag)
    assert digests.send_due(fresh_engine, settings, SEVEN) == 1
    [mail] = mails(fresh_engine)
    assert LANGUAGES[tag].say("texts.no_calls") in text_of(mail)
    assert left_over(words_of(mail)) <= ALIKE[tag]


@pytest.mark.parametrize(
    ("tag", "bars", "line", "days", "thousand"),
    [
        ("en", ["Answered", "Not answered"], "The week before", ["3 Mar", "9 Mar"], "1,000"),
        ("es", ["Contestadas", "No contestadas"], "La semana", ["3 mar", "9 mar"], "1.000"),
        ("fr", ["Répondus", "Non répondus"], "La semaine", ["3 mars", "9 mars"], "1 000"),
        ("de", ["Angenommen", "Nicht angenommen"], "Vorwoche", ["3. März"], "1.000"),
        ("pt", ["Atendidas", "Não atendidas"], "A semana", ["3 mar.", "9 mar."], "1.000"),
    ],
)
def test_its_chart_is_drawn_in_it(
    fresh_engine: Engine, tag: str, bars: list[str], line: str, days: list[str], thousand: str
) -> None:
    """As Vega draws it: the picture's own text, which a PNG does not tell."""
    language = LANGUAGES[tag]
    add_calls(fresh_engine, MIDNIGHT - DAY, 1500, 1000)
    drain(fresh_engine)
    weekly = a_digest(every="week", parts=("chart",), language=tag)
    period = Window(MIDNIGHT - DAY * 7, MIDNIGHT)
    with fresh_engine.connect() as conn:
        read = contents.read(conn, EVERYONE, None, weekly, period, SEVEN)
    before = language.say("before.week")
    before = before[:1].upper() + before[1:]
    spec = spec_of(language, read, weekly.zone, before)
    drawn = vl_convert.vegalite_to_svg(spec, format_locale=signs_of(language))
    said = [each.replace("\u202f", " ") for each in re.findall(r">([^<>]+)</text>", drawn)]
    assert {*bars, *days, thousand} <= set(said)
    assert any(each.startswith(line) for each in said)
    picture = vl_convert.vegalite_to_png(spec, scale=SCALE, format_locale=signs_of(language))
    assert chart(language, read, weekly.zone, before) == picture


@pytest.mark.parametrize(
    ("whose", "tag"),
    [("", "en"), ("Acme", "pt"), ("Bronco", "es"), ("Calypso", "en"), ("Acme Bronco", "en")],
)
def test_a_customers_digest_is_in_the_customers_language(
    fresh_engine: Engine, whose: str, tag: str
) -> None:
    told = {"Acme": "pt-BR", "Bronco": "es", "Calypso": "ca"}
    with fresh_engine.begin() as conn:
        rows = [{"name": name, "language": said} for name, said in told.items()]
        conn.execute(insert(customer), rows)
    ana = somebody(
        fresh_engine, "ana", "customer" if whose else "analyst", tuple(whose.split())
    )
    with fresh_engine.connect() as conn:
        assert digests.usual_language(conn, ana.scope) == tag


def test_a_language_that_is_not_known_is_refused(fresh_engine: Engine) -> None:
    with pytest.raises(BadRequest, match=r"There is no language 'xx'; there are en, de, es"):
        kept(fresh_engine, language="xx")


def test_one_that_is_known_no_more_is_trouble(fresh_engine: Engine, settings: Settings) -> None:
    stored = kept(fresh_engine)
    kept(fresh_engine, name="Other", language="es")
    with fresh_engine.begin() as conn:
        conn.execute(update(digest).values(language="xx").where(digest.c.id == stored.id))
    assert digests.send_due(fresh_engine, settings, SEVEN) == 1
    trouble = found(fresh_engine, stored).trouble
    assert trouble
    assert trouble.startswith("There is no language 'xx'")
    with pytest.raises(BadRequest, match="no language 'xx'"):
        digests.preview(fresh_engine, settings, found(fresh_engine, stored), SEVEN)
