"""The box that takes files: they stream to POST /upload, past Streamlit and its memory."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parent / "assets"


@cache
def _component() -> Callable[..., Any]:
    html, css, js = (
        (ASSETS / f"upload.{kind}").read_text("utf-8") for kind in ("html", "css", "js")
    )
    return st.components.v2.component("cdrstats_upload", html=html, css=css, js=js)


def uploader(query: dict[str, str], on_loaded: Callable[[], None]) -> None:
    """Let the viewer choose or drop CDR files.

    Args:
        query: parameters of POST /upload that go with each file.
        on_loaded: called once the chosen files are loaded, or were refused.
    """
    _component()(
        key="uploader",
        data={"url": "/upload", "query": query},
        on_loaded_change=on_loaded,
    )
