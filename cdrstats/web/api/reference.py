"""The page of the interface: what the OpenAPI document tells, for people."""

import json
from collections.abc import Iterable
from html import escape

from starlette.responses import Response

from cdrstats.web.api.document import REFUSALS
from cdrstats.web.api.operations import Operation, Parameter, Schema
from cdrstats.web.forms import page

STYLE = """
body { display: block; padding: 1.5rem 1rem; }
main { width: min(60rem, 100%); margin: 0 auto; }
h2 { font-size: 1rem; margin: 2rem 0 .4rem; font-family: ui-monospace, monospace; }
h3 { font-size: .9rem; margin: 1rem 0 .3rem; }
a { color: light-dark(#1c6aa8, #7db8e8); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid color-mix(in srgb, var(--line) 45%, transparent);
  padding: .35rem .9rem .35rem 0; vertical-align: top; }
td:first-child { white-space: nowrap; }
code, pre { font: .86rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--around); border-radius: 8px; padding: .7rem .9rem; overflow-x: auto;
  overflow-wrap: normal; }
"""

INTRODUCTION = """
<p>Calls and figures as JSON. A program shows a token, and sees what the person sees who made
it; you can make one on the page <a href="/account">Your account</a>. While you are signed in,
the links below open with your own rights.</p>
<pre>curl -H "Authorization: Bearer $TOKEN" "https://HOST/api/v1/calls?period=7d&amp;limit=10"</pre>
<p>For tools: <a href="/api/v1/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
"""

LONGEST_LIST = 12
"""More values than these are told in the document alone."""


def reference(operations: Iterable[Operation]) -> Response:
    """The page, made of the operations that are served."""
    told = "".join(map(_operation, operations))
    refusals = _table((status, escape(about)) for status, about in REFUSALS.items())
    body = (
        f'{INTRODUCTION}{told}<h2>Refusals</h2><p><code>{{"error": "..."}}</code></p>{refusals}'
    )
    return page("Programming interface", body, style=STYLE)


def _operation(operation: Operation) -> str:
    path = f"/api/v1{operation.path}"
    opens = "" if operation.in_path else f' <a href="{path}" aria-label="Open {path}">open</a>'
    parameters = [*operation.in_path, *operation.parameters]
    told = _table((f"<code>{each.name}</code>", _parameter(each)) for each in parameters)
    answer = escape(json.dumps(_sketch(operation.schema), indent=2))
    return (
        f'<section id="{operation.name}"><h2>GET {escape(path)}</h2>'
        f"<p>{_words(operation.about)}{opens}</p>"
        f"{'<h3>Parameters</h3>' + told if parameters else ''}"
        f"<details><summary>Answer</summary><pre>{answer}</pre></details></section>"
    )


def _parameter(parameter: Parameter) -> str:
    told = [_words(parameter.about)] if parameter.about else []
    schema = parameter.schema
    if choices := schema.get("enum"):
        shown = ", ".join(f"<code>{escape(each)}</code>" for each in choices[:LONGEST_LIST])
        told.append(f"One of {shown}{' …' if len(choices) > LONGEST_LIST else ''}.")
    if "maximum" in schema:
        told.append(f"A whole number, {schema['minimum']} to {schema['maximum']}.")
    if "default" in schema:
        told.append(f"Without it: <code>{escape(str(schema['default']))}</code>.")
    if parameter.several:
        told.append("May be given several times.")
    return " ".join(told)


def _words(text: str) -> str:
    """A sentence whose `names` are marked as such."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))


def _sketch(schema: Schema) -> object:
    """What an answer looks like: each value is its kind."""
    if "properties" in schema:
        return {name: _sketch(each) for name, each in schema["properties"].items()}
    if "items" in schema:
        return [_sketch(schema["items"])]
    kinds = schema["type"]
    kind = kinds if isinstance(kinds, str) else " or ".join(kinds)
    return schema.get("format", kind) if kind == "string" else kind


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><td>{name}</td><td>{about}</td></tr>" for name, about in rows)
    return f'<div class="wide"><table>{cells}</table></div>'
