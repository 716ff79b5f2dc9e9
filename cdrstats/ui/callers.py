"""The parts of the Callers page."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from cdrstats import format, talkers
from cdrstats.choices import where
from cdrstats.choices.names import CALL_TYPES
from cdrstats.numbers import INTERNAL
from cdrstats.talkers import FirstSeen, Measure, Newcomer, Standout, Talkers
from cdrstats.ui import (
    bar,
    by_value,
    call,
    charts,
    columns,
    dimensions,
    filters,
    frame,
    saving,
    show,
    tables,
)
from cdrstats.ui import caller_rows as rows
from cdrstats.ui.bar import Asked
from cdrstats.ui.caller_rows import NEWCOMERS, ORDERS, PARTIES, Party
from cdrstats.ui.dimensions import Link, Of

DEAREST: dict[str, Measure] = {"By sell cost": "sell_cost", "By buy cost": "buy_cost"}
STANDOUTS = 10
EXTENSION = "callers_extension"
"""The extension that was clicked: its calls are those that it made, and those it received."""

CHART, TABLE, NEW = "chart_callers", "table_callers", "table_new"
TOGETHER = "How much of all calls the first ones make."
MET = "Who had the first call ever in this period; of destinations, first on an account code."


@bar.part("callers")
def ranking(asked: Asked) -> None:
    """The numbers with the most calls, minutes or cost, and how much of all they make."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        party = PARTIES[filters.choose("Role", list(PARTIES), "role")]
        label = filters.choose("Order by", list(frame.offered(ORDERS)), "ranked")
    filters.complain()
    order = ORDERS[label]
    asked_for = asked.period.window, asked.filters, party.role, order, rows.ROWS
    found = frame.read_calls(talkers.top, asked.scope, *asked_for)
    if not found.leaders:
        show.empty(f"No {party.several}.", "None of these calls has one.")
        return
    left, right = st.columns(2)
    with left, show.card(f"{party.several.capitalize()} by {label.lower()}"):
        _bars(asked, found, party, label)
    with right, show.card("Together", help=TOGETHER):
        data = rows.shares(found)
        named = data.rename(columns={"Numbers": party.several.capitalize()})
        saving.offer(named.reset_index(names="Of them"))
        st.table(named, border="horizontal")
        if party.role == "extension":
            st.caption("A call between two extensions counts for each.")
    _of_extension(asked, found, party)
    with show.card(f"First {party.several}"):
        _table(asked, found, party)


def _bars(asked: Asked, found: Talkers, party: Party, label: str) -> None:
    data = rows.bars(found, party, ORDERS[label], charts.CALLS)
    show.chart(
        "number_bars",
        data,
        label,
        len(data),
        alt=f"{party.several.capitalize()} by {label.lower()}, most first",
        key=CHART,
        on_pick=lambda: _to_bar(asked, found, party),
    )


def _to_bar(asked: Asked, found: Talkers, party: Party) -> None:
    mark = show.picked(CHART)
    if mark is not None:
        _to_number(asked, party, found.leaders[int(str(mark["key"]))].number)


def _table(asked: Asked, found: Talkers, party: Party) -> None:
    data = rows.table(found, party, frame.shown(rows.FIGURES))
    config = {
        "number": tables.text(party.one, width=150),
        "calls": tables.measured("calls"),
        "answered": tables.number("Answered"),
        "asr": tables.measured("asr"),
        **columns.bounded("asr"),
        "minutes": tables.measured("minutes"),
        "acd": tables.measured("acd"),
        "sell_cost": tables.measured("sell_cost"),
        "buy_cost": tables.measured("buy_cost"),
        "mcd": tables.measured("mcd", "Longest"),
        "counterparts": tables.number(party.others, help="How many different ones."),
        "last_call": tables.instant("Last call", asked.zone),
    }
    by_value.table(
        data,
        config,
        TABLE,
        replace(asked, collapsed=False),  # numbers are counted attempt by attempt
        [((party.column, one.number),) if party.column else None for one in found.leaders],
        alt=f"Figures of the first {party.several}",
        height="content" if len(data) < 12 else 440,
        on_row=None if party.column else lambda row: _ask_which(found.leaders[row].number),
    )


def _to_number(asked: Asked, party: Party, number: str) -> None:
    """Lead to the calls of a number, or for an extension ask which."""
    if not party.column:
        _ask_which(number)
    else:
        dimensions.to_calls(asked, party.column, number)


def _ask_which(extension: str) -> None:
    st.session_state[EXTENSION] = extension


def _of_extension(asked: Asked, found: Talkers, party: Party) -> None:
    """The two ways to the calls of the extension that was clicked."""
    number = st.session_state.get(EXTENSION)
    known = {one.number for one in found.leaders}
    if party.role != "extension" or not number or number not in known:
        return
    if not frame.viewer().may("calls"):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"Extension `{number}`", width="content")
        for label, link in extension_links(asked, number).items():
            st.button(label, icon=":material/list:", on_click=_to, args=(asked, link))


def extension_links(asked: Asked, number: str) -> dict[str, Link]:
    """The calls that an extension made, and those that it received, in the house."""
    links: dict[str, Link] = {}
    if condition := where.equal("caller number", number):
        links["Calls made"] = _where(condition)
    types = asked.filters.call_types or (INTERNAL,)
    if (condition := where.equal("destination", number)) and INTERNAL in types:
        links["Calls received"] = {**_where(condition), "type": [CALL_TYPES[INTERNAL]]}
    return links


def _to(asked: Asked, link: Link) -> None:
    bar.to_calls(asked, **link)


def _where(condition: str) -> Link:
    """The conditions that are set, and one more."""
    return {"where": list(dict.fromkeys([*filters.values_of("where"), condition]))}


@bar.part("callers")
def standouts(asked: Asked) -> None:
    """The longest and the most expensive calls; a row opens its call."""
    left, right = st.columns(2)
    with left, show.card("Longest calls"):
        _standouts(asked, "billsec", "No call was answered.")
    with right, show.card("Most expensive calls"):
        measure = DEAREST[filters.choose("Cost", list(frame.offered(DEAREST)), "dearest")]
        filters.complain()
        _standouts(asked, measure, "No call has such a cost.")
    call.drawer(asked.names)


def _standouts(asked: Asked, measure: Measure, nothing: str) -> None:
    asked_for = asked.period.window, asked.filters, measure, STANDOUTS
    found = frame.read_calls(talkers.standouts, asked.scope, *asked_for)
    if not found:
        show.empty(nothing, "So there is none to list.")
        return
    data = rows.standouts(found, measure)
    config = {
        "cost": st.column_config.NumberColumn("Cost", format="%.2f"),
        "talk": st.column_config.NumberColumn("Talk time", format="compact"),
        "caller": tables.text("Caller"),
        "destination": tables.text("Destination"),
        "start": tables.instant("Start", asked.zone),
    }
    tables.offer(data, config)
    # Closing the call turns the version: the row is no longer chosen, and can be again.
    key = f"standouts_{measure}_{st.session_state.setdefault('calls_version', 0)}"
    st.dataframe(
        data,
        key=key,
        hide_index=True,
        on_select=(lambda: _open(key, found)) if frame.viewer().may("call") else "ignore",
        selection_mode="single-row",
        alt="Calls that stand out",
        column_config=config,
    )


def _open(key: str, found: Sequence[Standout]) -> None:
    for row in tables.chosen_rows(key):
        start, key_ = found[row].starting_date, found[row].dedup_key
        st.query_params["call"] = f"{start.isoformat()}~{key_.hex}"


@bar.part("callers")
def first_seen(asked: Asked) -> None:
    """Destinations and numbers that had their first call ever, newest first."""
    with show.card("First seen", help=MET):
        label = filters.choose("First seen", list(NEWCOMERS), "met")
        filters.complain()
        kind = NEWCOMERS[label]
        asked_for = asked.period.window, asked.filters, kind
        found = frame.read_calls(talkers.first_seen, asked.scope, *asked_for)
        st.caption(_since(asked, found))
        if not found.newcomers:
            show.empty(f"No new {label.lower()}.", "All of them had calls before.")
            return
        column = {"country": "country_id", "dialcode": "dialcode_id"}.get(kind)
        ids = [_id(one) for one in found.newcomers] if column else []
        places = dimensions.names_of(asked, column, ids) if column else {}
        data = rows.newcomers(found, {int(id_): name for id_, name in places.items()})
        config = {
            "place": tables.text("Country" if kind == "country" else "Dial code"),
            "number": tables.text("Account code" if column else "Number"),
            "first_call": tables.instant("First call", asked.zone),
            "calls": tables.measured("calls"),
            "answered": tables.number("Answered"),
            "asr": tables.measured("asr"),
            **columns.bounded("asr"),
            "minutes": tables.measured("minutes"),
            "sell_cost": tables.measured("sell_cost"),
        }
        by_value.table(
            data,
            config,
            NEW,
            replace(asked, collapsed=False),
            [newcomer_of(one, kind) for one in found.newcomers],
            alt=f"{label} with their first call in this period",
            height="content" if len(data) < 10 else 360,
        )


def _id(newcomer: Newcomer) -> int:
    """Of its dial code, or else its country."""
    ids = newcomer.dialcode_id, newcomer.country_id
    return next(id_ for id_ in ids if id_ is not None)


def _since(asked: Asked, found: FirstSeen) -> str:
    start = found.history_start
    words = [f"Ever is since {format.moment(start, asked.zone)}, the oldest call."]
    if start is not None and start >= asked.period.window.start:
        words.append("The period holds it, so that everything in it is new.")
    if found.more:
        words.append(f"The newest {len(found.newcomers)} are shown.")
    return " ".join(words)


def newcomer_of(met: Newcomer, kind: talkers.Kind) -> Of:
    """What the figures of a newcomer are of."""
    column = {"caller": "caller_id_number", "callee": "destination_number"}.get(kind)
    if column is not None:
        return ((column, met.number),)
    place = "country_id" if met.dialcode_id is None else "dialcode_id"
    return (("accountcode", met.number), (place, _id(met)))


VIEWS = {
    "Who talks most": ranking,
    "Calls that stand out": standouts,
    "First seen": first_seen,
}
"""The parts of the page, of which one is shown: each reads all calls of the period."""
