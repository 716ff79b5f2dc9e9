"""A table or a chart of a page as a file. No Streamlit here.

Tables become CSV, XLSX, JSON and Parquet with pandas, charts PNG and SVG with vl-convert, which
draws them without a browser.
"""

import io
import json
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from cdrstats.spreadsheet import harmless
from cdrstats.ui.charts import MAP, MAP_URL, Spec

TABLES = {"csv": "CSV", "xlsx": "Excel (XLSX)", "json": "JSON", "parquet": "Parquet"}
PICTURES = {"png": "PNG", "svg": "SVG"}
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "png": "image/png",
    "svg": "image/svg+xml",
}
WIDTH = 960
SCALE = 2
# Nothing but what every machine has: a font that is not there takes all text with it.
LOOK = {"background": "white", "font": "sans-serif"}


def table(data: pd.DataFrame, kind: str) -> bytes:
    """`data` as a file of one of TABLES; moments as ISO 8601, in spreadsheets as texts."""
    return _WRITERS[kind](data)


def picture(spec: Spec, datasets: Mapping[str, pd.DataFrame], title: str, kind: str) -> bytes:
    """The chart `spec` of the data sets that it names, as one of PICTURES."""
    import vl_convert  # takes a second and 90 MB, for who asks only

    drawn = json.loads(json.dumps(spec).replace(f'"url": "{MAP_URL}"', _MAP_HERE))
    rows = {name: _rows(data) for name, data in datasets.items()}
    drawn |= {"title": title, "width": WIDTH, "datasets": rows}
    drawn["config"] = LOOK | drawn.get("config", {})
    _put_map(drawn)
    if kind == "svg":
        return str(vl_convert.vegalite_to_svg(drawn)).encode()
    return bytes(vl_convert.vegalite_to_png(drawn, scale=SCALE))


_MAP_HERE = '"map": "here"'


def _put_map(part: Any) -> None:
    """Put the shapes of countries where the chart would have asked for them."""
    if isinstance(part, dict):
        if part.pop("map", None) == "here":
            part["values"] = json.loads(MAP.read_text("utf-8"))
            return
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            _put_map(inner)


def _rows(data: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(_json(data))
    return rows


def _json(data: pd.DataFrame) -> bytes:
    text = data.to_json(orient="records", date_format="iso", force_ascii=False)
    return str(text).encode()


def _csv(data: pd.DataFrame) -> bytes:
    return _plain(data).map(_harmless).to_csv(index=False).encode()


def _xlsx(data: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with pd.ExcelWriter(out, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        _plain(data).to_excel(writer, index=False, sheet_name="CDR-Stats")
    return out.getvalue()


def _parquet(data: pd.DataFrame) -> bytes:
    return bytes(_plain(data, moments=False).to_parquet(index=False))


def _plain(data: pd.DataFrame, moments: bool = True) -> pd.DataFrame:
    """Lists, such as sparklines and badges, as texts; moments as well, if they shall be."""
    plain = data.copy()
    for column in plain.columns:
        if moments and isinstance(plain[column].dtype, pd.DatetimeTZDtype):
            plain[column] = plain[column].map(lambda at: at.isoformat())
        elif plain[column].map(lambda cell: isinstance(cell, list | tuple)).any():
            plain[column] = plain[column].map(
                lambda cell: ", ".join(map(str, cell)) if isinstance(cell, list) else cell
            )
    return plain


def _harmless(cell: object) -> object:
    return harmless(cell) if isinstance(cell, str) else cell


_WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "json": _json,
    "parquet": _parquet,
}
