"""What the keyboard needs besides what Streamlit does."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

SCRIPT = Path(__file__).parent / "assets" / "keyboard.js"


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("cdrstats_keyboard", js=SCRIPT.read_text("utf-8"))


def help_along() -> None:
    """Let Tab lead into an open popover, such as that of the filters."""
    _component()(key="keyboard")
