"""Saving what a card shows: a button in its heading, and a box with the formats."""

import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from cdrstats.ui import auditing, files, frame
from cdrstats.ui.charts import Spec

OPEN = "saving"


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """What can be saved of a card."""

    data: Callable[[], pd.DataFrame]  # as a table, made when somebody asks
    spec: Spec | None = None  # as a picture, of the data sets `drawn`
    drawn: Mapping[str, pd.DataFrame] | None = None


offers: ContextVar[list[Offer] | None] = ContextVar("offers", default=None)
"""What the card that is being drawn has shown so far; None outside a card."""


def offer(data: pd.DataFrame) -> None:
    """Let whoever looks save the table `data`."""
    held = offers.get()
    if held is not None and len(data):
        held.append(Offer(lambda: data))


def offer_chart(
    told: Callable[[], pd.DataFrame], spec: Spec, drawn: Mapping[str, pd.DataFrame]
) -> None:
    """Let whoever looks save the chart `spec` of `drawn`, and `told` as a table."""
    held = offers.get()
    if held is not None and len(drawn["d"]):
        held.append(Offer(told, spec, drawn))


def button(title: str, offered: list[Offer]) -> None:
    """The button of a card that shows `offered`, and the box that it opens."""
    key = re.sub(r"\W+", "_", title.lower())
    st.button(
        f"Save {title}",
        key=f"save_{key}",
        icon=":material/download:",
        type="tertiary",
        help="Save as a file",
        on_click=_open,
        args=(key,),
    )
    if st.session_state.get(OPEN) == key:
        del st.session_state[OPEN]
        _box(title, key, offered)


def _open(key: str) -> None:
    st.session_state[OPEN] = key


@st.dialog("Save as a file")
def _box(title: str, key: str, offered: list[Offer]) -> None:
    """The formats; whichever is taken leaves a line in the audit."""
    frame.require("export")
    stands = [(each, one) for each in st.query_params for one in st.query_params.get_all(each)]
    detail = {"title": title, "query": urlencode(stands)}
    for number, one in enumerate(offered):
        data = one.data()
        rows = f"{len(data):,} {'row' if len(data) == 1 else 'rows'}"
        st.markdown(f"**{title}**, {rows}")
        with st.container(horizontal=True):
            for kind, name in files.TABLES.items():
                make = partial(files.table, data, kind)
                _download(name, make, f"{key}.{kind}", number, detail)
            if one.spec is not None and one.drawn is not None:
                for kind, name in files.PICTURES.items():
                    make = partial(files.picture, one.spec, one.drawn, title, kind)
                    _download(name, make, f"{key}.{kind}", number, detail)


def _download(
    name: str, make: "partial[bytes]", file: str, number: int, detail: Mapping[str, str]
) -> None:
    st.download_button(
        name,
        data=auditing.file("export", "save figures", lambda _: make(), file, detail),
        file_name=file,
        mime=files.MEDIA_TYPES[file.rpartition(".")[2]],
        on_click="ignore",
        key=f"download_{number}_{file}",
    )
