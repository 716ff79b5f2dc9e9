"""The part of the Quality page that compares switches, carriers, customers, destinations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cdrstats.metrics import METRICS
from cdrstats.traffic import (
    EXACT_UP_TO,
    Answer,
    Question,
    ask,
    from_calls,
    measure,
    read_from,
    top,
)
from cdrstats.ui import (
    bar,
    by_value,
    columns,
    dimensions,
    figures,
    filters,
    frame,
    outcomes,
    show,
    tables,
)
from cdrstats.ui.bar import Asked
from cdrstats.ui.destinations import Value
from cdrstats.ui.dimensions import DIMENSIONS
from cdrstats.ui.quality import Found


def ahead(asked: Asked) -> None:
    """Begin to read for `by_split`."""
    offered = list(frame.offered(DIMENSIONS))
    question = asked.question(DIMENSIONS[filters.stands_at(offered, "split")])
    frame.ahead(measure, asked.scope, question, _wanted(asked, question))


@bar.part("quality")
def by_split(found: Found, asked: Asked) -> None:
    """Results and figures of quality by switch, carrier, customer, destination, ..."""
    with show.card("Compared"):
        with st.container(width=190):
            offered = list(frame.offered(DIMENSIONS))
            label = filters.choose("By", offered, "split", box=True, known=["None"])
        filters.complain()
        column = DIMENSIONS[label]
        question = asked.question(column)
        wanted = _wanted(asked, question)
        percentiles = wanted != outcomes.RATIOS
        answers = frame.read_calls(measure, asked.scope, question, wanted)
        ranking = top(answers, outcomes.ROWS).leaders
        keys = tuple(answer.key[0] for answer in ranking)
        names = dimensions.names_of(asked, column, keys)
        _shares(found, asked, question, keys[: outcomes.BARS], names)
        _table(asked, label, ranking, names, percentiles)
        if len(answers) > len(ranking):
            st.caption(f"The {len(ranking)} with the most calls, of {len(answers):,}.")
        _reading(found, asked, percentiles)


def _wanted(asked: Asked, question: Question) -> tuple[str, ...]:
    """The figures of the table: percentiles only where something can give them."""
    read = (
        frame.read_calls(read_from, asked.scope, question, name)
        for name in outcomes.PERCENTILES
    )
    return outcomes.RATIOS + (outcomes.PERCENTILES if all(read) else ())


def _shares(
    found: Found,
    asked: Asked,
    question: Question,
    keys: Sequence[Value],
    names: Mapping[Value, str],
) -> None:
    """A bar cut by result for each of the first keys."""
    [column] = question.by
    split = replace(
        question,
        by=(column, "hangup_cause_id"),
        filters=question.filters.only(column, *keys),
    )
    if from_calls(split, asked.scope) > EXACT_UP_TO:
        label = dimensions.label_of(column).lower()
        st.caption(
            f"Results by {label} are read from the calls, of up to {EXACT_UP_TO.days} days."
            " Choose a shorter period to see them."
        )
        return
    kinds = asked.names.kinds
    counted = outcomes.results_by_key(frame.read_calls(ask, asked.scope, split), kinds)
    everything = [Answer(None, key, parts) for key, parts in found.now.items()]
    data = outcomes.shares(keys, counted, figures.results(everything, kinds), names)
    show.chart(
        "shares",
        data,
        data["name"].nunique(),
        alt=f"Results of calls by {dimensions.label_of(column).lower()}, in per cent",
        key="chart_shares",
        on_pick=lambda: _to_share(asked, column, keys),
    )


def _to_share(asked: Asked, column: str, keys: Sequence[Value]) -> None:
    mark = show.picked("chart_shares")
    if mark is not None and mark["key"]:
        key = keys[int(str(mark["key"]))]
        dimensions.to_calls(asked, column, key, result=str(mark["result"]))


def _table(
    asked: Asked,
    label: str,
    ranking: Sequence[Answer],
    names: Mapping[Value, str],
    percentiles: bool,
) -> None:
    """All keys with all figures of quality."""
    data = outcomes.table(ranking, names, percentiles)
    keys = [answer.key[0] for answer in ranking]
    config: dict[str, Any] = {"name": tables.text(label, width=150)}
    for name in data.columns[1:]:
        if name in METRICS:
            config[name] = tables.measured(name)
    config |= columns.bounded(*outcomes.BOUNDED)
    config["pdd_calls"] = tables.number("PDD, calls", help="Calls with a post-dial delay.")
    by_value.table(
        data,
        config,
        "table_quality_by",
        asked,
        dimensions.of_each(DIMENSIONS[label], keys),
        alt=f"Figures of quality by {label.lower()}",
    )


def _reading(found: Found, asked: Asked, percentiles: bool) -> None:
    """What the figures count, and why some are not there."""
    sentences = [outcomes.delivering(found.causes, asked.names.causes)]
    sentences.append(outcomes.untold(found.parts))
    if not percentiles:
        sentences.append(
            f"Percentiles: of up to {EXACT_UP_TO.days} days, or by switch without filters."
        )
    st.caption(" ".join(sentence for sentence in sentences if sentence))
