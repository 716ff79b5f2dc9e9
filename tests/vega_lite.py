"""Vega-Lite's schema, as Altair has it, by a validator that is fast enough for every chart."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import altair
import jsonschema_rs

SCHEMA = Path(altair.__file__).parent / "vegalite" / "v6" / "schema" / "vega-lite-schema.json"


def hold_against_schema(spec: dict[str, Any]) -> None:
    """Raise ValidationError unless `spec` is a chart that Vega-Lite knows how to draw."""
    _validator().validate(spec)


@cache
def _validator() -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(
        json.loads(SCHEMA.read_text("utf-8"), object_hook=_quoted)
    )


def _quoted(part: dict[str, Any]) -> dict[str, Any]:
    """References are URIs, in which names like `MarkPropDef<number>` are none."""
    if isinstance(part.get("$ref"), str):
        part["$ref"] = quote(part["$ref"], safe="#/")
    return part
