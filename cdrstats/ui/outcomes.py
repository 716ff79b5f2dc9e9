"""How calls ended, as rows of charts and tables. Pure: no Streamlit, no queries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from cdrstats import format
from cdrstats.choices import Cause
from cdrstats.metrics import METRICS, NOTHING, Parts
from cdrstats.statistics import wilson
from cdrstats.traffic import Answer, Key
from cdrstats.ui import bounds, cells, figures
from cdrstats.ui.courses import OTHERS
from cdrstats.ui.destinations import Value
from cdrstats.ui.figures import Span

BARS = 10
ROWS = 300
ANSWERED = "Answered"

Results = Mapping[str, float]
"""Calls by result, in one order everywhere."""

TOLD = {
    "a post-dial delay": "pdd_calls",
    "a quality score": "mos_calls",
    "a SIP status": "invites",
}
"""What a switch may tell of a call, and the part that counts the calls of which it does."""

RATIOS = ("asr", "ner", "ner_extended", "abr", "sdr")
PERCENTILES = ("pdd_p50", "pdd_p95")
SCORES = ("mos", "ser", "seer", "isa")
BOUNDED = ("asr", "ner")


def over_time(
    spans: Sequence[Span],
    counted: Mapping[datetime, Results],
    names: Sequence[str],
    step: str,
    share: bool,
) -> pd.DataFrame:
    """Rows for the chart "stacked": calls by result, or their shares in per cent."""
    if not share:
        return figures.stack(spans, counted, names, step)
    shares = {start: _percent(results) for start, results in counted.items()}
    data = figures.stack(spans, shares, names, step)
    data["shown"] = [
        _of(name, counted.get(start.replace(tzinfo=None), {}))
        for start, name in zip(data["start"], data["name"], strict=True)
    ]
    return data


def _percent(results: Results) -> dict[str, float]:
    calls = sum(results.values())
    return {name: 100 * value / calls for name, value in results.items()} if calls else {}


def _of(name: str, results: Results) -> str:
    """'42.3 %, 11 of 26 calls'."""
    calls, value = sum(results.values()), results.get(name, 0)
    share = format.percent(value / calls if calls else None)
    return f"{share}, {value:,.0f} of {calls:,.0f} calls"


def _segments(
    key: str, name: str, results: Results, end: float, text: str, brief: str
) -> list[dict[str, Any]]:
    """The rows of one bar: a part for each result that it has, one behind the other."""
    rows: list[dict[str, Any]] = []
    base = 0.0
    for result, value in results.items():
        if value:
            rows.append({"result": result, "value": value, "x": base, "x2": base + value})
            base += value
    texts = [(text, brief)] + [("", "")] * (len(rows) - 1)
    return [
        {"key": key, "name": name, "end": end, "text": text, "brief": brief, **row}
        for row, (text, brief) in zip(rows, texts, strict=True)
    ]


def cause_bars(
    found: Mapping[Key, Parts],
    before: Mapping[Key, Parts],
    names: Mapping[int, str],
    kinds: Mapping[int, str],
    causes: Mapping[int, Cause],
) -> pd.DataFrame:
    """Rows for the chart "causes": the most frequent causes cut by result, then all others.

    Each tells its share of all calls, and by how many points that moved.
    """
    ranked = sorted(found, key=lambda key: (-found[key].calls, key))
    bars = [(str(key[0]), figures.name_of(key, names), [key]) for key in ranked[:BARS]]
    if ranked[BARS:]:
        bars.append(("", OTHERS, ranked[BARS:]))
    rows: list[dict[str, Any]] = []
    for key, name, members in bars:
        answers = [Answer(None, member, found[member]) for member in members]
        results = figures.results(answers, kinds)
        share, points = _moved(members, found, before)
        calls = sum(results.values())
        percent = format.percent(share / 100)
        text = " · ".join([f"{calls:,.0f}", percent, *([points] if points else [])])
        known = causes.get(int(key)) if key else None
        for row in _segments(key, name, results, calls, text, percent):
            shown = _of(row["result"], results)
            rows.append(row | {"shown": shown, "more": known.meaning if known else ""})
    return pd.DataFrame(rows)


def _moved(
    keys: Sequence[Key], found: Mapping[Key, Parts], before: Mapping[Key, Parts]
) -> tuple[float, str]:
    """The share of all calls that `keys` have, and its change: '+1.2 pp', '' from nothing."""
    now, then = _share(keys, found), _share(keys, before)
    if now is None or then is None:
        return now or 0.0, ""
    return now, f"{now - then:+.1f} pp"


def _share(keys: Sequence[Key], found: Mapping[Key, Parts]) -> float | None:
    """In per cent; None of nothing."""
    whole = sum(parts.calls for parts in found.values())
    some = sum(found.get(key, NOTHING).calls for key in keys)
    return 100 * some / whole if whole else None


def cause_rows(
    found: Mapping[Key, Parts],
    before: Mapping[Key, Parts],
    names: Mapping[int, str],
    causes: Mapping[int, Cause],
) -> pd.DataFrame:
    """A row for each hangup cause: calls, share, change of the share in points, meaning."""
    ranked = sorted(found, key=lambda key: (-found[key].calls, key))
    shares = [(_share([key], found), _share([key], before)) for key in ranked]
    known = [causes.get(int(key[0])) for key in ranked]
    return pd.DataFrame(
        {
            "id": [int(key[0]) for key in ranked],
            "name": [figures.name_of(key, names) for key in ranked],
            "meaning": [cause.meaning if cause else "" for cause in known],
            "calls": [found[key].calls for key in ranked],
            "share": [now for now, _ in shares],
            "change": [
                None if now is None or then is None else now - then for now, then in shares
            ],
        }
    )


def results_by_key(
    answers: Iterable[Answer], kinds: Mapping[int, str]
) -> dict[Value, dict[str, float]]:
    """Calls by result of each value of a column, from answers by that column and by cause."""
    grouped: dict[Value, list[Answer]] = {}
    for answer in answers:
        value, cause = answer.key
        grouped.setdefault(value, []).append(Answer(None, (cause,), answer.parts))
    return {value: figures.results(some, kinds) for value, some in grouped.items()}


def shares(
    keys: Sequence[Value],
    counted: Mapping[Value, Results],
    everything: Results,
    names: Mapping[Value, str],
) -> pd.DataFrame:
    """Rows for the chart "shares": a bar for each of `keys`, then one for all others.

    The column "key" holds the place of the key, "" for all others.

    Args:
        counted: calls by result of each key.
        everything: of all keys, also those that have no bar.
    """
    bars = [(str(at), names[key], counted[key]) for at, key in enumerate(keys)]
    others = {
        result: value - sum(results[result] for _, _, results in bars)
        for result, value in everything.items()
    }
    if any(others.values()):
        bars.append(("", OTHERS, others))
    rows: list[dict[str, Any]] = []
    for key, name, results in bars:
        calls, answered = int(sum(results.values())), int(results[ANSWERED])
        sure = wilson(answered, calls) if calls < bounds.FEW else None
        for at, row in enumerate(
            _segments(key, name, _percent(results), 100, f"{calls:,}", f"{calls:,}")
        ):
            low, high = sure if sure and at == 0 else (None, None)
            shown = _of(row["result"], results)
            if row["result"] == ANSWERED:
                shown += _note(sure)
            rows.append(row | {"shown": shown, "low": _hundred(low), "high": _hundred(high)})
    return pd.DataFrame(rows)


def _hundred(ratio: float | None) -> float | None:
    return None if ratio is None else 100 * ratio


def _note(sure: tuple[float, float] | None) -> str:
    if sure is None:
        return ""
    low, high = sure
    return f"; a true share of {low * 100:.1f} to {format.percent(high)} may show as this"


def table(
    ranking: Sequence[Answer], names: Mapping[Value, str], percentiles: bool
) -> pd.DataFrame:
    """A row for each key: calls, ratios with their bounds over few calls, delays, scores."""
    found: dict[str, list[Any]] = {
        "name": [names[answer.key[0]] for answer in ranking],
        "calls": [answer.parts.calls for answer in ranking],
    }
    for name in RATIOS:
        found[name] = [cells.cell(name, answer.parts) for answer in ranking]
        if name in BOUNDED:
            found |= bounds.column(name, [answer.parts for answer in ranking])
    found["pdd"] = [cells.cell("pdd", answer.parts) for answer in ranking]
    if percentiles:
        for name in PERCENTILES:
            metric = METRICS[name]
            found[name] = [cells.written(metric, answer.of(metric)) for answer in ranking]
    found["pdd_calls"] = [answer.parts.pdd_calls for answer in ranking]
    for name in SCORES:
        found[name] = [cells.cell(name, answer.parts) for answer in ranking]
    return pd.DataFrame(found)


def untold(parts: Parts) -> str:
    """A sentence on what the switches do not tell of these calls; '' where they tell all."""
    missing = [words for words, part in TOLD.items() if not getattr(parts, part)]
    if not missing:
        return ""
    *first, last = missing
    listed = f"{', '.join(first)} or {last}" if first else last
    return f"{format.NOTHING}: the switches do not tell {listed} of any of these calls."


def delivering(causes: Mapping[int, Cause], names: Mapping[int, str]) -> str:
    """A sentence on which causes count into NER, and which count out of the seizures."""
    delivered = ", ".join(names[id_] for id_, cause in causes.items() if cause.delivered)
    blocked = ", ".join(names[id_] for id_, cause in causes.items() if cause.blocked)
    words = f"NER counts as delivered, beside the answered calls: {delivered or 'no cause'}."
    return f"{words} Not counted as seizures: {blocked}." if blocked else words
